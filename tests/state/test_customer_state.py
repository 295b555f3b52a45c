"""A customer's pages: what they send, what refuses them, what a push brings."""

from typing import Any

import pytest

from escalation_app.live.changes import Change
from escalation_app.models import ComposerDraftRow
from escalation_app.services import tickets
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.customer_list import my_tickets
from escalation_app.state import customer as customer_module
from escalation_app.state.base import SessionState
from escalation_app.state.confirming import ConfirmState
from escalation_app.state.customer import CustomerListState, CustomerTicketState, NewTicketState
from tests.support.desk import SupportDesk, rows
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def the_list(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, customer_module, [CustomerListState.open_page])


@pytest.fixture
def the_form(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, customer_module, [NewTicketState.open_page])


@pytest.fixture
def the_ticket(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, customer_module, [CustomerTicketState.open_page])


def status(client: Client) -> Any:
    return client.shown(CustomerTicketState, "status")


def shown(client: Client, var: str) -> Any:
    return client.shown(CustomerTicketState, var)


def refs(client: Client) -> list[str]:
    return [row.ref for row in client.shown(CustomerListState, "page").rows]


def filled(client: Client, **changes: str) -> dict[str, str]:
    """The form of a new ticket, as the browser sends it."""
    whole = {
        "draft": str(client.shown(NewTicketState, "draft")),
        "subject": "Kiosks are dark",
        "text": "All of them, since 9.",
        "impact": "high",
        "urgency": "high",
    }
    return whole | changes


# The list


def test_the_list_turns_its_pages_and_shows_what_is_done(
    desk: SupportDesk, the_list: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("escalation_app.services.queries.customer_list.PAGE", 2)
    mine = []
    for number in range(3):
        desk.wait(seconds=1)
        mine.append(desk.open(str(number)).reference)
    done = desk.open("done").reference
    desk.act("agent", tickets.resolve, done)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/mine")
        seen = [refs(client)]
        for handler, arguments in (
            (CustomerListState.turn, {"pages": 1}),
            (CustomerListState.turn, {"pages": 1}),
            (CustomerListState.turn, {"pages": -1}),
            (CustomerListState.choose, {"view": "done"}),
        ):
            await client.send(handler, **arguments)
            seen.append(refs(client))

        assert seen == [mine[:0:-1], mine[:1], mine[:1], mine[:0:-1], [done]]

    the_list(scene)


def test_a_push_brings_a_new_ticket_of_the_organisation_to_its_lead(
    desk: SupportDesk, the_list: Play
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("lead", "/mine")
        ref = desk.open().reference
        await stage.push(client)

        state = await stage.state(client, CustomerListState)
        assert [row.ref for row in state.page.rows] == [ref]

    the_list(scene)


def test_the_list_wants_what_happens_to_its_organisation_alone(desk: SupportDesk, the_list: Play):
    halden = desk.people["customer"].organisation_id or 0

    async def scene(stage: Stage) -> None:
        await stage.enter("customer", "/mine")
        wants = stage.watching.slots["page"][3]

        assert wants(Change(organisations=frozenset({halden})))
        assert not wants(Change(frozenset({1}), frozenset({halden + 1}), frozenset({1})))

    the_list(scene)


# A new one


def test_a_new_ticket_is_opened_once_and_its_page_is_shown(desk: SupportDesk, the_form: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/mine/new")
        form = filled(client)
        await client.send(NewTicketState.send, form=form)
        await client.send(NewTicketState.send, form=form)

        rows = desk.see("customer", my_tickets).rows
        assert [row.subject for row in rows] == ["Kiosks are dark"]
        assert client.redirects == [f"/mine/{rows[0].ref}"]

    the_form(scene)


def test_the_form_says_what_the_answers_promise(desk: SupportDesk, the_form: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/mine/new")
        await client.send(NewTicketState.choose_impact, impact="high")
        before = client.shown(NewTicketState, "promise")
        await client.send(NewTicketState.choose_urgency, urgency="medium")

        assert before == ""
        assert client.shown(NewTicketState, "promise") == (
            "You get a first answer within 30 minutes and a solution within 24 hours."
        )

    the_form(scene)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"subject": "   "}, "The subject is empty"),
        ({"text": " \n "}, "The description is empty"),
        ({"impact": "apocalyptic"}, "Choose an impact and an urgency"),
    ],
)
def test_what_cannot_be_opened_says_why_and_stays_written(
    desk: SupportDesk, the_form: Play, changes: dict[str, str], problem: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/mine/new")
        draft = client.shown(NewTicketState, "draft")
        await client.send(NewTicketState.send, form=filled(client, **changes))

        assert problem in client.shown(NewTicketState, "error")
        assert client.shown(NewTicketState, "draft") == draft
        assert client.redirects == []
        assert desk.see("customer", my_tickets).total == 0

    the_form(scene)


# One of them


@pytest.mark.parametrize("wanted", ["T-9999999", "%00", "x" * 500, "../../etc"])
def test_an_unknown_reference_gets_the_page_that_says_so(
    desk: SupportDesk, the_ticket: Play, wanted: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{wanted}")

        assert shown(client, "is_missing") is True
        assert client.toasts == []

    the_ticket(scene)


def test_somebody_else_s_ticket_is_as_unknown_as_one_that_never_was(
    desk: SupportDesk, the_ticket: Play
):
    theirs = desk.open("Secret", by="stranger").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("lead", f"/mine/{theirs}")
        await client.send(CustomerTicketState.answer, form={"draft": "1", "text": "Mine now."})
        await client.send(CustomerTicketState.escalate, form={"draft": "0", "reason": ""})

        assert shown(client, "is_missing") is True
        assert "Secret" not in repr(client.frames)
        assert shown(client, "escalate_error").startswith("That ticket does not exist")

    the_ticket(scene)
    left = desk.see("stranger", customer_status, theirs, desk.now)
    assert (len(left.history), left.is_escalated) == (1, False)


def test_an_answer_is_added_once_and_empties_the_box(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        draft = shown(client, "draft")
        for _ in range(2):
            form = {"draft": str(draft), "text": "It is worse now."}
            await client.send(CustomerTicketState.answer, form=form)

        assert shown(client, "draft") == draft + 1
        assert shown(client, "said") == "Sent."
        texts = [item.text for item in status(client).history]
        assert texts.count("It is worse now.") == 1

    the_ticket(scene)


def test_an_empty_answer_is_refused_in_place(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        draft = shown(client, "draft")
        form = {"draft": str(draft), "text": "   "}
        await client.send(CustomerTicketState.answer, form=form)

        assert "empty" in shown(client, "error")
        assert shown(client, "draft") == draft

    the_ticket(scene)


def test_an_answer_opens_a_solved_ticket_again(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference
    desk.act("agent", tickets.resolve, ref)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        form = {"draft": str(shown(client, "draft")), "text": "Not fixed."}
        await client.send(CustomerTicketState.answer, form=form)

        assert shown(client, "said") == "Sent, and it is open again."
        assert status(client).can_escalate

    the_ticket(scene)


def test_that_it_works_is_said_with_a_click_and_can_be_taken_back(
    desk: SupportDesk, the_ticket: Play
):
    ref = desk.open().reference
    desk.act("agent", tickets.resolve, ref)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        before = status(client)
        assert before.can_confirm

        await client.send(ConfirmState.confirm)
        toast = client.shown(SessionState, "toasts")[-1]
        assert (toast.text, toast.undo) == (f"{ref} is closed.", "Undo")
        assert (status(client).is_closed, status(client).can_confirm) == (True, False)

        await client.send(ConfirmState.confirm)
        assert client.toasts[-1].startswith("This ticket is closed already")

        await client.send(SessionState.undo, key=toast.key)
        await client.send(CustomerTicketState.open_page)
        assert client.toasts[-1] == f"Undone. {ref} is not closed."
        assert status(client) == before

    the_ticket(scene)


@pytest.mark.parametrize("who", ["agent", "stranger"])
def test_somebody_else_cannot_say_that_it_works(desk: SupportDesk, the_ticket: Play, who: str):
    ref = desk.open().reference
    desk.act("agent", tickets.resolve, ref)

    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, f"/mine/{ref}")
        await client.send(ConfirmState.confirm)

        assert [toast.undo for toast in client.shown(SessionState, "toasts")] == [""]
        assert desk.see("customer", customer_status, ref, desk.now).is_resolved

    the_ticket(scene)


def test_what_was_just_done_is_said_until_there_is_news(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        form = {"draft": str(shown(client, "draft")), "text": "One thing more."}
        await client.send(CustomerTicketState.answer, form=form)
        desk.act("agent", tickets.write_note, ref, "Hm.")
        await stage.push(client)
        state = await stage.state(client, CustomerTicketState)
        assert state.said == "Sent."

        desk.act("agent", tickets.send_message, ref, "We look.")
        await stage.push(client)
        state = await stage.state(client, CustomerTicketState)
        assert state.said == ""

    the_ticket(scene)


def test_escalating_shows_who_answers_for_it(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        await client.send(CustomerTicketState.ask_to_escalate)
        asked = shown(client, "is_escalating")
        form = {"draft": "0", "reason": ""}
        await client.send(CustomerTicketState.escalate, form=form)
        await client.send(CustomerTicketState.escalate, form=form)

        assert asked is True
        assert shown(client, "is_escalating") is False
        assert status(client).is_escalated
        assert status(client).what_next[0].before == "L. Moreau answers for it and has been told."
        titles = [item.title for item in status(client).history]
        assert titles.count("You escalated") == 1

    the_ticket(scene)


def test_a_ticket_that_was_solved_meanwhile_says_why_it_is_not_escalated(
    desk: SupportDesk, the_ticket: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        await client.send(CustomerTicketState.ask_to_escalate)
        desk.act("agent", tickets.resolve, ref)
        form = {"draft": "0", "reason": "Slow."}
        await client.send(CustomerTicketState.escalate, form=form)

        assert "resolved" in shown(client, "escalate_error")
        assert shown(client, "is_escalating") is True
        assert status(client).is_resolved

    the_ticket(scene)


def test_a_push_brings_what_happened_and_nothing_internal(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        desk.act("agent", tickets.write_note, ref, "xMARKERx note")
        desk.act("agent", tickets.send_message, ref, "We look.")
        await stage.push(client)

        state = await stage.state(client, CustomerTicketState)
        assert state.status.history[0].text == "We look."
        assert "xMARKERx" not in repr(state)
        assert "xMARKERx" not in repr(state.status)

    the_ticket(scene)


def test_the_page_wants_what_happens_to_its_ticket_alone(desk: SupportDesk, the_ticket: Play):
    ticket = desk.open()

    async def scene(stage: Stage) -> None:
        await stage.enter("customer", f"/mine/{ticket.reference}")
        wants = stage.watching.slots["page"][3]

        assert wants(Change(tickets=frozenset({ticket.id})))
        assert not wants(Change(tickets=frozenset({ticket.id + 1})))

    the_ticket(scene)


def test_one_reader_s_page_is_never_pushed_to_another(desk: SupportDesk, the_ticket: Play):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        await stage.enter("customer", f"/mine/{ref}")
        own = stage.watching.slots["page"][0]
        await stage.enter("lead", f"/mine/{ref}")

        assert stage.watching.slots["page"][0] != own

    the_ticket(scene)


def test_earlier_history_comes_when_it_is_asked_for(
    desk: SupportDesk, the_ticket: Play, monkeypatch: pytest.MonkeyPatch
):
    ref = desk.open().reference
    for number in range(60):
        desk.act("customer", tickets.send_message, ref, str(number))

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        before = len(status(client).history), status(client).earlier
        await client.send(CustomerTicketState.show_earlier)

        assert before == (50, 11)
        assert (len(status(client).history), status(client).earlier) == (61, 0)

    the_ticket(scene)


@pytest.mark.parametrize("who", ["agent", "manager", "executive", "admin"])
def test_nobody_of_ours_uses_a_customer_s_pages(desk: SupportDesk, the_ticket: Play, who: str):
    ref = desk.open("Secret").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, f"/mine/{ref}")
        await client.send(CustomerListState.open_page)
        await client.send(NewTicketState.open_page)
        await client.send(CustomerTicketState.open_page)
        await client.send(CustomerTicketState.escalate, form={"draft": "0", "reason": ""})

        assert "Secret" not in repr(client.frames)
        assert "You may not do that." in client.toasts

    the_ticket(scene)


def test_what_is_typed_waits_for_its_writer_alone_until_it_is_sent(
    desk: SupportDesk, the_ticket: Play
):
    ref = desk.open().reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{ref}")
        draft = shown(client, "draft")
        await client.send(CustomerTicketState.keep, text="It is lamp 14", draft=draft)
        await client.send(CustomerTicketState.keep, text="From another box", draft=draft + 7)
        again = await stage.enter("customer", f"/mine/{ref}")
        other = await stage.enter("lead", f"/mine/{ref}")

        assert (shown(again, "kept"), shown(other, "kept")) == ("It is lamp 14", "")
        form = {"draft": str(shown(again, "draft")), "text": "It is lamp 14."}
        await again.send(CustomerTicketState.answer, form=form)
        assert shown(again, "kept") == ""
        last = await stage.enter("customer", f"/mine/{ref}")
        assert shown(last, "kept") == ""

    the_ticket(scene)


def test_nothing_is_kept_on_a_ticket_of_somebody_else_s(desk: SupportDesk, the_ticket: Play):
    theirs = desk.open("Secret", by="stranger").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", f"/mine/{theirs}")
        await client.send(CustomerTicketState.keep, text="Hello", draft=shown(client, "draft"))

        assert shown(client, "is_missing") is True

    the_ticket(scene)
    assert rows(desk, ComposerDraftRow) == []
