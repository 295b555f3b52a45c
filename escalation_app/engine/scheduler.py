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
from escalation_app.engine.heartbeat import Beat, engine_name
from escalation_app.engine.outbox import Dispatcher
from escalation_app.engine.recounts import recounts
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
JUMP = 60.0
"""Seconds by which wall clock and monotonic clock may part before firing is held."""
SETTLED_AFTER = 60.0
"""Seconds without another jump after which the new time counts."""


class SteadyClock:
    """Tells whether the wall clock can be trusted.

    It was set when it parts from the monotonic clock by more than JUMP seconds at once. Nothing
    is fired until it has kept step for SETTLED_AFTER seconds.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._held_until: float | None = None

    def is_steady(self) -> bool:
        passed = monotonic()
        offset = utc_now().timestamp() - passed
        jumped = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(jumped) > JUMP:
            log.error("The clock was set by %+.0f s; nothing is fired until it settles", jumped)
            self._held_until = passed + SETTLED_AFTER
        if self._held_until is None:
            return True
        if passed < self._held_until:
            return False
        log.warning("The clock has settled; firing goes on")
        self._held_until = None
        return True


class Engine:
    """Fires what is due and sends what is to be sent, until it is stopped."""

    def __init__(self, on: Database, dispatcher: Dispatcher | None = None) -> None:
        self._database = on
        self._dispatcher = dispatcher
        self._steady = SteadyClock()
        self._stopping = threading.Event()
        self._sweeper = ThreadPoolExecutor(1, thread_name_prefix="sweep")
        self._mailer = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._scheduler: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = asyncio.Event()
        self._mail = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ticked_at = 0.0
        self._beaten_at: float | None = None
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

    async def _dispatching(self) -> None:
        assert self._dispatcher is not None
        while True:
            await self._mail.wait()
            self._mail.clear()
            await self._guarded(self._mailer, self._dispatcher.turn)
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

    # In the sweep's thread ------------------------------------------------------------------

    def _sweep(self) -> datetime | None:
        """Fire everything due; returns when something is due next."""
        if not self._steady.is_steady():
            self._write_beat()
            return None
        begun = monotonic()
        lag = timedelta(0)
        for batch in batches(self._database, lambda: not self._stopping.is_set()):
            lag = max(lag, batch.lag)
            self._count(batch)
            self._write_beat()
        self._follow_calendars()
        self._beat = replace(self._beat, sweep_seconds=monotonic() - begun, lag=lag)
        self._write_beat()
        with self._database.reading() as session:
            return next_due_at(session)

    def _follow_calendars(self) -> None:
        """Let clocks follow the days that were added to calendars or taken out of them."""
        for tickets in recounts(self._database, lambda: not self._stopping.is_set()):
            log.info("The clocks of %d tickets were counted again", tickets)
            self._write_beat()

    def _count(self, batch: Batch) -> None:
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
        """Leave a sign of life, if the last one is old enough."""
        passed = monotonic()
        if self._beaten_at is not None and passed - self._beaten_at < heartbeat.EVERY:
            return
        self._beaten_at = passed
        self._beat = replace(self._beat, at=utc_now())
        with self._database.writing() as session:
            heartbeat.beat(session, self._beat)


@asynccontextmanager
async def lifespan(on: Database | None = None, *, is_on: bool = True) -> AsyncGenerator[Engine]:
    """The engine of this process, running for as long as the block does; with `is_on` False it
    never starts, and waking it does nothing."""
    where = on or database()
    wanted = settings()
    dispatcher = Dispatcher(where, channels(wanted), posts(wanted), wanted.public_url)
    engine = Engine(where, dispatcher)
    if is_on:
        await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()
