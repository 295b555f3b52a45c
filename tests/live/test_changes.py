from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.live import changes
from escalation_app.live.changes import EVERYTHING, Change, ChangeReader
from escalation_app.models import EventRow
from escalation_app.services import absences, tickets
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk


def _read(reader: ChangeReader, database: Database) -> Change:
    with database.reading() as session:
        return reader.read(session)


def _reader_at_the_end(database: Database) -> ChangeReader:
    reader = ChangeReader()
    _read(reader, database)
    return reader


def _write_event(session: Session, desk: SupportDesk, ticket_id: int) -> None:
    values: dict[str, Any] = {
        "ticket_id": ticket_id,
        "at": desk.now,
        "recorded_at": desk.now,
        "kind": "note_written",
        "actor_kind": "engine",
        "actor_name": "Engine",
        "data": {},
    }
    session.execute(insert(columns(EventRow)).values(values))


def test_what_was_there_before_is_no_news(desk: SupportDesk):
    desk.open("Ferry down")

    assert _read(ChangeReader(), desk.database) == Change()


def test_a_change_names_its_ticket_and_organisation_and_whom_it_tells(desk: SupportDesk):
    reader = _reader_at_the_end(desk.database)
    ticket = desk.open("Ferry down")
    _read(reader, desk.database)

    desk.act("manager", tickets.assign, ticket.reference, desk.people["agent"].person_id)
    change = _read(reader, desk.database)

    assert change.tickets == {ticket.id}
    assert change.organisations == {desk.people["customer"].organisation_id}
    assert desk.people["agent"].person_id in change.people


def test_who_is_away_is_a_change_of_no_ticket(desk: SupportDesk):
    reader = _reader_at_the_end(desk.database)
    me, until = desk.people["agent"].person_id, desk.now + timedelta(hours=1)

    desk.act("agent", absences.set_absence, me, desk.now, until)
    change = _read(reader, desk.database)

    assert change.touches_absences
    assert not change.is_nothing
    assert not change.touches_tickets


def test_a_change_is_told_once(desk: SupportDesk):
    reader = _reader_at_the_end(desk.database)
    desk.open("Ferry down")

    assert not _read(reader, desk.database).is_nothing
    assert _read(reader, desk.database).is_nothing


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_commit_that_took_its_key_first_and_came_last_is_not_missed(desk: SupportDesk):
    first, second = desk.open("First"), desk.open("Second")
    reader = _reader_at_the_end(desk.database)

    with desk.database.writing() as early:
        _write_event(early, desk, first.id)
        with desk.database.writing() as late:
            _write_event(late, desk, second.id)
        assert _read(reader, desk.database).tickets == {second.id}

    assert _read(reader, desk.database).tickets == {first.id}
    assert _read(reader, desk.database).is_nothing


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_large_transaction_that_comes_last_is_not_missed(desk: SupportDesk):
    first, second = desk.open("First"), desk.open("Second")
    reader = _reader_at_the_end(desk.database)

    with desk.database.writing() as early:
        _write_event(early, desk, first.id)
        with desk.database.writing() as late:
            for _ in range(1_500):
                _write_event(late, desk, second.id)
        assert _read(reader, desk.database).tickets == {second.id}

    assert _read(reader, desk.database).tickets == {first.id}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_was_under_way_when_the_reader_began_is_not_missed(desk: SupportDesk):
    first, second = desk.open("First"), desk.open("Second")

    with desk.database.writing() as early:
        _write_event(early, desk, first.id)
        with desk.database.writing() as late:
            _write_event(late, desk, second.id)
        reader = _reader_at_the_end(desk.database)

    assert _read(reader, desk.database).tickets == {first.id}
    assert _read(reader, desk.database).is_nothing


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_keys_that_never_come_are_given_up(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch):
    ticket = desk.open("Ferry down")
    reader = _reader_at_the_end(desk.database)
    with suppress(OSError), desk.database.writing() as session:
        _write_event(session, desk, ticket.id)
        _fail()
    with desk.database.writing() as session:
        _write_event(session, desk, ticket.id)
    _read(reader, desk.database)
    assert _gaps_of(reader) == 1

    monkeypatch.setattr(changes, "GAP_FOR", 0.0)
    _read(reader, desk.database)

    assert _gaps_of(reader) == 0


def _gaps_of(reader: ChangeReader) -> int:
    events = reader._events  # pyright: ignore[reportPrivateUsage]
    assert events is not None
    return len(events.gaps)


def test_a_flood_means_that_everything_may_have_changed(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(changes, "TOO_MANY", 20)
    ticket = desk.open("Ferry down")
    reader = _reader_at_the_end(desk.database)
    with desk.database.writing() as session:
        for _ in range(50):
            _write_event(session, desk, ticket.id)

    assert _read(reader, desk.database) == EVERYTHING
    assert _read(reader, desk.database).is_nothing


def test_a_read_that_fails_loses_nothing(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch):
    reader = _reader_at_the_end(desk.database)
    ticket = desk.open("Ferry down")
    with monkeypatch.context() as broken, desk.database.reading() as session:
        broken.setattr(session, "execute", _fail)
        with pytest.raises(OSError, match="gone"):
            reader.read(session)

    assert _read(reader, desk.database).tickets == {ticket.id}


def _fail(*_: object) -> None:
    raise OSError("the database is gone")
