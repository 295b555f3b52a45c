"""The database: engine, sessions, and the two kinds of transaction.

SQLite runs in WAL with synchronous=FULL, and a writing transaction takes the write lock at its
start (BEGIN IMMEDIATE): without it, two that read and then write lose updates silently.
"""

import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from escalation_app.settings import settings

BUSY_TIMEOUT_MS = 20_000
PAUSE = 0.002
"""Seconds between two transactions that give way, in which another process gets the write lock."""
CHECKPOINT_EVERY = 0.5
"""Seconds between two checkpoints of a process."""
PAGES_UNTIL_CHECKPOINT = 8_000
"""After so many pages (32 MB) in its log SQLite itself makes a checkpoint, in whoever commits."""
TRY_AGAIN = 0.001
"""Seconds between two tries to take SQLite's write lock; shorter than PAUSE."""
_WRITES = "escalation_writes"
CHANNEL = "escalation_change"
"""What PostgreSQL listeners hear at every commit; SQLite's are seen in `data_version`."""
_NOTIFY = text(f"NOTIFY {CHANNEL}")


class Turns:
    """One at a time; whoever gives way comes after all others that wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_taken = False
        self.waiting = 0
        """How many wait who do not give way."""

    def take(self, timeout: float, *, gives_way: bool = False) -> bool:
        """Wait for a turn; False when it did not come within `timeout` seconds."""
        with self._changed:
            if gives_way:
                is_mine = self._changed.wait_for(
                    lambda: not (self._is_taken or self.waiting), timeout
                )
            else:
                self.waiting += 1
                is_mine = self._changed.wait_for(lambda: not self._is_taken, timeout)
                self.waiting -= 1
            self._is_taken = self._is_taken or is_mine
            return is_mine

    def give_back(self, rest: float = 0.0) -> None:
        """End a turn that was taken, `rest` seconds later if nobody waits."""
        if rest and not self.waiting:
            time.sleep(rest)
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()


class Database:
    """One database of the product; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        writing = self.engine.execution_options(**{_WRITES: True})
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._writers = sessionmaker(writing, expire_on_commit=False)
        self._turns = Turns()
        self._checkpoint_at = 0.0
        self._checkpoints = threading.Lock()

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A consistent snapshot; nothing written in it is kept."""
        with self._readers() as session:
            try:
                yield session
            finally:
                session.rollback()

    @contextmanager
    def writing(self, *, gives_way: bool = False) -> Generator[Session]:
        """A writing transaction: committed at the end, rolled back by any exception.

        One that `gives_way` begins on SQLite only when nobody else of this process wants to write.
        """
        with self._my_turn(gives_way), self._writers() as session, session.begin():
            session.connection()  # the lock is waited for here, not at the first statement
            yield session
            if not self.is_sqlite:
                session.execute(_NOTIFY)

    @contextmanager
    def _my_turn(self, gives_way: bool) -> Generator[None]:
        """Threads of this process queue for SQLite's write lock here. Its own busy handler sleeps
        longer and longer between two tries, so a click could starve beside a long sweep."""
        is_mine = self.is_sqlite and self._turns.take(BUSY_TIMEOUT_MS / 1000, gives_way=gives_way)
        try:
            yield
        finally:
            if is_mine:
                self._turns.give_back(rest=PAUSE if gives_way else 0.0)

    def checkpoint(self) -> None:
        """Move what was committed from SQLite's log into the database, while others go on writing;
        nothing when that was done a moment ago. What a reader still needs is left for later.

        Without it the one whose commit fills the log does so, and everybody who wants to write
        waits: a tenth of a second in a sweep.
        """
        if not self.is_sqlite or not self._checkpoints.acquire(blocking=False):
            return
        try:
            if time.monotonic() >= self._checkpoint_at:
                with closing(self.engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
                self._checkpoint_at = time.monotonic() + CHECKPOINT_EVERY
        finally:
            self._checkpoints.release()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@cache
def database() -> Database:
    """The database of this process, by the settings."""
    return Database(settings().database_url)


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-65536",
            f"wal_autocheckpoint={PAGES_UNTIL_CHECKPOINT}",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        if connection.get_execution_options().get(_WRITES):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_writing(connection: Connection) -> None:
    """Take the write lock as soon as the process that holds it lets go, however short that is.

    SQLite's own wait sleeps up to a tenth of a second between two tries, which beside a sweep of
    another process misses nearly every pause: half of the clicks waited for half a second, and
    one in twenty for five. Raises OperationalError after BUSY_TIMEOUT_MS.
    """
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > end:
                    raise
            time.sleep(TRY_AGAIN)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _postgres(url: str) -> Engine:
    return create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True)
