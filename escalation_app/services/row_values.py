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
