"""Replies and macros of the process: read, offered, run as one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Overtaken
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import TicketRow
from escalation_app.services import cases, chosen, escalations, macros, tickets
from escalation_app.services.process_document import ProcessErrors, load_process, shipped_document
from escalation_app.services.queries.replies import reply_choices
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.views.ticket import MacroChoice, ReplyChoice
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as found:
        yield found


def changed(old: str, new: str) -> Process:
    document = shipped_document()
    assert old in document
    return load_process(document.replace(old, new, 1), 1)


def offered(
    desk: SupportDesk, who: str, ref: str
) -> tuple[dict[str, ReplyChoice], dict[str, MacroChoice]]:
    replies, found = desk.see(who, reply_choices, ref, desk.now)
    return {one.key: one for one in replies}, {one.key: one for one in found}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Hello {requester},", "Hello {requestor},", "'requestor' is no placeholder"),
        ("stage: first_answer", "stage: breakfast", "no stage"),
        ("tone: warm", "tone: shrill", "no tone"),
        ("reply: received}", "reply: no_such}", "no reply"),
        ("status: waiting_customer}", "status: resolved}", "no status that a macro can set"),
        ("take: true, reply: received}", "}", "A macro has a reply"),
        ("resolve: true}", "resolve: true, status: open}", "sets no other status"),
        ("tags: [known-defect]", "tags: ['?']", "A tag needs a letter"),
    ],
)
def test_a_mistake_in_a_reply_or_macro_is_refused_with_its_line(old: str, new: str, problem: str):
    with pytest.raises(ProcessErrors, match=problem):
        changed(old, new)


def test_replies_are_filled_in_and_those_of_the_stage_come_first(desk: SupportDesk):
    ref = desk.open("Terminals decline").reference

    replies, _ = offered(desk, "agent", ref)

    assert next(iter(replies.values())).is_suggested
    text = replies["received"].text
    assert text.startswith(f"Hello N. Diaz,\n\nthank you for telling us. I have {ref}")
    assert "by 14:00 on 2 March (UTC)" in text
    assert text.endswith("A. Farouk")
    assert not replies["solved"].is_suggested


def test_what_the_ticket_has_not_is_not_offered(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference

    replies, found = offered(desk, "agent", ref)

    assert "received" not in replies
    assert "take_and_answer" not in found
    assert "ask_and_wait" in found


@pytest.mark.parametrize("who", ["specialist", "executive", "stranger"])
def test_who_may_not_answer_is_offered_nothing(desk: SupportDesk, who: str):
    ref = desk.open().reference

    with pytest.raises((NotAllowed, NotFound)):
        offered(desk, who, ref)


def test_a_macro_does_all_it_says_in_one_go(desk: SupportDesk):
    ref = desk.open().reference
    _, found = offered(desk, "agent", ref)

    ran = desk.act("agent", macros.run_macro, ref, "ask_and_wait", found["ask_and_wait"].text)
    page = desk.see("agent", ticket_page, ref, desk.now)

    assert ran.ticket.status is Status.WAITING_CUSTOMER
    assert "the log of the time it happened" in page.timeline[-2].text
    ran = desk.act("agent", macros.run_macro, ref, "take_and_answer", "Mine.")
    assert ran.ticket.assignee_id == desk.people["agent"].person_id


@pytest.mark.parametrize(
    ("who", "key", "text", "refusal"),
    [
        ("agent", "no_such", "Hello", NotFound),
        ("agent", "take_and_answer", "  ", Invalid),
        ("specialist", "take_and_answer", "Hello", NotAllowed),
        ("customer", "ask_and_wait", "Hello", NotAllowed),
        ("stranger", "ask_and_wait", "Hello", NotFound),
    ],
)
def test_a_macro_that_is_refused_does_nothing(
    desk: SupportDesk, who: str, key: str, text: str, refusal: type[Exception]
):
    before = desk.open()

    with pytest.raises(refusal):
        desk.act(who, macros.run_macro, before.reference, key, text)

    page = desk.see("agent", ticket_page, before.reference, desk.now)
    assert (page.head.version, page.head.assignee.name) == (before.revision, "")


def test_a_macro_that_was_overtaken_takes_nothing(desk: SupportDesk):
    before = desk.open()
    desk.act("customer", tickets.send_message, before.reference, "It is port 14.")

    with pytest.raises(Overtaken):
        desk.act(
            "agent", macros.run_macro, before.reference, "take_and_answer", "Hi", before.revision
        )

    page = desk.see("agent", ticket_page, before.reference, desk.now)
    assert page.head.assignee.name == ""


def take_back(desk: SupportDesk, ran: macros.Ran) -> str:
    assert ran.done is not None
    return desk.act("agent", chosen.take_back, (ran.done,))


def test_a_macro_that_resolves_says_so_tags_and_sends_the_closing_message(desk: SupportDesk):
    ref = desk.open().reference
    _, found = offered(desk, "agent", ref)
    macro = found["solved_and_resolve"]
    assert macro.steps[0] == "It has the tags confirmed-fix."
    assert macro.steps[-1].startswith("It is resolved")

    ran = desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Works again.")

    assert (ran.ticket.status, ran.ticket.tags) == (Status.RESOLVED, {"confirmed-fix"})
    page = desk.see("agent", ticket_page, ref, desk.now)
    assert "Works again." in [item.text for item in page.timeline]


def test_all_that_a_macro_did_is_taken_back_at_once_but_the_message(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.set_status, ref, Status.WAITING_SUPPLIER)
    ran = desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Works again.")

    assert take_back(desk, ran) == "Undone for 1 ticket."

    page = desk.see("agent", ticket_page, ref, desk.now)
    assert page.head.status_name == "Waiting for supplier"
    assert "Works again." in [item.text for item in page.timeline]
    assert [row.tags for row in rows(desk, TicketRow)] == [""]
    assert take_back(desk, ran).startswith("Nothing was undone.")


def test_a_macro_is_not_taken_back_after_something_else_happened(desk: SupportDesk):
    ref = desk.open().reference
    ran = desk.act("agent", macros.run_macro, ref, "known_defect")
    assert ran.ticket.assignee_id == desk.people["agent"].person_id
    desk.act("customer", tickets.send_message, ref, "It is port 14.")

    assert take_back(desk, ran).startswith("Nothing was undone.")
    assert desk.see("agent", ticket_page, ref, desk.now).head.assignee.name == "A. Farouk"


def test_resolving_by_macro_is_held_to_what_resolving_by_hand_is(desk: SupportDesk):
    ref = desk.open(impact="medium", urgency="high").reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "A decision.")
    _, found = offered(desk, "agent", ref)
    assert "not ticked" in found["solved_and_resolve"].steps[-1]

    with pytest.raises(Invalid, match="not ticked"):
        desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Works again.")

    page = desk.see("agent", ticket_page, ref, desk.now)
    assert "Works again." not in [item.text for item in page.timeline]
    assert [row.tags for row in rows(desk, TicketRow)] == [""]


def test_what_ends_a_promise_cannot_be_taken_back(desk: SupportDesk):
    ref = desk.open().reference
    due = desk.now + timedelta(hours=3)
    desk.act("manager", cases.make_promise, ref, "A fix", due, None, "Asked")

    ran = desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Works again.")

    assert ran.done is None


def test_who_may_not_resolve_is_offered_no_macro_that_does(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    with pytest.raises(NotAllowed):
        desk.act("specialist", macros.run_macro, ref, "solved_and_resolve", "Done")
    with pytest.raises(NotAllowed):
        desk.act("customer", macros.run_macro, ref, "solved_and_resolve", "Done")
    desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Done")
    with pytest.raises(Invalid):
        desk.act("agent", macros.run_macro, ref, "solved_and_resolve", "Done")


def test_who_writes_stands_in_a_paragraph_of_their_own():
    for template in load_process(shipped_document(), 1).replies:
        assert template.text.split("\n\n")[-1] == "{me}", template.key
