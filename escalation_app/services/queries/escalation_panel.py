"""What stands at the side of the list of escalations: who is late everywhere, or one case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import OWED, PromiseState
from escalation_app.domain.nudges import may_follow, silent
from escalation_app.domain.permissions import Actor, Permission, covers
from escalation_app.domain.roster import Roster
from escalation_app.models import ClockRow, ObligationRow, PersonRow
from escalation_app.routes import case_url
from escalation_app.services.escalations import told_of
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.case import (
    SeenCase,
    case_abilities,
    case_head,
    latest_moves,
    see_case,
)
from escalation_app.services.queries.case_parts import cadence, department_of, duties, duty_words
from escalation_app.services.queries.common import is_clock_of, person_mark
from escalation_app.services.queries.promises import promise_lines
from escalation_app.services.tables import columns
from escalation_app.views.case import CasePeek, DutyRow
from escalation_app.views.common import PersonMark, TimeLeft
from escalation_app.views.words import iso

LATEST = 5
"""What happened last in a case, as many lines of it."""
MOST_LATE = 12

_OWED: Any = columns(ObligationRow)
_CLOCKS: Any = columns(ClockRow)
_PEOPLE: Any = columns(PersonRow)


def case_peek(session: Session, actor: Actor, reference: str, now: datetime) -> CasePeek:
    """One case in short; raises as `queries.case.case_page` does."""
    case_ = see_case(session, actor, reference, now)
    ticket, process = case_.ticket, case_.seen.process
    rows = duties(session, case_.seen, case_.roster, actor, now, is_over=case_.is_over)
    owed = [row for row in rows if row.state in {state.value for state in OWED}]
    promises = promise_lines(session, case_.seen, actor, now)
    return CasePeek(
        head=case_head(session, case_),
        may=case_abilities(session, case_),
        url=case_url(reference),
        plan=process.plan(ticket.plan).name,
        silent=_silent(session, case_),
        owed=tuple(sorted(owed, key=lambda row: not row.is_late)),
        duty_words=duty_words(rows),
        promises=tuple(one for one in promises if one.state == PromiseState.OPEN),
        cadence=replace(cadence(ticket, process, now), beats=()),
        moved=latest_moves(session, case_, LATEST),
        is_asked=any(asked.is_open for asked in ticket.requests)
        and covers(actor, Permission.ESCALATION_TRIAGE, ticket),
    )


def _silent(session: Session, case_: SeenCase) -> tuple[PersonMark, ...]:
    """Who has not acknowledged it, with who stands in for them."""
    roster, process = case_.roster, case_.seen.process
    told = sorted(told_of(session, case_.ticket, roster))
    return tuple(
        person_mark(who, roster.name(who), _where(process, roster, who))
        for who in silent(case_.ticket, told)
    )


def _where(process: Any, roster: Roster, who: int) -> str:
    there = roster.stand_in(who)
    if there == who:
        return department_of(process, roster, who)
    return "away" if there is None else f"away, {roster.name(there)} stands in"


def late_duties(
    session: Session, actor: Actor, tickets: Mapping[int, Any], now: datetime
) -> tuple[DutyRow, ...]:
    """What is owed too long in some tickets that the actor sees, the longest first; `tickets` are
    rows with `reference`, `subject` and `process_version`, by id."""
    rows = session.execute(_late(sorted(tickets), now)).all()
    if not rows:
        return ()
    roster = load_roster(session, now)
    return tuple(_duty(session, actor, row, tickets[row.ticket_id], roster, now) for row in rows)


def _late(ids: list[int], now: datetime) -> Any:
    return (
        select(
            _OWED.c.ticket_id,
            _OWED.c.number,
            _OWED.c.text,
            _OWED.c.person_id,
            _OWED.c.state,
            _OWED.c.nudged_at,
            _PEOPLE.c.name,
            _CLOCKS.c.due_at,
            _CLOCKS.c.started_at,
        )
        .join(_PEOPLE, _PEOPLE.c.id == _OWED.c.person_id)
        .join(_CLOCKS, is_clock_of(_OWED, Metric.OBLIGATION))
        .where(
            _OWED.c.ticket_id.in_(ids),
            _OWED.c.state.in_([state.value for state in OWED]),
            _CLOCKS.c.state == ClockState.RUNNING.value,
            _CLOCKS.c.due_at < now,
        )
        .order_by(_CLOCKS.c.due_at)
        .limit(MOST_LATE)
    )


def _duty(
    session: Session, actor: Actor, row: Any, ticket: Any, roster: Roster, now: datetime
) -> DutyRow:
    there = roster.stand_in(row.person_id)
    department = department_of(process_of(session, ticket.process_version), roster, row.person_id)
    return DutyRow(
        key=f"{ticket.reference}-{row.number}",
        number=row.number,
        ref=ticket.reference,
        url=case_url(ticket.reference),
        subject=ticket.subject,
        person=person_mark(row.person_id, row.name, department),
        text=row.text,
        state=row.state,
        time_left=TimeLeft(state="running", due_at=iso(row.due_at), from_at=iso(row.started_at)),
        nudged_at=iso(row.nudged_at),
        is_late=True,
        can_nudge=actor.may(Permission.NUDGE_SEND)
        and may_follow(row.nudged_at, now)
        and there not in (None, actor.person_id),
    )
