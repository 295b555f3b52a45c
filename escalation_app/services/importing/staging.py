"""Rows on their way, in a private file that nobody else sees and that ends with the import.

SQLite keeps it: an unnamed database is a temporary file without a name, so that even an import
that is killed leaves nothing behind, and the product's database is neither locked nor bloated by
rows that wait. Memory stays the same however many rows there are.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from escalation_app.services.importing.rows import Fact, StagedRow

CACHE_KIB = 16_384
BATCH = 2_000
_OPENED = Fact._fields.index("opened")


@dataclass(frozen=True, slots=True)
class StagedTicket:
    """All rows of one ticket, in order of time, then of place, then of line. It was not opened
    before `first`, in microseconds since 1970 in UTC."""

    ref: str
    first: int
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
        # With two arguments, min() is no aggregate.
        self._database.execute(
            "CREATE TABLE ticket AS"
            " SELECT ref, min(min(at, ifnull(json_extract(data, ?), at))) AS first"
            " FROM stage GROUP BY ref",
            (f"$[{_OPENED}]",),
        )
        (self.tickets,) = self._database.execute("SELECT count(*) FROM ticket").fetchone()

    def facts(self) -> Iterator[Fact]:
        """What every row says, in no order."""
        for (data,) in self._database.execute("SELECT data FROM stage"):
            yield Fact(*json.loads(data))

    def last_at(self) -> int | None:
        """The time of the latest row, in microseconds since 1970 in UTC; None without rows."""
        (last,) = self._database.execute("SELECT max(at) FROM stage").fetchone()
        return last

    def read(self) -> Iterator[StagedTicket]:
        """Every ticket, by when it was opened and then by name."""
        first = 0
        rows: list[StagedRow] = []
        for began, *found in self._database.execute(
            "SELECT first, stage.ref, at, position, line, by, data FROM ticket CROSS JOIN stage"
            " ON stage.ref = ticket.ref"
            " ORDER BY ticket.first, ticket.ref, stage.at, stage.position, stage.line"
        ):
            row = StagedRow(*found)
            if rows and rows[0].ref != row.ref:
                yield StagedTicket(rows[0].ref, first, tuple(rows))
                rows = []
            first = began
            rows.append(row)
        if rows:
            yield StagedTicket(rows[0].ref, first, tuple(rows))
