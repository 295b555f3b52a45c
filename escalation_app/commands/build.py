"""`escalation build`: what `serve` would do first, for images and for continuous integration."""

import argparse

from escalation_app.launcher.frontend import bundle


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """Build the front end unless it stands, and print where."""
    print(bundle())
    return 0
