"""What people do to make two tickets of one."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain import splitting
from escalation_app.domain.errors import Invalid
from escalation_app.domain.links import LinkKind
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import NewMessage, Side, Ticket
from escalation_app.models import MessageRow, TicketLinkRow
from escalation_app.services.attachments import copy_files
from escalation_app.services.tables import columns
from escalation_app.services.tickets import MAX_SUBJECT, one_line, seen, told_with
from escalation_app.services.unit_of_work import UnitOfWork

_MESSAGES: Any = columns(MessageRow)


def split(
    uow: UnitOfWork,
    reference: str,
    subject: str,
    message_ids: Collection[int],
    message: str = "",
    revision: int | None = None,
) -> Ticket:
    """Make a ticket of its own of messages the customer wrote in this one, and return it. They
    and their files stay where they are too. With a `message`, in which "{ref}" stands for the new
    ticket, the customer is told.

    Raises Invalid as the domain does and for messages that are not the customer's in this ticket,
    NotAllowed, NotFound, Stale.
    """
    ticket = seen(uow, reference, Permission.TICKET_SPLIT, revision)
    told = told_with(uow, ticket, message)
    about = one_line(subject, "The subject", MAX_SUBJECT)
    rows = takeable(uow.session, ticket.id)
    taken = [row for row in rows if row.id in set(message_ids)]
    if len(taken) != len(set(message_ids)):
        raise Invalid("Choose among what the customer wrote in this ticket.")
    decision = splitting.split_off(
        ticket,
        uow.desk,
        subject=about,
        taken=[_copied(row) for row in taken],
        since=_since(uow, ticket, taken),
    )
    new = uow.apply_one(decision, extra=[{"channel": "split"}])
    copied = takeable(uow.session, new.id)
    pairs = zip(taken, copied, strict=True)
    copy_files(uow.session, {row.id: copy.id for row, copy in pairs}, new.id)
    assert uow.actor.person_id is not None
    uow.session.add(
        TicketLinkRow(
            ticket_id=new.id,
            other_id=ticket.id,
            kind=LinkKind.SPLIT_FROM.value,
            linked_at=uow.now,
            linked_by=uow.actor.person_id,
        )
    )
    uow.session.flush()
    if told is not None:
        told = replace(told, body=told.body.replace("{ref}", new.reference))
    uow.apply_one(
        splitting.record_split(ticket, uow.desk, into=new.reference, subject=about, message=told)
    )
    return new


def takeable(session: Session, ticket_id: int) -> Sequence[Any]:
    """The messages of a ticket that can become one of their own: what the customer wrote."""
    return session.execute(
        select(_MESSAGES)
        .where(
            _MESSAGES.c.ticket_id == ticket_id,
            _MESSAGES.c.side == Side.THEM.value,
            _MESSAGES.c.is_public.is_(True),
        )
        .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
    ).all()


def _copied(row: Any) -> NewMessage:
    return NewMessage(row.at, row.author_id, row.author_name, Side.THEM, True, False, row.body)


def _since(uow: UnitOfWork, ticket: Ticket, taken: Sequence[Any]) -> Any:
    if not taken:
        return uow.now
    answered_at = uow.session.execute(
        select(func.max(_MESSAGES.c.at)).where(
            _MESSAGES.c.ticket_id == ticket.id,
            _MESSAGES.c.side == Side.US.value,
            _MESSAGES.c.is_public.is_(True),
            _MESSAGES.c.is_automatic.is_(False),
        )
    ).scalar_one()
    return splitting.counts_from(taken[0].at, answered_at, uow.now)
