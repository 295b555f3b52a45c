"""What must hold, asked of sound rows and of rows damaged in one way each."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, literal, select, text, update
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.engine.digests import AFTER_AT_MOST
from escalation_app.engine.outbox import Dispatcher
from escalation_app.engine.timers import next_due_at
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
    TimerRow,
)
from escalation_app.notifications import channels, posts
from escalation_app.services import escalations, tickets
from escalation_app.services.queries.audit import RULES, Fault, audit
from escalation_app.services.tables import columns
from escalation_app.settings import read_settings
from tests.support.desk import SupportDesk, desk_after

GRACE = timedelta(minutes=1)
Damage = Callable[[Session], Any]

_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_CASES = columns(EscalationRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_TIMERS = columns(TimerRow)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """A desk with a ticket that broke both promises, one that waits, one resolved, one escalated
    by hand."""
    with desk_after(_four_tickets, database) as opened:
        yield opened


def _four_tickets(desk: SupportDesk) -> None:
    late = desk.open("Late").reference
    waiting = desk.open("Waiting").reference
    solved = desk.open("Solved").reference
    desk.act("agent", tickets.take, late)
    desk.act("agent", tickets.set_status, waiting, Status.WAITING_CUSTOMER)
    for minutes in (8, 8, 200):
        desk.wait(minutes=minutes)
    desk.act("agent", tickets.resolve, solved, "It was the cable.")
    for minutes in (120, 60, 60):
        desk.wait(minutes=minutes)
    desk.act("manager", escalations.deescalate, waiting, "The customer is on holiday.")
    new, functional = desk.open("New").reference, EscalationKind.FUNCTIONAL
    desk.act("agent", escalations.escalate, new, functional, "Needs a specialist")
    desk.clock.advance(AFTER_AT_MOST)
    unset = read_settings({})
    dispatcher = Dispatcher(desk.database, channels(unset), posts(unset), unset.public_url)
    dispatcher.turn()
    dispatcher.close()


def broken(desk: SupportDesk) -> dict[str, tuple[str, ...]]:
    """The keys of the rules that do not hold, with the tickets they name."""
    with desk.reading() as session:
        findings = audit(session, desk.now, GRACE)
    return {finding.rule.key: finding.tickets for finding in findings if finding.count}


def of_late(table: Any) -> Any:
    """The rows of a table that are about the ticket that is late."""
    key = table.c.subject_id if "subject_id" in table.c else table.c.ticket_id
    return key == select(_TICKETS.c.id).where(_TICKETS.c.subject == "Late").scalar_subquery()


def forget(table: Any, *where: Any) -> Damage:
    return lambda session: session.execute(delete(table).where(of_late(table), *where))


def change(table: Any, *where: Any, **values: Any) -> Damage:
    return lambda session: session.execute(
        update(table).where(of_late(table), *where).values(**values)
    )


def repeat(table: Any, *where: Any, **values: Any) -> Damage:
    """Write one row again, with another key."""

    def damage(session: Session) -> None:
        row = session.execute(select(table).where(of_late(table), *where).limit(1)).one()
        session.execute(insert(table), {**row._mapping, "id": 900_000, **values})

    return damage


def kind(name: EventKind) -> Any:
    return _EVENTS.c.kind == name.value


def of_its_run() -> Any:
    return _STEPS.c.run_id.in_(select(_RUNS.c.id).where(of_late(_RUNS)))


def change_step(**values: Any) -> Damage:
    """Of the second step."""
    where = (of_its_run(), _STEPS.c.step == 1)
    return lambda session: session.execute(update(_STEPS).where(*where).values(**values))


def without_its_key(table: str, key: str, session: Session) -> None:
    """A table whose rows can be doubled, which its key makes impossible."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"ALTER TABLE {table} RENAME TO kept"))
        session.execute(text(f"CREATE TABLE {table} AS SELECT * FROM kept"))
    else:
        session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key}"))


def take_a_step_again(session: Session) -> None:
    without_its_key("path_step", "path_step_pkey", session)
    session.execute(text("INSERT INTO path_step SELECT * FROM path_step"))


def use_a_key_again(session: Session) -> None:
    session.execute(text("DROP INDEX uq_outbox_dedupe"))
    change(_OUTBOX, dedupe_key="the same")(session)


def say_again(session: Session) -> None:
    session.execute(text("DROP INDEX uq_outbox_event"))
    repeat(_OUTBOX, _OUTBOX.c.event_id.is_not(None))(session)


def record_again(kind: EventKind) -> Callable[[SupportDesk], Damage]:
    """As it would be without the keys that make it impossible."""

    def damage(session: Session) -> None:
        session.execute(text("DROP INDEX uq_event_decision"))
        session.execute(text("DROP INDEX uq_event_once"))
        repeat(_EVENTS, _EVENTS.c.kind == kind.value)(session)

    return lambda desk: damage


def put_off(desk: SupportDesk) -> Damage:
    """A step is due, but its timer stands far ahead."""

    def damage(session: Session) -> None:
        change(_RUNS, next_due_at=desk.now - A_DAY)(session)
        timers = ["subject_type", "subject_id", "due_at", "failures"]
        at = literal(desk.now + A_DAY, _TIMERS.c.due_at.type)
        late = select(literal("ticket"), _TICKETS.c.id, at, literal(0)).where(
            _TICKETS.c.subject == "Late"
        )
        forget(_TIMERS)(session)
        session.execute(insert(_TIMERS).from_select(timers, late))

    return damage


def of_all(statement: Any) -> Damage:
    return lambda session: session.execute(statement)


A_DAY = timedelta(days=1)

DAMAGE: dict[str, Callable[[SupportDesk], Damage]] = {
    "breach_not_noticed": lambda _: change(_CLOCKS, breached_at=None),
    "breach_not_recorded": lambda _: change(
        _EVENTS, kind(EventKind.SLA_BREACHED), kind="forgotten"
    ),
    "breach_without_path": lambda desk: change(_RUNS, started_at=desk.now),
    "step_not_recorded": lambda _: change(
        _EVENTS, kind(EventKind.PATH_STEP_TAKEN), kind="forgotten"
    ),
    "record_without_step": lambda _: of_all(delete(_STEPS)),
    "steps_skipped": lambda _: change(_RUNS, next_step=_RUNS.c.next_step + 1),
    "case_not_recorded": lambda _: change(
        _EVENTS, kind(EventKind.ESCALATION_STARTED), kind="forgotten"
    ),
    "run_without_case": lambda desk: change(_CASES, ended_at=desk.now),
    "ticket_not_recorded": lambda _: change(
        _EVENTS, kind(EventKind.TICKET_OPENED), kind="forgotten"
    ),
    "told_without_message": lambda _: forget(_OUTBOX, _OUTBOX.c.kind == "path_step_taken"),
    "timer_missing": lambda desk: (
        lambda session: (
            change(_RUNS, next_due_at=desk.now + A_DAY)(session),
            session.execute(delete(_TIMERS)),
        )
    ),
    "timer_late": put_off,
    "timer_overdue": lambda desk: (
        lambda session: (
            put_off(desk)(session),
            change(_TIMERS, due_at=desk.now - A_DAY)(session),
        )
    ),
    "message_stuck": lambda desk: change(
        _OUTBOX, state="pending", next_attempt_at=desk.now - A_DAY
    ),
    "ticket_opened_twice": record_again(EventKind.TICKET_OPENED),
    "step_taken_twice": lambda _: take_a_step_again,
    "step_recorded_twice": record_again(EventKind.PATH_STEP_TAKEN),
    "breach_recorded_twice": record_again(EventKind.SLA_BREACHED),
    "warned_twice": record_again(EventKind.SLA_WARNING),
    "key_twice": lambda _: use_a_key_again,
    "said_twice": lambda _: say_again,
    "step_early": lambda desk: change_step(due_at=desk.now + A_DAY),
    "step_before_the_last": lambda desk: change_step(taken_at=desk.now - A_DAY),
    "breach_early": lambda _: change(_CLOCKS, noticed_at=_CLOCKS.c.breached_at),
    "recorded_before_it_was": lambda desk: change(_EVENTS, at=desk.now + A_DAY),
    "from_the_future": lambda desk: change(_EVENTS, recorded_at=desk.now + A_DAY),
}
"""For each rule, how the rows of a ticket come to break it."""


def test_a_desk_at_work_breaks_no_rule(desk: SupportDesk):
    assert broken(desk) == {}


def test_every_rule_is_proven():
    assert set(DAMAGE) == {rule.key for rule in RULES}
    assert {rule.fault for rule in RULES} == set(Fault)


@pytest.mark.parametrize("key", [rule.key for rule in RULES])
def test_damaged_rows_are_found(desk: SupportDesk, key: str):
    with desk.database.writing() as session:
        DAMAGE[key](desk)(session)

    found = broken(desk)

    assert "T-1001" in found[key]


def test_what_fell_due_just_now_is_not_missed(desk: SupportDesk):
    with desk.reading() as session:
        due_at = next_due_at(session)
    assert due_at is not None
    desk.clock.set_to(due_at + GRACE - timedelta(seconds=1))

    assert broken(desk) == {}
    desk.clock.advance(timedelta(seconds=2))
    assert set(broken(desk)) == {"timer_overdue"}
