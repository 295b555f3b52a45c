"""An admin's pages and the process: who may open them, what they show, what they follow."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from escalation_app.engine import heartbeat
from escalation_app.engine.heartbeat import Beat
from escalation_app.live.changes import Change
from escalation_app.models import OutboxRow
from escalation_app.services.people import NewPerson, add_person
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.tables import columns
from escalation_app.state import admin as admin_module
from escalation_app.state.admin import EngineState, OutboxState, PeopleState, ProcessState
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

WATCHING = (
    (PeopleState, "/people"),
    (EngineState, "/engine"),
    (OutboxState, "/outbox"),
)


@pytest.fixture
def people(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, admin_module, [PeopleState.open_page])


@pytest.fixture
def engine(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, admin_module, [EngineState.open_page])


@pytest.fixture
def outbox(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, admin_module, [OutboxState.open_page])


@pytest.fixture
def process(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, admin_module, [ProcessState.open_page])


def names(client: Client) -> list[str]:
    return [row.person.name for row in client.shown(PeopleState, "page").rows]


def write(desk: SupportDesk, number: int, state: str) -> None:
    row = {
        "dedupe_key": f"test {number}",
        "channel": "email",
        "person_id": desk.people["manager"].person_id,
        "kind": "sla_breached",
        "data": {},
        "state": state,
        "created_at": desk.now,
        "attempts": 0,
        "lease_owner": "",
        "note": "",
    }
    with desk.database.writing() as session:
        session.execute(insert(columns(OutboxRow)).values(row))


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive"])
def test_only_an_admin_reads_these_pages(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, who: str
):
    play = playing(desk, monkeypatch, admin_module, [])

    async def scene(stage: Stage) -> None:
        for state, path in WATCHING:
            client = await stage.enter(who, path)
            await client.send(state.open_page)

            assert client.toasts == ["You may not do that."]
            assert not client.shown(state, "is_loaded")
        assert stage.watching.slots == {}

    play(scene)


def test_people_are_searched_and_turned_page_by_page(
    desk: SupportDesk, people: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("escalation_app.services.queries.admin.PAGE", 4)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/people")
        await client.send(PeopleState.turn, pages=1)
        second = names(client)
        await client.send(PeopleState.look_for, words="halden")
        found = names(client)
        await client.open("/people")

        assert len(second) == 4
        assert found == ["B. Solberg", "N. Diaz"]
        assert names(client)[0] == "A. Farouk"
        assert client.shown(PeopleState, "search") == ""

    people(scene)


def test_a_search_that_is_too_long_is_refused(desk: SupportDesk, people: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/people")
        await client.send(PeopleState.look_for, words="x" * 101)

        assert "may have 100 characters" in client.toasts[0]

    people(scene)


def test_somebody_who_is_added_appears_by_a_push(desk: SupportDesk, people: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/people")
        with desk.database.writing() as session:
            add_person(session, NewPerson("new", "n@x.org", "A. A", frozenset()), desk.now)
        await stage.push(client)

        state = await stage.state(client, PeopleState)
        assert state.page.rows[0].person.name == "A. A"

    people(scene)


def test_a_heartbeat_is_followed_though_it_leaves_no_event(desk: SupportDesk, engine: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/engine")
        before = client.shown(EngineState, "engine").heartbeat_at
        wants: Any = stage.watching.slots["page"][3]
        at = desk.now + timedelta(seconds=2)
        with desk.database.writing() as session:
            heartbeat.beat(session, Beat("host:1", at, desk.now))
        await stage.push(client)

        assert before == ""
        assert wants(Change())
        assert (await stage.state(client, EngineState)).engine.heartbeat_at == at.isoformat()

    engine(scene)


def test_the_new_time_of_an_engine_is_confirmed_by_its_button(desk: SupportDesk, engine: Play):
    with desk.database.writing() as session:
        until = desk.now + timedelta(minutes=1)
        heartbeat.beat(session, Beat("host:1", desk.now, desk.now, held_until=until))

    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/engine")
        (before,) = client.shown(EngineState, "engine").beats
        await client.send(EngineState.confirm, engine="host:1")
        (after,) = client.shown(EngineState, "engine").beats

        assert (before.may_confirm, after.may_confirm) == (True, False)

    engine(scene)


def test_the_outbox_shows_the_state_that_was_chosen_and_follows_it(desk: SupportDesk, outbox: Play):
    write(desk, 1, "dead")
    write(desk, 2, "sent")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/outbox")
        everything = len(client.shown(OutboxState, "page").rows)
        await client.send(OutboxState.choose, state="dead")
        chosen = [row.state for row in client.shown(OutboxState, "page").rows]
        write(desk, 3, "dead")
        await stage.push(client)

        assert everything == 2
        assert chosen == ["dead"]
        assert len((await stage.state(client, OutboxState)).page.rows) == 2

    outbox(scene)


def states_shown(client: Client) -> list[str]:
    return [row.state for row in client.shown(OutboxState, "page").rows]


def test_a_dead_message_is_tried_again_by_its_button(desk: SupportDesk, outbox: Play):
    write(desk, 1, "dead")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/outbox")
        (row,) = client.shown(OutboxState, "page").rows
        await client.send(OutboxState.retry, number=row.number)

        assert row.may_retry
        assert client.toasts == ["It is tried again at once."]
        assert states_shown(client) == ["pending"]
        await client.send(OutboxState.retry, number=row.number)
        assert "not dead or kept any more" in client.toasts[1]

    outbox(scene)


def test_all_dead_ones_of_a_channel_are_tried_again_at_once(desk: SupportDesk, outbox: Play):
    for number in range(3):
        write(desk, number, "dead")

    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/outbox")
        await client.send(OutboxState.choose, state="dead")
        (way,) = client.shown(OutboxState, "page").stuck_by
        await client.send(OutboxState.retry_all, channel=way.value)

        assert (way.label, way.hint) == ("E-mail", "3")
        assert client.toasts == ["3 messages are tried again at once."]
        assert states_shown(client) == []
        assert client.shown(OutboxState, "page").stuck_by == ()

    outbox(scene)


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive"])
def test_only_an_admin_presses_try_again(desk: SupportDesk, outbox: Play, who: str):
    write(desk, 1, "dead")

    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, "/nowhere")
        await client.send(OutboxState.retry, number=1)
        await client.send(OutboxState.retry_all, channel="email")

        assert [*client.toasts[-2:]] == ["You may not do that."] * 2
        watcher = await stage.enter("admin", "/outbox")
        assert states_shown(watcher) == ["dead"]

    outbox(scene)


@pytest.mark.parametrize("state", ["lost", "dead'--", None, ["dead"], 1])
def test_a_state_that_does_not_exist_changes_nothing(
    desk: SupportDesk, outbox: Play, state: object
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/outbox")
        await client.send(OutboxState.choose, state=state)

        assert "is none of the choices" in client.toasts[0]
        assert client.shown(OutboxState, "page").state == ""

    outbox(scene)


@pytest.mark.parametrize("pages", [2, -2, "1", None, 10**12])
def test_a_page_is_turned_one_at_a_time(desk: SupportDesk, outbox: Play, pages: object):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("admin", "/outbox")
        await client.send(OutboxState.turn, pages=pages)

        assert client.toasts[0].startswith("That could not be read: pages")

    outbox(scene)


@pytest.mark.parametrize(
    ("who", "has_tiers"),
    [
        ("customer", False),
        ("lead", False),
        ("agent", True),
        ("manager", True),
        ("executive", True),
        ("admin", True),
    ],
)
def test_everybody_reads_the_process_as_it_is_made_for_them(
    desk: SupportDesk, process: Play, who: str, has_tiers: bool
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, "/process")
        keys = [section.key for section in client.shown(ProcessState, "document").sections]

        assert ("tiers" in keys) is has_tiers
        assert "plans" in keys
        assert has_tiers is ("Service desk" in repr(client.frames))

    process(scene)


def test_a_new_version_of_the_process_appears_by_a_push(desk: SupportDesk, process: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("customer", "/process")
        changed = shipped_document().replace("close_after: 5d", "close_after: 3d")
        with desk.database.writing() as session:
            publish(session, changed, "test", desk.now)
        await stage.push(client)

        state = await stage.state(client, ProcessState)
        assert state.document.version == 2
        assert "after 3 days" in repr(state.document)

    process(scene)


def test_staff_and_customers_never_share_a_reading_of_the_process(desk: SupportDesk, process: Play):
    async def scene(stage: Stage) -> None:
        scopes = []
        for who in ("customer", "lead", "agent", "admin"):
            await stage.enter(who, "/process")
            scopes.append(stage.watching.slots["page"][0])

        assert scopes[0] == scopes[1] != scopes[2] == scopes[3]

    process(scene)
