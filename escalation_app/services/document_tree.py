"""YAML as a tree that remembers its lines. Refuses what a document written by hand never needs.

Every scalar is kept as the text that was written: what `no`, `1_000` or `09:00` means is for the
reader of the value to say, not for YAML. Anchors, aliases, tags and second documents are refused,
so a small document cannot become a large one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
_QUOTED = frozenset("'\"|>")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class DocumentError:
    """One thing wrong with a document: the line (from 1), the place such as `plans.basic.rank`
    (empty for the document itself), and what is wrong in plain words."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f", {self.path}" if self.path else ""
        return f"Line {self.line}{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Text:
    """`line` of any node under a key is that of the key."""

    line: int
    path: str
    text: str
    is_quoted: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written, or YAML's own words for nothing."""
        return not self.is_quoted and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Sequence:
    line: int
    path: str
    items: list["Node"] = field(default_factory=list["Node"])


@dataclass(frozen=True, slots=True)
class Table:
    """`entries` keeps the order of the document."""

    line: int
    path: str
    entries: dict[str, "Node"] = field(default_factory=dict[str, "Node"])


Node = Text | Sequence | Table


class NotADocument(Exception):
    """The text cannot be read as one plain YAML document at all."""

    def __init__(self, error: DocumentError) -> None:
        super().__init__(str(error))
        self.error = error


def read_tree(text: str) -> tuple[Node, tuple[DocumentError, ...]]:
    """The document's tree, and the keys that stand twice in it (the first one is kept).

    Raise NotADocument for anything that is not one plain YAML document of at most 1 MiB.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _refusal(1, "The document is larger than 1 MiB.")
    try:
        return _Builder(_plain_events(text.removeprefix("\ufeff"))).document()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refusal(line, "A character that YAML does not allow stands here.") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _refusal(line, "A character that is no text stands here.") from error
    except yaml.MarkedYAMLError as error:
        what = error.problem or error.context
        raise _refusal(_line_of_problem(text, error), f"This is not YAML: {what}.") from error


def _refusal(line: int, message: str) -> NotADocument:
    return NotADocument(DocumentError(line, "", message))


def _line_of_problem(text: str, error: yaml.MarkedYAMLError) -> int:
    """Where it went wrong; where it began, if that was only noticed at the end of the text."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and mark and mark.line >= text.rstrip().count("\n") + 1:
        mark = error.context_mark
    return mark.line + 1 if mark else 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain_events(text: str) -> Iterator[yaml.Event]:
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = _line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refusal(line, "A second document starts here; only one is read.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal(line, "Anchors (&) and aliases (*) are not allowed.")
        if getattr(event, "tag", None):
            raise _refusal(line, "Tags (!) are not allowed.")
        yield event


class _Builder:
    """Makes the tree from parse events; what is too deep is refused before it is built."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._twice: list[DocumentError] = []

    def document(self) -> tuple[Node, tuple[DocumentError, ...]]:
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, "", 0, _line(event))
                for _ in self._events:  # a second document is found by reading on
                    pass
                return root, tuple(self._twice)
        raise _refusal(1, "The document is empty.")

    def _node(self, event: yaml.Event, path: str, depth: int, line: int) -> Node:
        if depth > MAX_DEPTH:
            raise _refusal(line, f"This is nested more than {MAX_DEPTH} levels deep.")
        if isinstance(event, yaml.ScalarEvent):
            return Text(line, path, event.value, event.style in _QUOTED)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(Sequence(line, path), depth)
        return self._table(Table(line, path), depth)

    def _sequence(self, made: Sequence, depth: int) -> Sequence:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            path = f"{made.path}[{len(made.items) + 1}]"
            made.items.append(self._node(event, path, depth + 1, _line(event)))
        return made

    def _table(self, made: Table, depth: int) -> Table:
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _refusal(line, "A key must be plain text.")
            key = event.value
            path = f"{made.path}.{key[:60]}" if made.path else key[:60]
            value = self._node(next(self._events), path, depth + 1, line)
            if key in made.entries:
                first = made.entries[key].line
                self._twice.append(
                    DocumentError(line, path, f"This stands twice, first on line {first}.")
                )
            else:
                made.entries[key] = value
        return made
