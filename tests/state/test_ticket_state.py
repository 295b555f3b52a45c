"""A ticket's state: what people do on the page, what refuses them, what a push leaves alone."""

from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.live.changes import Change
from escalation_app.services import escalations, tickets
from escalation_app.state import ticket as ticket_module
from escalation_app.state.queue import QueueState
from escalation_app.state.reopening import ReopenState
from escalation_app.state.replies import RepliesState
from escalation_app.state.solving import SolveState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_acts import TicketActsState
from escalation_app.state.waiting import WaitState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, ticket_module, [TicketState.open_page])


def shown(client: Client, var: str = "page") -> Any:
    return client.shown(TicketState, var)


def written(client: Client, mode: str, text: str) -> dict[str, str]:
    """The composer with a text in one of its boxes."""
    return {"draft": str(shown(client, "draft")), "mode": mode, "reply": "", "note": "", mode: text}


def path(ref: str) -> str:
    return f"/tickets/{ref}"


@pytest.mark.parametrize("wanted", ["T-9999999", "", "%00", "x" * 500, "../../etc"])
def test_an_unknown_reference_gets_the_page_that_says_so(
    desk: SupportDesk, play: Play, wanted: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{wanted}")

        assert shown(client, "is_missing") is True
        assert client.toasts == []

    play(scene)


def test_one_ticket_is_not_shown_under_the_address_of_another(desk: SupportDesk, play: Play):
    first = desk.open("First")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(first.reference))
        await client.open(path("T-9999999"))

        assert shown(client, "is_missing") is True
        assert shown(client).head.subject == ""

    play(scene)


def test_taking_waiting_resuming_resolving_and_reopening(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        statuses: list[str] = []
        for handler, arguments in (
            (TicketActsState.take, {}),
            (WaitState.open_dialog, {"status": "waiting_supplier"}),
            (WaitState.wait, {"form": {}}),
            (TicketActsState.resume, {}),
            (SolveState.open_dialog, {}),
            (SolveState.resolve, {"form": {"tells": "on", "message": "Fixed."}}),
            (ReopenState.open_dialog, {}),
            (ReopenState.reopen, {"form": {"tells": "on", "message": "We look again."}}),
        ):
            await client.send(handler, **arguments)
            statuses.append(shown(client).head.status_name)

        assert statuses == [
            "In progress",
            "In progress",
            "Waiting for supplier",
            "In progress",
            "In progress",
            "Resolved",
            "Resolved",
            "In progress",
        ]
        assert shown(client).head.assignee.name == "A. Farouk"
        texts = {item.text for item in shown(client).timeline}
        assert {"Fixed.", "We look again."} <= texts

    play(scene)


def test_a_reply_is_public_a_note_is_not_and_each_empties_the_composer(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        drafts = [shown(client, "draft")]
        for mode, text in (("reply", "We look."), ("note", "Ask Sato.")):
            await client.send(TicketState.send, form=written(client, mode, text))
            drafts.append(shown(client, "draft"))

        assert [item.kind for item in shown(client).timeline[-2:]] == ["ours", "note"]
        assert len(set(drafts)) == 3

    play(scene)


def test_a_refused_message_stays_in_the_composer(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        before = shown(client, "draft")

        await client.send(TicketState.send, form=written(client, "reply", "   "))

        assert shown(client, "error") == "The message is empty. Write something first."
        assert shown(client, "draft") == before

    play(scene)


def test_a_reply_that_crosses_a_change_is_kept_and_the_change_is_named(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        reply = written(client, "reply", "Which port?")
        before = shown(client, "draft")
        desk.act("customer", tickets.send_message, ref, "It is port 14.")

        await client.send(TicketState.send, form=reply)

        assert "since you began, N. Diaz wrote." in shown(client, "error")
        assert shown(client, "is_overtaken") is True
        assert shown(client, "draft") == before
        assert shown(client).timeline[-1].text == "It is port 14."
        await client.send(TicketState.send, form=reply)
        assert shown(client, "error") == ""
        assert shown(client).timeline[-1].text == "Which port?"

    play(scene)


def test_a_gap_of_a_template_is_asked_about_once_before_it_is_sent(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        for text in ("We know so far: ...", "It is port 14, and: ..."):
            reply = written(client, "reply", text)
            await client.send(TicketState.send, form=reply)
            assert shown(client, "error").startswith("Not sent yet")
            assert shown(client, "has_gap") is True
            assert not any(item.text == text for item in shown(client).timeline)

        await client.send(TicketState.send, form=reply)
        assert (shown(client, "error"), shown(client, "has_gap")) == ("", False)
        assert shown(client).timeline[-1].text == "It is port 14, and: ..."
        await client.send(TicketState.send, form=written(client, "note", "Hm ..."))
        assert shown(client).timeline[-1].text == "Hm ..."

    play(scene)


def test_a_macro_asks_about_a_gap_too(desk: SupportDesk, play: Play):
    ref = desk.open(impact="high", urgency="low").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(RepliesState.offer)
        await client.send(RepliesState.open_macro, key="ask_and_wait")
        await client.send(RepliesState.run_macro, form={"message": "We know: ..."})
        assert client.shown(RepliesState, "error").startswith("Not sent yet")
        assert client.shown(RepliesState, "is_open")

        await client.send(RepliesState.run_macro, form={"message": "We know: ..."})
        assert not client.shown(RepliesState, "is_open")
        assert any(item.text == "We know: ..." for item in shown(client).timeline)

    play(scene)


def test_a_push_leaves_the_composer_alone(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        before = shown(client, "draft")
        desk.act("colleague", tickets.take, ref)

        await stage.push(client)

        state = await stage.state(client, TicketState)
        assert state.page.head.assignee.name == "J. Lind"
        assert state.draft == before

    play(scene)


def test_a_ticket_that_moves_away_leaves_what_is_written(desk: SupportDesk, play: Play):
    ref = desk.open().reference
    kind = EscalationKind.FUNCTIONAL

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        before = shown(client, "draft")
        desk.act("manager", escalations.escalate, ref, kind, "Databases")
        await stage.push(client)
        after = await stage.state(client, TicketState)
        stands = (after.composer, after.draft)

        await client.send(TicketState.send, form=written(client, "reply", "Which port?"))
        refused = shown(client, "error")
        await client.send(TicketState.send, form=written(client, "note", "Which port?"))

        assert stands == ("both", before)
        assert refused == "You may not do that."
        assert shown(client, "composer") == "notes"

    play(scene)


@pytest.mark.parametrize(("written_so_far", "then"), [("", "both"), ("I know this", "notes")])
def test_the_box_for_a_reply_comes_with_the_right_to_it_unless_it_would_empty_that_of_a_note(
    desk: SupportDesk, play: Play, written_so_far: str, then: str
):
    ref = desk.open().reference
    kind = EscalationKind.FUNCTIONAL

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", path(ref))
        before, draft = shown(client, "composer"), shown(client, "draft")
        await client.send(TicketState.keep_note, text=written_so_far, draft=draft)

        desk.act("manager", escalations.escalate, ref, kind, "Databases")
        await stage.push(client)

        pushed = (await stage.state(client, TicketState)).composer
        await client.send(TicketState.send, form=written(client, "note", "I know this."))
        assert (before, pushed, shown(client, "composer")) == ("notes", then, "both")

    play(scene)


def test_only_changes_of_this_ticket_are_wanted(desk: SupportDesk, play: Play):
    ticket, other = desk.open(), desk.open()

    async def scene(stage: Stage) -> None:
        await stage.enter("agent", path(ticket.reference))
        wants = stage.watching.slots["page"][3]

        assert wants(Change(tickets=frozenset({ticket.id})))
        assert not wants(Change(tickets=frozenset({other.id})))

    play(scene)


def test_what_was_typed_is_there_after_a_reload_and_gone_once_it_is_sent(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        draft = shown(client, "draft")
        await client.send(TicketState.keep_reply, text="We are loo", draft=draft)
        await client.send(TicketState.keep_note, text="Ask Sato", draft=draft)
        again = await stage.enter("agent", path(ref))
        other = await stage.enter("colleague", path(ref))

        await again.send(TicketState.send, form=written(again, "reply", "We are looking."))
        third = await stage.enter("agent", path(ref))

        assert kept(again) == ("", "", "reply")
        assert kept(third) == ("", "Ask Sato", "note")
        assert kept(other) == ("", "", "reply")

    play(scene)


def kept(client: Client) -> tuple[str, str, str]:
    return tuple(shown(client, name) for name in ("kept_reply", "kept_note", "kept_mode"))  # type: ignore[return-value]


def test_a_text_that_arrives_after_it_was_sent_is_not_kept(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        draft = shown(client, "draft")
        await client.send(TicketState.send, form=written(client, "reply", "Once."))

        await client.send(TicketState.keep_reply, text="Once.", draft=draft)
        again = await stage.enter("agent", path(ref))

        assert kept(again) == ("", "", "reply")

    play(scene)


def test_a_reply_pressed_twice_is_sent_once(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        form = written(client, "reply", "Once.")

        await client.send(TicketState.send, form=form)
        await client.send(TicketState.send, form=form)

        assert [item.text for item in shown(client).timeline if item.kind == "ours"] == ["Once."]

    play(scene)


def test_a_reply_begun_before_a_change_is_refused_though_the_change_was_shown(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(TicketState.keep_reply, text="Which", draft=shown(client, "draft"))
        desk.act("colleague", tickets.send_message, ref, "It is port 14.")
        await stage.push(client)

        await client.send(TicketState.send, form=written(client, "reply", "Which port?"))
        refused = (shown(client, "error"), shown(client, "is_overtaken"))
        again = await stage.enter("agent", path(ref))
        await again.send(TicketState.send, form=written(again, "reply", "Which port?"))

        assert "J. Lind answered the customer" in refused[0]
        assert refused[1] is True
        assert shown(again, "error") == ""
        assert shown(again).timeline[-1].text == "Which port?"

    play(scene)


def test_a_macro_is_shown_before_it_runs_and_runs_once(desk: SupportDesk, play: Play):
    ref = desk.open(impact="high", urgency="low").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(RepliesState.offer)
        await client.send(RepliesState.open_macro, key="no_such")
        assert not client.shown(RepliesState, "is_open")
        await client.send(RepliesState.open_macro, key="ask_and_wait")
        assert client.shown(RepliesState, "is_open")
        assert shown(client).head.status == "new"

        await client.send(RepliesState.run_macro, form={"message": "Send me the log."})

        assert not client.shown(RepliesState, "is_open")
        assert shown(client).head.status == "waiting_customer"
        assert client.toasts == ["Ask for logs and wait: done."]

    play(scene)


def test_a_note_is_taken_whatever_happened(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        desk.act("colleague", tickets.send_message, ref, "It is port 14.")

        await client.send(TicketState.send, form=written(client, "note", "Aha."))

        assert shown(client, "error") == ""
        assert shown(client).timeline[-1].text == "Aha."

    play(scene)


def test_a_ticket_is_given_to_somebody_of_the_team(desk: SupportDesk, play: Play):
    ref = desk.open().reference
    colleague = str(desk.people["colleague"].person_id)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(TicketActsState.open_dialog)
        offered = [one.value for one in client.shown(TicketActsState, "people")]

        await client.send(TicketActsState.assign, form={"assignee": colleague})

        assert colleague in offered
        assert shown(client).head.assignee.name == "J. Lind"
        assert not client.shown(TicketActsState, "is_open")
        assert client.toasts == [f"J. Lind has {ref} now."]

    play(scene)


@pytest.mark.parametrize("chosen", ["", "x", "-1", "²", "999999", "9" * 15])
def test_nobody_else_can_be_chosen(desk: SupportDesk, play: Play, chosen: str):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        await client.send(TicketActsState.open_dialog)

        await client.send(TicketActsState.assign, form={"assignee": chosen})

        assert client.shown(TicketActsState, "is_open")
        assert client.shown(TicketActsState, "error") != ""
        assert shown(client).head.assignee.name == ""

    play(scene)


def test_an_agent_of_another_team_may_note_but_not_act(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("specialist", path(ref))
        await client.send(TicketActsState.take)
        await client.send(SolveState.resolve, form={})
        await client.send(TicketState.send, form=written(client, "reply", "Hello"))
        await client.send(TicketState.send, form=written(client, "note", "I know this one."))

        assert client.toasts == ["You may not do that."]
        assert client.shown(SolveState, "error") == "You may not do that."
        assert shown(client).head.status == "new"
        assert [item.kind for item in shown(client).timeline] == ["event", "theirs", "note"]

    play(scene)


@pytest.mark.parametrize(
    ("handler", "arguments"),
    [
        ("send", {"form": "text"}),
        ("send", {"form": {"draft": "1", "note": ["a"], "mode": "note"}}),
        ("send", {"form": {"draft": "1", "note": "a", "mode": "shout"}}),
        ("send", {"form": {"mode": "reply"}}),
        ("send", {"form": {"draft": "1", "note": "x" * 1_000_000}}),
        ("send", {"form": {"draft": "1", "note": "a", "author_id": 3}}),
        ("keep_reply", {"text": "a", "draft": "1"}),
        ("keep_note", {"text": ["a"], "draft": 1}),
    ],
)
def test_wrong_arguments_get_an_answer_and_change_nothing(
    desk: SupportDesk, play: Play, handler: str, arguments: dict[str, Any]
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        before = shown(client)

        await client.send(getattr(TicketState, handler), arguments)

        assert client.toasts[0].startswith("That could not be read")
        assert shown(client) == before

    play(scene)


@pytest.mark.parametrize(
    ("handler", "arguments"),
    [
        (WaitState.open_dialog, {"status": "closed"}),
        (WaitState.open_dialog, {"status": 2}),
        (TicketActsState.assign, {"form": {"assignee": 2}}),
        (TicketActsState.take, {"reference": "T-1"}),
    ],
)
def test_wrong_arguments_of_an_act_get_an_answer_too(
    desk: SupportDesk, play: Play, handler: Any, arguments: dict[str, Any]
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        before = shown(client)

        await client.send(handler, arguments)

        assert client.toasts[0].startswith("That could not be read")
        assert shown(client) == before

    play(scene)


def test_earlier_messages_come_fifty_at_a_time(desk: SupportDesk, play: Play):
    ref = desk.open().reference
    for number in range(60):
        desk.act("agent", tickets.write_note, ref, f"Note {number}")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", path(ref))
        first = (len(shown(client).timeline), shown(client).earlier)

        await client.send(TicketState.show_earlier)

        assert first == (50, 12)
        assert (len(shown(client).timeline), shown(client).earlier) == (62, 0)

    play(scene)


def test_the_way_back_leads_to_the_queue_it_was_opened_from(
    desk: SupportDesk, play: Play, monkeypatch: pytest.MonkeyPatch
):
    ticket = desk.open()
    monkeypatch.setattr("escalation_app.state.queue.keep_live", lambda *_: None)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue?view=nobody")
        await client.send(QueueState.open_page)

        await client.open(path(ticket.reference))

        assert shown(client, "back_url") == "/queue?view=nobody"
        assert shown(client, "back_words") == "Nobody's yet"
        assert shown(client).head.position == "1 of 1"

    play(scene)
