"""How rows become a ticket and its parts: values as they are read."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.commitments import (
    EscalationRequest,
    Obligation,
    ObligationState,
    Promise,
    PromiseState,
)
from escalation_app.domain.fields import NOTHING_FILLED
from escalation_app.domain.tickets import (
    Ask,
    Escalation,
    EscalationKind,
    PathRun,
    Side,
    Status,
    Ticket,
)
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
from escalation_app.services.bulk_reads import Part, Reading
from escalation_app.services.row_values import (
    CASE_COLUMNS,
    CLOCK_COLUMNS,
    RUN_COLUMNS,
    TICKET_COLUMNS,
)
from escalation_app.services.tables import TICKET, columns

_TICKETS = columns(TicketRow)


_CLOCKS = columns(ClockRow)


_ESCALATIONS = columns(EscalationRow)


_RUNS = columns(PathRunRow)


def _ask_of(data: Mapping[str, Any]) -> Ask:
    due_at = data["due_at"]
    return Ask(
        step=data["step"],
        told=tuple(data["told"]),
        due_at=None if due_at is None else datetime.fromisoformat(due_at),
        loop=data["loop"],
        acknowledged=tuple(data["acknowledged"]),
    )


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
            "process_version",
            "created_at",
            "has_commitments",
            *TICKET_COLUMNS,
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
        **_same("id", "cycle", "started_at", *CLOCK_COLUMNS),
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
        **_same("id", *CASE_COLUMNS),
        "kind": Part("kind", _one_of(EscalationKind)),
    },
    where="ended_at IS NULL",
)


RUNS_READ = Reading(
    PathRun,
    _RUNS,
    "ticket_id",
    {
        **_same("id", *RUN_COLUMNS),
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
