"""Tickets between rows and the domain's values: read for a decision, written after it.

Reads and writes are set-based: a list of one for a click, a list of thousands for a sweep.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.errors import NotFound
from escalation_app.domain.tickets import (
    Escalation,
    EscalationKind,
    PathRun,
    Side,
    Status,
    StepTaken,
    Ticket,
    pressing,
)
from escalation_app.models import ClockRow, EscalationRow, PathRunRow, TicketRow

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
    for ids in in_lists(ticket_ids):
        statement = select(_TICKETS).where(_TICKETS.c.id.in_(ids)).order_by(_TICKETS.c.id)
        if to_change:
            statement = statement.with_for_update(skip_locked=skip_locked)
        rows = session.execute(statement).mappings().all()
        ids = [row["id"] for row in rows]
        clocks = _grouped(
            session.execute(
                select(_CLOCKS).where(
                    _CLOCKS.c.subject_type == TICKET, _CLOCKS.c.subject_id.in_(ids)
                )
            ).mappings(),
            "subject_id",
        )
        cases = _active(session, _ESCALATIONS, ids)
        runs = _active(session, _RUNS, ids)
        for row in rows:
            key = row["id"]
            found[key] = _ticket(row, clocks.get(key, ()), cases.get(key), runs.get(key))
    return found


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


def _active(session: Session, table: Any, ids: Sequence[int]) -> dict[int, RowMapping]:
    rows = session.execute(
        select(table).where(table.c.ticket_id.in_(ids), table.c.ended_at.is_(None))
    ).mappings()
    return {row["ticket_id"]: row for row in rows}


def _grouped(rows: Iterable[RowMapping], key: str) -> dict[int, list[RowMapping]]:
    groups: dict[int, list[RowMapping]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def _ticket(
    row: RowMapping,
    clocks: Iterable[RowMapping],
    case_: RowMapping | None,
    run: RowMapping | None,
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
        muted=frozenset(row["muted"].split()),
        revision=row["revision"],
        clocks=tuple(clock_of(clock) for clock in clocks),
        escalation=None if case_ is None else escalation_of(case_),
        run=None if run is None else run_of(run),
    )


def ticket_values(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket that decisions change."""
    now_pressing = pressing(ticket)
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
        "pressing_state": now_pressing.state,
        "pressing_metric": now_pressing.metric,
        "pressing_due_at": now_pressing.due_at,
        "pressing_from_at": now_pressing.from_at,
        "pressing_soon_at": now_pressing.soon_at,
        "sort_at": now_pressing.sort_at,
        "is_escalated": ticket.escalation is not None,
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
        mark=row["mark"],
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
        "stretches": [[begun.isoformat(), ended.isoformat()] for begun, ended in clock.stretches],
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "noticed_at": clock.noticed_at,
        "ended_at": clock.ended_at,
        "paused_at": clock.paused_at,
        "pause_reason": clock.pause_reason,
        "revision": clock.revision,
        "mark": clock.mark,
        "due_by_retarget": clock.due_by_retarget,
    }


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
        next_step=row["next_step"],
        next_due_at=row["next_due_at"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        id=row["id"],
    )


def run_values(run: PathRun) -> dict[str, Any]:
    return {
        "path": run.path,
        "process_version": run.process_version,
        "started_at": run.started_at,
        "trigger": run.trigger,
        "next_step": run.next_step,
        "next_due_at": run.next_due_at,
        "ended_at": run.ended_at,
        "end_reason": run.end_reason,
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
