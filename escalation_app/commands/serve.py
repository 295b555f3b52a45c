"""`escalation serve`: the product, from one process on one port."""

import argparse

from escalation_app.launcher.server import serve
from escalation_app.settings import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is set by the environment, so that a service file and a shell do the same."""
    parser.epilog = "Settings come from the environment: PORT, HOST, DATABASE_URL and others."


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    serve(settings())
    return 0
