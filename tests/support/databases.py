"""Databases for tests: migrated once, then copied for each test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.migrations import migrate
from tests.support import postgres


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
    """A migrated, empty PostgreSQL database, which the tests of a process use one after the other:
    it is emptied after each, or replaced when a test has changed what it is made of."""
    name, template = f"test_{os.getpid()}", f"template_{os.getpid()}"
    if name not in _made_of:
        postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        _made_of[name] = postgres_server.ask(name, _MADE_OF)
    yield postgres_server.url(name)
    postgres_server.ask(name, _END_OTHERS)
    if postgres_server.ask(name, _MADE_OF) == _made_of[name]:
        postgres_server.ask(name, _EMPTY)
    else:
        del _made_of[name]
        postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
_END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE
  filled text[] := '{}';
  one text;
  is_filled boolean;
BEGIN
  FOR one IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO is_filled;
    IF is_filled THEN
      filled := filled || quote_ident(one);
    END IF;
  END LOOP;
  IF filled <> '{}' THEN
    EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE';
  END IF;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


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
