"""Quiet hours in a person's own zone, over midnight, weekends and daylight saving."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation_app.domain.quiet import QuietHours, quiet_until

LONDON, NEW_YORK, KATHMANDU = "Europe/London", "America/New_York", "Asia/Kathmandu"


def hours(starts: str, ends: str, *, weekends: bool = False) -> QuietHours:
    return QuietHours(of_day(starts), of_day(ends), weekends)


def of_day(text: str) -> timedelta:
    hour, minute = text.split(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHT = hours("22:00", "07:00")
NIGHT_AND_WEEKEND = hours("22:00", "07:00", weekends=True)


@pytest.mark.parametrize(
    ("quiet", "zone", "at", "ends"),
    [
        (NIGHT, "UTC", "2026-03-02 21:59:59", None),
        (NIGHT, "UTC", "2026-03-02 22:00", "2026-03-03 07:00"),
        (NIGHT, "UTC", "2026-03-03 06:59:59", "2026-03-03 07:00"),
        (NIGHT, "UTC", "2026-03-03 07:00", None),
        (hours("12:00", "13:30"), "UTC", "2026-03-02 12:15", "2026-03-02 13:30"),
        (hours("12:00", "13:30"), "UTC", "2026-03-02 13:30", None),
        (hours("00:00", "06:00"), "UTC", "2026-03-02 00:00", "2026-03-02 06:00"),
        (hours("00:00", "06:00"), "UTC", "2026-03-02 23:59:59", None),
        (hours("20:00", "00:00"), "UTC", "2026-03-02 23:00", "2026-03-03 00:00"),
        (NIGHT, NEW_YORK, "2026-07-02 02:00", "2026-07-02 11:00"),
        (NIGHT, NEW_YORK, "2026-07-02 01:59:59", None),
        (NIGHT, KATHMANDU, "2026-07-01 16:15", "2026-07-02 01:15"),
        (NIGHT, "No/Where", "2026-03-02 22:00", "2026-03-03 07:00"),
    ],
)
def test_the_quiet_time_is_the_persons_own(quiet: QuietHours, zone: str, at: str, ends: str | None):
    assert quiet_until(quiet, zone, utc(at)) == (None if ends is None else utc(ends))


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-03-06 21:59", None),
        ("2026-03-06 23:00", "2026-03-09 07:00"),
        ("2026-03-07 12:00", "2026-03-09 07:00"),
        ("2026-03-08 21:00", "2026-03-09 07:00"),
        ("2026-03-09 07:00", None),
    ],
)
def test_a_friday_night_and_the_weekend_are_one_quiet_time(at: str, ends: str | None):
    assert quiet_until(NIGHT_AND_WEEKEND, "UTC", utc(at)) == (None if ends is None else utc(ends))


def test_a_weekend_is_quiet_although_the_hours_lie_in_the_middle_of_the_day():
    lunch = hours("12:00", "13:00", weekends=True)

    assert quiet_until(lunch, "UTC", utc("2026-03-06 23:59")) is None
    assert quiet_until(lunch, "UTC", utc("2026-03-07 00:00")) == utc("2026-03-09 00:00")


def test_the_night_the_clocks_go_forward_is_an_hour_shorter():
    before = quiet_until(NIGHT, LONDON, utc("2026-03-28 22:30"))

    assert before == utc("2026-03-29 06:00"), "07:00 is British Summer Time by then"


def test_the_night_the_clocks_go_back_is_an_hour_longer():
    before = quiet_until(NIGHT, LONDON, utc("2026-10-24 21:30"))

    assert before == utc("2026-10-25 07:00")


def test_an_end_that_the_jump_leaves_out_is_the_jump():
    quiet = hours("22:00", "01:30")

    assert quiet_until(quiet, LONDON, utc("2026-03-29 00:30")) == utc("2026-03-29 01:00")


def test_an_end_that_comes_twice_is_the_first_one():
    quiet = hours("22:00", "01:30")

    assert quiet_until(quiet, LONDON, utc("2026-10-25 00:10")) == utc("2026-10-25 00:30")
    assert quiet_until(quiet, LONDON, utc("2026-10-25 01:10")) is None


@pytest.mark.parametrize("starts", ["07:00", "00:00"])
def test_hours_that_never_end_are_refused(starts: str):
    with pytest.raises(ValueError, match="another time"):
        hours(starts, starts)


def test_hours_outside_the_day_are_refused():
    with pytest.raises(ValueError, match="between 00:00 and 23:59"):
        QuietHours(timedelta(hours=24), timedelta(hours=7))


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.booleans(),
    st.sampled_from(["UTC", LONDON, NEW_YORK, KATHMANDU, "Australia/Lord_Howe"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),
)
def test_a_quiet_time_ends_and_when_it_has_it_is_over(
    starts: int, ends: int, weekends: bool, zone: str, at: datetime
):
    if starts == ends:
        return
    quiet = QuietHours(timedelta(minutes=starts), timedelta(minutes=ends), weekends)
    until = quiet_until(quiet, zone, at.replace(tzinfo=UTC))

    if until is not None:
        assert at.replace(tzinfo=UTC) < until <= at.replace(tzinfo=UTC) + timedelta(days=4)
        assert quiet_until(quiet, zone, until) is None
        assert quiet_until(quiet, zone, until - timedelta(seconds=1)) == until
