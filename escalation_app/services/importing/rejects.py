"""The rejects file: every row that was left out or repaired, with its line and the reason.

It opens safely in a spreadsheet: no cell of it starts a formula, and the row as it was read
stands in one cell as JSON.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from escalation_app.domain.errors import Invalid

LONGEST_CELL = 1_000
"""Characters of a cell that are repeated; what is longer is cut, and its length said."""
HEADER = ("line", "outcome", "reason", "row")
REJECTED, REPAIRED = "rejected", "repaired"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run the cell: it starts like a formula and is no number."""
    if not cell.startswith(_FORMULA_STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return cell.strip() not in ("", "-", "+")
    return False


def neutral(cell: str) -> str:
    """The cell as text that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


class Rejects:
    """Writes the file as rows come, under another name until the import has succeeded.

    Without a path it only counts. Nothing is made when there is nothing to say.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rejected = 0
        self.repaired = 0
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if error is None and self.path is not None:
            self._unfinished.replace(self.path)
        else:
            self._unfinished.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f"{self.path.name}.part")

    def reject(self, line: int, reason: str, row: Sequence[str] = ()) -> None:
        """This row takes no part."""
        self.rejected += 1
        self._write(line, REJECTED, reason, row)

    def repair(self, line: int, reason: str, row: Sequence[str] = ()) -> None:
        """This row takes part, not quite as it is written."""
        self.repaired += 1
        self._write(line, REPAIRED, reason, row)

    def _write(self, line: int, outcome: str, reason: str, row: Sequence[str]) -> None:
        """Raises Invalid where the file cannot be made."""
        if self.path is None:
            return
        if self._file is None:
            try:
                self._file = self._unfinished.open("w", encoding="utf-8", newline="")
            except OSError as refused:
                why = refused.strerror or refused
                raise Invalid(f"The rejects file {self.path} cannot be written: {why}.") from None
            self._writer = csv.writer(self._file)
            self._writer.writerow(HEADER)
        shown = json.dumps([_shortened(cell) for cell in row]) if row else ""
        self._writer.writerow([line, outcome, neutral(_shortened(reason)), shown])


def _shortened(cell: str) -> str:
    if len(cell) <= LONGEST_CELL:
        return cell
    return f"{cell[:LONGEST_CELL]}… ({len(cell):,} characters)"
