"""`escalation import`: the log of another desk becomes tickets with their whole history."""

import argparse
import signal
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn

from escalation_app import clock
from escalation_app.clock import utc_now
from escalation_app.commands.logs import (
    Progress,
    add_reading_arguments,
    many,
    mapping_of,
    rejects_beside,
)
from escalation_app.db import database
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.process import Process
from escalation_app.migrations import migrate
from escalation_app.services.importing import (
    ImportOrder,
    ImportReport,
    Mapping,
    import_log,
)
from escalation_app.services.importing.cells import checked_as_of
from escalation_app.services.process_versions import ensure_live
from escalation_app.settings import OperatorError, settings

STOPPED = 143
"""The exit code of a program that was told to stop (SIGTERM)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is imported, and how."""
    parser.add_argument("file", type=Path, help="a CSV file, gzipped or not")
    add_reading_arguments(parser)
    parser.add_argument(
        "--as-of",
        metavar="DATETIME",
        help="as if the log ended then, with all times moved by whole weeks to end about now",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; do nothing")
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
        mapping = mapping_of(arguments.mapping, process)
        order = ImportOrder(
            path=path,
            mapping=mapping,
            as_of=checked_as_of(arguments.as_of, mapping.zone) if arguments.as_of else None,
            rejects=arguments.rejects or rejects_beside(path),
            is_dry_run=arguments.dry_run,
        )
        with _stoppable(), Progress() as progress:
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


def _told(report: ImportReport, mapping: Mapping) -> list[str]:
    """The report as lines."""
    tickets = report.tickets
    said = [f"{mapping.name}: {many(report.rows, 'row')} read, {report.staged:,} taken."]
    if report.later:
        said.append(f"{many(report.later, 'row')} after the time given were left out.")
    would = "Would be " if report.is_dry_run else ""
    said.append(
        f"{would}{many(tickets.new, 'new ticket')}, {tickets.replaced:,} brought up to date,"
        f" {tickets.unchanged:,} unchanged, {tickets.refused:,} refused."
    )
    if report.rejects is not None:
        said.append(
            f"{many(report.rejected, 'row')} rejected and {report.repaired:,} repaired:"
            f" see {report.rejects}."
        )
    return said


def _as_of_told(as_of: datetime, shift: timedelta, now: datetime) -> str:
    """How far times were moved; whole weeks seldom bring the end of the log to this very hour."""
    weeks = f"All times are {shift // timedelta(weeks=1):,} weeks later"
    hours = (now - shift - as_of) // timedelta(hours=1)
    if hours == 0:
        return f"{weeks}."
    ago = many(hours, "hour")
    return (
        f"{weeks}, so the log ends {ago} ago;"
        f" with --as-of {now - shift:%Y-%m-%dT%H:%M}Z it would end now."
    )


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
