"""The sweep: claim what is due, let the domain decide, apply a batch, commit once."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database
from escalation_app.domain.escalations import fire
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.tickets import Decision
from escalation_app.models import TicketRow, TimerRow
from escalation_app.services import effects
from escalation_app.services.people import RosterMemory
from escalation_app.services.store import TICKET, columns, in_lists, load_tickets
from escalation_app.services.unit_of_work import make_desk

log = logging.getLogger(__name__)

BATCH = 100
"""Tickets in the first transaction of a sweep; the next ones follow how long it took."""
SMALLEST_BATCH = 50
LARGEST_BATCH = 2_000
LOCK_FOR = 0.06
"""Seconds a batch aims to hold SQLite's write lock; 0.1 is the most it may."""
RETRY_AFTER = timedelta(seconds=5)
RETRY_AT_MOST = timedelta(minutes=10)
LOCKED_FOR = timedelta(milliseconds=100)
"""A ticket that somebody else holds is looked at again after this long."""

_TIMERS = columns(TimerRow)
_TICKETS = columns(TicketRow)
_EARLIEST = select(_TIMERS.c.due_at).order_by(_TIMERS.c.due_at).limit(1)
_CLAIM = (
    select(_TIMERS.c.subject_id, _TIMERS.c.due_at)
    # A bare subject_type would lead SQLite to read every timer by its key and sort them.
    .where(_TIMERS.c.due_at <= bindparam("now"), func.lower(_TIMERS.c.subject_type) == TICKET)
    .order_by(_TIMERS.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim did.

    `lag` is how late its earliest timer was noticed, `seconds` how long its transaction held
    the write lock.
    """

    claimed: int = 0
    changed: int = 0
    failed: int = 0
    lag: timedelta = timedelta(0)
    seconds: float = 0.0


def next_due_at(session: Session) -> datetime | None:
    """The earliest instant at which something is due."""
    return session.execute(_EARLIEST).scalar_one_or_none()


def claim_due(session: Session, now: datetime, limit: int) -> list[tuple[int, datetime]]:
    """(ticket id, due instant) of the earliest due timers; another engine's are passed over."""
    rows = session.execute(_CLAIM, {"now": now, "most": limit})
    return [(int(row.subject_id), row.due_at) for row in rows]


def anything_due(database: Database, now: datetime) -> bool:
    """Whether a claim would find something; takes no lock."""
    with database.reading() as session:
        due_at = next_due_at(session)
    return due_at is not None and due_at <= now


def fire_batch(database: Database, limit: int = BATCH, memory: RosterMemory | None = None) -> Batch:
    """Claim and fire at most `limit` due tickets in one transaction.

    When the batch cannot be written as a whole, it is tried in halves, and a ticket that fails
    by itself is moved ahead: it never blocks another. Raises OperationalError when the database
    itself refuses, with nothing changed.
    """
    if not anything_due(database, utc_now()):
        return Batch()
    claimed: list[tuple[int, datetime]] = []
    try:
        with database.writing() as session:
            begun, now = monotonic(), utc_now()
            claimed = claim_due(session, now, limit)
            fired = _fire(session, [key for key, _ in claimed], now, memory)
    except OperationalError:
        raise
    except Exception:
        log.exception("A batch of %d timers failed; trying it in halves", len(claimed))
        begun, now = monotonic(), utc_now()
        fired = _in_halves(database, [key for key, _ in claimed])
    lag = max((now - due_at for _, due_at in claimed), default=timedelta(0))
    return replace(fired, lag=lag, seconds=monotonic() - begun)


def _fire(
    session: Session,
    ticket_ids: Sequence[int],
    now: datetime,
    memory: RosterMemory | None = None,
) -> Batch:
    """Decide and apply in the caller's transaction."""
    if not ticket_ids:
        return Batch()
    desk = make_desk(session, now, memory)
    decisions: list[Decision] = []
    failures: list[int] = []
    tickets = load_tickets(session, ticket_ids, skip_locked=True)
    for key, ticket in tickets.items():
        try:
            decisions.append(fire(ticket, desk))
        except Exception:
            log.exception("The timer of ticket %d failed", key)
            failures.append(key)
    effects.apply(session, desk, ENGINE, decisions)
    _move_ahead(session, failures, now)
    _pass_over(session, [key for key in ticket_ids if key not in tickets], now)
    changed = sum(decision.is_change for decision in decisions)
    return Batch(len(ticket_ids), changed, len(failures))


def _in_halves(database: Database, ticket_ids: Sequence[int]) -> Batch:
    """Fire the tickets in ever smaller transactions, so that only those fail that must."""
    done = Batch()
    middle = (len(ticket_ids) + 1) // 2
    for part in (ticket_ids[:middle], ticket_ids[middle:]):
        if part:
            one = _in_one(database, part)
            done = Batch(
                done.claimed + one.claimed, done.changed + one.changed, done.failed + one.failed
            )
    return done


def _in_one(database: Database, ticket_ids: Sequence[int]) -> Batch:
    try:
        with database.writing() as session:
            return _fire(session, ticket_ids, utc_now())
    except OperationalError:
        raise
    except Exception:
        if len(ticket_ids) > 1:
            return _in_halves(database, ticket_ids)
        log.exception("Ticket %d could not be written; its timer is moved ahead", ticket_ids[0])
        with database.writing() as session:
            _move_ahead(session, ticket_ids, utc_now())
        return Batch(1, 0, 1)


def _move_ahead(session: Session, ticket_ids: Sequence[int], now: datetime) -> None:
    """Try failed timers again later, each time after twice as long."""
    for key in ticket_ids:
        where = (
            _TIMERS.c.subject_type == TICKET,
            _TIMERS.c.subject_id == key,
            _TIMERS.c.due_at <= now,
        )
        failures = session.execute(select(_TIMERS.c.failures).where(*where)).scalar_one_or_none()
        if failures is None:
            continue
        wait = min(RETRY_AFTER * 2 ** min(failures, 10), RETRY_AT_MOST)
        values = {"failures": failures + 1, "due_at": now + wait}
        session.execute(update(_TIMERS).where(*where).values(values))


def _pass_over(session: Session, ticket_ids: Sequence[int], now: datetime) -> None:
    """Timers whose ticket was not given to us: it is locked by somebody else, or it is gone."""
    for ids in in_lists(ticket_ids):
        known = set(session.execute(select(_TICKETS.c.id).where(_TICKETS.c.id.in_(ids))).scalars())
        gone = [key for key in ids if key not in known]
        ours = _TIMERS.c.subject_type == TICKET
        if known:
            session.execute(
                update(_TIMERS)
                .where(ours, _TIMERS.c.subject_id.in_(known))
                .values(due_at=now + LOCKED_FOR)
            )
        if gone:
            log.error("Timers of tickets that do not exist are removed: %s", gone)
            session.execute(delete(_TIMERS).where(ours, _TIMERS.c.subject_id.in_(gone)))


def next_limit(limit: int, batch: Batch) -> int:
    """How many tickets the next batch may take, so that its lock is held for LOCK_FOR seconds."""
    if batch.seconds <= 0:
        return limit
    fitting = int(batch.claimed * LOCK_FOR / batch.seconds)
    return max(SMALLEST_BATCH, min(fitting, 2 * limit, LARGEST_BATCH))


def batches(database: Database, goes_on: Callable[[], bool] = lambda: True) -> Iterator[Batch]:
    """Fire batch after batch until nothing is due, each of a size that follows the one before."""
    limit, memory = BATCH, RosterMemory()
    while goes_on():
        batch = fire_batch(database, limit, memory)
        if batch.claimed == 0:
            return
        yield batch
        if batch.claimed == limit or batch.seconds > LOCK_FOR:
            limit = next_limit(limit, batch)


def sweep(database: Database, *, at_most: int | None = None) -> list[Batch]:
    """Fire batch after batch until nothing is due (or `at_most` batches are done)."""
    done: list[Batch] = []
    for batch in batches(database):
        done.append(batch)
        if at_most is not None and len(done) >= at_most:
            break
    return done
