"""Migrations as every start asks for them."""

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from escalation_app.db import Database
from escalation_app.migrations import alembic_config, migrate, newest_revision, revision_of
from escalation_app.models import OutboxRow
from escalation_app.services.tables import columns


def test_the_newest_file_is_named_after_the_head():
    head = ScriptDirectory.from_config(alembic_config("sqlite:///unused.db")).get_current_head()

    assert newest_revision() == head


def test_a_new_database_is_made_with_its_folder_and_stands_at_the_head(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'new' / 'desk.db'}"

    migrate(url)

    assert revision_of(url) == newest_revision()


def test_a_database_that_was_never_migrated_has_no_revision(tmp_path: Path):
    assert revision_of(f"sqlite:///{tmp_path / 'empty.db'}") is None


def test_migrating_again_changes_nothing(tmp_path: Path):
    file = tmp_path / "desk.db"
    migrate(f"sqlite:///{file}")
    before = file.read_bytes()

    migrate(f"sqlite:///{file}")

    assert file.read_bytes() == before


def test_messages_are_kept_when_they_come_to_cite_their_events(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0003")
    database = Database(url)
    with database.writing() as session:
        for statement in _AN_OLD_MESSAGE.split(";"):
            session.execute(text(statement))
    migrate(url)

    with database.reading() as session:
        (message,) = session.execute(select(columns(OutboxRow))).all()
        indexes = {row.name for row in session.execute(text("PRAGMA index_list('outbox')"))}
    database.dispose()

    assert (message.dedupe_key, message.data, message.event_id) == ("1:0:0:1:email", {"a": 1}, None)
    assert indexes >= {"uq_outbox_dedupe", "uq_outbox_event", "ix_outbox_work", "ix_outbox_bell"}


_AN_OLD_MESSAGE = """
INSERT INTO person (key, email, name, team, tier, is_team_lead, zone, is_active, password_hash,
    created_at) VALUES ('a', 'a@b.c', 'A', '', 0, 0, 'UTC', 1, '', '2026-01-01 00:00:00.000000');
INSERT INTO outbox (dedupe_key, channel, person_id, kind, data, state, created_at, attempts,
    lease_owner, note, is_forced) VALUES ('1:0:0:1:email', 'email', 1, 'x', '{"a": 1}', 'pending',
    '2026-01-01 00:00:00.000000', 0, '', '', 0)
"""
