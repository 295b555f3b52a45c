"""The cells of a row, read as what they mean: words, names, texts and instants."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from escalation_app.domain.errors import Invalid
from escalation_app.services.document_tree import DocumentError
from escalation_app.services.importing.mapping import (
    AS_BEFORE,
    ISO,
    Column,
    Mapping,
    MappingErrors,
    Rows,
    Words,
)
from escalation_app.services.importing.rejects import Rejects, is_formula

T = TypeVar("T")

VITAL = {Rows.EVENTS: ("ticket", "at", "status"), Rows.TICKETS: ("ticket", "opened_at")}
"""Columns without which no event can be placed."""
LONGEST_NAME = 200
LONGEST_DATE = 60
FIRST_YEAR = 1980
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Wrong(Exception):
    """This row takes no part; the text says why."""


class Cells:
    """Reads cells by the columns and words of a mapping. Every method raises Wrong for a cell that
    cannot be read; what is put right instead is added to `repairs`.

    `blank` are the names of columns that count as empty. `until` is the latest instant that a log
    can honestly have.
    """

    def __init__(
        self, mapping: Mapping, positions: dict[str, int], blank: set[str], until: datetime
    ) -> None:
        self.repairs: list[str] = []
        self._mapping = mapping
        self._until = until
        self._index = {name: at for name, at in positions.items() if name not in blank}
        self._columns = {
            key: self._index[column.name]
            for key, column in mapping.columns.items()
            if column.name in self._index
        }
        self._instant_of = lru_cache(maxsize=65_536)(self._read_instant)

    def indexes(self, keys: Iterable[str], *columns: Column) -> tuple[int, ...]:
        """Where the columns of these keys, and these others, stand; without those left blank."""
        keyed = {self._columns[key] for key in keys if key in self._columns}
        named = {self._index[column.name] for column in columns if column.name in self._index}
        return tuple(sorted(keyed | named))

    def cell(self, key: str, cells: Sequence[str]) -> str:
        """The cell of a mapped column, or nothing where it is empty, blank or not mapped."""
        index = self._columns.get(key)
        return "" if index is None else self._said(cells[index])

    def named(self, key: str) -> str:
        """A column as its mapping and its file call it."""
        column = self._mapping.columns.get(key)
        return f"{key} ({column.name})" if column and column.name != key else key

    def name(self, key: str, cells: Sequence[str]) -> str:
        """A name on one line."""
        text = " ".join(self.cell(key, cells).split())
        return self._fitting(text, LONGEST_NAME, self.named(key))

    def email(self, key: str, cells: Sequence[str]) -> str:
        """An address, or nothing where the cell holds none."""
        text = self.cell(key, cells).lower()
        is_address = text.count("@") == 1 and len(text) <= 254 and len(text.split()) == 1
        return text if is_address else ""

    def text(
        self, columns: Iterable[Column], cells: Sequence[str], longest: int, joint: str = ", "
    ) -> str:
        """What the columns say, joined; lines are kept where they are joined by lines."""
        said = [
            self._said(cells[self._index[column.name]])
            for column in columns
            if column.name in self._index
        ]
        if joint != "\n":
            said = [" ".join(text.split()) for text in said]
        named = " and ".join(column.name for column in columns)
        return self._fitting(joint.join(filter(None, said)), longest, named)

    def word(self, key: str, words: Words[T], cells: Sequence[str]) -> T | None:
        """What a word means; None for an empty cell."""
        word = self.cell(key, cells)
        if not word:
            return None
        known = words.known.get(word, words.otherwise)
        if known is None:
            raise self._unknown(key, word, words.line)
        return known

    def status(self, word: str) -> str:
        """The status a word stands for; nothing when the ticket stays as it was."""
        if not word:
            return ""
        status = self._mapping.statuses.known.get(word)
        if status is None:
            raise self._unknown("status", word, self._mapping.statuses.line)
        return "" if status == AS_BEFORE else status

    def position(self, cells: Sequence[str]) -> str:
        """The place of a row among those of equal time, as text that sorts."""
        return " ".join(_sortable(cells[self._index[c.name]]) for c in self._mapping.order)

    def instant(self, key: str, cells: Sequence[str]) -> datetime | None:
        """An instant in UTC; None for an empty cell."""
        text = self.cell(key, cells)
        if not text:
            return None
        at = "is no date" if len(text) > LONGEST_DATE else self._instant_of(text)
        if isinstance(at, str):
            raise Wrong(f"{self.named(key)} {text[:LONGEST_DATE]!r} {at}.")
        return at

    def _read_instant(self, text: str) -> datetime | str:
        """The instant, or what is wrong with the text."""
        try:
            at = read_instant(text, self._mapping.dates, self._mapping.zone)
        except (ValueError, OverflowError) as wrong:
            return str(wrong)
        return "lies in the future" if at > self._until else at

    def _said(self, cell: str) -> str:
        text = cell.strip()
        return "" if text in self._mapping.empty else text

    def _fitting(self, text: str, longest: int, named: str) -> str:
        if is_formula(text):
            self.repairs.append(f"{named} looks like a formula; kept as the text it is.")
        if len(text) <= longest:
            return text
        self.repairs.append(f"{named} has {len(text):,} characters; cut to {longest:,}.")
        return f"{text[: longest - 1]}…"

    def _unknown(self, key: str, word: str, line: int) -> Wrong:
        said = f"{self.named(key)} is {word[:60]!r}, a word the mapping does not know"
        return Wrong(f"{said} (mapping line {line})." if line else f"{said}.")


def positions(mapping: Mapping, header: Sequence[str], rejects: Rejects) -> dict[str, int]:
    """Where each column of the file stands.

    Raises MappingErrors for a mapped column that stands twice, and for a missing one without which
    no event can be placed. Any other missing column is taken as empty, which is said.
    """
    names = [name.strip() for name in header]
    vital = {mapping.columns[key].name for key in VITAL[mapping.rows] if key in mapping.columns}
    vital.update(column.name for column in mapping.order)
    errors: list[DocumentError] = []
    for name, column in {column.name: column for column in mapping.every_column()}.items():
        if names.count(name) > 1:
            said = f"The file has {names.count(name)} columns named {name!r}."
            errors.append(DocumentError(column.line, "", said))
        elif name in vital and name not in names:
            said = f"The file has no column {name!r}; it has: {', '.join(names)[:600]}."
            errors.append(DocumentError(column.line, "", said))
        elif name not in names:
            said = f"The file has no column {name!r} (mapping line {column.line}): taken as empty."
            rejects.repair(1, said)
    if errors:
        raise MappingErrors(tuple(sorted(errors, key=lambda error: error.line)))
    return {name: index for index, name in enumerate(names)}


def micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int, shift: timedelta) -> datetime:
    """The instant behind `micros`, moved by `shift`."""
    return _EPOCH + timedelta(microseconds=at) + shift


def read_instant(text: str, formats: Sequence[str], zone: ZoneInfo) -> datetime:
    """The instant in UTC. A time without an offset is local time in `zone`: the first of two, and
    one that was skipped counts as if the clock had not been moved. Raises ValueError."""
    for form in formats:
        try:
            read = _by_format(text, form)
        except ValueError:
            continue
        read = read.replace(tzinfo=zone) if read.tzinfo is None else read
        if read.year < FIRST_YEAR:
            raise ValueError(f"lies before {FIRST_YEAR}")
        return read.astimezone(UTC)
    raise ValueError(f"is no date and time as {' or '.join(formats)}")


def checked_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The instant an operator names, in UTC; without an offset it is local time in `zone`.

    Raises Invalid for anything that is no ISO date and time.
    """
    try:
        return read_instant(text.strip(), (ISO,), zone)
    except (ValueError, OverflowError) as wrong:
        raise Invalid(f"--as-of {text!r} {wrong}; for example 2016-05-10T12:00.") from wrong


def _by_format(text: str, form: str) -> datetime:
    """Raises ValueError."""
    if form == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 (who asks sets the zone)


def _sortable(cell: str) -> str:
    """Text that sorts as the number it holds, or as itself."""
    text = cell.strip()[:40]
    return f"{int(text):020d}" if text.isascii() and text.isdigit() else text
