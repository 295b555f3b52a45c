"""One's own work and absences as states: what is done on the spot, and what refuses."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from escalation_app.state import work as work_module
from escalation_app.state.absences import AbsenceState
from escalation_app.state.work import WorkState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

HOUR = timedelta(hours=1)


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, work_module, [WorkState.open_page, AbsenceState.open_page])


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


def away(client: Client, var: str = "page") -> Any:
    return client.shown(AbsenceState, var)


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


def test_nobody_does_what_others_owe(desk: SupportDesk, play: Play):
    ref = owing(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/work")

        await client.send(WorkState.finish, reference=ref, number=1)

        assert client.toasts == ["This is for somebody else to do."]

    play(scene)


def test_an_absence_is_saved_ended_and_refused_in_the_form(desk: SupportDesk, play: Play):
    me, there = (str(desk.people[who].person_id) for who in ("agent", "colleague"))
    form = {
        "person": me,
        "since": desk.now.isoformat(),
        "until": (desk.now + 9 * HOUR).isoformat(),
        "substitute": there,
        "note": "Dentist",
    }

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/absences")
        await client.send(AbsenceState.set_absence, form={**form, "until": ""})
        assert away(client, "error") == "Choose a day and a time."
        await client.send(AbsenceState.set_absence, form={**form, "person": there})
        assert away(client).others == ()
        await client.send(AbsenceState.set_absence, form=form)
        (line,) = away(client).mine
        assert (line.substitute, line.note, line.is_now) == ("J. Lind", "Dentist", True)
        await client.send(AbsenceState.end, key=line.key)
        assert away(client).mine == ()

    play(scene)
