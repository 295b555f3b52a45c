"""The dialog that escalates: what it proposes, what is chosen instead, what refuses it."""

from typing import Any

import pytest

from escalation_app.domain.commitments import ObligationState
from escalation_app.models import EventRow, MessageRow, ObligationRow
from escalation_app.services import tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.escalate import EscalateState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_acts import TicketActsState
from tests.support.desk import SupportDesk, rows
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def shown(client: Client, var: str) -> Any:
    return client.shown(EscalateState, var)


def page(client: Client) -> Any:
    return client.shown(TicketState, "page")


def path(ref: str) -> str:
    return f"/tickets/{ref}"


def test_what_is_refused_stays_open_with_the_reason_and_then_the_ticket_moves(
    desk: SupportDesk, play: Play
):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(EscalateState.open_dialog)
        form = shown(client, "form")
        await client.send(EscalateState.escalate, form={"reason": " "})
        refused = (shown(client, "is_open"), shown(client, "error"), shown(client, "form"))

        await client.send(EscalateState.escalate, form={"reason": "Databases"})

        assert refused == (True, "The reason is empty. Write something first.", form)
        assert shown(client, "is_open") is False
        assert page(client).head.tier == "T2"
        assert page(client).head.assignee.name == "S. Iyer"
        assert page(client).may.can_reply is False

    play(scene)


def test_the_customer_reads_what_was_written_and_nothing_when_it_is_unticked(
    desk: SupportDesk, play: Play
):
    told, untold = desk.open("Told").reference, desk.open("Untold").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(told))
        await client.send(EscalateState.open_dialog)
        form = {"reason": "Databases", "tells": "on", "message": "Experts have it."}
        await client.send(EscalateState.escalate, form=form)
        await client.send(EscalateState.escalate, form=form)  # a second click
        assert shown(client, "error") == ""
        await client.open(path(untold))
        await client.send(EscalateState.open_dialog)
        form = {"reason": "Databases", "message": "Experts have it."}
        await client.send(EscalateState.escalate, form=form)

    play(scene)

    ours = rows(desk, MessageRow, MessageRow.side == "us")
    assert [(row.body, row.is_public) for row in ours] == [("Experts have it.", True)]
    assert len(rows(desk, EventRow, EventRow.kind == "message_sent")) == 1


def test_a_ticked_message_may_not_be_empty(desk: SupportDesk, play: Play):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(EscalateState.open_dialog)
        form = {"reason": "Databases", "tells": "on", "message": " "}
        await client.send(EscalateState.escalate, form=form)

        assert "untick" in shown(client, "error")
        assert page(client).head.tier == "T1"

    play(scene)


def test_a_manager_gets_the_case_with_what_is_to_be_decided(desk: SupportDesk, play: Play):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        agent = await stage.enter("agent", path(ref))
        await agent.send(EscalateState.open_dialog)
        await agent.send(EscalateState.choose_kind, kind="hierarchical")
        form = {"reason": "They ask for money", "decision": "Refund 400 pounds?"}
        await agent.send(EscalateState.escalate, form=form)
        manager = await stage.enter("manager", path(ref))
        could = page(manager).path.steps[0].can_acknowledge
        await manager.send(TicketActsState.acknowledge)

        assert could
        assert not page(manager).path.steps[0].can_acknowledge

    play(scene)

    owed = rows(desk, ObligationRow)[0]
    assert owed.person_id == desk.people["manager"].person_id
    assert (owed.text, owed.state) == ("Decide: Refund 400 pounds?", ObligationState.OPEN)


def test_a_ticket_that_changed_meanwhile_is_refused_once_and_says_what_is_new(
    desk: SupportDesk, play: Play
):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(EscalateState.open_dialog)
        desk.act("customer", tickets.send_message, ref, "It works again.")
        await client.send(TicketState.show_earlier)
        await client.send(EscalateState.escalate, form={"reason": "Databases"})
        refused = shown(client, "error"), page(client).head.tier
        await client.send(EscalateState.escalate, form={"reason": "Databases"})

        assert "a message by N. Diaz" in refused[0]
        assert refused[1] == "T1"
        assert page(client).head.tier == "T2"

    play(scene)


def test_nobody_is_chosen_who_was_not_offered(desk: SupportDesk, play: Play):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(EscalateState.open_dialog)
        proposed = shown(client, "to")
        await client.send(EscalateState.choose_person, to=str(desk.people["executive"].person_id))
        await client.send(EscalateState.choose_kind, kind="automatic")

        assert shown(client, "to") == proposed
        assert shown(client, "kind") == "functional"

    play(scene)


def test_another_team_opens_no_dialog(desk: SupportDesk, play: Play):
    ref = desk.open("Kiosk").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", path(ref))
        await client.send(EscalateState.open_dialog)
        await client.send(EscalateState.escalate, form={"reason": "Mine"})

        assert client.toasts == ["You may not do that."]
        assert shown(client, "is_open") is False
        assert page(client).head.tier == "T1"

    play(scene)
