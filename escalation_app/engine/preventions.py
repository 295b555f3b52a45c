"""Reminds the owners of preventions, each in a transaction of its own: two engines remind once."""

import logging
from collections.abc import Callable

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.services.preventions import remind_owner, to_be_reminded

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Reminders of one look; the next look finds the others."""


def remind_owners(database: Database, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Remind everybody whose prevention is due soon or late; returns how many were reminded. One
    that fails is logged, and does not keep the others from it."""
    reminded = 0
    with database.reading() as session:
        due = to_be_reminded(session, utc_now(), AT_ONCE)
    for number, ticket_id in due:
        if not goes_on():
            break
        try:
            with database.writing(gives_way=True) as session:
                reminded += remind_owner(session, number, ticket_id, utc_now)
        except Exception:
            log.exception("The prevention of escalation %d was not reminded of", number)
    return reminded
