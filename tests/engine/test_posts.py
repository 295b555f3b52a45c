"""What goes to channels that many people read: what they are told, and what they never are."""

from collections.abc import Iterator
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.tickets import EscalationKind
from escalation_app.engine import digests, outbox, warrants
from escalation_app.services import escalations, tickets
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import (
    OUTBOX,
    Postman,
    Room,
    change_process,
    deliver,
    rows_where,
)

OPS = "\nchannels: {ops: {kind: slack, name: Operations room}}\n"
QUOTING = "\nchannels: {ops: {kind: slack, name: Operations room, quotes: true}}\n"
MESSAGES = "{on: message_received, post: [ops]}"


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def posted(desk: SupportDesk) -> list[Any]:
    return rows_where(desk, OUTBOX.c.channel == "post:ops")


def asked(desk: SupportDesk) -> str:
    """A ticket to which its customer has written again."""
    ref = desk.open("Nothing prints").reference
    desk.act("customer", tickets.send_message, ref, "MARKER: my password is swordfish.")
    return ref


def test_a_channel_reads_the_words_of_staff_and_a_link_to_their_page(desk: SupportDesk):
    change_process(desk, MESSAGES, more=OPS)
    ref = asked(desk)
    room = Room()

    deliver(desk, Postman(), room)

    (letter,) = room.sent["ops"]
    assert letter.title == "N. Diaz wrote"
    assert letter.link == f"https://help.example/tickets/{ref}"
    assert (letter.kind, letter.thread) == ("message_received", ref)
    (row,) = posted(desk)
    assert (row.state, row.note, row.sent_at) == ("sent", "Answered 200 after 12 ms.", desk.now)


@pytest.mark.parametrize(("sections", "is_quoted"), [(OPS, False), (QUOTING, True)])
def test_customers_words_go_to_a_channel_only_where_the_process_says_so(
    desk: SupportDesk, sections: str, is_quoted: bool
):
    change_process(desk, MESSAGES, "{on: note_written, post: [ops]}", more=sections)
    ref = asked(desk)
    desk.act("agent", tickets.write_note, ref, "NOTE: call them back")
    room = Room()

    deliver(desk, Postman(), room)

    told = repr(room.sent["ops"])
    assert len(room.sent["ops"]) == 2
    assert ("MARKER" in told) is is_quoted
    assert "NOTE" not in told, "what we write among ourselves is never quoted"


def test_a_post_whose_address_is_not_set_is_kept_and_says_what_to_set(desk: SupportDesk):
    change_process(desk, MESSAGES, more=OPS)
    asked(desk)
    room = Room()
    room.missing["ops"] = "No address is set."

    deliver(desk, Postman(), room)

    assert [(row.state, row.note) for row in posted(desk)] == [("kept", "No address is set.")]


def test_a_post_to_a_channel_the_process_does_not_have_any_more_is_dead(desk: SupportDesk):
    change_process(desk, MESSAGES, more=OPS)
    asked(desk)
    change_process(desk)

    deliver(desk, Postman())

    assert [(row.state, row.note) for row in posted(desk)] == [("dead", outbox.NO_CHANNEL)]


def test_a_post_about_an_escalation_that_ended_is_not_sent(desk: SupportDesk):
    change_process(desk, "{on: escalation_started, post: [ops]}", more=OPS)
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "It is the database")
    desk.act("manager", escalations.deescalate, ref, "It was not")

    deliver(desk, Postman())

    assert [(row.state, row.note) for row in posted(desk)] == [("suppressed", warrants.CASE_ENDED)]


def test_what_is_late_arrives_in_a_channel_as_one_digest(desk: SupportDesk):
    change_process(desk, "{on: sla_breached, post: [ops]}", more=OPS)
    refs = [desk.open(f"Down {n}").reference for n in range(3)]
    desk.wait(days=1)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    room = Room()

    deliver(desk, Postman(), room)
    deliver(desk, Postman(), room)

    (letter,) = room.sent["ops"]
    assert "late by up to" in letter.title
    assert all(ref in letter.text for ref in refs)
    assert {row.state for row in posted(desk)} == {"digested", "sent"}


def test_a_step_of_a_path_posts_what_it_says(desk: SupportDesk):
    look = "do: notify\n        tell: [assignee, team_lead]"
    change_process(desk, more=OPS, replacing=(look, "do: post\n        post: ops"))
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    for _ in range(2):
        desk.act("agent", tickets.send_message, ref, "We look into it.")
        desk.wait(hours=1, minutes=45)
    room = Room()

    deliver(desk, Postman(), room)

    (letter,) = room.sent["ops"]
    assert letter.title == "Tell the owner and the team lead"
    assert letter.text.startswith("The owner and the team lead are told that half of the time")
    assert (letter.kind, letter.thread) == ("channel_post", ref)
