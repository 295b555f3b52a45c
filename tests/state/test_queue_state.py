"""The queue's state: its address decides, held rows stay, chosen ones can be taken."""

from typing import Any

import pytest

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations, tickets
from escalation_app.state import queue as queue_module
from escalation_app.state.base import SessionState
from escalation_app.state.queue import QueueState
from escalation_app.state.queue_bulk import QueueBulkState
from escalation_app.state.queue_views import QueueViewsState
from escalation_app.views.queue import QueuePage
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, queue_module, [QueueState.open_page])


def refs(page: QueuePage) -> list[str]:
    return [row.ref for row in page.rows]


def shown(client: Client, var: str = "page") -> Any:
    return client.shown(QueueState, var)


def test_the_address_decides_what_is_shown(desk: SupportDesk, play: Play):
    urgent = desk.open("Urgent")
    desk.open("Slow", urgency="low")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue?severity=1&q=urgent")

        assert refs(shown(client)) == [urgent.reference]
        assert shown(client, "search") == "urgent"
        assert [chip.key for chip in shown(client, "chips")] == ["tier", "severity", "search"]

    play(scene)


@pytest.mark.parametrize(
    ("handler", "arguments", "address"),
    [
        ("set_filter", {"key": "severity", "value": "2"}, "/queue?severity=2"),
        ("set_filter", {"key": "tier", "value": ""}, "/queue?tier=all"),
        ("remove_filter", {"key": "tier"}, "/queue?tier=all"),
        ("look_for", {"text": "  two   words "}, "/queue?q=two+words"),
        ("set_filter", {"key": "age", "value": "7"}, "/queue?age=7"),
        ("set_filter", {"key": "assignee", "value": "me"}, "/queue?assignee=me"),
        ("toggle_filter", {"key": "status", "value": "open"}, "/queue?status=open"),
        ("sort_by", {"key": "opened"}, "/queue?sort=opened"),
        ("sort_by", {"key": "time"}, "/queue?sort=-time"),
        ("sort_by", {"key": "password"}, "/queue?view=open"),
        ("clear_chips", {}, "/queue?tier=all"),
        ("clear_filters", {}, "/queue?view=open"),
        ("open_view", {"key": "over"}, "/queue?view=over"),
    ],
)
def test_what_is_asked_for_becomes_an_address(
    desk: SupportDesk, play: Play, handler: str, arguments: dict[str, str], address: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")

        await client.send(getattr(QueueState, handler), **arguments)

        assert client.redirects == [address]

    play(scene)


def test_what_is_asked_for_quickly_adds_up(desk: SupportDesk, play: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")

        await client.send(QueueState.toggle_filter, key="severity", value="1")
        await client.send(QueueState.toggle_filter, key="severity", value="2")
        await client.send(QueueState.toggle_filter, key="status", value="open")

        assert client.redirects[-1] == "/queue?severity=1%2C2&status=open"

    play(scene)


@pytest.mark.parametrize(
    ("handler", "arguments"),
    [
        ("set_filter", {"key": "password_hash", "value": "x"}),
        ("set_filter", {"key": "tier", "value": ["2"]}),
        ("set_filter", {"key": "tier"}),
        ("look_for", {"text": {"a": 1}}),
        ("toggle_filter", {"key": "tier", "value": "1"}),
        ("move_column", {"key": "tier", "step": 5}),
        ("look_for", {"text": "x" * 100_000}),
        ("choose", {"reference": None}),
        ("choose", {"reference": -1}),
        ("let_go", {"stays": "yes"}),
        ("open_page", {"actor": "manager"}),
    ],
)
def test_wrong_arguments_get_an_answer_and_change_nothing(
    desk: SupportDesk, play: Play, handler: str, arguments: dict[str, Any]
):
    desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        before = shown(client)

        await client.send(getattr(QueueState, handler), arguments)

        assert client.toasts[0].startswith("That could not be read")
        assert shown(client) == before
        assert client.redirects == []

    play(scene)


def test_a_customer_has_no_queue(desk: SupportDesk, play: Play):
    desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/queue")

        await client.send(QueueState.open_page)

        assert refs(shown(client)) == []

    play(scene)


def test_a_change_elsewhere_shows_at_once_and_is_marked(desk: SupportDesk, play: Play):
    first = desk.open("First", urgency="low")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        second = desk.open("Second")

        await stage.push(client)

        state = await stage.state(client, QueueState)
        assert refs(state.page) == [second.reference, first.reference]
        assert [row.is_fresh for row in state.page.rows] == [True, False]
        assert state.news == 0

    play(scene)


def test_while_a_row_has_the_focus_values_change_in_place_and_nothing_moves(
    desk: SupportDesk, play: Play
):
    slow, fast = desk.open("Slow", urgency="low"), desk.open("Fast")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        await client.send(QueueState.hold)
        desk.act("colleague", tickets.take, slow.reference)
        desk.act("colleague", tickets.resolve, fast.reference)
        new = desk.open("New")

        await stage.push(client)

        held = await stage.state(client, QueueState)
        assert refs(held.page) == [fast.reference, slow.reference]
        assert held.page.rows[1].assignee.name == "J. Lind"
        assert held.news == 2
        await client.send(QueueState.show_news)
        assert refs(shown(client)) == [new.reference, slow.reference]
        assert shown(client, "news") == 0

    play(scene)


def test_rows_move_when_the_focus_leaves_them_but_not_between_two_of_them(
    desk: SupportDesk, play: Play
):
    desk.open("Slow", urgency="low")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        await client.send(QueueState.hold)
        new = desk.open("New")
        await stage.push(client)

        await client.send(QueueState.let_go, stays=True)
        between = len((await stage.state(client, QueueState)).page.rows)
        await client.send(QueueState.let_go, stays=False)

        assert between == 1
        assert refs(shown(client))[0] == new.reference

    play(scene)


def test_chosen_rows_are_held_too(desk: SupportDesk, play: Play):
    ticket = desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        await client.send(QueueState.choose, reference=ticket.reference)
        desk.open("New")

        await stage.push(client)

        assert refs((await stage.state(client, QueueState)).page) == [ticket.reference]
        await client.send(QueueState.clear_chosen)
        assert len(shown(client).rows) == 2

    play(scene)


def test_only_rows_of_the_page_can_be_chosen(desk: SupportDesk, play: Play):
    desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")

        await client.send(QueueState.choose, reference="T-9")

        assert shown(client, "chosen") == []

    play(scene)


def test_many_are_taken_at_once_and_those_refused_stay_chosen(desk: SupportDesk, play: Play):
    mine, gone = desk.open("Mine"), desk.open("Gone")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        for ticket in (mine, gone):
            await client.send(QueueState.choose, reference=ticket.reference)
        desk.act("manager", escalations.escalate, gone.reference, EscalationKind.FUNCTIONAL, "Up")

        await client.send(QueueBulkState.take_chosen)

        assert client.toasts == ["1 ticket is yours now."]
        (toast,) = client.shown(SessionState, "toasts")
        assert toast.text == f"Not taken: {gone.reference}: You may not do that."
        assert shown(client, "chosen") == []
        assert shown(client).rows[0].assignee.name == "A. Farouk"

    play(scene)


def test_the_last_act_is_undone_from_its_toast_and_only_once(desk: SupportDesk, play: Play):
    first, second = desk.open("First"), desk.open("Second")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        for ticket in (first, second):
            await client.send(QueueState.choose, reference=ticket.reference)
            await client.send(QueueBulkState.take_chosen)
        old, new = client.shown(SessionState, "toasts")
        assert (old.undo, new.undo) == ("", "Undo")

        await client.send(SessionState.undo, key=old.key)
        await client.send(SessionState.undo, key=new.key)
        await client.send(SessionState.undo, key=new.key)

        assert client.toasts[-3:] == [
            "That cannot be taken back any more.",
            "Undone for 1 ticket.",
            "That cannot be taken back any more.",
        ]
        await stage.push(client)
        state = await stage.state(client, QueueState)
        assert [row.assignee.name for row in state.page.rows] == ["A. Farouk", ""]

    play(scene)


def test_all_rows_are_chosen_and_let_go_at_once(desk: SupportDesk, play: Play):
    opened = [desk.open(name).reference for name in ("One", "Two")]

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")

        await client.send(QueueState.choose_all)
        assert shown(client, "chosen") == opened
        await client.send(QueueState.choose_all)
        assert shown(client, "chosen") == []

    play(scene)


def test_tags_are_asked_for_and_put_on_and_what_can_be_none_is_refused(
    desk: SupportDesk, play: Play
):
    ticket = desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue?columns=tags")
        await client.send(QueueState.choose, reference=ticket.reference)
        await client.send(QueueBulkState.open_tag)

        await client.send(QueueBulkState.tag, form={"added": "a;b", "removed": ""})
        assert client.shown(QueueBulkState, "error").startswith("A tag may have letters")
        await client.send(QueueBulkState.tag, form={"added": "VIP, night shift"})

        assert client.toasts == ["1 ticket is tagged."]
        assert shown(client).rows[0].tags == ("night-shift", "vip")

    play(scene)


def test_a_saved_view_is_opened_changed_kept_and_deleted(desk: SupportDesk, play: Play):
    desk.open("Urgent")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue?severity=1")
        await client.send(QueueViewsState.open_save)
        await client.send(QueueViewsState.submit, form={"name": "Fires", "shared_with": ""})
        (address,) = client.redirects
        await client.open(address)
        assert (shown(client, "title"), shown(client, "saved").is_changed) == ("Fires", False)

        await client.open(address + "&sort=-opened")
        assert shown(client, "saved").is_changed
        await client.send(QueueViewsState.keep_changes)
        assert not shown(client, "saved").is_changed
        await client.send(QueueViewsState.begin_here)
        await client.open("/queue")
        assert "sort=-opened" in client.redirects[-1]

        await client.open(client.redirects[-1])
        await client.send(QueueViewsState.delete_view)
        toast = client.shown(SessionState, "toasts")[-1]
        assert toast.title == "View Fires is deleted."
        await client.send(SessionState.undo, key=toast.key)
        assert client.toasts[-1] == "Fires is back."

    play(scene)


def test_a_refused_name_keeps_the_dialog_open(desk: SupportDesk, play: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        await client.send(QueueViewsState.open_save)

        await client.send(
            QueueViewsState.submit, form={"name": "Mine", "shared_with": "no_such_team"}
        )

        assert client.shown(QueueViewsState, "dialog") == "save"
        assert client.shown(QueueViewsState, "error").startswith("You can share")
        assert client.redirects == []

    play(scene)


def test_columns_are_kept_for_the_person_and_for_a_view_in_its_address(
    desk: SupportDesk, play: Play
):
    desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")
        await client.send(QueueState.toggle_column, key="tags")
        await client.send(QueueState.move_column, key="tags", step=-1)
        again = await stage.enter("agent", "/queue")
        assert [one.key for one in shown(again, "columns")][-2:] == ["tags", "contact"]

        await client.open("/queue?columns=tier,tags")
        await client.send(QueueState.toggle_column, key="tier")
        assert client.redirects == ["/queue?columns=tags"]
        await client.open("/queue?columns=tags")
        await client.send(QueueState.toggle_column, key="tags")
        assert len(client.redirects) == 1

    play(scene)


def test_a_customer_that_is_written_out_becomes_a_filter(desk: SupportDesk, play: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/queue")

        await client.send(QueueState.look_for_customer, text="hal")
        assert [one.label for one in shown(client, "customers")] == ["Halden Ferries"]
        await client.send(QueueState.look_for_customer, text="halden ferries")

        assert client.redirects == ["/queue?customer=halden"]

    play(scene)


def test_an_executive_sees_the_queue_and_takes_nothing(desk: SupportDesk, play: Play):
    ticket = desk.open()

    async def scene(stage: Stage) -> None:
        client = await stage.enter("executive", "/queue")
        await client.send(QueueState.choose, reference=ticket.reference)

        await client.send(QueueBulkState.take_chosen)

        assert client.toasts == ["You may not do that."]
        assert shown(client).rows[0].assignee.name == ""

    play(scene)
