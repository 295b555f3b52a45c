"""The real product, started as its users start it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_START = 180


@dataclass(frozen=True, slots=True)
class Product:
    """A running product: where it is reached, its database and what it wrote to stderr."""

    url: str
    database_url: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running(folder: Path, command: str = "demo", **environment: str) -> Generator[Product]:
    """Run `escalation COMMAND` on a free port with a database of its own in `folder`.

    Raises AssertionError with the end of its log if it does not get ready.
    """
    database_url = environment.pop("DATABASE_URL", f"sqlite:///{folder / 'product.db'}")
    port = free_port()
    log = folder / "product.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "escalation_app", command],
            env=os.environ
            | {"PORT": str(port), "DATABASE_URL": database_url, "DATA_DIR": str(folder)}
            | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, log)
        yield Product(f"http://localhost:{port}", database_url, log, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while "Serving on" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the product did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.05)
