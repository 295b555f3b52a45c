import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from escalation_app.db import Database
from escalation_app.live import signal
from escalation_app.live.signal import ChangeSignal
from escalation_app.models import CounterRow
from tests.support.live import eventually, for_a_while


class Heard:
    """How often a signal was given."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def _listen(database: Database, test: Callable[[Heard], Coroutine[Any, Any, None]]) -> None:
    async def go() -> None:
        heard = Heard()
        listening = ChangeSignal(database, heard)
        await listening.start()
        await eventually(lambda: heard.count == 1)
        await test(heard)
        await listening.stop()

    asyncio.run(go())


def _commit(database: Database, name: str = "ticket") -> None:
    with database.writing() as session:
        session.merge(CounterRow(name=name, value=1))


def test_a_commit_is_heard_soon(database: Database):
    async def test(heard: Heard) -> None:
        await asyncio.to_thread(_commit, database)

        await eventually(lambda: heard.count == 2, seconds=1)

    _listen(database, test)


def test_a_commit_of_another_process_is_heard(database: Database):
    elsewhere = Database(database.url)

    async def test(heard: Heard) -> None:
        await asyncio.to_thread(_commit, elsewhere)

        await eventually(lambda: heard.count == 2, seconds=1)

    _listen(database, test)
    elsewhere.dispose()


def test_reading_and_what_is_rolled_back_are_not_heard(database: Database):
    async def test(heard: Heard) -> None:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
        with pytest.raises(ZeroDivisionError):
            _roll_back(database)
        await for_a_while()

        assert heard.count == 1

    _listen(database, test)


def test_a_listener_that_lost_its_connection_comes_back_and_says_that_things_may_have_changed(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(signal, "AGAIN_AFTER", 0.1)
    database = Database(postgres_url)

    async def test(heard: Heard) -> None:
        await asyncio.to_thread(_end_connections, postgres_url)
        await eventually(lambda: heard.count == 2)
        await asyncio.to_thread(_commit, database)

        await eventually(lambda: heard.count == 3)

    _listen(database, test)
    database.dispose()


def test_a_file_that_cannot_be_read_for_a_while_is_looked_at_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(signal, "AGAIN_AFTER", 0.05)
    database = Database(sqlite_url)
    connect, refusals = signal.sqlite3.connect, iter([True, True])

    def sometimes(*args: Any, **options: Any) -> Any:
        if next(refusals, False):
            raise signal.sqlite3.OperationalError("unable to open database file")
        return connect(*args, **options)

    monkeypatch.setattr(signal.sqlite3, "connect", sometimes)

    async def test(heard: Heard) -> None:
        await asyncio.to_thread(_commit, database)

        await eventually(lambda: heard.count == 2)

    _listen(database, test)
    database.dispose()


def _roll_back(database: Database) -> None:
    with database.writing() as session:
        session.merge(CounterRow(name="ticket", value=1))
        session.flush()
        raise ZeroDivisionError


def _end_connections(url: str) -> None:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
