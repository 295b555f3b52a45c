"""Who is connected with which scope, and the push: after a change one query for each scope,
then one state modification for each client that would see something new.

What is pushed passes no guard, so the hub is careful by itself: it pushes to the very socket on
which the guard accepted the session, only while that session stands with the same rights, and
only into the state tree that the session opened. A client for whom that is no longer so loses
its socket; its browser connects anew and the guard decides what it may see.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Actor
from escalation_app.live.changes import EVERYTHING, Change, ChangeReader
from escalation_app.live.signal import ChangeSignal
from escalation_app.live.sockets import Sockets, sid_of_event
from escalation_app.services.identity import standing_sessions

log = logging.getLogger(__name__)

BETWEEN_ROUNDS = 0.1
"""Seconds between two rounds of pushes at least; a round that took longer rests as long as it
took, so that pushing never takes more than half of the time."""
CALM = 0.4
"""Seconds after a round in which people's clicks are gathered for the next one; what the engine
does is pushed without waiting for that."""
LOOK_EVERY = 2.0
"""Seconds between two looks at the sessions and sockets of all clients, change or no change."""
REFRESH_EVERY = 60.0
"""Seconds after which everything is read again, change or no change: what depends on the hour
moves on, and no lost signal leaves a board behind for long."""
PATIENCE = 0.5
"""Seconds a round waits for its pushes; a client whose handler takes longer gets its push when
that is done and keeps nobody else waiting."""
AFTER_FAILURE = 5.0
"""Seconds until something that could not be read is read again."""

Payload = Any

_handled_since: ContextVar[int] = ContextVar("handled_since", default=0)
"""When the guard let the event through that is being handled, on the hub's own count."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One part of one client's screen that is kept live.

    Equal `scope`s share one `load`, so a scope must say whose rights it was read with. `wants`
    tells whether a change may alter it. `apply` puts what was loaded into the client's state.
    `rest` is the seconds between two loads at least, for what changes at every click anywhere.
    """

    scope: Hashable
    load: Callable[[Session], Payload]
    apply: Callable[[rx.State, Payload], Awaitable[None]]
    wants: Callable[[Change], bool]
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """What a part shall show, and when it began to be read on the hub's own count."""

    payload: Payload
    read_at: int


@dataclass(slots=True, eq=False)
class Part:
    """A watched part of a screen: what it was last given, whether that may be old, and what is
    on its way. A handler that shows it anew makes a new one, at `shown_at`."""

    watch: Watch
    sent: Payload
    shown_at: int
    is_stale: bool
    news: News | None = None


@dataclass(slots=True, eq=False)
class Client:
    """A browser tab: one socket with one session, and the parts of its screen by slot."""

    token: str
    sid: str
    session_hash: str
    actor: Actor
    wrote_at: int = 0
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    pushing: asyncio.Task[None] | None = None

    @property
    def has_news(self) -> bool:
        return any(part.news for part in self.parts.values())


class Hub:
    """Keeps the open boards of this process live. All methods run on the event loop.

    What came first is told by counting (`_now`), not by a clock that may stand still.
    """

    def __init__(
        self, sockets: Sockets, database: Database, on_commit: Callable[[], None] | None = None
    ) -> None:
        """`on_commit` is called on the event loop soon after anybody's commit."""
        self._on_commit = on_commit
        self._sockets = sockets
        self._database = database
        self._clients: dict[str, Client] = {}
        self._changed = asyncio.Event()
        self._reader = ChangeReader()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._signal = ChangeSignal(database, self._heard)
        self._task: asyncio.Task[None] | None = None
        self._count = itertools.count(1)
        self._changes_read_at = 0
        self._rested_at: dict[Hashable, float] = {}
        self._calm_until = 0.0
        self._is_owed = False
        self._looked_at = 0.0
        self._refreshed_at = 0.0

    async def start(self) -> None:
        await self._in_thread(self._reader.read)
        self._looked_at = self._refreshed_at = asyncio.get_running_loop().time()
        await self._signal.start()
        self._task = asyncio.create_task(self._run(), name="live-hub")

    async def stop(self) -> None:
        await self._signal.stop()
        tasks = [self._task, *(client.pushing for client in self._clients.values())]
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        self._clients.clear()
        self._threads.shutdown(wait=False)

    # What the guard and the states tell ---------------------------------------------------

    def accepted(self, token: str, session_hash: str, actor: Actor) -> None:
        """The guard lets an event of this client through; called while the event is handled."""
        sid = sid_of_event()
        client = self._clients.get(token)
        if client is None or (client.sid, client.session_hash, client.actor) != (
            sid,
            session_hash,
            actor,
        ):
            client = self._clients[token] = Client(token, sid, session_hash, actor)
        _handled_since.set(self._now())

    def watch(self, token: str, session_hash: str, slot: str, watch: Watch, shown: Payload) -> None:
        """Keep a part of a client's screen live, from within the handler that shows it.

        `slot` names the part: a page replaces what the page before it watched. `shown` is what
        the handler has read and put into the client's state.
        """
        client = self._clients.get(token)
        if client is None or (client.sid, client.session_hash) != (sid_of_event(), session_hash):
            return  # the tab has gone, or is somebody else's now
        # A change that was handed out while the handler ran may have come after its reading.
        is_stale = _handled_since.get() < self._changes_read_at
        client.parts[slot] = Part(watch, shown, self._now(), is_stale)
        if is_stale:
            self._changed.set()

    def wrote(self, token: str) -> None:
        """A handler of this client has just committed: what was read before is old."""
        client = self._clients.get(token)
        if client is not None:
            client.wrote_at = self._now()

    def unwatch(self, token: str) -> None:
        """Nothing of what the tab has shown so far is shown any more."""
        client = self._clients.get(token)
        if client is not None:
            client.parts.clear()

    @property
    def clients(self) -> int:
        return len(self._clients)

    def _now(self) -> int:
        return next(self._count)

    def _heard(self) -> None:
        self._changed.set()
        if self._on_commit is not None:
            self._on_commit()

    # Rounds -------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._patience(loop.time()))
            begun = loop.time()
            self._changed.clear()
            try:
                await self._round(begun)
            except Exception:
                log.exception("A round of pushes failed; it is tried again")
                await asyncio.sleep(LOOK_EVERY)
                self._changed.set()
            await asyncio.sleep(max(BETWEEN_ROUNDS, loop.time() - begun))

    def _patience(self, now: float) -> float:
        """Seconds until something is to be done that no change asks for."""
        until = [self._rested_at.get(part.watch.scope, now) for part in self._stale()]
        if self._is_owed:
            until.append(now)
        wake_at = [max(at, self._calm_until) for at in until]
        return max(0.01, min([self._looked_at + LOOK_EVERY, *wake_at]) - now)

    def _stale(self) -> Iterator[Part]:
        for client in self._clients.values():
            yield from (part for part in client.parts.values() if part.is_stale)

    async def _round(self, now: float) -> None:
        change = await self._in_thread(self._reader.read)
        self._changes_read_at = self._now()
        if now - self._refreshed_at >= REFRESH_EVERY:
            self._refreshed_at, change = now, EVERYTHING
        for client in self._clients.values():
            for part in client.parts.values():
                part.is_stale = part.is_stale or _wants(part.watch, change)
        self._is_owed = now < self._calm_until and not change.is_urgent
        if self._is_owed:
            return
        self._looked_at, self._calm_until = now, now + CALM
        self._drop_disconnected()
        if not self._clients:
            self._rested_at.clear()
            return
        wanted = self._wanted(now)
        hashes = {client.session_hash for client in self._clients.values()}
        read_at = self._now()
        loaded, standing = await self._in_thread(
            lambda session: (
                _load(session, wanted.values()),
                standing_sessions(session, hashes, utc_now()),
            )
        )
        self._rest(wanted, loaded)
        read_in = asyncio.get_running_loop().time() - now
        await self._drop_ended(hashes, standing)
        await self._hand_out(loaded, read_at)
        log.debug(
            "%d clients, %d scopes read in %.0f ms, handed out in %.0f ms",
            len(self._clients),
            len(wanted),
            1000 * read_in,
            1000 * (asyncio.get_running_loop().time() - now - read_in),
        )

    def _wanted(self, now: float) -> dict[Hashable, Watch]:
        """One watch for each scope that somebody shows and that has rested."""
        return {
            part.watch.scope: part.watch
            for part in self._stale()
            if self._rested_at.get(part.watch.scope, now) <= now
        }

    def _rest(self, wanted: dict[Hashable, Watch], loaded: dict[Hashable, Payload]) -> None:
        now = asyncio.get_running_loop().time()
        self._rested_at = {scope: at for scope, at in self._rested_at.items() if at > now}
        for scope, watch in wanted.items():
            rest = watch.rest if scope in loaded else AFTER_FAILURE
            if rest:
                self._rested_at[scope] = now + rest

    async def _hand_out(self, loaded: dict[Hashable, Payload], read_at: int) -> None:
        """Give every client what it does not show yet, and wait a little for that."""
        pushes: list[asyncio.Task[None]] = []
        for client in self._clients.values():
            for part in client.parts.values():
                if part.is_stale and part.shown_at < read_at and part.watch.scope in loaded:
                    part.is_stale = False
                    payload = loaded[part.watch.scope]
                    if part.news is not None or part.sent != payload:
                        part.news = News(payload, read_at)
            if client.has_news and client.pushing is None:
                client.pushing = asyncio.create_task(self._push(client), name="live-push")
            if client.pushing is not None:
                pushes.append(client.pushing)
        if pushes:
            await asyncio.wait(pushes, timeout=PATIENCE)

    async def _push(self, client: Client) -> None:
        """Give a client its news, for as long as there are any."""
        try:
            while client.has_news:
                async with self._sockets.changing(client.token) as root:
                    is_current = self._clients.get(client.token) is client
                    if not is_current or not self._is_connected(client):
                        return
                    if not root.router_data:  # the tree has expired: this one is nobody's yet
                        await self._drop(client)
                        return
                    for part in list(client.parts.values()):
                        await self._apply(client, part, root)
        except Exception:
            log.exception("A push failed; the next change tries again")
        finally:
            client.pushing = None

    async def _apply(self, client: Client, part: Part, root: Any) -> None:
        """Put a part's news into the client's state, unless the client has changed it since."""
        news, part.news = part.news, None
        if news is None:
            return
        if news.read_at < client.wrote_at:
            part.is_stale = True
            self._changed.set()
            return
        await part.watch.apply(root, news.payload)
        part.sent = news.payload

    # Who is there -------------------------------------------------------------------------

    def _drop_disconnected(self) -> None:
        for client in list(self._clients.values()):
            if not self._is_connected(client):
                self._forget(client)

    async def _drop_ended(self, asked: set[str], standing: dict[str, Actor]) -> None:
        """Hang up on whoever is signed out, or has other rights than when they were let in."""
        for client in list(self._clients.values()):
            if client.session_hash in asked and standing.get(client.session_hash) != client.actor:
                await self._drop(client)

    async def _drop(self, client: Client) -> None:
        self._forget(client)
        await self._sockets.hang_up(client.sid)

    def _forget(self, client: Client) -> None:
        if self._clients.get(client.token) is client:
            del self._clients[client.token]

    def _is_connected(self, client: Client) -> bool:
        """Whether the tab's socket is still the one the session was accepted on."""
        return self._sockets.sid_of(client.token) == client.sid

    async def _in_thread(self, read: Callable[[Session], Any]) -> Any:
        def reading() -> Any:
            with self._database.reading() as session:
                return read(session)

        return await asyncio.get_running_loop().run_in_executor(self._threads, reading)


def _wants(watch: Watch, change: Change) -> bool:
    try:
        return watch.wants(change)
    except Exception:
        log.exception("Whether %r wants a change is not known", watch.scope)
        return True


def _load(session: Session, watches: Iterable[Watch]) -> dict[Hashable, Payload]:
    """What each scope shows now; one that fails is left out and stays stale."""
    loaded: dict[Hashable, Payload] = {}
    for watch in watches:
        try:
            loaded[watch.scope] = watch.load(session)
        except Exception:
            log.exception("Reading for %r failed", watch.scope)
            session.rollback()
    return loaded


_hub: Hub | None = None


def wrote(token: str) -> None:
    """A handler of this client has just committed; does nothing where no hub runs."""
    if _hub is not None:
        _hub.wrote(token)


def hub() -> Hub:
    """The hub of this process. Raises RuntimeError before `live` is started."""
    if _hub is None:
        raise RuntimeError("The live hub is not started.")
    return _hub


@contextlib.asynccontextmanager
async def live(
    sockets: Sockets, database: Database, on_commit: Callable[[], None] | None = None
) -> AsyncGenerator[Hub]:
    """Run the hub for as long as the app runs."""
    global _hub
    _hub = Hub(sockets, database, on_commit)
    await _hub.start()
    try:
        yield _hub
    finally:
        await _hub.stop()
        _hub = None
