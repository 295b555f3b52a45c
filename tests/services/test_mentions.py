"""Naming a colleague in an internal note: who is told, once, and who cannot be named."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.events import EventKind
from escalation_app.models import EventRow, MessageRow, OutboxRow
from escalation_app.services import tickets
from escalation_app.services.mentions import names_to_mention
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def told(desk: SupportDesk) -> list[tuple[int, str]]:
    kind = columns(OutboxRow).c.kind == EventKind.MENTIONED
    return sorted((row.person_id, row.channel) for row in rows(desk, OutboxRow, kind))


def test_who_is_named_is_told_once_by_the_ways_of_the_process(desk: SupportDesk):
    ref = desk.open().reference
    specialist = desk.people["specialist"].person_id

    desk.act("agent", tickets.write_note, ref, "@S. Iyer please look. @S. Iyer? @A. Farouk will.")

    assert told(desk) == [(specialist, "email"), (specialist, "in_app")]
    (event,) = rows(desk, EventRow, columns(EventRow).c.kind == EventKind.MENTIONED)
    assert event.data["told"] == [specialist]


def test_a_note_that_names_nobody_tells_nobody(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("agent", tickets.write_note, ref, "Mail ops@example.org, @everybody and @A. Farouk.")

    assert told(desk) == []


def test_a_reply_names_nobody(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("agent", tickets.send_message, ref, "@S. Iyer looks at it.")

    assert told(desk) == []


def test_a_customer_cannot_be_named_in_a_note(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(Invalid, match=r"N\. Diaz is a customer and never reads a note"):
        desk.act("agent", tickets.write_note, ref, "@N. Diaz was rude")

    assert len(rows(desk, MessageRow)) == 1
    assert told(desk) == []


def test_the_name_is_a_piece_of_its_own_in_the_conversation(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.write_note, ref, "Ask @S. Iyer.")
    desk.act("agent", tickets.write_note, ref, "No name.")

    page = desk.see("manager", ticket_page, ref, desk.now)

    first, second = (item for item in page.timeline if item.kind == "note")
    assert [(part.text, part.is_mention) for part in first.parts] == [
        ("Ask ", False),
        ("@S. Iyer", True),
        (".", False),
    ]
    assert second.parts == ()
    assert [item for item in page.timeline if "named" in item.title.lower()] == []
    assert "Iyer" not in str(desk.see("customer", customer_status, ref, desk.now))


def test_those_of_ours_can_be_named_and_customers_ask_for_nobody(desk: SupportDesk):
    assert desk.see("agent", names_to_mention) == (
        "D. Ames",
        "J. Lind",
        "L. Moreau",
        "M. Weiss",
        "S. Iyer",
    )
    with pytest.raises(NotAllowed):
        desk.see("customer", names_to_mention)
