"""One's own work as a state: what is done on the spot, and what refuses."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from escalation_app.state import work as work_module
from escalation_app.state.base import SessionState
from escalation_app.state.work import WorkState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

HOUR = timedelta(hours=1)


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, work_module, [WorkState.open_page])


def owing(desk: SupportDesk, who: str = "specialist") -> str:
    """A case to which somebody owes something."""
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    person = desk.people[who].person_id
    desk.act("manager", cases.give_obligation, ref, person, "Look", desk.now + HOUR)
    return ref


def page(client: Client) -> Any:
    return client.shown(WorkState, "page")


def test_an_obligation_is_accepted_blocked_and_done_on_the_spot(desk: SupportDesk, play: Play):
    ref = owing(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", "/work")
        await client.send(WorkState.accept, reference=ref, number=1)
        assert page(client).duties[0].state == "accepted"
        await client.send(WorkState.open_blocked, reference=ref, number=1)
        assert client.shown(WorkState, "subject") == "Look"
        await client.send(WorkState.block, form={"reason": "No access"})
        assert page(client).duties[0].note == "Blocked: No access"
        assert client.shown(WorkState, "blocking") == ""
        await client.send(WorkState.finish, reference=ref, number=1)
        assert page(client).duties == ()

    play(scene)


def test_what_was_said_of_an_obligation_is_taken_back(desk: SupportDesk, play: Play):
    ref = owing(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", "/work")
        before = page(client).duties
        for handler, said in ((WorkState.accept, "Accepted"), (WorkState.finish, "Done")):
            await client.send(handler, reference=ref, number=1)
            toast = client.shown(SessionState, "toasts")[-1]
            assert (toast.title, toast.undo) == (f"{said}: Look", "Undo")
            await client.send(SessionState.undo, key=toast.key)
            await client.send(WorkState.open_page)

            assert page(client).duties == before
            assert client.toasts[-1] == f"Undone. It is owed to {ref} as before."

    play(scene)


def test_nobody_does_what_others_owe(desk: SupportDesk, play: Play):
    ref = owing(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/work")

        await client.send(WorkState.finish, reference=ref, number=1)

        assert client.toasts == ["This is for somebody else to do."]

    play(scene)


def test_an_acknowledgement_is_taken_back_on_the_spot(desk: SupportDesk, play: Play):
    ref = owing(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", "/work")
        before = [one.key for one in page(client).asked]
        await client.send(WorkState.acknowledge, reference=ref)
        between = page(client).asked
        toast = client.shown(SessionState, "toasts")[-1]
        await client.send(SessionState.undo, key=toast.key)
        await client.send(WorkState.open_page)

        assert (toast.title, toast.undo) == (f"{ref} is acknowledged.", "Undo")
        assert (before, between) == ([ref], ())
        assert [one.key for one in page(client).asked] == [ref]

    play(scene)
