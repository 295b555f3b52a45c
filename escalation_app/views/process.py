"""The process as a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessTableRow:
    """A row of a table in the process document; its first cell is the row's head."""

    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessSection:
    """A readable section: paragraphs, then a table, then a list; each may be missing."""

    key: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[ProcessTableRow, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessDocument:
    """The live version of the process."""

    name: str = ""
    version: int = 0
    published_at: str = ""
    published_by: str = ""
    note: str = ""
    """What was changed, in the words of who published it."""
    sections: tuple[ProcessSection, ...] = ()
