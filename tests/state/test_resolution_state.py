"""The dialog that resolves an escalated ticket: what it asks, keeps and refuses."""

from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import ResolutionRow
from escalation_app.services import escalations
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.state import ticket as ticket_module
from escalation_app.state.base import SessionState
from escalation_app.state.resolution import ResolutionState
from escalation_app.state.solving import SolveState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk, rows
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

FORM: dict[str, Any] = {
    "held": ["customer_told", "team_told", "recorded", "cause_analysed", "knowledge_noted"],
    "cause": "A certificate had run out.",
    "side": "business",
    "cause_category": "process",
    "prevention": "Watch certificates.",
    "prevention_on": "2026-03-09",
    "closing": "It works again.",
}


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


@pytest.fixture
def ref(desk: SupportDesk) -> str:
    """An escalated ticket under the process as it is shipped."""
    with desk.database.writing() as session:
        publish(session, shipped_document(), "test", desk.now)
    opened = desk.open("Kiosk").reference
    desk.act("agent", escalations.escalate, opened, EscalationKind.HIERARCHICAL, "Authority")
    return opened


def test_what_is_missing_is_named_and_what_was_filled_in_is_kept(
    desk: SupportDesk, play: Play, ref: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(ResolutionState.open_dialog)
        form = {**FORM, "held": ["recorded"], "prevention": "", "prevention_on": ""}
        await client.send(ResolutionState.resolve, form=form)
        error = client.shown(ResolutionState, "error")
        await client.send(ResolutionState.close_dialog)
        await client.send(ResolutionState.open_dialog)

        assert "4 of the 5 criteria are not ticked" in error and "root cause" not in error
        asked = client.shown(ResolutionState, "asked")
        assert [one.key for one in asked.criteria if one.is_held] == ["recorded"]
        assert asked.cause == "A certificate had run out."
        assert client.shown(TicketState, "page").head.status == "open"

    play(scene)


def test_with_everything_it_is_resolved_and_the_customer_reads_why(
    desk: SupportDesk, play: Play, ref: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        gated = client.shown(TicketState, "page").may.is_gated
        await client.send(ResolutionState.open_dialog)
        form = {**FORM, "prevention_owner": str(desk.people["manager"].person_id)}
        await client.send(ResolutionState.resolve, form=form)

        page = client.shown(TicketState, "page")
        assert gated and client.shown(ResolutionState, "error") == ""
        assert client.shown(ResolutionState, "is_open") is False
        assert page.head.status == "resolved"
        assert any(item.text == "It works again." for item in page.timeline)

    play(scene)

    assert rows(desk, ResolutionRow)[0].prevention == "Watch certificates."


@pytest.mark.parametrize(
    ("who", "then"), [("agent", "a manager publishes it."), ("manager", "then publish it.")]
)
def test_who_drafts_an_article_is_told_what_they_can_do_with_it(
    desk: SupportDesk, play: Play, ref: str, who: str, then: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, f"/tickets/{ref}")
        await client.send(ResolutionState.open_dialog)
        owner = str(desk.people["manager"].person_id)
        form = {**FORM, "prevention_owner": owner, "article": "yes"}
        await client.send(ResolutionState.resolve, form=form)

        (toast,) = client.shown(SessionState, "toasts")
        assert (toast.title, toast.text) == (
            "An article is drafted.",
            f"Look it through, {then}",
        )

    play(scene)


@pytest.mark.parametrize(
    "wrong", [{"prevention_on": "soon"}, {"prevention_owner": "x"}, {"prevention_owner": "999999"}]
)
def test_a_date_or_an_owner_that_is_none_is_refused(
    desk: SupportDesk, play: Play, ref: str, wrong: dict[str, str]
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(ResolutionState.open_dialog)
        await client.send(ResolutionState.resolve, form={**FORM, **wrong})

        assert "owner" in client.shown(ResolutionState, "error") or "owns" in client.shown(
            ResolutionState, "error"
        )
        assert client.shown(TicketState, "page").head.status == "open"

    play(scene)


def test_the_plain_dialog_does_not_go_around_the_criteria(desk: SupportDesk, play: Play, ref: str):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(SolveState.open_dialog)
        await client.send(SolveState.resolve, form={"tells": "on", "message": "Done."})

        assert "cannot be resolved yet" in client.shown(SolveState, "error")
        assert client.shown(TicketState, "page").head.status == "open"

    play(scene)


def test_another_team_opens_no_dialog(desk: SupportDesk, play: Play, ref: str):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", f"/tickets/{ref}")
        await client.send(ResolutionState.open_dialog)
        await client.send(ResolutionState.resolve, form=FORM)

        assert client.toasts == ["You may not do that."]
        assert client.shown(TicketState, "page").head.status == "open"

    play(scene)
