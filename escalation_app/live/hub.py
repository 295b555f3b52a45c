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
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.permissions import Actor
from escalation_app.live.changes import EVERYTHING, Change, ChangeReader
from escalation_app.live.presence import Here, Presence, here_scope
from escalation_app.live.reading import Loaded, load, standing
from escalation_app.live.shown import BREATH, Client, News, Part, Payload, Scope, Watch
from escalation_app.live.signal import ChangeSignal
from escalation_app.live.sockets import Sockets, sid_of_event
from escalation_app.services import threads

log = logging.getLogger(__name__)

COURTESY = 0.1
"""Seconds for which a turn lets people come first who wait for what they clicked themselves."""
A_MOMENT = 0.005
LOOK_EVERY = 2.0
"""Seconds between two looks at the sessions and sockets of all clients, change or no change."""
REFRESH_EVERY = 60.0
"""Seconds after which everything is read again, change or no change: what depends on the hour
moves on, and no lost signal leaves a board behind for long."""
PATIENCE = 0.1
"""Seconds a turn waits for its pushes; a client whose handler takes longer gets its push when
that is done and keeps nobody else waiting."""
AFTER_FAILURE = 5.0
"""Seconds until something that could not be read is read again."""


_handled_since: ContextVar[int] = ContextVar("handled_since", default=0)
"""When the guard let the event through that is being handled, on the hub's own count."""


class Hub:
    """Keeps the open boards of this process live. All methods run on the event loop.

    What came first is told by counting (`_now`), not by a clock that may stand still.
    """

    def __init__(self, sockets: Sockets, database: Database) -> None:
        self._sockets = sockets
        self._database = database
        self._clients: dict[str, Client] = {}
        self._changed = asyncio.Event()
        self._reader = ChangeReader()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._signal = ChangeSignal(database, self._changed.set)
        self._task: asyncio.Task[None] | None = None
        self._count = itertools.count(1)
        self._changes_read_at = 0
        self._scopes: dict[Hashable, Scope] = {}
        self._looked_at = 0.0
        self._refreshed_at = 0.0
        self._presence = Presence(self._presence_changed)

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
        client.parts[slot] = Part(watch, shown, self._now())
        scope = self._scopes.setdefault(watch.scope, Scope(watch))
        scope.watch = watch
        if _handled_since.get() < self._changes_read_at:
            # A change was handed out while the handler ran: it may have read just before it.
            self._mark(watch.scope)

    def known(self, scope: Hashable) -> Payload:
        """What others are shown of a scope; None when nobody is, or it is not recent.

        It may miss the commits of the last CALM seconds: these are pushed to all who show it.
        """
        found = self._scopes.get(scope)
        if found is None or (found.stale_since is not None and not self._is_recent(found)):
            return None
        return found.payload

    def _is_recent(self, scope: Scope) -> bool:
        return scope.is_fresh(asyncio.get_running_loop().time())

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
        self._presence.leave(token)

    def enter(self, token: str, ticket_id: int) -> None:
        """A tab shows a ticket until it shows another page."""
        client = self._clients.get(token)
        if client is not None and client.sid == sid_of_event():
            self._presence.enter(token, ticket_id, client.actor)

    def write(self, token: str, mode: str) -> None:
        """Somebody types on the ticket that their tab shows; with "" they are done."""
        self._presence.write(token, mode, asyncio.get_running_loop().time())

    def here(self, ticket_id: int) -> tuple[Here, ...]:
        """Who has a ticket open; may be asked from any thread."""
        return self._presence.at(ticket_id)

    def _presence_changed(self, ticket_id: int) -> None:
        for is_staff in (True, False):
            self._mark(here_scope(ticket_id, is_staff=is_staff))

    @property
    def clients(self) -> int:
        return len(self._clients)

    def _now(self) -> int:
        return next(self._count)

    # Turns --------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._patience(loop.time()))
            await self._let_people_come_first()
            begun = loop.time()
            try:
                await self._turn(begun)
            except Exception:
                log.exception("A turn of pushes failed; it is tried again")
                self._changed.set()
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(max(BREATH, (loop.time() - begun) / 3))

    async def _let_people_come_first(self) -> None:
        """Reading for boards beside a click makes it take twice as long: one interpreter runs
        both."""
        for _ in range(round(COURTESY / A_MOMENT)):
            if not threads.at_work():
                return
            await asyncio.sleep(A_MOMENT)

    def _patience(self, now: float) -> float:
        """Seconds until something is to be done that no change asks for."""
        due = [scope.due_at() for scope in self._scopes.values() if scope.stale_since is not None]
        return max(0.001, min([self._looked_at + LOOK_EVERY, *due]) - now)

    async def _turn(self, now: float) -> None:
        """Note what has changed, then read and hand out as much as one slice allows."""
        if self._changed.is_set() or now - self._refreshed_at >= REFRESH_EVERY:
            self._changed.clear()
            self._note(await self._in_thread(self._reader.read), now)
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._presence.expire(now)
            self._drop_disconnected()
            clients = list(self._clients.values())
            stand = await self._in_thread(lambda session: standing(session, clients))
            await self._drop_ended(clients, stand)
        due = self._due(now)
        if due:
            read_at = self._now()
            loaded = await self._read(due)
            await self._hand_out(loaded, read_at)
            log.debug(
                "%d clients; %d of %d scopes read and handed out in %.0f ms",
                len(self._clients),
                len(loaded),
                len(due),
                1000 * (asyncio.get_running_loop().time() - now),
            )

    async def _read(self, due: dict[Hashable, Scope]) -> dict[Hashable, Payload]:
        """What the scopes show now, as far as a slice reaches; and whoever shows them without a
        standing session is dropped."""
        marks = {key: scope.take_mark() for key, scope in due.items()}
        clients = list(self._clients.values())
        found = Loaded()
        try:
            found = await self._in_thread(lambda session: load(session, due, clients))
        finally:
            read_until = asyncio.get_running_loop().time()
            for key, scope in due.items():
                if key in found.payloads:
                    scope.read_until, scope.took = read_until, found.took[key]
                    # What is equal stays the same object: then comparing is quick for all.
                    if scope.payload == found.payloads[key]:
                        found.payloads[key] = scope.payload
                    scope.payload = found.payloads[key]
                else:
                    scope.mark(*marks[key])
                if key in found.failed:
                    scope.failed_until = read_until + AFTER_FAILURE
        await self._drop_ended(found.asked, found.standing)
        return found.payloads

    def _note(self, change: Change, now: float) -> None:
        """Mark the scopes that a change may have altered."""
        self._changes_read_at = self._now()
        if now - self._refreshed_at >= REFRESH_EVERY:
            self._refreshed_at, change = now, EVERYTHING
        for scope in self._scopes.values():
            if _wants(scope.watch, change):
                scope.mark(now, change.is_urgent)

    def _mark(self, key: Hashable) -> None:
        """A scope may be old for one of those who show it."""
        scope = self._scopes.get(key)
        if scope is not None:
            scope.mark(asyncio.get_running_loop().time(), False)
            self._changed.set()

    def _due(self, now: float) -> dict[Hashable, Scope]:
        """The stale scopes that have rested, in the order in which they are to be read."""
        for scope in self._scopes.values():
            scope.shown = 0
        for client in self._clients.values():
            for part in client.parts.values():
                self._scopes[part.watch.scope].shown += 1
        self._scopes = {key: scope for key, scope in self._scopes.items() if scope.shown}
        return dict(
            sorted(
                (
                    (key, scope)
                    for key, scope in self._scopes.items()
                    if scope.stale_since is not None and scope.due_at() <= now
                ),
                key=lambda one: one[1].precedence(now),
                reverse=True,
            )
        )

    async def _hand_out(self, loaded: dict[Hashable, Payload], read_at: int) -> None:
        """Give every client what it does not show yet, and wait a little for that."""
        pushes: list[asyncio.Task[None]] = []
        for client in self._clients.values():
            for part in client.parts.values():
                if part.shown_at < read_at and part.watch.scope in loaded:
                    payload = loaded[part.watch.scope]
                    is_shown = part.sent is payload or part.sent == payload
                    if part.news is not None or not is_shown:
                        part.news = News(payload, read_at)
            if client.has_news and client.pushing is None:
                client.pushing = asyncio.create_task(self._push(client), name="live-push")
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
            self._mark(part.watch.scope)
            return
        await part.watch.apply(root, news.payload)
        part.sent = news.payload

    # Who is there -------------------------------------------------------------------------

    def _drop_disconnected(self) -> None:
        for client in list(self._clients.values()):
            if not self._is_connected(client):
                self._forget(client)

    async def _drop_ended(self, asked: Iterable[Client], standing: dict[str, Actor]) -> None:
        """Hang up on whoever is signed out, or has other rights than when they were let in."""
        for client in asked:
            is_current = self._clients.get(client.token) is client
            if is_current and standing.get(client.session_hash) != client.actor:
                await self._drop(client)

    async def _drop(self, client: Client) -> None:
        self._forget(client)
        await self._sockets.hang_up(client.sid)

    def _forget(self, client: Client) -> None:
        if self._clients.get(client.token) is client:
            del self._clients[client.token]
            self._presence.leave(client.token)

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


_hub: Hub | None = None


def wrote(token: str) -> None:
    """A handler of this client has just committed; does nothing where no hub runs."""
    if _hub is not None:
        _hub.wrote(token)


def enter(token: str, ticket_id: int) -> None:
    """A tab shows a ticket; does nothing where no hub runs."""
    if _hub is not None:
        _hub.enter(token, ticket_id)


def write(token: str, mode: str) -> None:
    """Somebody types on the ticket that their tab shows; does nothing where no hub runs."""
    if _hub is not None:
        _hub.write(token, mode)


def here(ticket_id: int) -> tuple[Here, ...]:
    """Who has a ticket open; nobody where no hub runs."""
    return () if _hub is None else _hub.here(ticket_id)


def hub() -> Hub:
    """The hub of this process. Raises RuntimeError before `live` is started."""
    if _hub is None:
        raise RuntimeError("The live hub is not started.")
    return _hub


@contextlib.asynccontextmanager
async def live(sockets: Sockets, database: Database) -> AsyncGenerator[Hub]:
    """Run the hub for as long as the app runs."""
    global _hub
    _hub = Hub(sockets, database)
    await _hub.start()
    try:
        yield _hub
    finally:
        await _hub.stop()
        _hub = None
