"""A browser tab without a browser: the product's websocket protocol (engine.io 4, socket.io)."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

NAMESPACE = "/_event"
ROOT = "reflex___state____state"
HYDRATE_AND_LOAD = f"{ROOT}.hydrate_and_load"
ON_LOAD = f"{ROOT}.reflex___state____on_load_internal_state.on_load_internal"

Delta = dict[str, dict[str, Any]]


def state_name(module: str, state: str) -> str:
    """The name the wire has for a state: ("boards", "tier_board_state")."""
    base = f"{ROOT}.escalation_app___state___base____app_state"
    return f"{base}.escalation_app___state___{module}____{state}"


@dataclass(slots=True, eq=False)
class RawClient:
    """One tab: connects, keeps what it is sent, and sends any handler any arguments."""

    url: str
    cookie: str = ""
    path: str = "/"
    token: str = field(default_factory=lambda: str(uuid4()))
    vars: Delta = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    keeps_frames: bool = False
    keeps_vars: bool = True
    """Whether `shown` is wanted; without it a frame that nobody waits for is not even parsed."""
    received: int = 0
    """Frames so far."""
    received_bytes: int = 0
    closed_at: float | None = None
    """When the server ended the connection, on the clock of `perf_counter`."""
    _socket: ClientConnection | None = None
    _reader: asyncio.Task[None] | None = None
    _waiting: list[tuple[Callable[[Delta], bool], asyncio.Future[float]]] = field(
        default_factory=list
    )

    async def open(self) -> Self:
        """Connect on the page `path` and wait until the server has sent its first frame."""
        host = urlsplit(self.url).netloc
        self._socket = await connect(
            f"ws://{host}{NAMESPACE}/?token={self.token}&EIO=4&transport=websocket",
            additional_headers={"Cookie": f"sid={self.cookie}"} if self.cookie else {},
            origin=self.url,
            max_size=None,
            compression=None,
            ping_interval=None,
        )
        await self._socket.recv()
        hydrate = {"event": self._event(HYDRATE_AND_LOAD, {})}
        await self._socket.send(f"40{NAMESPACE},{json.dumps(hydrate)}")
        first = self.until(lambda _: True)
        self._reader = asyncio.create_task(self._read())
        await first
        return self

    async def close(self) -> None:
        """Hang up."""
        if self._reader is not None:
            self._reader.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def send(self, handler: str, **payload: Any) -> None:
        """Send an event; returns when it is on its way."""
        assert self._socket is not None
        message = json.dumps(["event", self._event(handler, payload)])
        await self._socket.send(f"42{NAMESPACE},{message}")

    async def go(self, path: str) -> None:
        """Open another page in this tab."""
        self.path = path
        await self.send(ON_LOAD)

    def until(self, wanted: Callable[[Delta], bool], seconds: float = 20) -> asyncio.Future[float]:
        """The instant (`perf_counter`) of the first delta from now on for which `wanted` holds.

        The future raises TimeoutError after `seconds`, and ConnectionError when the server hangs
        up before.
        """
        loop = asyncio.get_running_loop()
        found: asyncio.Future[float] = loop.create_future()
        entry = (wanted, found)
        self._waiting.append(entry)
        found.add_done_callback(lambda _: self._waiting.remove(entry))
        timer = loop.call_later(seconds, _give_up, found)
        found.add_done_callback(lambda _: timer.cancel())
        return found

    def shown(self, state: str, name: str) -> Any:
        """The value of a state's variable as it was last sent; None when it never was."""
        return self.vars.get(state, {}).get(f"{name}_rx_state_")

    def _event(self, handler: str, payload: dict[str, Any]) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        place = {
            "pathname": path,
            "asPath": self.path,
            "query": dict(part.split("=", 1) for part in query.split("&") if part),
        }
        return {"name": handler, "payload": payload, "router_data": place}

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for message in self._socket:
                assert isinstance(message, str)
                self.received_bytes += len(message)
                if message == "2":
                    await self._socket.send("3")
                elif message.startswith(f"42{NAMESPACE},"):
                    self._take(message)
                elif message.startswith(f"41{NAMESPACE}") or message == "1":
                    break
        except ConnectionClosed:
            pass
        self.closed_at = perf_counter()
        for _, found in list(self._waiting):
            if not found.done():
                found.set_exception(ConnectionError("the server hung up"))

    def _take(self, message: str) -> None:
        at = perf_counter()
        self.received += 1
        if self.keeps_frames:
            self.frames.append(message)
        if not self.keeps_vars and not self._waiting:
            return
        kind, update = json.loads(message[3 + len(NAMESPACE) :])
        if kind == "new_token":
            self.token = update
            return
        if not isinstance(update, dict):
            return
        delta: Delta = update.get("delta") or {}
        for state, values in delta.items():
            self.vars.setdefault(state, {}).update(values)
        for wanted, found in list(self._waiting):
            if not found.done() and wanted(delta):
                found.set_result(at)


def _give_up(found: asyncio.Future[float]) -> None:
    if not found.done():
        found.set_exception(TimeoutError("the server did not answer"))
