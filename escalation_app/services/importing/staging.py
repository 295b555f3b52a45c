"""Rows on their way, in a private file that nobody else sees and that ends with the import.

SQLite keeps it: an unnamed database is a temporary file without a name, so that even an import
that is killed leaves nothing behind, and the product's database is neither locked nor bloated by
rows that wait. Memory stays the same however many rows there are.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from escalation_app.services.importing.rows import StagedRow

CACHE_KIB = 16_384
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class StagedTicket:
    """All rows of one ticket, in order of time, then of place, then of line."""

    ref: str
    rows: tuple[StagedRow, ...]


class Stage:
    """Takes rows in any order and gives them back ticket by ticket, the first opened first."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(
            "CREATE TABLE stage (ref TEXT, at INTEGER, position TEXT, line INTEGER,"
            " by TEXT, data TEXT)"
        )
        self._waiting: list[tuple[str, int, str, int, str, str]] = []
        self.rows = 0
        self.tickets = 0

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, row: StagedRow) -> None:
        """Keep one row."""
        self._waiting.append((row.ref, row.at, row.position, row.line, row.by, row.data))
        self.rows += 1
        if len(self._waiting) >= BATCH:
            self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO stage VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()

    def arrange(self) -> None:
        """All rows are in: put them in order and count the tickets."""
        self._write()
        self._database.execute("CREATE INDEX place ON stage (ref, at, position, line)")
        self._database.execute(
            "CREATE TABLE ticket AS SELECT ref, min(at) AS first FROM stage GROUP BY ref"
        )
        (self.tickets,) = self._database.execute("SELECT count(*) FROM ticket").fetchone()

    def read(self) -> Iterator[StagedTicket]:
        """Every ticket, by its first row's time and then by name."""
        rows: list[StagedRow] = []
        for found in self._database.execute(
            "SELECT stage.ref, at, position, line, by, data FROM ticket CROSS JOIN stage"
            " ON stage.ref = ticket.ref"
            " ORDER BY ticket.first, ticket.ref, stage.at, stage.position, stage.line"
        ):
            row = StagedRow(*found)
            if rows and rows[0].ref != row.ref:
                yield _ticket(rows)
                rows = []
            rows.append(row)
        if rows:
            yield _ticket(rows)


def _ticket(rows: Sequence[StagedRow]) -> StagedTicket:
    return StagedTicket(rows[0].ref, tuple(rows))
