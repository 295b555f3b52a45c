import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from escalation_app.state.guard import HYDRATE, shield


class _Namespace:
    """Records what gets past the shield."""

    namespace = "/_event"

    def __init__(self) -> None:
        self.triggered: list[str] = []
        self.events: list[Any] = []

    async def trigger_event(self, kind: str, *args: Any) -> str:
        self.triggered.append(kind)
        if kind == "event":
            await self.on_event(*args)
        return "answer"

    async def on_event(self, sid: str, data: Any) -> None:
        self.events.append(data)


ENVIRON = {"HTTP_COOKIE": "sid=real"}


@pytest.fixture
def namespace() -> _Namespace:
    namespace = _Namespace()
    server = SimpleNamespace(get_environ=lambda sid, path: ENVIRON)
    shield(SimpleNamespace(event_namespace=namespace, sio=server))  # type: ignore[arg-type]
    return namespace


def _event(**changes: Any) -> dict[str, Any]:
    router = {"pathname": "/queue", "asPath": "/queue?a=b", "query": {"a": "b"}}
    return {"name": HYDRATE, "payload": {}, "router_data": router} | changes


def _router(**changes: Any) -> dict[str, Any]:
    return _event(router_data=_event()["router_data"] | changes)


def test_an_event_passes(namespace: _Namespace):
    asyncio.run(namespace.trigger_event("event", "socket", _event()))

    assert namespace.events == [_event()]


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        3,
        [],
        {},
        _event(name={}),
        _event(name="nowhere.nothing"),
        _event(payload=[]),
        _event(payload=None),
        _event(router_data=[]),
        _router(pathname={}),
        _router(asPath=3),
        _router(asPath="http://["),
        _router(query=[]),
        _router(query={"reference": {"a": 1}}),
        _router(query={"reference": None}),
        _router(query={"reference": "T-1\0"}),
        _router(query={"reference": "\ud800"}),
    ],
    ids=lambda message: repr(message)[-40:],
)
def test_what_is_no_event_is_dropped(namespace: _Namespace, message: Any):
    asyncio.run(namespace.trigger_event("event", "socket", message))
    asyncio.run(namespace.on_event("socket", message))

    assert namespace.events == []


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("connect", ("socket", {"HTTP_COOKIE": "sid=made-up"}, None)),
        ("connect", ("socket", dict(ENVIRON))),
        ("event", ("socket",)),
        ("event", ("socket", {}, {})),
        ("ping", ("socket", 1)),
        ("redis", ("socket",)),
        ("client_error", ("socket",)),
    ],
)
def test_a_client_names_no_other_method_of_the_socket(
    namespace: _Namespace, kind: str, args: tuple[Any, ...]
):
    answer = asyncio.run(namespace.trigger_event(kind, *args))

    assert answer is None
    assert namespace.triggered == []


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("connect", ("socket", ENVIRON, None)),
        ("disconnect", ("socket", "gone")),
        ("ping", ("socket",)),
        ("client_error", ("socket", {})),
    ],
)
def test_the_sockets_own_ways_stay_open(namespace: _Namespace, kind: str, args: tuple[Any, ...]):
    assert asyncio.run(namespace.trigger_event(kind, *args)) == "answer"
