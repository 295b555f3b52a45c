"""From the cells of a row to what it says about its ticket, checked and ready to be staged."""

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from escalation_app.domain.errors import Invalid
from escalation_app.domain.tickets import Status
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
from escalation_app.services.importing.reading import Record
from escalation_app.services.importing.rejects import Rejects, is_formula

T = TypeVar("T")

VITAL = {Rows.EVENTS: ("ticket", "at", "status"), Rows.TICKETS: ("ticket", "opened_at")}
"""Columns without which no event can be placed."""
LONGEST_REF = 120
LONGEST_NAME = 200
LONGEST_SUBJECT = 300
LONGEST_DESCRIPTION = 50_000
LONGEST_CATEGORY = 120
FIRST_YEAR = 1980
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Wrong(Exception):
    """This row takes no part; the text says why."""


class Fact(NamedTuple):
    """What one row says. Instants are microseconds since 1970 in UTC as the log has them, words are
    keys of the process, and what is empty or None was not said. Staged as JSON, in this order."""

    opened: int | None
    status: str
    answers: bool
    moves_up: bool
    impact: str
    urgency: str
    severity: int | None
    team: str
    group: str
    assignee: str
    assignee_email: str
    by: str
    resolved: int | None
    first_response: int | None
    closed: int | None
    updated: int | None
    subject: str
    description: str
    category: str
    channel: str
    organisation: str
    requester: str
    requester_email: str
    plan: str


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row on its way: of which ticket, when, and in which place among those of equal time."""

    ref: str
    at: int
    position: str
    line: int
    data: str


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


def _by_format(text: str, form: str) -> datetime:
    """Raises ValueError."""
    if form == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 (who asks sets the zone)


class RowReader:
    """Reads rows by a mapping whose columns have been found in the file's header.

    With `as_of` (UTC), rows and dates that lie after it are left out and hindsight is blank;
    `later` counts the rows. `until` is the latest instant that a log can honestly have.
    """

    def __init__(
        self,
        mapping: Mapping,
        header: Sequence[str],
        rejects: Rejects,
        *,
        until: datetime,
        as_of: datetime | None,
    ) -> None:
        self.later = 0
        self._mapping = mapping
        self._rejects = rejects
        self._until = until
        self._as_of = as_of
        self._index = _positions(mapping, header, rejects)
        blank = {column.name for column in mapping.hindsight} if as_of else set[str]()
        self._columns = {
            key: self._index[column.name]
            for key, column in mapping.columns.items()
            if column.name in self._index and column.name not in blank
        }
        self._blank = blank
        self._read_instant = lru_cache(maxsize=65_536)(self._instant_of)

    def staged(self, record: Record) -> StagedRow | None:
        """The row to stage; None when it is rejected or later than `as_of`."""
        try:
            if self._mapping.rows is Rows.EVENTS:
                return self._event(record)
            return self._ticket(record)
        except Wrong as wrong:
            self._rejects.reject(record.line, str(wrong), record.cells)
            return None

    # The two shapes ----------------------------------------------------------------------

    def _event(self, record: Record) -> StagedRow | None:
        cells = record.cells
        at = self._instant("at", cells)
        if at is None:
            raise Wrong(f"{self._named('at')} is empty: nobody knows when this happened.")
        if self._is_later(at):
            self.later += 1
            return None
        word = self._cell("status", cells)
        status = self._status(word)
        fact = self._fact(record, status)._replace(
            answers=word in self._mapping.first_response, moves_up=word in self._mapping.moves_up
        )
        return self._row(record, at, fact)

    def _ticket(self, record: Record) -> StagedRow | None:
        cells = record.cells
        opened = self._instant("opened_at", cells)
        if opened is None:
            raise Wrong(f"{self._named('opened_at')} is empty: nobody knows when it was opened.")
        if self._is_later(opened):
            self.later += 1
            return None
        keys = ("first_response_at", "updated_at", "resolved_at", "closed_at")
        dated = {key: self._dated(key, cells) for key in keys}
        for key, at in dated.items():
            if at is not None and at < opened:
                raise Wrong(f"{self._named(key)} lies before {self._named('opened_at')}.")
        resolved, closed = dated["resolved_at"], dated["closed_at"]
        if resolved is not None and closed is not None and closed < resolved:
            raise Wrong(f"{self._named('closed_at')} lies before {self._named('resolved_at')}.")
        status = self._status(self._cell("status", cells)) or self._status_by_dates(dated)
        if status in (Status.RESOLVED, Status.CLOSED) and not (
            resolved or closed or dated["updated_at"]
        ):
            raise Wrong(f"It is {status} and no column says since when.")
        fact = self._fact(record, status)._replace(
            first_response=_micros(dated["first_response_at"]),
            resolved=_micros(resolved),
            closed=_micros(closed),
            updated=_micros(dated["updated_at"]),
        )
        return self._row(record, opened, fact)

    @staticmethod
    def _status_by_dates(dated: Dictionary[str, datetime | None]) -> str:
        """What the dates say where no status is given."""
        if dated["closed_at"]:
            return Status.CLOSED
        if dated["resolved_at"]:
            return Status.RESOLVED
        return Status.OPEN if dated["first_response_at"] else Status.NEW

    def _row(self, record: Record, at: datetime, fact: Fact) -> StagedRow:
        ref = self._cell("ticket", record.cells)
        if not ref:
            raise Wrong(f"{self._named('ticket')} is empty: no ticket is named.")
        if len(ref) > LONGEST_REF:
            raise Wrong(f"{self._named('ticket')} is longer than {LONGEST_REF} characters.")
        position = " ".join(
            _sortable(record.cells[self._index[column.name]]) for column in self._mapping.order
        )
        data = json.dumps(fact, ensure_ascii=False, separators=(",", ":"))
        return StagedRow(ref, micros(at), position, record.line, data)

    def _fact(self, record: Record, status: str) -> Fact:
        mapping, cells = self._mapping, record.cells
        group = self._name("group", record)
        return Fact(
            opened=_micros(self._dated("opened_at", cells)),
            status=status,
            answers=False,
            moves_up=False,
            impact=self._word("impact", mapping.impacts, cells) or "",
            urgency=self._word("urgency", mapping.urgencies, cells) or "",
            severity=self._word("priority", mapping.severities, cells),
            team=self._word("group", mapping.teams, cells) or "" if group else "",
            group=group,
            assignee=self._name("assignee", record),
            assignee_email=self._email("assignee_email", cells),
            by=self._name("by", record),
            resolved=_micros(self._dated("resolved_at", cells)),
            first_response=None,
            closed=None,
            updated=None,
            subject=self._text(mapping.subject, record, LONGEST_SUBJECT),
            description=self._text(mapping.description, record, LONGEST_DESCRIPTION, "\n"),
            category=self._text(mapping.category, record, LONGEST_CATEGORY),
            channel=self._word("channel", mapping.channels, cells) or "",
            organisation=self._name("organisation", record),
            requester=self._name("requester", record),
            requester_email=self._email("requester_email", cells),
            plan=self._word("plan", mapping.plans, cells) or "",
        )

    # Cells -------------------------------------------------------------------------------

    def _cell(self, key: str, cells: Sequence[str]) -> str:
        """The cell of a mapped column, or nothing where it is empty, blank or not mapped."""
        index = self._columns.get(key)
        return "" if index is None else self._said(cells[index])

    def _said(self, cell: str) -> str:
        text = cell.strip()
        return "" if text in self._mapping.empty else text

    def _named(self, key: str) -> str:
        column = self._mapping.columns.get(key)
        return f"{key} ({column.name})" if column and column.name != key else key

    def _name(self, key: str, record: Record) -> str:
        text = " ".join(self._cell(key, record.cells).split())
        return self._fitting(text, LONGEST_NAME, self._named(key), record)

    def _email(self, key: str, cells: Sequence[str]) -> str:
        text = self._cell(key, cells).lower()
        is_address = text.count("@") == 1 and len(text) <= 254 and len(text.split()) == 1
        return text if is_address else ""

    def _text(
        self, columns: Iterable[Column], record: Record, longest: int, joint: str = ", "
    ) -> str:
        """What the columns say, joined; white space is kept in a description only."""
        said = [
            self._said(record.cells[self._index[column.name]])
            for column in columns
            if column.name in self._index and column.name not in self._blank
        ]
        if joint != "\n":
            said = [" ".join(text.split()) for text in said]
        named = " and ".join(column.name for column in columns)
        return self._fitting(joint.join(filter(None, said)), longest, named, record)

    def _fitting(self, text: str, longest: int, named: str, record: Record) -> str:
        """The text, cut if need be; the repair is said."""
        if is_formula(text):
            self._rejects.repair(
                record.line, f"{named} looks like a formula; kept as the text it is.", record.cells
            )
        if len(text) <= longest:
            return text
        said = f"{named} has {len(text):,} characters; cut to {longest:,}."
        self._rejects.repair(record.line, said, record.cells)
        return f"{text[: longest - 1]}…"

    def _word(self, key: str, words: Words[T], cells: Sequence[str]) -> T | None:
        word = self._cell(key, cells)
        if not word:
            return None
        known = words.known.get(word, words.otherwise)
        if known is None:
            raise Wrong(self._unknown(key, word, words))
        return known

    def _status(self, word: str) -> str:
        """The status a word stands for; nothing when the ticket stays as it was."""
        if not word:
            return ""
        status = self._mapping.statuses.known.get(word)
        if status is None:
            raise Wrong(self._unknown("status", word, self._mapping.statuses))
        return "" if status == AS_BEFORE else status

    def _unknown(self, key: str, word: str, words: Words[T]) -> str:
        said = f"{self._named(key)} is {word[:60]!r}, a word the mapping does not know"
        return f"{said} (mapping line {words.line})." if words.line else f"{said}."

    def _dated(self, key: str, cells: Sequence[str]) -> datetime | None:
        """An instant, unless it lies after the end of the log."""
        at = self._instant(key, cells)
        return None if at is None or self._is_later(at) else at

    def _instant(self, key: str, cells: Sequence[str]) -> datetime | None:
        text = self._cell(key, cells)
        if not text:
            return None
        at = self._read_instant(text)
        if isinstance(at, str):
            raise Wrong(f"{self._named(key)} {text[:60]!r} {at}.")
        return at

    def _instant_of(self, text: str) -> datetime | str:
        """The instant, or what is wrong with the text."""
        try:
            at = read_instant(text, self._mapping.dates, self._mapping.zone)
        except (ValueError, OverflowError) as wrong:
            return str(wrong)
        return "lies in the future" if at > self._until else at

    def _is_later(self, at: datetime) -> bool:
        return self._as_of is not None and at > self._as_of


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _sortable(cell: str) -> str:
    """Text that sorts as the number it holds, or as itself."""
    text = cell.strip()[:40]
    return f"{int(text):020d}" if text.isascii() and text.isdigit() else text


def _positions(mapping: Mapping, header: Sequence[str], rejects: Rejects) -> dict[str, int]:
    """Where each named column stands.

    Raises MappingErrors for a column that stands twice, and for a missing one without which no
    event can be placed. Any other missing column is taken as empty, which is said.
    """
    names = [name.strip() for name in header]
    vital = {mapping.columns[key].name for key in VITAL[mapping.rows] if key in mapping.columns}
    vital.update(column.name for column in mapping.order)
    hindsight = set(mapping.hindsight)
    errors: list[DocumentError] = []
    for name, column in {column.name: column for column in mapping.every_column()}.items():
        if names.count(name) > 1:
            said = f"The file has {names.count(name)} columns named {name!r}."
            errors.append(DocumentError(column.line, "", said))
        elif name in vital and name not in names:
            said = f"The file has no column {name!r}; it has: {', '.join(names)[:600]}."
            errors.append(DocumentError(column.line, "", said))
        elif name not in names and column not in hindsight:
            said = f"The file has no column {name!r} (mapping line {column.line}): taken as empty."
            rejects.repair(1, said)
    if errors:
        raise MappingErrors(tuple(sorted(errors, key=lambda error: error.line)))
    return {name: index for index, name in enumerate(names)}


def checked_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The instant an operator names, in UTC; without an offset it is local time in `zone`.

    Raises Invalid for anything that is no ISO date and time.
    """
    try:
        return read_instant(text.strip(), (ISO,), zone)
    except ValueError as wrong:
        raise Invalid(f"--as-of {text!r} {wrong}; for example 2016-05-10T12:00.") from wrong
