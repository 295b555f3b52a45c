import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
import reflex as rx

from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Permission, Role
from escalation_app.services.identity import end_sessions_of, sign_out
from escalation_app.services.unit_of_work import UnitOfWork
from escalation_app.state import guard as guard_module
from escalation_app.state.base import AppState, SessionState
from escalation_app.state.guard import allow, open_to_all
from tests.support.events import Client, Pipeline, pipeline
from tests.support.people import House


class Boards(AppState):
    shown: int = 0
    secret: str = ""
    _hidden: int = 5

    @rx.event
    @allow(Permission.BOARD_SEE)
    def show(self, number: int) -> None:
        self.shown = number

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def keep_secret(self) -> None:
        self.secret = f"marker of {(await self.actor()).name}"

    @rx.event
    @open_to_all
    def knock(self) -> None:
        self.shown += 1

    @rx.event(background=True)
    @allow(Permission.BOARD_SEE)
    async def show_later(self) -> None:
        actor = await self.actor()
        async with self:
            self.secret = actor.name
        await self.tell("Shown.")

    @rx.event
    @allow(Permission.SIGNED_IN)
    def chain(self) -> Any:
        return [Boards.show(7), Boards.show_later()]

    @rx.event
    def forgotten(self) -> None:
        self.shown = 100

    def undecorated(self, number: int) -> None:
        self.shown = number

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def refused_by_service(self) -> None:
        result = await self.call(_refuse, "word")
        self.secret = f"result {result}"

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def read_name(self) -> None:
        self.secret = await self.read(lambda session, actor: actor.name) or ""

    @rx.event
    @allow(Permission.SIGNED_IN)
    def sign_of_trouble(self) -> None:
        raise RuntimeError("internal words")


def _refuse(uow: UnitOfWork, word: str) -> None:
    raise Invalid(f"Not with that {word}.")


def _run(test: Callable[[Pipeline], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def go() -> None:
        async with pipeline(**options) as running:
            await test(running)

    asyncio.run(go())


async def _opened(running: Pipeline, cookie: str = "") -> Client:
    client = running.client(cookie)
    await client.open()
    return client


def test_a_permission_lets_its_holders_through(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.EXECUTIVE))

        await client.send(Boards.show, number=3)

        assert client.shown(Boards, "shown") == 3
        assert client.toasts == []

    _run(test)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.CUSTOMER_LEAD, Role.AGENT])
def test_others_are_told_that_they_may_not(house: House, role: Role):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(role))

        await client.send(Boards.show, number=3)

        assert client.shown(Boards, "shown") == 0
        assert client.toasts == ["You may not do that."]

    _run(test)


@pytest.mark.parametrize("cookie", ["", "made-up", "x" * 10_000, "é"])
def test_somebody_signed_out_is_sent_to_the_door_and_back_afterwards(house: House, cookie: str):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, cookie)
        client.path = "/queue"

        await client.send(Boards.show, number=3)

        assert client.redirects == ["/sign-in?next=%2Fqueue"]
        assert client.shown(Boards, "shown") == 0

    _run(test)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("forgotten", {}),
        ("undecorated", {"number": 9}),
        ("setvar", {"var_name": "shown", "value": 9}),
        ("setvar", {"var_name": "_bound", "value": "nobody"}),
    ],
)
def test_what_carries_no_permission_is_callable_by_nobody(
    house: House, name: str, payload: dict[str, Any]
):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.MANAGER))

        await client.send(f"{Boards.get_full_name()}.{name}", payload)

        assert client.shown(Boards, "shown") == 0
        assert client.toasts == ["You may not do that."]
        assert running.failures == []

    _run(test)


def test_helpers_of_a_state_are_no_events():
    public = {"actor", "call", "read", "tell", "client_token"}

    assert not public & (AppState.event_handlers.keys() | Boards.event_handlers.keys())


def test_chained_events_and_background_ones_are_guarded_one_by_one(house: House):
    async def test(running: Pipeline) -> None:
        agent = await _opened(running, house.token(Role.AGENT))
        manager = await _opened(running, house.token(Role.MANAGER))

        await agent.send(Boards.chain)
        await manager.send(Boards.chain)

        assert (agent.shown(Boards, "shown"), agent.shown(Boards, "secret")) == (0, "")
        assert agent.toasts == ["You may not do that."] * 2
        assert (manager.shown(Boards, "shown"), manager.toasts) == (7, ["Shown."])
        assert manager.shown(Boards, "secret") == "Manager One"

    _run(test)


def test_before_sign_in_only_what_is_open_to_all_runs(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running)

        await client.send(Boards.knock)
        await client.send(Boards.keep_secret)

        assert client.shown(Boards, "shown") == 1
        assert client.shown(Boards, "secret") == ""

    _run(test)


def test_a_session_that_ended_gets_nothing_more_and_loses_what_was_shown(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        await client.send(Boards.keep_secret)
        with house.database.writing() as session:
            sign_out(session, house.token(Role.AGENT), house.clock.utc_now())

        await client.send(Boards.keep_secret)

        assert client.redirects == ["/sign-in"]
        assert client.shown(Boards, "secret") == ""
        assert client.shown(SessionState, "is_signed_in") is False
        assert client.shown(SessionState, "me").name == ""

    _run(test)


@pytest.mark.parametrize("quiet_for", [timedelta(hours=8), timedelta(days=7)])
def test_a_session_left_alone_has_ended(house: House, quiet_for: timedelta):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        house.clock.advance(quiet_for)

        await client.send(Boards.keep_secret)

        assert client.redirects == ["/sign-in"]

    _run(test)


def test_who_has_a_tabs_token_but_not_its_cookie_gets_an_empty_tree(house: House):
    async def test(running: Pipeline) -> None:
        victim = await _opened(running, house.token(Role.EXECUTIVE))
        await victim.send(Boards.keep_secret)
        thief = running.client(house.token(Role.CUSTOMER), token=victim.token)

        await thief.open()

        assert "marker" not in repr(thief.frames)
        assert thief.shown(SessionState, "me").name == "Customer One"

    _run(test)


def test_a_stranger_with_a_tabs_token_learns_nothing(house: House):
    async def test(running: Pipeline) -> None:
        victim = await _opened(running, house.token(Role.EXECUTIVE))
        await victim.send(Boards.keep_secret)
        thief = running.client(token=victim.token)

        await thief.send(Boards.knock)

        assert "marker" not in repr(thief.frames)
        assert "Executive One" not in repr(thief.frames)

    _run(test)


def test_other_rights_wipe_what_the_old_ones_showed(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.EXECUTIVE))
        await client.send(Boards.keep_secret)
        with house.database.writing() as session:
            session.connection().exec_driver_sql(
                "UPDATE person_role SET role = 'agent' WHERE role = 'executive'"
            )

        await client.send(Boards.knock)

        assert client.shown(Boards, "secret") == ""
        assert client.shown(SessionState, "roles") == ["agent"]
        assert client.toasts == ["Your rights have changed. This page was read anew."]

    _run(test)


def test_a_session_is_seen_at_most_once_a_minute(house: House):
    def last_seen() -> str:
        with house.database.reading() as session:
            return (
                session.connection()
                .exec_driver_sql("SELECT max(last_seen_at) FROM auth_session")
                .scalar_one()
            )

    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        seen = [last_seen()]
        for _ in range(3):
            house.clock.advance(timedelta(seconds=30))
            await client.send(Boards.keep_secret)
            seen.append(last_seen())

        assert seen[0] == seen[1] < seen[2] == seen[3]

    _run(test)


@pytest.mark.parametrize("number", ["3", 3.0, None, True, [], {}, -1, 2**70, {"a": [1]}])
def test_a_wrong_argument_is_refused_in_words_and_changes_nothing(house: House, number: Any):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.MANAGER))

        await client.send(Boards.show, number=number)

        assert client.shown(Boards, "shown") == 0
        assert len(client.toasts) == 1 and "number must be" in client.toasts[0]
        assert running.failures == []

    _run(test)


@pytest.mark.parametrize("payload", [{}, {"number": 1, "more": 2}, [], "text", 3])
def test_missing_surplus_and_shapeless_arguments_are_refused(house: House, payload: Any):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.MANAGER))

        await client.send(Boards.show, payload)

        assert client.shown(Boards, "shown") == 0
        assert len(client.toasts) == 1
        assert running.failures == []

    _run(test)


def test_the_frameworks_own_events_take_no_arguments_of_a_clients_choice(house: House):
    async def test(running: Pipeline) -> None:
        client = running.client(house.token(Role.AGENT))
        state = f"{SessionState.get_full_name()}.home_rx_state_"

        await client.send(guard_module.HYDRATE_AND_LOAD, {"vars": {state: "/evil"}})
        await client.send(guard_module.HYDRATE_AND_LOAD, {"hashes": [{}]})
        await client.send(guard_module.HYDRATE_AND_LOAD, {"vars": {"nowhere.x": 1}, "hashes": None})
        await client.send(guard_module.SET_HYDRATED, {"value": {"a": 1}})
        await client.send(guard_module.FRONTEND_EXCEPTION, {"info": 1, "component_stack": []})

        assert client.shown(SessionState, "home") == "/queue"
        assert running.failures == []

    _run(test)


def test_browser_storage_is_not_a_way_in(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        name = (
            "reflex___state____state.reflex___state____update_vars_internal_state"
            ".update_vars_internal"
        )

        await client.send(name, vars={f"{Boards.get_full_name()}.shown": 9})

        assert client.shown(Boards, "shown") == 0
        assert client.toasts == ["You may not do that."]

    _run(test)


def test_a_page_of_others_is_left_before_its_handlers_run(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.CUSTOMER))
        client.path = "/tiers"

        await client.send(guard_module.ON_LOAD)

        assert client.redirects == ["/mine"]
        assert client.toasts == []

    _run(test, on_load=lambda path: [Boards.show(1)] if path == "/tiers" else [])


def test_opening_a_page_signed_out_shows_nothing_and_leads_to_the_door(house: House):
    async def test(running: Pipeline) -> None:
        client = running.client()

        await client.open("/tickets/T-1?tab=notes")

        assert client.redirects == ["/sign-in?next=%2Ftickets%2FT-1%3Ftab%3Dnotes"]
        assert client.shown(SessionState, "is_signed_in") is False

    _run(test)


def test_the_frame_knows_who_it_is_and_where(house: House):
    async def test(running: Pipeline) -> None:
        client = running.client(house.token(Role.MANAGER))

        await client.open("/tiers")

        nav = client.shown(SessionState, "nav")
        assert [(item.title, item.is_current) for item in nav] == [
            ("My work", False),
            ("Queue", False),
            ("Escalations", False),
            ("Tiers", True),
            ("Heatmap", False),
            ("Articles", False),
            ("Process", False),
        ]
        assert client.shown(SessionState, "me").initials == "MO"
        assert client.shown(SessionState, "home") == "/escalations"

    _run(test)


def test_what_a_service_refuses_is_told_in_its_words(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))

        await client.send(Boards.refused_by_service)

        assert client.toasts == ["Not with that word."]
        assert client.shown(Boards, "secret") == "result None"

    _run(test)


def test_a_query_is_asked_by_the_one_who_is_signed_in(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.ADMIN))

        await client.send(Boards.read_name)

        assert client.shown(Boards, "secret") == "Admin One"

    _run(test)


def test_a_toast_can_be_closed(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        await client.send(Boards.forgotten)
        toast = client.shown(SessionState, "toasts")[0]

        await client.send(SessionState.close_toast, key=toast.key)

        assert client.toasts == []

    _run(test)


def test_whoever_is_let_through_is_announced(house: House, monkeypatch: pytest.MonkeyPatch):
    accepted: list[tuple[str, str]] = []
    monkeypatch.setattr(
        guard_module,
        "on_accepted",
        [lambda token, key, actor: accepted.append((token, actor.name))],
    )

    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))

        await client.send(Boards.keep_secret)
        await client.send(Boards.show, number=1)

        assert accepted == [(client.token, "Agent One")]

    _run(test)


def test_ending_every_session_of_a_person_ends_this_one(house: House):
    async def test(running: Pipeline) -> None:
        client = await _opened(running, house.token(Role.AGENT))
        with house.database.writing() as session:
            ended = end_sessions_of(session, house.people[Role.AGENT].id, house.clock.utc_now())

        await client.send(Boards.keep_secret)

        assert ended == 1
        assert client.redirects == ["/sign-in"]

    _run(test)
