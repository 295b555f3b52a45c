"""The times promised besides the first response and the resolution, and warnings of all of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from escalation_app.domain import cases, escalations, lifecycle
from escalation_app.domain.clocks import ClockState, Metric, Threshold
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import StopWhen
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind, Status
from tests.support.casework import (
    AGENT,
    CUSTOMER,
    LEAD,
    MANAGER,
    MONDAY,
    OTHER_MANAGER,
    SPECIALIST,
    Casework,
    casework,
)
from tests.support.small_paths import A_MOMENT, HOUR, MINUTE, at, clock, path, promising, step

REPLY, UPDATE, TEAM, TRIAGE = Metric.NEXT_REPLY, Metric.NEXT_UPDATE, Metric.TEAM, Metric.TRIAGE
RESOLUTION = Metric.RESOLUTION


def write(work: Casework, *, is_public: bool = True, is_automatic: bool = False) -> None:
    """A message of ours, other than a person's answer to the customer."""
    message = lifecycle.message_from_us(work.now, AGENT, "Agent", "Text", is_public=is_public)
    work.decide(lifecycle.add_message, replace(message, is_automatic=is_automatic))


def note(work: Casework) -> None:
    write(work, is_public=False)


def automatic_reply(work: Casework) -> None:
    write(work, is_automatic=True)


def wait_for_customer(work: Casework) -> None:
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)


def go_on(work: Casework) -> None:
    work.decide(lifecycle.set_status, Status.OPEN)


def cycles(work: Casework, metric: Metric) -> list[tuple[int, ClockState]]:
    return [(c.cycle, c.state) for c in work.ticket.clocks if c.metric is metric]


# The next reply ------------------------------------------------------------------------------


def promising_replies() -> Process:
    return promising(next_reply=2 * HOUR)


def test_before_the_first_response_a_message_of_the_customer_starts_no_time_to_reply():
    work = casework(process=promising_replies())

    work.hear("Hello?")

    assert cycles(work, REPLY) == []


def test_the_first_message_after_the_first_response_starts_the_time_to_reply():
    work = casework(answered=True, process=promising_replies())
    work.wait(hours=1)

    work.hear()

    waiting = clock(work, REPLY)
    assert (waiting.state, waiting.started_at) == (ClockState.RUNNING, work.now)
    assert waiting.due_at == work.now + 2 * HOUR


def test_a_second_message_does_not_move_the_time_to_reply():
    work = casework(answered=True, process=promising_replies())
    work.hear()
    first = clock(work, REPLY)
    work.wait(hours=1)

    work.hear("Anybody?")

    assert clock(work, REPLY) == first


@pytest.mark.parametrize("click", [note, automatic_reply, wait_for_customer])
def test_only_an_answer_of_a_person_ends_the_time_to_reply(click):
    work = casework(answered=True, process=promising_replies())
    work.hear()
    waiting = clock(work, REPLY)
    work.wait(minutes=30)

    click(work)
    unanswered = clock(work, REPLY)
    work.answer()

    assert unanswered == waiting
    assert clock(work, REPLY).state is ClockState.MET
    assert clock(work, REPLY).ended_at == work.now


def test_after_an_answer_the_next_message_starts_the_time_to_reply_anew():
    work = casework(answered=True, process=promising_replies())
    work.hear()
    work.answer()
    work.wait(hours=1)

    work.hear()

    assert cycles(work, REPLY) == [(1, ClockState.MET), (2, ClockState.RUNNING)]
    assert clock(work, REPLY).started_at == work.now


def test_an_answer_exactly_when_the_reply_is_due_is_in_time_and_a_moment_later_is_not():
    in_time, late = (casework(answered=True, process=promising_replies()) for _ in range(2))
    for work, delay in ((in_time, timedelta(0)), (late, A_MOMENT)):
        work.hear()
        work.wait(hours=2)
        work.now += delay
        work.answer()

    assert not clock(in_time, REPLY).is_breached
    assert clock(late, REPLY).breached_at == MONDAY + 2 * HOUR


def test_a_message_that_reopens_a_ticket_waits_for_a_reply():
    work = casework(answered=True, process=promising_replies())
    work.decide(lifecycle.resolve)

    work.hear("It is back")

    assert clock(work, REPLY).started_at == work.now
    assert clock(work, REPLY).is_running


# The next update -----------------------------------------------------------------------------


def promising_updates() -> Process:
    return promising(next_update=4 * HOUR)


def test_the_time_to_the_next_update_starts_at_the_first_response():
    work = casework(process=promising_updates())
    before = cycles(work, UPDATE)
    work.wait(minutes=20)

    work.answer()

    assert before == []
    assert clock(work, UPDATE).due_at == work.now + 4 * HOUR


def test_each_public_message_of_ours_starts_the_time_to_the_next_update_anew():
    work = casework(answered=True, process=promising_updates())
    work.wait(hours=3)

    work.answer("Still at it.")

    assert cycles(work, UPDATE) == [(1, ClockState.MET), (2, ClockState.RUNNING)]
    assert clock(work, UPDATE).due_at == work.now + 4 * HOUR


@pytest.mark.parametrize("click", [note, automatic_reply, Casework.hear])
def test_nothing_else_starts_the_time_to_the_next_update_anew(click):
    work = casework(answered=True, process=promising_updates())
    running = clock(work, UPDATE)
    work.wait(hours=3)

    click(work)

    assert clock(work, UPDATE) == running


def test_the_time_to_the_next_update_stands_still_while_we_wait_for_the_customer():
    work = casework(answered=True, process=promising_updates())
    work.wait(hours=3)
    wait_for_customer(work)
    waiting = clock(work, UPDATE)
    work.wait(days=2)

    work.hear()

    assert (waiting.state, waiting.due_at) == (ClockState.PAUSED, None)
    assert clock(work, UPDATE).due_at == work.now + HOUR
    assert clock(work, UPDATE).cycle == 1


def test_a_wait_that_the_policy_does_not_name_lets_the_time_to_the_next_update_run():
    work = casework(answered=True, process=promising_updates())
    running = clock(work, UPDATE)

    work.decide(lifecycle.set_status, Status.WAITING_SUPPLIER)

    assert clock(work, UPDATE) == running


def test_an_update_written_while_waiting_starts_the_next_one_standing_still():
    work = casework(answered=True, process=promising_updates())
    wait_for_customer(work)
    work.answer("Any news from you?")
    waiting = clock(work, UPDATE)
    work.wait(days=1)

    go_on(work)

    assert (waiting.cycle, waiting.state) == (2, ClockState.PAUSED)
    assert clock(work, UPDATE).due_at == work.now + 4 * HOUR


def test_resolving_stops_the_time_to_the_next_update():
    silent, told = (casework(answered=True, process=promising_updates()) for _ in range(2))
    message = lifecycle.message_from_us(MONDAY, AGENT, "Agent", "Fixed", is_public=True)

    silent.decide(lifecycle.resolve)
    told.decide(lifecycle.resolve, message)

    assert cycles(silent, UPDATE) == [(1, ClockState.CANCELLED)]
    assert cycles(told, UPDATE) == [(1, ClockState.MET)]


def test_a_thank_you_after_the_resolution_promises_no_update():
    work = casework(answered=True, process=promising_updates())
    work.decide(lifecycle.resolve)

    work.answer("Thanks for telling us.")

    assert cycles(work, UPDATE) == [(1, ClockState.CANCELLED)]


@pytest.mark.parametrize("reopened_by", [Casework.hear, lambda w: w.decide(lifecycle.reopen)])
def test_reopening_promises_an_update_again(reopened_by):
    work = casework(answered=True, process=promising_updates())
    work.wait(hours=3)
    work.decide(lifecycle.resolve)
    work.wait(hours=10)

    reopened_by(work)

    assert cycles(work, UPDATE)[-1] == (2, ClockState.RUNNING)
    assert clock(work, UPDATE).due_at == work.now + 4 * HOUR


def test_a_ticket_reopened_before_any_answer_promises_no_update_yet():
    work = casework(process=promising_updates())
    work.decide(lifecycle.resolve)

    work.decide(lifecycle.reopen)

    assert cycles(work, UPDATE) == []


# A team's stay -------------------------------------------------------------------------------


def promising_stays(calendar: str = "") -> Process:
    """Five hours of a team's own; the second tier's team counts in the calendar given."""
    process = promising(
        path(step("stay", at(100, TEAM)), metric=TEAM, stop_when=frozenset({StopWhen.MET})),
        team=5 * HOUR,
    )
    teams = [
        replace(team, calendar=calendar) if team.key == "application_support" else team
        for team in process.teams
    ]
    return replace(process, teams=tuple(teams))


def move_up(work: Casework) -> None:
    work.decide(
        escalations.escalate,
        kind=EscalationKind.FUNCTIONAL,
        reason="It is in the database",
        requested_by=AGENT,
    )


def test_a_teams_own_time_starts_when_the_ticket_is_opened():
    work = casework(process=promising_stays())

    assert clock(work, TEAM).due_at == work.now + 5 * HOUR


def test_a_team_that_hands_the_ticket_on_has_met_its_time_and_the_next_counts_in_its_own_hours():
    work = casework(answered=True, process=promising_stays("nine_to_five"))
    work.wait(hours=4)

    move_up(work)

    assert cycles(work, TEAM) == [(1, ClockState.MET), (2, ClockState.RUNNING)]
    stay = clock(work, TEAM)
    assert (stay.calendar, stay.started_at) == ("nine_to_five", work.now)
    assert stay.due_at == MONDAY + timedelta(days=1, hours=1)


def test_the_customers_times_do_not_care_which_team_has_the_ticket():
    process = replace(promising_stays("nine_to_five"))
    work = casework(answered=True, process=process)
    work.wait(hours=2)
    before = [c for c in work.ticket.clocks if c.metric is not TEAM]

    move_up(work)

    assert [c for c in work.ticket.clocks if c.metric is not TEAM] == before


def test_another_person_of_the_same_team_gets_no_new_time():
    work = casework(answered=True, process=promising_stays())
    stay = clock(work, TEAM)

    work.decide(lifecycle.assign, LEAD, "Lead")

    assert clock(work, TEAM) == stay


def test_a_teams_time_stands_still_with_the_ticket():
    work = casework(answered=True, process=promising_stays())
    work.wait(hours=3)
    wait_for_customer(work)
    waiting = clock(work, TEAM)
    work.wait(days=1)

    work.hear()

    assert waiting.state is ClockState.PAUSED
    assert clock(work, TEAM).due_at == work.now + 2 * HOUR


def test_a_team_that_gets_a_waiting_ticket_starts_standing_still():
    work = casework(answered=True, process=promising_stays())
    wait_for_customer(work)
    move_up(work)
    stay = clock(work, TEAM)
    work.wait(days=1)

    go_on(work)

    assert (stay.cycle, stay.state) == (2, ClockState.PAUSED)
    assert clock(work, TEAM).due_at == work.now + 5 * HOUR


def test_resolving_meets_the_teams_time_and_reopening_starts_it_anew():
    work = casework(answered=True, process=promising_stays())
    work.wait(hours=4)
    work.decide(lifecycle.resolve)
    work.wait(hours=4)

    work.decide(lifecycle.reopen)

    assert cycles(work, TEAM) == [(1, ClockState.MET), (2, ClockState.RUNNING)]
    assert clock(work, TEAM).due_at == work.now + 5 * HOUR


def test_a_stay_that_lasts_too_long_starts_its_path_until_the_ticket_is_handed_on():
    work = casework(answered=True, process=promising_stays())
    work.run_until(work.now + 5 * HOUR + MINUTE)
    run = work.ticket.run

    move_up(work)

    assert run is not None and run.path == "path"
    assert clock(work, TEAM, 1).breached_at == MONDAY + 5 * HOUR
    assert work.ticket.run is None
    assert EventKind.PATH_ENDED in work.kinds()


# Triage --------------------------------------------------------------------------------------


def promising_triage() -> Process:
    looked_at = path(
        step("look", at(100, TRIAGE)), metric=TRIAGE, stop_when=frozenset({StopWhen.MET})
    )
    return promising(looked_at, triage=HOUR)


def ask_for_manager(work: Casework, *, by_customer: bool = True) -> None:
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="This takes too long",
        requested_by=CUSTOMER if by_customer else AGENT,
        by_customer=by_customer,
    )


TRIAGES = {
    "acknowledged": lambda work: work.decide(escalations.acknowledge, MANAGER),
    "assigned": lambda work: work.decide(escalations.assign_case, OTHER_MANAGER),
    "triaged": lambda work: work.decide(cases.triage_requests, MANAGER, "accepted"),
    "de-escalated": lambda work: work.decide(escalations.deescalate, "it is calm", MANAGER),
}


def test_what_the_customer_asks_for_has_a_time_of_its_own():
    work = casework(answered=True, process=promising_triage())
    others = work.ticket.clocks
    work.wait(minutes=10)

    ask_for_manager(work)

    assert clock(work, TRIAGE).due_at == work.now + HOUR
    assert work.ticket.clocks[: len(others)] == others
    assert work.ticket.requests[0].is_open


def test_what_one_of_us_asks_for_needs_no_triage():
    work = casework(answered=True, process=promising_triage())

    ask_for_manager(work, by_customer=False)

    assert work.ticket.requests == ()
    assert cycles(work, TRIAGE) == []


@pytest.mark.parametrize("way", TRIAGES)
def test_a_request_is_triaged_in_time(way: str):
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work)
    work.wait(minutes=30)

    TRIAGES[way](work)

    (asked,) = work.ticket.requests
    assert (clock(work, TRIAGE).state, clock(work, TRIAGE).ended_at) == (ClockState.MET, work.now)
    assert (asked.triaged_at, asked.is_open) == (work.now, False)
    assert work.kinds().count(EventKind.ESCALATION_TRIAGED) == 1


def test_an_agent_who_acknowledges_has_not_triaged_the_request():
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work)

    work.decide(escalations.acknowledge, AGENT)

    assert clock(work, TRIAGE).is_running
    assert work.ticket.requests[0].is_open


def test_a_request_for_an_acknowledged_case_can_be_acknowledged_in_its_turn():
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work, by_customer=False)
    work.decide(escalations.acknowledge, MANAGER)
    ask_for_manager(work)

    work.decide(escalations.acknowledge, MANAGER)

    assert not work.ticket.requests[0].is_open
    assert clock(work, TRIAGE).state is ClockState.MET


def test_each_request_has_its_own_number_and_time_and_one_look_settles_all_that_wait():
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work)
    work.wait(minutes=20)
    ask_for_manager(work)
    dues = [c.due_at for c in work.ticket.clocks if c.metric is TRIAGE]

    work.decide(cases.triage_requests, MANAGER, "accepted")
    again = work.decide(cases.triage_requests, MANAGER, "accepted")

    assert dues == [MONDAY + HOUR, MONDAY + HOUR + 20 * MINUTE]
    assert cycles(work, TRIAGE) == [(1, ClockState.MET), (2, ClockState.MET)]
    assert [asked.number for asked in work.ticket.requests] == [1, 2]
    assert not again.is_change


@pytest.mark.parametrize("way", TRIAGES)
def test_a_request_that_nobody_looked_at_starts_its_path_until_somebody_does(way: str):
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work)
    work.run_until(work.now + HOUR + MINUTE)
    run = work.ticket.run

    TRIAGES[way](work)

    assert run is not None and run.path == "path"
    assert work.step_keys() == ["look"]
    assert clock(work, TRIAGE).breached_at == MONDAY + HOUR
    assert work.ticket.run is None


def test_a_request_is_triaged_while_the_ticket_waits_for_the_customer():
    work = casework(answered=True, process=promising_triage())
    ask_for_manager(work)

    wait_for_customer(work)

    assert clock(work, TRIAGE).is_running


# Warnings ------------------------------------------------------------------------------------


def before(**length: float) -> Threshold:
    return Threshold(100, -timedelta(**length))


def after_due(**length: float) -> Threshold:
    return Threshold(100, timedelta(**length))


def warned(work: Casework, metric: Metric = RESOLUTION) -> list[tuple[str, datetime]]:
    return [
        (str(event.data["threshold"]), event.at)
        for event in work.of_kind(EventKind.SLA_WARNING)
        if event.data["metric"] == metric.value
    ]


def on(day: int, time: str) -> datetime:
    """An instant of the week of MONDAY; day 0 is Monday."""
    hour, minute = map(int, time.split(":"))
    return MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day)


def office_work(*warnings: Threshold, since: datetime, answered: bool = True) -> Casework:
    """Eight hours of a nine-to-five calendar."""
    process = promising(calendar="nine_to_five", warnings=warnings)
    return casework(answered=answered, process=process, at=since)


def test_warnings_before_and_after_the_due_instant_count_open_time_across_a_closing():
    marks = (before(hours=5), before(hours=1), after_due(minutes=30), Threshold(50))
    work = office_work(*marks, since=on(0, "13:30"))

    work.run_until(on(4, "12:00"))

    assert clock(work, RESOLUTION).breached_at == on(1, "13:30")
    assert warned(work) == [
        ("5h before", on(0, "16:30")),
        ("50%", on(1, "09:30")),
        ("1h before", on(1, "12:30")),
        ("30m after", on(1, "14:00")),
    ]


def test_a_warning_that_falls_on_the_closing_comes_at_the_closing():
    work = office_work(before(hours=4), since=on(0, "13:00"))

    work.run_until(on(4, "12:00"))

    assert warned(work) == [("4h before", on(0, "17:00"))]


def test_a_warning_after_due_that_lies_behind_the_closing_comes_the_next_morning():
    work = office_work(after_due(hours=2), since=on(0, "09:00"))

    work.run_until(on(4, "12:00"))

    assert clock(work, RESOLUTION).breached_at == on(0, "17:00")
    assert warned(work) == [("2h after", on(1, "11:00"))]


def test_warnings_wait_out_a_pause():
    work = office_work(before(hours=1), after_due(minutes=30), since=on(0, "13:00"))
    work.now = on(0, "16:00")
    wait_for_customer(work)
    quiet = work.wakes_at
    work.now = on(1, "10:00")
    go_on(work)

    work.run_until(on(4, "12:00"))

    assert quiet is None
    assert warned(work) == [("1h before", on(1, "14:00")), ("30m after", on(1, "15:30"))]


def test_a_warning_after_due_waits_out_a_pause_after_the_breach():
    work = office_work(after_due(minutes=30), since=on(0, "09:00"))
    work.run_until(on(1, "09:10"))
    wait_for_customer(work)
    work.now = on(1, "11:00")
    go_on(work)

    work.run_until(on(4, "12:00"))

    assert warned(work) == [("30m after", on(1, "11:20"))]


def test_a_warning_that_would_lie_before_the_start_is_not_given():
    work = office_work(before(hours=9), before(hours=8), since=on(0, "09:00"))

    work.run_until(on(4, "12:00"))

    assert warned(work) == []
    assert [e.data["metric"] for e in work.of_kind(EventKind.SLA_BREACHED)] == ["resolution"]


def test_a_longer_time_gives_warnings_again_that_lie_ahead_of_it():
    work = office_work(Threshold(50), before(hours=5), since=on(0, "09:00"))
    work.run_until(on(0, "13:30"))

    work.decide(cases.grade, 2, "It is not that bad")
    work.run_until(on(4, "12:00"))

    assert warned(work) == [
        ("5h before", on(0, "12:00")),
        ("50%", on(0, "13:00")),
        ("50%", on(0, "17:00")),
        ("5h before", on(1, "12:00")),
    ]
    revisions = [event.data["revision"] for event in work.of_kind(EventKind.SLA_WARNING)]
    assert revisions == [1, 1, 2, 2]


def test_a_shorter_time_gives_only_the_warnings_that_lie_ahead_of_it():
    process = promising(
        calendar="nine_to_five", warnings=(Threshold(50), Threshold(75), before(hours=1))
    )
    work = casework(2, answered=True, process=process, at=on(0, "09:00"))
    work.now = on(0, "15:00")

    work.decide(cases.grade, 1, "It is worse")
    work.run_until(on(4, "12:00"))

    assert warned(work) == [("1h before", on(0, "16:00"))]


# Reopening -----------------------------------------------------------------------------------


def test_a_policy_may_give_a_reopened_ticket_its_whole_time_again_and_again():
    work = casework(answered=True, process=promising(in_full=True))

    for _ in range(2):
        work.wait(hours=7)
        work.decide(lifecycle.resolve)
        work.decide(lifecycle.reopen)
        assert clock(work, RESOLUTION).due_at == work.now + 8 * HOUR

    assert not work.ticket.floor_used


def test_a_reopened_ticket_that_was_late_stays_late_in_its_first_cycle():
    work = casework(answered=True, process=promising(in_full=True))
    work.wait(hours=9)
    work.decide(lifecycle.resolve)

    work.decide(lifecycle.reopen)

    assert clock(work, RESOLUTION, 1).breached_at == MONDAY + 8 * HOUR
    assert not clock(work, RESOLUTION, 2).is_breached


def test_the_specialist_of_the_next_tier_has_the_ticket_when_the_stay_begins():
    work = casework(answered=True, process=promising_stays())

    move_up(work)

    assert (work.ticket.team, work.ticket.assignee_id) == ("application_support", SPECIALIST)
