"""From a record of the file to what it says about its ticket, checked and ready to be staged."""

import json
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from escalation_app.domain.tickets import Status
from escalation_app.services.importing.cells import Cells, Wrong, micros, positions
from escalation_app.services.importing.mapping import Mapping, Rows
from escalation_app.services.importing.reading import Record
from escalation_app.services.importing.rejects import Rejects

LONGEST_REF = 120
LONGEST_SUBJECT = 300
LONGEST_DESCRIPTION = 50_000
LONGEST_CATEGORY = 120
REMEMBERED, LONGEST_REMEMBERED = 512, 4_000
"""The rows of a ticket repeat most of its cells, so what they say is remembered for that many
different rows, unless their cells have more characters than that."""


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
        self._told_by = self._cells.telling("ticket", "at", "by")
        self._remembered: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}

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
        at = self._cells.instant("at", record.cells)
        if at is None:
            raise Wrong(f"{self._cells.named('at')} is empty: nobody knows when this happened.")
        if self._is_later(at):
            self.later += 1
            return None
        return self._row(record, at, *self._event_data(record.cells))

    def _event_data(self, cells: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """What the event says, as JSON, and what was put right in it."""
        key = tuple([cells[index] for index in self._told_by])
        known = self._remembered.get(key)
        if known is not None:
            return known
        self._cells.repairs.clear()
        word = self._cells.cell("status", cells)
        fact = self._fact(cells, self._cells.status(word))._replace(
            answers=word in self._mapping.first_response, moves_up=word in self._mapping.moves_up
        )
        made = _json(fact), tuple(self._cells.repairs)
        if sum(map(len, key)) <= LONGEST_REMEMBERED:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = made
        return made

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
        fact = self._fact(cells, status)._replace(
            first_response=_micros(dated["first_response_at"]),
            resolved=_micros(dated["resolved_at"]),
            closed=_micros(dated["closed_at"]),
            updated=_micros(dated["updated_at"]),
        )
        return self._row(record, opened, _json(fact), tuple(read.repairs))

    def _require_sense(self, opened: datetime, dated: Dictionary[str, datetime | None]) -> None:
        named = self._cells.named
        for key, at in dated.items():
            if at is not None and at < opened:
                raise Wrong(f"{named(key)} lies before {named('opened_at')}.")
        resolved, closed = dated["resolved_at"], dated["closed_at"]
        if resolved is not None and closed is not None and closed < resolved:
            raise Wrong(f"{named('closed_at')} lies before {named('resolved_at')}.")

    # Both --------------------------------------------------------------------------------

    def _fact(self, cells: Sequence[str], status: str) -> Fact:
        read, mapping = self._cells, self._mapping
        group = read.name("group", cells)
        return Fact(
            opened=_micros(read.instant("opened_at", cells)),
            status=status,
            answers=False,
            moves_up=False,
            impact=read.word("impact", mapping.impacts, cells) or "",
            urgency=read.word("urgency", mapping.urgencies, cells) or "",
            severity=read.word("priority", mapping.severities, cells),
            team=read.word("group", mapping.teams, cells) or "",
            group=group,
            assignee=read.name("assignee", cells),
            assignee_email=read.email("assignee_email", cells),
            resolved=_micros(self._dated("resolved_at", cells)),
            first_response=None,
            closed=None,
            updated=None,
            subject=read.text(mapping.subject, cells, LONGEST_SUBJECT),
            description=read.text(mapping.description, cells, LONGEST_DESCRIPTION, "\n"),
            category=read.text(mapping.category, cells, LONGEST_CATEGORY),
            channel=read.word("channel", mapping.channels, cells) or "",
            organisation=read.name("organisation", cells),
            requester=read.name("requester", cells),
            requester_email=read.email("requester_email", cells),
            plan=read.word("plan", mapping.plans, cells) or "",
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


def _json(fact: Fact) -> str:
    return json.dumps(fact, ensure_ascii=False, separators=(",", ":"))
