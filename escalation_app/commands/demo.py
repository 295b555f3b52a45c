"""`escalation demo`: a seeded, simulated organisation, from scratch at every start."""

import argparse
import os

from escalation_app.launcher.server import serve
from escalation_app.settings import Mode, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--keep", action="store_true", help="go on with the last demo's data")


def run(arguments: argparse.Namespace) -> int:
    """Serve the demo until told to stop.

    Its own SQLite file is made anew; a database named by DATABASE_URL is never emptied.
    """
    os.environ["ESCALATION_MODE"] = Mode.DEMO
    has_own_file = not os.environ.get("DATABASE_URL")
    serve(settings(), afresh=has_own_file and not arguments.keep)
    return 0
