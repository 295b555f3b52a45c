"""Reads typed values out of a document tree and collects everything that is wrong with it.

A value that cannot be read is reported once and answered with a harmless stand-in (or left out of
its collection), so that reading goes on and one look finds every mistake. What was read may only
be used when `errors` is empty.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from escalation_app.services.document_tree import DocumentError, Node, Sequence, Table, Text

T = TypeVar("T")

MAX_ERRORS = 100
MAX_ENTRIES = 500
MAX_LENGTH = timedelta(days=366)
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
KEY_RULE = "A key is a small letter, then at most 39 small letters, digits or _."
LEVELS = {f"S{level}": level for level in range(1, 5)}
"""What a document calls the severities, by level."""
_WHOLE = re.compile(r"[0-9]{1,9}")
_LENGTH = re.compile(
    r"(?:([0-9]{1,5}) ?d)? ?(?:([0-9]{1,5}) ?h)? ?(?:([0-9]{1,5}) ?m)? ?(?:([0-9]{1,5}) ?s)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DocumentReader:
    """`errors` is sorted by line, at most MAX_ERRORS long."""

    def __init__(self, tree: Node, errors: Iterable[DocumentError] = ()) -> None:
        self.root = tree
        self._errors = dict.fromkeys(errors)
        self._nodes: dict[str, Node] = {}
        self._remember(tree)

    @property
    def errors(self) -> tuple[DocumentError, ...]:
        found = sorted(self._errors, key=lambda error: (error.line, error.path))
        return tuple(found[:MAX_ERRORS])

    def fail(self, node: Node, message: str) -> None:
        self._errors[DocumentError(node.line, node.path, message)] = None

    def fail_at(self, path: str, message: str) -> None:
        """Report at the place `path`, or at the nearest one around it that is written."""
        around = path
        while around not in self._nodes:
            around = around[: max(around.rfind("."), around.rfind("["), 0)]
        self._errors[DocumentError(self._nodes[around].line, path, message)] = None

    def written_at(self, path: str) -> str:
        """The text that stands at `path`; empty when there is none."""
        node = self._nodes.get(path)
        return node.text if isinstance(node, Text) else ""

    def table(self, node: Node | None, known: str, optional: str = "") -> dict[str, Node]:
        """The entries under the space-separated names; reports unknown and missing ones."""
        if node is None:
            return {}
        if not isinstance(node, Table):
            self.fail(node, "This must be a mapping with named entries.")
            return {}
        needed = known.split()
        allowed = [*needed, *optional.split()]
        for key, value in node.entries.items():
            if key not in allowed:
                self.fail(value, f"Unknown entry; known here: {', '.join(allowed)}.")
        for key in needed:
            if key not in node.entries:
                self.fail(node, f"The entry {key!r} is missing.")
        return {key: value for key, value in node.entries.items() if key in allowed}

    def keyed(self, node: Node | None) -> dict[str, Node]:
        """A mapping whose keys are names of the document's own; at least one."""
        if node is None:
            return {}
        if not isinstance(node, Table) or not node.entries:
            self.fail(node, "This must be a mapping with at least one entry.")
            return {}
        if len(node.entries) > MAX_ENTRIES:
            self.fail(node, f"This has more than {MAX_ENTRIES} entries.")
            return {}
        for key, value in node.entries.items():
            if not KEY.fullmatch(key):
                self.fail(value, KEY_RULE)
        return node.entries

    def items(self, node: Node | None, *, may_be_empty: bool = False) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, Sequence) or not (node.items or may_be_empty):
            self.fail(node, "This must be a list with at least one item.")
            return []
        return node.items

    def text(self, node: Node | None, longest: int = 80) -> str:
        if node is None:
            return ""
        if not isinstance(node, Text) or node.is_empty or not node.text.strip():
            self.fail(node, "This must be a text.")
            return ""
        if len(node.text) > longest:
            self.fail(node, f"This text is longer than {longest} characters.")
        return " ".join(node.text.split())

    def whole(self, node: Node | None, low: int, high: int) -> int | None:
        if node is None:
            return None
        if isinstance(node, Text) and not node.is_quoted and _WHOLE.fullmatch(node.text):
            value = int(node.text)
            if low <= value <= high:
                return value
        self.fail(node, f"This must be a whole number from {low} to {high}.")
        return None

    def yes(self, node: Node | None) -> bool:
        """True or false; false when nothing is written."""
        if node is None:
            return False
        if isinstance(node, Text) and not node.is_quoted and node.text in ("true", "false"):
            return node.text == "true"
        self.fail(node, "This must be true or false.")
        return False

    def choice(self, node: Node | None, options: Mapping[str, T], what: str) -> T | None:
        """The option that is named; None, reported, for any other text."""
        if node is None:
            return None
        if isinstance(node, Text) and node.text in options:
            return options[node.text]
        known = ", ".join(options) or "none is defined"
        shown = f"{node.text[:40]!r} is" if isinstance(node, Text) else "This is"
        self.fail(node, f"{shown} no {what}; known: {known}.")
        return None

    def choices(self, node: Node | None, options: Mapping[str, T], what: str) -> tuple[T, ...]:
        """A list of options without repeats, at least one."""
        return self.distinct(node, lambda item: self.choice(item, options, what))

    def distinct(
        self, node: Node | None, read: Callable[[Node], T | None], *, may_be_empty: bool = False
    ) -> tuple[T, ...]:
        """A list whose items differ; what cannot be read is left out."""
        found: dict[T, None] = {}
        for item in self.items(node, may_be_empty=may_be_empty):
            value = read(item)
            if value is not None and value in found:
                self.fail(item, "This stands twice in the list.")
            elif value is not None:
                found[value] = None
        return tuple(found)

    def length(self, node: Node | None) -> timedelta | None:
        """A length of time such as `90m`, `7h`, `2d 4h` or `30s`, above zero, at most 366 days."""
        if node is None:
            return None
        found = _LENGTH.fullmatch(node.text.strip()) if isinstance(node, Text) else None
        if found is None or not any(found.groups()):
            self.fail(node, "This must be a length of time such as 90m, 7h or 2d 4h.")
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if not timedelta(0) < length <= MAX_LENGTH:
            self.fail(node, "A length of time is more than nothing and at most 366 days.")
            return None
        return length

    def day(self, text: str, node: Node, what: str = "The key") -> date | None:
        """A date such as 2026-12-25, written as the key of `node` or as `what` is said."""
        try:
            on = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            on = None
        if on is None:
            self.fail(node, f"{what} must be a date such as 2026-12-25.")
        elif not 2000 <= on.year < 2200:
            self.fail(node, "The date must lie between 2000 and 2199.")
            on = None
        return on

    def _remember(self, node: Node) -> None:
        self._nodes.setdefault(node.path, node)
        if isinstance(node, Table):
            for value in node.entries.values():
                self._remember(value)
        elif isinstance(node, Sequence):
            for item in node.items:
                self._remember(item)
