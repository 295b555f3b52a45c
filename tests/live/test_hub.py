import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
import reflex as rx
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Permission
from escalation_app.live import hub as hub_module
from escalation_app.live import shown as shown_module
from escalation_app.models import PersonRow
from escalation_app.services import threads, tickets
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.tables import columns
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from tests.support.live import House, Play, eventually, for_a_while

PEOPLE: Any = columns(PersonRow)
READS: list[object] = []
"""The scope of every read for a push."""

Pause = Callable[[], None]


def no_pause() -> None:
    """Reads take as long as they take."""


class Subjects(AppState):
    """A page with the subjects of all tickets its reader may see."""

    subjects: list[str] = []

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def open_page(self) -> None:
        await self._show()

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def open_slowly(self) -> None:
        await self._show(GATES["opening"].pass_through)

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def stay_busy(self) -> None:
        await GATES["busy"].pass_through()

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def write(self, subject: str) -> None:
        new = tickets.NewTicket(subject, "Please help.", "low", "low")
        if await self.call(tickets.open_ticket, new) is not None:
            self.subjects = [*self.subjects, subject]

    async def _show(self, pause: Any = None) -> None:
        actor = await self.actor()
        scope = ("subjects", *scope_key(actor))

        def load(session: Session) -> tuple[str, ...]:
            READS.append(scope)
            found = session.execute(
                select(TICKETS.c.subject).where(visible(actor)).order_by(TICKETS.c.id)
            )
            return tuple(found.scalars())

        def load_for_push(session: Session) -> tuple[str, ...]:
            found = load(session)
            PAUSE[0]()
            return found

        shown = await self.read(lambda session, _: load(session))
        if pause is not None:
            await pause()
        assert shown is not None
        self.subjects = list(shown)
        keep_live(
            self,
            "page",
            scope,
            load_for_push,
            _apply,
            lambda change: change.touches_tickets,
            shown,
            REST[0],
        )


async def _apply(root: rx.State, shown: tuple[str, ...]) -> None:
    if "cannot be shown" in shown[-1:]:
        raise RuntimeError("a fault of the page")
    cast(Subjects, await root.get_state(Subjects)).subjects = list(shown)


class Gate:
    """Where a handler waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.opened.wait()


GATES: dict[str, Gate] = {}
PAUSE: list[Pause] = [no_pause]
REST = [0.0]


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch):
    READS.clear()
    GATES.clear()
    PAUSE[0], REST[0] = no_pause, 0.0


def test_what_anybody_commits_appears_on_every_open_screen(play: Play):
    async def test(house: House) -> None:
        manager, agent = await house.open("manager"), await house.open("agent")
        await manager.send(Subjects.open_page)
        await agent.send(Subjects.open_page)

        house.desk.open("Ferry down")

        for client in (manager, agent):
            await eventually(lambda seen=client: seen.shown(Subjects, "subjects") == ["Ferry down"])

    play(test)


def test_equal_scopes_share_one_read(play: Play):
    async def test(house: House) -> None:
        clients = [await house.open("manager") for _ in range(5)]
        for client in clients:
            await client.send(Subjects.open_page)
        await for_a_while()
        READS.clear()

        house.desk.open("Ferry down")
        await eventually(lambda: all(client.shown(Subjects, "subjects") for client in clients))
        await for_a_while()

        assert len(READS) == 1

    play(test)


def test_nobody_is_pushed_what_is_not_theirs(play: Play):
    async def test(house: House) -> None:
        stranger, agent = await house.open("stranger"), await house.open("agent")
        await stranger.send(Subjects.open_page)
        await agent.send(Subjects.open_page)
        sent_before = len(stranger.frames)

        house.desk.open("Ferry down", by="customer")
        await eventually(lambda: agent.shown(Subjects, "subjects") == ["Ferry down"])
        await for_a_while()

        assert len(stranger.frames) == sent_before

    play(test)


def test_a_screen_that_shows_it_already_is_sent_nothing(play: Play):
    async def test(house: House) -> None:
        reference = house.desk.open("Ferry down").reference
        manager = await house.open("manager")
        await manager.send(Subjects.open_page)
        await for_a_while()
        sent_before = len(manager.frames)
        READS.clear()

        house.desk.act("agent", tickets.take, reference)
        await eventually(lambda: bool(READS))
        await for_a_while()

        assert len(manager.frames) == sent_before

    play(test)


def test_whoever_signs_out_is_hung_up_on_and_pushed_nothing_more(play: Play):
    async def test(house: House) -> None:
        leaving, staying = await house.open("manager"), await house.open("agent")
        await leaving.send(Subjects.open_page)
        await staying.send(Subjects.open_page)
        sent_before = len(leaving.frames)

        house.sign_out("manager")
        house.desk.open("Secret of tomorrow")
        await eventually(lambda: staying.shown(Subjects, "subjects") == ["Secret of tomorrow"])
        await eventually(lambda: house.tabs.hung_up == [leaving.sid])

        assert len(leaving.frames) == sent_before
        assert house.hub.clients == 1

    play(test)


def test_a_signed_out_socket_is_closed_even_if_nothing_else_happens(play: Play):
    async def test(house: House) -> None:
        client = await house.open("customer")
        await client.send(Subjects.open_page)
        await for_a_while()

        house.sign_out("customer")

        await eventually(lambda: house.tabs.hung_up == [client.sid], seconds=5)

    play(test)


def test_other_rights_than_at_the_door_end_the_connection(play: Play):
    async def test(house: House) -> None:
        client = await house.open("agent")
        await client.send(Subjects.open_page)

        with house.desk.database.writing() as session:
            agent = PEOPLE.c.id == house.desk.people["agent"].person_id
            session.execute(update(PersonRow).where(agent).values(team="field_support"))

        await eventually(lambda: house.tabs.hung_up == [client.sid])

    play(test)


def test_whoever_takes_over_a_token_gets_nothing_of_its_owner(play: Play):
    async def test(house: House) -> None:
        owner = await house.open("manager")
        await owner.send(Subjects.open_page)
        thief = house.running.client("", owner.token)
        house.tabs.connected[owner.token] = thief.sid

        house.desk.open("Secret of tomorrow")
        await for_a_while()

        await eventually(lambda: house.hub.clients == 0)
        assert thief.frames == []

    play(test)


def test_a_state_tree_that_expired_is_not_filled_for_whoever_comes_next(play: Play):
    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        sent_before = len(client.frames)
        house.running.manager.states.clear()

        house.desk.open("Secret of tomorrow")
        await eventually(lambda: house.tabs.hung_up == [client.sid])

        tree = await house.running.manager.get_state(
            rx.BaseStateToken(ident=client.token, cls=rx.State)
        )
        assert (await tree.get_state(Subjects)).subjects == []
        assert len(client.frames) == sent_before

    play(test)


def test_whoever_is_gone_is_forgotten(play: Play):
    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        assert house.hub.clients == 1

        del house.tabs.connected[client.token]

        await eventually(lambda: house.hub.clients == 0)

    play(test)


def test_a_push_does_not_undo_a_click_that_came_after_its_reading(play: Play):
    async def test(house: House) -> None:
        client = await house.open("customer")
        await client.send(Subjects.open_page)
        reading, may_go_on = threading.Event(), threading.Event()

        def pause() -> None:
            reading.set()
            may_go_on.wait(10)

        PAUSE[0] = pause
        house.desk.open("First", by="customer")
        await eventually(reading.is_set)

        await client.send(Subjects.write, subject="Second")
        sent_before = len(client.frames)
        PAUSE[0] = no_pause
        may_go_on.set()
        await eventually(lambda: client.shown(Subjects, "subjects") == ["First", "Second"])

        name = Subjects.get_full_name()
        shown = [frame.delta[name] for frame in client.frames[sent_before:] if frame.delta]
        assert shown == [{"subjects_rx_state_": ["First", "Second"]}]

    play(test)


def test_what_is_committed_while_a_page_is_read_is_not_missed(play: Play):
    async def test(house: House) -> None:
        gate = GATES["opening"] = Gate()
        manager, agent = await house.open("manager"), await house.open("agent")
        await agent.send(Subjects.open_page)
        opening = asyncio.create_task(manager.send(Subjects.open_slowly))
        await gate.reached.wait()

        house.desk.open("Ferry down")
        await eventually(lambda: agent.shown(Subjects, "subjects") == ["Ferry down"])
        gate.opened.set()
        await opening

        await eventually(lambda: manager.shown(Subjects, "subjects") == ["Ferry down"])

    play(test)


def test_a_slow_handler_keeps_nobody_else_waiting(play: Play):
    async def test(house: House) -> None:
        gate = GATES["busy"] = Gate()
        slow, quick = await house.open("manager"), await house.open("agent")
        await slow.send(Subjects.open_page)
        await quick.send(Subjects.open_page)
        working = asyncio.create_task(slow.send(Subjects.stay_busy))
        await gate.reached.wait()

        house.desk.open("First")
        await eventually(lambda: quick.shown(Subjects, "subjects") == ["First"])
        house.desk.open("Second")
        await eventually(lambda: quick.shown(Subjects, "subjects") == ["First", "Second"])
        gate.opened.set()
        await working

        await eventually(lambda: slow.shown(Subjects, "subjects") == ["First", "Second"])

    play(test)


@pytest.mark.parametrize(("courtesy", "comes_first"), [(60.0, True), (0.1, False)])
def test_whoever_waits_for_their_own_click_comes_first_but_not_for_ever(
    play: Play, monkeypatch: pytest.MonkeyPatch, courtesy: float, comes_first: bool
):
    monkeypatch.setattr(hub_module, "COURTESY", courtesy)

    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        await for_a_while()
        is_done = threading.Event()
        working = asyncio.create_task(threads.work(is_done.wait))
        await for_a_while()

        house.desk.open("Ferry down")
        if comes_first:
            await for_a_while()
            assert client.shown(Subjects, "subjects") == []
            is_done.set()
        await eventually(lambda: client.shown(Subjects, "subjects") == ["Ferry down"])
        is_done.set()
        await working

    play(test)


def test_a_page_that_is_left_is_not_read_for_any_more(play: Play):
    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        await for_a_while()
        READS.clear()

        house.hub.unwatch(client.token)
        house.desk.open("Ferry down")
        await for_a_while()

        assert READS == []

    play(test)


def test_a_screen_that_rests_is_read_rarely_and_ends_up_right(play: Play):
    async def test(house: House) -> None:
        REST[0] = 1.0
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        await for_a_while()
        READS.clear()

        subjects = [f"Number {number}" for number in range(8)]
        for subject in subjects:
            house.desk.open(subject)
            await asyncio.sleep(0.1)
        await eventually(lambda: client.shown(Subjects, "subjects") == subjects)

        assert len(READS) <= 3

    play(test)


def test_what_takes_long_to_read_is_read_the_less_often_and_ends_up_right(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shown_module, "CALM", 0.0)

    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        PAUSE[0] = lambda: time.sleep(0.06)
        house.desk.open("Number 0")
        await eventually(lambda: client.shown(Subjects, "subjects") == ["Number 0"])
        READS.clear()

        for number in range(1, 9):
            house.desk.open(f"Number {number}")
            await asyncio.sleep(0.1)
        subjects = [f"Number {number}" for number in range(9)]
        await eventually(lambda: client.shown(Subjects, "subjects") == subjects)

        assert len(READS) <= 4

    play(test)


def test_clicks_are_gathered_for_a_moment_and_what_the_engine_does_is_not(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shown_module, "CALM", 3.0)

    async def test(house: House) -> None:
        client = await house.open("manager")
        await client.send(Subjects.open_page)
        house.desk.open("First")
        await eventually(lambda: client.shown(Subjects, "subjects") == ["First"], seconds=5)

        house.desk.open("Second")
        await for_a_while()
        assert client.shown(Subjects, "subjects") == ["First"]
        house.desk.wait(hours=4)

        shown = ["First", "Second"]
        await eventually(lambda: client.shown(Subjects, "subjects") == shown, seconds=2)

    play(test)


@pytest.mark.parametrize("fault", ["reading", "showing"])
def test_a_fault_of_one_page_stops_no_other_and_heals(
    play: Play, fault: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub_module, "AFTER_FAILURE", 0.3)

    async def test(house: House) -> None:
        faulty, sound = await house.open("customer"), await house.open("agent")
        await faulty.send(Subjects.open_page)
        await sound.send(Subjects.open_page)
        faults = iter([True])

        def fail_once() -> None:
            if READS[-1][1] != "all" and next(faults, False):  # type: ignore[index]
                raise RuntimeError("a fault of the page")

        if fault == "reading":
            PAUSE[0] = fail_once
        first = "Ferry down" if fault == "reading" else "cannot be shown"
        house.desk.open(first)
        await eventually(lambda: "a fault of the page" in caplog.text)
        house.desk.open("Pier down")

        for client in (faulty, sound):
            await eventually(
                lambda seen=client: seen.shown(Subjects, "subjects") == [first, "Pier down"]
            )

    with caplog.at_level(logging.ERROR, "escalation_app.live"):
        play(test)
