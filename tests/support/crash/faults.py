"""Faults planted in an engine, so that a test can see that each kind of them is found."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from escalation_app import clock
from escalation_app.engine import outbox
from escalation_app.models import OutboxRow
from escalation_app.services import effects
from escalation_app.services.bulk import Keys, Write
from escalation_app.services.tables import columns

_OUTBOX = columns(OutboxRow)


def commit_in_the_middle() -> None:
    """The first half of what a batch writes, its clocks and steps, is committed before the rest,
    its record, messages and timers: an engine killed in between loses those."""
    write = effects.run

    def write_in_two(session: Session, *writes: Write, keys: Keys) -> None:
        middle = len(writes) // 2
        write(session, *writes[:middle], keys=keys)
        connection = session.connection()
        connection.exec_driver_sql("COMMIT")
        time.sleep(0.2)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        write(session, *writes[middle:], keys=keys)

    effects.run = write_in_two


def ignore_claims() -> None:
    """A mail that is being sent for the first time is claimed all the same, by whoever looks."""
    claim = outbox._claim_rows
    being_sent = (_OUTBOX.c.state == "leased", _OUTBOX.c.attempts == 1)

    def claim_all(session: Session, now: datetime, *rest: Any) -> Any:
        session.execute(update(_OUTBOX).where(*being_sent).values(lease_until=now))
        return claim(session, now, *rest)

    outbox._claim_rows = claim_all


def go_fast() -> None:
    """The clock of this engine's machine is two seconds ahead of the database's."""

    class Fast(clock.SystemClock):
        def utc_now(self) -> datetime:
            return datetime.now(UTC) + timedelta(seconds=2)

    clock._clock = Fast()


FAULTS: dict[str, Callable[[], None]] = {
    "lost": commit_in_the_middle,
    "doubled": ignore_claims,
    "early": go_fast,
}


def plant(name: str) -> None:
    """Plant a fault in this process; "" plants none."""
    if name:
        FAULTS[name]()
