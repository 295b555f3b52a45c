"""What people do to make one ticket of two."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain import merging
from escalation_app.domain.errors import Invalid, NotAllowed, Stale
from escalation_app.domain.links import LinkKind
from escalation_app.domain.permissions import Actor, Permission, Role, covers, require
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.models import PersonRoleRow, TicketLinkRow
from escalation_app.services.links import goes_on_in, reference_of
from escalation_app.services.store import ticket_id_of
from escalation_app.services.tables import columns
from escalation_app.services.tickets import told_with
from escalation_app.services.unit_of_work import UnitOfWork

_ROLES = columns(PersonRoleRow)


def merge(
    uow: UnitOfWork, reference: str, into: str, message: str = "", revision: int | None = None
) -> Ticket:
    """End the ticket and go on in another one, which is returned. With a `message` the customer
    is told, in public, in the ticket that ends.

    Both tickets must be the actor's to merge. Raises Invalid for tickets that cannot be merged,
    NotAllowed, NotFound, and Stale when the one that ends has changed since `revision`.
    """
    session = uow.session
    ticket_id, other_id = ticket_id_of(session, reference), ticket_id_of(session, into)
    found = uow.hold({ticket_id, other_id})
    ticket, other = found[ticket_id], found[other_id]
    require(uow.actor, Permission.TICKET_MERGE, ticket)
    require_merge_into(uow.actor, other)
    told = told_with(uow, ticket, message)
    for one in (ticket, other):
        require_not_merged(session, one)
    if revision is not None and ticket.revision != revision:
        raise Stale
    merging.require_mergeable(ticket, other)
    require_reader(session, ticket, other)
    person_id = uow.actor.person_id
    assert person_id is not None
    decisions = merging.merge(ticket, other, uow.desk, by=person_id, message=told)
    session.add(
        TicketLinkRow(
            ticket_id=ticket.id,
            other_id=other.id,
            kind=LinkKind.MERGED_INTO.value,
            linked_at=uow.now,
            linked_by=person_id,
        )
    )
    session.flush()
    return uow.apply(decisions)[1]


def require_merge_into(actor: Actor, other: Ticket) -> None:
    """Raise NotAllowed, in words that say what can be done, for a ticket of another team's."""
    require(actor, Permission.TICKET_SEE, other)
    if not covers(actor, Permission.TICKET_MERGE, other):
        raise NotAllowed(f"{other.reference} is another team's. Ask them, or a manager, to merge.")


def require_not_merged(session: Session, ticket: Ticket) -> None:
    """Raise Invalid for a ticket that was merged already, with where it goes on."""
    if ticket.status is Status.CLOSED and (into := goes_on_in(session, ticket.id)) != ticket.id:
        raise Invalid(f"{ticket.reference} was merged into {reference_of(session, into)} already.")


def require_reader(session: Session, ticket: Ticket, other: Ticket) -> None:
    """Raise Invalid when whoever reported the ticket could not read on in the other one."""
    if ticket.requester_id == other.requester_id:
        return
    leads = select(_ROLES.c.person_id).where(
        _ROLES.c.person_id == ticket.requester_id, _ROLES.c.role == Role.CUSTOMER_LEAD.value
    )
    if session.execute(leads).first() is None:
        raise Invalid(
            f"Somebody else reported {other.reference}: whoever reported {ticket.reference} could "
            "not read on there. Link the two instead."
        )
