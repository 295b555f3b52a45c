"""`escalation demo`: a seeded, simulated organisation at work."""

import argparse
import os

from sqlalchemy.exc import DatabaseError

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.demo.seed import is_demo, prepare
from escalation_app.launcher.server import serve
from escalation_app.settings import Mode, Settings, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--keep", action="store_true", help="go on with the last demo's data, however old it is"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve the demo until told to stop.

    It goes on with what it left when that is fresh (demo.seed.prepare), else it starts anew. A
    database named by DATABASE_URL is emptied only if a demo has filled it.
    """
    os.environ["ESCALATION_MODE"] = Mode.DEMO
    has_own_file = not os.environ.get("DATABASE_URL")
    found = _found_demo(settings().database_url)
    keeps = arguments.keep and found
    serve(settings(), afresh=has_own_file and not found, fill=None if keeps else _prepare)
    return 0


def _found_demo(database_url: str) -> bool:
    """Whether an earlier demo's data is there and can be read."""
    database = Database(database_url)
    try:
        return is_demo(database)
    except DatabaseError:
        return False
    finally:
        database.dispose()


def _prepare(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        prepare(database, utc_now())
    finally:
        database.dispose()
