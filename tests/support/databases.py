"""Databases for tests: migrated once, then copied for each test."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.migrations import migrate
from tests.support import postgres

_numbers = itertools.count()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, never opened by a test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A server with a migrated database called `template_PID`."""
    with postgres.running() as server:
        if server is None:
            pytest.skip("no PostgreSQL on this machine")
        server.execute(f"CREATE DATABASE template_{os.getpid()}")
        migrate(server.url(f"template_{os.getpid()}"))
        yield server


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "test.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    template = f"template_{os.getpid()}"
    postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield postgres_server.url(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of the test's own; the test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of the test's own, on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.dispose()
