"""Reading the bell."""

from typing import Any

from sqlalchemy import select, update

from escalation_app.models import OutboxRow, TicketRow
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_OUTBOX = columns(OutboxRow)
_TICKETS = columns(TicketRow)


def read_notices(uow: UnitOfWork, reference: str | None = None) -> None:
    """Mark all of the actor's own notices as read, or those about one ticket."""
    about = [] if reference is None else [_OUTBOX.c.ticket_id == _ticket_with(reference)]
    uow.session.execute(
        update(_OUTBOX)
        .where(
            _OUTBOX.c.person_id == uow.actor.person_id,
            _OUTBOX.c.channel == "in_app",
            _OUTBOX.c.state == "sent",
            _OUTBOX.c.read_at.is_(None),
            *about,
        )
        .values(read_at=uow.now)
    )


def _ticket_with(reference: str) -> Any:
    return select(_TICKETS.c.id).where(_TICKETS.c.reference == reference).scalar_subquery()
