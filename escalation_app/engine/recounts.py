"""Lets clocks follow when days of their calendar changed, a bounded batch at a time.

The row of the change keeps how far it came, in the transaction of each batch: whoever goes on after
a crash, this engine or another, begins where it ended. Counting again twice changes nothing. A
ticket on which it fails holds up no other, and is tried again until its clocks follow.
"""

import logging
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database
from escalation_app.domain.firing import fire
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.tickets import Decision
from escalation_app.engine.timers import Batch, next_limit
from escalation_app.services import effects
from escalation_app.services.calendar_days import (
    Following,
    claim_following,
    put_reached,
    to_follow,
)
from escalation_app.services.store import load_tickets
from escalation_app.services.unit_of_work import make_desk

log = logging.getLogger(__name__)

BATCH = 25
"""Tickets in the first transaction; the next ones follow how long it held the write lock."""
LARGEST_BATCH = 500


def recounts(database: Database, goes_on: Callable[[], bool] = lambda: True) -> Iterator[int]:
    """Count again batch after batch until every change is followed; yields the tickets of each.

    Ends early when another engine has the change in hand: it goes on, or leaves it to be found.
    """
    while goes_on():
        with database.reading() as session:
            one = to_follow(session, utc_now())
        if one is None:
            return
        done, limit, is_over = 0, BATCH, False
        while not is_over:
            if not goes_on():
                return
            ticket_ids = one.ticket_ids[done : done + limit]
            with database.writing(gives_way=True) as session:
                begun = monotonic()
                is_ours = _count_again(session, one, ticket_ids)
                seconds = monotonic() - begun
            if not is_ours:
                return
            yield len(ticket_ids)
            done += len(ticket_ids)
            is_over = done == len(one.ticket_ids)
            limit = _next_limit(limit, seconds)


def _next_limit(limit: int, seconds: float) -> int:
    """How many tickets fit into LOCK_FOR seconds, by how long the last batch took."""
    return next_limit(limit, Batch(limit, seconds=seconds), smallest=1, largest=LARGEST_BATCH)


def _count_again(session: Session, one: Following, ticket_ids: Sequence[int]) -> bool:
    """One batch; whether it was there to be done."""
    if not claim_following(session, one, ticket_ids):
        return False
    tickets = load_tickets(session, ticket_ids)
    now = utc_now()
    desk = make_desk(session, now)
    decisions: list[Decision] = []
    failed: list[int] = []
    for key, ticket in tickets.items():
        try:
            decisions.append(fire(ticket, desk))
        except Exception:
            log.exception("The clocks of ticket %d do not follow their calendar yet", key)
            failed.append(key)
    effects.apply(session, desk, ENGINE, decisions)
    put_reached(session, one, ticket_ids, failed, now)
    return True
