"""Due instants per second: clocks started at any second of a year, with a target of 60 days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import perf_counter

import businesstimedelta
import pytz

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.wall_time import Span

ZONE = "Europe/London"
TARGET = timedelta(days=60)
HOLIDAYS = frozenset(
    date(year, month, day)
    for year in range(2026, 2030)
    for month, day in ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28))
)

Due = Callable[[datetime], datetime]


def run() -> dict[str, float]:
    """`due_per_s_24x7`, `due_per_s_business_hours` (9 to 17 with holidays) and how many times as
    fast the latter is as businesstimedelta, asked the same in the same run.

    Raises RuntimeError if the two do not agree.
    """
    around_the_clock = BusinessCalendar.always()
    desk = BusinessCalendar(
        "desk", ZONE, {day: (Span.between("09:00", "17:00"),) for day in range(5)}, HOLIDAYS
    )
    baseline = _businesstimedelta()
    starts = _starts(100_000)
    for start in starts[:5]:
        if desk.add(start, TARGET) != baseline(start):
            raise RuntimeError(f"the two disagree on {start}")
    always = _rate(lambda start: around_the_clock.add(start, TARGET), starts)
    business = _rate(lambda start: desk.add(start, TARGET), starts)
    return {
        "due_per_s_24x7": round(always),
        "due_per_s_business_hours": round(business),
        "due_vs_businesstimedelta": round(business / _rate(baseline, starts[:20])),
    }


def _starts(count: int) -> list[datetime]:
    """Instants of 2026 in no order."""
    chance = Random(2026)
    year = datetime(2026, 1, 1, tzinfo=UTC)
    return [year + timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(count)]


def _rate(due: Due, starts: list[datetime]) -> float:
    """Answers per second in the best of three rounds."""
    best = 0.0
    for _ in range(3):
        began = perf_counter()
        for start in starts:
            due(start)
        best = max(best, len(starts) / (perf_counter() - began))
    return best


def _businesstimedelta() -> Due:
    zone = pytz.timezone(ZONE)
    workday = businesstimedelta.WorkDayRule(time(9), time(17), [0, 1, 2, 3, 4], tz=zone)
    holidays = businesstimedelta.HolidayRule(sorted(HOLIDAYS), tz=zone)
    rules = businesstimedelta.Rules([workday, holidays])
    target = businesstimedelta.BusinessTimeDelta(rules, timedelta=TARGET)
    return lambda start: start + target
