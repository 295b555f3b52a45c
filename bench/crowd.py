"""Very many open tickets: a few as a help desk has them, and copies of those, made by SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import SQLModel

from bench.seeding import Seeded, seed
from escalation_app.db import Database
from escalation_app.models import ClockRow, EscalationRow, TicketRow, TimerRow
from escalation_app.services.tables import columns

TEMPLATES = 1_000
"""Tickets that are made one by one; all others are copies of them."""
_COPIED = {
    TicketRow: "id",
    ClockRow: "subject_id",
    EscalationRow: "ticket_id",
    TimerRow: "subject_id",
}
"""The models that are copied, and the column that says whose a row is."""


def crowd(
    url: str, tickets: int, *, due: Sequence[datetime] = (), now: datetime | None = None
) -> Seeded:
    """Fill a database with `tickets` open tickets, a multiple of TEMPLATES with those that fall due
    at the instants of `due` (bench.seeding.seed)."""
    seeded = seed(url, TEMPLATES, due=due, now=now)
    copies = (tickets - len(due)) // TEMPLATES - 1
    database = Database(url)
    if copies > 0:
        with database.writing() as session:
            for model, key in _COPIED.items():
                statement = _copying(database, model, key, TEMPLATES + len(due))
                session.execute(text(statement), {"copies": copies})
    if not database.is_sqlite:
        _count_rows(database)
    database.dispose()
    return seeded


def _count_rows(database: Database) -> None:
    """As PostgreSQL does by itself a minute after rows were added, and never for empty tables:
    one that was counted as empty is read from end to end, however much is added to it."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in SQLModel.metadata.tables:
            if connection.execute(text(f"SELECT EXISTS (SELECT FROM {name})")).scalar_one():
                connection.execute(text(f"VACUUM ANALYZE {name}"))


def _copying(database: Database, model: type, key: str, last: int) -> str:
    """The keys of the n-th copies follow those of the ones before."""
    table = columns(model)
    names = [name for name in table.c.keys() if name == key or name != "id"]  # noqa: SIM118
    copied = f"{key} + {last - TEMPLATES} + {TEMPLATES} * n"
    values = [
        copied if name == key else f"{name} || '-' || n" if name == "reference" else name
        for name in names
    ]
    if database.is_sqlite:
        numbers = "(WITH RECURSIVE each(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each"
        numbers += " WHERE n < :copies) SELECT n FROM each) AS numbers"
    else:
        numbers = "generate_series(1, :copies) AS numbers(n)"
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {numbers} CROSS JOIN {table.name} WHERE {key} <= {TEMPLATES}"
    )
