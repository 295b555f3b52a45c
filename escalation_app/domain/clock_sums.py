"""The sum behind a due time: what was promised, worked, paused, and what is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Clock, left, settle, when_used
from escalation_app.domain.wall_time import ZERO, as_utc


class SumKind(StrEnum):
    """The lines of the sum behind a due instant."""

    TARGET = "target"
    WORKED = "worked"
    PAUSED = "paused"
    LEFT = "left"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class SumLine:
    """A line of the sum: `amount` is open time. `until` is None where no end is known yet."""

    kind: SumKind
    since: datetime
    until: datetime | None
    amount: timedelta


def explain_clock(clock: Clock, calendar: BusinessCalendar, now: datetime) -> tuple[SumLine, ...]:
    """Why the clock is due when it is: the target, what was worked and the pauses not counted in
    order of time, and what is left or over. The target is the sum of worked and left, less over."""
    now = as_utc(now)
    clock = settle(clock, now)
    remaining = left(clock, calendar, now)
    stood_at = max(clock.ended_at or now, clock.started_at)
    target = SumLine(SumKind.TARGET, clock.started_at, clock.due_at, clock.target)
    if remaining >= ZERO:
        last = SumLine(SumKind.LEFT, stood_at, clock.due_at, remaining)
    else:
        over_since = when_used(clock, clock.target, calendar)
        last = SumLine(SumKind.OVER, over_since, stood_at, -remaining)
    return (target, *_history(clock, calendar, stood_at), last)


def _history(clock: Clock, calendar: BusinessCalendar, until: datetime) -> Iterator[SumLine]:
    """Stretches and the pauses between them, from the start of the clock."""
    running = () if clock.running_since is None else ((clock.running_since, until),)
    reached = clock.started_at
    for since, to in (*clock.stretches, *running):
        if since > reached:
            yield SumLine(SumKind.PAUSED, reached, since, calendar.elapsed(reached, since))
        if to > since:
            yield SumLine(SumKind.WORKED, since, to, calendar.elapsed(since, to))
        reached = max(reached, since, to)
    if until > reached and not running:
        yield SumLine(SumKind.PAUSED, reached, until, calendar.elapsed(reached, until))
