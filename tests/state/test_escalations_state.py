"""The list of escalations as a state: how it is narrowed, and how more of it is shown."""

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations, tickets
from escalation_app.services.queries import listed_cases
from escalation_app.state import escalations as escalations_module
from escalation_app.state.escalations import EscalationsState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, escalations_module, [EscalationsState.open_page])


def escalated(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def listed(client: Client) -> list[str]:
    groups = client.shown(EscalationsState, "groups")
    return [row.ref for group in groups for row in group.rows]


def test_more_is_shown_as_long_as_there_is_more(
    desk: SupportDesk, play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listed_cases, "AT_MOST", 2)
    refs = [escalated(desk) for _ in range(3)]

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", "/escalations?whose=mine")
        assert listed(client) == refs[:2]
        assert client.shown(EscalationsState, "words") == "2 of 3, most pressing first"
        more = client.shown(EscalationsState, "more_url")
        assert more == "/escalations?whose=mine&pages=2"

        await client.open(more)

        assert listed(client) == refs
        assert client.shown(EscalationsState, "words") == "most pressing first"
        assert client.shown(EscalationsState, "more_url") == ""
        await client.send(EscalationsState.choose, key="whose", value="all")
        assert client.redirects[-1] == "/escalations"

    play(scene)
