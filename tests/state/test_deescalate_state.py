"""The dialog that ends an escalation, or takes it up again."""

from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import MessageRow
from escalation_app.services import escalations
from escalation_app.state import ticket as ticket_module
from escalation_app.state.deescalate import DeescalateState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk, rows
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def shown(client: Client, var: str) -> Any:
    return client.shown(DeescalateState, var)


def test_it_is_ended_and_taken_up_again_and_the_customer_reads_what_is_ticked(
    desk: SupportDesk, play: Play
):
    ref = desk.open("Kiosk").reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/tickets/{ref}")
        await client.send(DeescalateState.open_dialog)
        await client.send(DeescalateState.turn_it, form={"reason": " "})
        refused = (shown(client, "is_open"), shown(client, "error"))
        await client.send(DeescalateState.turn_it, form={"reason": "Calm"})
        assert client.shown(TicketState, "page").head.is_escalated is False

        await client.send(DeescalateState.open_dialog)
        assert shown(client, "turn").kind == "again"
        empty = {"reason": "Not calm", "tells": "on", "message": " "}
        await client.send(DeescalateState.turn_it, form=empty)
        unsaid = shown(client, "error")
        told = {"reason": "Not calm", "tells": "on", "message": "We are on it again."}
        await client.send(DeescalateState.turn_it, form=told)

        assert refused == (True, "The reason is empty. Write something first.")
        assert "untick that they are told" in unsaid
        assert client.shown(TicketState, "page").head.is_escalated is True

    play(scene)

    ours = [row.body for row in rows(desk, MessageRow, MessageRow.side == "us")]
    assert ours == ["We are on it again."]
