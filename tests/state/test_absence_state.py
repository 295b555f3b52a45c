"""Absences as a state: said, refused in the form, ended, and shown as others change them."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.live.changes import Change
from escalation_app.services import absences
from escalation_app.state import absences as absences_module
from escalation_app.state.absences import AbsenceState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

HOUR = timedelta(hours=1)


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, absences_module, [AbsenceState.open_page])


def away(client: Client, var: str = "page") -> Any:
    return client.shown(AbsenceState, var)


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


def test_what_others_say_of_who_is_away_is_pushed_and_the_form_stays(desk: SupportDesk, play: Play):
    gone, there = (desk.people[who].person_id for who in ("colleague", "agent"))

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/absences")
        form = away(client, "form")
        wants: Any = stage.watching.slots["page"][3]
        assert wants(Change(touches_absences=True))
        assert not wants(Change(tickets=frozenset({1})))

        until = desk.now + HOUR
        desk.act("manager", absences.set_absence, gone, desk.now, until, there, "Flu")
        await stage.push(client)

        state = await stage.state(client, AbsenceState)
        assert [(line.person.name, line.note) for line in state.page.others] == [("J. Lind", "Flu")]
        assert state.form == form

    play(scene)
