"""What the demo begins with, at whatever hour it is started."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

from escalation_app.clock import FakeClock, using
from escalation_app.db import Database
from escalation_app.demo.people import SEATS
from escalation_app.demo.seed import SILENT_FOR, STALE_AFTER, is_demo, prepare, seed
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import fire
from escalation_app.engine.timers import sweep
from escalation_app.models import (
    ArticleRow,
    ClockRow,
    ContactRow,
    EscalationRow,
    EventRow,
    HeartbeatRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PathStepRow,
    PersonRow,
    ProcessVersionRow,
    TicketFieldRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import make_desk
from escalation_app.settings import OperatorError
from tests.demo.conftest import INSTANTS, SUNDAY_NIGHT, Opened

TICKETS, PEOPLE, CASES, EVENTS, OUTBOX, TIMERS, STEPS = (
    columns(model)
    for model in (TicketRow, PersonRow, EscalationRow, EventRow, OutboxRow, TimerRow, PathStepRow)
)
SEEN_ON_BOARDS = {EventKind.TICKET_ESCALATED.value, EventKind.ESCALATION_ASSIGNED.value}

at_any_hour = pytest.mark.parametrize("now", INSTANTS.values(), ids=INSTANTS)


def rows(database: Database, statement: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(statement))


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted((tuple(row) for row in rows(database, select(table))), key=repr)
        for table in SQLModel.metadata.sorted_tables
    }


def seat(database: Database, name: str) -> int:
    return rows(database, select(PEOPLE.c.id).where(PEOPLE.c.key == SEATS[name]))[0].id


def open_tickets(database: Database, *conditions: Any) -> list[Any]:
    return rows(database, select(TICKETS).where(TICKETS.c.is_open.is_(True), *conditions))


def steps_on_boards(database: Database, since: datetime) -> list[datetime]:
    """When the engine moved a ticket or gave a case to a manager."""
    return sorted(
        row.recorded_at
        for row in rows(
            database,
            select(EVENTS.c.recorded_at).where(
                EVENTS.c.actor_kind == "engine",
                EVENTS.c.kind.in_(sorted(SEEN_ON_BOARDS)),
                EVENTS.c.recorded_at > since,
            ),
        )
    )


def run_engine(database: Database, clock: FakeClock, seconds: int, every: int = 5) -> None:
    with using(clock):
        for _ in range(seconds // every):
            clock.advance(timedelta(seconds=every))
            sweep(database)


def test_the_same_seed_and_instant_give_the_same_rows(demo_at: Opened, sqlite_url: str):
    again = Database(sqlite_url)

    seed(again, SUNDAY_NIGHT)

    assert everything(again) == everything(demo_at(SUNDAY_NIGHT))
    again.dispose()


def test_another_seed_tells_another_story(demo_at: Opened, sqlite_url: str):
    other = Database(sqlite_url)

    seed(other, SUNDAY_NIGHT, random_seed=7)

    assert everything(other)["message"] != everything(demo_at(SUNDAY_NIGHT))["message"]
    other.dispose()


@at_any_hour
def test_the_boards_have_the_shape_of_a_busy_hour(demo_at: Opened, now: datetime):
    tickets = open_tickets(demo_at(now))

    tiers = Counter(ticket.tier for ticket in tickets)
    running = [ticket for ticket in tickets if ticket.pressing_state == "running"]
    over = [ticket for ticket in running if ticket.pressing_due_at < now]
    soon = [t for t in running if t.pressing_soon_at <= now <= t.pressing_due_at]
    assert tiers[1] == pytest.approx(118, abs=6)
    assert tiers[2] == pytest.approx(41, abs=5)
    assert tiers[3] == pytest.approx(19, abs=4)
    assert tiers[4] == pytest.approx(4, abs=1)
    assert 3 <= len(over) <= 7
    assert 15 <= len(soon) <= 45
    assert 12 <= sum(t.pressing_state in ("paused", "overpaused") for t in tickets) <= 26
    assert len(running) - len(over) - len(soon) > len(tickets) / 2


@at_any_hour
def test_a_ticket_escalates_by_itself_within_a_minute(demo_at: Opened, now: datetime):
    database = demo_at(now)

    run_engine(database, FakeClock(now), seconds=60)

    steps = rows(database, select(STEPS.c.taken_at).where(STEPS.c.taken_at > now))
    assert steps
    assert steps_on_boards(database, now)


def test_further_ones_follow_every_minute_or_so_for_a_quarter_of_an_hour(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)

    run_engine(database, FakeClock(SUNDAY_NIGHT), seconds=900)

    instants = [SUNDAY_NIGHT, *steps_on_boards(database, SUNDAY_NIGHT)]
    gaps = [later - earlier for earlier, later in pairwise(instants)]
    assert len(gaps) >= 15
    assert max(gaps) <= timedelta(seconds=75)


@at_any_hour
def test_nothing_is_overdue_and_nothing_lies_ahead(demo_at: Opened, now: datetime):
    database = demo_at(now)

    assert rows(database, select(func.min(TIMERS.c.due_at)))[0][0] > now
    assert rows(database, select(func.max(EVENTS.c.recorded_at)))[0][0] <= now
    assert rows(database, select(func.max(columns(MessageRow).c.at)))[0][0] <= now


def test_the_engine_would_have_decided_nothing_else(demo_at: Opened):
    """Every row agrees with the domain: no clock, run or timer was put there by hand."""
    database = demo_at(SUNDAY_NIGHT)

    with database.reading() as session:
        keys = session.execute(select(TICKETS.c.id)).scalars().all()
        desk = make_desk(session, SUNDAY_NIGHT)
        undecided = [
            ticket.reference
            for ticket in load_tickets(session, keys).values()
            if fire(ticket, desk).is_change
        ]

    assert len(keys) > 380
    assert undecided == []


def test_every_step_of_a_path_was_taken_when_it_was_due_and_reached_somebody(demo_at: Opened):
    steps = rows(demo_at(SUNDAY_NIGHT), select(STEPS))

    assert len(steps) > 50
    assert all(step.told for step in steps)
    assert max(step.taken_at - step.due_at for step in steps) < timedelta(seconds=1)


def test_old_notices_are_read_and_old_mail_is_kept(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)

    unread = rows(
        database, select(OUTBOX).where(OUTBOX.c.channel == "in_app", OUTBOX.c.read_at.is_(None))
    )
    mail = rows(database, select(OUTBOX.c.state).where(OUTBOX.c.channel == "email"))
    assert unread
    assert all(SUNDAY_NIGHT - row.created_at < timedelta(hours=3) for row in unread)
    assert {row.state for row in mail} == {"kept"}


def test_a_seat_is_found_by_its_key_and_has_no_password(demo_at: Opened):
    found = rows(
        demo_at(SUNDAY_NIGHT), select(PEOPLE).where(PEOPLE.c.key.in_(sorted(SEATS.values())))
    )

    assert {person.key for person in found} == {
        "demo-customer",
        "demo-agent",
        "demo-manager",
        "demo-executive",
        "demo-admin",
    }
    assert {person.password_hash for person in found} == {""}


@at_any_hour
def test_the_customer_has_tickets_in_every_state(demo_at: Opened, now: datetime):
    database = demo_at(now)
    me = seat(database, "customer")

    mine = rows(database, select(TICKETS).where(TICKETS.c.requester_id == me))

    assert len(mine) == 6
    assert sum(ticket.is_escalated for ticket in mine) == 1
    assert sum(ticket.status == "waiting_customer" for ticket in mine) == 1
    assert sum(ticket.status == "resolved" for ticket in mine) == 1


@at_any_hour
def test_the_agent_holds_a_few_tickets_one_of_them_due_soon(demo_at: Opened, now: datetime):
    database = demo_at(now)

    mine = open_tickets(database, TICKETS.c.assignee_id == seat(database, "agent"))

    assert 4 <= len(mine) <= 9
    assert {ticket.tier for ticket in mine} == {2}
    assert any(
        ticket.pressing_state == "running" and ticket.pressing_soon_at <= now for ticket in mine
    )


@at_any_hour
def test_the_manager_has_cases_one_of_them_not_acknowledged(demo_at: Opened, now: datetime):
    database = demo_at(now)

    mine = rows(
        database,
        select(CASES).where(
            CASES.c.manager_id == seat(database, "manager"), CASES.c.ended_at.is_(None)
        ),
    )

    assert 3 <= len(mine) <= 12
    assert any(case.acknowledged_at is None for case in mine)


@at_any_hour
def test_the_manager_owes_one_call_that_is_not_late(demo_at: Opened, now: datetime):
    database = demo_at(now)
    owed, clocks = columns(ObligationRow), columns(ClockRow)

    mine = rows(
        database,
        select(clocks.c.due_at)
        .join(
            owed,
            (owed.c.ticket_id == clocks.c.subject_id)
            & (owed.c.number == clocks.c.cycle)
            & (clocks.c.metric == "obligation"),
        )
        .where(owed.c.person_id == seat(database, "manager"), owed.c.state == "open"),
    )

    assert len(mine) == 1
    assert now + timedelta(minutes=30) < mine[0].due_at <= now + timedelta(hours=1)


def test_in_the_past_customers_mostly_heard_in_time_and_managers_called(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    clocks = columns(ClockRow)

    words = rows(
        database,
        select(clocks).where(
            clocks.c.metric.in_(["next_reply", "next_update"]), clocks.c.state == "met"
        ),
    )
    late = sum(clock.breached_at is not None for clock in words)
    calls = Counter(row.state for row in rows(database, select(columns(ObligationRow))))
    again = rows(database, select(STEPS).where(STEPS.c.loop > 0))
    assert len(words) > 150
    assert 0 < late < len(words) / 10
    assert calls["done"] > 4 * calls["open"]
    assert again


@at_any_hour
def test_the_executive_was_brought_into_two_and_stands_for_one_more(demo_at: Opened, now: datetime):
    database = demo_at(now)

    mine = rows(
        database,
        select(CASES).where(
            CASES.c.executive_id == seat(database, "executive"), CASES.c.ended_at.is_(None)
        ),
    )

    assert len(mine) == 3


def test_both_databases_hold_the_same_demo(database: Database, demo_at: Opened):
    seed(database, SUNDAY_NIGHT)

    here, there = (
        sorted((t.reference, t.subject, t.pressing_due_at) for t in open_tickets(each))
        for each in (database, demo_at(SUNDAY_NIGHT))
    )
    assert here == there


# Going on, or starting anew


def test_an_empty_database_is_filled(sqlite_url: str):
    database = Database(sqlite_url)

    filled = prepare(database, SUNDAY_NIGHT)

    assert filled
    assert is_demo(database)
    database.dispose()


def test_a_demo_that_was_just_at_work_goes_on(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    run_engine(database, FakeClock(SUNDAY_NIGHT), seconds=60)
    before = everything(database)

    filled = prepare(database, SUNDAY_NIGHT + timedelta(seconds=70))

    assert not filled
    assert everything(database) == before


def test_a_demo_that_goes_on_escalates_within_a_minute_again(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    run_engine(database, FakeClock(SUNDAY_NIGHT), seconds=3000, every=10)
    here, again = len(open_tickets(database)), SUNDAY_NIGHT + timedelta(minutes=55)

    filled = prepare(database, again)
    with using(FakeClock(again)):
        sweep(database)
    run_engine(database, FakeClock(again), seconds=60)

    assert not filled
    assert here < len(open_tickets(database)) < here + 20
    assert steps_on_boards(database, again + timedelta(seconds=5))
    mail = rows(database, select(OUTBOX.c.state).where(OUTBOX.c.note == "Before the demo"))
    assert {row.state for row in mail} == {"kept"}


def test_a_demo_that_stood_still_is_replaced_and_not_caught_up(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    later = SUNDAY_NIGHT + SILENT_FOR + timedelta(minutes=1)

    filled = prepare(database, later)

    assert filled
    assert rows(database, select(func.min(TIMERS.c.due_at)))[0][0] > later


def test_a_heartbeat_shows_that_the_demo_was_at_work(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    last_sweep = SUNDAY_NIGHT + timedelta(hours=5)
    with database.writing() as session:
        session.add(HeartbeatRow(engine="one", at=last_sweep, started_at=SUNDAY_NIGHT))

    filled = prepare(database, last_sweep + timedelta(minutes=5))

    assert not filled


def test_a_demo_of_yesterday_is_replaced_even_when_it_never_stood_still(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    tomorrow = SUNDAY_NIGHT + STALE_AFTER
    with database.writing() as session:
        session.add(HeartbeatRow(engine="one", at=tomorrow, started_at=SUNDAY_NIGHT))

    filled = prepare(database, tomorrow)

    assert filled


def test_a_demo_under_another_process_is_replaced(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    with database.writing() as session:
        session.execute(update(columns(ProcessVersionRow)).values(checksum="0" * 64))

    filled = prepare(database, SUNDAY_NIGHT + timedelta(minutes=1))

    assert filled


def test_data_that_no_demo_made_is_left_alone(sqlite_url: str):
    database = Database(sqlite_url)
    with database.writing() as session:
        publish(session, shipped_document(), "somebody", SUNDAY_NIGHT)
    before = everything(database)

    with pytest.raises(OperatorError, match="no demo made"):
        prepare(database, SUNDAY_NIGHT)

    assert everything(database) == before
    database.dispose()


def test_a_file_can_be_filled_again_and_again(
    seeded_file: Callable[[datetime], Path], tmp_path: Path
):
    shutil.copyfile(seeded_file(SUNDAY_NIGHT), tmp_path / "again.db")
    database = Database(f"sqlite:///{tmp_path / 'again.db'}")
    before = everything(database)

    seed(database, SUNDAY_NIGHT)

    assert everything(database) == before
    database.dispose()


@at_any_hour
def test_what_was_solved_is_written_down_and_some_of_it_waits_to_be_published(
    demo_at: Opened, now: datetime
):
    articles = columns(ArticleRow)
    states = Counter(row.state for row in rows(demo_at(now), select(articles.c.state)))

    assert states["published"] > states["draft"] > 0


def test_tickets_name_their_devices_and_calls_are_logged_as_the_record_says(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    filled, calls = columns(TicketFieldRow), columns(ContactRow)
    keys = Counter(row.key for row in rows(database, select(filled.c.key)))
    logged = rows(database, select(calls.c.ticket_id, calls.c.number, calls.c.with_whom))
    of_kind = select(EVENTS.c.ticket_id, EVENTS.c.data)
    told = [
        (row.ticket_id, row.data["number"], row.data["with_whom"])
        for row in rows(database, of_kind.where(EVENTS.c.kind == EventKind.CONTACT_LOGGED))
    ]

    assert keys["device"] > len(rows(database, select(TICKETS.c.id))) / 3
    assert min(keys[key] for key in ("version", "reproduced", "workaround")) > 10
    assert len(logged) > 3
    assert sorted(tuple(row) for row in logged) == sorted(told)
    shown = open_tickets(database, TICKETS.c.id.in_(select(calls.c.ticket_id)))
    assert shown != []
