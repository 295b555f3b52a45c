"""The dialog that fills in the fields of a ticket, and the form of a new one."""

import pytest

from escalation_app.services import tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.fields import FieldsState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def form(**written: str) -> dict[str, list[str]]:
    return {"field_key": list(written), "field_value": list(written.values())}


def test_what_is_filled_in_stands_at_the_side_of_the_ticket(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(FieldsState.open_dialog)
        await client.send(FieldsState.fill, form=form(version="4.2", reproduced="perhaps"))
        refused = client.shown(FieldsState, "error"), client.shown(FieldsState, "is_open")
        await client.send(FieldsState.fill, form=form(version="4.2", reproduced="yes"))

        assert refused == ("Choose “We could reproduce it” from the list.", True)
        assert client.shown(FieldsState, "is_open") is False
        shown = {one.key: one.shown for one in client.shown(TicketState, "page").fields}
        assert (shown["version"], shown["reproduced"]) == ("4.2", "Yes")

    play(scene)


def test_who_is_too_late_is_told_and_can_still_insist(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(FieldsState.open_dialog)
        desk.act("colleague", tickets.fill_fields, ref, {"version": "5"}, {})
        mine = form(version="4", reproduced="")
        await client.send(FieldsState.fill, form=mine)
        error = client.shown(FieldsState, "error")
        await client.send(FieldsState.fill, form=mine)

        assert "“Version” changed while you were working on it" in error
        assert "New: Fields changed" in error
        shown = {one.key: one.value for one in client.shown(TicketState, "page").fields}
        assert shown["version"] == "4"

    play(scene)


def test_a_specialist_of_another_team_is_not_even_asked(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", f"/tickets/{ref}")
        await client.send(FieldsState.open_dialog)

        assert client.shown(FieldsState, "is_open") is False
        assert client.shown(TicketState, "page").may.can_fill is False

    play(scene)
