"""What people write down about the solution of a case."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from escalation_app.domain import resolution
from escalation_app.domain.permissions import Permission
from escalation_app.domain.preventions import Prevention, remind_before, wakes_at
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import Ticket
from escalation_app.domain.wall_time import zone_of
from escalation_app.models import ResolutionRow
from escalation_app.services.cases import MAX_TEXT
from escalation_app.services.criteria import resolution_of
from escalation_app.services.tickets import clean, one_line, seen
from escalation_app.services.unit_of_work import UnitOfWork

MAX_CAUSE = 4_000
_FOLLOWED = (
    "prevention_state",
    "prevention_reason",
    "prevention_ended_at",
    "prevention_reminded_at",
    "prevention_wakes_at",
)
"""What becomes of a prevention."""


def note_resolution(
    uow: UnitOfWork, reference: str, noted: Resolution, revision: int | None = None
) -> Ticket:
    """Tick criteria, and write down the root cause and what keeps it from coming back; whatever
    is not known yet may be left out until the ticket is resolved.

    Raises Invalid as the domain does, NotAllowed, NotFound, Stale.
    """
    ticket = seen(uow, reference, Permission.TICKET_RESOLVE, revision)
    was = resolution_of(uow.session, ticket)
    kept = replace(
        noted,
        cause=clean(noted.cause, "The root cause", MAX_CAUSE) if noted.cause.strip() else "",
        prevention=one_line(noted.prevention, "The prevention", MAX_TEXT)
        if noted.prevention.strip()
        else "",
        prevention_due_at=_due_at(was, noted, zone_of(uow.actor.zone)),
    )
    decision = resolution.note(ticket, uow.desk, was, kept)
    if not decision.is_change:
        return ticket
    assert ticket.escalation is not None and ticket.escalation.id is not None
    assert uow.actor.person_id is not None
    uow.session.merge(
        ResolutionRow(
            **_prevention_columns(uow, ticket, was, kept),
            escalation_id=ticket.escalation.id,
            ticket_id=ticket.id,
            held=sorted(kept.held),
            cause=kept.cause,
            side=kept.side,
            category=kept.category,
            noted_at=uow.now,
            noted_by=uow.actor.person_id,
        )
    )
    uow.session.flush()
    return uow.apply_one(decision)


def _due_at(was: Resolution, noted: Resolution, zone: ZoneInfo) -> datetime | None:
    """Until when the prevention is to be done. The dialog asks for a date: where that is as it
    was, so is the time, which somebody in another zone, or who moved it, has said."""
    before, due_at = was.prevention_due_at, noted.prevention_due_at
    if before is None or due_at is None:
        return due_at
    is_same_date = before.astimezone(zone).date() == due_at.astimezone(zone).date()
    return before if is_same_date else due_at


def _prevention_columns(
    uow: UnitOfWork, ticket: Ticket, was: Resolution, kept: Resolution
) -> dict[str, Any]:
    """The prevention. Where it is as it was, what became of it stays; another one begins anew."""
    values: dict[str, Any] = {
        "prevention": kept.prevention,
        "prevention_owner_id": kept.prevention_owner_id,
        "prevention_due_at": kept.prevention_due_at,
    }
    assert ticket.escalation is not None
    row = uow.session.get(ResolutionRow, ticket.escalation.id)
    if row is not None and _is_same(was, kept):
        return values | {name: getattr(row, name) for name in _FOLLOWED}
    values |= {"prevention_state": "open", "prevention_reason": "", "prevention_ended_at": None}
    values |= {"prevention_reminded_at": None, "prevention_wakes_at": None}
    if kept.prevention_owner_id is not None and kept.prevention_due_at is not None:
        new = Prevention(0, kept.prevention_owner_id, kept.prevention, kept.prevention_due_at)
        rules = uow.desk.process_of(ticket.process_version).resolution
        values["prevention_wakes_at"] = wakes_at(new, remind_before(rules))
    return values


def _is_same(was: Resolution, kept: Resolution) -> bool:
    def of(noted: Resolution) -> tuple[object, ...]:
        return noted.prevention, noted.prevention_owner_id, noted.prevention_due_at

    return of(was) == of(kept)
