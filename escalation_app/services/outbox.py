"""Messages that did not arrive, tried again by hand."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, select, update

from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, require
from escalation_app.models import OutboxRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.notices import IS_UNSENT
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_OUTBOX: Any = columns(OutboxRow)

Stuck = Literal["dead", "kept"]
STUCK: tuple[Stuck, ...] = ("dead", "kept")
"""The states out of which a message only comes by hand."""
AT_ONCE = 5_000
"""How many messages one click tries again, so that it keeps nobody else waiting."""


def retry_message(uow: UnitOfWork, message_id: int) -> int:
    """Try one message again, under the same key and as if it had never been tried; returns 1.

    Raises Invalid when nothing by this id is dead or kept, NotAllowed for anybody but an admin.
    """
    require(uow.actor, Permission.OUTBOX_RETRY)
    row = uow.session.execute(
        select(_OUTBOX.c.ticket_id, _OUTBOX.c.channel, _OUTBOX.c.note)
        .where(_OUTBOX.c.id == message_id, _OUTBOX.c.state.in_(STUCK))
        .with_for_update()
    ).first()
    if row is None:
        raise Invalid("This message is not dead or kept any more. Nothing was changed.")
    count = _try_again(uow, _OUTBOX.c.id == message_id)
    data = {"message": message_id, "channel": row.channel, "was": row.note}
    _record(uow, row.ticket_id, data)
    return count


def retry_all(uow: UnitOfWork, state: Stuck, channel: str) -> int:
    """Try the dead, or the kept, messages of a channel again, the oldest first and AT_ONCE of them
    at most; returns how many there were.

    Raises Invalid when there is none, NotAllowed for anybody but an admin.
    """
    require(uow.actor, Permission.OUTBOX_RETRY)
    oldest = (
        select(_OUTBOX.c.id)
        .where(IS_UNSENT, _OUTBOX.c.state == state, _OUTBOX.c.channel == channel)
        .order_by(_OUTBOX.c.id)
        .limit(AT_ONCE)
    )
    count = _try_again(uow, and_(_OUTBOX.c.state == state, _OUTBOX.c.id.in_(oldest)))
    if not count:
        raise Invalid(f"No message of this channel is {state} any more. Nothing was changed.")
    _record(uow, None, {"channel": channel, "count": count, "were": state})
    return count


def _try_again(uow: UnitOfWork, which: ColumnElement[bool]) -> int:
    done = uow.session.execute(
        update(_OUTBOX)
        .where(which)
        .values(state="pending", attempts=0, next_attempt_at=uow.now, note="")
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _record(uow: UnitOfWork, ticket_id: int | None, data: Mapping[str, object]) -> None:
    event = Event(EventKind.MESSAGE_RETRIED, uow.now, data)
    put_on_record(uow.session, uow.actor, uow.now, event, ticket_id)
