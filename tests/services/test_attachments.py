"""Files that go with messages: whose they are, and who may read them."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.attachments import MOST_FILES, MOST_WAITING
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.services import attachments, tickets
from escalation_app.services.attachments import Uploaded, find_attachment
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.ticket import ticket_page
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as found:
        yield found


def uploaded(desk: SupportDesk, who: str, name: str = "log.txt") -> str:
    """The key of a file that somebody has uploaded; its content is of no concern here."""
    key = f"{who}-{name}"
    desk.act(who, attachments.register, Uploaded(key, name, "text/plain", 9, "0" * 64))
    return key


def readers(desk: SupportDesk, key: str) -> set[str]:
    found: set[str] = set()
    for who in desk.people:
        try:
            desk.see(who, find_attachment, key)
        except NotFound:
            continue
        found.add(who)
    return found


STAFF = {"agent", "colleague", "specialist", "manager", "executive", "admin"}


def test_a_file_that_was_not_sent_is_its_uploaders_alone(desk: SupportDesk):
    assert readers(desk, uploaded(desk, "customer")) == {"customer"}
    assert readers(desk, uploaded(desk, "agent")) == {"agent"}


def test_a_file_of_a_public_message_is_read_by_who_reads_the_ticket(desk: SupportDesk):
    ref = desk.open().reference
    key = uploaded(desk, "agent")

    desk.act("agent", tickets.send_message, ref, "See the log.", files=[key])

    assert readers(desk, key) == {*STAFF, "customer", "lead"}


def test_a_file_of_a_note_is_read_by_nobody_of_the_customers(desk: SupportDesk):
    ref = desk.open().reference
    key = uploaded(desk, "agent", "secret.txt")

    desk.act("agent", tickets.write_note, ref, "Among us.", [key])

    assert readers(desk, key) == STAFF
    status = desk.see("customer", customer_status, ref, desk.now)
    assert [item for item in status.history if item.files] == []


def test_a_file_goes_with_the_message_it_was_sent_with(desk: SupportDesk):
    key = uploaded(desk, "customer", "first.txt")
    new = tickets.NewTicket("Down", "Please help.", "high", "high", files=(key,))
    ref = desk.act("customer", tickets.open_ticket, new).reference
    other = uploaded(desk, "agent", "second.txt")
    desk.act("agent", tickets.send_message, ref, "Try this.", files=[other])

    page = desk.see("agent", ticket_page, ref, desk.now)
    status = desk.see("customer", customer_status, ref, desk.now)

    assert [
        (item.kind, [file.name for file in item.files])
        for item in page.timeline
        if item.kind != "event"
    ] == [("theirs", ["first.txt"]), ("ours", ["second.txt"])]
    assert [item.files[0].name for item in status.history if item.files] == [
        "second.txt",
        "first.txt",
    ]


def test_somebody_elses_file_cannot_be_sent_and_nothing_of_the_message_stays(desk: SupportDesk):
    ref = desk.open().reference
    key = uploaded(desk, "stranger")

    with pytest.raises(NotFound):
        desk.act("customer", tickets.send_message, ref, "Mine now.", files=[key])

    assert readers(desk, key) == {"stranger"}
    page = desk.see("agent", ticket_page, ref, desk.now)
    assert all(item.text != "Mine now." for item in page.timeline)


def test_a_file_is_sent_once(desk: SupportDesk):
    ref = desk.open().reference
    key = uploaded(desk, "agent")
    desk.act("agent", tickets.write_note, ref, "Among us.", [key])

    with pytest.raises(NotFound):
        desk.act("agent", tickets.send_message, ref, "And to you.", files=[key])

    assert readers(desk, key) == STAFF


@pytest.mark.parametrize("key", ["", "no-such-key", "../../etc/passwd", "x" * 300])
def test_an_unknown_file_is_nowhere(desk: SupportDesk, key: str):
    assert readers(desk, key) == set()


def test_only_so_many_files_go_with_a_message_and_wait(desk: SupportDesk):
    ref = desk.open().reference
    keys = [uploaded(desk, "agent", f"{number}.txt") for number in range(MOST_WAITING)]

    with pytest.raises(Invalid):
        uploaded(desk, "agent", "one more.txt")
    with pytest.raises(Invalid):
        desk.act("agent", tickets.write_note, ref, "All.", keys[: MOST_FILES + 1])

    desk.act("agent", tickets.write_note, ref, "Some.", keys[:MOST_FILES])
    uploaded(desk, "agent", "one more.txt")


def test_what_waited_too_long_is_forgotten_and_named(desk: SupportDesk):
    key = uploaded(desk, "agent", "old.txt")
    desk.wait(hours=25)

    forgotten = desk.act(
        "agent", attachments.register, Uploaded("new", "new.txt", "text/plain", 9, "0" * 64)
    )

    assert forgotten == (key,)
    assert readers(desk, key) == set()


def test_who_can_write_nothing_can_upload_nothing(desk: SupportDesk):
    with pytest.raises(NotAllowed):
        uploaded(desk, "admin")
