"""One SLA clock: start, pause, resume, retarget, meet, reopen, warn and explain."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation_app.domain.calendars import BusinessCalendar, NoWorkingTime
from escalation_app.domain.clock_reopening import grant_on_reopening, reopen_clock
from escalation_app.domain.clock_sums import SumKind, explain_clock
from escalation_app.domain.clocks import (
    Clock,
    ClockState,
    Metric,
    Threshold,
    cancel_clock,
    instant_of_share,
    instant_of_use,
    left,
    meet_clock,
    next_mark,
    pause_clock,
    resume_clock,
    retarget_clock,
    settle,
    start_clock,
    used,
)
from escalation_app.domain.wall_time import Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
SHARES = (Threshold(50), Threshold(75), Threshold(90))

ALWAYS = BusinessCalendar.always()


def office(
    key: str = "office", hours: str = "09:00-17:00", **exceptions: object
) -> BusinessCalendar:
    spans = (Span.between(*hours.split("-")),)
    return BusinessCalendar(key, "UTC", dict.fromkeys(range(5), spans), **exceptions)


OFFICE = office()


def at(text: str) -> datetime:
    """An instant of the first week of March 2026: `Mon 09:00`; 2026-03-02 is a Monday."""
    day, time = text.split()
    number = 2 + ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day)
    return datetime.fromisoformat(f"2026-03-{number:02} {time}").replace(tzinfo=UTC)


def started(target: timedelta, since: str, calendar: BusinessCalendar = OFFICE) -> Clock:
    return start_clock(Metric.RESOLUTION, target, calendar, "policy", at(since))


def test_a_clock_starts_running_towards_its_due_instant():
    clock = start_clock(Metric.FIRST_RESPONSE, 4 * HOUR, OFFICE, "gold", at("Mon 15:00"), cycle=2)

    assert clock == Clock(
        metric=Metric.FIRST_RESPONSE,
        cycle=2,
        state=ClockState.RUNNING,
        target=4 * HOUR,
        calendar="office",
        policy="gold",
        started_at=at("Mon 15:00"),
        running_since=at("Mon 15:00"),
        consumed=ZERO,
        stretches=(),
        due_at=at("Tue 11:00"),
    )


def test_a_clock_with_no_target_is_due_at_once_even_in_closed_time():
    clock = started(ZERO, "Sat 12:00")

    assert clock.due_at == at("Sat 12:00")
    assert next_mark(clock, SHARES, OFFICE) is None


def test_a_clock_runs_out_just_after_its_due_instant():
    clock = started(HOUR, "Mon 09:00")

    assert settle(clock, at("Mon 10:00")) is clock
    assert settle(clock, at("Mon 10:01")).breached_at == at("Mon 10:00")


def test_a_breach_says_when_it_was_and_when_it_was_noticed():
    clock = settle(started(HOUR, "Mon 09:00"), at("Mon 10:01"), noticed_at=at("Mon 10:05"))

    assert clock.breached_at == at("Mon 10:00")
    assert clock.noticed_at == at("Mon 10:05")
    assert clock.state is ClockState.RUNNING
    assert settle(clock, at("Tue 10:00")) is clock


def test_met_exactly_when_due_is_met():
    clock = meet_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 10:00"))

    assert clock.state is ClockState.MET
    assert not clock.is_breached
    assert clock.due_at == clock.ended_at == at("Mon 10:00")
    assert clock.consumed == HOUR


def test_met_late_is_met_and_breached():
    clock = meet_clock(started(HOUR, "Mon 16:00"), OFFICE, at("Tue 08:00"))

    assert clock.state is ClockState.MET
    assert clock.breached_at == at("Mon 17:00")
    assert left(clock, OFFICE, at("Fri 09:00")) == ZERO


def test_a_clock_that_has_ended_stays_as_it_is():
    met = meet_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 09:30"))

    later = at("Tue 12:00")

    assert settle(met, later) is met
    assert pause_clock(met, OFFICE, later, "waiting") is met
    assert resume_clock(met, OFFICE, later) is met
    assert meet_clock(met, OFFICE, later) is met
    assert cancel_clock(met, OFFICE, later) is met
    assert retarget_clock(met, MINUTE, OFFICE, "other", later) is met


def test_a_cancelled_clock_is_due_no_more_and_keeps_its_breach():
    in_time = cancel_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 09:30"))
    late = cancel_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 10:30"))

    assert in_time.state is late.state is ClockState.CANCELLED
    assert in_time.due_at is None
    assert in_time.breached_at is None
    assert late.breached_at == at("Mon 10:00")
    assert late.ended_at == at("Mon 10:30")


def test_eight_hours_paused_overnight_are_due_the_next_morning():
    clock = started(8 * HOUR, "Mon 09:00")

    paused = pause_clock(clock, OFFICE, at("Mon 16:00"), "waiting for the customer")
    resumed = resume_clock(paused, OFFICE, at("Tue 10:00"))

    assert paused.state is ClockState.PAUSED
    assert paused.due_at is None
    assert paused.paused_at == at("Mon 16:00")
    assert paused.pause_reason == "waiting for the customer"
    assert paused.consumed == 7 * HOUR
    assert resumed.due_at == at("Tue 11:00")
    assert resumed.stretches == ((at("Mon 09:00"), at("Mon 16:00")),)
    assert resumed.paused_at is None
    assert resumed.pause_reason == ""


def test_a_second_pause_or_resume_does_nothing():
    clock = started(8 * HOUR, "Mon 09:00")
    paused = pause_clock(clock, OFFICE, at("Mon 10:00"), "first")

    assert pause_clock(paused, OFFICE, at("Mon 11:00"), "second") is paused
    assert resume_clock(clock, OFFICE, at("Mon 11:00")) is clock


def test_a_pause_outside_working_hours_moves_nothing():
    clock = started(8 * HOUR, "Mon 13:00")

    paused = pause_clock(clock, OFFICE, at("Mon 17:00"), "night")
    resumed = resume_clock(paused, OFFICE, at("Tue 09:00"))

    assert resumed.due_at == clock.due_at == at("Tue 13:00")


def test_a_paused_clock_does_not_breach():
    paused = pause_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 10:00"), "just in time")

    assert settle(paused, at("Fri 12:00")) is paused
    assert not meet_clock(paused, OFFICE, at("Fri 12:00")).is_breached


def test_a_clock_paused_with_nothing_left_is_due_as_soon_as_it_resumes():
    paused = pause_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 10:00"), "just in time")

    resumed = resume_clock(paused, OFFICE, at("Tue 12:00"))

    assert resumed.due_at == at("Tue 12:00")
    assert not resumed.is_breached


def test_a_pause_after_a_breach_rescues_nothing():
    paused = pause_clock(started(HOUR, "Mon 09:00"), OFFICE, at("Mon 11:00"), "too late")
    resumed = resume_clock(paused, OFFICE, at("Tue 12:00"))

    assert paused.breached_at == resumed.breached_at == at("Mon 10:00")
    assert resumed.due_at == at("Mon 10:00")
    assert left(resumed, OFFICE, at("Tue 12:00")) == -HOUR


def test_a_clock_can_be_born_paused():
    clock = started(2 * HOUR, "Mon 09:00")

    paused = pause_clock(clock, OFFICE, at("Mon 09:00"), "created as pending")
    resumed = resume_clock(paused, OFFICE, at("Mon 12:00"))

    assert paused.stretches == ()
    assert resumed.due_at == at("Mon 14:00")


def test_a_paused_clock_is_met_without_a_due_instant():
    paused = pause_clock(started(2 * HOUR, "Mon 09:00"), OFFICE, at("Mon 10:00"), "waiting")

    met = meet_clock(paused, OFFICE, at("Wed 10:00"))

    assert met.state is ClockState.MET
    assert met.due_at is None
    assert met.consumed == HOUR
    assert met.paused_at is None


def test_a_wall_clock_set_back_does_not_give_time():
    clock = started(2 * HOUR, "Mon 12:00")

    paused = pause_clock(clock, OFFICE, at("Mon 11:00"), "the wall clock went back")

    assert paused.consumed == ZERO
    assert paused.stretches == ()


def test_a_new_target_keeps_what_was_used():
    clock = started(8 * HOUR, "Mon 09:00")

    shorter = retarget_clock(clock, 4 * HOUR, OFFICE, "urgent", at("Mon 11:00"))
    longer = retarget_clock(clock, 16 * HOUR, OFFICE, "calm", at("Mon 11:00"))

    assert shorter.due_at == at("Mon 13:00")
    assert longer.due_at == at("Tue 17:00")
    assert shorter.policy == "urgent"
    assert shorter.revision == longer.revision == 2
    assert not shorter.due_by_retarget


def test_a_new_target_that_is_used_already_is_due_now_and_never_earlier():
    clock = started(8 * HOUR, "Mon 09:00")

    retargeted = retarget_clock(clock, HOUR, OFFICE, "urgent", at("Mon 11:00"))

    assert retargeted.due_at == at("Mon 11:00")
    assert retargeted.due_by_retarget
    assert not retargeted.is_breached
    assert settle(retargeted, at("Mon 11:01")).breached_at == at("Mon 11:00")


def test_a_longer_target_does_not_erase_a_breach():
    clock = started(HOUR, "Mon 09:00")

    retargeted = retarget_clock(clock, 8 * HOUR, OFFICE, "calm", at("Mon 12:00"))

    assert retargeted.breached_at == at("Mon 10:00")
    assert retargeted.due_at == at("Mon 17:00")


def test_stretches_already_run_are_summed_again_in_a_new_calendar():
    clock = started(8 * HOUR, "Mon 15:00")
    paused = pause_clock(clock, OFFICE, at("Mon 18:00"), "waiting")
    resumed = resume_clock(paused, OFFICE, at("Tue 09:00"))

    retargeted = retarget_clock(resumed, 8 * HOUR, ALWAYS, "policy", at("Tue 10:00"))

    assert resumed.consumed == 2 * HOUR
    assert retargeted.calendar == "24x7"
    assert retargeted.consumed == 3 * HOUR
    assert retargeted.due_at == at("Tue 14:00")


def test_holidays_that_change_move_a_clock_of_the_same_calendar():
    clock = started(12 * HOUR, "Mon 09:00")
    with_holiday = office(holidays=frozenset({date(2026, 3, 3)}))

    moved = retarget_clock(clock, clock.target, with_holiday, clock.policy, at("Mon 10:00"))

    assert clock.due_at == at("Tue 13:00")
    assert moved.due_at == at("Wed 13:00")
    assert moved.revision == 2


def test_a_holiday_taken_back_can_leave_nothing():
    with_holiday = office(holidays=frozenset({date(2026, 3, 3)}))
    clock = started(12 * HOUR, "Mon 09:00", with_holiday)

    moved = retarget_clock(clock, clock.target, OFFICE, clock.policy, at("Wed 08:00"))

    assert clock.due_at == at("Wed 13:00")
    assert moved.due_at == at("Wed 08:00")
    assert moved.due_by_retarget


@pytest.mark.parametrize("now", ["Mon 09:00", "Mon 11:00", "Tue 20:00"])
def test_the_same_terms_change_nothing(now: str):
    clock = settle(started(8 * HOUR, "Mon 09:00"), at(now))

    assert retarget_clock(clock, 8 * HOUR, OFFICE, "policy", at(now)) is clock


def test_a_paused_clock_takes_its_new_target_when_it_resumes():
    paused = pause_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Mon 11:00"), "waiting")

    retargeted = retarget_clock(paused, 3 * HOUR, OFFICE, "urgent", at("Mon 15:00"))
    resumed = resume_clock(retargeted, OFFICE, at("Mon 16:00"))

    assert retargeted.state is ClockState.PAUSED
    assert retargeted.due_at is None
    assert resumed.due_at == at("Mon 17:00")


def test_a_paused_clock_retargeted_to_nothing_is_due_when_it_resumes():
    paused = pause_clock(started(2 * HOUR, "Mon 09:00"), OFFICE, at("Mon 12:00"), "too late")

    retargeted = retarget_clock(paused, HOUR, OFFICE, "urgent", at("Mon 15:00"))
    resumed = resume_clock(retargeted, OFFICE, at("Mon 16:00"))

    assert resumed.breached_at == at("Mon 11:00")
    assert resumed.due_at == at("Mon 16:00")
    assert resumed.due_by_retarget


def test_a_warning_stands_again_only_if_its_new_time_lies_ahead():
    warned = replace(started(8 * HOUR, "Mon 09:00"), mark=6 * HOUR)

    longer = retarget_clock(warned, 16 * HOUR, OFFICE, "calm", at("Mon 15:30"))
    shorter = retarget_clock(warned, 450 * MINUTE, OFFICE, "urgent", at("Mon 15:30"))

    assert next_mark(longer, SHARES, OFFICE) == (Threshold(50), at("Mon 17:00"))
    assert next_mark(shorter, SHARES, OFFICE) == (Threshold(90), at("Mon 15:45"))


def test_a_warning_whose_new_time_is_now_does_not_stand_again():
    clock = started(8 * HOUR, "Mon 09:00")

    retargeted = retarget_clock(clock, 4 * HOUR, OFFICE, "urgent", at("Mon 12:00"))

    assert next_mark(retargeted, SHARES, OFFICE) == (Threshold(90), at("Mon 12:36"))


def test_a_reopened_clock_has_what_was_left():
    met = meet_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Mon 12:00"))

    reopened = reopen_clock(met, OFFICE, at("Tue 09:00"))

    assert reopened.cycle == 2
    assert reopened.target == 5 * HOUR
    assert reopened.due_at == at("Tue 14:00")
    assert reopened.state is ClockState.RUNNING
    assert reopened.id is None


def test_a_reopened_clock_has_a_quarter_of_its_target_if_less_was_left():
    met = meet_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Mon 16:00"))

    grant = grant_on_reopening(met, OFFICE, at("Tue 09:00"))
    reopened = reopen_clock(met, OFFICE, at("Tue 09:00"))

    assert grant.by_floor
    assert reopened.target == 2 * HOUR


def test_the_floor_is_given_once():
    late = meet_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Tue 12:00"))

    reopened = reopen_clock(late, OFFICE, at("Wed 09:00"), floor_used=True)

    assert reopened.target == ZERO
    assert reopened.due_at == at("Wed 09:00")


def test_a_policy_may_give_a_full_target():
    late = meet_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Tue 12:00"))

    reopened = reopen_clock(late, OFFICE, at("Wed 09:00"), floor_used=True, full=True)

    assert reopened.due_at == at("Wed 17:00")
    assert late.is_breached
    assert not reopened.is_breached


def test_a_clock_reopened_in_another_calendar_has_what_was_left_there():
    met = meet_clock(started(8 * HOUR, "Mon 15:00"), OFFICE, at("Mon 20:00"))

    reopened = reopen_clock(met, ALWAYS, at("Tue 09:00"))

    assert left(met, OFFICE, at("Tue 09:00")) == 6 * HOUR
    assert reopened.target == 3 * HOUR


def test_a_clock_that_still_stands_cannot_be_reopened():
    clock = started(HOUR, "Mon 09:00")

    with pytest.raises(ValueError, match="ended"):
        reopen_clock(clock, OFFICE, at("Mon 09:30"))


def test_warnings_stand_at_working_time_from_the_start():
    clock = started(8 * HOUR, "Mon 13:00")

    marks = [instant_of_share(clock, share, OFFICE) for share in (0, 50, 75, 100, 150)]

    assert marks == [
        at(text) for text in ("Mon 13:00", "Mon 17:00", "Tue 11:00", "Tue 13:00", "Tue 17:00")
    ]


def test_a_share_used_before_a_pause_lies_before_it():
    paused = pause_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Mon 14:00"), "waiting")
    resumed = resume_clock(paused, OFFICE, at("Tue 09:00"))

    assert instant_of_share(paused, 50, OFFICE) is None
    assert instant_of_share(resumed, 50, OFFICE) == at("Mon 13:00")
    assert instant_of_share(resumed, 75, OFFICE) == at("Tue 10:00")


def test_a_share_used_up_by_a_pause_lies_where_the_pause_begins():
    paused = pause_clock(started(8 * HOUR, "Mon 09:00"), OFFICE, at("Mon 13:00"), "waiting")
    resumed = resume_clock(paused, OFFICE, at("Tue 09:00"))

    assert instant_of_share(resumed, 50, OFFICE) == at("Mon 13:00")


def test_an_offset_is_an_instant_of_use():
    clock = started(8 * HOUR, "Mon 13:00")

    assert instant_of_use(clock, clock.target - HOUR, OFFICE) == at("Tue 12:00")
    assert instant_of_use(clock, clock.target + 5 * HOUR, OFFICE) == at("Wed 10:00")
    assert instant_of_use(meet_clock(clock, OFFICE, at("Mon 14:00")), HOUR, OFFICE) is None


def test_the_next_mark_is_the_lowest_not_yet_handled():
    clock = started(8 * HOUR, "Mon 09:00")

    half_used = replace(clock, mark=4 * HOUR)

    assert next_mark(clock, SHARES[::-1], OFFICE) == (Threshold(50), at("Mon 13:00"))
    assert next_mark(half_used, SHARES, OFFICE) == (Threshold(75), at("Mon 15:00"))
    assert next_mark(replace(clock, mark=clock.target * 90 / 100), SHARES, OFFICE) is None
    assert next_mark(clock, (), OFFICE) is None
    assert next_mark(pause_clock(clock, OFFICE, at("Mon 10:00"), ""), SHARES, OFFICE) is None


def test_the_sum_behind_a_due_instant_can_be_read_line_by_line():
    clock = started(8 * HOUR, "Mon 14:00")
    paused = pause_clock(clock, OFFICE, at("Mon 16:00"), "waiting")
    resumed = resume_clock(paused, OFFICE, at("Tue 10:00"))

    lines = explain_clock(resumed, OFFICE, at("Tue 12:00"))

    assert [(line.kind, line.since, line.until, line.amount) for line in lines] == [
        (SumKind.TARGET, at("Mon 14:00"), at("Tue 16:00"), 8 * HOUR),
        (SumKind.WORKED, at("Mon 14:00"), at("Mon 16:00"), 2 * HOUR),
        (SumKind.PAUSED, at("Mon 16:00"), at("Tue 10:00"), 2 * HOUR),
        (SumKind.WORKED, at("Tue 10:00"), at("Tue 12:00"), 2 * HOUR),
        (SumKind.LEFT, at("Tue 12:00"), at("Tue 16:00"), 4 * HOUR),
    ]


def test_the_sum_of_a_breached_clock_ends_with_what_is_over():
    lines = explain_clock(started(HOUR, "Mon 16:00"), OFFICE, at("Tue 11:00"))

    assert [(line.kind, line.since, line.until, line.amount) for line in lines] == [
        (SumKind.TARGET, at("Mon 16:00"), at("Mon 17:00"), HOUR),
        (SumKind.WORKED, at("Mon 16:00"), at("Tue 11:00"), 3 * HOUR),
        (SumKind.OVER, at("Mon 17:00"), at("Tue 11:00"), 2 * HOUR),
    ]


def test_the_sum_of_a_paused_clock_has_the_pause_it_is_in():
    paused = pause_clock(started(4 * HOUR, "Mon 09:00"), OFFICE, at("Mon 10:00"), "waiting")

    lines = explain_clock(paused, OFFICE, at("Mon 12:00"))

    assert [(line.kind, line.until, line.amount) for line in lines] == [
        (SumKind.TARGET, None, 4 * HOUR),
        (SumKind.WORKED, at("Mon 10:00"), HOUR),
        (SumKind.PAUSED, at("Mon 12:00"), 2 * HOUR),
        (SumKind.LEFT, None, 3 * HOUR),
    ]


def test_a_clock_is_not_counted_in_the_wrong_calendar():
    clock = started(HOUR, "Mon 09:00")

    for wrong in (
        lambda: used(clock, ALWAYS, at("Mon 10:00")),
        lambda: pause_clock(clock, ALWAYS, at("Mon 09:10"), "waiting"),
        lambda: meet_clock(clock, ALWAYS, at("Mon 09:10")),
        lambda: instant_of_share(clock, 50, ALWAYS),
        lambda: explain_clock(clock, ALWAYS, at("Mon 09:10")),
    ):
        with pytest.raises(ValueError, match="counts in 'office'"):
            wrong()


def test_what_cannot_be_meant_is_refused():
    clock = started(HOUR, "Mon 09:00")
    naive = datetime(2026, 3, 2, 9)

    for wrong in (
        lambda: started(-HOUR, "Mon 09:00"),
        lambda: retarget_clock(clock, -HOUR, OFFICE, "policy", at("Mon 10:00")),
        lambda: instant_of_share(clock, -1, OFFICE),
        lambda: start_clock(Metric.TEAM, HOUR, OFFICE, "policy", naive),
        lambda: settle(clock, naive),
        lambda: used(clock, OFFICE, naive),
        lambda: meet_clock(clock, OFFICE, naive),
    ):
        with pytest.raises(ValueError, match=r"negative|no time zone"):
            wrong()


def test_a_clock_cannot_start_in_a_calendar_that_never_opens():
    never = BusinessCalendar("never", "UTC", {})

    with pytest.raises(NoWorkingTime):
        started(HOUR, "Mon 09:00", never)


CALENDARS = {
    calendar.key: calendar
    for calendar in (
        ALWAYS,
        OFFICE,
        office("night", "22:00-06:00", holidays=frozenset({date(2026, 3, 4)})),
        BusinessCalendar(
            "lunch",
            "Europe/London",
            dict.fromkeys(
                range(6), (Span.between("08:30", "12:30"), Span.between("13:30", "17:30"))
            ),
        ),
    )
}
modestly = settings(max_examples=100)
calendars = st.sampled_from(list(CALENDARS.values()))
targets = st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE)
instants = st.integers(0, 30 * 24 * 60).map(lambda minutes: at("Mon 00:00") + minutes * MINUTE)
stories = st.lists(
    st.tuples(
        instants, st.sampled_from(["pause", "resume", "settle", "retarget"]), targets, calendars
    ),
    max_size=8,
).map(lambda story: sorted(story, key=lambda step: step[0]))
Step = tuple[datetime, str, timedelta, BusinessCalendar]


def told(clock: Clock, story: list[Step]) -> Clock:
    for now, what, target, calendar in story:
        own = CALENDARS[clock.calendar]
        match what:
            case "pause":
                clock = pause_clock(clock, own, now, "told")
            case "resume":
                clock = resume_clock(clock, own, now)
            case "retarget":
                clock = retarget_clock(clock, target, calendar, "told", now)
            case _:
                clock = settle(clock, now)
    return clock


@modestly
@given(calendars, targets, instants, instants, instants)
def test_pausing_never_makes_a_clock_due_earlier(
    calendar: BusinessCalendar, target: timedelta, one: datetime, two: datetime, three: datetime
):
    start, begins, ends = sorted((one, two, three))
    clock = start_clock(Metric.RESOLUTION, target, calendar, "policy", start)

    resumed = resume_clock(pause_clock(clock, calendar, begins, "told"), calendar, ends)

    assert clock.due_at and resumed.due_at
    assert resumed.due_at >= clock.due_at
    assert resumed.is_breached == (clock.due_at < begins)


@modestly
@given(calendars, targets, instants, st.lists(instants, max_size=5))
def test_splitting_a_stay_changes_nothing(
    calendar: BusinessCalendar, target: timedelta, start: datetime, cuts: list[datetime]
):
    end = at("Mon 00:00") + timedelta(days=40)
    whole = start_clock(Metric.TEAM, target, calendar, "policy", start)

    split = whole
    for cut in sorted(cut for cut in cuts if cut >= start):
        split = resume_clock(pause_clock(split, calendar, cut, "cut"), calendar, cut)

    assert used(split, calendar, end) == used(whole, calendar, end)
    assert left(split, calendar, end) == left(whole, calendar, end)
    for share in (10, 50, 100, 130):
        assert instant_of_share(split, share, calendar) == instant_of_share(whole, share, calendar)


@modestly
@given(calendars, targets, targets, instants, stories)
def test_a_larger_target_is_never_due_earlier(
    calendar: BusinessCalendar, one: timedelta, two: timedelta, start: datetime, story: list[Step]
):
    smaller, larger = sorted((one, two))
    pauses = [step for step in story if step[0] >= start and step[1] != "retarget"]

    soon = told(start_clock(Metric.RESOLUTION, smaller, calendar, "policy", start), pauses)
    late = told(start_clock(Metric.RESOLUTION, larger, calendar, "policy", start), pauses)

    assert (soon.due_at is None) == (late.due_at is None)
    assert soon.due_at is None or late.due_at is None or soon.due_at <= late.due_at
    assert soon.is_breached or not late.is_breached


@modestly
@given(calendars, targets, instants, stories)
def test_a_clock_agrees_with_its_own_sum_whatever_has_happened_to_it(
    calendar: BusinessCalendar, target: timedelta, start: datetime, story: list[Step]
):
    end = at("Mon 00:00") + timedelta(days=40)
    clock = told(
        start_clock(Metric.RESOLUTION, target, calendar, "policy", start),
        [step for step in story if step[0] >= start],
    )
    own = CALENDARS[clock.calendar]

    lines = explain_clock(clock, own, end)

    amount = dict.fromkeys(SumKind, ZERO)
    for line in lines:
        amount[line.kind] += line.amount
    assert amount[SumKind.WORKED] == used(clock, own, end)
    assert amount[SumKind.TARGET] == (
        amount[SumKind.WORKED] + amount[SumKind.LEFT] - amount[SumKind.OVER]
    )
    assert clock.consumed == sum((own.elapsed(*stretch) for stretch in clock.stretches), ZERO)
    assert (clock.due_at is None) == (clock.state is ClockState.PAUSED)
    if clock.due_at is not None and not clock.due_by_retarget and not clock.is_breached:
        assert clock.due_at >= instant_of_share(clock, 100, own)


@modestly
@given(calendars, targets, instants, stories, st.lists(instants, min_size=1, max_size=5))
def test_a_breach_is_never_erased_and_settling_often_changes_nothing_else(
    calendar: BusinessCalendar,
    target: timedelta,
    start: datetime,
    story: list[Step],
    looks: list[datetime],
):
    clock = start_clock(Metric.RESOLUTION, target, calendar, "policy", start)
    story = [step for step in story if step[0] >= start]
    looked_at = sorted(
        [*story, *((look, "settle", target, calendar) for look in looks if look >= start)],
        key=lambda step: step[0],
    )

    seldom, often = told(clock, story), told(clock, looked_at)

    settled = settle(seldom, max([start, *looks, *(step[0] for step in story)]))
    assert replace(often, noticed_at=None) == replace(settled, noticed_at=None)
    for count in range(len(story)):
        earlier = told(clock, story[:count])
        if earlier.is_breached:
            assert seldom.breached_at == earlier.breached_at


@modestly
@given(calendars, targets, targets, calendars, instants, instants, st.booleans())
def test_events_of_the_same_instant_come_to_the_same_in_any_order(
    calendar: BusinessCalendar,
    target: timedelta,
    new_target: timedelta,
    new_calendar: BusinessCalendar,
    one: datetime,
    two: datetime,
    was_paused: bool,
):
    start, now = sorted((one, two))
    clock = start_clock(Metric.RESOLUTION, target, calendar, "policy", start)
    if was_paused:
        clock = pause_clock(clock, calendar, start + (now - start) / 2, "told")
    change = "resume" if was_paused else "pause"
    events = [(now, what, new_target, new_calendar) for what in (change, "retarget", "settle")]

    outcomes = {told(clock, list(order)) for order in permutations(events)}

    assert len(outcomes) == 1


Change = Callable[[Clock], Clock]


@modestly
@given(calendars, targets, instants, instants)
def test_meeting_and_pausing_at_the_same_instant_come_to_the_same_facts_in_any_order(
    calendar: BusinessCalendar, target: timedelta, one: datetime, two: datetime
):
    start, now = sorted((one, two))
    clock = start_clock(Metric.FIRST_RESPONSE, target, calendar, "policy", start)
    changes: list[Change] = [
        lambda clock: meet_clock(clock, calendar, now),
        lambda clock: pause_clock(clock, calendar, now, "told"),
    ]

    facts = set[object]()
    for order in permutations(changes):
        changed = clock
        for change in order:
            changed = change(changed)
        facts.add((changed.state, changed.breached_at, changed.ended_at, changed.consumed))

    assert len(facts) == 1
