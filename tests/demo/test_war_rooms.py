"""The cases the demo begins with: who owes what, what is promised, what was decided; and how the
demo's people go on with them."""

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation_app.clock import FakeClock, using
from escalation_app.db import Database
from escalation_app.demo import simulator as simulators
from escalation_app.demo.duties import ANY, CASEWORK, OF_THE_SEAT, casework_of
from escalation_app.demo.people import SEATS, STAFF
from escalation_app.demo.simulator import Simulator
from escalation_app.demo.stories import STORIES, Details
from escalation_app.domain.commitments import OWED, ObligationState
from escalation_app.domain.permissions import Actor
from escalation_app.engine.timers import sweep
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    ObligationRow,
    OutboxRow,
    PersonRow,
    PromiseRow,
    TicketRow,
)
from escalation_app.services import cases
from escalation_app.services.nudges import nudge_obligation
from escalation_app.services.people import actor_of
from escalation_app.services.queries.case import case_page
from escalation_app.services.queries.escalations import active_escalations
from escalation_app.services.queries.work import my_work
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from escalation_app.settings import Mode
from escalation_app.views.case import CasePage
from escalation_app.views.escalations import EscalationBoard
from tests.demo.conftest import INSTANTS, SUNDAY_NIGHT, Opened
from tests.support.listening import Listener

CASES, CLOCKS, DUTIES, EVENTS, OUTBOX, PEOPLE, PROMISES, TICKETS = (
    columns(model)
    for model in (
        EscalationRow,
        ClockRow,
        ObligationRow,
        EventRow,
        OutboxRow,
        PersonRow,
        PromiseRow,
        TicketRow,
    )
)

at_any_hour = pytest.mark.parametrize("now", INSTANTS.values(), ids=INSTANTS)


def rows(database: Database, statement: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(statement))


def seat(database: Database, name: str) -> Actor:
    with database.reading() as session:
        key = session.execute(select(PEOPLE.c.id).where(PEOPLE.c.key == SEATS[name])).scalar_one()
        actor = actor_of(session, key)
    assert actor is not None
    return actor


def seats(database: Database) -> list[int]:
    return [key for name in SEATS if (key := seat(database, name).person_id) is not None]


def board(database: Database, now: Any) -> EscalationBoard:
    manager = seat(database, "manager")
    with database.reading() as session:
        return active_escalations(session, manager, now)


def shared_case(database: Database) -> str:
    """The case of the customer whom a visitor can be, led by the manager whom one can be."""
    customer, manager = (seat(database, name).person_id for name in ("customer", "manager"))
    found = rows(
        database,
        select(TICKETS.c.reference)
        .join(CASES, CASES.c.ticket_id == TICKETS.c.id)
        .where(
            CASES.c.ended_at.is_(None),
            CASES.c.manager_id == manager,
            TICKETS.c.requester_id == customer,
        ),
    )
    assert len(found) == 1
    return found[0].reference


def room(database: Database, reference: str, name: str = "manager") -> CasePage:
    with database.reading() as session:
        return case_page(session, seat(database, name), reference, SUNDAY_NIGHT)


# At the beginning


@at_any_hour
def test_the_list_shows_who_owes_what_who_is_late_and_what_is_promised(demo_at: Opened, now: Any):
    seen = board(demo_at(now), now)

    owed = [row for group in seen.groups for row in group.rows if row.obligations]
    mine = [row for row in owed if row.owner.name == "M. Okafor"]
    counts = {choice.value: int(choice.hint) for choice in seen.only}
    assert 10 <= len(owed) <= 20
    assert 4 <= len(mine) <= 9
    assert 2 <= counts["late"] <= 4
    assert 4 <= counts["promise"] <= 12
    assert len(seen.late) == counts["late"]
    assert any(row.sponsor == "D. Ames" for row in mine)


def test_the_war_room_of_the_shared_case_has_something_in_each_of_its_parts(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)

    seen = room(database, shared_case(database))

    teams = {duty.person.hint for duty in seen.duties}
    assert len(teams) >= 3
    assert {"open", "accepted", "done"} <= {duty.state for duty in seen.duties}
    assert sum(duty.is_late for duty in seen.duties) == 1
    assert [promise.state for promise in seen.promises] == ["open", "kept"]
    assert len(seen.decisions) >= 3
    assert seen.head.sponsor.name == "C. Whitfield"
    assert all(duty.role for duty in seen.duties if duty.person.name != "M. Okafor")


@at_any_hour
def test_somebody_is_blocked_and_somebody_was_released_each_with_a_reason(
    demo_at: Opened, now: Any
):
    found = rows(demo_at(now), select(DUTIES).where(DUTIES.c.state.in_(["blocked", "released"])))

    assert {row.state for row in found} == {"blocked", "released"}
    assert all(row.reason for row in found)


@at_any_hour
def test_promises_were_kept_moved_and_broken_and_some_were_made_in_spite_of_doubts(
    demo_at: Opened, now: Any
):
    made = rows(demo_at(now), select(PROMISES))

    states = Counter(row.state for row in made)
    doubted = [row for row in made if row.doubts]
    assert states["kept"] > 3 * states["broken"] > 0
    assert states["renegotiated"] > 0
    assert 4 <= states["open"] <= 14
    assert all(row.due_at > now for row in made if row.state == "open")
    assert doubted
    assert all(row.override_reason for row in doubted)
    assert not any(row.override_reason for row in made if not row.doubts)


@at_any_hour
def test_the_agents_own_work_holds_one_or_two_things_that_are_not_late(demo_at: Opened, now: Any):
    database = demo_at(now)

    with database.reading() as session:
        work = my_work(session, seat(database, "agent"), now)

    assert 1 <= len(work.duties) <= 2
    assert not any(duty.is_late for duty in work.duties)


@at_any_hour
def test_the_bells_of_the_visitors_hold_a_handful(demo_at: Opened, now: Any):
    unread = rows(
        demo_at(now),
        select(PEOPLE.c.key, func.count())
        .join(OUTBOX, OUTBOX.c.person_id == PEOPLE.c.id)
        .where(
            OUTBOX.c.channel == "in_app",
            OUTBOX.c.read_at.is_(None),
            PEOPLE.c.key.in_(sorted(SEATS.values())),
        )
        .group_by(PEOPLE.c.key),
    )

    assert unread
    assert max(count for _, count in unread) <= 12


def test_what_is_asked_for_fits_the_story_and_is_said_in_one_line():
    details = Details(site="Moss", n=12, v="7.1")
    keys = {member.key: member.team for member in STAFF}

    for story in STORIES:
        work = casework_of(story)
        for n in range(4):
            team = work.team(Details(site="Moss", n=n, v="7.1"), 4)
            assert len({duty.who for duty in team}) == 4
            assert len({keys[duty.who] for duty in team}) >= 3
    for work in (*CASEWORK.values(), ANY):
        texts = [duty.text for duty in (*work.duties, *OF_THE_SEAT)] + [*work.promises]
        for text in (*texts, *(each for decision in work.decisions for each in decision)):
            told = details.tell(text)
            assert "{" not in told
            assert told[0].isupper()
            assert len(told) < 90
    assert {story.category for story in STORIES} == set(CASEWORK)


def test_a_wish_is_not_treated_like_an_outage():
    wish = next(story for story in STORIES if story.subject.startswith("Add French"))
    outage = next(story for story in STORIES if story.subject.startswith("Cabins"))

    assert casework_of(wish) is casework_of(None)
    assert casework_of(wish) is not casework_of(outage)
    assert wish.category == outage.category


# Going on


@dataclass(frozen=True, slots=True)
class Worked:
    """A demo after more than an hour of acts; it may be looked at."""

    database: Database
    before: Database
    done: Counter[str]
    at_work: list[int]
    logged: list[logging.LogRecord]


def owed_now(database: Database) -> list[Any]:
    return rows(
        database,
        select(DUTIES)
        .join(TICKETS, TICKETS.c.id == DUTIES.c.ticket_id)
        .where(
            TICKETS.c.is_open.is_(True),
            DUTIES.c.is_call.is_(False),
            DUTIES.c.state.in_([state.value for state in OWED]),
        ),
    )


def let_act(database: Database, acts: int, *, every: float) -> Iterator[str]:
    simulator = Simulator(database, 1, mode=Mode.DEMO)
    clock = FakeClock(SUNDAY_NIGHT)
    with using(clock):
        for _ in range(acts):
            clock.advance(timedelta(seconds=every))
            sweep(database)
            yield simulator.act()


@pytest.fixture(scope="module")
def worked(
    seeded_file: Callable[[Any], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worked]:
    folder, listener = tmp_path_factory.mktemp("worked"), Listener()
    files = [folder / name for name in ("before.db", "after.db")]
    for file in files:
        shutil.copyfile(seeded_file(SUNDAY_NIGHT), file)
    before, after = (Database(f"sqlite:///{file}") for file in files)
    simulators.log.addHandler(listener)
    done: Counter[str] = Counter()
    at_work: list[int] = []
    for number, name in enumerate(let_act(after, 200, every=22)):
        done[name] += 1
        if number % 40 == 39:
            at_work.append(len({duty.ticket_id for duty in owed_now(after)}))
    simulators.log.removeHandler(listener)
    yield Worked(after, before, done, at_work, listener.heard)
    for database in (before, after):
        database.dispose()


def test_people_ask_accept_finish_promise_and_keep_without_an_error(worked: Worked):
    assert {"ask_for", "accept", "finish", "promise", "keep"} <= worked.done.keys()
    assert worked.logged == []


def test_the_work_neither_dries_up_nor_piles_up(worked: Worked):
    assert min(worked.at_work) >= 6
    assert max(worked.at_work) <= 18


def test_nobody_accepts_promises_or_decides_in_a_visitors_place(worked: Worked):
    newest = rows(worked.before, select(func.max(EVENTS.c.id)))[0][0]
    visitors = seats(worked.database)

    theirs = rows(
        worked.database,
        select(EVENTS).where(EVENTS.c.id > newest, EVENTS.c.actor_id.in_(visitors)),
    )
    owed = rows(worked.before, select(DUTIES).where(DUTIES.c.person_id.in_(visitors)))
    after = rows(worked.database, select(DUTIES).where(DUTIES.c.person_id.in_(visitors)))
    known = {(duty.ticket_id, duty.number): duty.state for duty in after}
    assert theirs == []
    assert owed
    assert all(known[duty.ticket_id, duty.number] == duty.state for duty in owed)


def test_what_others_owe_in_a_visitors_case_is_done_all_the_same(worked: Worked):
    manager = seat(worked.database, "manager").person_id
    led = select(CASES.c.ticket_id).where(CASES.c.manager_id == manager)
    states = [
        {
            (duty.ticket_id, duty.number): duty.state
            for duty in rows(database, select(DUTIES).where(DUTIES.c.ticket_id.in_(led)))
        }
        for database in (worked.before, worked.database)
    ]

    finished = [
        key
        for key, state in states[0].items()
        if state in {each.value for each in OWED} and states[1][key] == ObligationState.DONE
    ]
    assert finished


def test_no_ticket_is_solved_before_its_promises_are_kept(worked: Worked):
    solved = rows(
        worked.database,
        select(TICKETS.c.id).where(TICKETS.c.resolved_at > SUNDAY_NIGHT),
    )
    void = rows(worked.database, select(PROMISES).where(PROMISES.c.state == "void"))
    waiting = rows(
        worked.database,
        select(PROMISES).where(
            PROMISES.c.state == "open", PROMISES.c.ticket_id.in_([row.id for row in solved])
        ),
    )

    assert len(solved) > 20
    assert void == []
    assert waiting == []


def test_most_of_what_was_promised_and_asked_for_came_in_time(worked: Worked):
    ended = rows(
        worked.database,
        select(CLOCKS).where(
            CLOCKS.c.metric.in_(["obligation", "promise"]),
            CLOCKS.c.state == "met",
            CLOCKS.c.ended_at > SUNDAY_NIGHT,
        ),
    )

    late = [clock for clock in ended if clock.breached_at is not None]
    assert len(ended) > 8
    assert 0 < len(late) < len(ended) / 2


def test_who_is_nudged_does_what_they_owe(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    manager = seat(database, "manager")
    late = board(database, SUNDAY_NIGHT).late[-1]
    with unit_of_work(manager, now=SUNDAY_NIGHT, on=database) as uow:
        nudge_obligation(uow, late.ref, late.number)

    list(let_act(database, 40, every=60))

    duty = rows(
        database,
        select(DUTIES)
        .join(TICKETS, TICKETS.c.id == DUTIES.c.ticket_id)
        .where(TICKETS.c.reference == late.ref, DUTIES.c.number == late.number),
    )[0]
    assert duty.state == "done"
    assert duty.ended_at > SUNDAY_NIGHT + simulators.HANDS_OFF


def test_a_case_that_a_visitor_has_just_touched_is_left_alone(demo_at: Opened):
    database = demo_at(SUNDAY_NIGHT)
    manager = seat(database, "manager")
    at_work = {
        row.ref
        for group in board(database, SUNDAY_NIGHT).groups
        for row in group.rows
        if row.obligations
    }
    with unit_of_work(manager, now=SUNDAY_NIGHT, on=database) as uow:
        for reference in sorted(at_work):
            cases.record_decision(uow, reference, "Nothing moves until I say so", "I look at it")
    newest = rows(database, select(func.max(EVENTS.c.id)))[0][0]

    list(let_act(database, 40, every=14))

    moved = rows(
        database,
        select(TICKETS.c.reference)
        .join(EVENTS, EVENTS.c.ticket_id == TICKETS.c.id)
        .where(
            EVENTS.c.id > newest,
            EVENTS.c.actor_kind == "person",
            EVENTS.c.kind.in_(["obligation_changed", "promise_changed", "obligation_given"]),
        ),
    )
    assert at_work
    assert not at_work & {row.reference for row in moved}
