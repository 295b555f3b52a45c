"""`escalation engine`, as a process of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from escalation_app.clock import using
from escalation_app.db import Database
from escalation_app.models import EventRow, HeartbeatRow
from escalation_app.services import tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.desk import SupportDesk, support_desk
from tests.support.engines import engine_of

STARTS_WITHIN = 60.0


class _RealTime:
    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def rows(database: Database, model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(select(columns(model))).all())


def wait_until(claim: Callable[[], Any]) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while not claim():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


def open_overdue(desk: SupportDesk) -> None:
    """A ticket whose first warning fell due five seconds ago."""
    opened = datetime.now(UTC) - timedelta(minutes=7, seconds=35)
    with unit_of_work(desk.people["customer"], now=opened, on=desk.database) as uow:
        tickets.open_ticket(uow, tickets.NewTicket("Down", "Help", "high", "high"))


@pytest.mark.slow
def test_it_fires_what_is_due_and_stops_in_good_order(database: Database, tmp_path: Path):
    with support_desk(database) as desk, using(_RealTime()):
        open_overdue(desk)

        # It also runs where `serve` is told to leave the work to others.
        with engine_of(database.url, tmp_path, ENGINE="off") as engine:
            wait_until(lambda: any(r.kind == "sla_warning" for r in rows(database, EventRow)))
            wait_until(lambda: rows(database, HeartbeatRow))
            (beat,) = rows(database, HeartbeatRow)
            engine.send_signal(signal.SIGTERM)
            code = engine.wait(timeout=20)

    log = (tmp_path / "engine.log").read_text()
    assert beat.engine.endswith(f":{engine.pid}")
    assert code == 0
    assert rows(database, HeartbeatRow) == []
    assert f":{engine.pid} stopped" in log
    assert "Traceback" not in log


def test_it_starts_without_the_pages():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, escalation_app.commands.engine\n"
            "print([m for m in sys.modules if m in ('reflex', 'uvicorn', 'starlette')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "[]"
