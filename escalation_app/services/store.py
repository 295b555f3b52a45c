"""Tickets between rows and the domain's values: read for a decision, written after it.

Reads and writes are set-based: a list of one for a click, a list of thousands for a sweep.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.commitments import (
    EscalationRequest,
    Obligation,
    ObligationState,
    Promise,
    PromiseState,
)
from escalation_app.domain.errors import NotFound
from escalation_app.domain.tickets import (
    Ask,
    Escalation,
    EscalationKind,
    PathRun,
    Side,
    Status,
    StepTaken,
    Ticket,
    pressing,
)
from escalation_app.domain.values import changed
from escalation_app.models import (
    ClockRow,
    EscalationRequestRow,
    EscalationRow,
    ObligationRow,
    PathRunRow,
    PromiseRow,
    TicketRow,
)
from escalation_app.services.bulk import WANTED, Lock, read_rows

T = TypeVar("T")

A_MICROSECOND = timedelta(microseconds=1)
IN_LIST = 500
"""How many keys one IN list holds."""

TICKET = "ticket"
"""The subject type of a ticket's clocks and timer."""


def columns(model: type[SQLModel]) -> Any:
    """The table behind a model, for Core statements."""
    return model.__table__  # type: ignore[attr-defined]


_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_ESCALATIONS = columns(EscalationRow)
_RUNS = columns(PathRunRow)
_OBLIGATIONS = columns(ObligationRow)
_PROMISES = columns(PromiseRow)
_REQUESTS = columns(EscalationRequestRow)
_CLOCK_READS = tuple(_CLOCKS.c.keys())
_CASE_READS = tuple(_ESCALATIONS.c.keys())
_RUN_READS = tuple(_RUNS.c.keys())
_THESE_TICKETS = (_TICKETS.c.id.in_(WANTED),)
_THEIR_CLOCKS = (_CLOCKS.c.subject_type == TICKET, _CLOCKS.c.subject_id.in_(WANTED))
_THEIR_CASES = (_ESCALATIONS.c.ticket_id.in_(WANTED), _ESCALATIONS.c.ended_at.is_(None))
_THEIR_RUNS = (_RUNS.c.ticket_id.in_(WANTED), _RUNS.c.ended_at.is_(None))
_TICKET_READS = tuple(
    name
    for name in _TICKETS.c.keys()  # noqa: SIM118 (a collection of columns is no dict)
    if not name.startswith(("pressing_", "source")) and name not in ("sort_at", "import_batch_id")
)


def in_lists(keys: Iterable[int]) -> Iterable[list[int]]:
    """The keys in lists that a statement can take."""
    every = list(keys)
    for start in range(0, len(every), IN_LIST):
        yield every[start : start + IN_LIST]


def load_tickets(
    session: Session,
    ticket_ids: Iterable[int],
    *,
    skip_locked: bool = False,
    to_change: bool = True,
) -> dict[int, Ticket]:
    """The tickets by id, locked until the transaction ends (SQLite locks as a whole).

    With `skip_locked`, tickets that another transaction holds are left out (PostgreSQL). Without
    `to_change` they are read for a screen, and nothing is locked.
    """
    found: dict[int, Ticket] = {}
    waiting = Lock.SKIPPING if skip_locked else Lock.WAITING
    lock = waiting if to_change else Lock.NONE
    for wanted in in_lists(ticket_ids):
        rows = read_rows(session, _TICKETS, _TICKET_READS, _THESE_TICKETS, wanted, lock)
        ids = [row["id"] for row in rows]
        clocks: dict[int, list[Clock]] = {}
        for row in read_rows(session, _CLOCKS, _CLOCK_READS, _THEIR_CLOCKS, ids):
            clocks.setdefault(row["subject_id"], []).append(clock_of(row))
        cases = _by_ticket(read_rows(session, _ESCALATIONS, _CASE_READS, _THEIR_CASES, ids))
        runs = _by_ticket(read_rows(session, _RUNS, _RUN_READS, _THEIR_RUNS, ids))
        for row in rows:
            key = row["id"]
            case_, run = cases.get(key), runs.get(key)
            found[key] = _ticket(
                row,
                tuple(clocks.get(key, ())),
                None if case_ is None else escalation_of(case_),
                None if run is None else run_of(run),
            )
        owing = [row["id"] for row in rows if row["has_commitments"]]
        if owing:
            _add_commitments(session, found, owing)
    return found


def _add_commitments(session: Session, found: dict[int, Ticket], owing: list[int]) -> None:
    """What people owe to these tickets' cases."""
    obligations = _numbered(session, _OBLIGATIONS, owing, obligation_of)
    promises = _numbered(session, _PROMISES, owing, promise_of)
    requests = _numbered(session, _REQUESTS, owing, request_of)
    for key in owing:
        found[key] = changed(
            found[key],
            obligations=obligations.get(key, ()),
            promises=promises.get(key, ()),
            requests=requests.get(key, ()),
        )


def _numbered(
    session: Session, table: Any, keys: list[int], read: Callable[[Any], T]
) -> dict[int, tuple[T, ...]]:
    rows = session.execute(
        select(table).where(table.c.ticket_id.in_(keys)).order_by(table.c.ticket_id, table.c.number)
    )
    by_ticket: dict[int, tuple[T, ...]] = {}
    for row in rows:
        by_ticket[row.ticket_id] = (*by_ticket.get(row.ticket_id, ()), read(row))
    return by_ticket


def load_ticket(session: Session, ticket_id: int) -> Ticket:
    """One ticket, locked. Raises NotFound."""
    found = load_tickets(session, [ticket_id])
    if ticket_id not in found:
        raise NotFound("That ticket")
    return found[ticket_id]


def ticket_id_of(session: Session, reference: str) -> int:
    """Raises NotFound for a reference nobody has."""
    found = session.execute(
        select(_TICKETS.c.id).where(_TICKETS.c.reference == reference)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("That ticket")
    return int(found)


def _by_ticket(rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {row["ticket_id"]: row for row in rows}


def _ticket(
    row: Mapping[str, Any],
    clocks: tuple[Clock, ...],
    case_: Escalation | None,
    run: PathRun | None,
) -> Ticket:
    return Ticket(
        id=row["id"],
        reference=row["reference"],
        subject=row["subject"],
        organisation_id=row["organisation_id"],
        requester_id=row["requester_id"],
        plan=row["plan"],
        impact=row["impact"],
        urgency=row["urgency"],
        severity=row["severity"],
        status=Status(row["status"]),
        tier=row["tier"],
        team=row["team"],
        assignee_id=row["assignee_id"],
        process_version=row["process_version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        last_contact_at=row["last_contact_at"],
        last_contact_by=Side(row["last_contact_by"]) if row["last_contact_by"] else None,
        last_move=row["last_move"],
        last_moved_at=row["last_moved_at"],
        close_at=row["close_at"],
        floor_used=row["floor_used"],
        category=row["category"],
        muted=frozenset(row["muted"].split()),
        revision=row["revision"],
        clocks=clocks,
        escalation=case_,
        run=run,
    )


_TICKET_COLUMNS = (
    "impact",
    "urgency",
    "severity",
    "status",
    "is_open",
    "tier",
    "team",
    "assignee_id",
    "updated_at",
    "resolved_at",
    "closed_at",
    "last_contact_at",
    "last_contact_by",
    "last_move",
    "last_moved_at",
    "close_at",
    "floor_used",
    "revision",
)
"""Columns that are named like the ticket's attributes."""


def changed_ticket_values(before: Ticket, after: Ticket) -> dict[str, Any]:
    """The columns of a ticket that a decision changed; what an index holds is written only when
    it is another than before."""
    values: dict[str, Any] = {}
    for name in _TICKET_COLUMNS:
        value = getattr(after, name)
        if value != getattr(before, name):
            values[name] = value
    if after.muted != before.muted:
        values["muted"] = " ".join(sorted(after.muted))
    if (after.escalation is None) != (before.escalation is None):
        values["is_escalated"] = after.escalation is not None
    if _has_commitments(after) != _has_commitments(before):
        values["has_commitments"] = _has_commitments(after)
    if after.clocks is not before.clocks or "status" in values:
        was, now = _pressing_values(before), _pressing_values(after)
        values.update((name, value) for name, value in now.items() if value != was[name])
    return values


def _has_commitments(ticket: Ticket) -> bool:
    return bool(ticket.obligations or ticket.promises or ticket.requests)


def _pressing_values(ticket: Ticket) -> dict[str, Any]:
    found = pressing(ticket)
    return {
        "pressing_state": found.state,
        "pressing_metric": found.metric,
        "pressing_due_at": found.due_at,
        "pressing_from_at": found.from_at,
        "pressing_soon_at": found.soon_at,
        "sort_at": found.sort_at,
    }


def ticket_values(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket that decisions change."""
    return {
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "severity": ticket.severity,
        "status": ticket.status.value,
        "is_open": ticket.is_open,
        "tier": ticket.tier,
        "team": ticket.team,
        "assignee_id": ticket.assignee_id,
        "updated_at": ticket.updated_at,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "last_contact_at": ticket.last_contact_at,
        "last_contact_by": ticket.last_contact_by.value if ticket.last_contact_by else None,
        "last_move": ticket.last_move,
        "last_moved_at": ticket.last_moved_at,
        "close_at": ticket.close_at,
        "floor_used": ticket.floor_used,
        "muted": " ".join(sorted(ticket.muted)),
        "revision": ticket.revision,
        **_pressing_values(ticket),
        "is_escalated": ticket.escalation is not None,
        "has_commitments": _has_commitments(ticket),
    }


def new_ticket_values(ticket: Ticket) -> dict[str, Any]:
    """All columns of a ticket that is written for the first time, without its source."""
    return {
        **ticket_values(ticket),
        "reference": ticket.reference,
        "subject": ticket.subject,
        "organisation_id": ticket.organisation_id,
        "requester_id": ticket.requester_id,
        "plan": ticket.plan,
        "category": ticket.category,
        "process_version": ticket.process_version,
        "created_at": ticket.created_at,
    }


def clock_of(row: Mapping[str, Any]) -> Clock:
    return Clock(
        metric=Metric(row["metric"]),
        cycle=row["cycle"],
        state=ClockState(row["state"]),
        target=timedelta(microseconds=row["target_us"]),
        calendar=row["calendar"],
        policy=row["policy"],
        started_at=row["started_at"],
        running_since=row["running_since"],
        consumed=timedelta(microseconds=row["consumed_us"]),
        stretches=tuple(
            (datetime.fromisoformat(begun), datetime.fromisoformat(ended))
            for begun, ended in row["stretches"]
        ),
        due_at=row["due_at"],
        breached_at=row["breached_at"],
        noticed_at=row["noticed_at"],
        ended_at=row["ended_at"],
        paused_at=row["paused_at"],
        pause_reason=row["pause_reason"],
        revision=row["revision"],
        mark=timedelta(microseconds=row["mark_us"]),
        due_by_retarget=row["due_by_retarget"],
        id=row["id"],
    )


def clock_values(clock: Clock) -> dict[str, Any]:
    """The columns of a clock, without whose it is."""
    return {
        "metric": clock.metric.value,
        "cycle": clock.cycle,
        "state": clock.state.value,
        "target_us": clock.target // A_MICROSECOND,
        "calendar": clock.calendar,
        "policy": clock.policy,
        "started_at": clock.started_at,
        "running_since": clock.running_since,
        "consumed_us": clock.consumed // A_MICROSECOND,
        "stretches": _stretches(clock),
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "noticed_at": clock.noticed_at,
        "ended_at": clock.ended_at,
        "paused_at": clock.paused_at,
        "pause_reason": clock.pause_reason,
        "revision": clock.revision,
        "mark_us": clock.mark // A_MICROSECOND,
        "due_by_retarget": clock.due_by_retarget,
    }


_CLOCK_COLUMNS = (
    "calendar",
    "policy",
    "running_since",
    "due_at",
    "breached_at",
    "noticed_at",
    "ended_at",
    "paused_at",
    "pause_reason",
    "revision",
    "due_by_retarget",
)


def changed_clock_values(before: Clock, after: Clock) -> dict[str, Any]:
    """The columns of a clock that a decision changed."""
    values: dict[str, Any] = {}
    for name in _CLOCK_COLUMNS:
        value = getattr(after, name)
        if value != getattr(before, name):
            values[name] = value
    if after.state is not before.state:
        values["state"] = after.state.value
    if after.target != before.target:
        values["target_us"] = after.target // A_MICROSECOND
    if after.mark != before.mark:
        values["mark_us"] = after.mark // A_MICROSECOND
    if after.consumed != before.consumed:
        values["consumed_us"] = after.consumed // A_MICROSECOND
    if after.stretches != before.stretches:
        values["stretches"] = _stretches(after)
    return values


def _stretches(clock: Clock) -> list[list[str]]:
    return [[begun.isoformat(), ended.isoformat()] for begun, ended in clock.stretches]


def escalation_of(row: Mapping[str, Any]) -> Escalation:
    return Escalation(
        kind=EscalationKind(row["kind"]),
        reason=row["reason"],
        requested_by=row["requested_by"],
        from_tier=row["from_tier"],
        started_at=row["started_at"],
        manager_id=row["manager_id"],
        executive_id=row["executive_id"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        id=row["id"],
    )


def escalation_values(case_: Escalation) -> dict[str, Any]:
    return {
        "kind": case_.kind.value,
        "reason": case_.reason,
        "requested_by": case_.requested_by,
        "from_tier": case_.from_tier,
        "started_at": case_.started_at,
        "manager_id": case_.manager_id,
        "executive_id": case_.executive_id,
        "acknowledged_at": case_.acknowledged_at,
        "acknowledged_by": case_.acknowledged_by,
        "ended_at": case_.ended_at,
        "end_reason": case_.end_reason,
    }


def run_of(row: Mapping[str, Any]) -> PathRun:
    return PathRun(
        path=row["path"],
        process_version=row["process_version"],
        started_at=row["started_at"],
        trigger=row["trigger"],
        cycle=row["cycle"],
        next_step=row["next_step"],
        next_due_at=row["next_due_at"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        ask=_ask_of(row["ask"]) if row["ask"] else None,
        held_for=timedelta(microseconds=row["held_us"]) if row["held_us"] else None,
        id=row["id"],
    )


def _ask_of(data: Mapping[str, Any]) -> Ask:
    due_at = data["due_at"]
    return Ask(
        step=data["step"],
        told=tuple(data["told"]),
        due_at=None if due_at is None else datetime.fromisoformat(due_at),
        loop=data["loop"],
        acknowledged=tuple(data["acknowledged"]),
    )


def _ask_values(ask: Ask | None) -> dict[str, Any]:
    if ask is None:
        return {}
    return {
        "step": ask.step,
        "told": list(ask.told),
        "due_at": None if ask.due_at is None else ask.due_at.isoformat(),
        "loop": ask.loop,
        "acknowledged": list(ask.acknowledged),
    }


def run_values(run: PathRun) -> dict[str, Any]:
    return {
        "path": run.path,
        "process_version": run.process_version,
        "started_at": run.started_at,
        "trigger": run.trigger,
        "cycle": run.cycle,
        "next_step": run.next_step,
        "next_due_at": run.next_due_at,
        "ended_at": run.ended_at,
        "end_reason": run.end_reason,
        "ask": _ask_values(run.ask),
        "held_us": 0 if run.held_for is None else run.held_for // A_MICROSECOND,
    }


def step_values(step: StepTaken) -> dict[str, Any]:
    return {
        "step": step.step,
        "loop": step.loop,
        "taken_at": step.taken_at,
        "due_at": step.due_at,
        "outcome": step.outcome.value,
        "told": list(step.told),
        "text": step.text,
    }


def obligation_of(row: Any) -> Obligation:
    return Obligation(
        number=row.number,
        person_id=row.person_id,
        text=row.text,
        created_at=row.created_at,
        created_by=row.created_by,
        role=row.role,
        is_priority=row.is_priority,
        is_call=row.is_call,
        state=ObligationState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
    )


def promise_of(row: Any) -> Promise:
    return Promise(
        number=row.number,
        owner_id=row.owner_id,
        text=row.text,
        due_at=row.due_at,
        made_at=row.made_at,
        made_by=row.made_by,
        replaces=row.replaces,
        state=PromiseState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
    )


def request_of(row: Any) -> EscalationRequest:
    return EscalationRequest(
        number=row.number,
        requested_by=row.requested_by,
        reason=row.reason,
        requested_at=row.requested_at,
        triaged_at=row.triaged_at,
        triaged_by=row.triaged_by,
        outcome=row.outcome,
    )


def commitment_values(what: Obligation | Promise | EscalationRequest) -> dict[str, Any]:
    """All columns but the ticket's; a row has the names of the value's parts."""
    values = {field.name: getattr(what, field.name) for field in fields(what)}
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items()
    }
