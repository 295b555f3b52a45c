"""Splitting: from when the clocks of the new ticket count, and what becomes of the old one."""

from datetime import timedelta

import pytest

from escalation_app.domain import cases, lifecycle, splitting
from escalation_app.domain.cases import Grades
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Decision, NewMessage
from tests.support.casework import AGENT, CUSTOMER, MONDAY, Casework, casework

AN_HOUR = timedelta(hours=1)


def asked(work: Casework) -> NewMessage:
    return lifecycle.message_from_customer(work.now, CUSTOMER, "Customer", "And another thing")


def split(work: Casework, message: NewMessage, answered: bool = False) -> Decision:
    answered_at = work.now if answered else None
    since = splitting.counts_from(message.at, answered_at, work.now)
    return splitting.split_off(
        work.ticket, work.desk(), subject="Another thing", taken=[message], since=since
    )


def test_what_is_split_off_counts_from_when_the_customer_asked_for_it():
    work = casework(severity=3)
    message = asked(work)
    work.wait(hours=1)

    new = split(work, message).after

    for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION):
        clock = new.clock(metric)
        assert clock is not None
        assert clock.due_at == MONDAY + clock.target


def test_what_was_answered_since_counts_from_now():
    work = casework(severity=3)
    message = asked(work)
    work.wait(hours=1)

    new = split(work, message, answered=True).after

    clock = new.clock(Metric.RESOLUTION)
    assert clock is not None
    assert clock.due_at == work.now + clock.target


def test_an_answer_before_it_was_asked_says_nothing():
    assert splitting.counts_from(MONDAY, MONDAY - AN_HOUR, MONDAY + AN_HOUR) == MONDAY


def test_what_was_due_by_now_is_due_at_once():
    work = casework(severity=1)
    message = asked(work)
    work.wait(days=3)

    new = split(work, message).after

    clock = new.clock(Metric.RESOLUTION)
    assert clock is not None
    assert (clock.due_at, clock.due_by_retarget) == (work.now, True)


def test_a_severity_that_somebody_gave_in_place_of_the_matrix_s_is_kept():
    work = casework(severity=3)
    work.decide(cases.regrade, Grades("", "medium", "medium", 1), "Payroll stands still")
    message = asked(work)

    new = split(work, message).after

    clock, old = new.clock(Metric.RESOLUTION), work.ticket.clock(Metric.RESOLUTION)
    assert clock is not None
    assert old is not None
    assert (new.severity, new.impact, clock.target) == (1, "medium", old.target)


def test_the_new_ticket_is_graded_as_the_old_one_and_has_what_was_taken():
    work = casework(severity=2)
    message = asked(work)

    decision = split(work, message)

    new = decision.after
    assert (new.severity, new.requester_id, new.plan) == (2, CUSTOMER, "enterprise")
    assert decision.messages == (message,)
    assert [event.kind for event in decision.events] == [
        EventKind.TICKET_OPENED,
        EventKind.TICKET_SPLIT,
    ]


def test_the_ticket_it_was_split_from_goes_on_untouched():
    work = casework(severity=3)
    before = work.ticket.clocks
    told = lifecycle.message_from_us(work.now, AGENT, "Agent", "See there", is_public=True)

    work.decide(splitting.record_split, into="T-2", subject="Another thing", message=told)

    assert work.ticket.clocks == before
    assert work.events[-2].data == {"into": "T-2", "subject": "Another thing"}


def test_only_an_open_ticket_is_split_and_never_of_nothing():
    work = casework()

    with pytest.raises(Invalid, match="at least one message"):
        splitting.split_off(work.ticket, work.desk(), subject="x", taken=[], since=MONDAY)
    message = asked(work)
    work.decide(lifecycle.resolve)
    with pytest.raises(Invalid, match="Only an open one"):
        split(work, message)
