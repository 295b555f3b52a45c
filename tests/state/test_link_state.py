"""The dialog that links two tickets, and taking a link away."""

from typing import Any

import pytest

from escalation_app.state import ticket as ticket_module
from escalation_app.state.base import SessionState
from escalation_app.state.linking import LinkState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def links(client: Client) -> list[Any]:
    return [(one.said, one.ref) for one in client.shown(TicketState, "page").links]


def test_two_are_linked_unlinked_and_linked_again(desk: SupportDesk, play: Play):
    one, other = desk.open("Kiosk").reference, desk.open("Printer").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{one}")
        await client.send(LinkState.open_dialog)
        await client.send(LinkState.link, form={"kind": "caused_by"})
        nothing_chosen = client.shown(LinkState, "error")
        await client.send(LinkState.choose, other=other)
        await client.send(LinkState.link, form={"kind": "caused_by"})
        linked = links(client)
        await client.send(LinkState.unlink, other=other, kind="caused_by")
        unlinked = links(client)
        [toast] = client.shown(SessionState, "toasts")
        await client.send(SessionState.undo, key=toast.key)

        assert nothing_chosen == "Choose the ticket that it belongs to."
        assert linked == [("is caused by", other)]
        assert unlinked == []
        await client.open(f"/tickets/{one}")
        assert links(client) == [("is caused by", other)]

    play(scene)
