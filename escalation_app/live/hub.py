"""Who is connected with which scope, and the push: after a change one query for each scope,
then one state modification for each client that would see something new."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database
from escalation_app.live.changes import Change, ChangeReader
from escalation_app.live.signal import ChangeSignal
from escalation_app.services.identity import standing_sessions

log = logging.getLogger(__name__)

BETWEEN_ROUNDS = 0.1
"""Seconds between two rounds of pushes at least; a round that took longer rests as long as it
took, so that pushing never takes more than half of the time."""
LOOK_AT_SESSIONS = 2.0
"""Seconds between two looks at the sessions of all connected clients, change or no change."""

Payload = Any


@dataclass(frozen=True, slots=True)
class Watch:
    """One part of one client's screen that is kept live.

    Equal `scope`s share one `load`, so a scope must say whose rights it was read with. `wants`
    tells whether a change may alter it. `apply` puts what was loaded into the client's state.
    """

    scope: Hashable
    load: Callable[[Session], Payload]
    apply: Callable[[rx.State, Payload], Awaitable[None]]
    wants: Callable[[Change], bool]


@dataclass(slots=True)
class Client:
    """A connected browser tab. `sent` is what each slot was last given."""

    token: str
    session_hash: str
    watches: dict[str, Watch] = field(default_factory=dict[str, Watch])
    sent: dict[str, Payload] = field(default_factory=dict[str, Payload])


class Hub:
    """Keeps the open boards of this process live. All methods run on the event loop."""

    def __init__(
        self, app: rx.App, database: Database, on_commit: Callable[[], None] | None = None
    ) -> None:
        """`on_commit` is called on the event loop soon after anybody's commit."""
        self._on_commit = on_commit
        self._app = app
        self._database = database
        self._clients: dict[str, Client] = {}
        self._changed = asyncio.Event()
        self._reader = ChangeReader()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        self._signal = ChangeSignal(database, self._heard)
        self._task: asyncio.Task[None] | None = None
        self._sessions_seen = 0.0

    async def start(self) -> None:
        await self._in_thread(self._reader.read)
        await self._signal.start()
        self._task = asyncio.create_task(self._run(), name="live-hub")

    async def stop(self) -> None:
        await self._signal.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._threads.shutdown(wait=False)

    def watch(self, token: str, session_hash: str, slot: str, watch: Watch, shown: Payload) -> None:
        """Keep a part of a client's screen live; the guard has accepted the client before.

        `slot` names the part: a page replaces what the page before it watched. `shown` is what
        the client has already been given.
        """
        client = self._clients.get(token)
        if client is None or client.session_hash != session_hash:
            client = self._clients[token] = Client(token, session_hash)
        client.watches[slot] = watch
        client.sent[slot] = shown

    def unwatch(self, token: str, slot: str) -> None:
        client = self._clients.get(token)
        if client is not None:
            client.watches.pop(slot, None)
            client.sent.pop(slot, None)

    def forget(self, token: str) -> None:
        """The client is gone or signed out."""
        self._clients.pop(token, None)

    @property
    def clients(self) -> int:
        return len(self._clients)

    def _heard(self) -> None:
        self._changed.set()
        if self._on_commit is not None:
            self._on_commit()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK_AT_SESSIONS)
            begun = monotonic()
            try:
                if self._changed.is_set():
                    self._changed.clear()
                    await self._round()
                elif self._clients:
                    await self._drop_ended()
            except Exception:
                log.exception("A round of pushes failed")
            await asyncio.sleep(max(BETWEEN_ROUNDS, monotonic() - begun))

    async def _round(self) -> None:
        change = await self._in_thread(self._reader.read)
        if not self._clients:
            return
        await self._drop_ended()
        wanted: dict[Hashable, Watch] = {}
        for client in self._clients.values():
            for watch in client.watches.values():
                if watch.scope not in wanted and watch.wants(change):
                    wanted[watch.scope] = watch
        if not wanted:
            return
        loaded = await self._in_thread(lambda session: _load(session, wanted.values()))
        pushes = [
            self._push(client, news)
            for client in list(self._clients.values())
            if (news := _news(client, loaded))
        ]
        await asyncio.gather(*pushes)

    async def _push(self, client: Client, news: dict[str, Payload]) -> None:
        try:
            token = rx.BaseStateToken(ident=client.token, cls=rx.State)
            async with self._app.modify_state(token) as root:
                if self._clients.get(client.token) is not client:
                    return
                for slot, payload in news.items():
                    watch = client.watches.get(slot)
                    if watch is not None:
                        client.sent[slot] = payload
                        await watch.apply(root, payload)  # type: ignore[arg-type]
        except Exception:
            log.exception("A push failed; the client is dropped")
            self.forget(client.token)

    async def _drop_ended(self) -> None:
        """Forget who is disconnected, and end the socket of who is signed out."""
        connected = self._connected()
        for token in [token for token in self._clients if token not in connected]:
            self.forget(token)
        hashes = {client.session_hash for client in self._clients.values()}
        if not hashes:
            return
        standing = await self._in_thread(
            lambda session: standing_sessions(session, hashes, utc_now())
        )
        for client in list(self._clients.values()):
            if client.session_hash not in standing:
                self.forget(client.token)
                await self._close(client.token)

    def _connected(self) -> set[str]:
        namespace = self._app.event_namespace
        if namespace is None:
            return set()
        return set(namespace._token_manager.token_to_socket)

    async def _close(self, token: str) -> None:
        namespace = self._app.event_namespace
        if namespace is None:
            return
        record = namespace._token_manager.token_to_socket.get(token)
        if record is not None:
            await namespace.disconnect(record.sid)

    async def _in_thread(self, read: Callable[[Session], Any]) -> Any:
        def reading() -> Any:
            with self._database.reading() as session:
                return read(session)

        return await asyncio.get_running_loop().run_in_executor(self._threads, reading)


def _load(session: Session, watches: Iterable[Watch]) -> dict[Hashable, Payload]:
    loaded: dict[Hashable, Payload] = {}
    for watch in watches:
        try:
            loaded[watch.scope] = watch.load(session)
        except Exception:
            log.exception("Reading for %r failed", watch.scope)
    return loaded


def _news(client: Client, loaded: dict[Hashable, Payload]) -> dict[str, Payload]:
    """What this client would see change."""
    return {
        slot: loaded[watch.scope]
        for slot, watch in client.watches.items()
        if watch.scope in loaded and client.sent.get(slot) != loaded[watch.scope]
    }


_hub: Hub | None = None


def hub() -> Hub:
    """The hub of this process. Raises RuntimeError before `live` is started."""
    if _hub is None:
        raise RuntimeError("The live hub is not started.")
    return _hub


@contextlib.asynccontextmanager
async def live(
    app: rx.App, database: Database, on_commit: Callable[[], None] | None = None
) -> AsyncGenerator[Hub]:
    """Run the hub for as long as the app runs."""
    global _hub
    _hub = Hub(app, database, on_commit)
    await _hub.start()
    try:
        yield _hub
    finally:
        await _hub.stop()
        _hub = None
