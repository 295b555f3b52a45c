from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import escalation_app.models  # noqa: F401  (fills the metadata)
from escalation_app.db import Database
from escalation_app.migrations import alembic_config


def test_the_migrations_make_exactly_the_tables_of_the_models(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


def test_the_revisions_stand_in_one_row():
    scripts = ScriptDirectory.from_config(alembic_config("sqlite://"))

    assert len(scripts.get_heads()) == 1
