"""A page's state behind the real pipeline, with pushes played by hand."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

import pytest
import reflex as rx
from reflex.state import BaseState

from escalation_app import db, settings
from escalation_app.services.identity import begin_session
from tests.support.desk import SupportDesk, support_desk
from tests.support.events import Client, Pipeline, pipeline

S = TypeVar("S", bound=BaseState)


@dataclass(slots=True)
class Watching:
    """What a page asked to be kept live: the latest of each slot."""

    slots: dict[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])

    def keep_live(self, state: Any, slot: str, *rest: Any, **more: Any) -> None:
        """In place of state.frame.keep_live."""
        self.slots[slot] = rest


@dataclass(slots=True)
class Stage:
    """A desk, the pipeline in front of it, and the page that is under test."""

    desk: SupportDesk
    running: Pipeline
    watching: Watching

    async def enter(self, who: str, path: str) -> Client:
        """Open a page as somebody, in a tab of their own."""
        actor = self.desk.people[who]
        assert actor.person_id is not None
        with self.desk.database.writing() as session:
            cookie = begin_session(session, actor.person_id, self.desk.now)
        client = self.running.client(cookie)
        await client.open(path)
        return client

    async def push(self, client: Client, slot: str = "page") -> None:
        """What the hub does after a commit: read a part of the page anew and put it in place."""
        _, load, apply, *_ = self.watching.slots[slot]
        with self.desk.reading() as session:
            payload = load(session)
        token = rx.BaseStateToken(ident=client.token, cls=rx.State)
        async with self.running.manager.modify_state(token) as root:
            await apply(root, payload)

    async def state(self, client: Client, kind: type[S]) -> S:
        """A client's state as it is on the server."""
        token = rx.BaseStateToken(ident=client.token, cls=rx.State)
        root = await self.running.manager.get_state(token)
        return await root.get_state(kind)


Play = Callable[[Callable[[Stage], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def desk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupportDesk]:
    """A support organisation in the database that settings name."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("PUBLIC_URL", "http://localhost:8000")
    settings.settings.cache_clear()
    db.database.cache_clear()
    with support_desk(db.database()) as found:
        yield found
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


def playing(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, module: ModuleType, on_load: list[Any]
) -> Play:
    """Plays a scene on a stage whose pages load `on_load`, and fails when a handler failed."""
    watching = Watching()
    monkeypatch.setattr(module, "keep_live", watching.keep_live)

    def play(scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            async with pipeline(on_load=lambda path: on_load) as running:
                await scene(Stage(desk, running, watching))
                assert running.failures == []

        asyncio.run(go())

    return play
