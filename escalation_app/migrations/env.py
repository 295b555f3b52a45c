"""Run by alembic: migrate one database inside one transaction."""

from typing import Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

from escalation_app import models
from escalation_app.db import Database
from escalation_app.models.types import OPTIONAL_JSON, PLAIN_JSON, UtcDateTime

assert models.TicketRow.metadata is SQLModel.metadata


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types as plain ones, so that a revision never depends on them."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and item in (PLAIN_JSON, OPTIONAL_JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    database = Database(context.config.attributes["url"])
    try:
        with database.engine.connect().execution_options(escalation_writes=True) as connection:
            if not database.is_sqlite:
                # Two processes that start at once migrate one after the other.
                connection.exec_driver_sql("SELECT pg_advisory_lock(727271)")
                connection.commit()
            context.configure(
                connection=connection,
                target_metadata=SQLModel.metadata,
                render_as_batch=database.is_sqlite,
                render_item=render_item,
            )
            with context.begin_transaction():
                context.run_migrations()
            if not database.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_unlock(727271)")
            connection.commit()
    finally:
        database.dispose()


run()
