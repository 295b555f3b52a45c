"""Processes forked from one that has imported the product already: a start takes a fiftieth.

A fork runs `escalation engine` from its command line on, with an environment of its own, or the
people of the desk. It can be killed like any other process, and stays a zombie until it is waited
for, so that its number names nobody else meanwhile.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


class Nursery:
    """The parent of the forks, spoken to in lines of JSON."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def start_engine(self, number: int, fault: str = "", **environment: str) -> int:
        """The process id of a new engine; it logs to `engine-NUMBER.log`."""
        log = str(self._folder / f"engine-{number}.log")
        return self._ask(run="engine", log=log, environment=environment, fault=fault)

    def start_people(self, url: str, journal: Path, seed: int) -> int:
        """The process id of the people at work."""
        log = str(self._folder / "people.log")
        return self._ask(run="people", log=log, arguments=[url, str(journal), seed])

    def wait(self, pid: int) -> int:
        """The exit code of a fork once it has ended; minus the signal that killed it."""
        return self._ask(wait=pid)

    def _ask(self, **request: Any) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery(folder: Path) -> Generator[Nursery]:
    """Forks end with the block at the latest."""
    with (folder / "nursery.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crash.nursery"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        yield Nursery(process, folder)


def _main() -> None:
    import psycopg

    from escalation_app import cli
    from escalation_app.commands import engine
    from tests.support.crash import faults, people

    assert engine and psycopg  # both take long to import
    alive: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            pid, status = os.waitpid(request["wait"], 0)
            alive.discard(pid)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _speak_to(request["log"])
            os.environ.update(request.get("environment", {}))
            if request["run"] == "people":
                url, journal, seed = request["arguments"]
                people.main(url, Path(journal), seed)
                sys.exit(0)
            faults.plant(request["fault"])
            sys.exit(cli.main(["engine"]))
        alive.add(pid)
        print(pid, flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _speak_to(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((nowhere, 0), (file, 1), (file, 2)):
        os.dup2(number, target)


if __name__ == "__main__":
    _main()
