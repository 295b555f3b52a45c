"""The dialog that logs a call, and taking one back."""

from datetime import timedelta

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations
from escalation_app.state import ticket as ticket_module
from escalation_app.state.contacts import ContactState
from escalation_app.state.ticket import TicketState
from escalation_app.views.words import iso
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def on_tier_two(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "A skill")
    desk.clock.advance(timedelta(minutes=30))
    return ref


def form(desk: SupportDesk, minutes: str = "5", **ticks: str) -> dict[str, str]:
    began = iso(desk.now - timedelta(minutes=15))
    said = {"kind": "call", "with_whom": "N. Diaz", "began": began, "outcome": "It works."}
    return {**said, "minutes": minutes, **ticks}


def test_a_call_is_logged_and_taken_back(desk: SupportDesk, play: Play):
    ref = on_tier_two(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", f"/tickets/{ref}")
        await client.send(ContactState.open_dialog)
        asked = client.shown(ContactState, "with_whom"), client.shown(ContactState, "kinds")
        await client.send(ContactState.log, form=form(desk, minutes="five"))
        refused = client.shown(ContactState, "error")
        await client.send(ContactState.log, form=form(desk, reached="yes"))
        logged = client.shown(TicketState, "page").contacts
        await client.send(ContactState.take_back, number=logged[0].number)

        assert asked[0] == "N. Diaz"
        assert [one.label for one in asked[1]] == ["Call", "Meeting"]
        assert "how many minutes" in refused
        assert (logged[0].title, logged[0].can_take_back) == ("Call with N. Diaz", True)
        assert client.shown(ContactState, "is_open") is False
        assert client.shown(TicketState, "page").contacts[0].is_taken_back

    play(scene)


def test_what_is_still_to_come_is_refused_in_the_dialog(desk: SupportDesk, play: Play):
    ref = on_tier_two(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", f"/tickets/{ref}")
        await client.send(ContactState.open_dialog)
        await client.send(ContactState.log, form=form(desk, minutes="60"))

        assert "not be over yet" in client.shown(ContactState, "error")
        assert client.shown(ContactState, "is_open") is True
        assert client.shown(TicketState, "page").contacts == ()

    play(scene)
