"""The auditor: walks over all tickets by their keys, a part at a time, and sets timers that are
missing or lie later than the domain says.

A timer only wakes, so a ticket whose timer is lost would sleep for ever, and nobody would notice.
It should never find anything; what it finds is on record, and in the log as an error.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import sleep

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.firing import timer_repaired, wakes_at
from escalation_app.domain.permissions import ENGINE
from escalation_app.models import CounterRow, TicketRow, TimerRow
from escalation_app.services import effects
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import TICKET, columns, in_lists
from escalation_app.services.unit_of_work import make_desk

log = logging.getLogger(__name__)

SPAN = 10_000
"""How many keys a look covers: with one a minute, a million tickets in less than two hours."""
SLICE = 250
"""How many tickets are read at once, in some 20 ms."""
REST = 0.1
"""Seconds between two slices: a look is never in a hurry, and boards are."""
TOLERANCE = timedelta(seconds=1)
"""A timer that is put off for a moment, since somebody else holds its ticket, is none too late."""
POSITION = "audited_up_to"

_TICKETS = columns(TicketRow)
_TIMERS = columns(TimerRow)
_COUNTERS = columns(CounterRow)


class Auditor:
    """Looks from where the last one, of whichever engine, has stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.audited_total = 0
        """Tickets looked at."""
        self.repaired_total = 0
        """Timers set."""

    def look(self, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Look at the next SPAN keys; returns how many timers had to be set."""
        repaired = 0
        for number, keys in enumerate(_slices(self._wanted(self._next_span()))):
            if number:
                sleep(REST)
            if not goes_on():
                break
            repaired += self._look_at(keys, now)
            self.audited_total += len(keys)
        self.repaired_total += repaired
        return repaired

    def _look_at(self, keys: Sequence[int], now: datetime) -> int:
        """A ticket that cannot be read or decided about hides no other; the engine tells of it."""
        try:
            suspects = self._suspects(keys, now)
            return self._repair(suspects, now) if suspects else 0
        except OperationalError:
            raise
        except Exception:
            if len(keys) > 1:
                return sum(self._look_at([key], now) for key in keys)
            log.exception("The timer of ticket %d could not be looked at", keys[0])
            return 0

    def _next_span(self) -> range:
        """The keys that are looked at next; they are ours, another engine goes on after them."""
        with self._database.writing(gives_way=True) as session:
            newest = session.execute(select(func.max(_TICKETS.c.id))).scalar_one() or 0
            where = _COUNTERS.c.name == POSITION
            position = session.execute(
                select(_COUNTERS.c.value).where(where).with_for_update()
            ).scalar_one_or_none()
            if position is None:
                session.add(CounterRow(name=POSITION, value=0))
                session.flush()
            begins = position if position is not None and position < newest else 0
            session.execute(update(_COUNTERS).where(where).values(value=begins + SPAN))
        return range(begins + 1, begins + SPAN + 1)

    def _wanted(self, span: range) -> list[int]:
        """The tickets among these that something may be ahead of."""
        lives = or_(_TICKETS.c.is_open.is_(True), _TICKETS.c.close_at.is_not(None))
        among = _TICKETS.c.id.between(span.start, span.stop - 1)
        with self._database.reading() as session:
            return list(session.execute(select(_TICKETS.c.id).where(among, lives)).scalars())

    def _suspects(self, keys: Sequence[int], now: datetime) -> list[int]:
        with self._database.reading() as session:
            return list(_wrong(session, keys, now, locks=False))

    def _repair(self, suspects: Sequence[int], now: datetime) -> int:
        """Set the timers that are still wrong once their tickets are locked, on record."""
        with self._database.writing() as session:
            wrong = _wrong(session, suspects, now, locks=True)
            tickets = load_tickets(session, wrong)
            desk = make_desk(session, utc_now())
            mended = [timer_repaired(ticket, desk, wrong[key]) for key, ticket in tickets.items()]
            effects.apply(session, desk, ENGINE, mended)
        for ticket_id, was in wrong.items():
            log.error("The timer of ticket %d was %s; it is set", ticket_id, was or "missing")
        return len(wrong)


def _slices(keys: Sequence[int]) -> list[Sequence[int]]:
    return [keys[start : start + SLICE] for start in range(0, len(keys), SLICE)]


def _wrong(
    session: Session, keys: Sequence[int], now: datetime, *, locks: bool
) -> dict[int, datetime | None]:
    """Of these tickets, those whose timer is missing or too late, with what it is.

    A timer that failed is put off on purpose.
    """
    tickets = load_tickets(session, keys, skip_locked=True, to_change=locks)
    desk = make_desk(session, now)
    timers = _timers(session, list(tickets))
    wrong: dict[int, datetime | None] = {}
    for key, ticket in tickets.items():
        due_at = wakes_at(ticket, desk)
        set_to, failures = timers.get(key, (None, 0))
        if due_at is None or failures:
            continue
        if set_to is None or set_to > max(due_at, now) + TOLERANCE:
            wrong[key] = set_to
    return wrong


def _timers(session: Session, keys: Sequence[int]) -> dict[int, tuple[datetime, int]]:
    found: dict[int, tuple[datetime, int]] = {}
    for some in in_lists(keys):
        rows = session.execute(
            select(_TIMERS.c.subject_id, _TIMERS.c.due_at, _TIMERS.c.failures).where(
                _TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id.in_(some)
            )
        )
        found.update((row.subject_id, (row.due_at, row.failures)) for row in rows)
    return found
