"""`escalation engine`: fires what is due and sends what is to be sent, and serves nothing.

Any number of them work side by side, and beside any number of `escalation serve`.
"""

import argparse
import asyncio
import signal
import sys

from escalation_app.db import database
from escalation_app.engine import scheduler
from escalation_app.launcher.logs import log_to_stderr
from escalation_app.launcher.memory import leave_start_out_of_collections
from escalation_app.live.signal import ChangeSignal
from escalation_app.migrations import migrate
from escalation_app.settings import OperatorError, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything else is set by the environment, as it is for `serve`."""
    parser.add_argument("--attached", action="store_true", help="end when standard input does, too")
    parser.epilog = "Settings come from the environment: DATABASE_URL, SMTP_URL and others."


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop, by SIGTERM or SIGINT; what was begun is finished."""
    log_to_stderr(settings())
    migrate(settings().database_url)
    leave_start_out_of_collections()
    try:
        asyncio.run(_work(is_attached=arguments.attached))
    finally:
        database().dispose()
    return 0


async def _work(*, is_attached: bool) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(kind, told_to_stop.set)
    if is_attached:  # nobody writes to it: it can be read when it has ended
        try:
            loop.add_reader(sys.stdin.fileno(), told_to_stop.set)
        except PermissionError as error:
            raise OperatorError("--attached needs a pipe as standard input.") from error
    async with scheduler.lifespan() as engine:
        commits = ChangeSignal(database(), engine.wake)
        await commits.start()
        await told_to_stop.wait()
        if is_attached:
            loop.remove_reader(sys.stdin.fileno())
        await commits.stop()
