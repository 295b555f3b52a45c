"""Databases for tests: migrated once, then copied for each test."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from escalation_app import db
from escalation_app.db import Database
from escalation_app.migrations import migrate
from tests.support import postgres
from tests.support.sharing import KEPT, SharingEngines


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[SharingEngines]:
    """What all engines of this process are made by."""
    sharing = SharingEngines()
    sharing.compile_once("sqlite://")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", sharing)
        yield sharing
    sharing.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, never opened by a test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(engines: SharingEngines) -> Iterator[postgres.Server]:
    """A server with a migrated database called `template_PID`."""
    with postgres.running() as server:
        if server is None:
            pytest.skip("no PostgreSQL on this machine")
        template = f"template_{os.getpid()}"
        server.execute(f"CREATE DATABASE {template}")
        engines.compile_once(server.url(template))
        migrate(server.url(template))
        yield server
        server.hang_up()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    path = tmp_path / "test.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, engines: SharingEngines) -> Iterator[str]:
    """A migrated, empty PostgreSQL database, which the tests of a process use one after the other:
    it is emptied after each, or replaced when a test has changed what it is made of."""
    name, template = f"test_{os.getpid()}", f"template_{os.getpid()}"
    url = postgres_server.url(name)
    if name not in _made_of:
        postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        _made_of[name] = postgres_server.ask(name, _MADE_OF)
        engines.keep_connections(url)
    yield url
    postgres_server.ask(name, _END_OTHERS)
    if postgres_server.ask(name, _MADE_OF) == _made_of[name]:
        postgres_server.ask(name, _EMPTY)
        if next(_emptied) % VACUUM_EVERY == 0:
            postgres_server.ask(name, "VACUUM")
    else:
        del _made_of[name]
        engines.close_connections(url)
        postgres_server.hang_up()
        postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


VACUUM_EVERY = 50
"""Tests until what they have deleted is cleared away, which an empty table is left small by."""
_emptied = count(1)
_made_of: dict[str, object] = {}
"""By the name of a database, the tables, columns, indexes, constraints and triggers it had when
it was new."""
_MADE_OF = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
  SELECT concat(relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat(attrelid::regclass, '.', attname, atttypid) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
  UNION ALL SELECT conname::text FROM pg_constraint
  UNION ALL SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
) AS parts(part)
"""
_END_OTHERS = f"""
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT (
  application_name = '{KEPT}' AND state = 'idle'
  AND NOT EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = pg_stat_activity.pid)
)
"""
"""A kept connection stays if its test has left nothing behind in it."""
_EMPTY = """
DO $$
DECLARE
  one text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('DELETE FROM %I', one);
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""
"""Not TRUNCATE, which makes the files of a table and its indexes anew: six times as long."""


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
