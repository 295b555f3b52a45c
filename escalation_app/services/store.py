"""Tickets between rows and the domain's values: read for a decision, written after it.

Reads and writes are set-based: a list of one for a click, a list of thousands for a sweep.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

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
from escalation_app.domain.fields import NOTHING_FILLED
from escalation_app.domain.tickets import (
    Ask,
    Escalation,
    EscalationKind,
    PathRun,
    Pressing,
    Side,
    Status,
    StepTaken,
    Ticket,
    pressing,
)
from escalation_app.domain.values import changed, made
from escalation_app.models import (
    ClockRow,
    EscalationRequestRow,
    EscalationRow,
    ObligationRow,
    PathRunRow,
    PromiseRow,
    TicketFieldRow,
    TicketRow,
)
from escalation_app.services.bulk_reads import Lock, Part, Reading, read_parts, read_values

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
    waiting = Lock.SKIPPING if skip_locked else Lock.WAITING
    wanted = list(ticket_ids)
    tickets = dict(read_parts(session, TICKETS_READ, wanted, waiting if to_change else Lock.NONE))
    keys = list(tickets)
    clocks: dict[int, list[Clock]] = {}
    for key, clock in read_values(session, CLOCKS_READ, keys):
        clocks.setdefault(key, []).append(clock)
    for key, of_ticket in clocks.items():
        tickets[key]["clocks"] = tuple(of_ticket)
    for key, case_ in read_values(session, CASES_READ, keys):
        tickets[key]["escalation"] = case_
    for key, run in read_values(session, RUNS_READ, keys):
        tickets[key]["run"] = run
    for key, field in read_parts(session, FIELDS_READ, keys):
        parts = tickets[key]
        parts["filled"] = {**parts["filled"], field["key"]: field["value"]}
    owing = [key for key, parts in tickets.items() if parts.pop("has_commitments")]
    found = {key: made(Ticket, parts) for key, parts in tickets.items()}
    if owing:
        _add_commitments(session, found, owing)
    return found


def _add_commitments(session: Session, found: dict[int, Ticket], owing: list[int]) -> None:
    """What people owe to these tickets' cases."""
    for name, reading in COMMITMENTS_READ.items():
        parts: dict[int, tuple[Any, ...]] = {}
        for key, part in read_values(session, reading, owing):
            parts[key] = (*parts.get(key, ()), part)
        for key, of_ticket in parts.items():
            found[key] = changed(found[key], **{name: of_ticket})


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


_TICKET_COLUMNS = (
    "category",
    "impact",
    "urgency",
    "severity",
    "tier",
    "team",
    "assignee_id",
    "updated_at",
    "resolved_at",
    "closed_at",
    "last_contact_at",
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
    was, now = vars(before), vars(after)
    values: dict[str, Any] = {
        name: now[name]
        for name in _TICKET_COLUMNS
        if now[name] is not was[name] and now[name] != was[name]
    }
    if after.status is not before.status:
        values.update(status=after.status.value, is_open=after.is_open)
    if after.last_contact_by is not before.last_contact_by:
        values["last_contact_by"] = after.last_contact_by and after.last_contact_by.value
    if after.muted != before.muted:
        values["muted"] = " ".join(sorted(after.muted))
    if after.tags != before.tags:
        values["tags"] = _tags(after)
    if (after.escalation is None) != (before.escalation is None):
        values["is_escalated"] = after.escalation is not None
    if _has_commitments(after) != _has_commitments(before):
        values["has_commitments"] = _has_commitments(after)
    if after.clocks is not before.clocks or "status" in values:
        earlier, pressed = pressing(before), pressing(after)
        if pressed != earlier:
            shown = _pressing_values(earlier)
            values.update(
                (name, value)
                for name, value in _pressing_values(pressed).items()
                if value != shown[name]
            )
    return values


def _tags(ticket: Ticket) -> str:
    return f" {' '.join(sorted(ticket.tags))} " if ticket.tags else ""


def _has_commitments(ticket: Ticket) -> bool:
    return bool(ticket.obligations or ticket.promises or ticket.requests)


def _pressing_values(found: Pressing) -> dict[str, Any]:
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
        **_pressing_values(pressing(ticket)),
        "is_escalated": ticket.escalation is not None,
        "has_commitments": _has_commitments(ticket),
        "tags": _tags(ticket),
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
    was, now = vars(before), vars(after)
    values: dict[str, Any] = {
        name: now[name]
        for name in _CLOCK_COLUMNS
        if now[name] is not was[name] and now[name] != was[name]
    }
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
        "nudged_at": case_.nudged_at,
    }


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


def commitment_values(what: Obligation | Promise | EscalationRequest) -> dict[str, Any]:
    """All columns but the ticket's; a row has the names of the value's parts."""
    values = {field.name: getattr(what, field.name) for field in fields(what)}
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items()
    }


# How rows become values -----------------------------------------------------------------------


def _same(*names: str) -> dict[str, Part]:
    """Parts that stand in columns of their own name."""
    return {name: Part(name) for name in names}


def _one_of(kind: type[Enum]) -> Callable[[str], Enum]:
    """What `kind(text)` gives, much sooner. Raises KeyError for what is none of them."""
    return {str(each.value): each for each in kind}.__getitem__


@lru_cache(maxsize=4096)
def _length(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _stretches_of(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (datetime.fromisoformat(begun), datetime.fromisoformat(ended)) for begun, ended in pairs
    )


_SIDES: Mapping[str | None, Side | None] = {None: None, **{side.value: side for side in Side}}

TICKETS_READ = Reading(
    Ticket,
    _TICKETS,
    "id",
    {
        **_same(
            "id",
            "reference",
            "subject",
            "organisation_id",
            "requester_id",
            "plan",
            "impact",
            "urgency",
            "severity",
            "tier",
            "team",
            "assignee_id",
            "process_version",
            "created_at",
            "updated_at",
            "resolved_at",
            "closed_at",
            "last_contact_at",
            "last_move",
            "last_moved_at",
            "close_at",
            "floor_used",
            "category",
            "revision",
            "has_commitments",
        ),
        "status": Part("status", _one_of(Status)),
        "last_contact_by": Part("last_contact_by", _SIDES.__getitem__),
        "muted": Part("muted", _words),
        "tags": Part("tags", _words),
    },
    others={
        "clocks": (),
        "escalation": None,
        "run": None,
        "obligations": (),
        "promises": (),
        "requests": (),
        "filled": NOTHING_FILLED,
    },
)
FIELDS_READ: Reading[Any] = Reading(
    dict, columns(TicketFieldRow), "ticket_id", _same("key", "value")
)
CLOCKS_READ = Reading(
    Clock,
    _CLOCKS,
    "subject_id",
    {
        **_same(
            "cycle",
            "calendar",
            "policy",
            "started_at",
            "running_since",
            "due_at",
            "breached_at",
            "noticed_at",
            "ended_at",
            "paused_at",
            "pause_reason",
            "revision",
            "due_by_retarget",
            "id",
        ),
        "metric": Part("metric", _one_of(Metric)),
        "state": Part("state", _one_of(ClockState)),
        "target": Part("target_us", _length),
        "consumed": Part("consumed_us", _length),
        "mark": Part("mark_us", _length),
        "stretches": Part("stretches", _stretches_of),
    },
    where=f"subject_type = '{TICKET}'",
)
CASES_READ = Reading(
    Escalation,
    _ESCALATIONS,
    "ticket_id",
    {
        **_same(
            "reason",
            "requested_by",
            "from_tier",
            "started_at",
            "manager_id",
            "executive_id",
            "acknowledged_at",
            "acknowledged_by",
            "ended_at",
            "end_reason",
            "nudged_at",
            "id",
        ),
        "kind": Part("kind", _one_of(EscalationKind)),
    },
    where="ended_at IS NULL",
)
RUNS_READ = Reading(
    PathRun,
    _RUNS,
    "ticket_id",
    {
        **_same(
            "path",
            "process_version",
            "started_at",
            "trigger",
            "cycle",
            "next_step",
            "next_due_at",
            "ended_at",
            "end_reason",
            "id",
        ),
        "ask": Part("ask", lambda data: _ask_of(data) if data else None),
        "held_for": Part("held_us", lambda held: _length(held) if held else None),
    },
    others={"taken": ()},
    where="ended_at IS NULL",
)
COMMITMENTS_READ: Mapping[str, Reading[Any]] = {
    "obligations": Reading(
        Obligation,
        columns(ObligationRow),
        "ticket_id",
        {
            **_same(
                "number",
                "person_id",
                "text",
                "created_at",
                "created_by",
                "role",
                "is_priority",
                "is_call",
                "reason",
                "ended_at",
                "instead_of",
                "nudged_at",
            ),
            "state": Part("state", _one_of(ObligationState)),
        },
    ),
    "promises": Reading(
        Promise,
        columns(PromiseRow),
        "ticket_id",
        {
            **_same(
                "number",
                "owner_id",
                "text",
                "due_at",
                "made_at",
                "made_by",
                "replaces",
                "reason",
                "ended_at",
                "doubts",
                "override_reason",
            ),
            "state": Part("state", _one_of(PromiseState)),
        },
    ),
    "requests": Reading(
        EscalationRequest,
        columns(EscalationRequestRow),
        "ticket_id",
        _same(
            "number",
            "requested_by",
            "reason",
            "requested_at",
            "triaged_at",
            "triaged_by",
            "outcome",
        ),
    ),
}
"""What people owe to a case, by the name of the ticket's part."""
