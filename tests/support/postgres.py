"""A PostgreSQL server that lives as long as the tests do."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.programs import find

_SETTINGS = {
    "listen_addresses": "",  # the socket in its own folder only
    "max_connections": "200",
    "timezone": "Asia/Kolkata",  # nothing may depend on the server's own zone
}
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # a test's plans do not depend on what came before it
}


class Server:
    """A running server, reached through a socket in its folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._lines: dict[str, psycopg.Connection[Any]] = {}

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, as CREATE DATABASE needs."""
        with psycopg.connect(
            host=self.folder, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def ask(self, database: str, statement: str) -> object:
        """Run one statement in a database; the first value it gives, if it gives any."""
        try:
            asked = self._line(database).execute(statement.encode())
        except psycopg.OperationalError:  # a test has ended every connection
            self._lines.pop(database).close()
            asked = self._line(database).execute(statement.encode())
        row = asked.fetchone() if asked.description else None
        return row[0] if row else None

    def _line(self, database: str) -> "psycopg.Connection[Any]":
        if database not in self._lines:
            self._lines[database] = psycopg.connect(
                host=self.folder, user="postgres", dbname=database, autocommit=True
            )
        return self._lines[database]

    def hang_up(self) -> None:
        """Close the connections in which databases are asked."""
        while self._lines:
            self._lines.popitem()[1].close()


@contextmanager
def running(*, durable: bool = False) -> Generator[Server | None]:
    """Start a server for the block; None where there is no PostgreSQL.

    A server of another test process, named by TEST_POSTGRES, is used instead if there is one. A
    durable one, started for the block in any case, waits for the disk at every commit.
    """
    initdb = find("initdb")
    if not durable and (folder := os.environ.get("TEST_POSTGRES")):
        yield Server(folder)
    elif initdb is None:
        yield None
    else:
        with (
            tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
            _started(initdb.parent, Path(folder), durable=durable) as server,
        ):
            yield server


@contextmanager
def _started(programs: Path, folder: Path, *, durable: bool) -> Generator[Server]:
    """Make a cluster in the folder and run it; PostgreSQL refuses to run as root."""
    identity = _identity(folder)
    data = folder / "data"
    cluster = ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [programs / "initdb", "--no-sync", *cluster], check=True, capture_output=True, **identity
    )
    settings = _SETTINGS if durable else _SETTINGS | _FORGETFUL
    options = [f"--{name}={value}" for name, value in settings.items()]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *options],
            stdout=log,
            stderr=log,
            **identity,
        )
    try:
        _wait(programs, folder)
        yield Server(str(folder))
    finally:
        server.send_signal(signal.SIGINT)  # ends connections too
        server.wait(timeout=30)


def _identity(folder: Path) -> dict[str, Any]:
    """Who the server runs as; the folder becomes theirs."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    shutil.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}


def _wait(programs: Path, folder: Path) -> None:
    asked = [programs / "pg_isready", "-q", "-h", folder]
    for _ in range(300):
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start:\n{(folder / 'server.log').read_text()}")
