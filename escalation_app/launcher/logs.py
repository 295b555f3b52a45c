"""Where a process that runs on and on says what it does."""

import logging
import time

from escalation_app.settings import Settings


def log_to_stderr(settings: Settings) -> None:
    """Every record at or above LOG_LEVEL as one line with its instant in UTC; what libraries tell
    of their own work only from a warning upwards."""
    logging.Formatter.converter = time.gmtime
    quiet = max(logging.WARNING, logging.getLevelNamesMapping()[settings.log_level])
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)sZ %(levelname)s %(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    for chatty in ("uvicorn.error", "httpx", "httpcore", "alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(quiet)
