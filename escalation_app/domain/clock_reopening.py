"""The time that a clock gets when its ticket is reopened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Clock, start_clock, used
from escalation_app.domain.wall_time import ZERO


@dataclass(frozen=True, slots=True)
class Grant:
    """The time a reopened clock gets, and whether that took the floor, given once per ticket."""

    target: timedelta
    by_floor: bool


def grant_on_reopening(
    earlier: Clock,
    calendar: BusinessCalendar,
    now: datetime,
    floor_share: float = 0.25,
    floor_used: bool = False,
    full: bool = False,
) -> Grant:
    """What was left of the earlier cycle, or `floor_share` of its target if that is more and not
    used before; the full target if `full`. The calendar may have changed since."""
    if full:
        return Grant(earlier.target, by_floor=False)
    if calendar.key == earlier.calendar:
        spent = used(earlier, calendar, now)
    else:
        spent = sum((calendar.elapsed(*stretch) for stretch in earlier.stretches), ZERO)
    rest = max(earlier.target - spent, ZERO)
    floor = ZERO if floor_used else earlier.target * floor_share
    return Grant(max(rest, floor), by_floor=floor > rest)


def reopen_clock(
    earlier: Clock,
    calendar: BusinessCalendar,
    now: datetime,
    floor_share: float = 0.25,
    floor_used: bool = False,
    full: bool = False,
) -> Clock:
    """A new cycle of an ended clock, with the time `grant_on_reopening` says as its target.

    Raises ValueError if the earlier cycle has not ended.
    """
    if not earlier.is_over:
        raise ValueError("Only a clock that has ended can be reopened.")
    grant = grant_on_reopening(earlier, calendar, now, floor_share, floor_used, full)
    return start_clock(
        earlier.metric, grant.target, calendar, earlier.policy, now, earlier.cycle + 1
    )
