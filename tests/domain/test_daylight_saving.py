"""Both nights of daylight saving in three zones, one of them in the south and with half an hour.

Expected instants are written as the clock on the wall shows them, with `fold=1` for the second of
two.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import (
    Clock,
    Metric,
    meet_clock,
    pause_clock,
    resume_clock,
    start_clock,
    used,
)
from escalation_app.domain.wall_time import Span

LONDON = "Europe/London"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
DAY = timedelta(days=1)
A_MOMENT = timedelta(microseconds=1)
NIGHTS = [
    pytest.param(LONDON, "2026-03-28", -HOUR, id="london-spring"),
    pytest.param(LONDON, "2026-10-24", HOUR, id="london-autumn"),
    pytest.param(NEW_YORK, "2026-03-07", -HOUR, id="new-york-spring"),
    pytest.param(NEW_YORK, "2026-10-31", HOUR, id="new-york-autumn"),
    pytest.param(LORD_HOWE, "2026-10-03", -HALF, id="lord-howe-spring"),
    pytest.param(LORD_HOWE, "2026-04-04", HALF, id="lord-howe-autumn"),
]
"""The Saturday evening before, and what the night gains."""
over_each_night = pytest.mark.parametrize(("zone", "evening", "gain"), NIGHTS)


def wall(zone: str, on: date, text: str, fold: int = 0) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return datetime(on.year, on.month, on.day, hours, minutes, fold=fold, tzinfo=ZoneInfo(zone))


def calendar(hours: str, zone: str, days: int = 7, *holidays: date) -> BusinessCalendar:
    span = (Span.between(*hours.split("-")),)
    return BusinessCalendar("desk", zone, dict.fromkeys(range(days), span), frozenset(holidays))


def around_the_clock(zone: str) -> list[BusinessCalendar]:
    """Plain arithmetic, and the table that one holiday far away needs."""
    return [
        BusinessCalendar.always("desk", zone),
        calendar("00:00-24:00", zone, 7, date(2026, 7, 1)),
    ]


@pytest.mark.parametrize(
    ("zone", "on", "start", "end", "fold"),
    [
        (LONDON, "2026-03-29", "00:30", "03:30", 0),
        (LONDON, "2026-10-25", "00:30", "01:30", 1),
        (NEW_YORK, "2026-03-08", "01:30", "04:30", 0),
        (NEW_YORK, "2026-11-01", "00:30", "01:30", 1),
        (LORD_HOWE, "2026-10-04", "01:30", "04:00", 0),
        (LORD_HOWE, "2026-04-05", "01:00", "02:30", 0),
    ],
)
def test_two_hours_around_the_clock_are_two_hours_whatever_the_wall_shows(
    zone: str, on: str, start: str, end: str, fold: int
):
    """New York 24x7, 8 Mar 2026 01:30 EST + 120 min is 04:30 EDT."""
    begun = wall(zone, date.fromisoformat(on), start)
    ended = wall(zone, date.fromisoformat(on), end, fold).astimezone(UTC)

    for desk in around_the_clock(zone):
        assert desk.add(begun, 2 * HOUR) == ended
        assert desk.subtract(ended, 2 * HOUR) == begun.astimezone(UTC)
        assert desk.elapsed(begun, ended) == 2 * HOUR


@over_each_night
def test_a_night_shift_is_as_long_as_the_night(zone: str, evening: str, gain: timedelta):
    saturday = date.fromisoformat(evening)
    desk = calendar("22:00-06:00", zone)
    opens, closes = wall(zone, saturday, "22:00"), wall(zone, saturday + DAY, "06:00")

    assert desk.elapsed(wall(zone, saturday, "12:00"), wall(zone, saturday + DAY, "12:00")) == (
        8 * HOUR + gain
    )
    assert desk.add(opens, 8 * HOUR + gain) == closes
    assert desk.add(opens, 8 * HOUR + gain + A_MOMENT) == (
        wall(zone, saturday + DAY, "22:00").astimezone(UTC) + A_MOMENT
    )
    assert desk.subtract(closes, 8 * HOUR + gain) == opens
    assert desk.subtract(closes, 8 * HOUR + gain + A_MOMENT) == (
        wall(zone, saturday, "06:00").astimezone(UTC) - A_MOMENT
    )


@over_each_night
def test_the_night_goes_with_the_date_it_begins_on(zone: str, evening: str, gain: timedelta):
    saturday = date.fromisoformat(evening)
    noon, next_noon = wall(zone, saturday, "12:00"), wall(zone, saturday + DAY, "12:00")

    without_saturday = calendar("22:00-06:00", zone, 7, saturday)
    without_sunday = calendar("22:00-06:00", zone, 7, saturday + DAY)

    assert without_saturday.elapsed(noon, next_noon) == timedelta(0)
    assert without_sunday.elapsed(noon, next_noon) == 8 * HOUR + gain


@over_each_night
def test_office_hours_carry_over_the_week_end(zone: str, evening: str, gain: timedelta):
    """London 9-17, Fri 27 Mar 2026 16:00 + 120 min is Mon 30 Mar 10:00 BST."""
    saturday = date.fromisoformat(evening)
    desk = calendar("09:00-17:00", zone, 5)
    friday, monday = wall(zone, saturday - DAY, "16:00"), wall(zone, saturday + 2 * DAY, "10:00")

    assert desk.add(friday, 2 * HOUR) == monday
    assert desk.subtract(monday, 2 * HOUR) == friday
    assert desk.elapsed(friday, monday) == 2 * HOUR


@over_each_night
def test_a_clock_that_stands_still_over_the_jump_loses_and_gains_nothing(
    zone: str, evening: str, gain: timedelta
):
    """Two hours and a half before the pause, as much after it, and three the next night."""
    saturday = date.fromisoformat(evening)
    desk = calendar("22:00-06:00", zone)

    clock = running(desk, 8 * HOUR, wall(zone, saturday, "22:00"))
    clock = pause_clock(clock, desk, wall(zone, saturday + DAY, "00:30"), "waiting")
    clock = resume_clock(clock, desk, wall(zone, saturday + DAY, "03:30"))

    assert clock.consumed == 2.5 * HOUR
    assert clock.due_at == wall(zone, saturday + 2 * DAY, "01:00")


@over_each_night
def test_a_clock_that_runs_over_the_jump_counts_what_really_passes(
    zone: str, evening: str, gain: timedelta
):
    """From 22:00 to 04:00, then from 05:00: six hours and one, and what the night gains."""
    saturday = date.fromisoformat(evening)
    desk = calendar("22:00-06:00", zone)

    clock = running(desk, 8 * HOUR, wall(zone, saturday, "22:00"))
    clock = pause_clock(clock, desk, wall(zone, saturday + DAY, "04:00"), "waiting")
    clock = resume_clock(clock, desk, wall(zone, saturday + DAY, "05:00"))

    next_night = wall(zone, saturday + DAY, "22:00").astimezone(UTC) + HOUR - gain
    at_closing = wall(zone, saturday + DAY, "06:00").astimezone(UTC)
    assert clock.consumed == 6 * HOUR + gain
    assert clock.due_at == (at_closing if gain == HOUR else next_night)


@pytest.mark.parametrize(
    ("zone", "sunday", "text", "twice_after"),
    [
        (LONDON, "2026-10-25", "01:15", HOUR),
        (NEW_YORK, "2026-11-01", "01:15", HOUR),
        (LORD_HOWE, "2026-04-05", "01:45", HALF),
    ],
)
def test_a_pause_from_a_time_until_the_same_time_shown_again_is_a_real_pause(
    zone: str, sunday: str, text: str, twice_after: timedelta
):
    on = date.fromisoformat(sunday)
    first, second = wall(zone, on, text, 0), wall(zone, on, text, 1)

    for desk in around_the_clock(zone):
        clock = running(desk, 8 * HOUR, first - HOUR)
        due_at = clock.due_at
        clock = pause_clock(clock, desk, first, "waiting")
        clock = resume_clock(clock, desk, second)

        assert due_at is not None
        assert clock.due_at == due_at + twice_after
        assert used(meet_clock(clock, desk, second), desk, second) == HOUR


@over_each_night
def test_minute_by_minute_a_clock_agrees_with_its_calendar(
    zone: str, evening: str, gain: timedelta
):
    """Paused and resumed every quarter of an hour through the night, half of the time counts."""
    saturday = date.fromisoformat(evening)
    desk = calendar("22:00-06:00", zone)
    at = wall(zone, saturday, "22:00").astimezone(UTC)
    closes = wall(zone, saturday + DAY, "06:00").astimezone(UTC)
    clock = running(desk, 8 * HOUR, at)

    while at < closes:
        clock = pause_clock(clock, desk, at + HOUR / 4, "waiting")
        clock = resume_clock(clock, desk, at + HOUR / 2)
        at += HOUR / 2

    assert clock.consumed == (8 * HOUR + gain) / 2
    assert clock.due_at == desk.add(closes, 8 * HOUR - clock.consumed)


def running(desk: BusinessCalendar, target: timedelta, at: datetime) -> Clock:
    return start_clock(Metric.RESOLUTION, target, desk, "policy", at)
