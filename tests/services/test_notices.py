"""Who is told of an event, as rows: people and channels, forced or not, late or in time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.notices import who_is_told_of_each
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.preferences import NoticeGroup
from escalation_app.domain.process import Delivery
from escalation_app.models import EventRow
from escalation_app.notifications.texts import notice_text
from escalation_app.services import tickets
from escalation_app.services.my_notices import tell_me
from escalation_app.services.notices import MESSAGE_NAMES, Messages
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import make_desk
from tests.support.desk import SupportDesk, rows, support_desk
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
        about = list(Messages().about(make_desk(session, desk.now), ENGINE, ticket, [event]))

    (row,) = (dict(zip(MESSAGE_NAMES, values, strict=True)) for values in about[0])
    assert (row["channel"], row["person_id"]) == ("post:ops_room", None)
    assert row["dedupe_key"] == f"{ticket.id}:{ticket.revision}:0:post:ops_room"


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


def _break(desk: SupportDesk) -> dict[tuple[str, str], Any]:
    """What the owner of a small request is told, by kind and way, when its time is over: its path
    begins with the breach, by a step."""
    ref = desk.open(impact="low", urgency="low").reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    with desk.reading() as session:
        clock = load_ticket(session, ticket_id_of(session, ref)).clock(Metric.RESOLUTION)
    assert clock is not None
    assert clock.due_at is not None
    desk.wait(seconds=(clock.due_at - desk.now).total_seconds() - 1)
    assert not rows_where(desk, OUTBOX.c.kind == "path_step_taken")
    desk.wait(seconds=2)
    mine = rows_where(
        desk,
        OUTBOX.c.person_id == desk.people["agent"].person_id,
        OUTBOX.c.created_at == desk.now,
    )
    return {(row.kind, row.channel): row for row in mine}


def test_whoever_hears_of_a_step_is_not_told_of_what_began_it_again(desk: SupportDesk):
    told = _break(desk)

    assert set(told) == {("path_step_taken", "in_app"), ("path_step_taken", "email")}
    (event,) = rows(desk, EventRow, columns(EventRow).c.kind == "path_step_taken")
    _, text = notice_text(event.kind, event.data, "T-1", "Down", "staff")
    assert "It began when the time for the resolution was over." in text


@pytest.mark.parametrize("way", Delivery)
def test_whoever_wants_no_word_of_steps_by_a_way_still_hears_of_the_breach_by_it(
    desk: SupportDesk, way: Delivery
):
    desk.act("agent", tell_me, NoticeGroup.ESCALATIONS, way, is_told=False)

    told = _break(desk)

    other = Delivery.EMAIL if way is Delivery.IN_APP else Delivery.IN_APP
    assert ("sla_breached", way.value) in told
    assert ("sla_breached", other.value) not in told
    assert ("path_step_taken", other.value) in told


def test_a_breach_that_the_process_forces_is_told_beside_a_step_that_it_does_not(
    desk: SupportDesk,
):
    change_process(desk, replacing=("must_reach: [", "must_reach: [sla_breached, "))

    told = _break(desk)

    assert told["sla_breached", "email"].is_forced
    assert not told["path_step_taken", "email"].is_forced
    assert ("escalation_started", "in_app") not in told


def test_a_step_says_nothing_of_another_clock(desk: SupportDesk):
    ticket = desk.open(impact="low", urgency="low")
    with desk.reading() as session:
        known = make_desk(session, desk.now)
    data = {"metric": "resolution", "cycle": 1, "due_at": desk.now.isoformat()}
    step = {"trigger": "first_response 100%", "cycle": 1}
    events = [
        Event(EventKind.SLA_BREACHED, desk.now, data),
        Event(EventKind.SLA_BREACHED, desk.now, {**data, "metric": "first_response"}),
        Event(EventKind.SLA_BREACHED, desk.now, {**data, "metric": "first_response", "cycle": 2}),
        Event(EventKind.PATH_STEP_TAKEN, desk.now, step, told=(desk.people["agent"].person_id,)),
    ]
    owned = replace(ticket, assignee_id=desk.people["agent"].person_id)

    told = who_is_told_of_each(known, owned, events, None)

    assert [bool(each) for each in told] == [True, False, True, True]
