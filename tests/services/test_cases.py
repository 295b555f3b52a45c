"""What people owe and promise, with real rows: who may, what stands on record, what the engine
does about it."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain.cases import Grades
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind
from escalation_app.domain.undoing import DutyDone
from escalation_app.models import (
    ClockRow,
    EscalationRequestRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PromiseRow,
)
from escalation_app.services import cases, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.grading import grading_preview
from escalation_app.services.store import load_ticket
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk
from tests.support.solving import solve

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database):
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    """An answered ticket whose case the manager owns."""
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def oblige(desk: SupportDesk, ref: str, who: str = "specialist", by: str = "manager"):
    return desk.act(
        by,
        cases.give_obligation,
        ref,
        desk.people[who].person_id,
        "Check the logs",
        desk.now + HOUR,
    )


def ticket(desk: SupportDesk, ref: str):
    with desk.reading() as session:
        return load_ticket(session, tickets.ticket_id_of(session, ref))


def test_an_obligation_is_kept_with_its_own_clock_and_told_to_its_person(desk: SupportDesk):
    ref = escalated(desk)

    oblige(desk, ref)

    (row,) = rows(desk, ObligationRow)
    assert (row.number, row.state, row.text) == (1, "open", "Check the logs")
    read = ticket(desk, ref)
    clock = read.clock_of(Metric.OBLIGATION, 1)
    assert clock is not None and clock.due_at == desk.now + HOUR
    assert read.obligations[0].person_id == desk.people["specialist"].person_id
    told = rows(desk, OutboxRow, columns(OutboxRow).c.kind == EventKind.OBLIGATION_GIVEN)
    assert {each.person_id for each in told} == {desk.people["specialist"].person_id}


def test_an_obligation_that_is_late_breaks_and_starts_its_path(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)

    desk.wait(hours=1, seconds=1)

    clocks = columns(ClockRow).c
    (clock,) = rows(desk, ClockRow, clocks.metric == "obligation")
    assert clock.breached_at is not None
    run = ticket(desk, ref).run
    assert run is not None and run.path == "obligation_late"


def test_doing_it_ends_its_path_and_leaves_the_case_of_a_person(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.wait(hours=1, seconds=1)

    done = desk.act("specialist", cases.update_obligation, ref, 1, ObligationState.DONE)

    read = ticket(desk, ref)
    assert (read.run, read.escalation is not None) == (None, True)
    clock = done.clock_of(Metric.OBLIGATION, 1)
    assert clock.state is ClockState.MET and clock.is_breached


def test_only_who_owes_it_or_a_manager_changes_an_obligation(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)

    for who, error in (("agent", NotAllowed), ("customer", NotAllowed), ("stranger", NotFound)):
        with pytest.raises(error):
            desk.act(who, cases.update_obligation, ref, 1, ObligationState.DONE)
    with pytest.raises(NotAllowed):
        desk.act("specialist", cases.update_obligation, ref, 1, ObligationState.RELEASED, "No time")

    assert rows(desk, ObligationRow)[0].state == "open"


def test_a_manager_releases_somebody_with_a_reason(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)

    with pytest.raises(Invalid):
        desk.act("manager", cases.update_obligation, ref, 1, ObligationState.RELEASED)
    desk.act("manager", cases.update_obligation, ref, 1, ObligationState.RELEASED, "On leave")

    (row,) = rows(desk, ObligationRow)
    assert (row.state, row.reason) == ("released", "On leave")
    assert ticket(desk, ref).clock_of(Metric.OBLIGATION, 1).state is ClockState.CANCELLED


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("agent", NotAllowed),
        ("executive", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
        ("admin", NotAllowed),
    ],
)
def test_who_may_not_oblige_anybody(desk: SupportDesk, who: str, error: type[Exception]):
    ref = escalated(desk)

    with pytest.raises(error):
        oblige(desk, ref, by=who)

    assert rows(desk, ObligationRow) == []


@pytest.mark.parametrize("hours", [-1, 0, 24 * 367])
def test_an_obligation_is_not_due_in_the_past_or_after_more_than_a_year(
    desk: SupportDesk, hours: int
):
    ref = escalated(desk)
    agent = desk.people["agent"].person_id

    with pytest.raises(Invalid):
        desk.act("manager", cases.give_obligation, ref, agent, "Do it", desk.now + hours * HOUR)


def test_a_customer_owes_nothing(desk: SupportDesk):
    ref = escalated(desk)

    with pytest.raises(Invalid):
        oblige(desk, ref, who="customer")


def test_resolving_drops_what_is_owed_and_voids_what_is_promised(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.act("agent", cases.make_promise, ref, "A call by three", desk.now + 3 * HOUR)

    desk.act("agent", solve, ref)

    assert [row.state for row in rows(desk, ObligationRow)] == ["dropped"]
    assert [row.state for row in rows(desk, PromiseRow)] == ["void"]
    assert all(clock.is_over for clock in ticket(desk, ref).clocks)


def test_a_broken_promise_is_on_record_and_a_manager_calls(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference
    desk.act("agent", cases.make_promise, ref, "A call by three", desk.now + HOUR)

    desk.wait(hours=1, seconds=1)

    (row,) = rows(desk, PromiseRow)
    assert row.state == PromiseState.BROKEN
    read = ticket(desk, ref)
    assert read.escalation is not None
    assert read.escalation.manager_id == desk.people["manager"].person_id
    assert [owed.is_call for owed in read.obligations] == [True]


def test_a_promise_is_kept_renegotiated_and_not_made_by_anybody(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", cases.make_promise, ref, "A patch", desk.now + HOUR)
    desk.act("agent", cases.renegotiate_promise, ref, 1, desk.now + 2 * HOUR, "The customer agreed")
    desk.act("agent", cases.keep_promise, ref, 2)

    for who, error in (("specialist", NotAllowed), ("customer", NotAllowed), ("admin", NotAllowed)):
        with pytest.raises(error):
            desk.act(who, cases.make_promise, ref, "A patch", desk.now + HOUR)

    kept = sorted(rows(desk, PromiseRow), key=lambda row: row.number)
    assert [(row.state, row.replaces) for row in kept] == [("renegotiated", None), ("kept", 1)]


def test_a_customers_request_is_triaged_under_its_own_clock(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")
    triage = ticket(desk, ref).clock_of(Metric.TRIAGE, 1)

    desk.act("manager", cases.triage_requests, ref, "I call you at once")

    (row,) = rows(desk, EscalationRequestRow)
    assert triage.target == timedelta(minutes=15)
    assert (row.outcome, row.triaged_by) == (
        "I call you at once",
        desk.people["manager"].person_id,
    )
    assert ticket(desk, ref).clock_of(Metric.TRIAGE, 1).state is ClockState.MET


def test_the_answer_to_a_request_is_read_by_the_customer_and_given_once(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")

    desk.act("manager", cases.triage_requests, ref, "I call you at once")
    with pytest.raises(Invalid):
        desk.act("manager", cases.triage_requests, ref, "And once more")

    ours = rows(desk, MessageRow, MessageRow.side == "us")
    assert [(row.body, row.is_public) for row in ours] == [("I call you at once", True)]
    assert ticket(desk, ref).escalation is not None


@pytest.mark.parametrize("who", ["agent", "executive", "admin", "customer"])
def test_who_may_not_triage(desk: SupportDesk, who: str):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")

    with pytest.raises(NotAllowed):
        desk.act(who, cases.triage_requests, ref, "No")


def test_a_request_nobody_looks_at_tells_all_managers(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")

    desk.wait(minutes=11, seconds=15)
    desk.wait(minutes=3, seconds=46)

    events = columns(EventRow).c
    steps = rows(desk, EventRow, events.kind == EventKind.PATH_STEP_TAKEN)
    assert "untriaged" in {step.data["path"] for step in steps}


def test_the_severity_is_set_by_hand_with_a_reason(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference

    with pytest.raises(Invalid):
        desk.act("agent", cases.set_severity, ref, 1, " ")
    graded = desk.act("agent", cases.set_severity, ref, 1, "The whole site is hit")

    assert (graded.severity, graded.impact) == (1, "low")
    assert graded.clock(Metric.RESOLUTION).target == timedelta(hours=7)


def test_lowering_a_severity_late_is_for_managers(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(hours=5, minutes=15)

    with pytest.raises(NotAllowed):
        desk.act("agent", cases.set_severity, ref, 4, "Not so bad")
    lowered = desk.act("manager", cases.set_severity, ref, 4, "Not so bad")

    assert lowered.severity == 4


@pytest.mark.parametrize("who", ["specialist", "executive", "customer", "admin"])
def test_who_may_not_set_the_severity(desk: SupportDesk, who: str):
    ref = desk.open().reference

    with pytest.raises(NotAllowed):
        desk.act(who, cases.set_severity, ref, 2, "Because")


def test_impact_and_urgency_give_the_severity_again_with_a_reason(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference
    worse = Grades("Payments", "high", "high")

    with pytest.raises(Invalid, match="needs a reason"):
        desk.act("agent", cases.regrade, ref, worse)
    graded = desk.act("agent", cases.regrade, ref, worse, "All sites are hit")

    assert (graded.severity, graded.impact, graded.urgency) == (1, "high", "high")
    assert graded.category == "Payments"
    assert ticket(desk, ref).category == "Payments"
    assert graded.clock(Metric.RESOLUTION).target == timedelta(hours=7)


def test_the_nature_alone_needs_no_reason_and_moves_no_clock(desk: SupportDesk):
    opened = desk.open()
    grades = Grades("Payments", opened.impact, opened.urgency)

    graded = desk.act("agent", cases.regrade, opened.reference, grades)

    assert (graded.category, graded.severity) == ("Payments", opened.severity)
    kinds = [row.kind for row in rows(desk, EventRow)]
    assert kinds[-1] == EventKind.TICKET_GRADED
    assert graded.clock(Metric.RESOLUTION).revision == 1


def test_a_severity_of_ones_own_overrides_the_matrix_with_a_reason(desk: SupportDesk):
    opened = desk.open(impact="low", urgency="low")
    own = Grades("", opened.impact, opened.urgency, severity=2)

    with pytest.raises(Invalid):
        desk.act("agent", cases.regrade, opened.reference, own)
    graded = desk.act("agent", cases.regrade, opened.reference, own, "The board watches")

    assert (graded.severity, graded.impact) == (2, "low")


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_grade(desk: SupportDesk, who: str, error: type[Exception]):
    ref = desk.open().reference

    with pytest.raises(error):
        desk.act(who, cases.regrade, ref, Grades("", "low", "low"), "Not so bad")


def test_grading_by_impact_late_is_for_managers_too(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(hours=5, minutes=15)

    with pytest.raises(NotAllowed):
        desk.act("agent", cases.regrade, ref, Grades("", "low", "low"), "Not so bad")


def test_a_ticket_that_changed_meanwhile_is_not_graded(desk: SupportDesk):
    opened = desk.open()
    desk.act("agent", tickets.take, opened.reference)
    grades = Grades("", "low", "low")

    with pytest.raises(Stale):
        desk.act("agent", cases.regrade, opened.reference, grades, "No", revision=opened.revision)


def test_what_grading_would_do_is_shown_and_nothing_is_written(desk: SupportDesk):
    opened = desk.open(impact="low", urgency="low")
    ref = opened.reference

    seen = desk.see("agent", grading_preview, ref, desk.now, Grades("", "high", "high"))

    (resolution,) = [one for one in seen.changes if one.name == "Resolution"]
    assert (seen.severity, resolution.was, resolution.now) == ("S1", "3 days", "7 hours")
    assert resolution.due_at == (desk.now + timedelta(hours=7)).isoformat()
    assert seen.needs_reason
    assert ticket(desk, ref).revision == opened.revision
    stays = desk.see("agent", grading_preview, ref, desk.now, Grades("New", "low", "low"))
    assert stays.changes == () and not stays.needs_reason
    with pytest.raises(NotAllowed):
        desk.see("specialist", grading_preview, ref, desk.now, Grades("", "high", "high"))


def answered(desk: SupportDesk, state: ObligationState) -> tuple[str, DutyDone]:
    """A case to which the specialist owes something for an hour, and what they say of it."""
    ref = escalated(desk)
    oblige(desk, ref)
    return ref, desk.act("specialist", cases.answer_obligation, ref, 1, state)


def owed(desk: SupportDesk, ref: str) -> tuple[Any, Any]:
    """The obligation and its clock."""
    seen = ticket(desk, ref)
    return seen.obligations[0], seen.clock_of(Metric.OBLIGATION, 1)


@pytest.mark.parametrize("state", [ObligationState.DONE, ObligationState.ACCEPTED])
def test_what_was_said_of_an_obligation_is_taken_back_as_if_it_had_not_been_said(
    desk: SupportDesk, state: ObligationState
):
    ref = escalated(desk)
    oblige(desk, ref)
    before = owed(desk, ref)
    desk.clock.advance(timedelta(minutes=1))
    done = desk.act("specialist", cases.answer_obligation, ref, 1, state)
    said = owed(desk, ref)

    desk.clock.advance(timedelta(seconds=5))
    desk.act("specialist", cases.take_back_answer, done)

    assert said != before
    assert owed(desk, ref) == before
    assert desk.act("specialist", cases.answer_obligation, ref, 1, state) is not None


def test_an_obligation_that_ran_out_while_it_counted_as_done_is_late_when_that_is_undone(
    desk: SupportDesk,
):
    ref, done = answered(desk, ObligationState.DONE)

    desk.clock.advance(2 * HOUR)
    desk.act("specialist", cases.take_back_answer, done)
    desk.wait(seconds=1)

    duty, clock = owed(desk, ref)
    assert duty.state is ObligationState.OPEN
    assert clock.is_breached


@pytest.mark.parametrize("who", ["agent", "customer", "stranger"])
def test_nobody_else_takes_back_what_was_said_of_an_obligation(desk: SupportDesk, who: str):
    _, done = answered(desk, ObligationState.DONE)

    with pytest.raises((NotAllowed, NotFound)):
        desk.act(who, cases.take_back_answer, done)


def test_what_was_said_of_an_obligation_stands_once_something_else_has_happened(
    desk: SupportDesk,
):
    ref, done = answered(desk, ObligationState.DONE)
    desk.act("agent", tickets.write_note, ref, "Aha.")

    with pytest.raises(Stale):
        desk.act("specialist", cases.take_back_answer, done)

    assert owed(desk, ref)[0].state is ObligationState.DONE


def test_saying_again_what_is_so_leaves_nothing_to_take_back(desk: SupportDesk):
    ref, _ = answered(desk, ObligationState.ACCEPTED)

    assert desk.act("specialist", cases.answer_obligation, ref, 1, ObligationState.ACCEPTED) is None
