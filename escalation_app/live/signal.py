"""Notices that somebody committed: this process, another worker, or a command line.

On SQLite a connection of its own looks at `PRAGMA data_version` every POLL seconds, on
PostgreSQL one LISTENs. Either way a burst of commits is one signal, and a connection that is
lost is made again.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable

from sqlalchemy.engine import make_url

from escalation_app.db import CHANNEL, Database

log = logging.getLogger(__name__)

POLL = 0.02
"""Seconds between two looks at SQLite's data_version: about 5 us each."""
AGAIN_AFTER = 1.0
"""Seconds between two tries to connect."""
LISTEN_FOR = 0.5
"""Seconds after which the PostgreSQL listener looks whether it shall stop."""


class ChangeSignal:
    """Calls `on_change` on the event loop soon after any commit to the database, and once when
    it begins to watch, also after a lost connection: what happened before is not known."""

    def __init__(self, database: Database, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._listener: threading.Thread | None = None

    async def start(self) -> None:
        if self._database.is_sqlite:
            self._task = asyncio.create_task(self._watch_sqlite(), name="change-signal")
            return
        # A thread of its own: one of the loop's pool would keep the process from ending.
        self._listener = threading.Thread(
            target=self._listen,
            args=(asyncio.get_running_loop(),),
            name="change-signal",
            daemon=True,
        )
        self._listener.start()

    async def stop(self) -> None:
        self._stop.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._listener is not None:
            await asyncio.to_thread(self._listener.join, 2 * AGAIN_AFTER)

    async def _watch_sqlite(self) -> None:
        path = make_url(self._database.url).database
        assert path
        while True:
            try:
                await self._look_at(path)
            except sqlite3.Error:
                log.warning("The change signal lost its connection; trying again", exc_info=True)
                await asyncio.sleep(AGAIN_AFTER)

    async def _look_at(self, path: str) -> None:
        # It must never wait for a lock: it runs on the event loop.
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as watcher:
            seen = None
            while True:
                version = watcher.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    self._on_change()
                await asyncio.sleep(POLL)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        import psycopg  # a quarter of a second that SQLite need not wait for

        url = make_url(self._database.url).set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                with psycopg.connect(dsn, autocommit=True, keepalives_idle=30) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._tell(loop)
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=LISTEN_FOR, stop_after=1):
                            self._tell(loop)
            except psycopg.Error:
                log.warning("The change signal lost its connection; trying again", exc_info=True)
                self._stop.wait(AGAIN_AFTER)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(self._on_change)
