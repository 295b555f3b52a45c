"""The engine at 1,000 to 1,000,000 open tickets: an idle sweep, and ten thousand escalations due in
the same second, on SQLite and on PostgreSQL, each beside the same rows written by the driver."""

import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.crowd import crowd
from escalation_app.clock import using, utc_now
from escalation_app.db import Database
from escalation_app.engine.timers import BATCH, Batch, due_tickets, sweep
from escalation_app.launcher.memory import leave_start_out_of_collections
from tests.support import postgres

FEW, MANY, MOST = 1_000, 100_000, 1_000_000
ESCALATIONS, FLOOD = 1_000, 10_000
SWEEPS = 1_000
ROUNDS = 3
DUE_IN = timedelta(minutes=5)
ADDED = ("escalation", "path_run", "path_step", "event", "outbox")
"""The tables to which an escalation adds rows, in the order in which they refer to each other."""


class _At:
    """A clock whose wall stands at an instant."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def utc_now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return monotonic()


def run(most: int = MOST) -> dict[str, float]:
    """`idle_sweep_100k_ms` (median) and how it grows from 1,000 to 100,000 and to `most` tickets;
    seconds until 1,000 and 10,000 escalations of 100,000 tickets are committed, and the same rows
    written by executemany in one transaction: of ROUNDS the one with the median ratio. And the
    longest time a batch of any of them held SQLite's write lock.

    Raises RuntimeError if not every ticket escalated exactly once.
    """
    leave_start_out_of_collections()
    now = utc_now()
    with tempfile.TemporaryDirectory(prefix="bench-engine-") as name:
        folder = Path(name)
        found = _idle(folder, now, most)
        thousand = _middle(_on_sqlite(folder, ESCALATIONS, now))
        floods = _on_sqlite(folder, FLOOD, now)
    flood = _middle(floods)
    found |= {
        "escalate_1000_of_100k_s": thousand.took,
        "escalate_baseline_s": thousand.raw,
        "escalate_longest_lock_ms": max(each.locked_ms for each in floods),
        "escalate_10000_of_100k_s": flood.took,
        "escalate_10000_raw_s": flood.raw,
        "escalate_10000_of_100k_vs_raw": flood.ratio,
    }
    with postgres.running(durable=True) as server:
        if server is not None:
            flood = _middle(_on_postgres(server, now))
            found |= {
                "escalate_10000_of_100k_pg_s": flood.took,
                "escalate_10000_pg_raw_s": flood.raw,
                "escalate_10000_of_100k_pg_vs_raw": flood.ratio,
            }
    return found


# Idle ----------------------------------------------------------------------------------------


def _idle(folder: Path, now: datetime, most: int) -> dict[str, float]:
    """The median of a sweep and of the claim it would make, asked of each database in turn, so that
    they share the machine's moods."""
    databases: list[Database] = []
    for tickets in (FEW, MANY, most):
        url = f"sqlite:///{folder / f'idle-{tickets}.db'}"
        crowd(url, tickets, now=now)
        databases.append(Database(url))
    times: list[list[float]] = [[] for _ in databases]
    for _ in range(SWEEPS):
        for database, took in zip(databases, times, strict=True):
            begun = perf_counter()
            with database.reading() as session:
                claimed = due_tickets(session, now, BATCH)
            if claimed or sweep(database):
                raise RuntimeError("something is due already")
            took.append(perf_counter() - begun)
    few, many, all_of_them = (1000 * statistics.median(took) for took in times)
    for database in databases:
        database.dispose()
    return {
        "idle_sweep_100k_ms": many,
        "idle_sweep_growth": many / few,
        "idle_sweep_growth_1k_to_1m": all_of_them / few,
    }


# Escalations ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Flood:
    """Seconds the engine took, and the driver for the same rows; the longest time in milliseconds
    that a batch held the write lock."""

    took: float
    raw: float
    locked_ms: float

    @property
    def ratio(self) -> float:
        return self.raw / self.took


def _middle(floods: Sequence[_Flood]) -> _Flood:
    """The one with the median ratio: the machine's moods change between two runs."""
    return sorted(floods, key=lambda each: each.ratio)[len(floods) // 2]


Ask = Callable[..., list[Any]]


def _on_sqlite(folder: Path, count: int, now: datetime) -> list[_Flood]:
    """The same flood ROUNDS times."""
    seed, fired, raw = (folder / f"{name}-{count}.db" for name in ("seed", "fired", "raw"))
    crowd(f"sqlite:///{seed}", MANY, due=[now + DUE_IN] * count, now=now)
    found: list[_Flood] = []
    for _ in range(ROUNDS):
        for copy in (fired, raw):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{copy}{suffix}").unlink(missing_ok=True)
            shutil.copyfile(seed, copy)
        newest = _newest(_asking(fired))
        took, batches = _fire(f"sqlite:///{fired}", now)
        ask = _asking(fired)
        _check(ask, newest, count, batches)
        locked = 1000 * max(batch.seconds for batch in batches)
        found.append(_Flood(took, _raw_on_sqlite(raw, _rows(ask, newest)), locked))
    return found


def _on_postgres(server: postgres.Server, now: datetime) -> list[_Flood]:
    """The same flood ROUNDS times."""
    server.execute("CREATE DATABASE seeded")
    crowd(server.url("seeded"), MANY, due=[now + DUE_IN] * FLOOD, now=now)
    found: list[_Flood] = []
    for _ in range(ROUNDS):
        for name in ("fired", "raw"):
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE seeded")
        with _connected(server.url("fired")) as connection:
            newest = _newest(_asking_postgres(connection))
            connection.rollback()
            took, batches = _fire(server.url("fired"), now)
            ask = _asking_postgres(connection)
            _check(ask, newest, FLOOD, batches)
            rows = _rows(ask, newest)
        locked = 1000 * max(batch.seconds for batch in batches)
        with _connected(server.url("raw")) as connection:
            found.append(_Flood(took, _raw_on_postgres(connection, rows), locked))
    return found


def _fire(url: str, now: datetime) -> tuple[float, list[Batch]]:
    database = Database(url)
    with using(_At(now + DUE_IN + timedelta(milliseconds=1))):
        begun = perf_counter()
        batches = sweep(database)
        took = perf_counter() - begun
    database.dispose()
    return took, batches


def _asking(path: Path) -> Ask:
    def ask(sql: str, *values: object) -> list[Any]:
        with sqlite3.connect(path) as connection:
            return connection.execute(sql, values).fetchall()

    return ask


def _asking_postgres(connection: psycopg.Connection[Any]) -> Ask:
    def ask(sql: str, *values: object) -> list[Any]:
        return connection.execute(sql.replace("?", "%s").encode(), values).fetchall()

    return ask


def _connected(url: str) -> psycopg.Connection[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain)


def _newest(ask: Ask) -> dict[str, int]:
    """The highest key of each table that has one."""
    return {
        table: ask(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0]
        for table in ADDED
        if table != "path_step"
    }


def _check(ask: Ask, newest: dict[str, int], count: int, batches: Sequence[Batch]) -> None:
    changed = sum(batch.changed for batch in batches)
    ((runs, steps),) = ask(
        "SELECT count(DISTINCT run_id), count(*) FROM path_step WHERE run_id > ?",
        newest["path_run"],
    )
    if not changed == runs == steps == count:
        raise RuntimeError(f"{changed} tickets, {runs} runs and {steps} steps, not {count}")


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the engine wrote: rows that it added by table, and the values it set, keys last."""

    added: dict[str, list[Any]]
    tickets: list[Any]
    clocks: list[Any]
    timers: list[Any]


def _rows(ask: Ask, newest: dict[str, int]) -> _Rows:
    since = newest["path_run"]
    theirs = "(SELECT ticket_id FROM path_run WHERE id > ?)"
    return _Rows(
        added={
            table: ask(f"SELECT * FROM {table} WHERE {key} > ?", newest.get(table, since))
            for table in ADDED
            for key in ("run_id" if table == "path_step" else "id",)
        },
        tickets=ask(
            "SELECT updated_at, revision, is_escalated, assignee_id, sort_at, id FROM ticket"
            f" WHERE id IN {theirs} ORDER BY id",
            since,
        ),
        clocks=ask(
            "SELECT mark_us, breached_at, noticed_at, id FROM clock WHERE subject_type = 'ticket'"
            f" AND metric = 'resolution' AND subject_id IN {theirs} ORDER BY id",
            since,
        ),
        timers=ask(
            "SELECT due_at, failures, subject_id FROM timer WHERE subject_type = 'ticket'"
            f" AND subject_id IN {theirs} ORDER BY subject_id",
            since,
        ),
    )


_CHANGES = {
    "tickets": "UPDATE ticket SET updated_at = ?, revision = ?, is_escalated = ?,"
    " assignee_id = ?, sort_at = ? WHERE id = ?",
    "clocks": "UPDATE clock SET mark_us = ?, breached_at = ?, noticed_at = ? WHERE id = ?",
    "timers": "UPDATE timer SET due_at = ?, failures = ?"
    " WHERE subject_type = 'ticket' AND subject_id = ?",
}


def _raw_on_sqlite(path: Path, rows: _Rows) -> float:
    """Seconds to write the very rows by executemany, in one transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    begun = perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for table, added in rows.added.items():
        marks = ", ".join("?" * len(added[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", added)
    for name, sql in _CHANGES.items():
        connection.executemany(sql, getattr(rows, name))
    connection.execute("COMMIT")
    took = perf_counter() - begun
    connection.close()
    return took


def _raw_on_postgres(connection: psycopg.Connection[Any], rows: _Rows) -> float:
    from psycopg.types.json import Jsonb

    def plain(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(Jsonb(value) if isinstance(value, dict | list) else value for value in row)

    added = {table: list(map(plain, each)) for table, each in rows.added.items()}
    begun = perf_counter()
    with connection.cursor() as cursor:
        for table, each in added.items():
            marks = ", ".join(["%s"] * len(each[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})".encode(), each)
        for name, sql in _CHANGES.items():
            cursor.executemany(sql.replace("?", "%s").encode(), getattr(rows, name))
    connection.commit()
    return perf_counter() - begun
