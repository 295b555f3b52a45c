"""The `escalation` command: a registry of subcommands, each imported only when it is called.

A subcommand is a module with two functions, `add_arguments(parser)` and `run(arguments) -> int`,
and one line in COMMANDS.
"""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from escalation_app.settings import OperatorError


@dataclass(frozen=True, slots=True)
class Command:
    """Where a subcommand lives, and the line `escalation --help` shows for it."""

    module: str
    help: str


COMMANDS: dict[str, Command] = {
    "demo": Command("escalation_app.commands.demo", "serve a support organisation at work"),
    "serve": Command("escalation_app.commands.serve", "serve the product"),
    "engine": Command("escalation_app.commands.engine", "fire and send what is due, serve nothing"),
    "audit": Command("escalation_app.commands.audit", "look for anything lost, doubled or early"),
    "build": Command("escalation_app.commands.build", "build the front end without serving it"),
    "migrate": Command("escalation_app.commands.migrate", "bring the database up to date"),
    "process": Command("escalation_app.commands.process", "publish or show the process"),
    "calendar": Command("escalation_app.commands.calendar", "show and explain opening hours"),
    "import": Command("escalation_app.commands.import_log", "import a log of another desk"),
    "simulate": Command(
        "escalation_app.commands.simulate", "try a process on the log of another desk"
    ),
    "organisation": Command("escalation_app.commands.organisation", "add and list customers"),
    "person": Command("escalation_app.commands.person", "add, list and disable people"),
}


class CommandModule(Protocol):
    """What the module of a subcommand offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare options and arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit code; an OperatorError is printed, without its trace."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 1 if it failed, 2 if called wrongly."""
    words = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # what is imported stays: to look for garbage in it takes a tenth of a start
    try:
        arguments = _parser_for(words[0] if words else "").parse_args(words)
        module = _load(arguments.command)
    finally:
        if argv is None:  # called by the shell: the whole process is this command's
            gc.freeze()
        gc.enable()
    try:
        return module.run(arguments)
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser_for(chosen: str) -> argparse.ArgumentParser:
    """A parser that lists every subcommand and knows the arguments of the chosen one."""
    parser = argparse.ArgumentParser(prog="escalation")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.help, description=command.help)
        if name == chosen:
            _load(name).add_arguments(subparser)
    return parser


def _load(name: str) -> CommandModule:
    return cast(CommandModule, importlib.import_module(COMMANDS[name].module))
