"""Engines in processes of their own, started as an operator starts them."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def engine_of(url: str, folder: Path, **settings: str) -> Generator[subprocess.Popen[bytes]]:
    """`escalation engine` on a database, killed at the end if it still runs; it logs to
    `engine.log` in the folder."""
    with (folder / "engine.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "escalation_app", "engine"],
            env=os.environ | {"DATABASE_URL": url, "DATA_DIR": str(folder)} | settings,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
