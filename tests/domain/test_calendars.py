"""Working time: spans, exceptions, daylight saving, and the arithmetic on them."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from escalation_app.domain.calendars import BusinessCalendar, NoWorkingTime
from escalation_app.domain.wall_time import Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
ZERO = timedelta(0)
LONDON = "Europe/London"
NEW_YORK = "America/New_York"
SYDNEY = "Australia/Sydney"


def utc(text: str) -> datetime:
    """An instant; 2026-03-02 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def spans(text: str) -> tuple[Span, ...]:
    return tuple(Span.between(*part.split("-")) for part in text.split())


def workdays(text: str, zone: str = "UTC", **exceptions: object) -> BusinessCalendar:
    return BusinessCalendar("desk", zone, {day: spans(text) for day in range(5)}, **exceptions)


def daily(text: str, zone: str = "UTC", **exceptions: object) -> BusinessCalendar:
    return BusinessCalendar("desk", zone, {day: spans(text) for day in range(7)}, **exceptions)


def test_time_is_used_up_at_closing_and_not_at_the_next_opening():
    calendar = workdays("09:00-17:00")

    due_at = calendar.add(utc("2026-03-02 15:00"), 2 * HOUR)

    assert due_at == utc("2026-03-02 17:00")


def test_time_going_back_ends_at_the_opening_and_not_at_the_closing_before():
    calendar = workdays("09:00-17:00")

    since = calendar.subtract(utc("2026-03-03 11:00"), 2 * HOUR)

    assert since == utc("2026-03-03 09:00")


def test_a_target_is_carried_over_the_week_end():
    calendar = workdays("09:00-17:00")

    due_at = calendar.add(utc("2026-03-06 16:00"), 2 * HOUR)

    assert due_at == utc("2026-03-09 10:00")


def test_nothing_in_open_time_is_the_instant_itself():
    calendar = workdays("09:00-17:00")

    at = utc("2026-03-02 12:34:56.789")

    assert calendar.add(at, ZERO) == at
    assert calendar.subtract(at, ZERO) == at


@pytest.mark.parametrize("closed_at", ["2026-03-06 17:00", "2026-03-07 12:00", "2026-03-09 08:59"])
def test_nothing_in_closed_time_is_the_next_opening(closed_at: str):
    calendar = workdays("09:00-17:00")

    assert calendar.add(utc(closed_at), ZERO) == utc("2026-03-09 09:00")
    assert calendar.next_opening(utc(closed_at)) == utc("2026-03-09 09:00")


@pytest.mark.parametrize("closed_at", ["2026-03-06 17:01", "2026-03-07 12:00", "2026-03-09 09:00"])
def test_nothing_going_back_in_closed_time_is_the_closing_before(closed_at: str):
    calendar = workdays("09:00-17:00")

    assert calendar.subtract(utc(closed_at), ZERO) == utc("2026-03-06 17:00")


def test_a_desk_is_open_when_it_opens_and_closed_when_it_closes():
    calendar = workdays("09:00-17:00")

    assert not calendar.is_open(utc("2026-03-02 08:59:59.999999"))
    assert calendar.is_open(utc("2026-03-02 09:00"))
    assert calendar.is_open(utc("2026-03-02 16:59:59.999999"))
    assert not calendar.is_open(utc("2026-03-02 17:00"))


def test_a_reversed_range_has_no_open_time():
    calendar = workdays("09:00-17:00")

    assert calendar.elapsed(utc("2026-03-03 12:00"), utc("2026-03-02 12:00")) == ZERO
    assert BusinessCalendar.always().elapsed(utc("2026-03-03"), utc("2026-03-02")) == ZERO


def test_lunch_does_not_count():
    calendar = workdays("08:30-12:30 13:30-17:30")

    assert calendar.add(utc("2026-03-02 12:00"), HOUR) == utc("2026-03-02 14:00")
    assert calendar.add(utc("2026-03-02 11:30"), HOUR) == utc("2026-03-02 12:30")
    assert calendar.elapsed(utc("2026-03-02 00:00"), utc("2026-03-03 00:00")) == 8 * HOUR
    assert not calendar.is_open(utc("2026-03-02 13:00"))


def test_a_span_past_midnight_belongs_to_the_date_it_starts_on():
    calendar = workdays("22:00-06:00")

    friday_night = calendar.elapsed(utc("2026-03-06 12:00"), utc("2026-03-08 23:00"))
    sunday_night = calendar.elapsed(utc("2026-03-08 12:00"), utc("2026-03-09 12:00"))

    assert friday_night == 8 * HOUR
    assert sunday_night == ZERO


def test_a_holiday_takes_the_night_that_starts_on_it_and_leaves_the_one_that_ends_on_it():
    calendar = workdays("22:00-06:00", holidays=frozenset({date(2026, 3, 4)}))

    assert calendar.is_open(utc("2026-03-04 05:59"))
    assert not calendar.is_open(utc("2026-03-04 23:00"))
    assert not calendar.is_open(utc("2026-03-05 05:00"))
    assert calendar.is_open(utc("2026-03-05 22:00"))


def test_a_special_day_replaces_the_weekly_hours():
    calendar = workdays("09:00-17:00", special_days={date(2026, 3, 4): spans("12:00-14:00")})

    assert calendar.add(utc("2026-03-04 09:00"), 3 * HOUR) == utc("2026-03-05 10:00")


def test_a_special_day_without_hours_is_closed():
    calendar = workdays("09:00-17:00", special_days={date(2026, 3, 4): ()})

    assert calendar.next_opening(utc("2026-03-04 09:00")) == utc("2026-03-05 09:00")


def test_a_special_day_beats_a_holiday_and_a_week_end():
    saturday = date(2026, 3, 7)
    calendar = workdays(
        "09:00-17:00",
        holidays=frozenset({saturday}),
        special_days={saturday: spans("10:00-12:00")},
    )

    assert calendar.add(utc("2026-03-06 16:00"), 2 * HOUR) == utc("2026-03-07 11:00")


def test_a_cut_out_is_closed_whatever_else_is_said():
    wednesday = date(2026, 3, 4)
    calendar = workdays(
        "08:00-12:00 13:00-17:00",
        special_days={wednesday: spans("10:00-18:00")},
        cutouts={
            wednesday: spans("09:00-11:00 17:00-20:00"),
            date(2026, 3, 5): spans("11:00-14:00"),
        },
    )

    assert calendar.elapsed(utc("2026-03-04 00:00"), utc("2026-03-05 00:00")) == 6 * HOUR
    assert calendar.elapsed(utc("2026-03-05 00:00"), utc("2026-03-06 00:00")) == 6 * HOUR


def test_a_cut_out_reaches_into_the_night_of_the_date_before():
    calendar = workdays("22:00-06:00", cutouts={date(2026, 3, 5): spans("02:00-03:00")})

    assert calendar.elapsed(utc("2026-03-04 12:00"), utc("2026-03-05 12:00")) == 7 * HOUR


def test_spans_that_overlap_count_once():
    calendar = workdays("09:00-13:00 12:00-17:00 16:00-16:30")

    assert calendar.elapsed(utc("2026-03-02 00:00"), utc("2026-03-03 00:00")) == 8 * HOUR


@pytest.mark.parametrize(
    "hours", ["00:00-24:00", "00:00-00:00", "00:00-12:00 12:00-24:00", "09:00-09:00"]
)
def test_a_week_without_a_gap_is_always_open(hours: str):
    calendar = daily(hours, LONDON)

    assert calendar.always_open
    assert calendar.add(utc("2026-03-28 12:00"), 24 * HOUR) == utc("2026-03-29 12:00")


def test_a_week_with_a_gap_of_a_second_is_not_always_open():
    calendar = daily("00:00-23:59:59")

    assert not calendar.always_open
    assert calendar.elapsed(utc("2026-03-02"), utc("2026-03-03")) == timedelta(seconds=86_399)


def test_a_desk_around_the_clock_is_closed_on_its_holidays_only():
    calendar = daily("00:00-24:00", LONDON, holidays=frozenset({date(2026, 12, 25)}))

    due_at = calendar.add(utc("2026-12-24 22:00"), 3 * HOUR)
    far_due_at = calendar.add(utc("2026-01-01 00:00"), timedelta(days=100_000))

    assert due_at == utc("2026-12-26 01:00")
    assert far_due_at == utc("2026-01-01 00:00") + timedelta(days=100_001)


@pytest.mark.parametrize(
    ("holidays", "closes", "opens"),
    [
        ({date(2026, 11, 1)}, "2026-11-01 05:00", "2026-11-02 05:00"),
        ({date(2026, 10, 31)}, "2026-10-31 04:00", "2026-11-01 04:00"),
        ({date(2026, 10, 31), date(2026, 11, 1)}, "2026-10-31 04:00", "2026-11-02 05:00"),
    ],
)
def test_around_the_clock_a_midnight_that_comes_twice_closes_late_and_opens_early(
    holidays: set[date], closes: str, opens: str
):
    calendar = daily("00:00-24:00", "America/Havana", holidays=frozenset(holidays))

    assert calendar.next_opening(utc(closes)) == utc(opens)
    assert calendar.subtract(utc(opens), ZERO) == utc(closes)


def test_around_the_clock_is_exact_at_any_length():
    calendar = BusinessCalendar.always("24x7", NEW_YORK)

    assert calendar.add(utc("0001-01-02"), timedelta(days=3_000_000, microseconds=7)) == utc(
        "0001-01-02"
    ) + timedelta(days=3_000_000, microseconds=7)
    with pytest.raises(NoWorkingTime):
        calendar.add(utc("2026-01-01"), timedelta(days=3_000_000))


def test_london_carries_an_hour_over_the_spring_week_end():
    calendar = workdays("09:00-17:00", LONDON)

    due_at = calendar.add(local("2026-03-27 16:00", LONDON), 120 * MINUTE)

    assert due_at == local("2026-03-30 10:00", LONDON)


def test_new_york_loses_an_hour_in_the_spring_night():
    calendar = BusinessCalendar.always("24x7", NEW_YORK)

    due_at = calendar.add(local("2026-03-08 01:30", NEW_YORK), 120 * MINUTE)

    assert due_at == local("2026-03-08 04:30", NEW_YORK)


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        (LONDON, "2026-03-28", "2026-10-24"),
        (NEW_YORK, "2026-03-07", "2026-10-31"),
        (SYDNEY, "2026-10-03", "2026-04-04"),
    ],
)
def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn(
    zone: str, spring: str, autumn: str
):
    calendar = daily("22:00-06:00", zone)

    for evening, hours in ((spring, 7), (autumn, 9)):
        opens, noon = local(f"{evening} 22:00", zone), local(f"{evening} 12:00", zone)
        closes = opens.replace(hour=6) + timedelta(days=1)
        assert calendar.elapsed(noon, noon + timedelta(days=1)) == hours * HOUR
        assert calendar.add(opens, hours * HOUR) == closes
        assert calendar.subtract(closes, hours * HOUR) == opens


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        (LONDON, "2026-03-29", "2026-10-25"),
        (NEW_YORK, "2026-03-08", "2026-11-01"),
        (SYDNEY, "2026-10-04", "2026-04-05"),
    ],
)
def test_a_whole_day_has_23_hours_in_spring_and_25_in_autumn(zone: str, spring: str, autumn: str):
    ordinary = date(2026, 6, 1)
    calendar = daily("00:00-24:00", zone, holidays=frozenset({ordinary}))

    for day, hours in ((spring, 23), (autumn, 25)):
        midnight = local(day, zone)
        assert calendar.elapsed(midnight, midnight + timedelta(days=1)) == hours * HOUR
        assert calendar.elapsed(midnight, midnight.astimezone(UTC) + hours * HOUR) == hours * HOUR


def test_an_ambiguous_edge_opens_at_its_first_and_closes_at_its_last_occurrence():
    opens_then = daily("01:30-08:00", LONDON)
    closes_then = daily("00:00-01:30", LONDON)

    assert opens_then.next_opening(utc("2026-10-24 12:00")) == utc("2026-10-25 00:30")
    assert closes_then.subtract(utc("2026-10-25 12:00"), ZERO) == utc("2026-10-25 01:30")
    assert closes_then.elapsed(utc("2026-10-24 12:00"), utc("2026-10-25 12:00")) == 2.5 * HOUR


def test_an_edge_that_does_not_exist_is_the_instant_of_the_jump():
    opens_then = daily("01:30-08:00", LONDON)
    closes_then = daily("00:00-01:30", LONDON)
    within = daily("01:15-01:45", LONDON)

    assert opens_then.next_opening(utc("2026-03-28 12:00")) == utc("2026-03-29 01:00")
    assert closes_then.elapsed(utc("2026-03-28 12:00"), utc("2026-03-29 12:00")) == HOUR
    assert within.next_opening(utc("2026-03-28 12:00")) == utc("2026-03-30 00:15")


def test_a_date_that_a_zone_left_out_has_no_open_time():
    calendar = daily("09:00-17:00", "Pacific/Apia")

    elapsed = calendar.elapsed(
        local("2011-12-29 12:00", "Pacific/Apia"), local("2011-12-31 12:00", "Pacific/Apia")
    )

    assert elapsed == 8 * HOUR


def test_spans_that_touch_only_after_conversion_merge():
    calendar = daily("00:00-01:10 01:40-04:00", LONDON)

    assert calendar.elapsed(utc("2026-10-25 00:00"), utc("2026-10-25 04:00")) == 4 * HOUR
    assert calendar.add(utc("2026-10-25 00:00"), HOUR) == utc("2026-10-25 01:00")


def test_a_span_open_at_new_year_is_one_span():
    calendar = daily("20:00-04:00")

    assert calendar.add(utc("2026-12-31 22:00"), 4 * HOUR) == utc("2027-01-01 02:00")
    assert calendar.subtract(utc("2026-01-01 02:00"), 4 * HOUR) == utc("2025-12-31 22:00")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("hours", ["22:00-20:00", "02:00-00:00"])
def test_a_night_at_new_year_is_known_whichever_year_was_asked_first(zone: str, hours: str):
    midnight = local("2025-01-01 00:00", zone)

    for first_asked in ("2023-06-01", "2024-06-01", "2026-06-01"):
        calendar = daily(hours, zone)
        calendar.is_open(utc(first_asked))
        assert calendar.elapsed(midnight - 2 * HOUR, midnight + 22 * HOUR) == 22 * HOUR
        assert calendar.elapsed(utc("2025-01-01"), utc("2025-01-02")) == 22 * HOUR


@pytest.mark.parametrize("length", [ZERO, MINUTE])
def test_a_calendar_that_never_opens_has_no_working_time(length: timedelta):
    calendar = BusinessCalendar("never", "UTC", {})

    with pytest.raises(NoWorkingTime, match="never"):
        calendar.add(utc("2026-03-02"), length)
    with pytest.raises(NoWorkingTime):
        calendar.subtract(utc("2026-03-02"), length)
    with pytest.raises(NoWorkingTime):
        calendar.next_opening(utc("2026-03-02"))
    assert calendar.elapsed(utc("2020-03-02"), utc("2026-03-02")) == ZERO
    assert not calendar.is_open(utc("2026-03-02"))


def test_ten_closed_years_are_too_long_to_wait_wherever_they_lie():
    calendar = BusinessCalendar(
        "rare",
        "UTC",
        {},
        special_days={
            date(2026, 3, 2): spans("09:00-10:00"),
            date(2037, 3, 2): spans("09:00-10:00"),
        },
    )

    assert calendar.add(utc("2026-01-01"), HOUR) == utc("2026-03-02 10:00")
    assert calendar.add(utc("2028-01-01"), HOUR) == utc("2037-03-02 10:00")
    assert calendar.subtract(utc("2035-01-01"), HOUR) == utc("2026-03-02 09:00")
    with pytest.raises(NoWorkingTime):
        calendar.add(utc("2026-01-01"), HOUR + INSTANT)
    with pytest.raises(NoWorkingTime):
        calendar.add(utc("2026-03-02 10:00"), ZERO)
    with pytest.raises(NoWorkingTime):
        calendar.subtract(utc("2037-03-02 10:00"), HOUR + INSTANT)
    with pytest.raises(NoWorkingTime):
        calendar.subtract(utc("2037-03-02 09:00"), ZERO)


def test_a_long_target_in_rare_hours_is_found():
    calendar = BusinessCalendar("rare", "UTC", {0: spans("09:00-09:01")})

    due_at = calendar.add(utc("2026-03-02 00:00"), 30 * 52 * MINUTE)

    assert due_at == utc("2026-03-02 09:01") + timedelta(weeks=30 * 52 - 1)


def test_what_cannot_be_meant_is_refused():
    calendar = workdays("09:00-17:00")
    naive = datetime(2026, 3, 2)

    with pytest.raises(ValueError, match="no time zone"):
        calendar.add(naive, HOUR)
    with pytest.raises(ValueError, match="no time zone"):
        calendar.subtract(naive, HOUR)
    with pytest.raises(ValueError, match="no time zone"):
        calendar.elapsed(utc("2026-03-02"), naive)
    with pytest.raises(ValueError, match="no time zone"):
        BusinessCalendar.always().next_opening(naive)
    with pytest.raises(ValueError, match="negative"):
        calendar.add(utc("2026-03-02"), -HOUR)
    with pytest.raises(ValueError, match="negative"):
        BusinessCalendar.always().subtract(utc("2026-03-02"), -HOUR)
    with pytest.raises(ValueError, match="years"):
        calendar.add(utc("1066-10-14"), HOUR)
    with pytest.raises(ValueError, match="time zone"):
        workdays("09:00-17:00", "Europe/Lundon")
    with pytest.raises(ValueError, match="Weekdays"):
        BusinessCalendar("desk", "UTC", {7: spans("09:00-17:00")})
    with pytest.raises(ValueError, match="between"):
        workdays("09:00-17:00", holidays=frozenset({date(1, 1, 1)}))


@pytest.mark.parametrize(
    "edge", ["", "9:00", "09", "09:60", "24:01", "25:00", "-1:00", "09:00:00:00", "٠٩:٠٠x", "0900"]
)
def test_a_time_of_day_is_written_with_two_digits_each(edge: str):
    with pytest.raises(ValueError, match="time of day"):
        Span.between(edge, "17:00")


def test_only_a_closing_may_be_at_24():
    assert Span.between("00:00", "24:00").ends == 24 * HOUR
    assert Span.between("22:00", "06:00:30").ends == timedelta(hours=30, seconds=30)
    with pytest.raises(ValueError, match="opens"):
        Span.between("24:00", "06:00")


def test_instants_in_any_zone_are_understood_and_answered_in_utc():
    calendar = workdays("09:00-17:00", LONDON)

    due_at = calendar.add(local("2026-07-06 16:00", NEW_YORK), HOUR)

    assert due_at == local("2026-07-07 10:00", LONDON)
    assert due_at.tzinfo is UTC
    assert BusinessCalendar.always().add(local("2026-07-06", SYDNEY), HOUR).tzinfo is UTC


def test_a_calendar_is_a_value():
    calendar = workdays("09:00-17:00", LONDON, holidays=frozenset({date(2026, 5, 4)}))
    same = workdays("09:00-17:00", LONDON, holidays=frozenset({date(2026, 5, 4)}))
    calendar.add(utc("2026-03-02"), HOUR)

    copied = pickle.loads(pickle.dumps(calendar))

    assert calendar == same == copied
    assert hash(calendar) == hash(same)
    assert calendar != workdays("09:00-17:00", LONDON)
    with pytest.raises(AttributeError):
        calendar.zone = "UTC"  # type: ignore[misc]
    with pytest.raises(TypeError):
        calendar.hours[0] = ()  # type: ignore[index]


def test_the_order_of_questions_does_not_change_the_answers():
    years = (2026, 1990, 2100, 1950, 2030, 2290)
    grown = workdays("22:00-06:00", SYDNEY)

    for year in years:
        at = utc(f"{year}-12-31 16:30")
        fresh = workdays("22:00-06:00", SYDNEY)
        assert grown.add(at, 500 * HOUR) == fresh.add(at, 500 * HOUR)
        assert grown.subtract(at, 500 * HOUR) == fresh.subtract(at, 500 * HOUR)
        assert grown.is_open(at) == fresh.is_open(at)


def test_threads_that_ask_a_fresh_calendar_all_get_the_same_answers():
    starts = [utc(f"{year}-06-01 12:00") for year in range(1980, 2060)]
    alone = workdays("09:00-17:00", LONDON)
    shared = workdays("09:00-17:00", LONDON)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda at: shared.add(at, 100 * HOUR), starts))

    assert answers == [alone.add(at, 100 * HOUR) for at in starts]


ZONES = ("UTC", LONDON, NEW_YORK, SYDNEY, "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata")
PATTERNS = (
    "09:00-17:00",
    "08:30-12:30 13:30-17:30",
    "22:00-06:00",
    "06:15-22:45:30",
    "05:00-05:01",
    "00:00-24:00",
)
OPEN_DAYS = (range(5), range(7), (0, 3), (5, 6))


@lru_cache
def drawn(zone: str, pattern: str, open_days: int, with_exceptions: bool) -> BusinessCalendar:
    """One of a few hundred calendars, shared so that its table is built once."""
    hours = {day: spans(pattern) for day in OPEN_DAYS[open_days]}
    if not with_exceptions:
        return BusinessCalendar("drawn", zone, hours)
    holidays = frozenset(date(2026, month, 6) for month in range(1, 13)) | {date(2026, 3, 29)}
    special = {date(2026, month, 15): spans("10:00-14:00") for month in range(1, 13, 2)}
    return BusinessCalendar(
        "drawn", zone, hours, holidays, special, {date(2026, 5, 4): spans("11:00-12:15")}
    )


calendars = st.builds(
    drawn,
    st.sampled_from(ZONES),
    st.sampled_from(PATTERNS),
    st.integers(0, len(OPEN_DAYS) - 1),
    st.booleans(),
)
SUNDAYS = ("03-08", "03-29", "04-05", "10-04", "10-25", "11-01")
"""On which the clocks of these zones jump in 2026, but for those of Santiago."""
near_a_jump = st.builds(
    lambda on, minutes: utc(f"2026-{on}") + minutes * MINUTE,
    st.sampled_from(SUNDAYS),
    st.integers(-36 * 60, 36 * 60),
)
instants = near_a_jump | st.datetimes(
    datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)
)
lengths = st.timedeltas(INSTANT, timedelta(hours=200)).filter(bool)
modestly = settings(max_examples=60)


def scaled(calendar: BusinessCalendar, length: timedelta) -> timedelta:
    """Keep a target in minute-a-day calendars within a few years."""
    return (
        length / 500
        if Span.between("05:00", "05:01") in calendar.hours[max(calendar.hours)]
        else length
    )


@modestly
@given(calendars, instants, lengths)
def test_adding_is_the_inverse_of_elapsing(
    calendar: BusinessCalendar, start: datetime, length: timedelta
):
    length = scaled(calendar, length)
    assume(length > ZERO)

    due_at = calendar.add(start, length)

    assert calendar.elapsed(start, due_at) == length
    assert calendar.elapsed(start, due_at - INSTANT) == length - INSTANT


@modestly
@given(calendars, instants, lengths)
def test_subtracting_is_adding_in_a_mirror(
    calendar: BusinessCalendar, end: datetime, length: timedelta
):
    length = scaled(calendar, length)
    assume(length > ZERO)

    since = calendar.subtract(end, length)

    assert calendar.elapsed(since, end) == length
    assert calendar.elapsed(since + INSTANT, end) == length - INSTANT


@modestly
@given(calendars, instants, lengths, lengths)
def test_adding_twice_is_adding_the_sum_and_more_is_later(
    calendar: BusinessCalendar, start: datetime, first: timedelta, second: timedelta
):
    first, second = scaled(calendar, first), scaled(calendar, second)
    assume(first > ZERO and second > ZERO)

    due_at = calendar.add(start, first + second)

    assert calendar.add(calendar.add(start, first), second) == due_at
    assert calendar.add(start, first) < due_at
    assert calendar.add(start, ZERO) <= calendar.add(start, first)


@modestly
@given(calendars, instants, instants, instants)
def test_splitting_a_stay_changes_nothing(
    calendar: BusinessCalendar, one: datetime, two: datetime, three: datetime
):
    start, middle, end = sorted((one, two, three))

    parts = calendar.elapsed(start, middle) + calendar.elapsed(middle, end)

    assert parts == calendar.elapsed(start, end)
    assert calendar.elapsed(end, start) == ZERO


@modestly
@given(calendars, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    calendar: BusinessCalendar, at: datetime
):
    opening = calendar.next_opening(at)

    assert calendar.is_open(opening)
    assert calendar.elapsed(at, opening) == ZERO
    assert calendar.is_open(at) == (opening == at)


@settings(max_examples=150)
@given(calendars, instants)
def test_a_desk_is_open_when_the_clock_on_its_wall_says_so(
    calendar: BusinessCalendar, at: datetime
):
    wall = at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)

    said_open = any(
        midnight + span.opens <= wall < midnight + span.ends
        for midnight in (datetime.combine(wall.date() - timedelta(days=n), time()) for n in (0, 1))
        for span in hours_said(calendar, midnight.date())
    )
    cut_out = any(
        span.opens <= wall - datetime.combine(wall.date(), time()) < span.ends
        for span in calendar.cutouts.get(wall.date(), ())
    )

    assert calendar.is_open(at) == (said_open and not cut_out)


def hours_said(calendar: BusinessCalendar, on: date) -> tuple[Span, ...]:
    if on in calendar.special_days:
        return tuple(calendar.special_days[on])
    return () if on in calendar.holidays else tuple(calendar.hours.get(on.weekday(), ()))
