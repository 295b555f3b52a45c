"""What people do with escalations, and who may not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EscalationRow, EventRow, PathStepRow
from escalation_app.services import escalations, tickets
from escalation_app.services.store import load_ticket, ticket_id_of
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    """A ticket that nobody answered in time; the manager has its case."""
    ref = desk.open().reference
    desk.wait(minutes=11, seconds=15)
    desk.wait(minutes=3, seconds=46)
    return ref


def test_the_team_and_the_manager_are_told_of_an_unanswered_ticket(desk: SupportDesk):
    escalated(desk)

    agent, colleague, manager = (
        desk.people[who].person_id for who in ("agent", "colleague", "manager")
    )
    told = [row.told for row in rows(desk, PathStepRow)]
    assert told == [[agent, colleague], [manager]]


@pytest.mark.parametrize("who", ["agent", "colleague", "manager"])
def test_whoever_was_told_can_acknowledge(desk: SupportDesk, who: str):
    ref = escalated(desk)

    ticket = desk.act(who, escalations.acknowledge, ref)

    assert ticket.escalation.acknowledged_by == desk.people[who].person_id


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
        ("admin", NotAllowed),
    ],
)
def test_who_was_not_told_cannot_acknowledge(desk: SupportDesk, who: str, error: type[Exception]):
    ref = escalated(desk)

    with pytest.raises(error):
        desk.act(who, escalations.acknowledge, ref)

    assert rows(desk, EscalationRow)[0].acknowledged_at is None


def test_what_is_not_escalated_cannot_be_acknowledged(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(Invalid):
        desk.act("manager", escalations.acknowledge, ref)


def test_an_agent_escalates_with_a_type_and_a_reason(desk: SupportDesk):
    ref = desk.open().reference

    ticket = desk.act(
        "agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "It is the database"
    )

    (row,) = rows(desk, EscalationRow)
    assert (ticket.tier, row.kind, row.reason) == (2, "functional", "It is the database")
    assert row.requested_by == desk.people["agent"].person_id


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 2_001])
def test_an_escalation_of_ours_needs_a_reason_of_bearable_length(desk: SupportDesk, reason: str):
    ref = desk.open().reference

    with pytest.raises(Invalid):
        desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, reason)


def test_automatic_escalations_are_the_engines(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(Invalid):
        desk.act("agent", escalations.escalate, ref, EscalationKind.AUTOMATIC, "x")


def test_a_customer_escalates_with_any_reason_and_gets_a_manager(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference

    ticket = desk.act("customer", escalations.request_escalation, ref, "I am not happy")

    assert ticket.escalation.kind is EscalationKind.HIERARCHICAL
    assert ticket.escalation.manager_id == desk.people["manager"].person_id


def test_a_second_request_joins_the_case_on_record(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "I am not happy")

    desk.act("lead", escalations.request_escalation, ref, "Nor am I")

    assert len(rows(desk, EscalationRow)) == 1
    assert [row.kind for row in rows(desk, EventRow)].count("escalation_joined") == 1


def test_a_manager_gives_the_case_to_a_manager_only(desk: SupportDesk):
    ref = escalated(desk)

    with pytest.raises(Invalid):
        desk.act("manager", escalations.assign_case, ref, desk.people["agent"].person_id)


def test_a_manager_ends_an_escalation_with_a_reason(desk: SupportDesk):
    ref = escalated(desk)

    ticket = desk.act("manager", escalations.deescalate, ref, "They are calm")

    (row,) = rows(desk, EscalationRow)
    assert ticket.escalation is None
    assert (row.end_reason, row.ended_at) == ("They are calm", desk.now)


def test_a_resolved_ticket_cannot_be_escalated_by_its_customer(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.resolve, ref)

    with pytest.raises(Invalid):
        desk.act("customer", escalations.request_escalation, ref, "No!")


Act = Callable[[SupportDesk, str, str], Any]
ACTS: dict[str, Act] = {
    "escalate": lambda desk, who, ref: desk.act(
        who, escalations.escalate, ref, EscalationKind.HIERARCHICAL, "x"
    ),
    "request": lambda desk, who, ref: desk.act(who, escalations.request_escalation, ref, "x"),
    "assign": lambda desk, who, ref: desk.act(
        who, escalations.assign_case, ref, desk.people["manager"].person_id
    ),
    "end": lambda desk, who, ref: desk.act(who, escalations.deescalate, ref, "x"),
}
REFUSED = [
    ("escalate", "customer", NotAllowed),
    ("escalate", "specialist", NotAllowed),
    ("escalate", "executive", NotAllowed),
    ("escalate", "admin", NotAllowed),
    ("escalate", "stranger", NotFound),
    ("request", "agent", NotAllowed),
    ("request", "manager", NotAllowed),
    ("request", "stranger", NotFound),
    ("assign", "agent", NotAllowed),
    ("assign", "executive", NotAllowed),
    ("assign", "customer", NotAllowed),
    ("assign", "stranger", NotFound),
    ("end", "agent", NotAllowed),
    ("end", "executive", NotAllowed),
    ("end", "customer", NotAllowed),
    ("end", "admin", NotAllowed),
]


@pytest.mark.parametrize(("act", "who", "error"), REFUSED)
def test_who_may_not_do_what(desk: SupportDesk, act: str, who: str, error: type[Exception]):
    ref = escalated(desk)
    before = rows(desk, EscalationRow)

    with pytest.raises(error):
        ACTS[act](desk, who, ref)

    assert rows(desk, EscalationRow) == before


def as_it_stands(desk: SupportDesk, ref: str) -> Any:
    """What acknowledging changes of a ticket."""
    with desk.reading() as session:
        ticket = load_ticket(session, ticket_id_of(session, ref))
    triage = tuple(clock for clock in ticket.clocks if clock.metric is Metric.TRIAGE)
    return ticket.escalation, ticket.run, ticket.requests, triage


def asked_for(desk: SupportDesk) -> str:
    """The customer asks for an escalation, which nobody owns yet."""
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")
    return ref


@pytest.mark.parametrize("begin", [asked_for, escalated])
def test_an_acknowledgement_is_taken_back_as_if_it_had_not_been_given(
    desk: SupportDesk, begin: Callable[[SupportDesk], str]
):
    ref = begin(desk)
    before = as_it_stands(desk, ref)
    done = desk.act("manager", escalations.answer_escalation, ref)
    acknowledged = as_it_stands(desk, ref)

    desk.clock.advance(timedelta(seconds=5))
    said = desk.act("manager", escalations.take_back_acknowledgement, done)

    assert acknowledged[0].acknowledged_by == desk.people["manager"].person_id
    assert as_it_stands(desk, ref) == before
    assert said == f"Undone. {ref} waits to be acknowledged as before."
    assert desk.act("manager", escalations.answer_escalation, ref) is not None


def test_only_who_acknowledged_takes_it_back_and_not_once_more_has_happened(desk: SupportDesk):
    ref = escalated(desk)
    done = desk.act("manager", escalations.answer_escalation, ref)

    for who in ("executive", "agent", "customer", "stranger"):
        with pytest.raises((NotAllowed, NotFound)):
            desk.act(who, escalations.take_back_acknowledgement, done)
    desk.act("agent", tickets.write_note, ref, "Aha.")
    with pytest.raises(Stale):
        desk.act("manager", escalations.take_back_acknowledgement, done)

    assert as_it_stands(desk, ref)[0].acknowledged_at is not None
    assert desk.act("manager", escalations.answer_escalation, ref) is None
