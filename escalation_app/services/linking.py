"""What people do to say that two tickets belong together."""

from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from escalation_app.domain import links
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.links import LINK_WORDS, LinkKind
from escalation_app.domain.permissions import Permission, require
from escalation_app.domain.tickets import Ticket
from escalation_app.models import TicketLinkRow
from escalation_app.services.store import ticket_id_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_LINKS: Any = columns(TicketLinkRow)


def link(uow: UnitOfWork, reference: str, other: str, kind: LinkKind) -> Ticket:
    """Say what a ticket is to another one that the actor sees; a second time changes nothing.

    Raises Invalid as the domain does, and when the other one is said to be that to this one;
    NotAllowed, NotFound.
    """
    ticket, second = _both(uow, reference, other)
    require(uow.actor, Permission.TICKET_SEE, second)
    decisions = links.link(ticket, second, uow.desk, kind)
    if _row(uow.session, ticket.id, second.id, kind) is not None:
        return ticket
    if _row(uow.session, second.id, ticket.id, kind) is not None:
        if kind is LinkKind.RELATES_TO:
            return ticket
        raise Invalid(f"{second.reference} {LINK_WORDS[kind][0]} {ticket.reference} already.")
    assert uow.actor.person_id is not None
    uow.session.add(
        TicketLinkRow(
            ticket_id=ticket.id,
            other_id=second.id,
            kind=kind.value,
            linked_at=uow.now,
            linked_by=uow.actor.person_id,
        )
    )
    uow.session.flush()
    return uow.apply(decisions)[0]


def unlink(uow: UnitOfWork, reference: str, other: str, kind: LinkKind) -> tuple[str, str]:
    """Say it no longer, whichever of the two it was said of; returns both references, that one
    first. Raises NotFound when it is not said, else as `link` does."""
    ticket, second = _both(uow, reference, other)
    pair = (ticket, second)
    if _row(uow.session, ticket.id, second.id, kind) is None:
        pair = (second, ticket)
    decisions = links.link(*pair, uow.desk, kind, is_on=False)
    gone = uow.session.execute(
        delete(_LINKS).where(_is(pair[0].id, pair[1].id, kind)).returning(_LINKS.c.kind)
    ).first()
    if gone is None:
        raise NotFound("That link")
    uow.apply(decisions)
    return pair[0].reference, pair[1].reference


def link_again(uow: UnitOfWork, first: str, second: str, kind: LinkKind) -> str:
    """Take back that a link was removed, and say so."""
    link(uow, first, second, kind)
    return f"{first} {LINK_WORDS[kind][0]} {second} again."


def _both(uow: UnitOfWork, reference: str, other: str) -> tuple[Ticket, Ticket]:
    keys = ticket_id_of(uow.session, reference), ticket_id_of(uow.session, other)
    found = uow.hold(set(keys))
    ticket, second = (found[key] for key in keys)
    require(uow.actor, Permission.TICKET_LINK, ticket)
    return ticket, second


def _is(ticket_id: int, other_id: int, kind: LinkKind) -> Any:
    return and_(
        _LINKS.c.ticket_id == ticket_id, _LINKS.c.other_id == other_id, _LINKS.c.kind == kind.value
    )


def _row(session: Session, ticket_id: int, other_id: int, kind: LinkKind) -> Any:
    return session.execute(select(_LINKS).where(_is(ticket_id, other_id, kind))).first()
