"""The dialog that splits a ticket."""

import pytest

from escalation_app.models import MessageRow, TicketRow
from escalation_app.services import tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.splitting import SplitState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk, rows
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def test_what_is_ticked_becomes_a_ticket_and_what_is_refused_stays(desk: SupportDesk, play: Play):
    ref = desk.open("Kiosk").reference
    desk.act("customer", tickets.send_message, ref, "And the printer is jammed")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(SplitState.open_dialog)
        key = client.shown(SplitState, "asked").messages[-1].key
        await client.send(SplitState.split, form={"subject": "Printer"})
        refused = (client.shown(SplitState, "is_open"), client.shown(SplitState, "error"))
        form = {"messages": [key], "subject": "Printer", "tells": "on", "message": "See {ref}."}
        await client.send(SplitState.split, form=form)
        await client.send(SplitState.split, form=form)  # a second click

        assert refused == (
            True,
            "Choose what the new ticket is about: at least one message.",
        )
        assert client.shown(SplitState, "is_open") is False

    play(scene)

    (new,) = rows(desk, TicketRow, TicketRow.subject == "Printer")
    ours = [row.body for row in rows(desk, MessageRow, MessageRow.side == "us")]
    assert ours == [f"See {new.reference}."]
