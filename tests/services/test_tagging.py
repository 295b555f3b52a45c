"""Tags on tickets: who may put them on, what is recorded, and two at once."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.tags import MAX_TAGS
from escalation_app.domain.tickets import Ticket
from escalation_app.models import EventRow, OutboxRow, TicketRow
from escalation_app.services import tickets
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def tag(desk: SupportDesk, who: str, ticket: Ticket, *added: str, off: str = "") -> Ticket:
    removed = frozenset(off.split())
    return desk.act(who, tickets.tag, ticket.reference, frozenset(added), removed)


def tagged(desk: SupportDesk) -> list[dict[str, str]]:
    events = columns(EventRow)
    return [row.data for row in rows(desk, EventRow, events.c.kind == EventKind.TICKET_TAGGED)]


def test_tags_are_put_on_and_taken_off_on_record_and_nobody_is_told(desk: SupportDesk):
    ticket = desk.open()
    told = len(rows(desk, OutboxRow))

    tag(desk, "agent", ticket, "vip", "night-shift")
    after = tag(desk, "agent", ticket, "billing", off="vip")

    assert after.tags == {"billing", "night-shift"}
    assert rows(desk, TicketRow)[0].tags == " billing night-shift "
    assert tagged(desk) == [
        {"added": "night-shift, vip", "removed": ""},
        {"added": "billing", "removed": "vip"},
    ]
    assert len(rows(desk, OutboxRow)) == told


def test_a_tag_that_is_there_already_changes_nothing(desk: SupportDesk):
    ticket = desk.open()
    first = tag(desk, "agent", ticket, "vip")

    again = tag(desk, "agent", ticket, "vip", off="never-there")

    assert again.revision == first.revision
    assert len(tagged(desk)) == 1


def test_two_who_tag_at_once_both_find_their_tag_there(desk: SupportDesk):
    ticket = desk.open()

    tag(desk, "agent", ticket, "vip")
    after = tag(desk, "colleague", ticket, "billing")

    assert after.tags == {"vip", "billing"}


def test_no_clock_moves_for_a_tag(desk: SupportDesk):
    ticket = desk.open()

    after = tag(desk, "agent", ticket, "vip")

    assert [clock.due_at for clock in after.clocks] == [clock.due_at for clock in ticket.clocks]
    assert (after.status, after.assignee_id) == (ticket.status, None)


def test_a_ticket_has_only_so_many_tags(desk: SupportDesk):
    ticket = desk.open()
    tag(desk, "agent", ticket, *(f"tag-{number}" for number in range(MAX_TAGS)))

    with pytest.raises(Invalid, match="Take one off first"):
        tag(desk, "agent", ticket, "one-more")


@pytest.mark.parametrize("who", ["specialist", "executive", "admin", "customer"])
def test_who_does_not_work_on_a_ticket_cannot_tag_it(desk: SupportDesk, who: str):
    ticket = desk.open()

    with pytest.raises(NotAllowed):
        tag(desk, who, ticket, "vip")


def test_a_stranger_does_not_even_learn_that_the_ticket_exists(desk: SupportDesk):
    ticket = desk.open()

    with pytest.raises(NotFound):
        tag(desk, "stranger", ticket, "vip")


def test_a_manager_tags_any_ticket(desk: SupportDesk):
    assert tag(desk, "manager", desk.open(), "vip").tags == {"vip"}
