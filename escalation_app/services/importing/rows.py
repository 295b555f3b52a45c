"""From a record of the file to what it says about its ticket, checked and ready to be staged."""

import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from escalation_app.domain.tickets import Status
from escalation_app.services.importing.cells import Cells, Wrong, micros, positions
from escalation_app.services.importing.mapping import Mapping, Rows
from escalation_app.services.importing.reading import Record
from escalation_app.services.importing.rejects import Rejects

STATE = ("status", "impact", "urgency", "priority", "group", "assignee", "assignee_email")
ABOUT = (
    *("opened_at", "resolved_at", "channel", "organisation", "requester", "requester_email"),
    "plan",
)
"""The columns of an event that say how its ticket stood, and those that say what it is."""
LONGEST_REF = 120
LONGEST_SUBJECT = 300
LONGEST_DESCRIPTION = 50_000
LONGEST_CATEGORY = 120
REMEMBERED, LONGEST_REMEMBERED = 4_096, 1_000
"""The rows of a log repeat most of its cells, so what they say is remembered for that many
different ones, unless they have more characters than that."""


class Fact(NamedTuple):
    """What one row says. Instants are microseconds since 1970 in UTC as the log has them, words are
    keys of the process, and what is empty or None was not said. Staged as JSON, in this order:
    first how the ticket stood, then what it is."""

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
    opened: int | None
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
    """A row on its way: of which ticket, when, by whom, and in which place among those of equal
    time. `data` is its Fact."""

    ref: str
    at: int
    position: str
    line: int
    by: str
    data: str

    @property
    def says(self) -> tuple[int, str, str, str]:
        """All of it but the line: two rows that say the same are one."""
        return self.at, self.position, self.by, self.data


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
        self._as_of = as_of
        blank = {column.name for column in mapping.hindsight} if as_of else set[str]()
        self._cells = Cells(mapping, positions(mapping, header, rejects), blank, until)
        state = self._cells.indexes(STATE)
        about = self._cells.indexes(
            ABOUT, *mapping.subject, *mapping.description, *mapping.category
        )
        self._state = _Remembered(self._cells, state, self._state_of_event)
        self._about = _Remembered(self._cells, about, self._about_event)

    def staged(self, record: Record) -> StagedRow | None:
        """The row to stage; None when it is rejected or later than `as_of`."""
        is_event = self._mapping.rows is Rows.EVENTS
        try:
            return self._event(record) if is_event else self._ticket(record)
        except Wrong as wrong:
            self._rejects.reject(record.line, str(wrong), record.cells)
            return None

    def _row(self, record: Record, at: datetime, data: str, repairs: Sequence[str]) -> StagedRow:
        read, cells = self._cells, record.cells
        ref = read.cell("ticket", cells)
        if not ref:
            raise Wrong(f"{read.named('ticket')} is empty: no ticket is named.")
        if len(ref) > LONGEST_REF:
            raise Wrong(f"{read.named('ticket')} is longer than {LONGEST_REF} characters.")
        read.repairs.clear()
        by = read.name("by", cells)
        for said in (*repairs, *read.repairs):
            self._rejects.repair(record.line, said, cells)
        return StagedRow(ref, micros(at), read.position(cells), record.line, by, data)

    # A row for each event ----------------------------------------------------------------

    def _event(self, record: Record) -> StagedRow | None:
        cells = record.cells
        at = self._cells.instant("at", cells)
        if at is None:
            raise Wrong(f"{self._cells.named('at')} is empty: nobody knows when this happened.")
        if self._is_later(at):
            self.later += 1
            return None
        state, repairs = self._state(cells)
        about, more_repairs = self._about(cells)
        return self._row(record, at, f"[{state},{about}]", (*repairs, *more_repairs))

    def _state_of_event(self, cells: Sequence[str]) -> tuple[object, ...]:
        word = self._cells.cell("status", cells)
        mapping = self._mapping
        answers, moves_up = word in mapping.first_response, word in mapping.moves_up
        return (self._cells.status(word), answers, moves_up, *self._holder(cells))

    def _about_event(self, cells: Sequence[str]) -> tuple[object, ...]:
        opened = _micros(self._cells.instant("opened_at", cells))
        resolved = _micros(self._dated("resolved_at", cells))
        return (opened, resolved, None, None, None, *self._texts(cells))

    # A row for each ticket ---------------------------------------------------------------

    def _ticket(self, record: Record) -> StagedRow | None:
        read, cells = self._cells, record.cells
        opened = read.instant("opened_at", cells)
        if opened is None:
            raise Wrong(f"{read.named('opened_at')} is empty: nobody knows when it was opened.")
        if self._is_later(opened):
            self.later += 1
            return None
        keys = ("first_response_at", "updated_at", "resolved_at", "closed_at")
        dated = {key: self._dated(key, cells) for key in keys}
        self._require_sense(opened, dated)
        status = read.status(read.cell("status", cells)) or _status_by(dated)
        ended = dated["resolved_at"] or dated["closed_at"] or dated["updated_at"]
        if status in (Status.RESOLVED, Status.CLOSED) and ended is None:
            raise Wrong(f"It is {status} and no column says since when.")
        read.repairs.clear()
        dates = (opened, dated["resolved_at"], dated["first_response_at"], dated["closed_at"])
        data = _json(
            (
                *(status, False, False, *self._holder(cells)),
                *(_micros(at) for at in (*dates, dated["updated_at"])),
                *self._texts(cells),
            )
        )
        return self._row(record, opened, f"[{data}]", tuple(read.repairs))

    def _require_sense(self, opened: datetime, dated: Dictionary[str, datetime | None]) -> None:
        named = self._cells.named
        for key, at in dated.items():
            if at is not None and at < opened:
                raise Wrong(f"{named(key)} lies before {named('opened_at')}.")
        resolved, closed = dated["resolved_at"], dated["closed_at"]
        if resolved is not None and closed is not None and closed < resolved:
            raise Wrong(f"{named('closed_at')} lies before {named('resolved_at')}.")

    # Both --------------------------------------------------------------------------------

    def _holder(self, cells: Sequence[str]) -> tuple[object, ...]:
        """How grave it is and who has it: from `impact` to `assignee_email` of a Fact."""
        read, mapping = self._cells, self._mapping
        return (
            read.word("impact", mapping.impacts, cells) or "",
            read.word("urgency", mapping.urgencies, cells) or "",
            read.word("priority", mapping.severities, cells),
            read.word("group", mapping.teams, cells) or "",
            read.name("group", cells),
            read.name("assignee", cells),
            read.email("assignee_email", cells),
        )

    def _texts(self, cells: Sequence[str]) -> tuple[object, ...]:
        """What it is about and whose it is: from `subject` to `plan` of a Fact."""
        read, mapping = self._cells, self._mapping
        return (
            read.text(mapping.subject, cells, LONGEST_SUBJECT),
            read.text(mapping.description, cells, LONGEST_DESCRIPTION, "\n"),
            read.text(mapping.category, cells, LONGEST_CATEGORY),
            read.word("channel", mapping.channels, cells) or "",
            read.name("organisation", cells),
            read.name("requester", cells),
            read.email("requester_email", cells),
            read.word("plan", mapping.plans, cells) or "",
        )

    def _dated(self, key: str, cells: Sequence[str]) -> datetime | None:
        """An instant, unless it lies after the end of the log."""
        at = self._cells.instant(key, cells)
        return None if at is None or self._is_later(at) else at

    def _is_later(self, at: datetime) -> bool:
        return self._as_of is not None and at > self._as_of


def _status_by(dated: Dictionary[str, datetime | None]) -> Status:
    """What the dates say where no status is given."""
    if dated["closed_at"]:
        return Status.CLOSED
    if dated["resolved_at"]:
        return Status.RESOLVED
    return Status.OPEN if dated["first_response_at"] else Status.NEW


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _json(values: Sequence[object]) -> str:
    """The values as the inside of a JSON list."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))[1:-1]


class _Remembered:
    """What the cells of some columns say, as the inside of a JSON list, and what was put right."""

    def __init__(
        self,
        cells: Cells,
        columns: Sequence[int],
        say: Callable[[Sequence[str]], Sequence[object]],
    ) -> None:
        self._cells = cells
        self._columns = columns
        self._say = say
        self._known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}

    def __call__(self, cells: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Raises Wrong, each time anew."""
        key = tuple([cells[index] for index in self._columns])
        known = self._known.get(key)
        if known is not None:
            return known
        self._cells.repairs.clear()
        made = _json(self._say(cells)), tuple(self._cells.repairs)
        if sum(map(len, key)) <= LONGEST_REMEMBERED:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = made
        return made
