"""What people owe to an escalated case, what is promised to its customer, and how it is graded."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain import cases, escalations, lifecycle
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.tickets import EscalationKind, Status
from tests.support.casework import AGENT, CUSTOMER, EXPERT, MANAGER, MONDAY, Casework, casework
from tests.support.small_paths import A_MOMENT, HOUR, MINUTE, at, clock, path, promising, step

OWED, PROMISED = Metric.OBLIGATION, Metric.PROMISE
State, Made = ObligationState, PromiseState


def case() -> Casework:
    """An answered ticket that one of us has escalated; what is late has a path."""
    late = path(
        step("late", at(100, OWED), audience=(Audience.OBLIGED, Audience.CASE_MANAGER)),
        metric=OWED,
        key="late",
    )
    broken = path(step("broken", at(100, PROMISED)), metric=PROMISED, key="broken", weight=20)
    work = casework(answered=True, process=promising(late, broken, resolution=timedelta(days=30)))
    work.decide(
        escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="x", requested_by=AGENT
    )
    return work


def oblige(work: Casework, *, person: int = EXPERT, **length: float) -> None:
    work.decide(
        cases.give_obligation,
        person_id=person,
        text="Read the log",
        due_at=work.now + timedelta(**length),
        given_by=MANAGER,
        role="database",
    )


def update(work: Casework, state: ObligationState, reason: str = "", number: int = 1):
    return work.decide(cases.update_obligation, number, state, reason)


def obligation(work: Casework, number: int = 1):
    return work.ticket.obligations[number - 1]


# Obligations ---------------------------------------------------------------------------------


def test_an_obligation_has_a_person_a_part_and_a_time_of_its_own():
    work = case()

    oblige(work, hours=4)

    owed = obligation(work)
    assert (owed.number, owed.person_id, owed.created_by) == (1, EXPERT, MANAGER)
    assert (owed.role, owed.state, owed.is_priority) == ("database", State.OPEN, False)
    assert clock(work, OWED).due_at == work.now + 4 * HOUR
    assert work.of_kind(EventKind.OBLIGATION_GIVEN)[-1].told == (EXPERT,)


def test_an_obligation_is_counted_around_the_clock_and_does_not_pause_with_the_ticket():
    work = case()
    oblige(work, hours=4)
    due_at = clock(work, OWED).due_at

    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)

    assert (clock(work, OWED).state, clock(work, OWED).due_at) == (ClockState.RUNNING, due_at)


@pytest.mark.parametrize(
    ("state", "reason"), [(State.ACCEPTED, ""), (State.BLOCKED, "No access to the server")]
)
def test_an_obligation_that_is_accepted_or_blocked_is_still_owed(
    state: ObligationState, reason: str
):
    work = case()
    oblige(work, hours=4)

    update(work, state, reason)

    assert (obligation(work).state, obligation(work).reason) == (state, reason)
    assert obligation(work).is_owed and obligation(work).ended_at is None
    assert clock(work, OWED).is_running
    assert work.of_kind(EventKind.OBLIGATION_CHANGED)[-1].data["state"] == state.value


def test_an_obligation_done_exactly_when_it_is_due_is_done_in_time():
    work = case()
    oblige(work, hours=4)
    work.wait(hours=4)

    update(work, State.DONE)

    assert clock(work, OWED).state is ClockState.MET
    assert not clock(work, OWED).is_breached
    assert obligation(work).ended_at == work.now


def test_an_obligation_can_be_done_late_and_its_clock_remembers():
    work = case()
    oblige(work, hours=4)
    work.wait(hours=5)

    update(work, State.DONE)

    assert obligation(work).state is State.DONE
    assert clock(work, OWED).state is ClockState.MET
    assert clock(work, OWED).breached_at == MONDAY + 4 * HOUR


def test_only_a_call_is_done_by_writing_to_the_customer():
    work = case()
    oblige(work, person=AGENT, hours=4)

    work.answer()

    assert obligation(work).state is State.OPEN


def test_a_late_obligation_starts_its_path_and_tells_only_who_still_owes():
    work = case()
    oblige(work, hours=1)
    oblige(work, person=AGENT, hours=3)
    update(work, State.DONE, number=2)

    work.run_until(MONDAY + 2 * HOUR)

    assert work.step_keys() == ["late"]
    assert work.steps[0][1].told == (EXPERT, MANAGER)


def test_whoever_cannot_contribute_is_released_and_the_clock_stops_without_being_met():
    work = case()
    oblige(work, hours=4)

    update(work, State.RELEASED, "On leave")
    work.run_until(MONDAY + 8 * HOUR)

    assert (obligation(work).state, obligation(work).reason) == (State.RELEASED, "On leave")
    assert clock(work, OWED).state is ClockState.CANCELLED
    assert work.step_keys() == []


@pytest.mark.parametrize("state", [State.BLOCKED, State.RELEASED])
def test_being_blocked_and_a_release_need_a_reason(state: ObligationState):
    work = case()
    oblige(work, hours=4)

    with pytest.raises(Invalid, match="Say why"):
        update(work, state)

    assert obligation(work).state is State.OPEN


@pytest.mark.parametrize("state", [State.OPEN, State.DROPPED])
def test_nobody_opens_or_drops_an_obligation_by_hand(state: ObligationState):
    work = case()
    oblige(work, hours=4)

    with pytest.raises(Invalid):
        update(work, state, "because")


def test_a_second_time_changes_nothing():
    work = case()
    oblige(work, hours=4)
    update(work, State.DONE)

    assert not update(work, State.DONE).is_change


@pytest.mark.parametrize("over", [State.DONE, State.RELEASED])
def test_an_obligation_that_is_over_stays_over(over: ObligationState):
    work = case()
    oblige(work, hours=4)
    update(work, over, "x")

    with pytest.raises(Invalid, match="already"):
        update(work, State.ACCEPTED)


@pytest.mark.parametrize(
    "end",
    [
        lambda work: work.decide(escalations.deescalate, "calm"),
        lambda work: work.decide(lifecycle.resolve),
    ],
    ids=["de-escalated", "resolved"],
)
def test_what_is_still_owed_is_dropped_when_the_case_ends(end):
    work = case()
    oblige(work, hours=4)
    oblige(work, person=AGENT, hours=4)
    oblige(work, person=MANAGER, hours=4)
    update(work, State.DONE, number=1)
    update(work, State.BLOCKED, "No access", number=2)

    end(work)

    assert [o.state for o in work.ticket.obligations] == [State.DONE, State.DROPPED, State.DROPPED]
    states = [c.state for c in work.ticket.clocks if c.metric is OWED]
    assert states == [ClockState.MET, ClockState.CANCELLED, ClockState.CANCELLED]
    work.run_until(MONDAY + 8 * HOUR)
    assert work.step_keys() == []


def test_only_an_escalated_ticket_has_obligations():
    work = casework(answered=True, process=promising())

    with pytest.raises(Invalid, match="escalated"):
        oblige(work, hours=1)


def test_only_people_of_ours_can_owe_something():
    with pytest.raises(Invalid, match="people of ours"):
        oblige(case(), person=CUSTOMER, hours=1)


def test_an_unknown_obligation_or_promise_is_not_found():
    work = case()

    with pytest.raises(NotFound):
        update(work, State.DONE, number=7)
    with pytest.raises(NotFound):
        work.decide(cases.keep_promise, 7)


# Promises ------------------------------------------------------------------------------------


def promise(work: Casework, *, owner: int = AGENT, **length: float) -> None:
    work.decide(
        cases.make_promise,
        owner_id=owner,
        text="A fix",
        due_at=work.now + timedelta(**length),
        made_by=MANAGER,
    )


def keep(work: Casework, number: int = 1):
    return work.decide(cases.keep_promise, number)


def renegotiate(work: Casework, number: int = 1, **length: float) -> None:
    work.decide(
        cases.renegotiate_promise,
        number,
        due_at=work.now + timedelta(**length),
        reason="The part comes on Friday",
        made_by=MANAGER,
    )


def states(work: Casework) -> list[PromiseState]:
    return [made.state for made in work.ticket.promises]


def test_a_promise_has_an_owner_and_a_clock_that_is_due_when_it_is():
    work = case()

    promise(work, days=2)

    (made,) = work.ticket.promises
    assert (made.owner_id, made.made_by, made.state) == (AGENT, MANAGER, Made.OPEN)
    assert made.due_at == clock(work, PROMISED).due_at == work.now + timedelta(days=2)
    assert work.of_kind(EventKind.PROMISE_MADE)[0].told == (AGENT,)


def test_a_ticket_that_is_not_escalated_can_have_promises_too():
    work = casework(answered=True, process=promising())

    promise(work, hours=1)

    assert states(work) == [Made.OPEN]


def test_a_promise_does_not_wait_for_the_customer():
    work = case()
    promise(work, hours=2)

    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    work.run_until(MONDAY + 3 * HOUR)

    assert states(work) == [Made.BROKEN]


def test_a_promise_is_kept_up_to_the_instant_at_which_it_is_due():
    work = case()
    promise(work, hours=2)
    work.wait(hours=2)

    keep(work)

    assert states(work) == [Made.KEPT]
    assert (clock(work, PROMISED).state, clock(work, PROMISED).breached_at) == (
        ClockState.MET,
        None,
    )
    assert not keep(work).is_change


@pytest.mark.parametrize("noticed_by", [Casework.fire, keep], ids=["engine", "click"])
def test_a_moment_after_it_was_due_a_promise_is_broken_and_stays_so(noticed_by):
    work = case()
    promise(work, hours=2)
    work.wait(hours=2)
    work.now += A_MOMENT

    noticed_by(work)
    keep(work)

    assert states(work) == [Made.BROKEN]
    assert clock(work, PROMISED).breached_at == MONDAY + 2 * HOUR
    assert clock(work, PROMISED).state is ClockState.MET
    changes = [e.data["state"] for e in work.of_kind(EventKind.PROMISE_CHANGED)]
    assert changes == ["broken"]


def test_a_broken_promise_starts_its_path():
    work = case()
    promise(work, hours=2)

    work.run_until(MONDAY + 2 * HOUR + MINUTE)

    assert work.step_keys() == ["broken"]
    assert work.ticket.run is not None and work.ticket.run.path == "broken"


def test_a_promise_renegotiated_in_time_is_not_broken_and_another_stands_in_its_place():
    work = case()
    promise(work, hours=2)
    work.wait(hours=1)

    renegotiate(work, hours=5)
    work.run_until(MONDAY + 3 * HOUR)

    first, second = work.ticket.promises
    assert (first.state, first.reason) == (Made.RENEGOTIATED, "The part comes on Friday")
    assert (second.state, second.replaces, second.owner_id) == (Made.OPEN, 1, AGENT)
    assert (second.text, second.due_at) == (first.text, MONDAY + 6 * HOUR)
    assert clock(work, PROMISED, 1).state is ClockState.CANCELLED
    assert not clock(work, PROMISED, 1).is_breached
    assert clock(work, PROMISED, 2).due_at == second.due_at
    assert work.step_keys() == []


def test_a_promise_renegotiated_after_it_broke_stays_broken_and_another_stands_beside_it():
    work = case()
    promise(work, hours=2)
    work.wait(hours=3)

    renegotiate(work, hours=5)

    assert states(work) == [Made.BROKEN, Made.OPEN]
    assert work.ticket.promises[1].replaces == 1
    assert clock(work, PROMISED, 1).breached_at == MONDAY + 2 * HOUR
    assert clock(work, PROMISED, 1).state is ClockState.MET


@pytest.mark.parametrize("over", [keep, lambda work: renegotiate(work, hours=5)])
def test_a_promise_that_is_over_cannot_be_renegotiated(over):
    work = case()
    promise(work, hours=2)
    over(work)

    with pytest.raises(Invalid, match="already"):
        renegotiate(work, hours=9)


def test_a_promise_that_was_renegotiated_cannot_be_kept():
    work = case()
    promise(work, hours=2)
    renegotiate(work, hours=5)

    with pytest.raises(Invalid, match="already"):
        keep(work)


def test_what_is_not_yet_due_when_the_ticket_is_resolved_is_void_and_what_broke_is_not():
    work = case()
    promise(work, hours=1)
    promise(work, hours=9)
    work.wait(hours=2)

    work.decide(lifecycle.resolve)
    work.run_until(MONDAY + 20 * HOUR)

    assert states(work) == [Made.BROKEN, Made.VOID]
    assert clock(work, PROMISED, 1).breached_at == MONDAY + HOUR
    assert clock(work, PROMISED, 2).state is ClockState.CANCELLED
    assert not clock(work, PROMISED, 2).is_breached


def test_a_void_promise_stays_void_when_the_ticket_is_reopened():
    work = case()
    promise(work, hours=9)
    work.decide(lifecycle.resolve)

    work.decide(lifecycle.reopen)
    work.run_until(MONDAY + 20 * HOUR)

    assert states(work) == [Made.VOID]


def test_a_resolved_ticket_needs_no_promise():
    work = case()
    work.decide(lifecycle.resolve)

    with pytest.raises(Invalid, match="resolved"):
        promise(work, hours=1)


def test_only_people_of_ours_can_promise_something():
    with pytest.raises(Invalid, match="people of ours"):
        promise(case(), owner=CUSTOMER, hours=1)


# Times that can be named -----------------------------------------------------------------------

NAMES: dict[str, Any] = {
    "obligation": oblige,
    "promise": promise,
    "renegotiation": lambda work, **length: renegotiate(work, **length),
}


@pytest.mark.parametrize("what", NAMES)
@pytest.mark.parametrize(
    ("length", "why"),
    [
        ({"hours": -1}, "past"),
        ({"hours": 0}, "past"),
        ({"days": 366, "seconds": 1}, "more than a year"),
    ],
    ids=["past", "now", "too far"],
)
def test_a_time_in_the_past_or_over_a_year_ahead_is_refused(
    what: str, length: dict[str, float], why: str
):
    work = case()
    promise(work, hours=2)
    before = work.ticket

    with pytest.raises(Invalid, match=why):
        NAMES[what](work, **length)

    assert work.ticket is before


@pytest.mark.parametrize("what", NAMES)
@pytest.mark.parametrize("length", [{"seconds": 1}, {"days": 366}], ids=["soon", "in a year"])
def test_a_time_ahead_up_to_a_year_is_accepted(what: str, length: dict[str, float]):
    work = case()
    promise(work, hours=2)

    NAMES[what](work, **length)

    metric = OWED if what == "obligation" else PROMISED
    assert clock(work, metric).due_at == work.now + timedelta(**length)


# Grading -------------------------------------------------------------------------------------


def graded(work: Casework, severity: int):
    return work.decide(cases.grade, severity, "Only one desk is hit")


def test_grading_gives_the_clocks_the_times_of_the_severity_and_says_why():
    work = casework(3, answered=True, process=promising(next_update=2 * HOUR))
    work.wait(hours=4)

    graded(work, 2)

    (event,) = work.of_kind(EventKind.SEVERITY_CHANGED)
    assert (event.data["from_severity"], event.data["to_severity"]) == (3, 2)
    assert event.data["why"] == "Only one desk is hit"
    assert clock(work, Metric.RESOLUTION).due_at == MONDAY + 16 * HOUR
    assert clock(work, Metric.RESOLUTION).revision == 2
    assert clock(work, Metric.NEXT_UPDATE).target == 4 * HOUR
    assert clock(work, Metric.FIRST_RESPONSE).revision == 1


def test_grading_keeps_the_times_that_people_have_named():
    work = case()
    oblige(work, hours=4)
    promise(work, hours=4)
    before = clock(work, OWED), clock(work, PROMISED)

    graded(work, 2)

    assert (clock(work, OWED), clock(work, PROMISED)) == before


def test_grading_cannot_hide_a_breach():
    work = casework(1, answered=True, process=promising())
    work.wait(hours=9)

    graded(work, 4)

    assert clock(work, Metric.RESOLUTION).breached_at == MONDAY + 8 * HOUR
    assert clock(work, Metric.RESOLUTION).due_at == MONDAY + 32 * HOUR


def test_the_same_severity_changes_nothing():
    work = casework(2, answered=True, process=promising())

    assert not graded(work, 2).is_change


@pytest.mark.parametrize("severity", [0, 5])
def test_a_severity_that_the_process_does_not_know_is_refused(severity: int):
    with pytest.raises(Invalid, match="from the list"):
        graded(casework(2, answered=True, process=promising()), severity)


def test_a_resolved_ticket_is_not_graded():
    work = casework(2, answered=True, process=promising())
    work.decide(lifecycle.resolve)

    with pytest.raises(Invalid, match="resolved"):
        graded(work, 1)


@pytest.mark.parametrize(
    ("hours", "severity", "is_late"),
    [(6, 3, True), (5.99, 3, False), (6, 1, False), (6, 2, False), (20, 4, True)],
    ids=["at three quarters", "before", "raised", "the same", "long after"],
)
def test_lowering_is_late_once_three_quarters_of_the_time_are_used(
    hours: float, severity: int, is_late: bool
):
    work = casework(2, answered=True, process=promising(resolution=4 * HOUR))

    work.wait(hours=hours)

    assert cases.is_late_lowering(work.ticket, work.desk(), severity) is is_late


def test_time_spent_waiting_for_the_customer_does_not_make_a_lowering_late():
    work = casework(2, answered=True, process=promising(resolution=4 * HOUR))
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    work.wait(days=3)

    assert not cases.is_late_lowering(work.ticket, work.desk(), 3)


def test_after_the_resolution_no_lowering_is_late():
    work = casework(2, answered=True, process=promising(resolution=4 * HOUR))
    work.wait(hours=7)
    work.decide(lifecycle.resolve)

    assert not cases.is_late_lowering(work.ticket, work.desk(), 3)
