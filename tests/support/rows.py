"""All rows of a small database, to be written into others instead of being made anew."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text
from sqlmodel import SQLModel

import escalation_app.models  # noqa: F401  (fills the metadata)
from escalation_app.db import Database


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of every table that has some, in an order in which they may be written."""

    tables: tuple[tuple[Table, tuple[dict[str, Any], ...]], ...]

    def write_to(self, database: Database) -> None:
        """Write them into a database without any, which goes on as if it had made them itself."""
        with database.writing() as session:
            connection = session.connection()
            for table, rows in self.tables:
                connection.execute(insert(table), rows)
            if not database.is_sqlite:
                _go_on_after(connection, [table for table, _ in self.tables])


def copy_of(database: Database) -> Rows:
    """The rows as they are."""
    with database.reading() as session:
        every = (
            (table, tuple(dict(row) for row in session.execute(select(table)).mappings()))
            for table in SQLModel.metadata.sorted_tables
        )
        return Rows(tuple((table, rows) for table, rows in every if rows))


def _go_on_after(connection: Connection, tables: list[Table]) -> None:
    """PostgreSQL counts in sequences, which know nothing of keys that were given."""
    counted = [
        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"
        f" (SELECT max({column.name}) FROM {table.name}))"
        for table in tables
        if (column := table.autoincrement_column) is not None
    ]
    if counted:
        connection.execute(text(" UNION ALL ".join(counted)))
