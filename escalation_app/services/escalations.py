"""What people do with escalations."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain import escalations
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.permissions import Actor, Permission, Role
from escalation_app.domain.tickets import EscalationKind, Ticket
from escalation_app.models import PathStepRow
from escalation_app.services.store import columns
from escalation_app.services.tickets import MAX_REASON, clean, seen
from escalation_app.services.unit_of_work import UnitOfWork

NO_REASON = "No reason was given."
"""What stands on record when a customer escalates without a word."""

_STEPS = columns(PathStepRow)


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
    """Say that one has seen the escalation. Raises NotAllowed for somebody who is no manager and
    whom it has not told."""
    ticket = seen(uow, reference, Permission.ESCALATION_ACKNOWLEDGE)
    person_id = uow.actor.person_id
    assert person_id is not None
    if not is_concerned(uow.session, uow.actor, ticket):
        raise NotAllowed("Only somebody whom this escalation told, or a manager, can do that.")
    return uow.apply_one(escalations.acknowledge(ticket, uow.desk, person_id))


def is_concerned(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor is a manager, or somebody whom the ticket's escalation has told."""
    return Role.MANAGER in actor.roles or actor.person_id in told_of(session, ticket)


def told_of(session: Session, ticket: Ticket) -> frozenset[int]:
    """Whom the ticket's active escalation has told so far: the people of its path's steps, its
    manager and its executive."""
    case_, run = ticket.escalation, ticket.run
    told: set[int | None] = set()
    if case_ is not None:
        told |= {case_.manager_id, case_.executive_id}
    if run is not None:
        steps = select(_STEPS.c.told).where(_STEPS.c.run_id == run.id)
        told.update(*session.execute(steps).scalars())
    return frozenset(person for person in told if person is not None)


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
