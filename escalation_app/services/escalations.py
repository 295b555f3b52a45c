"""What people do with escalations."""

from escalation_app.domain import escalations
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import EscalationKind, Ticket
from escalation_app.services.tickets import MAX_REASON, clean, seen
from escalation_app.services.unit_of_work import UnitOfWork

NO_REASON = "No reason was given."
"""What stands on record when a customer escalates without a word."""


def escalate(
    uow: UnitOfWork,
    reference: str,
    kind: EscalationKind,
    reason: str,
    revision: int | None = None,
) -> Ticket:
    """A person of ours escalates: functional (the skill is missing) or hierarchical (the
    authority is). Raises Invalid for other kinds, an empty reason, or a ticket at the top."""
    ticket = seen(uow, reference, Permission.TICKET_ESCALATE, revision)
    return _escalate(uow, ticket, kind, reason, by_customer=False)


def request_escalation(uow: UnitOfWork, reference: str, reason: str = "") -> Ticket:
    """The customer escalates, for any reason or none: always accepted while the ticket is open, a
    manager gets the case."""
    ticket = seen(uow, reference, Permission.ESCALATION_REQUEST)
    why = reason.strip() or NO_REASON
    return _escalate(uow, ticket, EscalationKind.HIERARCHICAL, why, by_customer=True)


def _escalate(
    uow: UnitOfWork, ticket: Ticket, kind: EscalationKind, reason: str, *, by_customer: bool
) -> Ticket:
    assert uow.actor.person_id is not None
    return uow.apply_one(
        escalations.escalate(
            ticket,
            uow.desk,
            kind=kind,
            reason=clean(reason, "The reason", MAX_REASON),
            requested_by=uow.actor.person_id,
            by_customer=by_customer,
        )
    )


def acknowledge(uow: UnitOfWork, reference: str) -> Ticket:
    """Say that one has seen the escalation."""
    ticket = seen(uow, reference, Permission.ESCALATION_ACKNOWLEDGE)
    assert uow.actor.person_id is not None
    return uow.apply_one(escalations.acknowledge(ticket, uow.desk, uow.actor.person_id))


def assign_case(uow: UnitOfWork, reference: str, manager_id: int) -> Ticket:
    """Make a manager own the case."""
    ticket = seen(uow, reference, Permission.ESCALATION_ASSIGN)
    return uow.apply_one(escalations.assign_case(ticket, uow.desk, manager_id))


def deescalate(uow: UnitOfWork, reference: str, reason: str) -> Ticket:
    """End the escalation, with the reason on record."""
    ticket = seen(uow, reference, Permission.ESCALATION_END)
    return uow.apply_one(
        escalations.deescalate(ticket, uow.desk, clean(reason, "The reason", MAX_REASON))
    )
