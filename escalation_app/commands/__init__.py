"""The subcommands of `escalation`, one module each; cli.py lists them."""
