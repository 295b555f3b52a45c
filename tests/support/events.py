"""Events through the real pipeline: processor, guard, state trees; no browser and no socket."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event, EventHandler
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from escalation_app.state.guard import HYDRATE_AND_LOAD, Guard


@dataclass(slots=True)
class Client:
    """A browser tab as the server sees it. `cookie` is what its socket was opened with."""

    pipeline: "Pipeline"
    cookie: str = ""
    path: str = "/"
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    sid: str = field(default_factory=lambda: str(uuid.uuid4()))
    frames: list[StateUpdate] = field(default_factory=list[StateUpdate])

    async def send(self, handler: Any, payload: Any = None, /, **arguments: Any) -> None:
        """Send an event, by its handler or its name, and wait for all that follows from it.

        Raises what a handler raised, unless the pipeline only notes it.
        """
        name = format_event_handler(handler) if isinstance(handler, EventHandler) else handler
        event = Event(
            name=name,
            payload=arguments if payload is None else payload,
            router_data={
                "pathname": self.path,
                "asPath": self.path,
                "query": {},
                "headers": {"cookie": f"other=1; sid={self.cookie}" if self.cookie else ""},
                "token": self.token,
                "sid": self.sid,
            },
        )
        future = await self.pipeline.processor.enqueue(self.token, event)
        with contextlib.suppress(*([Exception] if self.pipeline.only_notes_failures else [])):
            await future.wait_all()
        await asyncio.sleep(0)

    async def open(self, path: str = "/") -> None:
        """Connect on a page."""
        self.path = path
        await self.send(HYDRATE_AND_LOAD)

    def shown(self, state: type[BaseState], var: str) -> Any:
        """The last value of a variable the client was sent; None when it was sent none."""
        value = None
        for frame in self.frames:
            vars_ = (frame.delta or {}).get(state.get_full_name(), {})
            value = vars_.get(f"{var}_rx_state_", value)
        return value

    @property
    def toasts(self) -> list[str]:
        """The texts of the toasts on the screen."""
        from escalation_app.state.base import SessionState

        return [toast.title for toast in self.shown(SessionState, "toasts") or []]

    @property
    def redirects(self) -> list[str]:
        """Where the client was sent to, in order."""
        events = [event for frame in self.frames for event in frame.events or []]
        return [event.payload["path"] for event in events if event.name == "_redirect"]


@dataclass(slots=True)
class Pipeline:
    """A running event processor and the failures of its handlers."""

    processor: BaseStateEventProcessor
    manager: StateManagerMemory
    failures: list[Exception]
    only_notes_failures: bool = False
    clients: dict[str, Client] = field(default_factory=dict[str, Client])

    def client(self, cookie: str = "", token: str | None = None) -> Client:
        """A new tab, with or without a session cookie; `token` to take over another tab's."""
        client = Client(self, cookie)
        if token is not None:
            client.token = token
        self.clients[client.token] = client
        return client

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """What Reflex calls to write to a socket."""
        self.clients[token].frames.append(update)


@asynccontextmanager
async def pipeline(
    app: rx.App | None = None, *, on_load: Callable[[str], list[Any]] | None = None
) -> AsyncGenerator[Pipeline]:
    """Run events through a guarded app: the given one, or one with nothing but the guard.

    `on_load` gives the handlers of the page at a path, in an app that has no pages.
    """
    if app is not None:
        with app.set_contexts():
            async with _processing(app) as running:
                yield running
        return
    with RegistrationContext.get().fork():
        bare = rx.App()
        bare.add_middleware(Guard())
        bare.get_load_events = on_load or (lambda path: [])  # type: ignore[method-assign]
        async with _processing(bare) as running:
            yield running


@asynccontextmanager
async def _processing(app: rx.App) -> AsyncGenerator[Pipeline]:
    failures: list[Exception] = []
    processor = BaseStateEventProcessor(
        middleware=app, backend_exception_handler=lambda error: failures.append(error)
    )
    running = Pipeline(processor, StateManagerMemory(), failures)
    processor.configure(state_manager=running.manager, event_namespace=running)  # type: ignore[arg-type]
    async with processor:
        yield running
