"""Who is told of an event, as rows: people and channels, forced or not, late or in time."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import ENGINE
from escalation_app.services import tickets
from escalation_app.services.notices import MESSAGE_NAMES, Messages
from escalation_app.services.unit_of_work import make_desk
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import OUTBOX, change_process, rows_where

OPS = "\nchannels: {ops_room: {kind: slack, name: Operations room}}\n"


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def test_a_rule_that_posts_gives_one_row_without_a_person(desk: SupportDesk):
    change_process(
        desk,
        "{on: ticket_opened, post: [ops_room]}",
        "{on: ticket_opened, post: [ops_room]}",
        more=OPS,
    )

    ticket = desk.open()

    (row,) = rows_where(desk, OUTBOX.c.channel == "post:ops_room")
    assert (row.person_id, row.ticket_id, row.kind) == (None, ticket.id, "ticket_opened")
    assert (row.state, row.next_attempt_at, row.is_forced) == ("pending", desk.now, False)
    assert row.data is None, "a channel is read by people of ours, so it says what the event says"


def test_a_step_that_posts_names_its_channel_itself(desk: SupportDesk):
    change_process(desk, more=OPS)
    ticket = desk.open()
    event = Event(EventKind.CHANNEL_POST, desk.now, {"channel": "ops_room", "says": "Look."})

    with desk.reading() as session:
        rows = Messages().about(make_desk(session, desk.now), ENGINE, ticket, event, 3)

    (row,) = (dict(zip(MESSAGE_NAMES, values, strict=True)) for values in rows)
    assert (row["channel"], row["person_id"]) == ("post:ops_room", None)
    assert row["dedupe_key"] == f"{ticket.id}:{ticket.revision}:3:post:ops_room"


def test_a_late_post_waits_for_a_digest_like_a_late_notice(desk: SupportDesk):
    change_process(desk, "{on: sla_breached, post: [ops_room]}", more=OPS)
    desk.open()

    desk.wait(days=1)

    posts = rows_where(desk, OUTBOX.c.channel == "post:ops_room")
    assert posts
    assert {row.state for row in posts} == {"digest"}
    assert all(row.data["late_s"] > 0 for row in posts)


@pytest.mark.parametrize(
    ("rules", "must_reach"),
    [
        (["{on: message_received, to: [assignee], channels: [email], forced: true}"], ""),
        ([], "message_received, "),
    ],
)
def test_what_the_process_forces_is_marked(desk: SupportDesk, rules: list[str], must_reach: str):
    change_process(desk, *rules, replacing=("must_reach: [", f"must_reach: [{must_reach}"))
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    desk.act("customer", tickets.send_message, ref, "Are you there?")

    forced = {(row.kind, row.channel): row.is_forced for row in rows_where(desk)}
    assert forced["message_received", "email"]
    assert not forced["ticket_opened", "in_app"]
