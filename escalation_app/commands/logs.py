"""What commands that read the log of another desk have in common."""

import argparse
import sys
from pathlib import Path

from escalation_app.clock import monotonic
from escalation_app.domain.process import Process
from escalation_app.services.importing import (
    Mapping,
    MappingErrors,
    load_mapping,
    shipped_mappings,
)
from escalation_app.settings import OperatorError

ON_A_TERMINAL_S, ELSEWHERE_S = 0.2, 10.0
"""Seconds between two words about progress: one line drawn over on a terminal, else a new one."""


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a log is read, and where what cannot be read is listed."""
    names = ", ".join(shipped_mappings())
    parser.add_argument(
        "--mapping", required=True, metavar="NAME|FILE.yaml", help=f"how to read it: {names}"
    )
    parser.add_argument(
        "--rejects",
        type=Path,
        metavar="FILE",
        help="where rows left out or repaired are listed (FILE.rejects.csv here)",
    )


def mapping_of(named: str, process: Process) -> Mapping:
    """A shipped mapping, or that of a file. Raises OperatorError with every mistake."""
    shipped = shipped_mappings()
    if named in shipped:
        return load_mapping(shipped[named], process)
    file = Path(named)
    if not file.is_file():
        known = ", ".join(shipped)
        raise OperatorError(f"{named} is neither a file nor a mapping; there are: {known}.")
    try:
        return load_mapping(file.read_text(encoding="utf-8-sig"), process)
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"Cannot read {file}: {error}.") from error
    except MappingErrors as errors:
        raise OperatorError(f"{file} is no mapping:\n{errors}") from errors


def rejects_beside(log: Path) -> Path:
    """Where rejects go by default: here, under the name of the log."""
    return Path(f"{log.name.removesuffix('.gz').removesuffix('.csv')}.rejects.csv")


def many(count: int, what: str) -> str:
    """So many of them, in words."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


class Progress:
    """Tells how far the work is, on stderr, now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._every = ON_A_TERMINAL_S if self._is_terminal else ELSEWHERE_S
        self._told_at = monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def __call__(self, doing: str, done: int, total: int | None) -> None:
        if monotonic() - self._told_at < self._every:
            return
        self._told_at = monotonic()
        said = f"{done:,} {doing}" if total is None else f"{done:,} of {total:,} {doing}"
        start, end = ("\r\033[K", "") if self._is_terminal else ("", "\n")
        print(f"{start}{said}", end=end, file=sys.stderr, flush=True)
