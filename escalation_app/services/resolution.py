"""What people write down about the solution of a case."""

from dataclasses import replace

from escalation_app.domain import resolution
from escalation_app.domain.permissions import Permission
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import Ticket
from escalation_app.models import ResolutionRow
from escalation_app.services.cases import MAX_TEXT
from escalation_app.services.criteria import resolution_of
from escalation_app.services.tickets import clean, one_line, seen
from escalation_app.services.unit_of_work import UnitOfWork

MAX_CAUSE = 4_000


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
    )
    decision = resolution.note(ticket, uow.desk, was, kept)
    if not decision.is_change:
        return ticket
    assert ticket.escalation is not None and ticket.escalation.id is not None
    assert uow.actor.person_id is not None
    uow.session.merge(
        ResolutionRow(
            escalation_id=ticket.escalation.id,
            ticket_id=ticket.id,
            held=sorted(kept.held),
            cause=kept.cause,
            side=kept.side,
            category=kept.category,
            prevention=kept.prevention,
            prevention_owner_id=kept.prevention_owner_id,
            prevention_due_at=kept.prevention_due_at,
            noted_at=uow.now,
            noted_by=uow.actor.person_id,
        )
    )
    uow.session.flush()
    return uow.apply_one(decision)
