"""The sign of life of each engine: one row, written again about every two seconds."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.models import HeartbeatRow
from escalation_app.services.tables import A_MICROSECOND, columns

EVERY = 2.0
"""Seconds between two beats."""
FORGOTTEN_AFTER = timedelta(minutes=15)
"""A dead engine's last sign stays this long, so that somebody can see that it died."""

_BEATS = columns(HeartbeatRow)


def engine_name() -> str:
    """host:pid of this process, at most 80 characters."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Beat:
    """How an engine does. `lag` is how late it noticed the earliest timer since the sign before, or
    how late the earliest is that it has not come to; `held_until` is set while it fires nothing
    because its clock was set, by `jumped_by`."""

    engine: str
    at: datetime
    started_at: datetime
    sweep_seconds: float = 0.0
    lag: timedelta = timedelta(0)
    fired_total: int = 0
    failed_total: int = 0
    held_until: datetime | None = None
    jumped_by: timedelta = timedelta(0)
    audited_total: int = 0
    repaired_total: int = 0


def beat(session: Session, sign: Beat) -> None:
    """Write the engine's sign of life and forget engines that died long ago."""
    values = {
        "engine": sign.engine,
        "at": sign.at,
        "started_at": sign.started_at,
        "sweep_us": int(sign.sweep_seconds * 1_000_000),
        "lag_us": sign.lag // A_MICROSECOND,
        "fired_total": sign.fired_total,
        "failed_total": sign.failed_total,
        "held_until": sign.held_until,
        "jumped_us": sign.jumped_by // A_MICROSECOND,
        "audited_total": sign.audited_total,
        "repaired_total": sign.repaired_total,
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(_BEATS)
        .values(values)
        .on_conflict_do_update(index_elements=["engine"], set_=values)
    )
    session.execute(delete(_BEATS).where(_BEATS.c.at < sign.at - FORGOTTEN_AFTER))


def is_confirmed(database: Database, sign: Beat) -> bool:
    """Whether somebody has confirmed the new time of an engine that holds its fire
    (services.engines.confirm_clock)."""
    confirmed = select(_BEATS.c.confirmed_hold).where(_BEATS.c.engine == sign.engine)
    with database.reading() as session:
        hold = session.execute(confirmed).scalar_one_or_none()
    return hold is not None and hold == sign.held_until


def end(session: Session, engine: str) -> None:
    """Take the sign of an engine away that stops in good order."""
    session.execute(delete(_BEATS).where(_BEATS.c.engine == engine))
