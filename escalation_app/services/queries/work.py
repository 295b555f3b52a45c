"""One's own work: what a person of ours owes, has promised, is asked to acknowledge and leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import OWED, PromiseState
from escalation_app.domain.nudges import is_late
from escalation_app.domain.permissions import Actor, Permission, Role, require
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import EscalationKind, Ticket
from escalation_app.models import (
    EscalationRow,
    ObligationRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PromiseRow,
)
from escalation_app.routes import case_url
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.case_parts import duty_row
from escalation_app.services.queries.common import names_of, pressing_time_left
from escalation_app.services.queries.preventions import preventions_of
from escalation_app.services.queries.promises import promise_line
from escalation_app.services.queries.record import listed, reason_words
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.seen_ticket import SeenTicket
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.views.case import DutyRow, PreventionLine, PromiseLine
from escalation_app.views.words import iso
from escalation_app.views.work import AskedRow, MyCase, WorkPage

AT_MOST = 60
"""Of each kind, the first ones are shown."""
LOOKED_AT = 500
"""How many escalations that nobody has acknowledged are read at a time."""

_OWED = columns(ObligationRow)
_PROMISES = columns(PromiseRow)
_CASES = columns(EscalationRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_ORGANISATIONS = columns(OrganisationRow)


@dataclass(frozen=True, slots=True)
class _Mine:
    """Who reads, in whose place as well, and the tickets it is about."""

    actor: Actor
    people: frozenset[int]
    roster: Roster
    now: datetime
    seen: Mapping[int, SeenTicket]
    names: dict[int, str]


def my_work(session: Session, actor: Actor, now: datetime) -> WorkPage:
    """The work of the actor, and of those in whose place they stand now. Raises NotAllowed."""
    require(actor, Permission.WORK_SEE)
    assert actor.person_id is not None
    roster = load_roster(session, now)
    away = [who for who in roster.absent if roster.stand_in(who) == actor.person_id]
    people = frozenset({actor.person_id, *away})
    owed, promised = _owed_keys(session, people), _promised_keys(session, people)
    listed_cases = session.execute(_led(people, actor)).all()
    ids = {key for key, _ in (*owed, *promised)} | {row.id for row in listed_cases}
    seen = _seen(session, ids, actor)
    names = names_of(session, _cited(seen.values()))
    mine = _Mine(actor, people, roster, now, seen, names)
    duties, promises = _duties(mine, owed), _promises(mine, promised)
    asked = _asked(session, mine)
    prevented = preventions_of(session, actor, people, roster, now)
    return WorkPage(
        duties=duties,
        promises=promises,
        asked=asked,
        cases=tuple(_case(mine, row) for row in listed_cases if row.id in seen),
        preventions=prevented,
        words=_words(duties, promises, asked, prevented),
        stands_in=listed(roster.name(who) for who in away),
    )


def _owed_keys(session: Session, people: frozenset[int]) -> list[tuple[int, int]]:
    rows = session.execute(
        select(_OWED.c.ticket_id, _OWED.c.number)
        .where(_OWED.c.person_id.in_(people), _OWED.c.state.in_([state.value for state in OWED]))
        .limit(AT_MOST)
    )
    return [(row.ticket_id, row.number) for row in rows]


def _promised_keys(session: Session, people: frozenset[int]) -> list[tuple[int, int]]:
    pending = [PromiseState.OPEN.value, PromiseState.BROKEN.value]
    rows = session.execute(
        select(_PROMISES.c.ticket_id, _PROMISES.c.number)
        .join(TICKETS, TICKETS.c.id == _PROMISES.c.ticket_id)
        .where(
            _PROMISES.c.owner_id.in_(people),
            _PROMISES.c.state.in_(pending),
            TICKETS.c.is_open.is_(True),
        )
        .order_by(_PROMISES.c.due_at.desc())
        .limit(AT_MOST)
    )
    return [(row.ticket_id, row.number) for row in rows]


def _seen(session: Session, ids: Iterable[int], actor: Actor) -> dict[int, SeenTicket]:
    """These tickets, each with its customer, as far as the actor sees them."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    customers = {
        row.id: row.name
        for row in session.execute(
            select(TICKETS.c.id, _ORGANISATIONS.c.name)
            .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
            .where(TICKETS.c.id.in_(wanted), visible(actor))
        )
    }
    found = load_tickets(session, list(customers), to_change=False)
    return {
        key: SeenTicket(
            ticket=ticket,
            process=process_of(session, ticket.process_version),
            customer=customers[key],
            requester="",
            channel="",
            category="",
            source="",
            source_ref="",
        )
        for key, ticket in found.items()
    }


def _cited(seen: Iterable[SeenTicket]) -> Iterable[int | None]:
    for each in seen:
        for owed in each.ticket.obligations:
            yield from (owed.person_id, owed.instead_of)
        for made in each.ticket.promises:
            yield made.owner_id


def _duties(mine: _Mine, keys: Iterable[tuple[int, int]]) -> tuple[DutyRow, ...]:
    rows = [
        duty_row(mine.seen[key], owed, mine.names, mine.roster, mine.actor, mine.now)
        for key, number in keys
        if key in mine.seen
        for owed in mine.seen[key].ticket.obligations
        if owed.number == number
    ]
    return tuple(sorted(rows, key=lambda row: row.due_at))


def _promises(mine: _Mine, keys: Iterable[tuple[int, int]]) -> tuple[PromiseLine, ...]:
    """Those that are open, or broken and not kept yet; the soonest due first."""
    lines = [
        promise_line(mine.seen[key], made, None, mine.names, mine.actor, mine.now)
        for key, number in keys
        if key in mine.seen
        for made in mine.seen[key].ticket.promises
        if made.number == number and _is_pending(mine.seen[key].ticket, number)
    ]
    return tuple(sorted(lines, key=lambda line: line.due_at))


def _is_pending(ticket: Ticket, number: int) -> bool:
    clock = ticket.clock_of(Metric.PROMISE, number)
    return clock is not None and not clock.is_over


# Asked -----------------------------------------------------------------------------------------


def _asked(session: Session, mine: _Mine) -> tuple[AskedRow, ...]:
    """The escalations that nobody has acknowledged and that concern the reader, as
    services.escalations.is_concerned says, the oldest first."""
    found: list[AskedRow] = []
    last: Any = None
    while len(found) < AT_MOST:
        rows = session.execute(_waiting(mine.actor, last)).all()
        told = _told(session, [row.run_id for row in rows if row.run_id is not None])
        found += [
            _asked_row(mine, row)
            for row in rows
            if _concerns(mine, row, told.get(row.run_id, frozenset()))
        ]
        if len(rows) < LOOKED_AT:
            break
        last = rows[-1]
    return tuple(found[:AT_MOST])


def _waiting(actor: Actor, last: Any) -> Any:
    """The next LOOKED_AT escalations that nobody has acknowledged, after the `last` one."""
    statement = (
        select(
            TICKETS.c.id,
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.assignee_id,
            TICKETS.c.team,
            _ORGANISATIONS.c.name.label("customer"),
            _CASES.c.kind,
            _CASES.c.reason,
            _CASES.c.started_at,
            _CASES.c.manager_id,
            _CASES.c.executive_id,
            _CASES.c.id.label("case_id"),
            _RUNS.c.id.label("run_id"),
            _RUNS.c.ask,
        )
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .outerjoin(_RUNS, (_RUNS.c.ticket_id == TICKETS.c.id) & _RUNS.c.ended_at.is_(None))
        .where(_CASES.c.ended_at.is_(None), _CASES.c.acknowledged_at.is_(None), visible(actor))
        .order_by(_CASES.c.started_at, _CASES.c.id)
        .limit(LOOKED_AT)
    )
    if last is None:
        return statement
    is_later = _CASES.c.started_at > last.started_at
    is_beside = (_CASES.c.started_at == last.started_at) & (_CASES.c.id > last.case_id)
    return statement.where(is_later | is_beside)


def _asked_row(mine: _Mine, row: Any) -> AskedRow:
    return AskedRow(
        key=row.reference,
        url=case_url(row.reference),
        subject=row.subject,
        customer=row.customer,
        why=reason_words(row.reason),
        since_at=iso(row.started_at),
        owner=mine.roster.name(row.manager_id) if row.manager_id is not None else "",
    )


def _told(session: Session, runs: list[int]) -> dict[int, frozenset[int]]:
    """Whom the steps of each run have told."""
    told: dict[int, frozenset[int]] = {}
    for row in session.execute(
        select(_STEPS.c.run_id, _STEPS.c.told).where(_STEPS.c.run_id.in_(runs))
    ):
        told[row.run_id] = told.get(row.run_id, frozenset()) | frozenset(row.told)
    return told


def _concerns(mine: _Mine, row: Any, told: frozenset[int]) -> bool:
    if row.manager_id is None and Role.MANAGER in mine.actor.roles:
        return True
    meant = {row.manager_id, row.executive_id, *told}
    if row.kind == EscalationKind.FUNCTIONAL:
        holders = (row.assignee_id,) if row.assignee_id else mine.roster.in_team(row.team)
        meant |= set(holders)
    ask: Mapping[str, Any] = row.ask or {}
    given: list[int] = list(ask.get("acknowledged", ()))
    return bool(mine.people & meant) and mine.actor.person_id not in given


# Led -------------------------------------------------------------------------------------------


def _led(people: frozenset[int], actor: Actor) -> Any:
    """The active cases that one of these people owns or sponsors, the most pressing first."""
    return (
        select(
            TICKETS.c.id,
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.status,
            TICKETS.c.pressing_state,
            TICKETS.c.pressing_metric,
            TICKETS.c.pressing_due_at,
            TICKETS.c.pressing_from_at,
            TICKETS.c.pressing_soon_at,
            _CASES.c.manager_id,
            _CASES.c.executive_id,
        )
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .where(
            _CASES.c.ended_at.is_(None),
            or_(_CASES.c.manager_id.in_(people), _CASES.c.executive_id.in_(people)),
            visible(actor),
        )
        .order_by(TICKETS.c.sort_at, TICKETS.c.id)
        .limit(AT_MOST)
    )


def _case(mine: _Mine, row: Any) -> MyCase:
    ticket = mine.seen[row.id].ticket
    owed = [each for each in ticket.obligations if each.is_owed]
    is_owner = row.manager_id in mine.people
    leader = row.manager_id if is_owner else row.executive_id
    place = "" if leader == mine.actor.person_id else f" for {mine.roster.name(leader)}"
    return MyCase(
        key=row.reference,
        url=case_url(row.reference),
        subject=row.subject,
        customer=mine.seen[row.id].customer,
        part=f"{'Owner' if is_owner else 'Sponsor'}{place}",
        time_left=pressing_time_left(row),
        late=sum(is_late(ticket, each.number, mine.now) for each in owed),
        owed=len(owed),
    )


def _words(
    duties: tuple[DutyRow, ...],
    promises: tuple[PromiseLine, ...],
    asked: tuple[AskedRow, ...],
    prevented: tuple[PreventionLine, ...],
) -> str:
    """ "3 to do, 1 late, 2 promised, 1 to acknowledge, 1 to prevent"."""
    late = sum(row.is_late for row in (*duties, *prevented))
    counts = (
        (len(duties), "to do"),
        (late, "late"),
        (len(promises), "promised"),
        (len(asked), "to acknowledge"),
        (len(prevented), "to prevent"),
    )
    return ", ".join(f"{count} {words}" for count, words in counts if count)
