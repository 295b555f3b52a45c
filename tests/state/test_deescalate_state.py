"""The dialog that ends an escalation, or takes it up again."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EscalationRow, MessageRow
from escalation_app.services import cases, escalations
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
        await client.send(DeescalateState.open_dialog, reference=ref)
        await client.send(DeescalateState.turn_it, form={"reason": " "})
        refused = (shown(client, "is_open"), shown(client, "error"))
        await client.send(DeescalateState.turn_it, form={"reason": "Calm"})
        await client.send(TicketState.show_earlier)
        assert client.shown(TicketState, "page").head.is_escalated is False

        await client.send(DeescalateState.open_dialog, reference=ref)
        assert shown(client, "turn").kind == "again"
        empty = {"reason": "Not calm", "tells": "on", "message": " "}
        await client.send(DeescalateState.turn_it, form=empty)
        unsaid = shown(client, "error")
        told = {"reason": "Not calm", "tells": "on", "message": "We are on it again."}
        await client.send(DeescalateState.turn_it, form=told)

        await client.send(TicketState.show_earlier)
        assert refused == (True, "The reason is empty. Write something first.")
        assert "untick that they are told" in unsaid
        assert client.shown(TicketState, "page").head.is_escalated is True

    play(scene)

    ours = [row.body for row in rows(desk, MessageRow, MessageRow.side == "us")]
    assert ours == ["We are on it again."]


def escalated(desk: SupportDesk) -> str:
    ref = desk.open("Kiosk").reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")
    return ref


def test_what_changed_meanwhile_is_shown_before_it_is_ended(desk: SupportDesk, play: Play):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", "/escalations")
        await client.send(DeescalateState.open_dialog, reference=ref)
        due = desk.now + timedelta(hours=1)
        desk.act("manager", cases.make_promise, ref, "A list", due, None, "They insist")

        await client.send(DeescalateState.turn_it, form={"reason": "Calm"})
        said = [one.before for one in shown(client, "turn").effects]
        assert "Look at what it would do now" in shown(client, "error")
        assert "What was promised to the customer is still due." in said
        await client.send(DeescalateState.turn_it, form={"reason": "Calm"})

        assert (shown(client, "is_open"), client.toasts[-1]) == (False, "De-escalated")

    play(scene)


def test_one_that_somebody_else_has_ended_is_not_begun_again_by_the_same_click(
    desk: SupportDesk, play: Play
):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(DeescalateState.open_dialog, reference=ref)
        desk.act("manager", escalations.deescalate, ref, "Calm")

        for _ in range(2):
            await client.send(DeescalateState.turn_it, form={"reason": "Calm"})

        assert shown(client, "is_open") is False
        assert client.toasts == ["De-escalated by somebody else"]
        assert [row.ended_at is None for row in rows(desk, EscalationRow)] == [False]

    play(scene)


@pytest.mark.parametrize("who", ["agent", "executive", "customer"])
def test_who_may_not_is_refused_before_anything_is_shown(desk: SupportDesk, play: Play, who: str):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, "/")
        await client.send(DeescalateState.open_dialog, reference=ref)
        await client.send(DeescalateState.turn_it, form={"reason": "Calm"})

        state = await stage.state(client, DeescalateState)
        assert (state.is_open, state.turn.effects) == (False, ())
        assert [row.ended_at is None for row in rows(desk, EscalationRow)] == [True]

    play(scene)
