"""The connected browser tabs of a Reflex app: what a push needs of the framework's inside."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex_base.event.context import EventContext


class Sockets:
    """All methods run on the event loop. A tab is known by its token, which its browser chose
    and which is no secret; a socket by its `sid`, which the server chose."""

    def __init__(self, app: rx.App) -> None:
        self._app = app

    @property
    def _namespace(self) -> EventNamespace:
        namespace = self._app.event_namespace
        assert namespace is not None
        return namespace

    def sid_of(self, token: str) -> str | None:
        """The socket a tab is connected with now."""
        record = self._namespace._token_manager.token_to_socket.get(token)
        return None if record is None else record.sid

    def changing(self, token: str) -> AbstractAsyncContextManager[Any]:
        """The root of a tab's state tree, locked; what is changed in it is sent to the tab."""
        return self._app.modify_state(rx.BaseStateToken(ident=token, cls=rx.State))

    async def hang_up(self, sid: str) -> None:
        """Close the connection itself: at a mere farewell of socket.io the browser would stay
        with what it shows, and engine.io's own `close` leaves the connection open."""
        server = self._app.sio
        assert server is not None
        engine_sid = server.manager.eio_sid_from_sid(sid, self._namespace.namespace)
        transport = server.eio.sockets.get(engine_sid)
        if transport is not None:
            await transport.queue.put(None)  # ends its writer, which then closes


def sid_of_event() -> str:
    """The socket that sent the event being handled."""
    return str(EventContext.get().router_data.get("sid", ""))
