"""Clocks that follow added days, over every moment of a fortnight."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import (
    Clock,
    Metric,
    pause_clock,
    resume_clock,
    retarget_clock,
    settle,
    start_clock,
)
from escalation_app.domain.wall_time import Span

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAYS = tuple(date(2026, 3, day) for day in range(2, 16))
HOURS = {day: (Span.between("09:00", "17:00"),) for day in range(5)}
modestly = settings(max_examples=150)
moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: MONDAY + minutes * MINUTE)
targets = st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE)
closed = st.frozensets(st.sampled_from(DAYS), max_size=4)


def desk(holidays: frozenset[date] = frozenset()) -> BusinessCalendar:
    return BusinessCalendar("desk", "Europe/London", HOURS, holidays)


def follow(clock: Clock, calendar: BusinessCalendar, now: datetime, changed_at: datetime) -> Clock:
    return retarget_clock(clock, clock.target, calendar, clock.policy, now, changed_at)


def started(target: timedelta, at: datetime, pauses: list[datetime]) -> Clock:
    """A clock that is paused and resumed in turn at these instants."""
    clock = start_clock(Metric.RESOLUTION, target, desk(), "policy", at)
    for turn, now in enumerate(sorted(max(pause, at) for pause in pauses)):
        clock = (
            resume_clock(clock, desk(), now)
            if turn % 2
            else pause_clock(clock, desk(), now, "waiting")
        )
    return clock


@modestly
@given(targets, st.lists(moments, min_size=4, max_size=6), closed, moments)
def test_following_again_at_any_later_time_changes_nothing(
    target: timedelta, times: list[datetime], holidays: frozenset[date], later: datetime
):
    start, *pauses, changed_at, now = sorted(times)
    clock = settle(started(target, start, pauses), changed_at)

    once = follow(clock, desk(holidays), now, changed_at)

    assert follow(once, desk(holidays), max(now, later), changed_at) is once


@modestly
@given(targets, moments, moments, closed)
def test_a_day_that_is_added_and_taken_away_leaves_a_due_time_ahead_as_it_was(
    target: timedelta, start: datetime, now: datetime, holidays: frozenset[date]
):
    start, now = sorted((start, now))
    clock = start_clock(Metric.RESOLUTION, target, desk(), "policy", start)
    assume(clock.due_at is not None and clock.due_at >= now)

    while_closed = follow(clock, desk(holidays), now, now)
    afterwards = follow(while_closed, desk(), now, now)

    assert afterwards.due_at == clock.due_at
    assert not afterwards.is_breached


@modestly
@given(targets, st.lists(moments, min_size=3, max_size=3), closed)
def test_closing_days_never_makes_a_clock_due_earlier_nor_late_after_the_change(
    target: timedelta, times: list[datetime], holidays: frozenset[date]
):
    start, changed_at, now = sorted(times)
    clock = start_clock(Metric.RESOLUTION, target, desk(), "policy", start)

    followed = follow(clock, desk(holidays), now, changed_at)

    assert clock.due_at and followed.due_at
    assert followed.due_at >= clock.due_at
    assert followed.is_breached == (clock.due_at < changed_at)
