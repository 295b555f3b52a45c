"""A hub over real state trees and both databases; only the sockets under it are not real."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import reflex as rx
from reflex.state import StateUpdate

from escalation_app import db, settings
from escalation_app.clock import utc_now
from escalation_app.live.hub import Hub, live
from escalation_app.live.sockets import Sockets
from escalation_app.services.identity import begin_session, sign_out
from escalation_app.state.guard import on_accepted
from tests.support.desk import SupportDesk, support_desk
from tests.support.events import Client, Pipeline, pipeline


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupportDesk]:
    """A process whose settings name a database with a support organisation in it."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    settings.settings.cache_clear()
    db.database.cache_clear()
    with support_desk(db.database()) as desk:
        yield desk
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


class Tabs(Sockets):
    """The tabs of a pipeline: a message is a frame in a list, and a hang-up is noted."""

    def __init__(self, running: Pipeline) -> None:
        self._running = running
        self.connected: dict[str, str] = {}
        self.hung_up: list[str] = []

    def sid_of(self, token: str) -> str | None:
        return self.connected.get(token)

    def changing(self, token: str) -> AbstractAsyncContextManager[Any]:
        return self._changing(token)

    async def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)

    @asynccontextmanager
    async def _changing(self, token: str) -> AsyncGenerator[Any]:
        key = rx.BaseStateToken(ident=token, cls=rx.State)
        async with self._running.manager.modify_state(key) as root:
            yield root
            delta = await root._get_resolved_delta()
            root._clean()
            if delta:
                await self._running.emit_update(StateUpdate(delta=delta), token)


@dataclass(slots=True)
class House:
    """A running hub and the people who are connected."""

    desk: SupportDesk
    hub: Hub
    tabs: Tabs
    running: Pipeline
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    def cookie(self, who: str) -> str:
        """The session of one of the desk's people, begun at the first call."""
        if who not in self.cookies:
            person_id = self.desk.people[who].person_id
            assert person_id is not None
            with self.desk.database.writing() as session:
                self.cookies[who] = begin_session(session, person_id, utc_now())
        return self.cookies[who]

    async def open(self, who: str, token: str | None = None) -> Client:
        """Somebody's new tab, connected and hydrated; `token` to take over another tab's."""
        client = self.running.client(self.cookie(who), token)
        self.tabs.connected[client.token] = client.sid
        await client.open()
        return client

    def sign_out(self, who: str) -> None:
        with self.desk.database.writing() as session:
            sign_out(session, self.cookies.pop(who), utc_now())


Play = Callable[[Callable[[House], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def play(desk: SupportDesk) -> Play:
    """Runs a test's coroutine in a house; nothing may fail in it unseen."""

    async def go(test: Callable[[House], Coroutine[Any, Any, None]]) -> None:
        async with pipeline() as running:
            tabs = Tabs(running)
            async with live(tabs, desk.database) as hub:
                before, on_accepted[:] = list(on_accepted), [hub.accepted]
                try:
                    await test(House(desk, hub, tabs, running))
                finally:
                    on_accepted[:] = before

    return lambda test: asyncio.run(go(test))


async def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def for_a_while() -> None:
    """Long enough for several rounds of the hub."""
    await asyncio.sleep(0.5)
