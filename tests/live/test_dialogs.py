"""A page that is loaded opens without a dialog, so that none stands there without its text; and
what can be written on a ticket that has ended while it was looked at."""

from typing import Any

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations, merging
from escalation_app.state.deescalate import DeescalateState
from escalation_app.state.frame import FrameState
from escalation_app.state.merging import MergeState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_acts import TicketActsState
from tests.live.test_presence import at_ticket
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live import House, Play, eventually


def open_dialogs(client: Client) -> dict[str, Any]:
    return {
        "merge": client.shown(MergeState, "is_open"),
        "end": client.shown(DeescalateState, "is_open"),
        "assign": client.shown(TicketActsState, "is_open"),
    }


def test_a_page_that_is_loaded_again_opens_without_the_dialogs_that_were_open(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")

    async def scene(house: House) -> None:
        client = await at_ticket(house, "manager", ref)
        await client.send(MergeState.open_dialog)
        await client.send(DeescalateState.open_dialog, reference=ref)
        await client.send(TicketActsState.open_dialog)
        before = open_dialogs(client)

        await client.send(FrameState.open_frame)
        await client.send(TicketState.open_page)

        assert before == {"merge": True, "end": True, "assign": True}
        assert open_dialogs(client) == {"merge": False, "end": False, "assign": False}

    play(scene)


def test_a_merged_ticket_offers_no_box_to_write_in_but_keeps_what_was_begun(
    desk: SupportDesk, play: Play
):
    ref, into = desk.open("One").reference, desk.open("Two").reference

    async def scene(house: House) -> None:
        reader = await at_ticket(house, "agent", ref)
        writer = await at_ticket(house, "colleague", ref)
        draft = writer.shown(TicketState, "draft")
        await writer.send(TicketState.keep_note, text="Ask Sato", draft=draft)

        desk.act("manager", merging.merge, ref, into)

        await eventually(lambda: reader.shown(TicketState, "composer") == "")
        await eventually(lambda: writer.shown(TicketState, "page").goes_on_in.ref == into)
        assert writer.shown(TicketState, "composer") == "both"

    play(scene)
