"""The dialog that grades a ticket: what it foresees, and what it refuses."""

import pytest

from escalation_app.services import tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.grading import GradingState
from escalation_app.state.ticket import TicketState
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def form(why: str = "", severity: str = "", impact: str = "low") -> dict[str, str]:
    return {
        "category": "Payments",
        "impact": impact,
        "urgency": "low",
        "severity": severity,
        "why": why,
    }


def test_what_is_chosen_is_foreseen_before_it_is_done(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(GradingState.open_dialog)
        before = client.shown(GradingState, "preview")
        await client.send(GradingState.choose_impact, impact="low")
        foreseen = client.shown(GradingState, "preview")
        await client.send(GradingState.choose_severity, severity="2")

        assert before.changes == ()
        assert foreseen.severity == "S3"
        assert client.shown(GradingState, "preview").severity == "S2"
        assert client.shown(TicketState, "page").head.severity == "S1"

    play(scene)


def test_without_a_reason_it_stays_open_and_with_one_it_is_graded(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(GradingState.open_dialog)
        await client.send(GradingState.grade, form=form())
        refused = client.shown(GradingState, "error"), client.shown(GradingState, "is_open")
        await client.send(GradingState.grade, form=form("One person only"))

        assert refused == ("Another severity needs a reason. Say why.", True)
        assert client.shown(GradingState, "is_open") is False
        assert client.shown(TicketState, "page").head.severity == "S4"

    play(scene)


@pytest.mark.parametrize(
    ("impact", "severity"), [("huge", ""), ("low", "9"), ("low", "S1x")], ids=str
)
def test_what_the_process_does_not_know_is_refused(
    desk: SupportDesk, play: Play, impact: str, severity: str
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(GradingState.open_dialog)
        await client.send(GradingState.grade, form=form("", severity, impact))

        assert client.shown(GradingState, "error") != ""
        assert client.shown(TicketState, "page").head.severity == "S1"

    play(scene)


def test_a_ticket_that_changed_meanwhile_is_refused(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(GradingState.open_dialog)
        desk.act("customer", tickets.send_message, ref, "Only one desk.")
        await client.send(TicketState.show_earlier)
        await client.send(GradingState.grade, form=form("One person only"))

        assert "a message by N. Diaz" in client.shown(GradingState, "error")
        assert client.shown(TicketState, "page").head.severity == "S1"

    play(scene)


def test_another_team_opens_no_dialog(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", f"/tickets/{ref}")
        await client.send(GradingState.open_dialog)
        await client.send(GradingState.grade, form=form("Mine"))

        assert client.toasts == ["You may not do that."]
        assert client.shown(GradingState, "error") == "You may not do that."
        assert client.shown(TicketState, "page").head.severity == "S1"

    play(scene)
