"""Messages that did not arrive, tried again by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.events import EventKind
from escalation_app.models import EventRow, OutboxRow
from escalation_app.services import outbox
from escalation_app.services.outbox import Stuck, retry_all, retry_message
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, support_desk

_OUTBOX: Any = columns(OutboxRow)
_EVENTS: Any = columns(EventRow)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def message(desk: SupportDesk, state: str, channel: str = "email", **values: Any) -> int:
    """Add a message to the manager in a state; returns its key."""
    row = {
        "dedupe_key": f"{state} {channel} {values}",
        "channel": channel,
        "person_id": desk.people["manager"].person_id,
        "kind": "sla_breached",
        "data": {},
        "state": state,
        "created_at": desk.now,
        "attempts": 7,
        "lease_owner": "",
        "note": "550 no such user",
    }
    with desk.database.writing() as session:
        added = insert(_OUTBOX).values(row | values).returning(_OUTBOX.c.id)
        return int(session.execute(added).scalar_one())


def row_of(desk: SupportDesk, key: int) -> Any:
    with desk.reading() as session:
        return session.execute(select(_OUTBOX).where(_OUTBOX.c.id == key)).one()


def recorded(desk: SupportDesk) -> list[Any]:
    retried = select(_EVENTS).where(_EVENTS.c.kind == EventKind.MESSAGE_RETRIED)
    with desk.reading() as session:
        return list(session.execute(retried.order_by(_EVENTS.c.id)).all())


@pytest.mark.parametrize("state", ["dead", "kept"])
def test_a_dead_or_kept_message_begins_anew_under_its_key(desk: SupportDesk, state: str):
    key = message(desk, state)
    desk.wait(hours=1)

    assert desk.act("admin", retry_message, key) == 1

    row = row_of(desk, key)
    assert (row.state, row.attempts, row.next_attempt_at, row.note) == ("pending", 0, desk.now, "")
    assert row.dedupe_key == f"{state} email {{}}"


def test_who_tried_again_is_on_the_record_of_the_ticket_with_what_had_been_wrong(
    desk: SupportDesk,
):
    ticket = desk.open()
    key = message(desk, "dead", ticket_id=ticket.id)

    desk.act("admin", retry_message, key)

    (event,) = recorded(desk)
    assert (event.ticket_id, event.actor_name, event.at) == (ticket.id, "M. Weiss", desk.now)
    assert event.data == {"message": key, "channel": "email", "was": "550 no such user"}


@pytest.mark.parametrize("state", ["sent", "pending", "leased", "suppressed", "digested"])
def test_what_moves_on_by_itself_or_has_arrived_is_not_tried_again(desk: SupportDesk, state: str):
    key = message(desk, state)
    before = row_of(desk, key)

    with pytest.raises(Invalid, match="not dead or kept any more"):
        desk.act("admin", retry_message, key)

    assert row_of(desk, key) == before
    assert recorded(desk) == []


def test_a_message_nobody_wrote_cannot_be_tried(desk: SupportDesk):
    with pytest.raises(Invalid):
        desk.act("admin", retry_message, 2**53)


@pytest.mark.parametrize("state", ["dead", "kept"])
def test_all_of_a_channel_are_tried_again_and_no_others(desk: SupportDesk, state: Stuck):
    other = "kept" if state == "dead" else "dead"
    keys = [message(desk, state, "email", kind=kind) for kind in ("a", "b")]
    others = [message(desk, state, "post:ops"), message(desk, other, "email")]

    assert desk.act("admin", retry_all, state, "email") == 2

    assert {row_of(desk, key).state for key in keys} == {"pending"}
    assert {row_of(desk, key).attempts for key in keys} == {0}
    assert [row_of(desk, key).state for key in others] == [state, other]
    (event,) = recorded(desk)
    assert (event.ticket_id, event.data) == (None, {"channel": "email", "count": 2, "were": state})


def test_one_click_tries_only_so_many_again_the_oldest_first(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    keys = [message(desk, "dead", kind=kind) for kind in ("a", "b", "c")]

    desk.act("admin", retry_all, "dead", "email")

    assert [row_of(desk, key).state for key in keys] == ["pending", "pending", "dead"]


def test_trying_again_where_nothing_is_dead_is_refused_and_leaves_no_record(desk: SupportDesk):
    with pytest.raises(Invalid, match="is dead any more"):
        desk.act("admin", retry_all, "dead", "email")

    assert recorded(desk) == []


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive"])
def test_only_an_admin_tries_again(desk: SupportDesk, who: str):
    key = message(desk, "dead")

    for service, *arguments in ((retry_message, key), (retry_all, "dead", "email")):
        with pytest.raises(NotAllowed):
            desk.act(who, service, *arguments)

    assert row_of(desk, key).state == "dead"
