"""Notices that somebody committed: this process, another worker, or a command line.

On SQLite a connection of its own looks at `PRAGMA data_version` every POLL seconds, on
PostgreSQL one LISTENs. Either way a burst of commits is one signal.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy.engine import make_url

from escalation_app.db import CHANNEL, Database

log = logging.getLogger(__name__)

POLL = 0.05
"""Seconds between two looks at SQLite's data_version: about 5 us each."""


class ChangeSignal:
    """Calls `on_change` on the event loop soon after any commit to the database."""

    def __init__(self, database: Database, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        watch = self._watch_sqlite if self._database.is_sqlite else self._watch_postgres
        self._task = asyncio.create_task(watch(), name="change-signal")

    async def stop(self) -> None:
        self._stop.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch_sqlite(self) -> None:
        path = make_url(self._database.url).database
        assert path
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            seen = None
            while True:
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    self._on_change()
                await asyncio.sleep(POLL)
        finally:
            connection.close()

    async def _watch_postgres(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._listen, loop)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                with psycopg.connect(dsn, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    loop.call_soon_threadsafe(self._on_change)
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=1.0, stop_after=1):
                            loop.call_soon_threadsafe(self._on_change)
            except psycopg.OperationalError:
                log.warning("The change signal lost its connection; trying again", exc_info=True)
                self._stop.wait(1.0)
