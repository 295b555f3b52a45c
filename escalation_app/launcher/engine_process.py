"""The engine beside a process that serves: a process of its own (docs/adr/0011), started again
when it dies, and gone when the one that serves is."""

import logging
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "escalation_app", "engine", "--attached")
AGAIN_AFTER = 1.0
"""Seconds until an engine that ended by itself is started again."""
SECONDS_TO_FINISH = 10.0
"""How long it may take to finish what it has begun."""


class EngineProcess:
    """Keeps one engine running. It ends when its standard input does, whatever becomes of us."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = list(command)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process = self._started()
        self._watcher = threading.Thread(target=self._watch, name="engine-process", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Let it finish, and see that it is gone."""
        self._stopping.set()
        with self._lock:
            process = self._process
        _close_input(process)
        try:
            process.wait(SECONDS_TO_FINISH)
        except subprocess.TimeoutExpired:
            log.error("The engine does not finish; it is killed, and others do what it left")
            process.kill()
            process.wait()
        self._watcher.join()

    def _started(self) -> subprocess.Popen[bytes]:
        # In a session of its own Ctrl-C reaches only us, and we tell it to finish.
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)

    def _watch(self) -> None:
        while True:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            _close_input(self._process)
            log.error("The engine ended with %d; it is started again", code)
            if self._stopping.wait(AGAIN_AFTER):
                return
            with self._lock:
                if not self._stopping.is_set():
                    self._process = self._started()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


@contextmanager
def engine_beside(*, is_wanted: bool) -> Generator[EngineProcess | None]:
    """An engine for as long as the block runs, if one is wanted."""
    process = EngineProcess() if is_wanted else None
    try:
        yield process
    finally:
        if process is not None:
            process.stop()
