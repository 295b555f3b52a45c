"""What of a ticket and its parts stands in which column: values as they are written."""

from dataclasses import fields
from enum import Enum
from typing import Any

from escalation_app.domain.clocks import Clock
from escalation_app.domain.commitments import (
    EscalationRequest,
    Obligation,
    Promise,
)
from escalation_app.domain.tickets import (
    Ask,
    Escalation,
    PathRun,
    Pressing,
    StepTaken,
    Ticket,
    pressing,
)
from escalation_app.services.tables import A_MICROSECOND

TICKET_COLUMNS = (
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
        for name in TICKET_COLUMNS
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


def new_ticket_values(ticket: Ticket) -> dict[str, Any]:
    """All columns of a ticket that is written for the first time, without its source."""
    now = vars(ticket)
    return {
        **{name: now[name] for name in TICKET_COLUMNS},
        "reference": ticket.reference,
        "subject": ticket.subject,
        "organisation_id": ticket.organisation_id,
        "requester_id": ticket.requester_id,
        "plan": ticket.plan,
        "process_version": ticket.process_version,
        "created_at": ticket.created_at,
        "status": ticket.status.value,
        "is_open": ticket.is_open,
        "last_contact_by": ticket.last_contact_by.value if ticket.last_contact_by else None,
        "muted": " ".join(sorted(ticket.muted)),
        **_pressing_values(pressing(ticket)),
        "is_escalated": ticket.escalation is not None,
        "has_commitments": _has_commitments(ticket),
        "tags": _tags(ticket),
    }


def clock_values(clock: Clock) -> dict[str, Any]:
    """The columns of a clock, without whose it is."""
    now = vars(clock)
    return {
        "metric": clock.metric.value,
        "cycle": clock.cycle,
        "state": clock.state.value,
        "target_us": clock.target // A_MICROSECOND,
        "started_at": clock.started_at,
        "consumed_us": clock.consumed // A_MICROSECOND,
        "stretches": _stretches(clock),
        "mark_us": clock.mark // A_MICROSECOND,
        **{name: now[name] for name in CLOCK_COLUMNS},
    }


CLOCK_COLUMNS = (
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
"""Columns that are named like the clock's attributes, and change."""


def changed_clock_values(before: Clock, after: Clock) -> dict[str, Any]:
    """The columns of a clock that a decision changed."""
    was, now = vars(before), vars(after)
    values: dict[str, Any] = {
        name: now[name]
        for name in CLOCK_COLUMNS
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


CASE_COLUMNS = (
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
)
"""Columns that are named like the escalation's attributes."""


def escalation_values(case_: Escalation) -> dict[str, Any]:
    now = vars(case_)
    return {"kind": case_.kind.value, **{name: now[name] for name in CASE_COLUMNS}}


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


RUN_COLUMNS = (
    "path",
    "process_version",
    "started_at",
    "trigger",
    "cycle",
    "next_step",
    "next_due_at",
    "ended_at",
    "end_reason",
)
"""Columns that are named like the run's attributes."""


def run_values(run: PathRun) -> dict[str, Any]:
    now = vars(run)
    return {
        **{name: now[name] for name in RUN_COLUMNS},
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
