"""`escalation simulate`: what a process would have made of the tickets of a log."""

import argparse
import json
from pathlib import Path

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
from escalation_app.domain.tally import simulate
from escalation_app.migrations import migrate
from escalation_app.services.findings_text import Simulated, findings_text, plain
from escalation_app.services.importing import ImportOrder
from escalation_app.services.importing.recording import recording
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.process_document import ProcessErrors, load_process, shipped_document
from escalation_app.services.process_versions import process_of
from escalation_app.settings import OperatorError, settings

SHIPPED = "as shipped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which log is simulated, and under which process."""
    parser.add_argument(
        "--log", required=True, type=Path, metavar="FILE", help="a CSV file, gzipped or not"
    )
    add_reading_arguments(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--process", type=Path, metavar="FILE.yaml", help="a process document (the shipped one)"
    )
    which.add_argument(
        "--process-version", type=int, metavar="N", help="a published version, from the database"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="OTHER.yaml", help="a second process, set beside the first"
    )
    parser.add_argument("--as", dest="form", choices=("text", "json"), default="text")
    parser.epilog = (
        "Nothing is written and nobody is told. People act as the log says, and the engine between"
        " them; where the log names no leads, managers or executives, there are made-up ones. The"
        " log knows of no acknowledgement and no obligation that is done, so neither comes."
    )


def run(arguments: argparse.Namespace) -> int:
    """Simulate and print; raises OperatorError when that cannot be."""
    log: Path = arguments.log
    named = [_chosen(arguments)]
    if arguments.compare is not None:
        named.append((arguments.compare.name, _from_file(arguments.compare)))
    said: list[str] = []
    simulated: list[Simulated] = []
    try:
        for name, process in named:
            rejects = None if simulated else arguments.rejects or rejects_beside(log)
            found, told = _simulated(name, process, log, arguments.mapping, rejects)
            simulated.append(found)
            said = said or told
    except BusinessError as refusal:
        raise OperatorError(f"Nothing was simulated. {refusal}") from refusal
    if arguments.form == "json":
        print(json.dumps({each.name: plain(each.findings) for each in simulated}, indent=2))
    else:
        print("\n".join([*said, "", findings_text(simulated)]))
    return 0


def _simulated(
    name: str, process: Process, log: Path, mapping_name: str, rejects_file: Path | None
) -> tuple[Simulated, list[str]]:
    """The findings, and what is to be said about the log."""
    mapping = mapping_of(mapping_name, process)
    order = ImportOrder(log, mapping, rejects=rejects_file)
    with (
        Progress() as progress,
        Rejects(rejects_file) as rejects,
        recording(order, process, rejects, utc_now(), progress) as record,
    ):
        tickets = record.tickets(progress)
        findings = simulate(tickets, process, record.staff, record.ends_at)
    refused = f", {record.refused:,} refused" if record.refused else ""
    said = [
        f"{mapping.name}: {many(record.rows, 'row')} read,"
        f" {many(findings.tickets, 'ticket')} simulated{refused}."
    ]
    if rejects.rejected + rejects.repaired:
        said.append(
            f"{many(rejects.rejected, 'row')} rejected and {rejects.repaired:,} repaired:"
            f" see {rejects_file}."
        )
    return Simulated(name, process, findings), said


def _chosen(arguments: argparse.Namespace) -> tuple[str, Process]:
    """The process the operator names, and how it is called."""
    if arguments.process is not None:
        return arguments.process.name, _from_file(arguments.process)
    version: int | None = arguments.process_version
    if version is None:
        return SHIPPED, load_process(shipped_document(), 1)
    migrate(settings().database_url)
    try:
        with database().reading() as session:
            return f"version {version}", process_of(session, version)
    except BusinessError as refusal:
        raise OperatorError(str(refusal)) from refusal


def _from_file(file: Path) -> Process:
    try:
        return load_process(file.read_text(encoding="utf-8-sig"), 1)
    except OSError as error:
        raise OperatorError(f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OperatorError(f"{file} is no UTF-8 text (at byte {error.start}).") from error
    except ProcessErrors as errors:
        raise OperatorError(f"{file} is no process:\n{errors}") from errors
