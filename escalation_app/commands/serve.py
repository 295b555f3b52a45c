"""`escalation serve`: the product, on one port, with an engine beside it."""

import argparse

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.launcher.server import serve
from escalation_app.services.process_versions import ensure_live
from escalation_app.settings import Settings, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is set by the environment, so that a service file and a shell do the same."""
    parser.epilog = "Settings come from the environment: PORT, HOST, DATABASE_URL and others."


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    serve(settings(), fill=_publish_shipped)
    return 0


def _publish_shipped(settings: Settings) -> None:
    """A fresh install begins with the process that is shipped."""
    database = Database(settings.database_url)
    try:
        with database.writing() as session:
            ensure_live(session, utc_now())
    finally:
        database.dispose()
