"""The dialog that merges: what is chosen, what it shows, what refuses it."""

from typing import Any

import pytest

from escalation_app.models import MessageRow
from escalation_app.services import tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.merging import MergeState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk, rows
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def shown(client: Client, var: str) -> Any:
    return client.shown(MergeState, var)


def test_one_is_chosen_shown_and_merged_and_the_customer_reads_what_was_written(
    desk: SupportDesk, play: Play
):
    goes, stays = desk.open("Kiosk").reference, desk.open("Kiosks").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{goes}")
        await client.send(MergeState.open_dialog)
        await client.send(MergeState.merge, form={})
        nothing_chosen = shown(client, "error")
        await client.send(MergeState.choose, into=stays)
        preview = shown(client, "preview")
        await client.send(MergeState.merge, form={"tells": "on", "message": "Go there."})

        assert nothing_chosen == "Choose the ticket that it goes on in."
        assert preview.into == stays
        assert shown(client, "is_open") is False
        assert client.shown(TicketState, "page").goes_on_in.ref == stays

    play(scene)

    assert [row.body for row in rows(desk, MessageRow, MessageRow.side == "us")] == ["Go there."]


def test_searching_takes_back_what_was_chosen_unless_it_is_found_again(
    desk: SupportDesk, play: Play
):
    goes, stays = desk.open("Kiosk").reference, desk.open("Kiosks").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{goes}")
        await client.send(MergeState.open_dialog)
        await client.send(MergeState.choose, into=stays)
        await client.send(MergeState.look_for, text="kiosks")
        found_again = shown(client, "into")
        await client.send(MergeState.look_for, text="printer")

        assert found_again == stays
        assert (shown(client, "into"), shown(client, "choices")) == ("", [])

    play(scene)


def test_what_happened_since_the_dialog_opened_is_said_first(desk: SupportDesk, play: Play):
    goes, stays = desk.open("Kiosk").reference, desk.open("Kiosks").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{goes}")
        await client.send(MergeState.open_dialog)
        await client.send(MergeState.choose, into=stays)
        desk.act("customer", tickets.send_message, goes, "It is the printer")
        await client.send(MergeState.merge, form={})

        assert shown(client, "is_open") is True
        assert "a message by N. Diaz" in shown(client, "error")

    play(scene)
