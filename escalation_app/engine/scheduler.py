"""What wakes the engine: the earliest due instant, every second, and every commit.

APScheduler only ticks; truth is in the timer rows, so that several engines, in one process or in
many, do everything once. Sweeps run in one thread of their own, never on the event loop.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import (  # pyright: ignore[reportMissingTypeStubs]
    AsyncIOScheduler,
)

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database, database
from escalation_app.engine import heartbeat
from escalation_app.engine.auditor import Auditor
from escalation_app.engine.heartbeat import Beat, engine_name
from escalation_app.engine.outbox import Dispatcher
from escalation_app.engine.preventions import remind_owners
from escalation_app.engine.recounts import recounts
from escalation_app.engine.steady import SteadyClock
from escalation_app.engine.timers import Batch, batches, next_due_at
from escalation_app.notifications import channels, posts
from escalation_app.settings import settings

log = logging.getLogger(__name__)

logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick

T = TypeVar("T")

TICK = 1.0
"""Seconds between two looks when nothing else wakes the engine."""
MAIL_PAUSE = 0.2
"""Seconds between two looks at the outbox, at least."""
AUDIT_EVERY = 60.0
"""Seconds between two looks of the auditor."""


class Engine:
    """Fires what is due and sends what is to be sent, until it is stopped."""

    def __init__(self, on: Database, dispatcher: Dispatcher | None = None) -> None:
        self._database = on
        self._dispatcher = dispatcher
        self._steady = SteadyClock()
        self._stopping = threading.Event()
        self._sweeper = ThreadPoolExecutor(1, thread_name_prefix="sweep")
        self._mailer = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._inspector = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._auditor = Auditor(on)
        self._scheduler: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = asyncio.Event()
        self._mail = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ticked_at = 0.0
        self._beaten_at: float | None = None
        self._late = timedelta(0)
        """How late the earliest timer was that was noticed since the last sign of life."""
        now = utc_now()
        self._beat = Beat(engine_name(), now, now)

    async def start(self) -> None:
        """Begin at once; returns without waiting for the first sweep."""
        self._loop = asyncio.get_running_loop()
        self._ticked_at = self._loop.time()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._scheduler.start()
        self._keep_ticking()
        self._tasks = [
            asyncio.create_task(self._sweeping(), name="engine-sweeps"),
            asyncio.create_task(self._watching(), name="engine-watchdog"),
            asyncio.create_task(self._auditing(), name="engine-auditor"),
        ]
        if self._dispatcher is not None:
            self._tasks.append(asyncio.create_task(self._dispatching(), name="engine-outbox"))
        log.info("Engine %s started", self._beat.engine)
        self._wake_up()

    async def stop(self) -> None:
        """Finish the batch at hand and end; its heartbeat is taken away."""
        if self._loop is None:
            return
        self._stopping.set()
        self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._dispatcher is not None:
            self._dispatcher.halt()
        await asyncio.to_thread(self._close)
        self._loop = None
        log.info("Engine %s stopped", self._beat.engine)

    def wake(self) -> None:
        """Look at once whether something is due. May be called from any thread."""
        loop = self._loop
        if loop is not None and not self._stopping.is_set():
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._wake_up)

    def _wake_up(self) -> None:
        self._due.set()
        self._mail.set()

    def _close(self) -> None:
        self._sweeper.shutdown(wait=True)
        self._mailer.shutdown(wait=True)
        self._inspector.shutdown(wait=True)
        if self._dispatcher is not None:
            self._dispatcher.close()
        with self._database.writing() as session:
            heartbeat.end(session, self._beat.engine)

    # On the event loop ----------------------------------------------------------------------

    def _keep_ticking(self) -> None:
        self._scheduler.add_job(
            self._tick, "interval", seconds=TICK, id="tick", replace_existing=True
        )

    async def _tick(self) -> None:
        assert self._loop is not None
        self._ticked_at = self._loop.time()
        self._wake_up()

    async def _watching(self) -> None:
        """Keep the ticks coming when the wall clock is set back, which stops interval jobs."""
        assert self._loop is not None
        while True:
            await asyncio.sleep(TICK)
            if self._loop.time() - self._ticked_at > 2 * TICK:
                log.warning("The scheduler missed its ticks; it is started anew")
                self._ticked_at = self._loop.time()
                self._keep_ticking()
                self._wake_up()

    async def _sweeping(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            next_due = await self._guarded(self._sweeper, self._sweep)
            self._mail.set()
            if next_due is not None and next_due > utc_now():
                self._scheduler.add_job(
                    self._tick, "date", run_date=next_due, id="due", replace_existing=True
                )

    async def _auditing(self) -> None:
        while True:
            await asyncio.sleep(AUDIT_EVERY)
            await self._guarded(self._inspector, self._audit)
            await self._guarded(self._inspector, self._remind)

    async def _dispatching(self) -> None:
        assert self._dispatcher is not None
        while True:
            await self._mail.wait()
            self._mail.clear()
            await self._guarded(self._mailer, self._send)
            await asyncio.sleep(MAIL_PAUSE)

    async def _guarded(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T | None:
        """Run in the pool; a failure is logged and tried again at the next tick."""
        assert self._loop is not None
        try:
            return await self._loop.run_in_executor(pool, work)
        except Exception:
            log.exception("Engine %s failed; it goes on in a second", self._beat.engine)
            await asyncio.sleep(TICK)
            return None

    # In the mailer's thread -----------------------------------------------------------------

    def _send(self) -> None:
        """Send what is due. By a clock that was just set, leases would seem to have run out."""
        assert self._dispatcher is not None
        if self._steady.is_steady():
            self._dispatcher.turn()

    # In the auditor's thread ----------------------------------------------------------------

    def _audit(self) -> None:
        """Look whether tickets have the timers they need; not by a clock that was just set."""
        if self._steady.is_steady():
            self._auditor.look(utc_now(), self._goes_on)

    def _remind(self) -> None:
        """Remind who owns a prevention that is due; it is a matter of days, not of seconds."""
        if self._goes_on() and not self._steady.held_until:
            remind_owners(self._database, self._goes_on)

    # In the sweep's thread ------------------------------------------------------------------

    def _sweep(self) -> datetime | None:
        """Fire everything due; returns when something is due next."""
        if self._is_held():
            return None
        begun = monotonic()
        for batch in batches(self._database, self._goes_on):
            self._count(batch)
            self._write_beat()
        self._follow_calendars()
        self._beat = replace(self._beat, sweep_seconds=monotonic() - begun)
        self._write_beat()
        self._database.checkpoint()  # of what others wrote, too
        with self._database.reading() as session:
            return next_due_at(session)

    def _goes_on(self) -> bool:
        return not self._stopping.is_set() and self._steady.is_steady()

    def _is_held(self) -> bool:
        """Whether nothing is fired because the clock was set; the sign of life then says so, and
        whoever reads it there can confirm the new time."""
        if not self._steady.is_steady():
            self._write_beat()
            if heartbeat.is_confirmed(self._database, self._beat):
                self._steady.confirm()
        if self._steady.held_until is None and self._beat.held_until is None:
            return False
        self._write_beat()
        return self._steady.held_until is not None

    def _follow_calendars(self) -> None:
        """Let clocks follow the days that were added to calendars or taken out of them."""
        for tickets in recounts(self._database, self._goes_on):
            log.info("The clocks of %d tickets were counted again", tickets)
            self._write_beat()

    def _count(self, batch: Batch) -> None:
        self._late = max(self._late, batch.lag)
        self._beat = replace(
            self._beat,
            fired_total=self._beat.fired_total + batch.claimed,
            failed_total=self._beat.failed_total + batch.failed,
        )
        log.info(
            "Engine %s fired %d tickets, %d of them failed, in %.0f ms, up to %.3f s late",
            self._beat.engine,
            batch.claimed,
            batch.failed,
            batch.seconds * 1000,
            batch.lag.total_seconds(),
        )

    def _write_beat(self) -> None:
        """Leave a sign of life, if the last one is old enough or does not say what is held."""
        passed, held_until = monotonic(), self._steady.held_until
        is_young = self._beaten_at is not None and passed - self._beaten_at < heartbeat.EVERY
        if is_young and held_until == self._beat.held_until:
            return
        self._beaten_at = passed
        now = utc_now()
        with self._database.writing() as session:
            due_at = next_due_at(session)
            overdue = timedelta(0) if due_at is None else now - due_at
            lag, self._late = max(self._late, overdue, timedelta(0)), timedelta(0)
            self._beat = replace(
                self._beat,
                at=now,
                lag=lag,
                held_until=held_until,
                jumped_by=self._steady.jumped_by,
                audited_total=self._auditor.audited_total,
                repaired_total=self._auditor.repaired_total,
            )
            heartbeat.beat(session, self._beat)


@asynccontextmanager
async def lifespan(on: Database | None = None) -> AsyncGenerator[Engine]:
    """The engine of this process, running for as long as the block does."""
    where = on or database()
    wanted = settings()
    dispatcher = Dispatcher(where, channels(wanted), posts(wanted), wanted.public_url)
    engine = Engine(where, dispatcher)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()
