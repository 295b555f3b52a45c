"""The dialog that answers an escalation which a customer asked for."""

from typing import Any

import pytest

from escalation_app.services import escalations
from escalation_app.state import ticket as ticket_module
from escalation_app.state.ticket import TicketState
from escalation_app.state.triage import TriageState
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def asked(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")
    return ref


def test_a_manager_sees_the_request_answers_it_and_it_is_gone(desk: SupportDesk, play: Play):
    ref = asked(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/tickets/{ref}")

        def page() -> Any:
            return client.shown(TicketState, "page")

        request, may = page().request, page().may
        await client.send(TriageState.open_dialog, reference=ref)
        asked = client.shown(TriageState, "asked")
        await client.send(TriageState.triage, form={"outcome": " "})
        refused = client.shown(TriageState, "error"), client.shown(TriageState, "reference")
        await client.send(TriageState.triage, form={"outcome": "I call you at once."})
        await client.send(TicketState.show_earlier)

        assert (request.who, request.reason) == ("N. Diaz, Halden Ferries", "Too slow")
        assert may.can_triage
        assert (asked.subject, asked.request) == (page().head.subject, request)
        assert refused == ("The message is empty. Write something first.", ref)
        assert client.shown(TriageState, "reference") == ""
        assert page().request.who == "" and not page().may.can_triage
        assert any(item.text == "I call you at once." for item in page().timeline)

    play(scene)


def test_an_agent_sees_the_request_and_cannot_answer_it(desk: SupportDesk, play: Play):
    ref = asked(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(TriageState.open_dialog, reference=ref)
        await client.send(TriageState.triage, form={"outcome": "No."})

        page = client.shown(TicketState, "page")
        assert page.request.who != "" and not page.may.can_triage
        assert len(client.toasts) == 2

    play(scene)
