"""The demo's people: they act as people do, within bounds, and only in the demo."""

import asyncio
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation_app.clock import FakeClock, using
from escalation_app.db import Database
from escalation_app.demo import simulator as simulators
from escalation_app.demo.people import SEATS
from escalation_app.demo.simulator import NotTheDemo, Simulator, lifespan
from escalation_app.domain.permissions import Actor
from escalation_app.domain.tickets import Status
from escalation_app.engine.timers import sweep
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    ObligationRow,
    OrganisationRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services import tickets
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from escalation_app.settings import Mode
from tests.demo.conftest import SUNDAY_NIGHT, Opened
from tests.support.listening import Listener

EVENTS, PEOPLE, TICKETS, ORGANISATIONS, OWED, CLOCKS, CASES = (
    columns(model)
    for model in (
        EventRow,
        PersonRow,
        TicketRow,
        OrganisationRow,
        ObligationRow,
        ClockRow,
        EscalationRow,
    )
)


def _mode(mode: Mode) -> Any:
    return type("Settings", (), {"mode": mode})()


def rows(database: Database, statement: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(statement))


def newest_event(database: Database) -> int:
    return rows(database, select(func.max(EVENTS.c.id)))[0][0]


def events_after(database: Database, newest: int) -> list[Any]:
    return rows(database, select(EVENTS).where(EVENTS.c.id > newest).order_by(EVENTS.c.id))


def person(database: Database, key: str) -> Actor:
    with database.reading() as session:
        found = session.execute(select(PEOPLE.c.id).where(PEOPLE.c.key == key)).scalar_one()
        actor = actor_of(session, found)
    assert actor is not None
    return actor


def let_act(database: Database, acts: int, *, seed: int = 1, every: float = 3) -> list[str]:
    """So many acts from the start of the demo on, the engine at work beside them."""
    simulator = Simulator(database, seed, mode=Mode.DEMO)
    done: list[str] = []
    clock = FakeClock(SUNDAY_NIGHT)
    with using(clock):
        for _ in range(acts):
            clock.advance(timedelta(seconds=every))
            sweep(database)
            done.append(simulator.act())
    return done


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.DEMO])
def test_there_is_no_simulator_outside_the_demo(mode: Mode, demo_at: Opened):
    with pytest.raises(NotTheDemo, match="demo alone"):
        Simulator(demo_at(SUNDAY_NIGHT), mode=mode)


def test_the_settings_decide_whether_this_is_the_demo(
    demo_at: Opened, monkeypatch: pytest.MonkeyPatch
):
    database = demo_at(SUNDAY_NIGHT)

    monkeypatch.setattr(simulators, "settings", lambda: _mode(Mode.SERVE))
    with pytest.raises(NotTheDemo):
        Simulator(database)
    monkeypatch.setattr(simulators, "settings", lambda: _mode(Mode.DEMO))
    Simulator(database)


@dataclass(frozen=True, slots=True)
class Played:
    """A demo after two hundred acts, one every three seconds; it may be looked at."""

    database: Database
    before: Database
    done: list[str]
    logged: list[logging.LogRecord]


@pytest.fixture(scope="module")
def played(
    seeded_file: Callable[[datetime], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    folder, logger, listener = tmp_path_factory.mktemp("played"), simulators.log, Listener()
    files = [folder / name for name in ("before.db", "after.db")]
    for file in files:
        shutil.copyfile(seeded_file(SUNDAY_NIGHT), file)
    before, after = (Database(f"sqlite:///{file}") for file in files)
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    done = let_act(after, 200)
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(listener)
    yield Played(after, before, done, listener.heard)
    for database in (before, after):
        database.dispose()


def test_two_hundred_acts_keep_the_shape_without_an_error(played: Played):
    database, done = played.database, played.done

    tiers = Counter(
        row.tier for row in rows(database, select(TICKETS).where(TICKETS.c.is_open.is_(True)))
    )
    assert [record for record in played.logged if record.levelno > logging.DEBUG] == []
    assert done.count("") <= 10
    assert {"open", "answer_first", "reply", "resolve_1", "acknowledge"} <= set(done)
    assert len(set(done)) >= 14
    assert 108 <= tiers[1] <= 132
    assert 33 <= tiers[2] <= 48
    assert 14 <= tiers[3] <= 23
    assert 2 <= tiers[4] <= 6
    seats = {person(database, key).person_id for key in SEATS.values()}
    newest = newest_event(played.before)
    assert not seats & {event.actor_id for event in events_after(database, newest)}


def test_the_same_seed_and_instants_make_the_same_acts(demo_at: Opened):
    first, second, other = demo_at(SUNDAY_NIGHT), demo_at(SUNDAY_NIGHT), demo_at(SUNDAY_NIGHT)

    done = let_act(first, 40)

    assert let_act(second, 40) == done
    assert [tuple(row) for row in rows(second, select(EVENTS))] == [
        tuple(row) for row in rows(first, select(EVENTS))
    ]
    assert let_act(other, 40, seed=2) != done


def test_managers_make_the_calls_they_owe_and_those_of_a_visitor_stay_theirs(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    seat = person(database, SEATS["manager"]).person_id
    before = rows(database, select(OWED).where(OWED.c.is_call.is_(True), OWED.c.state == "open"))

    let_act(database, 200, every=8)

    calls = rows(database, select(OWED).where(OWED.c.is_call.is_(True), OWED.c.state == "done"))
    asked = {(row.ticket_id, row.number) for row in before if row.person_id != seat}
    theirs = {(row.ticket_id, row.number) for row in before if row.person_id == seat}
    done = {(row.ticket_id, row.number) for row in calls}
    assert asked and theirs
    assert asked <= done
    assert not theirs & done


def test_customers_hear_from_us_before_the_time_is_over_most_often(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)

    let_act(database, 200, every=20)

    ended = rows(
        database,
        select(CLOCKS).where(
            CLOCKS.c.metric.in_(["next_reply", "next_update"]),
            CLOCKS.c.state == "met",
            CLOCKS.c.ended_at > SUNDAY_NIGHT,
        ),
    )
    late = [clock for clock in ended if clock.breached_at is not None]
    assert len(ended) > 12
    assert len(late) < len(ended) / 8
    running = rows(
        database,
        select(TICKETS).where(
            TICKETS.c.is_open.is_(True),
            TICKETS.c.pressing_state == "running",
            TICKETS.c.pressing_due_at < SUNDAY_NIGHT + timedelta(seconds=4000),
        ),
    )
    assert len(running) <= 12


def test_escalations_begin_and_end_and_do_not_pile_up(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    newest = newest_event(database)

    let_act(database, 200, every=10)

    kinds = Counter(event.kind for event in events_after(database, newest))
    active = rows(database, select(CASES).where(CASES.c.ended_at.is_(None)))
    assert kinds["escalation_started"] > 8
    assert kinds["escalation_ended"] > 8
    assert 20 <= len(active) <= 60
    assert sum(case.acknowledged_at is None for case in active) < len(active) / 2


def test_nobody_acknowledges_what_did_not_tell_them(played: Played):
    assert played.done.count("acknowledge") > 5
    assert not [
        record for record in played.logged if "acknowledge was refused" in record.getMessage()
    ]


def _touch_many(database: Database, visitor: str) -> list[int]:
    """A visitor writes a note on every other ticket of the first tier."""
    actor = person(database, visitor)
    chosen = rows(
        database,
        select(TICKETS.c.id, TICKETS.c.reference)
        .where(TICKETS.c.is_open.is_(True), TICKETS.c.tier == 1)
        .order_by(TICKETS.c.id),
    )[::2]
    with unit_of_work(actor, now=SUNDAY_NIGHT, on=database) as uow:
        for row in chosen:
            tickets.write_note(uow, row.reference, "Mine for now.")
    return [row.id for row in chosen]


def test_what_a_visitor_has_just_touched_is_left_alone(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    touched = _touch_many(database, SEATS["manager"])
    newest = newest_event(database)

    let_act(database, 100, every=5)

    by_people = {e.ticket_id for e in events_after(database, newest) if e.actor_kind == "person"}
    assert len(by_people) > 30
    assert not by_people & set(touched)


def test_ten_minutes_later_others_go_on_with_it(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    touched = _touch_many(database, SEATS["manager"])
    newest = newest_event(database)

    let_act(database, 100, every=15)

    by_people = {e.ticket_id for e in events_after(database, newest) if e.actor_kind == "person"}
    assert by_people & set(touched)


def test_the_visitors_own_tickets_are_left_to_them(played: Played):
    database = played.database
    customer, agent = (person(database, SEATS[seat]).person_id for seat in ("customer", "agent"))
    own = (TICKETS.c.requester_id == customer) | (TICKETS.c.assignee_id == agent)
    theirs = rows(played.before, select(TICKETS).where(TICKETS.c.is_open.is_(True), own))

    resolved = rows(
        database,
        select(TICKETS.c.id).where(TICKETS.c.status == Status.RESOLVED.value, own),
    )
    assert len(theirs) > 8
    assert {row.id for row in theirs} & {row.id for row in resolved} == set()


def test_tickets_of_other_customers_are_not_its_business(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    with database.writing() as session:
        stranger = OrganisationRow(key="real", name="Real Ltd", plan="basic")
        session.add(stranger)
        session.flush()
        session.execute(
            TICKETS.update().where(TICKETS.c.tier >= 2).values(organisation_id=stranger.id)
        )
    newest = newest_event(database)

    let_act(database, 60)

    strange = {row.id for row in rows(database, select(TICKETS.c.id).where(TICKETS.c.tier >= 2))}
    acted = {e.ticket_id for e in events_after(database, newest) if e.actor_kind == "person"}
    handed_up = {
        e.ticket_id for e in events_after(database, newest) if e.kind == "ticket_escalated"
    }
    assert acted
    assert acted & strange <= handed_up


def test_a_failure_is_logged_and_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    database = Database(f"sqlite:///{tmp_path / 'without-tables.db'}")
    simulator = Simulator(database, mode=Mode.DEMO)

    done = [simulator.act(), simulator.act()]

    assert done == ["", ""]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    database.dispose()


async def _serve_for(database: Database, is_enough: Callable[[], bool]) -> None:
    async with lifespan(database):
        for _ in range(400):
            if is_enough():
                return
            await asyncio.sleep(0.02)


def test_it_acts_while_the_demo_is_served_and_stops_with_it(
    demo_at: Opened, monkeypatch: pytest.MonkeyPatch
):
    database = demo_at(SUNDAY_NIGHT)
    newest = newest_event(database)
    monkeypatch.setattr(simulators, "settings", lambda: _mode(Mode.DEMO))
    monkeypatch.setattr(simulators, "PAUSE", (0.0, 0.001))

    with using(FakeClock(SUNDAY_NIGHT)):
        asyncio.run(_serve_for(database, lambda: len(events_after(database, newest)) > 3))

    acted = len(events_after(database, newest))
    assert acted > 3
    assert len(events_after(database, newest)) == acted


def test_nobody_acts_in_a_database_that_no_demo_filled(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    database = Database(sqlite_url)
    with database.writing() as session:
        publish(session, shipped_document(), "somebody", SUNDAY_NIGHT)
    monkeypatch.setattr(simulators, "settings", lambda: _mode(Mode.DEMO))
    monkeypatch.setattr(simulators, "PAUSE", (0.0, 0.001))

    asyncio.run(_serve_for(database, lambda: bool(caplog.records)))

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert rows(database, select(EVENTS)) == []
    database.dispose()
