"""The only place that reads the wall clock, so that tests can move time."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def utc_now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back when the wall clock is set."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def utc_now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back when the wall clock is set."""
        return time.monotonic()


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        """Start at an aware instant; raises ValueError for a naive one."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._now = at.astimezone(UTC)
        self._elapsed = 0.0

    def utc_now(self) -> datetime:
        """The instant the clock was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds the clock was advanced by; `set_to` leaves it alone."""
        return self._elapsed

    def advance(self, by: timedelta) -> datetime:
        """Let time pass on both clocks and return the new instant."""
        self._now += by
        self._elapsed += by.total_seconds()
        return self._now

    def set_to(self, at: datetime) -> None:
        """Set the wall clock alone, as an administrator or NTP does."""
        self._now = at.astimezone(UTC)


_clock: Clock = SystemClock()


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return _clock.utc_now()


def monotonic() -> float:
    """Seconds since an arbitrary start; never goes back when the wall clock is set."""
    return _clock.monotonic()


@contextmanager
def using(clock: Clock) -> Generator[Clock]:
    """Read time from another clock, in the whole process, for as long as the block runs."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield clock
    finally:
        _clock = before
