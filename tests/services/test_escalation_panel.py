"""One case at the side of the manager's list: who is late, what is due, who has not answered."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import NotAllowed, NotFound
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, nudges, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.escalation_panel import LATEST, case_peek
from escalation_app.views.case import CasePeek
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as found:
        yield found


@pytest.fixture
def ref(desk: SupportDesk) -> str:
    """A case that a person escalated and nobody has acknowledged."""
    ref = desk.open("Barriers", impact="medium", urgency="high").reference
    desk.act("agent", tickets.send_message, ref, "We look.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "A decision.")
    return ref


def peek(desk: SupportDesk, ref: str, who: str = "executive") -> CasePeek:
    return desk.see(who, case_peek, ref, desk.now)


def owe(desk: SupportDesk, ref: str, who: str, hours: float) -> None:
    due = desk.now + timedelta(hours=hours)
    person = desk.people[who].person_id
    desk.act("manager", cases.give_obligation, ref, person, "Look at the log", due)


def test_who_has_not_acknowledged_is_named_and_can_be_reminded_until_they_do(
    desk: SupportDesk, ref: str
):
    before = peek(desk, ref)
    assert [one.name for one in before.silent] == ["L. Moreau"]
    assert before.may.can_nudge

    desk.act("executive", nudges.nudge_acknowledgement, ref)
    assert not peek(desk, ref).may.can_nudge
    assert peek(desk, ref).head.nudged_at == desk.now.isoformat()

    desk.act("manager", escalations.acknowledge, ref)
    assert peek(desk, ref).silent == ()
    assert peek(desk, ref).head.is_acknowledged


def test_what_is_owed_is_shown_with_who_is_late_first(desk: SupportDesk, ref: str):
    owe(desk, ref, "colleague", 2)
    owe(desk, ref, "agent", 1)
    owe(desk, ref, "specialist", 1)
    desk.act("specialist", cases.update_obligation, ref, 3, ObligationState.DONE)
    desk.wait(hours=1, minutes=30)

    shown = peek(desk, ref)

    assert [(row.person.name, row.is_late) for row in shown.owed] == [
        ("A. Farouk", True),
        ("J. Lind", False),
    ]
    assert shown.owed[0].can_nudge
    assert shown.duty_words == "1 of 3 done, 1 late"


def test_open_promises_the_next_update_and_what_happened_last_are_shown(
    desk: SupportDesk, ref: str
):
    due = desk.now + timedelta(hours=3)
    desk.act("manager", cases.make_promise, ref, "All ports pay again", due, None, "Asked")
    desk.act("manager", cases.make_promise, ref, "A letter", due, None, "Asked")
    desk.act("manager", cases.keep_promise, ref, 2)

    shown = peek(desk, ref)

    assert [line.text for line in shown.promises] == ["All ports pay again"]
    assert shown.cadence.time_left.state == "running"
    assert 0 < len(shown.moved) <= LATEST
    assert shown.plan == "Enterprise"


def test_what_the_customer_asked_can_be_answered_by_who_may(desk: SupportDesk):
    ref = desk.open("Gates").reference
    desk.act("customer", escalations.request_escalation, ref, "The board asks.")

    assert peek(desk, ref, "manager").is_asked
    desk.act("manager", cases.triage_requests, ref, "We take it over.")
    assert not peek(desk, ref, "manager").is_asked


def test_an_escalation_that_is_over_says_so_and_offers_nothing(desk: SupportDesk, ref: str):
    owe(desk, ref, "agent", 1)
    desk.act("manager", escalations.deescalate, ref, "It works.")

    shown = peek(desk, ref)

    assert shown.head.is_over
    assert not shown.may.can_nudge
    assert not any(row.can_nudge for row in shown.owed)


def test_a_ticket_without_a_case_and_who_may_not_see_cases_get_none(desk: SupportDesk, ref: str):
    plain = desk.open("Plain").reference

    with pytest.raises(NotFound):
        peek(desk, plain)
    with pytest.raises(NotFound):
        peek(desk, "T-0")
    with pytest.raises(NotAllowed):
        peek(desk, ref, "customer")
