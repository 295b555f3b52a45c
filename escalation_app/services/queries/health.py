"""Whether the engine is at work, by its heartbeat."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.models import HeartbeatRow
from escalation_app.services.tables import columns

_HEARTBEATS: Any = columns(HeartbeatRow)

SILENCE = timedelta(seconds=10)
"""An engine that was not heard for this long is not at work."""


def is_engine_at_work(session: Session, now: datetime) -> bool:
    """Whether any engine has swept within SILENCE. One that died before the clock was set back has
    left a sign of the future, which is none of life."""
    heard = _HEARTBEATS.c.at.between(now - SILENCE, now + SILENCE)
    heard_at = session.execute(select(func.max(_HEARTBEATS.c.at)).where(heard)).scalar_one()
    return heard_at is not None and now - heard_at < SILENCE
