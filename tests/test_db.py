"""Whose turn it is to write."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from escalation_app import db
from escalation_app.db import Database, Turns


def test_whoever_gives_way_comes_after_those_who_wait():
    turns, order = Turns(), list[str]()
    assert turns.take(1)

    def write(name: str, gives_way: bool) -> None:
        assert turns.take(10, gives_way=gives_way)
        order.append(name)
        turns.give_back()

    with ThreadPoolExecutor(3) as threads:
        threads.submit(write, "engine", True)
        clicks = [threads.submit(write, "click", False) for _ in range(2)]
        while turns.waiting < len(clicks):
            threading.Event().wait(0.001)
        turns.give_back()

    assert order == ["click", "click", "engine"]


def test_a_turn_that_does_not_come_in_time_is_not_taken():
    turns = Turns()
    turns.take(1)

    late = turns.take(0.01)
    turns.give_back()

    assert not late
    assert turns.take(0.01)


def test_a_checkpoint_moves_what_was_written_into_the_database(sqlite_url: str):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url)
    with database.writing() as session:
        session.execute(text("INSERT INTO counter (name, value) VALUES ('a gannet', 1)"))
    before = file.read_bytes()

    database.checkpoint()

    assert b"a gannet" not in before
    assert b"a gannet" in file.read_bytes()
    database.dispose()


def test_a_checkpoint_waits_for_nobody_who_writes(sqlite_url: str):
    database = Database(sqlite_url)
    with database.writing() as session:
        session.execute(text("INSERT INTO counter (name, value) VALUES ('under way', 1)"))

        database.checkpoint()

    with database.reading() as session:
        found = session.execute(text("SELECT value FROM counter WHERE name = 'under way'"))
        assert found.scalar_one() == 1
    database.dispose()


def test_a_write_lock_that_is_never_let_go_is_an_error_in_the_end(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    here, elsewhere = Database(sqlite_url), Database(sqlite_url)
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 20)

    with (
        here.writing(),
        pytest.raises(OperationalError, match="database is locked"),
        elsewhere.writing(),
    ):
        pass

    with elsewhere.writing() as session:
        session.execute(text("INSERT INTO counter (name, value) VALUES ('afterwards', 1)"))
    elsewhere.dispose()
    here.dispose()


def test_a_database_that_cannot_be_written_is_not_waited_for(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    path = sqlite_url.removeprefix("sqlite:///")
    database = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    monkeypatch.setattr(db, "TRY_AGAIN", 1_000)

    with pytest.raises(OperationalError, match="readonly"), database.writing() as session:
        session.execute(text("DELETE FROM counter"))
    database.dispose()
