"""What the engine decides when time runs out, and what people decide about escalations."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation_app.domain import escalations, firing, lifecycle, path_starts, paths
from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.drafts import Draft
from escalation_app.domain.errors import BusinessError, Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import DelayAnchor, EscalationPath, PathStep, ShareAnchor
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind, Status, StepOutcome
from tests.support.casework import (
    ADMIN,
    AGENT,
    CUSTOMER,
    EXECUTIVE,
    LEAD,
    MANAGER,
    OTHER_MANAGER,
    SPECIALIST,
    STAFF,
    Casework,
    as_shipped,
    casework,
    shipped,
)

A_MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


def without(*roles: Role):
    return [member for member in STAFF if not member.roles & set(roles)]


def path_of(work: Casework) -> EscalationPath:
    path = work.process.path_for(work.ticket.severity, Metric.RESOLUTION)
    assert path is not None
    return path


def next_step_at(work: Casework):
    """When the run's next step is due by itself."""
    run = work.ticket.run
    assert run is not None and run.next_due_at is not None
    return run.next_due_at


def with_step(step: PathStep, severity: int = 1) -> Process:
    """The shipped process with a path for the severity that has this one step."""
    changed_paths = [
        replace(path, steps=(step,)) if path.key == f"s{severity}_resolution" else path
        for path in shipped().paths
    ]
    return replace(shipped(), paths=tuple(changed_paths))


# A path in time ------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
def test_each_path_is_walked_step_by_step_and_never_early(severity: int):
    work = casework(severity, answered=True)
    path = path_of(work)
    clock = work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None
    expected = []
    for step in path.steps:
        if isinstance(step.anchor, ShareAnchor):
            at = clock.started_at + clock.target * step.anchor.share / 100
            expected.append(at + A_MOMENT if step.anchor.share == 100 else at)
        else:
            calendar = work.process.calendar(path.calendar)
            after = step.anchor.after
            at = calendar.add(expected[-1], after) if step.anchor.working else expected[-1] + after
            expected.append(at)

    work.run_until(work.now + timedelta(days=60))

    assert work.step_keys() == [step.key for step in path.steps]
    assert [taken.taken_at for _, taken in work.steps] == expected
    assert all(taken.due_at <= taken.taken_at for _, taken in work.steps)
    assert not any(event.is_late for event in work.events)


def test_the_critical_path_moves_the_ticket_and_brings_in_management():
    work = casework(1, answered=True)

    work.run_until(work.now + timedelta(hours=9))

    case = work.ticket.escalation
    assert case is not None
    assert (work.ticket.tier, work.ticket.team) == (2, "application_support")
    assert work.ticket.assignee_id == SPECIALIST
    assert (case.kind, case.manager_id) == (EscalationKind.AUTOMATIC, MANAGER)
    assert (case.executive_id, case.from_tier) == (EXECUTIVE, 1)


def test_warnings_come_once_at_their_shares():
    work = casework(4, answered=True)

    work.run_until(work.now + timedelta(days=10))

    warned = [(e.data["share"], e.at) for e in work.of_kind(EventKind.SLA_WARNING)]
    started, target = work.ticket.clocks[1].started_at, work.ticket.clocks[1].target
    assert warned == [(share, started + target * share / 100) for share in (50, 75, 90)]


def test_a_breach_is_due_a_moment_after_the_due_instant_and_stands_at_it():
    work = casework(4, answered=True)
    due_at = work.ticket.clocks[1].due_at
    assert due_at is not None
    work.now = due_at
    work.fire()
    at_due = work.ticket.clocks[1].breached_at
    work.wait(seconds=2)

    work.fire()

    clock = work.ticket.clocks[1]
    assert at_due is None
    assert (clock.breached_at, clock.noticed_at) == (due_at, work.now)
    assert [event.at for event in work.of_kind(EventKind.SLA_BREACHED)] == [due_at]


def test_an_answer_exactly_when_it_is_due_keeps_the_promise():
    work = casework(1)
    due_at = work.ticket.clocks[0].due_at
    assert due_at is not None
    work.now = due_at

    work.answer()

    first = work.ticket.clock(Metric.FIRST_RESPONSE)
    assert first is not None
    assert (first.state, first.breached_at) == (ClockState.MET, None)


def test_a_paused_clock_neither_warns_nor_breaks_and_its_steps_wait():
    work = casework(1, answered=True)
    work.wait(hours=3)
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    nothing_ahead = work.wakes_at
    work.wait(days=2)
    work.fire()
    in_the_pause = list(work.step_keys())
    work.hear()
    resumed_at = work.now

    work.run_until(work.now + timedelta(hours=1))

    assert nothing_ahead is None
    assert in_the_pause == []
    assert [taken.taken_at for _, taken in work.steps] == [resumed_at + timedelta(minutes=30)]


# Late ------------------------------------------------------------------------------------------


def test_after_a_long_silence_each_firing_takes_one_step():
    work = casework(1, answered=True)
    work.wait(days=1)

    taken, waits = [], []
    for _ in range(4):
        work.fire()
        taken.append(len(work.steps))
        at = next_step_at(work)
        waits.append(at - work.now)
        work.now = at

    assert taken == [1, 2, 3, 4]
    assert waits == [path_starts.CATCH_UP_PACE] * 3 + [timedelta(hours=1)]


def test_what_is_caught_up_is_marked_late_with_the_instant_it_fell_due():
    work = casework(1, answered=True)
    started = work.ticket.clocks[1].started_at
    work.wait(days=1)

    for _ in range(4):
        work.fire()
        work.wait(minutes=1)

    steps = work.of_kind(EventKind.PATH_STEP_TAKEN)
    assert all(event.is_late for event in steps)
    assert all(event.is_late for event in work.of_kind(EventKind.TICKET_ESCALATED))
    shares = (50, 75, 90, 100)
    hours = timedelta(hours=7)
    assert [e.data["due_at"] for e in steps] == [
        (started + hours * share / 100).isoformat() for share in shares
    ]


def test_the_delay_after_a_late_step_counts_from_now():
    work = casework(1, answered=True)
    work.wait(days=1)
    for _ in range(4):
        work.fire()
        work.wait(minutes=1)

    at = next_step_at(work)

    assert at == work.now - MINUTE + timedelta(hours=1)


def test_a_minute_late_is_still_on_time():
    work = casework(1, answered=True)
    work.wait_until(50)
    work.wait(seconds=60)

    work.fire()

    assert not any(event.is_late for event in work.events)


# One escalation at a time ------------------------------------------------------------------------


def test_a_heavier_path_takes_the_ticket_over_and_joins_the_case():
    work = casework(1)
    work.wait_until(100, 0)
    work.wait(seconds=1)
    work.fire()
    light = work.ticket.run
    work.wait_until(50)
    work.fire()

    run, case = work.ticket.run, work.ticket.escalation
    assert light is not None and run is not None and case is not None
    assert (light.path, run.path) == ("urgent_answer", "s1_resolution")
    assert [ended.end_reason for ended in work.ended] == ["raised to Critical, resolution at risk"]
    assert work.kinds().count(EventKind.ESCALATION_STARTED) == 1
    assert work.kinds().count(EventKind.ESCALATION_JOINED) == 1


def test_a_lighter_path_joins_and_does_not_take_over():
    """Nobody answers while the heavier path of the resolution is under way."""
    work = casework(4, "basic")
    first, resolution = work.ticket.clocks
    work.ticket = replace(
        work.ticket,
        clocks=(first, replace(resolution, target=timedelta(hours=1), due_at=work.now + MINUTE)),
    )
    work.wait(minutes=2)
    work.fire()

    work.run_until(work.now + timedelta(days=3))

    run = work.ticket.run
    assert run is not None
    assert run.path == "s4_resolution"
    joined = work.of_kind(EventKind.ESCALATION_JOINED)
    assert [event.data["trigger"] for event in joined] == ["first_response 100%"]


def test_an_automatic_path_joins_a_case_that_a_person_opened():
    work = casework(1, answered=True)
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="They threaten to leave",
        requested_by=AGENT,
    )

    work.run_until(work.now + timedelta(hours=4))

    case = work.ticket.escalation
    assert case is not None
    assert case.kind is EscalationKind.HIERARCHICAL
    assert work.ticket.run is not None
    assert work.kinds().count(EventKind.ESCALATION_STARTED) == 1


def test_resolving_ends_the_escalation_and_nothing_fires_any_more():
    work = casework(1, answered=True)
    work.wait_until(80)
    work.fire()
    work.decide(lifecycle.resolve)
    taken = len(work.steps)

    work.run_until(work.now + timedelta(days=4))

    assert work.ticket.run is None and work.ticket.escalation is None
    assert len(work.steps) == taken
    assert [ended.end_reason for ended in work.ended] == ["resolved", "resolved"]


# De-escalation -------------------------------------------------------------------------------


def test_a_deescalated_ticket_is_not_escalated_again_and_its_breach_says_why():
    work = casework(1, answered=True)
    work.wait_until(60)
    work.fire()
    work.decide(escalations.deescalate, "The customer is content")

    work.run_until(work.now + timedelta(days=2))

    clock = work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None and clock.is_breached
    assert work.ticket.run is None and work.ticket.escalation is None
    assert work.step_keys() == ["look"]
    no_path = work.of_kind(EventKind.NO_PATH)
    assert [event.data["why"] for event in no_path] == [path_starts.ENDED_BY_A_PERSON]


def test_a_reopened_ticket_is_escalated_again_although_it_was_deescalated_before():
    work = casework(1, answered=True)
    work.wait_until(60)
    work.fire()
    work.decide(escalations.deescalate, "It was a mistake")
    work.decide(lifecycle.resolve)
    work.decide(lifecycle.reopen)

    work.run_until(work.now + timedelta(days=1))

    assert work.ticket.run is not None


def test_only_an_escalated_ticket_can_be_deescalated():
    work = casework(1)

    with pytest.raises(Invalid):
        work.decide(escalations.deescalate, "why not")


# Acknowledging -------------------------------------------------------------------------------


def escalated_to_the_executive() -> Casework:
    work = casework(1, answered=True)
    due_at = work.ticket.clocks[1].due_at
    assert due_at is not None
    work.run_until(due_at + MINUTE)
    assert work.step_keys()[-1] == "executive"
    return work


def test_an_acknowledgement_holds_the_delay_step_that_follows():
    work = escalated_to_the_executive()
    planned = work.wakes_at
    assert planned is not None
    work.now = planned - MINUTE
    work.decide(escalations.acknowledge, EXECUTIVE)

    held = work.wakes_at

    assert held == work.now + timedelta(minutes=30)
    assert work.of_kind(EventKind.ESCALATION_ACKNOWLEDGED)[0].data["by"] == "Executive"


def test_an_acknowledgement_never_brings_a_step_forward():
    work = escalated_to_the_executive()
    planned = work.wakes_at

    work.decide(escalations.acknowledge, EXECUTIVE)

    assert work.wakes_at == planned


def test_a_second_acknowledgement_changes_nothing():
    work = escalated_to_the_executive()
    work.decide(escalations.acknowledge, EXECUTIVE)

    again = work.decide(escalations.acknowledge, MANAGER)

    assert not again.is_change


def test_a_step_that_asks_for_an_acknowledgement_forgets_an_earlier_one():
    work = casework(1, answered=True)
    work.wait_until(80)
    work.fire()
    work.decide(escalations.acknowledge, MANAGER)
    work.run_until(work.now + timedelta(hours=3))

    case = work.ticket.escalation

    assert work.step_keys()[-1] in ("executive", "all_managers")
    assert case is not None and case.acknowledged_at is None


# Nobody there ----------------------------------------------------------------------------------


def test_a_step_without_a_recipient_says_so_and_goes_to_the_managers():
    work = casework(1, answered=True, staff=without(Role.AGENT))
    work.ticket = replace(work.ticket, assignee_id=None)
    work.wait_until(50)

    work.fire()

    _, step = work.steps[0]
    assert step.outcome is StepOutcome.NO_RECIPIENT
    assert step.told == (MANAGER, OTHER_MANAGER)


def test_without_managers_it_goes_to_the_admins():
    work = casework(1, answered=True, staff=without(Role.AGENT, Role.MANAGER))
    work.ticket = replace(work.ticket, assignee_id=None)
    work.wait_until(50)

    work.fire()

    _, step = work.steps[0]
    assert (step.outcome, step.told) == (StepOutcome.NO_RECIPIENT, (ADMIN,))


def test_with_nobody_at_all_the_step_is_still_taken_and_on_record():
    work = casework(1, answered=True, staff=())
    work.ticket = replace(work.ticket, assignee_id=None)
    work.wait_until(50)

    work.fire()

    _, step = work.steps[0]
    assert (step.outcome, step.told) == (StepOutcome.NO_RECIPIENT, ())


def test_a_case_without_managers_says_that_nobody_took_it():
    work = casework(1, answered=True, staff=without(Role.MANAGER))

    work.run_until(work.now + timedelta(hours=6))

    _, step = work.steps[-1]
    assert step.text == "A senior manager takes the case"
    assert step.outcome is StepOutcome.NO_RECIPIENT
    assert set(step.told) == {AGENT, LEAD, ADMIN}


def test_of_several_executives_all_are_told_and_the_least_busy_has_the_case():
    other = replace(STAFF[EXECUTIVE - 1], id=50, name="Other executive")
    work = casework(1, answered=True, staff=(*STAFF, other))
    work.roster.cases[EXECUTIVE] = 3

    work.run_until(work.now + timedelta(hours=7, minutes=1))

    case = work.ticket.escalation
    _, step = work.steps[-1]
    assert case is not None and case.executive_id == 50
    assert {EXECUTIVE, 50} <= set(step.told)


def test_a_step_that_wants_an_executive_is_not_done_when_there_is_none():
    work = casework(1, answered=True, staff=without(Role.EXECUTIVE))

    work.run_until(work.now + timedelta(hours=7, minutes=1))

    _, step = work.steps[-1]
    assert step.text == "Bring in an executive"
    assert step.outcome is StepOutcome.NO_RECIPIENT
    assert MANAGER in step.told


def test_a_ticket_on_the_top_tier_stays_there_on_record():
    work = casework(1, answered=True)
    work.ticket = replace(work.ticket, tier=4, team="escalated_accounts")

    work.wait_until(90)
    for _ in range(3):
        work.fire()
        work.wait(minutes=1)

    outcomes = [step.outcome for _, step in work.steps]
    assert outcomes[2] is StepOutcome.NOTHING_ABOVE
    assert work.ticket.team == "escalated_accounts"


# No path, or another one ---------------------------------------------------------------------


def test_a_breach_without_a_path_is_recorded_as_such():
    bare = replace(shipped(), paths=())
    work = casework(1, answered=True, process=bare)

    work.run_until(work.now + timedelta(hours=8))

    assert [e.data["why"] for e in work.of_kind(EventKind.NO_PATH)] == [path_starts.NO_PATH_KNOWN]


def test_a_severity_raised_beyond_the_first_step_starts_the_path_at_once():
    work = casework(3, answered=True)
    work.wait(hours=6)
    draft = firing.begin(work.ticket, work.desk())

    paths.change_severity(draft, 1, "It is worse than it looked")
    work.keep(draft.decision())
    work.run_until(work.now + timedelta(minutes=5))

    run = work.ticket.run
    assert run is not None and run.path == "s1_resolution"
    assert work.step_keys()[:2] == ["look", "manager"]


def test_a_clock_with_nothing_left_after_a_change_of_severity_breaks_and_escalates():
    work = casework(3, answered=True)
    work.wait(hours=20)
    draft = firing.begin(work.ticket, work.desk())
    paths.change_severity(draft, 1, "It is worse than it looked")
    work.keep(draft.decision())

    work.run_until(work.now + timedelta(minutes=1))

    clock = work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None
    assert clock.due_by_retarget and clock.is_breached
    assert work.ticket.run is not None


def test_a_path_step_can_raise_the_severity_and_with_it_the_path():
    step = PathStep(
        "worse",
        "Raise the severity",
        ShareAnchor(Metric.RESOLUTION, 50),
        StepAction.RAISE_SEVERITY,
        (),
        "The severity goes up by one.",
    )
    work = casework(2, answered=True, process=with_step(step, severity=2))

    work.wait_until(50)
    work.fire()

    run = work.ticket.run
    assert work.ticket.severity == 1
    assert run is not None and run.path == "s1_resolution"
    assert work.steps[0][1].text == "Raise the severity"
    assert len({(key, taken.step, taken.loop) for key, taken in work.steps}) == len(work.steps)


def test_a_step_that_wants_more_than_the_highest_severity_says_so():
    step = PathStep(
        "worse",
        "Raise the severity",
        ShareAnchor(Metric.RESOLUTION, 50),
        StepAction.RAISE_SEVERITY,
        (),
        "The severity goes up by one.",
    )
    work = casework(1, answered=True, process=with_step(step))

    work.wait_until(50)
    work.fire()

    assert [taken.outcome for _, taken in work.steps] == [StepOutcome.NOTHING_ABOVE]
    assert work.ticket.severity == 1


def test_a_reopened_ticket_without_time_left_is_due_at_once_and_escalates():
    work = casework(1, answered=True)
    work.wait(hours=8)
    work.decide(lifecycle.resolve)
    work.ticket = replace(work.ticket, floor_used=True)
    work.decide(lifecycle.reopen)

    work.run_until(work.now + timedelta(minutes=1))

    clock = work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None
    assert (clock.cycle, clock.target) == (2, timedelta(0))
    assert clock.is_breached
    assert work.ticket.run is not None


# A click that comes first ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "click",
    [
        lambda work: work.decide(lifecycle.resolve),
        lambda work: work.answer(),
        lambda work: work.hear(),
        lambda work: work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER),
        lambda work: work.decide(lifecycle.assign, SPECIALIST, "Specialist"),
    ],
    ids=["resolve", "answer", "hear", "wait", "assign"],
)
def test_a_click_after_the_due_instant_cannot_hide_the_breach(click):
    work = casework(1)
    work.wait(hours=8)

    click(work)

    broken = {clock.metric for clock in work.ticket.clocks if clock.is_breached}
    assert broken == {Metric.FIRST_RESPONSE, Metric.RESOLUTION}
    assert work.kinds().count(EventKind.SLA_BREACHED) == 2
    assert EventKind.ESCALATION_STARTED in work.kinds()


def test_a_step_that_ends_a_clock_cannot_hide_its_breach():
    """The resolution breaks, its step moves the ticket on, and meanwhile the team's time is over
    too."""
    work = casework(2, answered=True, process=as_shipped())
    resolution = work.ticket.clock(Metric.RESOLUTION)
    team = work.ticket.clock(Metric.TEAM)
    assert resolution is not None and resolution.due_at is not None and team is not None
    work.run_until(resolution.due_at - team.target + timedelta(seconds=1))
    escalate = {"kind": EscalationKind.FUNCTIONAL, "reason": "A skill", "requested_by": AGENT}
    work.decide(escalations.escalate, **escalate)
    work.run_until(resolution.due_at)
    work.wait(seconds=10)

    work.fire()

    team = work.ticket.clock_of(Metric.TEAM, 2)
    assert team is not None and team.is_over and team.is_breached
    broken = [(e.data["metric"], e.data["cycle"]) for e in work.of_kind(EventKind.SLA_BREACHED)]
    assert broken.count(("team", 2)) == 1
    assert work.ticket.run is not None


# People --------------------------------------------------------------------------------------


def test_a_functional_escalation_moves_the_ticket_one_tier_up():
    work = casework(2)

    work.decide(
        escalations.escalate,
        kind=EscalationKind.FUNCTIONAL,
        reason="It is in the database",
        requested_by=AGENT,
    )

    case = work.ticket.escalation
    assert case is not None
    assert (case.kind, case.requested_by) == (EscalationKind.FUNCTIONAL, AGENT)
    assert (work.ticket.tier, work.ticket.assignee_id) == (2, SPECIALIST)


def test_a_customer_who_escalates_gets_a_manager_and_takes_no_tier():
    work = casework(4)

    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="I want to talk to somebody",
        requested_by=CUSTOMER,
        by_customer=True,
    )

    case = work.ticket.escalation
    assert case is not None and case.manager_id == MANAGER
    assert (work.ticket.tier, work.ticket.status) == (1, Status.NEW)


def test_there_is_no_functional_escalation_from_the_top_tier():
    work = casework(2)
    work.ticket = replace(work.ticket, tier=4, team="escalated_accounts")

    with pytest.raises(Invalid, match="top tier"):
        work.decide(
            escalations.escalate, kind=EscalationKind.FUNCTIONAL, reason="x", requested_by=AGENT
        )


def test_a_resolved_ticket_cannot_be_escalated():
    work = casework(2, answered=True)
    work.decide(lifecycle.resolve)

    with pytest.raises(Invalid):
        work.decide(
            escalations.escalate, kind=EscalationKind.FUNCTIONAL, reason="x", requested_by=AGENT
        )


def test_only_a_manager_can_own_a_case():
    work = casework(2)
    work.decide(
        escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="x", requested_by=AGENT
    )

    work.decide(escalations.assign_case, OTHER_MANAGER)
    with pytest.raises(Invalid):
        work.decide(escalations.assign_case, AGENT)

    case = work.ticket.escalation
    assert case is not None and case.manager_id == OTHER_MANAGER


# History ---------------------------------------------------------------------------------------


def test_history_breaks_promises_and_takes_no_step():
    work = casework(1)
    work.wait(days=1)

    work.keep(firing.fire(work.ticket, work.desk(is_history=True)))

    assert set(work.kinds()) == {EventKind.TICKET_OPENED, EventKind.SLA_BREACHED}
    assert work.ticket.run is None and work.ticket.escalation is None


def test_severity_changed_in_history_starts_no_path():
    work = casework(3)
    work.wait(hours=6)
    draft = Draft(work.ticket, work.desk(is_history=True))

    paths.change_severity(draft, 1, "as it was")

    assert draft.ticket.run is None


# Anything in any order -------------------------------------------------------------------------

CLICKS = {
    "fire": lambda work: work.fire(),
    "answer": lambda work: work.answer(),
    "hear": lambda work: work.hear(),
    "note": lambda work: work.decide(
        lifecycle.add_message,
        lifecycle.message_from_us(work.now, AGENT, "Agent", "A note", is_public=False),
    ),
    "take": lambda work: work.decide(lifecycle.assign, AGENT, "Agent"),
    "wait_customer": lambda work: work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER),
    "wait_supplier": lambda work: work.decide(lifecycle.set_status, Status.WAITING_SUPPLIER),
    "go_on": lambda work: work.decide(lifecycle.set_status, Status.OPEN),
    "resolve": lambda work: work.decide(lifecycle.resolve),
    "reopen": lambda work: work.decide(lifecycle.reopen),
    "up": lambda work: work.decide(
        escalations.escalate, kind=EscalationKind.FUNCTIONAL, reason="x", requested_by=AGENT
    ),
    "ask": lambda work: work.decide(
        escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="x", requested_by=AGENT
    ),
    "acknowledge": lambda work: work.decide(escalations.acknowledge, MANAGER),
    "deescalate": lambda work: work.decide(escalations.deescalate, "calm"),
    "worse": lambda work: regrade(work, max(work.ticket.severity - 1, 1)),
    "better": lambda work: regrade(work, min(work.ticket.severity + 1, 4)),
}


def regrade(work: Casework, severity: int) -> None:
    if work.ticket.is_open and severity != work.ticket.severity:
        draft = firing.begin(work.ticket, work.desk())
        paths.change_severity(draft, severity, "x")
        work.keep(draft.decision())


@settings(max_examples=150)
@given(
    st.integers(1, 4),
    st.sampled_from(["basic", "pro", "enterprise"]),
    st.lists(
        st.tuples(
            st.sampled_from(sorted(CLICKS)),
            st.sampled_from([0, 1, 59, 61, 450, 3_600, 20_000, 100_000, 500_000]),
        ),
        max_size=25,
    ),
)
def test_whatever_happens_nothing_is_lost_doubled_or_asked_for_in_a_circle(
    severity: int, plan: str, story: list[tuple[str, int]]
):
    work = casework(severity, plan)

    for click, seconds in story:
        work.wait(seconds=seconds)
        with suppress(BusinessError):
            CLICKS[click](work)
        work.fire()
        at = work.wakes_at
        assert at is None or at > work.now
        assert not work.fire().is_change
        for clock in work.ticket.clocks:
            if clock.is_running and clock.is_breached:
                is_muted = escalations.muted_key(clock) in work.ticket.muted
                assert is_muted or work.ticket.run is not None

    for clock in work.ticket.clocks:
        passed = clock.is_running and clock.due_at is not None and clock.due_at < work.now
        assert not passed or clock.is_breached
    broken = [clock for clock in work.ticket.clocks if clock.is_breached]
    told = [(e.data["metric"], e.data["cycle"]) for e in work.of_kind(EventKind.SLA_BREACHED)]
    assert sorted(told) == sorted((clock.metric.value, clock.cycle) for clock in broken)
    assert len({(key, step.step, step.loop) for key, step in work.steps}) == len(work.steps)
    if broken:
        assert {EventKind.ESCALATION_STARTED, EventKind.NO_PATH} & set(work.kinds())


def test_what_was_muted_is_forgotten_once_its_clock_is_over():
    work = casework(1, answered=True, process=as_shipped())

    for _ in range(60):
        work.decide(
            escalations.escalate,
            kind=EscalationKind.HIERARCHICAL,
            reason="Refund",
            requested_by=AGENT,
        )
        work.decide(escalations.deescalate, "Settled")
        work.wait(minutes=1)
        work.answer()

    assert {key.split(":")[0] for key in work.ticket.muted} == {"resolution", "next_update", "team"}
    assert len(" ".join(work.ticket.muted)) < 100


def test_the_story_above_can_fail():
    """A breach that nobody noticed is what the story looks for."""
    work = casework(1)
    work.wait(hours=8)

    clock = work.ticket.clocks[1]

    assert clock.due_at is not None and clock.due_at < work.now and not clock.is_breached


def test_delays_of_the_shipped_paths_are_measured_as_they_say():
    anchors = [step.anchor for path in shipped().paths for step in path.steps]

    assert any(isinstance(anchor, DelayAnchor) and anchor.working for anchor in anchors)
    assert any(isinstance(anchor, DelayAnchor) and not anchor.working for anchor in anchors)
