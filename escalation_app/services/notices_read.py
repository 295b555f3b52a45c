"""Reading the bell."""

from sqlalchemy import update

from escalation_app.models import OutboxRow
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_OUTBOX = columns(OutboxRow)


def read_notices(uow: UnitOfWork) -> None:
    """Mark all of the actor's own notices as read."""
    uow.session.execute(
        update(_OUTBOX)
        .where(
            _OUTBOX.c.person_id == uow.actor.person_id,
            _OUTBOX.c.channel == "in_app",
            _OUTBOX.c.state == "sent",
            _OUTBOX.c.read_at.is_(None),
        )
        .values(read_at=uow.now)
    )
