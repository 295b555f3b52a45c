"""`escalation process`: publish a process document, and show the one that is live."""

import argparse
import sys
from pathlib import Path

from escalation_app.clock import utc_now
from escalation_app.commands.operator import operator_name
from escalation_app.db import database
from escalation_app.domain.errors import BusinessError
from escalation_app.migrations import migrate
from escalation_app.models import ProcessVersionRow
from escalation_app.services.process_document import ProcessErrors, load_process
from escalation_app.services.process_versions import live_document, publish
from escalation_app.settings import OperatorError, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with the process."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="say what is wrong with a document; change nothing")
    check.add_argument("file", type=Path)
    publishing = actions.add_parser("publish", help="make a document the live version")
    publishing.add_argument("file", type=Path)
    publishing.add_argument("--note", default="", help="what was changed, at most 300 characters")
    actions.add_parser("show", help="print the live document, fit to be changed and published")


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises OperatorError with what to change."""
    if arguments.action == "check":
        _load(arguments.file)
        print(f"{arguments.file} is a valid process.")
        return 0
    migrate(settings().database_url)
    try:
        _publish(arguments) if arguments.action == "publish" else _show()
    except ProcessErrors as errors:
        raise OperatorError(_with_file(arguments.file, errors)) from errors
    except BusinessError as refusal:
        raise OperatorError(str(refusal)) from refusal
    return 0


def _publish(arguments: argparse.Namespace) -> None:
    document = _load(arguments.file)
    now, note = utc_now(), " ".join(arguments.note.split())
    with database().writing() as session:
        version = publish(session, document, operator_name(), now, note)
        is_new = session.get_one(ProcessVersionRow, version).published_at == now
    if is_new:
        print(f"Version {version} is live. Open tickets keep the version they started under.")
    else:
        print(f"Version {version} is this document already. Nothing was changed.")


def _show() -> None:
    with database().reading() as session:
        version, document = live_document(session)
    print(f"Version {version} is live.", file=sys.stderr)
    print(document, end="")


def _load(file: Path) -> str:
    """The text of a valid document. Raises OperatorError with every mistake and its line."""
    try:
        document = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OperatorError(f"{file} is no UTF-8 text (at byte {error.start}).") from error
    try:
        load_process(document, 1)
    except ProcessErrors as errors:
        raise OperatorError(_with_file(file, errors)) from errors
    return document


def _with_file(file: Path, errors: ProcessErrors) -> str:
    count = len(errors.errors)
    mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
    return f"{file} has {mistakes}, nothing was published:\n{errors}"
