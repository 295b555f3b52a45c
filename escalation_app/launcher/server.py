"""One port: pages, websocket and REST under uvicorn, with the engine in a process beside it."""

import gc
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from escalation_app.launcher.age import seconds_since_start
from escalation_app.launcher.engine_process import engine_beside
from escalation_app.launcher.environment import serving_environment
from escalation_app.launcher.frontend import ROOT, WORKSHOP, bundle
from escalation_app.launcher.logs import log_to_stderr
from escalation_app.launcher.memory import leave_start_out_of_collections
from escalation_app.migrations import migrate
from escalation_app.settings import OperatorError, Settings

LARGEST_FRAME = 1 << 20
"""Bytes of one websocket message from a client; files come over REST."""

SECONDS_TO_FINISH = 5
"""How long open requests may take after the process was told to stop."""
SWITCH_AFTER = 0.0005
"""Seconds after which a thread that computes lets another have the interpreter. A read of a screen
gives it up at each of its twenty statements, and with Python's 5 ms waits as often for a thread
that pushes: 90 ms (p95) for what takes 6 ms alone, 32 with this."""


class PortInUseError(OperatorError):
    """Another process listens where this one was told to."""


def serve(
    settings: Settings, *, afresh: bool = False, fill: Callable[[Settings], None] | None = None
) -> None:
    """Build if need be, migrate, and serve until told to stop.

    `afresh` removes the SQLite file first, when it is sure that the port is free. `fill` is called
    with the database migrated, right before it is served.

    Raises PortInUseError before anything is done, FrontendBuildError, and SystemExit with uvicorn's
    exit code if a lifespan task fails at the start.
    """
    leave_start_out_of_collections()
    with _listener(settings) as listener:
        os.environ.update(serving_environment(bundle(), WORKSHOP))
        os.chdir(ROOT)  # Reflex looks for rxconfig.py where it stands
        log_to_stderr(settings)
        if afresh:
            _remove_sqlite(settings.database_url)
        migrate(settings.database_url)
        if fill is not None:
            fill(settings)
        gc.collect()  # what was imported is left out of it by now
        gc.disable()  # for the import of the app
        sys.setswitchinterval(SWITCH_AFTER)
        with engine_beside(is_wanted=settings.has_engine):
            announcement = f"Serving on {settings.public_url} ({settings.mode})"
            _Server(_uvicorn_config(), announcement).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Leaves what start-up made out of the garbage collection, and says how long it took since the
    command was given."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        leave_start_out_of_collections()
        gc.enable()
        ready_in = f"ready in {seconds_since_start():.1f} s"
        print(f"{self._announcement}, {ready_in}", file=sys.stderr, flush=True)


def _uvicorn_config() -> uvicorn.Config:
    return uvicorn.Config(
        "escalation_app.escalation_app:app",
        factory=True,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


def _listener(settings: Settings) -> socket.socket:
    """A socket bound to the wanted address; nobody can connect before the server listens on it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise PortInUseError(
            f"Cannot listen on {settings.host} port {settings.port} ({error.strerror}). "
            "Another one can be chosen with PORT=."
        ) from error
    return listener


def _remove_sqlite(database_url: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(database_url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
