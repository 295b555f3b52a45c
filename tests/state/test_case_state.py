"""A case's state: what a push shows, what refuses, and what a dialog keeps while it does."""

from datetime import timedelta
from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from escalation_app.state import case as case_module
from escalation_app.state.case import CaseState
from escalation_app.state.case_dialogs import CaseDialogState
from escalation_app.state.keeping import KeepingState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

HOUR = timedelta(hours=1)


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, case_module, [CaseState.open_page])


def escalated(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def page(client: Client) -> Any:
    return client.shown(CaseState, "page")


def dialog(client: Client, var: str) -> Any:
    return client.shown(CaseDialogState, var)


@pytest.mark.parametrize("wanted", ["T-9999999", "", "%00", "x" * 500, "../../etc"])
def test_what_is_no_case_gets_the_page_that_says_so(desk: SupportDesk, play: Play, wanted: str):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{wanted}")

        assert client.shown(CaseState, "is_missing") is True
        assert client.toasts == []

    play(scene)


def test_a_push_shows_what_others_did(desk: SupportDesk, play: Play):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("executive", f"/cases/{ref}")
        desk.act("manager", escalations.acknowledge, ref)

        await stage.push(client)

        state = await stage.state(client, CaseState)
        assert state.page.head.acknowledged.before == "L. Moreau"

    play(scene)


@pytest.mark.parametrize("due", ["", "tomorrow", "2026-03-02T14:00", "9999-01-01T00:00:00Z"])
def test_what_is_no_day_and_time_is_said_in_the_dialog(desk: SupportDesk, play: Play, due: str):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_oblige)
        form = {"person": "1", "text": "Look", "due": due, "role": ""}

        await client.send(CaseDialogState.oblige, form=form)

        assert dialog(client, "error") == "Choose a day and a time."
        assert dialog(client, "dialog") == "oblige"
        assert page(client).duties == ()

    play(scene)


def test_a_doubtful_promise_stays_in_its_dialog_until_a_reason_is_given(
    desk: SupportDesk, play: Play
):
    ref = escalated(desk)
    me = str(desk.people["manager"].person_id)
    form = {"text": "A patch", "due": (desk.now + 9 * HOUR).isoformat(), "owner": me}

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_promise)
        opened = dialog(client, "form")

        await client.send(CaseDialogState.promise, form=form)
        assert dialog(client, "doubts") == ["The ticket is to be resolved before then."]
        assert (dialog(client, "form"), page(client).promises) == (opened, ())
        await client.send(CaseDialogState.forget_doubts)
        assert (dialog(client, "doubts"), dialog(client, "dialog")) == ([], "promise")
        await client.send(CaseDialogState.promise, form={**form, "override": "They can wait"})
        await client.send(CaseDialogState.promise, form={**form, "override": "A second click"})

        assert dialog(client, "dialog") == ""
        assert [one.override for one in page(client).promises] == ["They can wait"]

    play(scene)


def test_a_promise_that_moves_is_named_in_what_the_customer_is_proposed_to_read(
    desk: SupportDesk, play: Play
):
    ref = escalated(desk)
    desk.act("manager", cases.make_promise, ref, "A patch.", desk.now + HOUR)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_renegotiate, number=1)

        assert dialog(client, "message").endswith("By {until}: A patch.")

    play(scene)


def test_a_word_to_the_customer_that_crosses_a_change_is_refused(desk: SupportDesk, play: Play):
    ref = escalated(desk)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_update)
        desk.act("customer", tickets.send_message, ref, "It works again.")

        await client.send(CaseDialogState.update_customer, form={"text": "Still at it."})

        assert "since you began, N. Diaz wrote" in dialog(client, "error")
        assert page(client).said[0].text == "It works again."
        await client.send(CaseDialogState.update_customer, form={"text": "Good to hear."})
        assert page(client).said[0].text == "Good to hear."

    play(scene)


def test_leaders_are_named_together(desk: SupportDesk, play: Play):
    ref = escalated(desk)
    manager, executive = (str(desk.people[who].person_id) for who in ("manager", "executive"))

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_lead)
        for form in (
            {"manager": manager, "executive": "x"},
            {"manager": manager, "executive": executive},
        ):
            await client.send(CaseDialogState.lead, form=form)

        assert dialog(client, "dialog") == ""
        assert page(client).head.sponsor.name == "D. Ames"

    play(scene)


def test_a_promise_is_told_unless_that_is_unticked_and_so_is_that_it_was_kept(
    desk: SupportDesk, play: Play
):
    ref = escalated(desk)
    me = str(desk.people["manager"].person_id)
    form = {"text": "A list", "due": (desk.now + HOUR / 2).isoformat(), "owner": me}

    async def scene(stage: Stage) -> None:
        client = await stage.enter("manager", f"/cases/{ref}")
        await client.send(CaseDialogState.open_promise)
        proposed = dialog(client, "message")
        await client.send(CaseDialogState.promise, form={**form, "tells": "on", "message": " "})
        assert "untick" in dialog(client, "error")
        told = {**form, "tells": "on", "message": proposed}
        await client.send(CaseDialogState.promise, form=told)
        assert (
            page(client).said[0].text == "We promise you, by 12:30 on Monday 2 March (UTC): A list."
        )

        await client.send(KeepingState.open_dialog, reference=ref, number=1)
        kept = client.shown(KeepingState, "made").message
        await client.send(KeepingState.keep, form={"tells": "on", "message": kept})
        await client.send(CaseState.show_earlier)
        assert page(client).promises[0].state == "kept"
        assert page(client).said[0].text == "As promised: A list."

        await client.send(CaseDialogState.open_promise)
        await client.send(CaseDialogState.promise, form={**form, "message": proposed})
        assert (dialog(client, "dialog"), len(page(client).said)) == ("", 4)

    play(scene)
