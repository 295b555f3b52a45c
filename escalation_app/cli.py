"""The `escalation` command."""


def main() -> int:
    """Run one subcommand and return its exit code."""
    return 0
