"""`escalation import`: the log of another desk becomes tickets with their whole history."""

import argparse
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn

from escalation_app import clock
from escalation_app.clock import monotonic, utc_now
from escalation_app.db import database
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.process import Process
from escalation_app.migrations import migrate
from escalation_app.services.importing import (
    ImportOrder,
    ImportReport,
    Mapping,
    MappingErrors,
    import_log,
    load_mapping,
    shipped_mappings,
)
from escalation_app.services.importing.cells import checked_as_of
from escalation_app.services.process_versions import ensure_live
from escalation_app.settings import OperatorError, settings

ON_A_TERMINAL_S, ELSEWHERE_S = 0.2, 10.0
"""Seconds between two words about progress: one line drawn over on a terminal, else a new one."""
STOPPED = 143
"""The exit code of a program that was told to stop (SIGTERM)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is imported, and how."""
    names = ", ".join(shipped_mappings())
    parser.add_argument("file", type=Path, help="a CSV file, gzipped or not")
    parser.add_argument(
        "--mapping", required=True, metavar="NAME|FILE.yaml", help=f"how to read it: {names}"
    )
    parser.add_argument(
        "--as-of",
        metavar="DATETIME",
        help="as if the log ended then, with all times moved by whole weeks to end about now",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; do nothing")
    parser.add_argument(
        "--rejects",
        type=Path,
        metavar="FILE",
        help="where rows left out or repaired are listed (FILE.rejects.csv here)",
    )
    parser.epilog = (
        "Importing a file again changes nothing. A ticket whose log has grown is brought up to"
        " date unless somebody, or the engine, has acted on it here since."
    )


def run(arguments: argparse.Namespace) -> int:
    """Import, and say what became of the log; raises OperatorError when nothing did."""
    path: Path = arguments.file
    migrate(settings().database_url)
    try:
        process = _process()
        mapping = _mapping(arguments.mapping, process)
        order = ImportOrder(
            path=path,
            mapping=mapping,
            as_of=checked_as_of(arguments.as_of, mapping.zone) if arguments.as_of else None,
            rejects=arguments.rejects or Path(f"{_stem(path)}.rejects.csv"),
            is_dry_run=arguments.dry_run,
        )
        with _stoppable(), _Progress() as progress:
            report = import_log(database(), order, process, clock, progress)
    except BusinessError as refusal:
        raise OperatorError(f"Nothing was imported. {refusal}") from refusal
    print("\n".join(_told(report, mapping)))
    if order.as_of is not None:
        print(_as_of_told(order.as_of, report.shift, utc_now()))
    return 0


def _process() -> Process:
    """The live process; on a fresh database, the one that is shipped becomes it."""
    with database().writing() as session:
        return ensure_live(session, utc_now())


def _mapping(named: str, process: Process) -> Mapping:
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
        raise OperatorError(f"{file} is no mapping; nothing was imported:\n{errors}") from errors


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def _told(report: ImportReport, mapping: Mapping) -> list[str]:
    """The report as lines."""
    tickets = report.tickets
    said = [f"{mapping.name}: {_many(report.rows, 'row')} read, {report.staged:,} taken."]
    if report.later:
        said.append(f"{_many(report.later, 'row')} after the time given were left out.")
    would = "Would be " if report.is_dry_run else ""
    said.append(
        f"{would}{_many(tickets.new, 'new ticket')}, {tickets.replaced:,} brought up to date,"
        f" {tickets.unchanged:,} unchanged, {tickets.refused:,} refused."
    )
    if report.rejects is not None:
        said.append(
            f"{_many(report.rejected, 'row')} rejected and {report.repaired:,} repaired:"
            f" see {report.rejects}."
        )
    return said


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _as_of_told(as_of: datetime, shift: timedelta, now: datetime) -> str:
    """How far times were moved; whole weeks seldom bring the end of the log to this very hour."""
    weeks = f"All times are {shift // timedelta(weeks=1):,} weeks later"
    hours = (now - shift - as_of) // timedelta(hours=1)
    if hours == 0:
        return f"{weeks}."
    ago = _many(hours, "hour")
    return (
        f"{weeks}, so the log ends {ago} ago;"
        f" with --as-of {now - shift:%Y-%m-%dT%H:%M}Z it would end now."
    )


class _Progress:
    """Tells how far the import is, on stderr, now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._every = ON_A_TERMINAL_S if self._is_terminal else ELSEWHERE_S
        self._told_at = monotonic()

    def __enter__(self) -> "_Progress":
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


@contextmanager
def _stoppable() -> Generator[None]:
    """Being told to stop ends the block as an exception, so that it takes back what it did."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(STOPPED)
