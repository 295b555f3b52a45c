"""The mapping of a log: YAML text in, a frozen `Mapping` out, or every mistake with its line.

It says which column holds what, how words and dates are read, and what the log does not say by
itself. The mappings in `escalation_app/imports` are the examples to start from.
"""

import codecs
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from escalation_app.domain.errors import Invalid
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Status
from escalation_app.services.document_reader import KEY, KEY_RULE, DocumentReader
from escalation_app.services.document_tree import (
    DocumentError,
    Node,
    NotADocument,
    Table,
    Text,
    read_tree,
)

T = TypeVar("T")

ISO = "iso"
"""Among the date formats: a date and time as ISO 8601 has it, with or without an offset."""
AS_BEFORE = "as_before"
"""A word of the status column that says nothing: the ticket stays as it was."""
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LONGEST_WORD = 200
LONGEST_SOURCE = 40

_STATUSES: dict[str, Status | str] = {
    AS_BEFORE: AS_BEFORE,
    **{status.value: status for status in Status},
}
_SECTIONS = "name source rows dates zone columns reference subject impacts urgencies teams plans"
_OPTIONAL = (
    "encoding otherwise_encoding delimiter empty hindsight order description category statuses "
    "first_response moves_up severities channels unknown_organisation unknown_requester"
)
_TICKET_COLUMNS = (
    "status impact urgency priority group assignee assignee_email requester requester_email "
    "organisation plan channel resolved_at"
)


class Rows(StrEnum):
    """What one row of the file is about."""

    EVENTS = "events"
    TICKETS = "tickets"


_NEEDED = {Rows.EVENTS: "ticket at status", Rows.TICKETS: "ticket opened_at"}
_ALLOWED = {
    Rows.EVENTS: f"opened_at by {_TICKET_COLUMNS}",
    Rows.TICKETS: f"first_response_at updated_at closed_at {_TICKET_COLUMNS}",
}


class MappingErrors(Invalid):
    """The mapping was refused. `errors` has everything found, by line."""

    def __init__(self, errors: tuple[DocumentError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, and the line of the mapping that names it."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Words(Generic[T]):
    """How the words of a column are read. `empty` stands for an empty cell, `otherwise` for a word
    that is not listed; without the latter such a row is rejected."""

    line: int
    known: Dictionary[str, T]
    empty: T | None = None
    otherwise: T | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of file becomes tickets. Keys are those of the process it was read against."""

    name: str
    source: str
    rows: Rows
    encoding: str
    otherwise_encoding: str | None
    delimiter: str
    empty: frozenset[str]
    zone: ZoneInfo
    dates: tuple[str, ...]
    columns: Dictionary[str, Column]
    hindsight: tuple[Column, ...]
    order: tuple[Column, ...]
    remove: str
    prefix: str
    subject: tuple[Column, ...]
    description: tuple[Column, ...]
    category: tuple[Column, ...]
    statuses: Words[Status | str]
    first_response: frozenset[str]
    moves_up: frozenset[str]
    severities: Words[int]
    impacts: Words[str]
    urgencies: Words[str]
    teams: Words[str]
    plans: Words[str]
    channels: Words[str]
    unknown_organisation: str
    unknown_requester: str

    def every_column(self) -> list[Column]:
        """All columns the mapping names, in its order."""
        texts = (*self.subject, *self.description, *self.category)
        return [*self.columns.values(), *self.order, *texts, *self.hindsight]


def shipped_mappings() -> dict[str, str]:
    """The text of each mapping that comes with the product, by name."""
    folder = files("escalation_app").joinpath("imports")
    return {
        entry.name.removesuffix(".yaml"): entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def load_mapping(text: str, process: Process) -> Mapping:
    """Read a mapping whose words become keys of `process`. Raises MappingErrors for a bad one."""
    try:
        tree, twice = read_tree(text)
    except NotADocument as refused:
        raise MappingErrors((refused.error,)) from refused
    reader = _MappingReader(tree, twice)
    mapping = reader.mapping(process)
    if reader.errors or mapping is None:
        raise MappingErrors(reader.errors)
    return mapping


class _MappingReader(DocumentReader):
    """Reads the sections of a mapping; what is wrong is collected in `errors`."""

    def mapping(self, process: Process) -> Mapping | None:
        """The mapping, or None where it lacks what nothing can stand in for."""
        parts = self.table(self.root, _SECTIONS, _OPTIONAL)
        rows = self.choice(parts.get("rows"), {kind.value: kind for kind in Rows}, "kind of row")
        zone = self._zone(parts.get("zone"))
        if rows is None or zone is None:
            return None
        reference = self.table(parts.get("reference"), "", "remove prefix")
        columns = self._columns(parts.get("columns"), rows)
        statuses = self._statuses(parts.get("statuses"), "status" in columns)
        return Mapping(
            name=self.text(parts.get("name")),
            source=self._source(parts.get("source")),
            rows=rows,
            encoding=self._encoding(parts.get("encoding")) or "utf-8",
            otherwise_encoding=self._encoding(parts.get("otherwise_encoding")),
            delimiter=self._delimiter(parts.get("delimiter")),
            empty=frozenset({"", *self._texts(parts.get("empty"))}),
            zone=zone,
            dates=self._dates(parts.get("dates")),
            columns=MappingProxyType(columns),
            hindsight=self._names(parts.get("hindsight")),
            order=self._names(parts.get("order")),
            remove=self._text_or_nothing(reference.get("remove")),
            prefix=self._text_or_nothing(reference.get("prefix")),
            subject=self._names(parts.get("subject")),
            description=self._names(parts.get("description")),
            category=self._names(parts.get("category")),
            statuses=statuses,
            first_response=self._of_statuses(parts.get("first_response"), statuses),
            moves_up=self._of_statuses(parts.get("moves_up"), statuses),
            severities=self._words(
                parts.get("severities"), {s.key: s.level for s in process.severities}, "severity"
            ),
            impacts=self._graded(parts.get("impacts"), {g.key for g in process.impacts}, "impact"),
            urgencies=self._graded(
                parts.get("urgencies"), {g.key for g in process.urgencies}, "urgency"
            ),
            teams=self._teams(parts.get("teams"), {team.key for team in process.teams}),
            plans=self._graded(parts.get("plans"), {plan.key for plan in process.plans}, "plan"),
            channels=self._channels(parts.get("channels")),
            unknown_organisation=self._text_or(
                parts.get("unknown_organisation"), "Unknown organisation"
            ),
            unknown_requester=self._text_or(parts.get("unknown_requester"), "Unknown requester"),
        )

    # Plain values ------------------------------------------------------------------------

    def _source(self, node: Node | None) -> str:
        text = self.text(node, LONGEST_SOURCE)
        if node is not None and not KEY.fullmatch(text):
            self.fail(node, KEY_RULE)
        return text

    def _text_or_nothing(self, node: Node | None) -> str:
        return "" if node is None else self._verbatim(node)

    def _text_or(self, node: Node | None, default: str) -> str:
        return default if node is None else self.text(node, LONGEST_WORD)

    def _verbatim(self, node: Node) -> str:
        """A text with its spaces as they are written."""
        self.text(node, LONGEST_WORD)
        return node.text if isinstance(node, Text) else ""

    def _texts(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        return self.distinct(node, lambda item: self.text(item, LONGEST_WORD) or None)

    def _names(self, node: Node | None) -> tuple[Column, ...]:
        if node is None:
            return ()
        return self.distinct(node, self._column)

    def _column(self, node: Node) -> Column | None:
        name = self._verbatim(node).strip()
        return Column(name, node.line) if name else None

    def _encoding(self, node: Node | None) -> str | None:
        if node is None:
            return None
        try:
            return codecs.lookup(self.text(node)).name
        except LookupError:
            self.fail(node, "No such encoding; for example utf-8 or windows-1252.")
            return None

    def _delimiter(self, node: Node | None) -> str:
        return "," if node is None else self.choice(node, DELIMITERS, "delimiter") or ","

    def _zone(self, node: Node | None) -> ZoneInfo | None:
        name = self.text(node)
        try:
            return ZoneInfo(name) if name else None
        except (LookupError, ValueError, OSError):
            assert node is not None
            self.fail(node, f"{name!r} is not a time zone such as Europe/London.")
            return None

    def _dates(self, node: Node | None) -> tuple[str, ...]:
        return self.distinct(node, self._date)

    def _date(self, node: Node) -> str | None:
        written = self._verbatim(node)
        if not written or written == ISO:
            return written or None
        sample = datetime(2016, 11, 23, 14, 35, tzinfo=UTC)
        try:
            read = datetime.strptime(sample.strftime(written), written).replace(tzinfo=UTC)
        except ValueError:
            read = None
        if read != sample:
            self.fail(node, "This must be iso or a format such as %d/%m/%Y %H:%M, with a time.")
        return written

    # Columns and words -------------------------------------------------------------------

    def _columns(self, node: Node | None, rows: Rows) -> dict[str, Column]:
        entries = self.table(node, _NEEDED[rows], _ALLOWED[rows])
        found = {key: self._column(value) for key, value in entries.items()}
        return {key: column for key, column in found.items() if column is not None}

    def _statuses(self, node: Node | None, is_needed: bool) -> Words[Status | str]:
        if node is None:
            if is_needed:
                self.fail(self.root, "The entry 'statuses' is missing: what the status words mean.")
            return Words(0, {})
        return Words(node.line, self._listed(node, _STATUSES, "status"))

    def _of_statuses(self, node: Node | None, statuses: Words[Status | str]) -> frozenset[str]:
        if node is None:
            return frozenset()
        return frozenset(self.choices(node, {word: word for word in statuses.known}, "status word"))

    def _listed(
        self, node: Node | None, options: Dictionary[str, T], what: str
    ) -> Dictionary[str, T]:
        """Words of the log, each with the option it means."""
        if node is None:
            return {}
        if not isinstance(node, Table) or not node.entries:
            self.fail(node, "This must be a mapping with at least one entry.")
            return {}
        found = {
            word.strip(): self.choice(value, options, what) for word, value in node.entries.items()
        }
        return MappingProxyType({word: to for word, to in found.items() if to is not None})

    def _words(
        self, node: Node | None, options: Dictionary[str, T], what: str, needed: str = ""
    ) -> Words[T]:
        if node is None:
            return Words(0, {})
        parts = self.table(node, needed, f"{'' if needed else 'empty'} otherwise words")
        return Words(
            node.line,
            self._listed(parts.get("words"), options, what),
            self.choice(parts.get("empty"), options, what),
            self.choice(parts.get("otherwise"), options, what),
        )

    def _graded(self, node: Node | None, keys: set[str], what: str) -> Words[str]:
        return self._words(node, {key: key for key in sorted(keys)}, what, needed="empty")

    def _channels(self, node: Node | None) -> Words[str]:
        known = ("portal", "email", "chat", "phone", "crm", "face_to_face")
        return self._words(node, {key: key for key in known}, "channel")

    def _teams(self, node: Node | None, keys: set[str]) -> Words[str]:
        parts = self.table(node, "empty", "otherwise groups")
        options = {key: key for key in sorted(keys)}
        known: dict[str, str] = {}
        listed = parts.get("groups")
        for team, groups in (self.keyed(listed) if listed else {}).items():
            if team not in options:
                self.fail(groups, f"{team!r} is no team; known: {', '.join(options)}.")
            for item in self.items(groups):
                group = self._verbatim(item).strip()
                if group in known:
                    self.fail(item, f"{group!r} stands in two teams.")
                known[group] = team
        return Words(
            node.line if node else 0,
            MappingProxyType(known),
            self.choice(parts.get("empty"), options, "team"),
            self.choice(parts.get("otherwise"), options, "team"),
        )
