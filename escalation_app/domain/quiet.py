"""Quiet hours: when a message that makes a noise waits.

They are the closed time of a calendar, so that weekends, nights past midnight and daylight saving
follow the rules that are proven there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.wall_time import Span

_MIDNIGHT = timedelta(0)
_DAY = timedelta(days=1)
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `starts` to `ends`, as wall time since midnight, every day; past midnight when it ends
    earlier than it starts. With `weekends` also all of Saturday and Sunday.

    Raises ValueError when they would never end, or for a time outside 00:00 to 23:59.
    """

    starts: timedelta
    ends: timedelta
    weekends: bool = False

    def __post_init__(self) -> None:
        if not (_MIDNIGHT <= self.starts < _DAY and _MIDNIGHT <= self.ends < _DAY):
            raise ValueError("Quiet hours start and end between 00:00 and 23:59.")
        if self.starts == self.ends:
            raise ValueError("Quiet hours end at another time than they start.")


@dataclass(frozen=True, slots=True)
class QuietRule:
    """What the process says: the hours of everybody of ours who has none of their own, and the
    severities whose messages never wait."""

    hours: QuietHours
    exempt: frozenset[int] = frozenset()


def quiet_until(hours: QuietHours, zone: str, at: datetime) -> datetime | None:
    """When the quiet time that `at` lies in ends, in UTC; None when it lies in none.

    A night and a weekend that touch are one quiet time. An edge that daylight saving makes
    ambiguous shortens it, one that does not exist is the instant of the jump. A zone that nobody
    knows counts as UTC.
    """
    calendar = _loud(hours, zone)
    ends = calendar.next_opening(at)
    return None if ends == at else ends


@lru_cache(maxsize=512)
def _loud(hours: QuietHours, zone: str) -> BusinessCalendar:
    """The time in which a message may make a noise."""
    week = _week(hours)
    try:
        return BusinessCalendar("loud", zone, week)
    except ValueError:
        return BusinessCalendar("loud", "UTC", week)


def _week(hours: QuietHours) -> Mapping[int, tuple[Span, ...]]:
    """Spans that stay within their date, so that none of them reaches into a weekend."""
    if hours.starts > hours.ends:
        spans = (Span(hours.ends, hours.starts),)
    elif hours.starts == _MIDNIGHT:
        spans = (Span(hours.ends, _DAY),)
    else:
        spans = (Span(_MIDNIGHT, hours.starts), Span(hours.ends, _DAY))
    return {day: spans for day in range(7) if not (hours.weekends and day in _WEEKEND)}
