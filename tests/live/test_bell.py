"""Notices about a ticket are read once its page was opened; those about others are not."""

from escalation_app.models import OutboxRow
from escalation_app.services import tickets
from escalation_app.services.tables import columns
from escalation_app.state.frame import FrameState
from tests.live.test_presence import at_ticket
from tests.support.desk import SupportDesk, rows
from tests.support.live import House, Play, eventually


def unread(desk: SupportDesk, who: str) -> list[int]:
    """The tickets about which somebody has notices that they have not read."""
    table = columns(OutboxRow)
    theirs = (table.c.person_id == desk.people[who].person_id, table.c.channel == "in_app")
    return [row.ticket_id for row in rows(desk, OutboxRow, *theirs, table.c.read_at.is_(None))]


def test_opening_a_ticket_reads_what_the_bell_says_of_it_and_of_no_other(
    desk: SupportDesk, play: Play
):
    first, second = desk.open("One"), desk.open("Two")
    for ticket in (first, second):
        desk.act("manager", tickets.assign, ticket.reference, desk.people["agent"].person_id)
        desk.act("customer", tickets.send_message, ticket.reference, "It got worse.")
    before = set(unread(desk, "agent"))
    others = unread(desk, "colleague")

    async def scene(house: House) -> None:
        elsewhere = await house.open("agent")
        await elsewhere.send(FrameState.open_frame)
        bell = elsewhere.shown(FrameState, "unread")
        client = await at_ticket(house, "agent", first.reference)

        await eventually(lambda: set(unread(desk, "agent")) == {second.id})
        assert before == {first.id, second.id}
        await eventually(lambda: client.shown(FrameState, "unread") < bell)
        assert unread(desk, "colleague") == others

    play(scene)
