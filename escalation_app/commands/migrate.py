"""`escalation migrate`: what `serve` does at every start, without serving."""

import argparse

from escalation_app.migrations import migrate
from escalation_app.settings import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """Bring the database to the newest revision."""
    migrate(settings().database_url)
    return 0
