"""Migrations as every start asks for them."""

from pathlib import Path

from alembic.script import ScriptDirectory

from escalation_app.migrations import alembic_config, migrate, newest_revision, revision_of


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
