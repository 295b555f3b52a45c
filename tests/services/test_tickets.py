"""What people do with tickets, and who may not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Overtaken
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import MessageRow
from escalation_app.services import escalations, tickets
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def messages(desk: SupportDesk) -> list[Any]:
    with desk.database.reading() as session:
        return list(session.execute(select(columns(MessageRow)).order_by("id")).all())


def test_a_customer_opens_a_ticket_of_their_own_with_their_plan(desk: SupportDesk):
    ticket = desk.open("  The \n ferry   is late ")

    assert (ticket.reference, ticket.subject, ticket.plan) == (
        "T-1001",
        "The ferry is late",
        "enterprise",
    )
    assert ticket.requester_id == desk.people["customer"].person_id


def test_references_follow_each_other(desk: SupportDesk):
    assert [desk.open().reference for _ in range(3)] == ["T-1001", "T-1002", "T-1003"]


def test_an_agent_opens_a_ticket_for_a_customer(desk: SupportDesk):
    customer = desk.people["customer"].person_id
    new = tickets.NewTicket("By phone", "They called", "low", "low", requester_id=customer)

    ticket = desk.act("agent", tickets.open_ticket, new)

    assert ticket.requester_id == customer


@pytest.mark.parametrize("who", ["agent", "executive", "admin"])
def test_somebody_of_ours_cannot_report_for_themselves(desk: SupportDesk, who: str):
    new = tickets.NewTicket("x", "y", "low", "low")

    with pytest.raises(NotAllowed):
        desk.act(who, tickets.open_ticket, new)


@pytest.mark.parametrize("who", ["stranger", "executive", "admin"])
def test_who_may_not_open_a_ticket_for_another(desk: SupportDesk, who: str):
    customer = desk.people["customer"].person_id
    new = tickets.NewTicket("x", "y", "low", "low", requester_id=customer)

    with pytest.raises(NotAllowed):
        desk.act(who, tickets.open_ticket, new)


@pytest.mark.parametrize("nobody", [999_999, "agent"])
def test_a_ticket_for_somebody_who_is_no_customer_is_refused(desk: SupportDesk, nobody: Any):
    key = nobody if isinstance(nobody, int) else desk.people[nobody].person_id
    new = tickets.NewTicket("x", "y", "low", "low", requester_id=key)

    with pytest.raises(NotFound):
        desk.act("manager", tickets.open_ticket, new)


@pytest.mark.parametrize(
    ("subject", "body"),
    [("", "y"), ("   \n", "y"), ("x" * 301, "y"), ("x", ""), ("x", "\x00 "), ("x", "y" * 50_001)],
)
def test_empty_and_endless_texts_are_refused(desk: SupportDesk, subject: str, body: str):
    with pytest.raises(Invalid):
        desk.act("customer", tickets.open_ticket, tickets.NewTicket(subject, body, "low", "low"))


def test_a_null_character_is_left_out(desk: SupportDesk):
    ticket = desk.act(
        "customer", tickets.open_ticket, tickets.NewTicket("a\x00b", "c\x00d", "low", "low")
    )

    assert (ticket.subject, messages(desk)[0].body) == ("ab", "cd")


def test_a_reply_of_ours_and_one_of_the_customer_stand_on_their_sides(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("agent", tickets.send_message, ref, "Ours")
    desk.act("customer", tickets.send_message, ref, "Theirs")

    found = [(row.body, row.side, row.is_public) for row in messages(desk)[1:]]
    assert found == [("Ours", "us", True), ("Theirs", "them", True)]


def test_a_note_is_not_public(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("specialist", tickets.write_note, ref, "Between us")

    assert [row.is_public for row in messages(desk)] == [True, False]


def test_an_answer_to_what_has_changed_since_is_refused(desk: SupportDesk):
    ticket = desk.open()
    desk.act("colleague", tickets.send_message, ticket.reference, "We look.")

    with pytest.raises(Overtaken):
        desk.act("agent", tickets.send_message, ticket.reference, "Hello", ticket.revision)

    assert len(messages(desk)) == 2


def test_a_lead_sees_and_answers_the_tickets_of_their_organisation(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("lead", tickets.send_message, ref, "We all wait")

    assert messages(desk)[-1].author_name == "B. Solberg"


def test_a_ticket_is_given_to_somebody_of_ours_only(desk: SupportDesk):
    ref = desk.open().reference
    colleague = desk.people["colleague"].person_id

    ticket = desk.act("agent", tickets.assign, ref, colleague)
    with pytest.raises(NotFound):
        desk.act("agent", tickets.assign, ref, desk.people["customer"].person_id)

    assert ticket.assignee_id == colleague


def test_resolving_can_tell_the_customer(desk: SupportDesk):
    ref = desk.open().reference

    ticket = desk.act("agent", tickets.resolve, ref, "It runs again")

    assert ticket.status is Status.RESOLVED
    assert messages(desk)[-1].body == "It runs again"


def test_a_resolved_ticket_can_be_taken_up_again(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.resolve, ref)

    assert desk.act("agent", tickets.reopen, ref).status is Status.OPEN


Act = Callable[[SupportDesk, str, str], Any]
ACTS: dict[str, Act] = {
    "send_message": lambda desk, who, ref: desk.act(who, tickets.send_message, ref, "x"),
    "write_note": lambda desk, who, ref: desk.act(who, tickets.write_note, ref, "x"),
    "take": lambda desk, who, ref: desk.act(who, tickets.take, ref),
    "assign": lambda desk, who, ref: desk.act(
        who, tickets.assign, ref, desk.people["agent"].person_id
    ),
    "set_status": lambda desk, who, ref: desk.act(
        who, tickets.set_status, ref, Status.WAITING_SUPPLIER
    ),
    "resolve": lambda desk, who, ref: desk.act(who, tickets.resolve, ref),
}
REFUSED = [
    ("send_message", "specialist", NotAllowed),
    ("send_message", "executive", NotAllowed),
    ("send_message", "admin", NotAllowed),
    ("send_message", "stranger", NotFound),
    ("write_note", "customer", NotAllowed),
    ("write_note", "lead", NotAllowed),
    ("write_note", "stranger", NotFound),
    ("write_note", "admin", NotAllowed),
    ("take", "customer", NotAllowed),
    ("take", "stranger", NotFound),
    ("take", "specialist", NotAllowed),
    ("take", "executive", NotAllowed),
    ("assign", "customer", NotAllowed),
    ("assign", "specialist", NotAllowed),
    ("assign", "admin", NotAllowed),
    ("set_status", "customer", NotAllowed),
    ("set_status", "specialist", NotAllowed),
    ("set_status", "stranger", NotFound),
    ("resolve", "customer", NotAllowed),
    ("resolve", "specialist", NotAllowed),
    ("resolve", "executive", NotAllowed),
    ("resolve", "stranger", NotFound),
]


@pytest.mark.parametrize(("act", "who", "error"), REFUSED)
def test_who_may_not_do_what(desk: SupportDesk, act: str, who: str, error: type[Exception]):
    ref = desk.open().reference

    with pytest.raises(error):
        ACTS[act](desk, who, ref)

    assert len(messages(desk)) == 1


@pytest.mark.parametrize("act", ACTS)
def test_a_ticket_nobody_knows_gives_the_same_answer_as_one_that_is_hidden(
    desk: SupportDesk, act: str
):
    ref = desk.open().reference
    with pytest.raises(NotFound) as hidden:
        ACTS[act](desk, "stranger", ref)

    with pytest.raises(NotFound) as unknown:
        ACTS[act](desk, "stranger", "T-9999")

    assert str(hidden.value) == str(unknown.value)


def test_a_ticket_that_moved_up_is_not_for_its_old_team_any_more(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Too deep for us")

    with pytest.raises(NotAllowed):
        desk.act("colleague", tickets.take, ref)

    assert desk.act("specialist", tickets.resolve, ref).status is Status.RESOLVED
