"""Merging: what ends with the ticket that goes, and what the ticket that stays takes over."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from escalation_app.domain import cases, escalations, lifecycle, merging
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Side, Status
from tests.support.casework import (
    AGENT,
    CUSTOMER,
    EXECUTIVE,
    MANAGER,
    MONDAY,
    Casework,
    as_shipped,
    casework,
)


def opened(
    number: int, severity: int = 3, at: datetime = MONDAY, *, answered: bool = False
) -> Casework:
    work = casework(severity, answered=answered, at=at)
    work.ticket = replace(work.ticket, id=number, reference=f"T-{number}")
    return work


def two(
    *, severities: tuple[int, int] = (3, 3), later: timedelta = timedelta(hours=1)
) -> tuple[Casework, Casework]:
    """A ticket, and one that was opened later, both at the later one's instant."""
    first, second = opened(1, severities[0]), opened(2, severities[1], MONDAY + later)
    first.now = second.now
    first.fire()
    return first, second


def merge(goes: Casework, stays: Casework) -> None:
    """Merge now, in both."""
    stays.now = goes.now
    gone, kept = merging.merge(goes.ticket, stays.ticket, goes.desk(), by=AGENT)
    goes.keep(gone)
    stays.keep(kept)


def due(work: Casework, metric: Metric) -> datetime | None:
    clock = work.ticket.clock(metric)
    assert clock is not None
    return clock.due_at


def test_the_clocks_of_a_merged_ticket_are_cancelled_on_record_and_nothing_wakes_it():
    goes, stays = two()

    merge(goes, stays)

    assert goes.ticket.status is Status.CLOSED
    assert {clock.state for clock in goes.ticket.clocks} == {ClockState.CANCELLED}
    assert goes.of_kind(EventKind.TICKET_MERGED)[0].data == {
        "into": "T-2",
        "stopped": ["first_response", "resolution"],
    }
    assert goes.wakes_at is None


def test_its_path_and_escalation_stop_and_none_ever_comes_from_it_again():
    goes, stays = two(severities=(1, 1), later=timedelta(minutes=20))
    assert goes.ticket.run is not None

    merge(goes, stays)
    goes.run_until(goes.now + timedelta(days=9))

    assert (goes.ticket.run, goes.ticket.escalation) == (None, None)
    assert goes.events[-1].kind is EventKind.ESCALATION_ENDED
    assert goes.events[-1].data["reason"] == "merged into T-2"


def test_a_breach_before_the_merge_is_on_record_although_nobody_had_noticed():
    goes, stays = opened(1, 1), opened(2, 1, MONDAY + timedelta(hours=1))
    goes.now = stays.now

    merge(goes, stays)

    breached = goes.ticket.clock(Metric.FIRST_RESPONSE)
    assert breached is not None and breached.breached_at is not None
    assert EventKind.SLA_BREACHED in goes.kinds()


def test_of_two_promises_the_earlier_one_counts_from_then_on():
    goes, stays = two()
    promised = due(goes, Metric.RESOLUTION)

    merge(goes, stays)

    assert due(stays, Metric.RESOLUTION) == promised
    moved = [event.data["metric"] for event in stays.of_kind(EventKind.DUE_MOVED)]
    assert moved == ["first_response", "resolution"]


def test_the_ticket_that_stays_is_never_due_later():
    stays, goes = two()
    before = due(stays, Metric.FIRST_RESPONSE), due(stays, Metric.RESOLUTION)

    merge(goes, stays)

    assert (due(stays, Metric.FIRST_RESPONSE), due(stays, Metric.RESOLUTION)) == before
    assert not stays.of_kind(EventKind.DUE_MOVED)


def test_a_severity_that_is_raised_later_counts_from_when_the_other_ticket_was_opened():
    goes, stays = two()
    merge(goes, stays)

    grades = cases.Grades("", impact="high", urgency="medium", severity=2)
    stays.decide(cases.regrade, grades, "Worse than it looked")

    policy = stays.process.policy_for("enterprise", 2)
    target = policy.target(2, Metric.RESOLUTION)
    assert target is not None
    assert due(stays, Metric.RESOLUTION) == MONDAY + target


def test_the_harder_severity_counts():
    goes, stays = two(severities=(2, 4), later=timedelta(minutes=1))
    promised = due(goes, Metric.RESOLUTION)

    merge(goes, stays)

    assert stays.ticket.severity == 2
    assert due(stays, Metric.RESOLUTION) == promised


def test_a_lighter_severity_does_not_soften_the_ticket_that_stays():
    goes, stays = two(severities=(4, 2))
    before = due(stays, Metric.RESOLUTION)

    merge(goes, stays)

    assert stays.ticket.severity == 2
    assert due(stays, Metric.RESOLUTION) == before


def test_a_promise_that_is_broken_already_makes_the_ticket_that_stays_late_at_once():
    goes, stays = two(severities=(1, 1), later=timedelta(days=3))

    merge(goes, stays)
    stays.now += timedelta(seconds=1)
    stays.fire()

    clock = stays.ticket.clock(Metric.RESOLUTION)
    assert clock is not None and clock.due_by_retarget and clock.is_breached
    assert stays.ticket.run is not None


def test_a_path_whose_first_step_is_passed_with_the_harder_promise_starts_at_once():
    goes, stays = opened(1, 1, answered=True), opened(2, 1, MONDAY, answered=True)
    goes.wait_until(60)
    goes.fire()
    stays = opened(2, 1, goes.now, answered=True)

    merge(goes, stays)

    assert stays.ticket.run is not None


def test_an_unanswered_customer_is_still_unanswered_in_a_ticket_that_was_answered_before():
    stays = opened(2, 3, answered=True)
    goes = opened(1, 3, MONDAY + timedelta(hours=1))
    promised = due(goes, Metric.FIRST_RESPONSE)

    merge(goes, stays)

    assert due(stays, Metric.NEXT_REPLY) == promised
    stays.answer()
    reply = stays.ticket.clock(Metric.NEXT_REPLY)
    assert reply is not None and reply.state is ClockState.MET


def test_what_the_customer_said_there_ends_a_wait_for_them_here():
    stays = opened(2, 3, answered=True)
    stays.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    goes = opened(1, 3, MONDAY + timedelta(hours=1))

    merge(goes, stays)

    assert stays.ticket.status is Status.OPEN
    assert stays.ticket.last_contact_by is Side.THEM
    clock = stays.ticket.clock(Metric.RESOLUTION)
    assert clock is not None and clock.is_running


def test_a_paused_promise_keeps_what_is_left_of_it():
    goes = opened(1, 3, answered=True)
    goes.wait(hours=2)
    goes.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)
    left = goes.ticket.clocks[1].target - timedelta(hours=2)
    goes.wait(hours=5)
    stays = opened(2, 3, goes.now, answered=True)

    merge(goes, stays)

    assert due(stays, Metric.RESOLUTION) == goes.now + left


def test_the_escalation_goes_on_with_the_same_people():
    goes, stays = two()
    goes.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="They lose money",
        requested_by=AGENT,
    )
    owner = goes.ticket.escalation.manager_id if goes.ticket.escalation else None
    goes.decide(cases.name_sponsor, EXECUTIVE)

    merge(goes, stays)

    case_ = stays.ticket.escalation
    assert case_ is not None
    assert (case_.kind, case_.requested_by) == (EscalationKind.HIERARCHICAL, AGENT)
    assert (case_.manager_id, case_.executive_id) == (owner, EXECUTIVE)
    assert "They lose money" in case_.reason


def test_two_escalations_become_one_that_says_so():
    goes, stays = two()
    for work in (goes, stays):
        work.decide(
            escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="Bad", requested_by=AGENT
        )
    case_ = stays.ticket.escalation

    merge(goes, stays)

    assert stays.ticket.escalation == case_
    assert "T-1" in str(stays.of_kind(EventKind.ESCALATION_JOINED)[-1].data["reason"])


def test_what_the_customer_asked_for_still_waits_for_an_answer_as_long_as_before():
    goes, stays = opened_as_shipped(1), opened_as_shipped(2)
    goes.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="Nobody answers",
        requested_by=CUSTOMER,
        by_customer=True,
    )
    promised = due(goes, Metric.TRIAGE)

    merge(goes, stays)

    assert [asked.is_open for asked in stays.ticket.requests] == [True]
    assert due(stays, Metric.TRIAGE) == promised
    assert [asked.outcome for asked in goes.ticket.requests] == ["It goes on in T-2."]


def opened_as_shipped(number: int, severity: int = 3) -> Casework:
    work = casework(severity, process=as_shipped())
    work.ticket = replace(work.ticket, id=number, reference=f"T-{number}")
    return work


def escalated_with_parts() -> Casework:
    """A ticket that somebody owes something to, and of which something is promised."""
    goes = opened(1)
    goes.decide(
        escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="Bad", requested_by=AGENT
    )
    goes.decide(
        cases.give_obligation,
        person_id=AGENT,
        text="Find the log",
        due_at=MONDAY + timedelta(hours=2),
        given_by=MANAGER,
    )
    goes.decide(
        cases.make_promise,
        owner_id=MANAGER,
        text="A way around it",
        due_at=MONDAY + timedelta(hours=3),
        made_by=MANAGER,
    )
    return goes


def test_what_is_owed_and_promised_goes_on_under_the_same_due_time():
    goes, stays = escalated_with_parts(), opened(2)

    merge(goes, stays)

    assert [owed.state for owed in goes.ticket.obligations] == [ObligationState.DROPPED]
    assert [made.state for made in goes.ticket.promises] == [PromiseState.VOID]
    assert [(owed.text, owed.state) for owed in stays.ticket.obligations] == [
        ("Find the log", ObligationState.OPEN)
    ]
    assert due(stays, Metric.OBLIGATION) == MONDAY + timedelta(hours=2)
    assert due(stays, Metric.PROMISE) == MONDAY + timedelta(hours=3)


def test_a_promise_that_moved_is_broken_when_it_is_due_and_only_in_the_ticket_that_stays():
    goes, stays = escalated_with_parts(), opened(2)
    merge(goes, stays)

    stays.run_until(MONDAY + timedelta(hours=3, seconds=1))
    goes.run_until(stays.now)

    assert [made.state for made in stays.ticket.promises] == [PromiseState.BROKEN]
    assert [made.state for made in goes.ticket.promises] == [PromiseState.VOID]


def test_what_was_owed_late_is_still_late_and_is_not_broken_twice():
    goes = escalated_with_parts()
    goes.run_until(MONDAY + timedelta(hours=2, minutes=30))
    stays = opened(2, at=goes.now)

    merge(goes, stays)
    stays.run_until(stays.now + timedelta(minutes=10))

    breaches = [
        event.at
        for event in stays.of_kind(EventKind.SLA_BREACHED)
        if event.data["metric"] == "obligation"
    ]
    assert breaches == [MONDAY + timedelta(hours=2)]


def test_what_a_person_ended_is_not_escalated_again_by_merging():
    goes, stays = two(severities=(1, 1), later=timedelta(minutes=20))
    goes.decide(escalations.deescalate, "They are calm", MANAGER)

    merge(goes, stays)
    stays.now += timedelta(seconds=1)
    stays.fire()

    muted = stays.ticket.clock(Metric.FIRST_RESPONSE)
    assert muted is not None and muted.is_breached
    assert stays.ticket.run is None
    assert EventKind.NO_PATH in stays.kinds()


def test_the_word_to_the_customer_is_no_answer():
    goes, stays = two()
    told = lifecycle.message_from_us(goes.now, AGENT, "Agent", "It goes on there", is_public=True)

    gone, _ = merging.merge(goes.ticket, stays.ticket, goes.desk(), by=AGENT, message=told)

    first = gone.after.clock(Metric.FIRST_RESPONSE)
    assert first is not None and first.state is ClockState.CANCELLED
    assert gone.messages == (told,)


def test_a_ticket_is_not_merged_into_itself():
    work = opened(1)

    with pytest.raises(Invalid, match="into itself"):
        merging.merge(work.ticket, work.ticket, work.desk(), by=AGENT)


@pytest.mark.parametrize("which", [0, 1])
def test_only_open_tickets_are_merged(which: int):
    both = two()
    both[which].decide(lifecycle.resolve)

    with pytest.raises(Invalid, match=f"T-{which + 1} is resolved"):
        merge(*both)


def test_tickets_of_two_customers_are_not_merged():
    goes, stays = two()
    stays.ticket = replace(stays.ticket, organisation_id=2)

    with pytest.raises(Invalid, match="another customer's"):
        merge(goes, stays)


def test_a_clock_that_begins_with_the_merge_stands_still_while_the_ticket_waits():
    goes, stays = opened_as_shipped(1, 1), opened_as_shipped(2, 1)
    goes.answer()
    stays.decide(lifecycle.set_status, Status.WAITING_CUSTOMER)

    merge(goes, stays)

    clock = stays.ticket.clock(Metric.NEXT_UPDATE)
    assert clock is not None
    assert stays.ticket.status is Status.WAITING_CUSTOMER
    assert (clock.state, clock.due_at) == (ClockState.PAUSED, None)
