"""What people decide about the engines."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, require
from escalation_app.models import HeartbeatRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_BEATS: Any = columns(HeartbeatRow)


def confirm_clock(uow: UnitOfWork, engine: str) -> bool:
    """Say that the time an engine's clock was set to is right, so that it goes on within a second;
    returns True.

    Raises Invalid when the engine holds nothing back, NotAllowed for anybody but an admin.
    """
    require(uow.actor, Permission.ENGINE_CONFIRM)
    held = select(_BEATS.c.held_until, _BEATS.c.jumped_us).where(_BEATS.c.engine == engine)
    row = uow.session.execute(held.with_for_update()).first()
    if row is None or row.held_until is None:
        raise Invalid("This engine holds nothing back any more. Nothing was changed.")
    confirmed = update(_BEATS).where(_BEATS.c.engine == engine)
    uow.session.execute(confirmed.values(confirmed_hold=row.held_until))
    jumped_s = timedelta(microseconds=row.jumped_us).total_seconds()
    event = Event(
        EventKind.CLOCK_CONFIRMED, uow.now, {"engine": engine, "jumped_s": round(jumped_s)}
    )
    put_on_record(uow.session, uow.actor, uow.now, event, None)
    return True
