"""A calendar explains itself: which dates counted, how much, and why the others did not."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation_app.domain.calendars import BusinessCalendar, Dating, DayName
from escalation_app.domain.open_time import NAMELESS, OpenDay, Reason, Why, explain_open, folded
from escalation_app.domain.wall_time import Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
LONDON = "Europe/London"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"


def utc(text: str) -> datetime:
    """An instant; 2026-03-02 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def spans(text: str) -> tuple[Span, ...]:
    return tuple(Span.between(*part.split("-")) for part in text.split())


def workdays(text: str, zone: str = "UTC", days: int = 5, **more: object) -> BusinessCalendar:
    return BusinessCalendar("desk", zone, {day: spans(text) for day in range(days)}, **more)


def told(calendar: BusinessCalendar, start: datetime, end: datetime) -> list[tuple[object, ...]]:
    """Date, amount and reasons of each line."""
    return [(day.on, day.amount, *day.reasons) for day in explain_open(calendar, start, end)]


def test_a_week_end_between_two_instants_is_told_by_date():
    calendar = workdays("09:00-17:00")

    lines = told(calendar, utc("2026-03-06 14:40"), utc("2026-03-09 10:00"))

    assert lines == [
        (date(2026, 3, 6), 2 * HOUR + 20 * MINUTE),
        (date(2026, 3, 7), ZERO, Reason(Why.NO_HOURS)),
        (date(2026, 3, 8), ZERO, Reason(Why.NO_HOURS)),
        (date(2026, 3, 9), HOUR),
    ]


def test_a_line_has_the_spans_that_counted_clipped_to_the_range():
    calendar = workdays("09:00-12:30 13:15-17:30")

    (day,) = explain_open(calendar, utc("2026-03-02 12:00"), utc("2026-03-02 14:15"))

    assert day.spans == (
        (utc("2026-03-02 12:00"), utc("2026-03-02 12:30")),
        (utc("2026-03-02 13:15"), utc("2026-03-02 14:15")),
    )
    assert (day.amount, day.is_whole) == (90 * MINUTE, False)


def test_nothing_is_told_of_a_reversed_or_empty_range():
    calendar = workdays("09:00-17:00")

    assert explain_open(calendar, utc("2026-03-03"), utc("2026-03-02")) == ()
    assert explain_open(calendar, utc("2026-03-03"), utc("2026-03-03")) == ()


def test_a_day_whose_hours_are_over_or_to_come_lies_outside():
    calendar = workdays("09:00-17:00")

    lines = told(calendar, utc("2026-03-02 18:00"), utc("2026-03-03 08:00"))

    assert lines == [
        (date(2026, 3, 2), ZERO, Reason(Why.OUTSIDE)),
        (date(2026, 3, 3), ZERO, Reason(Why.OUTSIDE)),
    ]


def test_exceptions_are_told_by_name():
    calendar = workdays(
        "09:00-17:00",
        holidays=frozenset({date(2026, 3, 2), date(2026, 3, 3)}),
        special_days={date(2026, 3, 3): spans("10:00-12:00")},
        cutouts={date(2026, 3, 4): spans("13:00-15:00")},
        names={
            (Dating.HOLIDAY, date(2026, 3, 2)): DayName("Founding Day"),
            (Dating.HOLIDAY, date(2026, 3, 3)): DayName("Founding Day, in lieu"),
            (Dating.SPECIAL_DAY, date(2026, 3, 3)): DayName("Short watch"),
            (Dating.CUT_OUT, date(2026, 3, 4)): DayName("Meeting of all"),
        },
    )

    lines = told(calendar, utc("2026-03-02 00:00"), utc("2026-03-05 00:00"))

    assert lines == [
        (date(2026, 3, 2), ZERO, Reason(Why.HOLIDAY, DayName("Founding Day"))),
        (date(2026, 3, 3), 2 * HOUR, Reason(Why.SPECIAL_DAY, DayName("Short watch"))),
        (date(2026, 3, 4), 6 * HOUR, Reason(Why.CUT_OUT, DayName("Meeting of all"), 2 * HOUR)),
    ]


def test_a_cut_out_takes_only_what_lies_in_the_range():
    calendar = workdays("09:00-17:00", cutouts={date(2026, 3, 4): spans("13:00-15:00")})

    lines = told(calendar, utc("2026-03-04 14:30"), utc("2026-03-04 16:00"))

    assert lines == [(date(2026, 3, 4), HOUR, Reason(Why.CUT_OUT, NAMELESS, 30 * MINUTE))]


def test_a_night_belongs_to_the_date_it_begins_on():
    calendar = workdays("22:00-06:00", cutouts={date(2026, 3, 4): spans("02:00-03:00")})

    lines = told(calendar, utc("2026-03-04 01:00"), utc("2026-03-04 23:00"))

    assert lines == [
        (date(2026, 3, 3), 4 * HOUR, Reason(Why.CUT_OUT, NAMELESS, HOUR)),
        (date(2026, 3, 4), HOUR),
    ]


def test_hours_that_overlap_the_night_before_are_told_once():
    hours = {0: spans("20:00-10:00"), 1: spans("08:00-12:00")}
    calendar = BusinessCalendar("desk", "UTC", hours)

    lines = told(calendar, utc("2026-03-02 12:00"), utc("2026-03-03 18:00"))

    assert lines == [(date(2026, 3, 2), 14 * HOUR), (date(2026, 3, 3), 2 * HOUR)]


@pytest.mark.parametrize(
    ("zone", "spring", "autumn", "length"),
    [
        (LONDON, "2026-03-28", "2026-10-24", HOUR),
        (NEW_YORK, "2026-03-07", "2026-10-31", HOUR),
        (LORD_HOWE, "2026-10-03", "2026-04-04", HOUR / 2),
    ],
)
def test_an_hour_that_daylight_saving_takes_or_gives_is_told(
    zone: str, spring: str, autumn: str, length: timedelta
):
    calendar = workdays("22:00-06:00", zone, 7)

    for evening, reason, amount in (
        (spring, Reason(Why.CLOCKS_FORWARD, amount=length), 8 * HOUR - length),
        (autumn, Reason(Why.CLOCKS_BACK, amount=length), 8 * HOUR + length),
    ):
        noon = local(f"{evening} 12:00", zone)
        next_noon = local(f"{evening} 12:00", zone) + timedelta(days=1)
        on = date.fromisoformat(evening)
        assert told(calendar, noon, next_noon)[0] == (on, amount, reason)


def test_hours_that_miss_the_night_of_the_jump_say_nothing_of_it():
    calendar = workdays("09:00-17:00", LONDON, 7)

    lines = told(calendar, utc("2026-03-28 12:00"), utc("2026-03-30 12:00"))

    assert [reasons for _, _, *reasons in lines] == [[], [], []]


@pytest.mark.parametrize("hours", ["01:15-01:45", "01:15-01:45 09:00-17:00"])
def test_a_span_that_the_jump_leaves_out_is_lost(hours: str):
    calendar = workdays(hours, LONDON, 7)

    (line,) = told(calendar, local("2026-03-29 00:00", LONDON), local("2026-03-29 23:00", LONDON))

    assert line[2:] == (Reason(Why.CLOCKS_FORWARD, amount=30 * MINUTE),)


def test_a_date_that_a_zone_left_out_is_lost_to_its_clocks():
    calendar = workdays("09:00-17:00", "Pacific/Apia", 7)

    lines = told(
        calendar,
        local("2011-12-29 12:00", "Pacific/Apia"),
        local("2011-12-31 12:00", "Pacific/Apia"),
    )

    assert lines == [
        (date(2011, 12, 29), 5 * HOUR),
        (date(2011, 12, 30), ZERO, Reason(Why.CLOCKS_FORWARD, amount=8 * HOUR)),
        (date(2011, 12, 31), 3 * HOUR),
    ]


def test_a_long_range_folds_into_days_that_counted_alike():
    hours = {day: spans("08:00-17:00") for day in range(4)} | {4: spans("08:00-16:00")}
    calendar = BusinessCalendar(
        "desk",
        "UTC",
        hours,
        frozenset({date(2026, 4, 3), date(2026, 4, 6)}),
        {date(2026, 3, 31): spans("08:00-12:00")},
    )

    groups = folded(explain_open(calendar, utc("2026-03-23 10:00"), utc("2026-04-09 09:00")))

    assert [(group[0].on, len(group), total(group)) for group in groups] == [
        (date(2026, 3, 23), 1, 7 * HOUR),
        (date(2026, 3, 24), 8, 72 * HOUR),
        (date(2026, 3, 27), 1, 8 * HOUR),
        (date(2026, 3, 28), 4, ZERO),
        (date(2026, 3, 31), 1, 4 * HOUR),
        (date(2026, 4, 3), 2, ZERO),
        (date(2026, 4, 9), 1, HOUR),
    ]


def total(days: tuple[OpenDay, ...]) -> timedelta:
    return sum((day.amount for day in days), ZERO)


ZONES = ("UTC", LONDON, NEW_YORK, LORD_HOWE, "America/Havana", "America/Santiago", "Asia/Kolkata")
PATTERNS = (
    "09:00-17:00",
    "08:30-12:30 13:30-17:30",
    "22:00-06:00",
    "20:00-19:00",
    "01:30-02:30 02:15-08:00",
    "00:00-24:00",
)
SUNDAYS = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25))


@lru_cache
def drawn(zone: str, pattern: str, days: int, with_exceptions: bool) -> BusinessCalendar:
    if not with_exceptions:
        return workdays(pattern, zone, days)
    return workdays(
        pattern,
        zone,
        days,
        holidays=frozenset({*SUNDAYS, date(2026, 11, 1)}),
        special_days={SUNDAYS[0]: spans("01:00-04:00"), date(2026, 10, 3): spans("23:00-03:00")},
        cutouts={on: spans("01:15-02:45 11:00-11:30") for on in SUNDAYS},
    )


calendars = st.builds(
    drawn, st.sampled_from(ZONES), st.sampled_from(PATTERNS), st.sampled_from((5, 7)), st.booleans()
)
instants = st.datetimes(datetime(2025, 12, 20), datetime(2027, 1, 10), timezones=st.just(UTC))
near_jumps = st.builds(
    lambda on, minutes: datetime(on.year, on.month, on.day, tzinfo=UTC) + minutes * MINUTE,
    st.sampled_from((*SUNDAYS, date(2026, 10, 4), date(2026, 11, 1))),
    st.integers(-2 * 24 * 60, 2 * 24 * 60),
)


@settings(max_examples=200)
@given(calendars, instants | near_jumps, instants | near_jumps)
def test_the_lines_sum_exactly_to_what_elapsed(
    calendar: BusinessCalendar, one: datetime, two: datetime
):
    start, end = min(one, two), max(one, two)

    days = explain_open(calendar, start, end)

    assert total(days) == calendar.elapsed(start, end)
    assert sum((total(group) for group in folded(days)), ZERO) == calendar.elapsed(start, end)
    for day in days:
        assert total((day,)) == sum((closes - opens for opens, closes in day.spans), ZERO)
        assert all(start <= opens < closes <= end for opens, closes in day.spans)


@settings(max_examples=200)
@given(calendars, instants | near_jumps, instants | near_jumps)
def test_every_date_that_counted_less_than_its_week_says_has_a_reason(
    calendar: BusinessCalendar, one: datetime, two: datetime
):
    days = explain_open(calendar, min(one, two), max(one, two))

    for day in days:
        assert day.amount or day.reasons or not day.is_whole or overlapped(calendar, day)
        named = {reason.why for reason in day.reasons}
        if day.on in calendar.special_days:
            assert Why.SPECIAL_DAY in named
        elif day.on in calendar.holidays:
            assert Why.HOLIDAY in named


def overlapped(calendar: BusinessCalendar, day: OpenDay) -> bool:
    """Whether the night before runs over all that the date has."""
    before = calendar.spans_on(day.on - timedelta(days=1))
    reach = max((span.ends for span in before), default=ZERO) - timedelta(days=1)
    said = calendar.spans_on(day.on)
    return bool(said) and all(span.ends <= reach for span in said)
