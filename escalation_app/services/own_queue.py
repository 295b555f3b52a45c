"""What somebody does to their own queue alone: putting tickets off, and having seen them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from escalation_app.domain.errors import BusinessError, Invalid
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.models import QueuePreferenceRow, SnoozeRow, TicketSeenRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.tables import columns
from escalation_app.services.tickets import seen
from escalation_app.services.unit_of_work import UnitOfWork, run

LONGEST = timedelta(days=90)
"""For how long a ticket can be put off."""
MOST = 200
"""Tickets that one person has put off at once."""

_SNOOZES: Any = columns(SnoozeRow)
_SEEN: Any = columns(TicketSeenRow)
_PREFERENCES: Any = columns(QueuePreferenceRow)


def snooze(uow: UnitOfWork, reference: str, until_at: datetime | None = None) -> None:
    """Put a ticket off, out of one's own queue alone, until an instant or until its customer
    answers, which ends the other too. Its clocks run on, and it is shown when one is over. Raises
    Invalid for a ticket that is not open, and an instant that is past or too far."""
    ticket = seen(uow, reference, Permission.TICKET_SNOOZE)
    if not ticket.is_open:
        raise Invalid("Only an open ticket can be put off.")
    if until_at is not None and not uow.now < until_at <= uow.now + LONGEST:
        raise Invalid(f"Choose a time to come, at most {LONGEST.days} days ahead.")
    mine = _SNOOZES.c.person_id == uow.actor.person_id
    uow.session.execute(delete(_SNOOZES).where(mine, _SNOOZES.c.ticket_id == ticket.id))
    count = select(func.count()).select_from(_SNOOZES).where(mine)
    if uow.session.execute(count).scalar_one() >= MOST:
        raise Invalid(f"You have put {MOST} tickets off. Take some up again first.")
    uow.session.add(
        SnoozeRow(person_id=_person(uow), ticket_id=ticket.id, since_at=uow.now, until_at=until_at)
    )
    uow.session.flush()
    _record(uow, ticket.id, until_at="" if until_at is None else until_at.isoformat())


def take_up(uow: UnitOfWork, reference: str) -> str:
    """Have a ticket back in one's own queue before its time; what to say then."""
    ticket = seen(uow, reference, Permission.TICKET_SNOOZE)
    mine = (_SNOOZES.c.person_id == uow.actor.person_id, _SNOOZES.c.ticket_id == ticket.id)
    if uow.session.execute(delete(_SNOOZES).where(*mine)).rowcount:  # type: ignore[attr-defined]
        _record(uow, ticket.id, ended=True)
    return f"{reference} is in your queue again."


def snooze_each(
    actor: Actor, references: Sequence[str], until_at: datetime | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Put each ticket off in a transaction of its own: those that are, and the others with the
    reason."""
    off: list[str] = []
    refused: dict[str, str] = {}
    for reference in references:
        try:
            run(actor, snooze, reference, until_at)
            off.append(reference)
        except BusinessError as refusal:
            refused[reference] = str(refusal)
    return tuple(off), refused


def take_up_each(uow: UnitOfWork, references: Sequence[str]) -> str:
    """Undo that several were put off; what to say then."""
    for reference in references:
        take_up(uow, reference)
    count = len(references)
    return f"{'1 ticket is' if count == 1 else f'{count} tickets are'} in your queue again."


def saw(uow: UnitOfWork, reference: str) -> None:
    """Have seen a ticket as it is now."""
    ticket = seen(uow, reference, Permission.TICKET_SEE)
    mine = (_SEEN.c.person_id == uow.actor.person_id, _SEEN.c.ticket_id == ticket.id)
    uow.session.execute(delete(_SEEN).where(*mine))
    uow.session.add(
        TicketSeenRow(person_id=_person(uow), ticket_id=ticket.id, revision=ticket.revision)
    )
    uow.session.flush()


def saw_everything(uow: UnitOfWork) -> None:
    """Have seen every ticket as it is now."""
    require(uow.actor, Permission.QUEUE_SEE)
    person = _person(uow)
    uow.session.execute(delete(_SEEN).where(_SEEN.c.person_id == person))
    own = _PREFERENCES.c.person_id == person
    found = uow.session.execute(select(_PREFERENCES.c.person_id).where(own).with_for_update())
    if found.first() is None:
        uow.session.add(QueuePreferenceRow(person_id=person, seen_at=uow.now))
        uow.session.flush()
    else:
        uow.session.execute(update(_PREFERENCES).where(own).values(seen_at=uow.now))


def _person(uow: UnitOfWork) -> int:
    assert uow.actor.person_id is not None
    return uow.actor.person_id


def _record(uow: UnitOfWork, ticket_id: int, **data: object) -> None:
    event = Event(EventKind.TICKET_SNOOZED, uow.now, data)
    put_on_record(uow.session, uow.actor, uow.now, event, ticket_id)
