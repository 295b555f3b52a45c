"""Escalation paths step by step: acknowledged, repeated, held, stopped, and what each kind does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain import cases, escalations, firing, lifecycle, path_starts
from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import (
    Audience,
    Condition,
    EscalationPath,
    PathStep,
    Playbook,
    PlaybookTask,
    Repeat,
    StopWhen,
    Task,
)
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import EscalationKind, Status, StepOutcome
from tests.support.casework import (
    ADMIN,
    AGENT,
    CUSTOMER,
    EXECUTIVE,
    EXPERT,
    LEAD,
    MANAGER,
    MONDAY,
    OTHER_MANAGER,
    SPECIALIST,
    STAFF,
    Casework,
    casework,
)
from tests.support.small_paths import (
    A_MOMENT,
    HOUR,
    MINUTE,
    after,
    at,
    clock,
    path,
    promising,
    step,
)

DUE = MONDAY + 8 * HOUR
"""When the resolution of the tickets here is due."""
FIRST, REPLY, RESOLUTION = Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.RESOLUTION
CALL = Task("Call the customer.", HOUR)


def work_with(*steps: PathStep, **parts: Any) -> Casework:
    """An answered ticket whose resolution has a path of these steps."""
    return casework(answered=True, process=promising(path(*steps, **parts)))


def late_by(work: Casework, **length: float) -> Casework:
    """The engine has kept up until that long after the resolution was due."""
    work.run_until(DUE + timedelta(**length))
    return work


def taken(work: Casework) -> list[tuple[str, int, timedelta, tuple[int, ...]]]:
    """Each step taken: its name, its loop, how long after the due instant, and whom it told."""
    return [
        (each.text.lower(), each.loop, each.taken_at - DUE - A_MOMENT, each.told)
        for _, each in work.steps
    ]


def told(work: Casework) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.text.lower(), each.told) for _, each in work.steps]


def outcomes(work: Casework) -> list[StepOutcome]:
    return [each.outcome for _, each in work.steps]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def note(work: Casework) -> None:
    message = lifecycle.message_from_us(work.now, AGENT, "Agent", "A note", is_public=False)
    work.decide(lifecycle.add_message, message)


def automatic_reply(work: Casework) -> None:
    message = lifecycle.message_from_us(work.now, AGENT, "Agent", "We got it", is_public=True)
    work.decide(lifecycle.add_message, replace(message, is_automatic=True))


def take(work: Casework) -> None:
    work.decide(lifecycle.assign, SPECIALIST, "Specialist")


def wait_for_customer(work: Casework) -> None:
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)


def acknowledge(work: Casework, person: int = LEAD) -> None:
    work.decide(escalations.acknowledge, person)


def escalate(work: Casework, kind: EscalationKind, *, by: int = AGENT, playbook: str = "") -> None:
    work.decide(
        escalations.escalate, kind=kind, reason="It burns", requested_by=by, playbook=playbook
    )


# Repeats and fall-back -------------------------------------------------------------------------

TWICE_MORE = Repeat(minutes(15), at_most=2)
ASKING: dict[str, Any] = {
    "acknowledge_within": minutes(30),
    "repeat": TWICE_MORE,
    "otherwise": (Audience.MANAGERS,),
}


def test_without_an_acknowledgement_a_step_is_repeated_so_often_and_then_others_are_told():
    work = late_by(work_with(step("ask", at(100), **ASKING)), days=2)

    assert taken(work) == [
        ("ask", 0, minutes(0), (LEAD,)),
        ("ask", 1, minutes(15), (LEAD,)),
        ("ask", 2, minutes(30), (LEAD,)),
        ("ask", 3, minutes(45), (MANAGER, OTHER_MANAGER)),
    ]
    assert outcomes(work) == [StepOutcome.DONE] * 3 + [StepOutcome.UNANSWERED]


def test_a_step_without_a_fall_back_is_left_alone_after_its_last_repeat():
    asking = {**ASKING, "otherwise": ()}
    work = late_by(work_with(step("ask", at(100), **asking)), days=2)

    assert [loop for _, loop, _, _ in taken(work)] == [0, 1, 2]
    assert work.wakes_at is None


def test_a_step_that_is_not_repeated_falls_back_when_its_time_is_over():
    asking = {**ASKING, "repeat": None}
    work = late_by(work_with(step("ask", at(100), **asking)), days=2)

    assert taken(work) == [
        ("ask", 0, minutes(0), (LEAD,)),
        ("ask", 1, minutes(30), (MANAGER, OTHER_MANAGER)),
    ]


@pytest.mark.parametrize("loops", [1, 2, 3, 4])
def test_an_acknowledgement_ends_the_repeats_and_the_fall_back(loops: int):
    work = late_by(work_with(step("ask", at(100), **ASKING)), minutes=15 * loops - 1)

    acknowledge(work)
    late_by(work, days=2)

    assert len(work.steps) == loops
    assert work.wakes_at is None


def test_repeats_go_on_while_a_later_step_that_asks_nothing_is_taken():
    work = late_by(
        work_with(step("ask", at(100), **ASKING), step("tell", after(minutes=5))), days=1
    )

    assert [(name, loop) for name, loop, _, _ in taken(work)] == [
        ("ask", 0),
        ("tell", 0),
        ("ask", 1),
        ("ask", 2),
        ("ask", 3),
    ]


def test_a_later_step_that_asks_takes_the_place_of_an_earlier_one():
    work = work_with(
        step("ask", at(100), **ASKING),
        step("urge", after(minutes=20), acknowledge_within=minutes(30)),
    )

    late_by(work, days=1)

    assert [(name, loop) for name, loop, _, _ in taken(work)] == [
        ("ask", 0),
        ("ask", 1),
        ("urge", 0),
    ]


def test_repeats_end_with_the_escalation():
    work = late_by(work_with(step("ask", at(100), **ASKING)), minutes=1)

    work.decide(lifecycle.resolve)
    late_by(work, days=2)

    assert len(work.steps) == 1


# Everybody must ------------------------------------------------------------------------------

EVERYONE: dict[str, Any] = {**ASKING, "by_everyone": True, "audience": (Audience.TEAM,)}


def test_where_everybody_must_one_acknowledgement_is_on_record_and_not_enough():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)

    acknowledge(work, AGENT)

    case = work.ticket.escalation
    (event,) = work.of_kind(EventKind.ESCALATION_ACKNOWLEDGED)
    assert case is not None and case.acknowledged_at is None
    assert (event.data["by"], event.data["missing"]) == ("Agent", ["Lead"])


def test_where_everybody_must_it_is_acknowledged_with_the_last_of_them():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)
    acknowledge(work, AGENT)

    acknowledge(work, LEAD)
    late_by(work, days=1)

    case = work.ticket.escalation
    assert case is not None
    assert (case.acknowledged_at, case.acknowledged_by) == (DUE + MINUTE, LEAD)
    assert len(work.steps) == 1


def test_repeats_go_only_to_those_who_have_not_acknowledged():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)
    acknowledge(work, AGENT)

    late_by(work, minutes=20)

    assert [people for _, people in told(work)] == [(AGENT, LEAD), (LEAD,)]


def test_the_same_acknowledgement_twice_counts_once():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)
    acknowledge(work, AGENT)
    acknowledge(work, AGENT)

    case = work.ticket.escalation
    assert case is not None and case.acknowledged_at is None


def test_where_everybody_must_somebody_who_was_not_told_cannot():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)

    with pytest.raises(Invalid, match="not one of them"):
        acknowledge(work, EXECUTIVE)


def test_a_substitute_acknowledges_for_whom_they_stand_in():
    work = late_by(work_with(step("ask", at(100), **EVERYONE)), minutes=1)
    work.roster.absent = {AGENT: SPECIALIST, LEAD: SPECIALIST}

    acknowledge(work, SPECIALIST)
    late_by(work, days=1)

    case = work.ticket.escalation
    assert case is not None and case.acknowledged_by == SPECIALIST
    assert len(work.steps) == 1


def test_a_repeat_reaches_the_substitute_of_somebody_who_has_left_since():
    work = late_by(work_with(step("ask", at(100), **ASKING)), minutes=1)
    work.roster.absent = {LEAD: SPECIALIST}

    late_by(work, minutes=20)

    assert told(work)[-1] == ("ask", (SPECIALIST,))


# Held ----------------------------------------------------------------------------------------


def held_work() -> Casework:
    """Acknowledged 50 minutes late; the next step would come ten minutes later, were it not held
    until half an hour has passed with no activity."""
    work = work_with(
        step("ask", at(100), acknowledge_within=minutes(30)), step("next", after(hours=1))
    )
    late_by(work, minutes=50)
    return work


def oblige(work: Casework) -> None:
    work.decide(
        cases.give_obligation,
        person_id=EXPERT,
        text="Look at the log",
        due_at=work.now + timedelta(days=1),
        given_by=MANAGER,
    )


def accept(work: Casework) -> None:
    work.decide(cases.update_obligation, 1, ObligationState.ACCEPTED)


def test_an_acknowledged_step_holds_the_next_until_nothing_was_done_for_so_long():
    work = held_work()
    acknowledge(work)

    late_by(work, days=1)

    assert taken(work)[-1][:3] == ("next", 0, minutes(80) - A_MOMENT)


@pytest.mark.parametrize("activity", [Casework.answer, take, oblige])
def test_what_is_done_about_it_holds_the_next_step_longer(activity):
    work = held_work()
    acknowledge(work)
    late_by(work, minutes=70)

    activity(work)
    late_by(work, hours=20)

    assert taken(work)[1][:3] == ("next", 0, minutes(100) - A_MOMENT)


def test_a_change_of_an_obligation_holds_the_next_step_longer():
    work = held_work()
    oblige(work)
    acknowledge(work)
    late_by(work, minutes=70)

    accept(work)
    late_by(work, hours=20)

    assert taken(work)[1][:3] == ("next", 0, minutes(100) - A_MOMENT)


@pytest.mark.parametrize("click", [note, automatic_reply, Casework.hear, wait_for_customer])
def test_a_note_or_what_the_customer_does_holds_nothing_longer(click):
    work = held_work()
    acknowledge(work)
    late_by(work, minutes=70)

    click(work)
    late_by(work, hours=20)

    assert taken(work)[-1][:3] == ("next", 0, minutes(80) - A_MOMENT)


@pytest.mark.parametrize("activity", [Casework.answer, take, oblige])
def test_without_an_acknowledgement_nothing_is_held(activity):
    work = held_work()

    activity(work)
    late_by(work, hours=20)

    assert taken(work)[1][:3] == ("next", 0, minutes(60))


def test_a_step_at_a_point_of_the_clock_is_taken_although_it_is_held():
    work = work_with(
        step("ask", at(100), acknowledge_within=minutes(30)),
        step("next", at(100, offset=HOUR)),
    )
    late_by(work, minutes=50)
    acknowledge(work)

    late_by(work, hours=20)

    assert taken(work)[-1][:3] == ("next", 0, minutes(60) - A_MOMENT)


def test_a_step_that_is_caught_up_is_not_held():
    work = work_with(step("ask", at(50), acknowledge_within=minutes(30)), step("next", at(75)))
    work.now = DUE - HOUR
    work.fire()
    acknowledge(work)

    late_by(work, hours=-0.5)

    assert [name for name, _ in told(work)] == ["ask", "next"]
    assert work.steps[1][1].taken_at == DUE - HOUR + path_starts.CATCH_UP_PACE


def test_the_step_after_the_next_is_not_held_any_more():
    work = work_with(
        step("ask", at(100), acknowledge_within=minutes(30)),
        step("next", after(minutes=10)),
        step("last", after(minutes=10)),
    )
    late_by(work, minutes=5)
    acknowledge(work)
    late_by(work, minutes=36)

    work.answer()
    late_by(work, hours=20)

    assert [when + A_MOMENT for _, _, when, _ in taken(work)[1:]] == [minutes(35), minutes(45)]


# Conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (Condition(severities=(2, 3)), StepOutcome.NOT_FITTING),
        (Condition(plans=("basic",)), StepOutcome.NOT_FITTING),
        (Condition(urgencies=("low",)), StepOutcome.NOT_FITTING),
        (Condition(kinds=("functional",)), StepOutcome.NOT_FITTING),
        (Condition(metrics=(Metric.PROMISE,)), StepOutcome.NOT_FITTING),
        (Condition(words=("invoice",)), StepOutcome.NOT_FITTING),
        (Condition(severities=(1,), words=("invoice",)), StepOutcome.NOT_FITTING),
        (Condition(severities=(1,), plans=("enterprise",)), StepOutcome.DONE),
        (Condition(urgencies=("high",), kinds=("automatic",)), StepOutcome.DONE),
        (Condition(metrics=(RESOLUTION,), words=("invoice", "DOWN")), StepOutcome.DONE),
    ],
)
def test_a_step_is_taken_or_passed_over_on_record_as_its_condition_says(
    condition: Condition, outcome: StepOutcome
):
    work = work_with(step("first", at(100), only_if=condition), step("second", after(hours=1)))

    late_by(work, hours=2)

    assert outcomes(work) == [outcome, StepOutcome.DONE]
    assert work.steps[0][1].told == ((LEAD,) if outcome is StepOutcome.DONE else ())
    assert [when for _, _, when, _ in taken(work)] == [minutes(0), minutes(60)]


def test_a_step_that_is_passed_over_does_nothing():
    does_not_fit = Condition(severities=(4,))
    work = work_with(
        step("worse", at(100), StepAction.RAISE_SEVERITY, only_if=does_not_fit),
        step("up", after(hours=1), StepAction.REASSIGN_NEXT_TIER, only_if=does_not_fit),
        step("task", after(hours=1), StepAction.GIVE_TASK, task=CALL, only_if=does_not_fit),
        severities=(2,),
    )
    ticket = replace(work.ticket, severity=2)
    work.ticket = ticket

    late_by(work, hours=3)

    assert (work.ticket.severity, work.ticket.tier, work.ticket.obligations) == (2, 1, ())
    assert outcomes(work) == [StepOutcome.NOT_FITTING] * 3


# Which path ----------------------------------------------------------------------------------


def for_all_and_for(narrower: dict[str, Any]) -> Casework:
    everybody = path(step("all", at(100)), key="all", weight=10)
    narrowed = path(step("few", at(100)), key="few", weight=20, **narrower)
    return casework(answered=True, process=promising(everybody, narrowed))


@pytest.mark.parametrize(
    ("narrower", "key"),
    [
        ({"plans": ("enterprise",)}, "few"),
        ({"plans": ("basic", "pro")}, "all"),
        ({"urgencies": ("high",)}, "few"),
        ({"urgencies": ("low", "medium")}, "all"),
        ({"plans": ("enterprise",), "urgencies": ("low",)}, "all"),
    ],
)
def test_a_path_can_be_for_some_plans_and_urgencies_only(narrower: dict[str, Any], key: str):
    work = late_by(for_all_and_for(narrower), minutes=1)

    assert work.step_keys() == [key]


def test_a_run_keeps_the_process_under_which_it_started():
    old = promising(path(step("first", at(100)), step("second", after(hours=1))))
    new = replace(promising(path(step("other", at(100)))), version=2)
    work = late_by(casework(answered=True, process=old), minutes=1)
    work.ticket = replace(work.ticket, process_version=2)
    work.now = DUE + HOUR + MINUTE
    desk = Desk({1: old, 2: new}.__getitem__, lambda: work.roster, work.now)

    work.keep(firing.fire(work.ticket, desk))

    assert work.step_keys() == ["first", "second"]


# Stopping ------------------------------------------------------------------------------------

STOPS = {
    StopWhen.ANSWERED: Casework.answer,
    StopWhen.ASSIGNED: take,
    StopWhen.ACKNOWLEDGED: acknowledge,
    StopWhen.WAITING: wait_for_customer,
}


def stopping_work(*stops: StopWhen) -> Casework:
    work = work_with(
        step("first", at(100)), step("second", after(hours=1)), stop_when=frozenset(stops)
    )
    return late_by(work, minutes=1)


@pytest.mark.parametrize("stop", STOPS)
def test_a_path_stops_on_what_it_says_and_with_it_what_was_only_its_escalation(stop: StopWhen):
    work = stopping_work(stop)

    STOPS[stop](work)
    late_by(work, days=1)

    assert (work.ticket.run, work.ticket.escalation) == (None, None)
    assert work.step_keys() == ["first"]
    assert work.kinds().count(EventKind.PATH_ENDED) == 1
    assert work.kinds().count(EventKind.ESCALATION_ENDED) == 1


@pytest.mark.parametrize("stop", STOPS)
def test_a_path_does_not_stop_on_anything_else(stop: StopWhen):
    work = stopping_work(*(set(StopWhen) - {stop}))

    STOPS[stop](work)
    late_by(work, days=1)

    assert work.ticket.run is not None
    assert work.step_keys() == ["first", "second"]


@pytest.mark.parametrize("click", [note, automatic_reply, Casework.hear])
def test_no_path_stops_because_of_a_note_or_a_message_of_the_customer(click):
    work = stopping_work(*StopWhen)

    click(work)

    assert work.ticket.run is not None


def test_a_path_stops_when_the_clock_that_started_it_is_met():
    answer = path(step("look", at(100, FIRST)), metric=FIRST, stop_when=frozenset({StopWhen.MET}))
    work = casework(process=promising(answer))
    work.run_until(MONDAY + 2 * HOUR)
    run = work.ticket.run

    work.answer()

    assert run is not None
    assert (work.ticket.run, work.ticket.escalation) == (None, None)


def test_the_next_cycle_of_a_clock_does_not_stop_the_path_of_the_one_before():
    """Only the clock that started the run counts."""
    answer = path(
        step("look", at(100, REPLY)),
        step("again", after(hours=3)),
        metric=REPLY,
        stop_when=frozenset({StopWhen.MET}),
    )
    work = casework(answered=True, process=promising(answer, next_reply=HOUR))
    work.hear()
    work.answer()
    work.hear()
    work.run_until(work.now + 2 * HOUR)

    take(work)

    assert work.ticket.run is not None
    assert work.ticket.run.cycle == 2


def test_an_escalation_that_a_person_asked_for_outlives_the_path_that_joined_it():
    work = work_with(step("first", at(100)), stop_when=frozenset({StopWhen.ANSWERED}))
    escalate(work, EscalationKind.HIERARCHICAL)
    late_by(work, minutes=1)

    work.answer()

    assert work.ticket.run is None
    assert work.ticket.escalation is not None


def test_an_escalation_of_the_engine_that_a_person_joined_outlives_its_path():
    work = stopping_work(StopWhen.ANSWERED)
    escalate(work, EscalationKind.HIERARCHICAL)

    work.answer()

    case = work.ticket.escalation
    assert work.ticket.run is None
    assert case is not None and case.manager_id == MANAGER


def test_an_escalation_that_the_customer_joined_lasts_while_nobody_has_looked_at_it():
    work = stopping_work(StopWhen.ANSWERED)
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="Enough",
        requested_by=CUSTOMER,
        by_customer=True,
    )

    work.answer()

    assert work.ticket.run is None
    assert work.ticket.escalation is not None


def test_an_escalation_that_the_customer_joined_does_not_end_when_a_manager_takes_it():
    work = stopping_work(StopWhen.ANSWERED)
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="Enough",
        requested_by=CUSTOMER,
        by_customer=True,
    )
    work.decide(cases.triage_requests, MANAGER, "I take it")

    work.answer()

    assert work.ticket.run is None
    assert work.ticket.escalation is not None


def heavy_and_light() -> Casework:
    """Nobody answers, and a quarter of the time to resolution is used up meanwhile."""
    heavy = path(
        step("heavy", at(100, FIRST)),
        metric=FIRST,
        key="heavy",
        weight=20,
        stop_when=frozenset({StopWhen.MET}),
    )
    light = path(step("light", at(25)), step("lighter", after(hours=1)), key="light")
    work = casework(process=promising(heavy, light))
    work.run_until(MONDAY + 3 * HOUR)
    return work


def test_a_lighter_cause_joins_the_run_on_record():
    work = heavy_and_light()

    assert work.step_keys() == ["heavy"]
    assert [e.data["trigger"] for e in work.of_kind(EventKind.ESCALATION_JOINED)] == [
        "resolution 25%"
    ]


def test_a_lighter_cause_that_is_still_owed_starts_when_the_heavier_path_stops():
    work = heavy_and_light()

    work.answer()
    work.run_until(MONDAY + 5 * HOUR)

    assert work.step_keys() == ["heavy", "light", "lighter"]
    assert work.ticket.run is not None and work.ticket.run.path == "light"
    assert work.ticket.escalation is not None


def test_a_lighter_cause_that_is_owed_no_more_does_not_start():
    work = heavy_and_light()
    message = lifecycle.message_from_us(work.now, AGENT, "Agent", "Fixed", is_public=True)

    work.decide(lifecycle.resolve, message)
    work.run_until(MONDAY + 5 * HOUR)

    assert work.step_keys() == ["heavy"]


def test_a_path_that_stopped_does_not_start_again_for_the_same_clock():
    work = stopping_work(StopWhen.ASSIGNED)
    take(work)

    late_by(work, days=3)

    assert clock(work, RESOLUTION).is_running
    assert work.step_keys() == ["first"]


def obliged_work() -> Casework:
    """Two obligations run out, and the second joins the run of the first."""
    late = path(
        step("late", at(100, Metric.OBLIGATION), audience=(Audience.OBLIGED,)),
        metric=Metric.OBLIGATION,
        stop_when=frozenset({StopWhen.MET}),
    )
    work = casework(answered=True, process=promising(late))
    escalate(work, EscalationKind.HIERARCHICAL)
    for person, hours in ((EXPERT, 1), (SPECIALIST, 2)):
        work.decide(
            cases.give_obligation,
            person_id=person,
            text="Look",
            due_at=work.now + hours * HOUR,
            given_by=MANAGER,
        )
    return work


def test_when_one_late_obligation_is_done_the_other_is_escalated_in_its_turn():
    work = obliged_work()
    work.run_until(MONDAY + 3 * HOUR)

    work.decide(cases.update_obligation, 1, ObligationState.DONE)
    work.run_until(work.now + MINUTE)

    assert told(work) == [("late", (EXPERT, SPECIALIST)), ("late", (SPECIALIST,))]
    assert work.ticket.run is not None and work.ticket.run.cycle == 2


def test_the_path_of_a_late_obligation_ends_when_its_person_is_released():
    work = obliged_work()
    work.run_until(MONDAY + HOUR + MINUTE)

    work.decide(cases.update_obligation, 1, ObligationState.RELEASED, "Ill")

    assert work.ticket.run is None


# Away ----------------------------------------------------------------------------------------


def away(absent: dict[int, int | None]) -> Casework:
    work = work_with(step("tell", at(100)))
    work.roster.absent = absent
    return late_by(work, minutes=1)


def test_who_stands_in_is_told_and_the_record_says_for_whom():
    work = away({LEAD: SPECIALIST})

    (event,) = work.of_kind(EventKind.PATH_STEP_TAKEN)
    assert (event.told, event.data["stand_ins"]) == ((SPECIALIST,), {"Specialist": "Lead"})
    assert outcomes(work) == [StepOutcome.DONE]


def test_where_who_stands_in_is_away_too_the_next_one_is_told():
    work = away({LEAD: SPECIALIST, SPECIALIST: AGENT, AGENT: EXPERT})

    assert told(work) == [("tell", (EXPERT,))]


@pytest.mark.parametrize(
    "absent",
    [
        {LEAD: None},
        {LEAD: LEAD},
        {LEAD: SPECIALIST, SPECIALIST: LEAD},
        {LEAD: SPECIALIST, SPECIALIST: EXPERT, EXPERT: SPECIALIST},
    ],
    ids=["nobody", "themselves", "a circle", "a circle behind"],
)
def test_where_nobody_stands_in_the_step_goes_to_the_managers(absent):
    work = away(absent)

    assert outcomes(work) == [StepOutcome.NO_RECIPIENT]
    assert told(work) == [("tell", (MANAGER, OTHER_MANAGER))]


def test_whoever_stands_in_for_two_is_told_once():
    work = work_with(step("tell", at(100), audience=(Audience.TEAM,)))
    work.roster.absent = {AGENT: SPECIALIST, LEAD: SPECIALIST}

    late_by(work, minutes=1)

    assert told(work) == [("tell", (SPECIALIST,))]


def test_whoever_is_away_is_given_nothing():
    work = work_with(
        step("manager", at(100), StepAction.ASSIGN_MANAGER),
        step("up", after(minutes=1), StepAction.REASSIGN_NEXT_TIER),
    )
    work.roster.absent = {MANAGER: None, SPECIALIST: EXPERT}

    late_by(work, minutes=5)

    case = work.ticket.escalation
    assert case is not None and case.manager_id == OTHER_MANAGER
    assert (work.ticket.team, work.ticket.assignee_id) == ("application_support", None)


# Kinds of step -------------------------------------------------------------------------------


def write_to_customer(work: Casework, person: int) -> None:
    name = work.roster.name(person)
    message = lifecycle.message_from_us(work.now, person, name, "Hello", is_public=True)
    work.decide(lifecycle.add_message, message)


def test_a_manager_who_is_to_reach_out_takes_the_case_and_owes_a_call():
    work = late_by(work_with(step("call", at(100), StepAction.REACH_OUT, task=CALL)), minutes=1)

    (owed,) = work.ticket.obligations
    case = work.ticket.escalation
    assert case is not None and case.manager_id == MANAGER
    assert (owed.person_id, owed.text, owed.is_call) == (MANAGER, CALL.text, True)
    assert clock(work, Metric.OBLIGATION).due_at == DUE + A_MOMENT + HOUR
    assert told(work) == [("call", (LEAD, MANAGER))]


@pytest.mark.parametrize("click", [note, Casework.hear, lambda w: write_to_customer(w, AGENT)])
def test_a_call_that_is_owed_is_not_done_by_anything_else(click):
    work = late_by(work_with(step("call", at(100), StepAction.REACH_OUT, task=CALL)), minutes=1)

    click(work)

    assert work.ticket.obligations[0].state is ObligationState.OPEN


def test_a_message_of_the_manager_to_the_customer_is_the_call():
    work = late_by(work_with(step("call", at(100), StepAction.REACH_OUT, task=CALL)), minutes=1)

    write_to_customer(work, MANAGER)

    assert work.ticket.obligations[0].state is ObligationState.DONE
    assert clock(work, Metric.OBLIGATION).state is ClockState.MET


def test_resolving_with_a_message_of_the_manager_is_the_call_too():
    work = late_by(work_with(step("call", at(100), StepAction.REACH_OUT, task=CALL)), minutes=1)
    message = lifecycle.message_from_us(work.now, MANAGER, "Manager", "Fixed", is_public=True)

    work.decide(lifecycle.resolve, message)

    assert work.ticket.obligations[0].state is ObligationState.DONE


def test_a_priority_task_goes_to_the_one_of_those_meant_who_has_least_to_do():
    work = work_with(
        step("task", at(100), StepAction.GIVE_TASK, (Audience.TEAM,), task=CALL),
    )
    work.roster.tickets = {AGENT: 3, LEAD: 1}

    late_by(work, minutes=1)

    (owed,) = work.ticket.obligations
    assert (owed.person_id, owed.is_priority, owed.is_call) == (LEAD, True, False)
    assert told(work) == [("task", (LEAD,))]
    assert work.roster.tickets[LEAD] == 2


def test_everybody_who_is_obliged_owes_it_in_the_open_time_of_the_path():
    task = replace(CALL, working=True)
    work = work_with(
        step("oblige", at(100), StepAction.CREATE_OBLIGATIONS, (Audience.TEAM,), task=task),
        calendar="nine_to_five",
    )

    late_by(work, minutes=1)

    assert [owed.person_id for owed in work.ticket.obligations] == [AGENT, LEAD]
    dues = [c.due_at for c in work.ticket.clocks if c.metric is Metric.OBLIGATION]
    assert dues == [MONDAY + timedelta(days=1, hours=1)] * 2
    assert work.kinds().count(EventKind.OBLIGATION_GIVEN) == 2


def test_a_step_can_hand_the_ticket_to_another_team():
    to_billing = step("hand", at(100), StepAction.REASSIGN_TEAM, team="billing_support")
    biller = replace(STAFF[SPECIALIST - 1], id=50, name="Biller", team="billing_support")
    process = promising(path(to_billing))
    work = casework(answered=True, process=process, staff=(*STAFF, biller))

    late_by(work, minutes=1)

    assert (work.ticket.team, work.ticket.tier, work.ticket.assignee_id) == (
        "billing_support",
        2,
        50,
    )
    assert told(work) == [("hand", (LEAD, 50))]
    assert EventKind.TICKET_ESCALATED in work.kinds()


def test_a_ticket_that_the_team_has_already_is_not_handed_over():
    to_itself = step("hand", at(100), StepAction.REASSIGN_TEAM, team="service_desk")
    work = work_with(to_itself)

    late_by(work, minutes=1)

    assert outcomes(work) == [StepOutcome.NOTHING_ABOVE]
    assert work.ticket.assignee_id == AGENT


def test_a_post_goes_to_its_channel_and_needs_nobody():
    work = work_with(step("post", at(100), StepAction.POST, (), post="war_room"))

    late_by(work, minutes=1)

    (event,) = work.of_kind(EventKind.CHANNEL_POST)
    assert event.data["channel"] == "war_room"
    assert (outcomes(work), told(work)) == ([StepOutcome.DONE], [("post", ())])


def test_a_post_tells_its_audience_too():
    work = work_with(step("post", at(100), StepAction.POST, (Audience.ADMINS,), post="war_room"))

    late_by(work, minutes=1)

    assert told(work) == [("post", (ADMIN,))]


@pytest.mark.parametrize(
    "action", [StepAction.REACH_OUT, StepAction.GIVE_TASK, StepAction.CREATE_OBLIGATIONS]
)
def test_a_task_for_nobody_says_so_and_is_passed_on(action: StepAction):
    nobody = [member for member in STAFF if member.id in (AGENT, ADMIN)]
    work = casework(
        answered=True,
        staff=nobody,
        process=promising(path(step("task", at(100), action, (Audience.EXECUTIVES,), task=CALL))),
    )

    late_by(work, minutes=1)

    assert outcomes(work) == [StepOutcome.NO_RECIPIENT]
    assert told(work) == [("task", (ADMIN,))]
    assert work.ticket.obligations == ()


# Late ----------------------------------------------------------------------------------------


def test_after_a_silence_a_reminder_and_a_step_are_caught_up_one_at_a_time():
    work = work_with(step("ask", at(100), **ASKING), step("next", after(hours=1)))
    late_by(work, minutes=1)
    work.now = DUE + timedelta(days=1)

    counts, waits = [], []
    for _ in range(3):
        work.fire()
        again = work.fire()
        woken = work.wakes_at
        assert woken is not None and not again.is_change
        counts.append(len(work.steps))
        waits.append(woken - work.now)
        work.now = woken

    assert counts == [2, 3, 4]
    assert waits == [path_starts.CATCH_UP_PACE, minutes(14), minutes(15)]
    assert [name for name, _ in told(work)] == ["ask", "ask", "next", "ask"]
    late = [event.is_late for event in work.of_kind(EventKind.PATH_STEP_TAKEN)]
    assert late[:2] == [False, True]


def test_the_wait_after_a_late_reminder_counts_from_now():
    work = late_by(work_with(step("ask", at(100), **ASKING)), minutes=1)
    work.now = DUE + timedelta(days=1)

    work.fire()

    assert work.wakes_at == work.now + minutes(15)
    assert work.steps[-1][1].due_at == DUE + A_MOMENT + minutes(15)


# Other times ---------------------------------------------------------------------------------


def graded(work: Casework, severity: int) -> None:
    work.decide(cases.grade, severity, "It is worse")


def half_used(severity: int = 2) -> Casework:
    """Half of 16 hours is used up, which is all of the 8 hours of the highest severity."""
    steps = (step("half", at(50)), step("more", at(75)), step("late", at(100)))
    work = casework(severity, answered=True, process=promising(path(*steps)))
    work.run_until(MONDAY + severity * 4 * HOUR)
    return work


def test_a_step_whose_share_is_used_up_by_a_shorter_time_is_taken_at_once():
    """The path fits every severity, so the run goes on under the new times."""
    work = half_used(severity=3)
    before = work.step_keys()

    graded(work, 2)
    work.fire()

    assert before == ["half"]
    assert work.step_keys() == ["half", "more"]


def test_a_step_after_the_breach_is_not_lost_by_a_shorter_time():
    work = casework(
        2,
        answered=True,
        process=promising(path(step("late", at(100)), step("later", at(100, offset=2 * HOUR)))),
    )
    work.run_until(MONDAY + 16 * HOUR + MINUTE)

    graded(work, 1)
    work.run_until(work.now + MINUTE)

    assert work.step_keys() == ["late", "later"]


def test_a_step_of_the_breach_comes_after_the_breach_when_nothing_is_left():
    work = casework(2, answered=True, process=promising(path(step("late", at(100)))))
    work.wait(hours=9)

    graded(work, 1)
    work.fire()
    at_once = list(work.step_keys())
    work.run_until(work.now + MINUTE)

    assert at_once == []
    assert work.step_keys() == ["late"]
    kinds = work.kinds()
    assert kinds.index(EventKind.SLA_BREACHED) < kinds.index(EventKind.PATH_STEP_TAKEN)


def test_a_shorter_time_in_a_pause_takes_what_is_used_up_already_and_leaves_the_breach():
    work = half_used()
    wait_for_customer(work)
    work.wait(hours=1)

    graded(work, 1)
    work.run_until(work.now + HOUR)
    in_the_pause = list(work.step_keys())
    work.hear()
    work.run_until(work.now + 2 * MINUTE)

    assert in_the_pause == ["half", "more"]
    assert work.step_keys() == ["half", "more", "late"]


# Playbooks -----------------------------------------------------------------------------------

BILLING = Condition(words=("invoice",))


def playbook_work(*playbooks: Playbook, subject: str = "The invoice is wrong") -> Casework:
    usual = path(step("usual", at(100)), key="usual", weight=50)
    special = path(step("special", at(100)), step("half", after(hours=1)), key="special", weight=1)
    process = replace(promising(usual, special), playbooks=playbooks)
    biller = replace(STAFF[SPECIALIST - 1], id=50, name="Biller", team="billing_support")
    work = casework(answered=True, process=process, staff=(*STAFF, biller))
    work.ticket = replace(work.ticket, subject=subject)
    return work


def playbook(kind: EscalationKind, **parts: Any) -> Playbook:
    tasks = (PlaybookTask((Audience.MANAGERS,), CALL),)
    return replace(
        Playbook("billing", "Billing", "Billing decides.", BILLING, kind.value, tasks=tasks),
        **parts,
    )


def owing(work: Casework) -> list[int]:
    return [owed.person_id for owed in work.ticket.obligations]


def test_an_automatic_playbook_replaces_the_path_and_adds_its_team_and_tasks():
    foreseen = playbook(EscalationKind.AUTOMATIC, path="special", team="billing_support")
    work = late_by(playbook_work(foreseen), hours=2)

    assert work.step_keys() == ["special", "half"]
    assert (work.ticket.team, work.ticket.assignee_id) == ("billing_support", 50)
    assert owing(work) == [MANAGER, OTHER_MANAGER]
    assert work.kinds().count(EventKind.PLAYBOOK_FOLLOWED) == 1


def test_an_automatic_playbook_without_a_path_adds_to_the_usual_one():
    work = late_by(playbook_work(playbook(EscalationKind.AUTOMATIC)), hours=2)

    assert work.step_keys() == ["usual"]
    assert owing(work) == [MANAGER, OTHER_MANAGER]


@pytest.mark.parametrize(
    "foreseen",
    [
        playbook(EscalationKind.AUTOMATIC, path="special", when=Condition(words=("refund",))),
        playbook(EscalationKind.AUTOMATIC, path="special", when=Condition(metrics=(FIRST,))),
        playbook(EscalationKind.HIERARCHICAL, path="special"),
    ],
    ids=["other words", "another promise", "not automatic"],
)
def test_a_playbook_that_does_not_fit_leaves_the_usual_path(foreseen: Playbook):
    work = late_by(playbook_work(foreseen), hours=2)

    assert work.step_keys() == ["usual"]
    assert owing(work) == []


def test_the_first_playbook_that_fits_is_followed():
    first = playbook(EscalationKind.AUTOMATIC, path="special")
    second = playbook(EscalationKind.AUTOMATIC, path="usual", key="second")
    work = late_by(playbook_work(first, second), minutes=1)

    assert work.step_keys() == ["special"]


def test_a_functional_playbook_names_the_team_and_gives_its_tasks():
    work = playbook_work(playbook(EscalationKind.FUNCTIONAL, team="billing_support"))

    escalate(work, EscalationKind.FUNCTIONAL, playbook="billing")

    assert (work.ticket.team, work.ticket.assignee_id) == ("billing_support", 50)
    assert owing(work) == [MANAGER, OTHER_MANAGER]
    assert work.ticket.obligations[0].created_by == AGENT
    assert work.kinds().count(EventKind.TICKET_ESCALATED) == 1


def test_a_hierarchical_playbook_starts_its_path():
    work = playbook_work(playbook(EscalationKind.HIERARCHICAL, path="special"))

    escalate(work, EscalationKind.HIERARCHICAL, playbook="billing")

    assert work.ticket.run is not None and work.ticket.run.path == "special"
    assert work.ticket.escalation is not None
    assert work.ticket.escalation.manager_id == MANAGER


def test_a_playbooks_path_belongs_to_the_present_cycle_of_its_clock():
    foreseen = playbook(EscalationKind.HIERARCHICAL, path="later")
    later = path(step("now", at(10)), step("later", at(50)), key="later", weight=1)
    work = playbook_work(foreseen)
    work.process = replace(work.process, paths=(later,))
    work.wait(minutes=30)
    work.decide(lifecycle.resolve)
    work.decide(lifecycle.reopen)
    started = work.now
    escalate(work, EscalationKind.HIERARCHICAL, playbook="billing")

    work.run_until(started + 6 * HOUR)

    assert [(e.text, e.taken_at - started) for _, e in work.steps] == [
        ("Now", timedelta(0)),
        ("Later", 3.75 * HOUR),
    ]


def test_a_playbook_does_not_replace_a_run_under_way():
    work = late_by(playbook_work(playbook(EscalationKind.HIERARCHICAL, path="special")), minutes=1)

    escalate(work, EscalationKind.HIERARCHICAL, playbook="billing")

    assert work.ticket.run is not None and work.ticket.run.path == "usual"
    assert owing(work) == [MANAGER, OTHER_MANAGER]


@pytest.mark.parametrize(
    ("subject", "key"),
    [("Down", "billing"), ("The invoice is wrong", "unknown")],
    ids=["does not fit", "is not there"],
)
def test_a_playbook_that_does_not_fit_is_refused(subject: str, key: str):
    work = playbook_work(playbook(EscalationKind.FUNCTIONAL), subject=subject)
    before = work.ticket

    with pytest.raises(Invalid, match="playbook"):
        escalate(work, EscalationKind.FUNCTIONAL, playbook=key)

    assert work.ticket is before


def test_a_playbook_of_another_type_is_refused():
    work = playbook_work(playbook(EscalationKind.FUNCTIONAL))

    with pytest.raises(Invalid, match="playbook"):
        escalate(work, EscalationKind.HIERARCHICAL, playbook="billing")


# One run at a time ---------------------------------------------------------------------------


def two_paths(weight_of_second: int) -> Casework:
    first: EscalationPath = path(step("first", at(25)), step("then", at(90)), key="first")
    second = path(
        step("second", at(100, FIRST)), metric=FIRST, key="second", weight=weight_of_second
    )
    work = casework(process=promising(first, second, first_response=3 * HOUR))
    work.run_until(MONDAY + 4 * HOUR)
    return work


def test_a_heavier_path_takes_over_and_the_lighter_one_goes_no_further():
    work = two_paths(weight_of_second=20)

    work.run_until(MONDAY + 9 * HOUR)

    assert work.step_keys() == ["first", "second"]
    assert work.ticket.run is not None and work.ticket.run.path == "second"
    assert work.kinds().count(EventKind.ESCALATION_STARTED) == 1
    assert [run.end_reason for run in work.ended] == ["raised to Path"]


@pytest.mark.parametrize("weight", [10, 5])
def test_a_path_as_heavy_or_lighter_joins_on_record(weight: int):
    work = two_paths(weight)

    work.run_until(MONDAY + 9 * HOUR)

    assert work.step_keys() == ["first", "then"]
    assert work.ended == []
    assert [e.data["trigger"] for e in work.of_kind(EventKind.ESCALATION_JOINED)] == [
        "first_response 100%"
    ]


def test_a_roster_without_absences_knows_who_is_there():
    roster = Roster({member.id: member for member in STAFF}, absent={AGENT: LEAD})

    assert [roster.stand_in(person) for person in (AGENT, LEAD)] == [LEAD, LEAD]
    assert roster.present((AGENT, LEAD, MANAGER)) == (LEAD, MANAGER)
    assert roster.stand_ins_among((LEAD, MANAGER)) == {"Lead": "Agent"}


def test_a_substitutes_substitute_stands_in_for_both():
    away = {AGENT: LEAD, LEAD: MANAGER}
    roster = Roster({member.id: member for member in STAFF}, absent=away)

    assert roster.present((AGENT,)) == (MANAGER,)
    assert roster.stand_ins_among((MANAGER,)) == {"Manager": "Agent and Lead"}
