"""Drafts that wait on the server, and replies that a ticket has overtaken."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed, NotFound, Overtaken
from escalation_app.services import composing, tickets
from escalation_app.services.composing import Draft, Writing, drafts_of
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as found:
        yield found


def keep(desk: SupportDesk, who: str, ref: str, kind: Writing, body: str, begun: int = 0) -> None:
    desk.act(who, composing.keep_draft, ref, kind, body, begun)


def test_a_draft_is_its_writers_own_and_of_one_ticket(desk: SupportDesk):
    first, second = desk.open("One").reference, desk.open("Two").reference

    keep(desk, "agent", first, Writing.REPLY, "Half a sent")

    assert desk.see("agent", drafts_of, first) == {Writing.REPLY: Draft("Half a sent", 0)}
    assert desk.see("agent", drafts_of, second) == {}
    assert desk.see("colleague", drafts_of, first) == {}
    assert desk.see("customer", drafts_of, first) == {}


def test_a_draft_that_goes_on_keeps_the_revision_it_was_begun_at(desk: SupportDesk):
    ref = desk.open().reference
    keep(desk, "agent", ref, Writing.NOTE, "A", 3)

    keep(desk, "agent", ref, Writing.NOTE, "A note", 7)

    assert desk.see("agent", drafts_of, ref) == {Writing.NOTE: Draft("A note", 3)}


def test_an_emptied_draft_is_gone_and_a_sent_one_too(desk: SupportDesk):
    ref = desk.open().reference
    keep(desk, "agent", ref, Writing.NOTE, "A note")
    keep(desk, "agent", ref, Writing.REPLY, "A reply")

    keep(desk, "agent", ref, Writing.NOTE, "  ")
    desk.act("agent", tickets.send_message, ref, "A reply.")

    assert desk.see("agent", drafts_of, ref) == {}


def test_what_was_typed_last_comes_first(desk: SupportDesk):
    ref = desk.open().reference
    keep(desk, "agent", ref, Writing.REPLY, "A reply")
    desk.wait(seconds=1)
    keep(desk, "agent", ref, Writing.NOTE, "A note")

    assert list(desk.see("agent", drafts_of, ref)) == [Writing.NOTE, Writing.REPLY]


@pytest.mark.parametrize(
    ("who", "kind", "refusal"),
    [
        ("stranger", Writing.REPLY, NotFound),
        ("customer", Writing.NOTE, NotAllowed),
        ("executive", Writing.REPLY, NotAllowed),
    ],
)
def test_nobody_keeps_a_draft_where_they_may_not_write(
    desk: SupportDesk, who: str, kind: Writing, refusal: type[Exception]
):
    ref = desk.open().reference

    with pytest.raises(refusal):
        keep(desk, who, ref, kind, "Let me in")


def test_a_reply_is_refused_after_a_public_message_and_says_whose(desk: SupportDesk):
    ticket = desk.open()
    desk.act("customer", tickets.send_message, ticket.reference, "Port 14.")

    with pytest.raises(Overtaken, match=r"since you began, N\. Diaz wrote\."):
        desk.act("agent", tickets.send_message, ticket.reference, "Which?", since=ticket.revision)


def test_a_reply_is_refused_after_the_ticket_was_resolved(desk: SupportDesk):
    ticket = desk.open()
    desk.act("colleague", tickets.resolve, ticket.reference)

    with pytest.raises(Overtaken, match=r"J\. Lind resolved the ticket"):
        desk.act("agent", tickets.send_message, ticket.reference, "Which?", since=ticket.revision)


def test_a_note_and_a_new_holder_overtake_no_reply(desk: SupportDesk):
    ticket = desk.open()
    desk.act("colleague", tickets.write_note, ticket.reference, "I know this.")
    desk.act("colleague", tickets.take, ticket.reference)

    desk.act("agent", tickets.send_message, ticket.reference, "Which?", since=ticket.revision)
