"""The engine at 100,000 open tickets: an idle sweep, and a thousand escalations at once."""

import sqlite3
import statistics
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from bench.seeding import seed
from escalation_app.clock import using, utc_now
from escalation_app.db import Database
from escalation_app.engine.timers import BATCH, due_tickets, sweep
from escalation_app.launcher.memory import leave_start_out_of_collections

MANY, FEW = 100_000, 1_000
ESCALATIONS = 1_000
SWEEPS = 1_000
_WRITTEN = ("ticket", "clock", "escalation", "path_run", "path_step", "event", "outbox", "timer")


class _At:
    """A clock whose wall stands at an instant."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def utc_now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return monotonic()


def run(many: int = MANY) -> dict[str, float]:
    """`idle_sweep_100k_ms` (median), how it grows from 1,000 tickets (`idle_sweep_growth`),
    `escalate_1000_of_100k_s` until all are committed, the longest time a batch held the write
    lock, and the same rows written by executemany (`escalate_baseline_s`).

    Raises RuntimeError if not every ticket escalated exactly once.
    """
    leave_start_out_of_collections()
    now = utc_now()
    due_at = now + timedelta(minutes=5)
    with tempfile.TemporaryDirectory(prefix="bench-engine-") as folder:
        few = _seeded(Path(folder) / "few.db", FEW, [], now)
        large = Path(folder) / "many.db"
        many_at_once = _seeded(large, many, [due_at] * ESCALATIONS, now)
        idle_few, idle_many = _idle_ms((few, many_at_once), now)
        before = _newest(large)
        with using(_At(due_at + timedelta(milliseconds=1))):
            begun = perf_counter()
            batches = sweep(many_at_once)
            took = perf_counter() - begun
        _check(large, before, sum(batch.changed for batch in batches))
        baseline = _baseline(large, before)
        few.dispose()
        many_at_once.dispose()
    return {
        "idle_sweep_100k_ms": idle_many,
        "idle_sweep_growth": idle_many / idle_few,
        "escalate_1000_of_100k_s": took,
        "escalate_longest_lock_ms": 1000 * max(batch.seconds for batch in batches),
        "escalate_baseline_s": baseline,
    }


def _seeded(path: Path, tickets: int, due: Sequence[datetime], now: datetime) -> Database:
    url = f"sqlite:///{path}"
    seed(url, tickets, due=due, now=now)
    return Database(url)


def _idle_ms(databases: Sequence[Database], now: datetime) -> list[float]:
    """The median of a sweep and of the claim it would make, both asked of each database in turn,
    so that they share the machine's moods."""
    times: list[list[float]] = [[] for _ in databases]
    for _ in range(SWEEPS):
        for database, took in zip(databases, times, strict=True):
            begun = perf_counter()
            with database.reading() as session:
                claimed = due_tickets(session, now, BATCH)
            if claimed or sweep(database):
                raise RuntimeError("something is due already")
            took.append(perf_counter() - begun)
    return [1000 * statistics.median(took) for took in times]


def _newest(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        return {
            table: connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
            for table in _WRITTEN
        }


def _check(path: Path, before: dict[str, int], changed: int) -> None:
    asked = "SELECT count(DISTINCT run_id), count(*) FROM path_step WHERE rowid > ?"
    with sqlite3.connect(path) as connection:
        runs, steps = connection.execute(asked, (before["path_step"],)).fetchone()
    if not changed == runs == steps == ESCALATIONS:
        raise RuntimeError(f"{changed} tickets, {runs} runs and {steps} steps, not {ESCALATIONS}")


def _baseline(path: Path, before: dict[str, int]) -> float:
    """Seconds to write the very rows that the sweep wrote, prebuilt, in one transaction, into a
    database that stands as it did before."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    added: dict[str, list[Any]] = {}
    for table in ("escalation", "path_run", "path_step", "event", "outbox"):
        wanted = f"SELECT * FROM {table} WHERE rowid > ?"
        added[table] = connection.execute(wanted, (before[table],)).fetchall()
    tickets = connection.execute(
        "SELECT t.updated_at, t.revision, t.is_escalated, t.assignee_id, t.sort_at, t.id"
        " FROM ticket t JOIN path_run r ON r.ticket_id = t.id WHERE r.rowid > ?",
        (before["path_run"],),
    ).fetchall()
    ids = [(ticket[-1],) for ticket in tickets]
    write = connection.executemany  # one call per table, as fast as the driver goes
    connection.execute("BEGIN IMMEDIATE")
    for table in ("outbox", "event", "path_step", "path_run", "escalation"):
        connection.execute(f"DELETE FROM {table} WHERE rowid > ?", (before[table],))
    connection.execute("COMMIT")
    begun = perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in added.items():
        write(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    write(
        "UPDATE ticket SET updated_at = ?, revision = ?, is_escalated = ?, assignee_id = ?,"
        " sort_at = ? WHERE id = ?",
        tickets,
    )
    write(
        "UPDATE clock SET mark = mark WHERE subject_type = 'ticket' AND subject_id = ?"
        " AND metric = 'resolution'",
        ids,
    )
    write("UPDATE timer SET due_at = due_at WHERE subject_type = 'ticket' AND subject_id = ?", ids)
    connection.execute("COMMIT")
    took = perf_counter() - begun
    connection.close()
    return took
