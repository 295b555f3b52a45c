"""Replies and macros of the process: read, offered, run as one."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Overtaken
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Status
from escalation_app.services import macros, tickets
from escalation_app.services.process_document import ProcessErrors, load_process, shipped_document
from escalation_app.services.queries.replies import reply_choices
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.views import MacroChoice, ReplyChoice
from tests.support.desk import SupportDesk, support_desk


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

    ticket = desk.act("agent", macros.run_macro, ref, "ask_and_wait", found["ask_and_wait"].text)
    page = desk.see("agent", ticket_page, ref, desk.now)

    assert ticket.status is Status.WAITING_CUSTOMER
    assert "the log of the time it happened" in page.timeline[-2].text
    assert desk.act("agent", macros.run_macro, ref, "take_and_answer", "Mine.").assignee_id == (
        desk.people["agent"].person_id
    )


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
