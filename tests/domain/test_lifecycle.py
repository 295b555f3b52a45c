"""The life of a ticket: opened, answered, taken, kept waiting, resolved, reopened, closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation_app.domain import lifecycle, undoing
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.errors import Invalid, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import OPEN_STATUSES, Side, Status
from tests.support.casework import AGENT, CUSTOMER, MANAGER, SPECIALIST, Casework, casework


def state(work: Casework, metric: Metric = Metric.RESOLUTION) -> ClockState:
    clock = work.ticket.clock(metric)
    assert clock is not None
    return clock.state


def resolved(severity: int = 1) -> Casework:
    work = casework(severity, answered=True)
    work.wait(hours=1)
    work.decide(lifecycle.resolve)
    return work


def test_a_new_ticket_starts_on_the_first_tier_with_its_clocks_running():
    work = casework(2, "pro")

    ticket = work.ticket
    assert (ticket.status, ticket.tier, ticket.team) == (Status.NEW, 1, "service_desk")
    assert [(c.metric, c.target) for c in ticket.clocks] == [
        (Metric.FIRST_RESPONSE, timedelta(hours=2)),
        (Metric.RESOLUTION, timedelta(hours=48)),
    ]


def test_an_impact_the_process_does_not_know_is_refused():
    work = casework()

    with pytest.raises(Invalid, match="from the lists"):
        lifecycle.open_ticket(
            work.desk(),
            process_version=1,
            subject="x",
            organisation_id=1,
            requester_id=1,
            plan="basic",
            impact="cosmic",
            urgency="high",
            first_message=None,
        )


def test_the_first_public_answer_meets_the_first_response():
    work = casework()

    work.answer()

    assert state(work, Metric.FIRST_RESPONSE) is ClockState.MET
    assert (work.ticket.status, work.ticket.last_contact_by) == (Status.OPEN, Side.US)


def test_a_note_meets_nothing_and_is_on_record_under_a_revision_of_its_own():
    work = casework()
    before = work.ticket.revision
    note = lifecycle.message_from_us(work.now, AGENT, "Agent", "Looks bad", is_public=False)

    work.decide(lifecycle.add_message, note)

    assert state(work, Metric.FIRST_RESPONSE) is ClockState.RUNNING
    assert work.ticket.status is Status.NEW
    assert work.ticket.revision == before + 1
    assert work.kinds()[-1] is EventKind.NOTE_WRITTEN


def test_an_automatic_reply_meets_nothing():
    work = casework()
    reply = lifecycle.message_from_us(work.now, AGENT, "Agent", "We got it", is_public=True)

    work.decide(lifecycle.add_message, replace(reply, is_automatic=True))

    assert state(work, Metric.FIRST_RESPONSE) is ClockState.RUNNING


def test_the_customer_cannot_answer_themselves():
    work = casework()

    work.hear("Hello?")

    assert state(work, Metric.FIRST_RESPONSE) is ClockState.RUNNING
    assert work.ticket.last_contact_by is Side.THEM


def test_an_answer_of_the_customer_ends_the_wait_for_them():
    work = casework(answered=True)
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    waiting = state(work)
    work.wait(hours=5)

    work.hear()

    assert waiting is ClockState.PAUSED
    assert (work.ticket.status, state(work)) == (Status.OPEN, ClockState.RUNNING)
    assert work.ticket.clocks[1].due_at == work.now + timedelta(hours=7)


def test_waiting_for_a_supplier_stops_no_clock():
    work = casework(answered=True)

    work.decide(lifecycle.set_status, Status.WAITING_SUPPLIER)

    assert state(work) is ClockState.RUNNING


def test_going_from_the_customer_to_the_supplier_lets_the_clock_run_on():
    work = casework(answered=True)
    work.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)

    work.decide(lifecycle.set_status, Status.WAITING_SUPPLIER)

    assert state(work) is ClockState.RUNNING


def test_the_same_status_again_changes_nothing():
    work = casework(answered=True)

    assert not work.decide(lifecycle.set_status, Status.OPEN).is_change


@pytest.mark.parametrize("status", [Status.NEW, Status.RESOLVED, Status.CLOSED])
def test_a_status_with_a_verb_of_its_own_cannot_simply_be_set(status: Status):
    work = casework(answered=True)

    with pytest.raises(Invalid):
        work.decide(lifecycle.set_status, status)


def test_taking_a_new_ticket_begins_it_and_taking_it_twice_changes_nothing():
    work = casework()

    work.decide(lifecycle.assign, SPECIALIST, "Specialist")
    again = work.decide(lifecycle.assign, SPECIALIST, "Specialist")

    assert (work.ticket.assignee_id, work.ticket.status) == (SPECIALIST, Status.OPEN)
    assert not again.is_change


def test_resolving_meets_the_resolution_and_cancels_what_still_runs():
    work = casework()

    work.decide(lifecycle.resolve)

    assert state(work) is ClockState.MET
    assert state(work, Metric.FIRST_RESPONSE) is ClockState.CANCELLED
    assert work.ticket.close_at == work.now + work.process.close_after


def test_resolving_with_a_message_counts_as_the_first_answer():
    work = casework()
    message = lifecycle.message_from_us(work.now, AGENT, "Agent", "Fixed", is_public=True)

    work.decide(lifecycle.resolve, message)

    assert state(work, Metric.FIRST_RESPONSE) is ClockState.MET
    assert [e.kind for e in work.events[-2:]] == [
        EventKind.MESSAGE_SENT,
        EventKind.TICKET_RESOLVED,
    ]


def test_a_resolved_ticket_closes_by_itself_when_its_time_has_come():
    work = resolved()
    at = work.wakes_at
    assert at is not None
    work.now = at

    work.fire()

    assert at == work.ticket.resolved_at + work.process.close_after  # type: ignore[operator]
    assert (work.ticket.status, work.ticket.closed_at) == (Status.CLOSED, at)
    assert work.wakes_at is None


def test_a_message_of_the_customer_reopens_with_the_time_that_was_left():
    work = resolved()

    work.hear("It is back")

    clock = work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None
    assert (work.ticket.status, clock.cycle) == (Status.OPEN, 2)
    assert clock.target == timedelta(hours=6)
    assert work.kinds()[-2:] == [EventKind.MESSAGE_RECEIVED, EventKind.TICKET_REOPENED]


def test_reopening_gives_a_quarter_of_the_time_at_least_but_once_only():
    work = casework(answered=True)
    work.wait(hours=6, minutes=50)
    work.decide(lifecycle.resolve)
    work.decide(lifecycle.reopen)
    first = work.ticket.clock(Metric.RESOLUTION)
    work.wait(hours=1, minutes=44)
    work.decide(lifecycle.resolve)

    work.decide(lifecycle.reopen)

    second = work.ticket.clock(Metric.RESOLUTION)
    assert first is not None and second is not None
    assert first.target == timedelta(hours=1, minutes=45)
    assert second.target == timedelta(minutes=1)
    assert [c.cycle for c in work.ticket.clocks if c.metric is Metric.RESOLUTION] == [1, 2, 3]


@pytest.mark.parametrize("is_undo", [False, True])
def test_whom_nobody_answered_before_it_was_resolved_waits_on_when_it_is_reopened(is_undo: bool):
    work = casework(3)
    promised = work.ticket.clock(Metric.FIRST_RESPONSE)
    work.wait(minutes=20)
    done = undoing.done("resolved", Permission.TICKET_RESOLVE, work.decide(lifecycle.resolve))
    work.wait(minutes=5)

    if is_undo:
        work.decide(undoing.undo, done)
    else:
        work.decide(lifecycle.reopen)

    clock = work.ticket.clock(Metric.FIRST_RESPONSE)
    assert clock is not None and promised is not None
    assert (clock.state, clock.cycle) == (ClockState.RUNNING, 2)
    assert clock.target == promised.target - timedelta(minutes=20)


def test_an_answer_or_a_late_one_is_not_waited_for_again():
    answered, late = resolved(), casework(3)
    late.run_until(late.now + timedelta(days=1))
    late.decide(lifecycle.resolve)

    for work in (answered, late):
        work.decide(lifecycle.reopen)

    assert state(answered, Metric.FIRST_RESPONSE) is ClockState.MET
    assert state(late, Metric.FIRST_RESPONSE) is ClockState.CANCELLED


def test_only_a_resolved_ticket_can_be_reopened():
    work = casework(answered=True)

    with pytest.raises(Invalid):
        work.decide(lifecycle.reopen)


def test_what_its_customer_says_works_closes_as_it_would_have_by_itself():
    said, waited = resolved(), resolved()
    said.decide(lifecycle.confirm, "N. Diaz", (MANAGER,))
    waited.run_until(waited.now + timedelta(days=6))

    assert said.ticket.status is waited.ticket.status is Status.CLOSED
    assert (said.ticket.close_at, said.ticket.closed_at) == (None, said.now)
    assert said.ticket.clocks == waited.ticket.clocks
    assert said.kinds()[-2:] == [EventKind.SOLUTION_CONFIRMED, EventKind.TICKET_CLOSED]
    assert waited.kinds()[-1] is EventKind.TICKET_CLOSED
    (event,) = said.of_kind(EventKind.SOLUTION_CONFIRMED)
    assert (event.data, event.told) == ({"by": "N. Diaz"}, (MANAGER,))


@pytest.mark.parametrize("status", [*sorted(OPEN_STATUSES), Status.CLOSED])
def test_only_what_is_resolved_can_be_said_to_work(status: Status):
    work = resolved() if status is Status.CLOSED else casework()
    if status is Status.CLOSED:
        work.decide(lifecycle.close_now)
    else:
        work.ticket = replace(work.ticket, status=status)

    with pytest.raises(
        Invalid, match="closed already" if status is Status.CLOSED else "not solved"
    ):
        work.decide(lifecycle.confirm, "N. Diaz")


def test_what_should_have_closed_by_itself_is_not_said_to_work():
    work = resolved()
    work.wait(days=6)

    with pytest.raises(Invalid, match="closed already"):
        work.decide(lifecycle.confirm, "N. Diaz")


def test_taken_back_that_it_works_leaves_it_resolved_until_it_closes_by_itself():
    work = resolved()
    before = work.ticket
    done = undoing.confirmation_done(work.decide(lifecycle.confirm, "N. Diaz"), CUSTOMER)
    work.wait(seconds=5)
    work.decide(undoing.undo_confirmation, done)

    assert (work.ticket.status, work.ticket.close_at) == (Status.RESOLVED, before.close_at)
    assert (work.ticket.closed_at, work.ticket.clocks) == (None, before.clocks)
    with pytest.raises(Stale):
        work.decide(undoing.undo_confirmation, done)
    assert before.close_at is not None
    work.run_until(before.close_at)
    assert (work.ticket.status, work.ticket.closed_at) == (Status.CLOSED, before.close_at)


def test_a_ticket_can_be_closed_before_its_time():
    work = resolved()

    work.decide(lifecycle.close_now)

    assert work.ticket.status is Status.CLOSED
    assert work.kinds().count(EventKind.TICKET_CLOSED) == 1


def test_a_message_to_a_closed_ticket_is_refused():
    work = resolved()
    work.decide(lifecycle.close_now)

    with pytest.raises(Invalid, match="closed"):
        work.hear()


def test_a_message_that_comes_when_the_ticket_should_have_closed_is_refused_not_swallowed():
    """The engine has not closed it yet, but its time is over."""
    work = resolved()
    work.wait(days=6)

    with pytest.raises(Invalid, match="closed"):
        work.hear("It is back")


def test_a_ticket_whose_time_to_close_has_come_cannot_be_reopened():
    work = resolved()
    work.wait(days=6)

    with pytest.raises(Invalid, match="closed"):
        work.decide(lifecycle.reopen)
