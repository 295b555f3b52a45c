"""Logging calls, meetings and visits on tickets, and taking back what was logged wrongly."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation_app.domain import contacts
from escalation_app.domain.contacts import KIND_NAMES, Contact, ContactKind
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Side, Ticket
from escalation_app.models import ContactRow, MessageRow
from escalation_app.services.tables import columns
from escalation_app.services.tickets import MAX_REASON, one_line, seen
from escalation_app.services.unit_of_work import UnitOfWork

MAX_WHO = 200
MAX_OUTCOME = 2_000
_CONTACTS: Any = columns(ContactRow)
_MESSAGES: Any = columns(MessageRow)


@dataclass(frozen=True, slots=True)
class NewContact:
    """What the dialog asks. `began_at` is UTC."""

    kind: ContactKind
    with_whom: str
    began_at: datetime
    minutes: int
    outcome: str
    reached: bool = True
    is_public: bool = False


def log_contact(uow: UnitOfWork, reference: str, new: NewContact) -> int:
    """Log a contact; its number. Raises Invalid as the domain does, and for one that the same
    person has logged already."""
    ticket = seen(uow, reference, Permission.CONTACT_LOG)
    assert uow.actor.person_id is not None
    known = contacts_of(uow.session, ticket.id)
    contact = Contact(
        number=max((row.number for row in known), default=0) + 1,
        kind=new.kind,
        with_whom=one_line(new.with_whom, "With whom it was", MAX_WHO),
        began_at=new.began_at,
        length=timedelta(minutes=new.minutes),
        outcome=one_line(new.outcome, "The outcome", MAX_OUTCOME),
        is_public=new.is_public,
        reached=new.reached,
        by=uow.actor.person_id,
    )
    if any(_is_same(row, contact) for row in known):
        raise Invalid(f"You have logged this {KIND_NAMES[new.kind]} already.")
    decision = contacts.log(ticket, uow.desk, contact)
    uow.session.add(
        ContactRow(
            ticket_id=ticket.id,
            number=contact.number,
            kind=contact.kind.value,
            with_whom=contact.with_whom,
            began_at=contact.began_at,
            minutes=new.minutes,
            outcome=contact.outcome,
            is_public=contact.is_public,
            reached=contact.reached,
            logged_at=uow.now,
            logged_by=contact.by,
        )
    )
    uow.session.flush()
    uow.apply_one(decision)
    return contact.number


def _is_same(row: Any, contact: Contact) -> bool:
    return (
        row.taken_back_at is None
        and row.logged_by == contact.by
        and row.kind == contact.kind
        and row.began_at == contact.began_at
    )


def take_back_contact(uow: UnitOfWork, reference: str, number: int, why: str = "") -> str:
    """Take back what oneself has logged; who takes cases may do so for anybody. What to say then.

    Raises NotFound for a number that is not there, NotAllowed for somebody else's, Invalid for one
    that was taken back already.
    """
    ticket = seen(uow, reference, Permission.CONTACT_LOG)
    row = next((one for one in contacts_of(uow.session, ticket.id) if one.number == number), None)
    if row is None:
        raise NotFound("That contact")
    if row.logged_by != uow.actor.person_id and not uow.actor.may(Permission.ESCALATION_ASSIGN):
        raise NotAllowed("Somebody else logged this. They, or a manager, can take it back.")
    if row.taken_back_at is not None:
        raise Invalid("It was taken back already.")
    uow.session.execute(
        update(_CONTACTS)
        .where(_CONTACTS.c.ticket_id == ticket.id, _CONTACTS.c.number == number)
        .values(taken_back_at=uow.now, taken_back_by=uow.actor.person_id)
    )
    reason = one_line(why, "The reason", MAX_REASON) if why.strip() else ""
    last = _last_contact(uow.session, ticket)
    uow.apply_one(contacts.take_back(ticket, uow.desk, contact_in(row), reason, last))
    return f"The {KIND_NAMES[ContactKind(row.kind)]} is taken back, on record."


def contacts_of(session: Session, ticket_id: int) -> list[Any]:
    """The rows of a ticket's contacts in the order in which they were logged, also those that
    were taken back."""
    rows = session.execute(
        select(_CONTACTS).where(_CONTACTS.c.ticket_id == ticket_id).order_by(_CONTACTS.c.number)
    )
    return list(rows)


def contact_in(row: Any) -> Contact:
    """A row as the domain sees it."""
    return Contact(
        number=row.number,
        kind=ContactKind(row.kind),
        with_whom=row.with_whom,
        began_at=row.began_at,
        length=timedelta(minutes=row.minutes),
        outcome=row.outcome,
        is_public=row.is_public,
        reached=row.reached,
        by=row.logged_by,
    )


def _last_contact(session: Session, ticket: Ticket) -> tuple[datetime, Side]:
    """The latest public message, or contact that reached the customer, and whose it was; without
    any, that the customer opened the ticket."""
    message = session.execute(
        select(_MESSAGES.c.at, _MESSAGES.c.side)
        .where(_MESSAGES.c.ticket_id == ticket.id, _MESSAGES.c.is_public.is_(True))
        .order_by(_MESSAGES.c.at.desc(), _MESSAGES.c.id.desc())
        .limit(1)
    ).first()
    found = [] if message is None else [(message.at, Side(message.side))]
    found += [
        (contact_in(row).ended_at, Side.US)
        for row in contacts_of(session, ticket.id)
        if row.reached and row.taken_back_at is None
    ]
    return max(found, default=(ticket.created_at, Side.THEM), key=lambda one: one[0])
