"""One run: people at work, two engines, kills at random, and what is wrong afterwards."""

import fcntl
import os
import random
import signal
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from escalation_app.db import Database
from escalation_app.models import HeartbeatRow, OutboxRow, PathStepRow, TicketRow, TimerRow
from escalation_app.services.queries.audit import Fault
from escalation_app.services.tables import columns
from tests.support.crash.checks import Evidence, Wrong, find_all, mail_rows, message_id
from tests.support.crash.desk import furnish
from tests.support.crash.mailbox import receiving
from tests.support.crash.nursery import Nursery, nursery

ENGINES = 2
KILL_AFTER = (0.2, 0.9)
"""Seconds between two kills."""
AHEAD = timedelta(seconds=5)
"""How far ahead timers are waited for once the people are gone: promises, and the steps after."""
STARTS_WITHIN = 60.0
SETTLES_WITHIN = 90.0

_OUTBOX = columns(OutboxRow)
_TIMERS = columns(TimerRow)
_BEATS = columns(HeartbeatRow)
_TICKETS = columns(TicketRow)
_STEPS = columns(PathStepRow)


@dataclass(slots=True)
class Kill:
    """What an engine held at the moment it was stopped: the transaction that writes, and messages
    it had leased and not yet settled. `due` is how many tickets waited for any engine."""

    in_transaction: bool
    leased: int
    due: int

    @property
    def in_flight(self) -> bool:
        return self.in_transaction or self.leased > 0


@dataclass(slots=True)
class Outcome:
    """What a run did, and all that is wrong."""

    kills: list[Kill] = field(default_factory=list[Kill])
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    tickets: int = 0
    steps: int = 0
    mails: int = 0
    sent_again: int = 0

    def share(self, count: int) -> float:
        return count / max(1, len(self.kills))

    @property
    def in_flight_share(self) -> float:
        return self.share(sum(kill.in_flight for kill in self.kills))

    @property
    def in_transaction_share(self) -> float:
        return self.share(sum(kill.in_transaction for kill in self.kills))

    def count(self, fault: Fault) -> int:
        """How many things are wrong in this way."""
        return sum(wrong.count for wrong in self.wrong if wrong.fault is fault)


def crash(
    url: str, folder: Path, kills: int, *, seed: int, fault: str = "", settles: bool = True
) -> Outcome:
    """Kill `kills` engines of a migrated, empty database, let the rest settle and look.

    `fault` is planted in every engine (faults.FAULTS). With `settles` False the last engines are
    killed too, and what is left undone counts as lost. Raises AssertionError when it does not
    settle, or when anything ends that was not killed.
    """
    database = Database(url)
    furnish(database)
    try:
        with nursery(folder) as forks, receiving(seed) as (mailbox, smtp_url):
            scene = _Scene(database, forks, folder, smtp_url, random.Random(seed), fault)
            scene.play(kills, seed, settles=settles)
            evidence = Evidence(scene.journal, mailbox.received, scene.cut_off)
            scene.outcome.wrong = find_all(database, evidence)
            scene.outcome.mails = mailbox.received.total()
            scene.outcome.sent_again = mailbox.received.total() - len(mailbox.received)
            scene.outcome.tickets = scene.count(_TICKETS)
            scene.outcome.steps = scene.count(_STEPS)
            return scene.outcome
    finally:
        database.dispose()


@dataclass(slots=True)
class _Scene:
    database: Database
    forks: Nursery
    folder: Path
    smtp_url: str
    chance: random.Random
    fault: str
    outcome: Outcome = field(default_factory=Outcome)
    cut_off: Counter[str] = field(default_factory=Counter[str])
    engines: dict[int, int] = field(default_factory=dict[int, int])
    """Numbers by process id."""
    started: int = 0

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def play(self, kills: int, seed: int, *, settles: bool) -> None:
        people = self.forks.start_people(self.database.url, self.journal, seed)
        for _ in range(ENGINES):
            self.start()
        self.wait_for_steps()
        with self.lock_file() as lock:
            for _ in range(kills):
                time.sleep(self.chance.uniform(*KILL_AFTER))
                self.kill(self.chance.choice(self.at_work()), lock)
                self.start()
            if not settles:
                for pid in list(self.engines):
                    self.kill(pid, lock)
        os.kill(people, signal.SIGTERM)
        self.ends(people, 0, "people")
        if settles:
            self.settle()
        for pid, number in self.engines.items():
            os.kill(pid, signal.SIGTERM)
            self.ends(pid, 0, f"engine-{number}")

    def ends(self, pid: int, code: int, name: str) -> None:
        """Wait for its end, which must be this one."""
        found = self.forks.wait(pid)
        log = self.folder / f"{name}.log"
        assert found == code, f"{name} ended with {found}\n{log.read_text()[-3000:]}"

    def wait_for_steps(self) -> None:
        """The first promises run out, and the engines take the first steps."""
        end = time.monotonic() + STARTS_WITHIN
        while self.count(_STEPS) == 0:
            assert time.monotonic() < end, "the engines do nothing"
            time.sleep(0.05)

    def count(self, table: Any, *where: Any) -> int:
        with self.database.reading() as session:
            counted = select(func.count()).select_from(table).where(*where)
            return session.execute(counted).scalar_one()

    def start(self) -> None:
        number = self.started
        self.started += 1
        url = self.database.url
        if not self.database.is_sqlite:
            url += f"&application_name=engine-{number}"
        pid = self.forks.start_engine(
            number, self.fault, DATABASE_URL=url, SMTP_URL=self.smtp_url, LOG_LEVEL="WARNING"
        )
        self.engines[pid] = number

    def at_work(self) -> list[int]:
        """The engines that have begun to work, once there is one: their heart beats."""
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            with self.database.reading() as session:
                beats = session.execute(select(_BEATS.c.engine)).scalars().all()
            beating = {int(name.rpartition(":")[2]) for name in beats}
            if found := [pid for pid in self.engines if pid in beating]:
                return found
            time.sleep(0.01)
        raise AssertionError("no engine begins to work")

    def kill(self, pid: int, lock: int) -> None:
        """Stop the engine where it is, see what it holds, and kill it; what it had leased runs
        out at once, as it would in a few minutes."""
        number = self.engines.pop(pid)
        os.kill(pid, signal.SIGSTOP)
        in_transaction = (
            _holds_write_lock(lock, pid) if self.database.is_sqlite else self.has_written(number)
        )
        os.kill(pid, signal.SIGKILL)
        self.ends(pid, -signal.SIGKILL, f"engine-{number}")
        theirs = (_OUTBOX.c.state == "leased", _OUTBOX.c.lease_owner.startswith(f"{pid}-"))
        waiting = self.count(_TIMERS, _TIMERS.c.due_at <= datetime.now(UTC))
        with self.database.writing() as session:
            leased = [message_id(row) for row in mail_rows(session, *theirs)]
            past = datetime.now(UTC) - timedelta(seconds=1)
            session.execute(update(_OUTBOX).where(*theirs).values(lease_until=past))
        self.cut_off.update(leased)
        self.outcome.kills.append(Kill(in_transaction, len(leased), waiting))

    def has_written(self, number: int) -> bool:
        """Whether a transaction of the engine has changed or locked rows."""
        with self.database.reading() as session:
            found = session.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE application_name = :name AND backend_xid IS NOT NULL"
                ),
                {"name": f"engine-{number}"},
            )
            return bool(found.scalar_one())

    def settle(self) -> None:
        """Wait until no message is left, and no timer within AHEAD of when that is seen: nothing
        falls due between the end of the engines and the look at what they left."""
        end = time.monotonic() + SETTLES_WITHIN
        while left := self.left(datetime.now(UTC) + AHEAD):
            assert time.monotonic() < end, f"it does not settle: {left}"
            time.sleep(0.2)

    def left(self, until: datetime) -> dict[str, int]:
        waiting = _OUTBOX.c.state.in_(("pending", "leased", "digest"))
        soon = _TIMERS.c.due_at < until
        counts = {"timers": self.count(_TIMERS, soon), "messages": self.count(_OUTBOX, waiting)}
        return {name: count for name, count in counts.items() if count}

    @contextmanager
    def lock_file(self) -> Iterator[int]:
        """SQLite's shared memory, in which its locks are. It stays open: closing it would drop
        the locks that this process holds in it itself."""
        if not self.database.is_sqlite:
            yield -1
            return
        file = os.open(self.database.url.removeprefix("sqlite:///") + "-shm", os.O_RDWR)
        _kept_open.append(file)
        yield file


_kept_open: list[int] = []
_FLOCK = "hhqqi4x"
_WRITE_LOCK_BYTE = 120
"""WAL_WRITE_LOCK of SQLite's wal.c lies behind 120 bytes of the shared memory's header."""


def _holds_write_lock(lock: int, pid: int) -> bool:
    """Whether the process holds SQLite's write lock, by asking Linux who would keep us from it."""
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _WRITE_LOCK_BYTE, 1, 0)
    with suppress(OSError):
        kind, _, _, _, holder = struct.unpack(_FLOCK, fcntl.fcntl(lock, fcntl.F_GETLK, asked))
        return kind != fcntl.F_UNLCK and holder == pid
    return False
