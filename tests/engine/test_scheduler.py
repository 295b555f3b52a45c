"""What wakes the engine, with real time: it fires when something is due, at once after a commit,
and goes on when clocks are set."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from escalation_app.clock import using
from escalation_app.db import Database
from escalation_app.engine import heartbeat
from escalation_app.engine.scheduler import Engine, lifespan
from escalation_app.models import EventRow, HeartbeatRow, TimerRow
from escalation_app.services import tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def rows(database: Database, model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(select(columns(model))).all())


async def eventually(claim: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait until it holds; fails when it never does."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(claim):  # noqa: ASYNC110 (a row is no event)
            await asyncio.sleep(0.01)


def with_engine(database: Database, body: Callable[[Engine], Awaitable[None]]) -> None:
    async def main() -> None:
        engine = Engine(database)
        await engine.start()
        try:
            await body(engine)
        finally:
            await engine.stop()

    asyncio.run(main())


def open_due_in(desk: SupportDesk, **length: float) -> datetime:
    """A ticket whose first warning falls due that long from now, by the machine's clock."""
    at = datetime.now(UTC) + timedelta(**length)
    opened = at - timedelta(minutes=7, seconds=30)
    with unit_of_work(desk.people["customer"], now=opened, on=desk.database) as uow:
        tickets.open_ticket(uow, tickets.NewTicket("Down", "Help", "high", "high"))
    return at


class _RealTime:
    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def test_what_is_due_fires_within_moments_and_not_before(desk: SupportDesk):
    with using(_RealTime()):
        due_at = open_due_in(desk, seconds=1.3)

        async def wait(engine: Engine) -> None:
            await eventually(lambda: len(rows(desk.database, EventRow)) > 1)

        with_engine(desk.database, wait)

    (warning,) = (row for row in rows(desk.database, EventRow) if row.kind == "sla_warning")
    assert due_at <= warning.recorded_at < due_at + timedelta(seconds=1)


def test_a_commit_wakes_the_engine_for_what_is_due_sooner(desk: SupportDesk):
    with using(_RealTime()):

        async def wait(engine: Engine) -> None:
            await asyncio.to_thread(open_due_in, desk, seconds=-5)
            await asyncio.to_thread(engine.wake)
            await eventually(lambda: len(rows(desk.database, EventRow)) > 1)

        with_engine(desk.database, wait)

    assert {row.kind for row in rows(desk.database, EventRow)} >= {"sla_warning"}


def test_it_looks_every_second_though_nobody_wakes_it(desk: SupportDesk):
    with using(_RealTime()):

        async def wait(engine: Engine) -> None:
            await asyncio.sleep(0.3)
            await asyncio.to_thread(open_due_in, desk, seconds=-5)
            await eventually(lambda: len(rows(desk.database, EventRow)) > 1)

        with_engine(desk.database, wait)


def test_ticks_that_stop_are_started_anew(desk: SupportDesk, caplog: pytest.LogCaptureFixture):
    """As they do when the wall clock is set back."""
    with using(_RealTime()):

        async def wait(engine: Engine) -> None:
            await asyncio.sleep(0.3)
            engine._scheduler.remove_all_jobs()
            await asyncio.to_thread(open_due_in, desk, seconds=-5)
            await eventually(lambda: len(rows(desk.database, EventRow)) > 1)
            await eventually(lambda: engine._scheduler.get_job("tick") is not None)

        with_engine(desk.database, wait)

    assert "missed its ticks" in caplog.text


def test_the_heartbeat_says_how_the_engine_does_and_goes_with_it(desk: SupportDesk):
    with using(_RealTime()):
        open_due_in(desk, seconds=-5)
        seen: list[Any] = []

        async def wait(engine: Engine) -> None:
            await eventually(
                lambda: any(row.fired_total for row in rows(desk.database, HeartbeatRow))
            )
            seen.extend(rows(desk.database, HeartbeatRow))

        with_engine(desk.database, wait)

    (beat,) = seen
    assert beat.engine == heartbeat.engine_name()
    assert (beat.fired_total, beat.failed_total) == (1, 0)
    assert rows(desk.database, HeartbeatRow) == []


def test_a_failing_database_is_survived(
    desk: SupportDesk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    broken = [True]
    real = Database.reading

    def reading(self: Database) -> Any:
        if broken[0]:
            raise OSError("the disk is gone")
        return real(self)

    with using(_RealTime()):
        open_due_in(desk, seconds=-5)
        monkeypatch.setattr(Database, "reading", reading)

        async def wait(engine: Engine) -> None:
            await eventually(lambda: "failed; it goes on" in caplog.text)
            broken[0] = False
            await eventually(lambda: len(rows(desk.database, EventRow)) > 1)

        with_engine(desk.database, wait)


def test_two_engines_in_one_process_fire_once(desk: SupportDesk):
    with using(_RealTime()):
        for _ in range(10):
            open_due_in(desk, seconds=1)

        async def main() -> None:
            engines = [Engine(desk.database), Engine(desk.database)]
            for engine in engines:
                await engine.start()
            await eventually(
                lambda: sum(r.kind == "sla_warning" for r in rows(desk.database, EventRow)) >= 10
            )
            for engine in engines:
                await engine.stop()

        asyncio.run(main())

    warned = [row.ticket_id for row in rows(desk.database, EventRow) if row.kind == "sla_warning"]
    assert len(warned) == len(set(warned)) == 10


def test_the_engine_of_a_process_works_for_as_long_as_it_is_wanted(desk: SupportDesk):
    async def work() -> None:
        async with lifespan(desk.database):
            await eventually(
                lambda: any(row.kind == "sla_warning" for row in rows(desk.database, EventRow))
            )
            await eventually(lambda: bool(rows(desk.database, HeartbeatRow)))

    with using(_RealTime()):
        open_due_in(desk, seconds=-5)
        asyncio.run(work())

    assert rows(desk.database, HeartbeatRow) == []


def test_an_engine_that_was_never_started_can_be_stopped(desk: SupportDesk):
    asyncio.run(Engine(desk.database).stop())


# Heartbeats --------------------------------------------------------------------------------------


def test_engines_that_died_long_ago_are_forgotten(desk: SupportDesk):
    old = desk.now - heartbeat.FORGOTTEN_AFTER - timedelta(seconds=1)
    recent = desk.now - timedelta(minutes=5)
    with desk.database.writing() as session:
        for name, at in (("dead", old), ("silent", recent)):
            heartbeat.beat(session, heartbeat.Beat(name, at, at))
        heartbeat.beat(session, heartbeat.Beat("alive", desk.now, desk.now, fired_total=1))
        heartbeat.beat(session, heartbeat.Beat("alive", desk.now, desk.now, fired_total=2))

    assert {row.engine: row.fired_total for row in rows(desk.database, HeartbeatRow)} == {
        "silent": 0,
        "alive": 2,
    }


def test_a_beat_is_written_about_every_two_seconds(desk: SupportDesk):
    engine = Engine(desk.database)
    beats = []
    for _ in range(9):
        engine._sweep()
        beats.append(rows(desk.database, HeartbeatRow)[0].at)
        desk.clock.advance(timedelta(seconds=1))

    assert len(set(beats)) == 5


def test_a_stale_timer_far_ahead_is_found_when_it_was_brought_forward(desk: SupportDesk):
    desk.open()
    with desk.database.writing() as session:
        session.execute(update(columns(TimerRow)).values(due_at=desk.now + timedelta(days=9)))
    engine = Engine(desk.database)

    far = engine._sweep()
    with desk.database.writing() as session:
        table = columns(TimerRow)
        values = {"subject_type": "ticket", "subject_id": 77, "due_at": desk.now, "failures": 0}
        session.execute(insert(table).values(**values))
    near = engine._sweep()

    assert far == near == desk.now + timedelta(days=9)


def test_the_lag_says_how_late_the_earliest_was_noticed(desk: SupportDesk):
    desk.open()
    engine = Engine(desk.database)
    engine._sweep()
    desk.clock.advance(timedelta(minutes=7, seconds=42))
    engine._sweep()
    late = rows(desk.database, HeartbeatRow)[0].lag_us
    desk.clock.advance(timedelta(seconds=2))
    engine._sweep()

    assert late == 12_000_000
    assert rows(desk.database, HeartbeatRow)[0].lag_us == 0


def test_the_lag_counts_what_has_not_been_come_to_yet(desk: SupportDesk):
    """As in the middle of a long backlog, or while firing is held."""
    desk.open()
    engine = Engine(desk.database)
    engine._sweep()
    desk.clock.set_to(desk.now + timedelta(minutes=8))
    engine._sweep()

    assert rows(desk.database, HeartbeatRow)[0].lag_us == 30_000_000


def test_the_heartbeat_says_what_the_auditor_looked_at_and_set(desk: SupportDesk):
    for number in range(3):
        desk.open(f"Down {number}")
    with desk.database.writing() as session:
        table = columns(TimerRow)
        session.execute(delete(table).where(table.c.subject_id == 2))
    engine = Engine(desk.database)

    engine._audit()
    engine._sweep()

    beat = rows(desk.database, HeartbeatRow)[0]
    assert (beat.audited_total, beat.repaired_total) == (3, 1)
