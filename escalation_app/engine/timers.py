"""The sweep: claim what is due, let the domain decide, apply a batch, commit once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database
from escalation_app.domain.escalations import fire
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.tickets import Decision
from escalation_app.models import TimerRow
from escalation_app.services import effects
from escalation_app.services.store import TICKET, columns, load_tickets
from escalation_app.services.unit_of_work import make_desk

log = logging.getLogger(__name__)

BATCH = 100
"""Tickets a transaction: small enough to hold SQLite's write lock for less than 100 ms."""
RETRY_AFTER = timedelta(seconds=5)
RETRY_AT_MOST = timedelta(minutes=10)

_TIMERS = columns(TimerRow)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim did. `lag` is how late its earliest timer was noticed."""

    claimed: int = 0
    changed: int = 0
    failed: int = 0
    lag: timedelta = timedelta(0)
    seconds: float = 0.0


def next_due_at(session: Session) -> datetime | None:
    """The earliest instant at which something is due."""
    return session.execute(
        select(_TIMERS.c.due_at).order_by(_TIMERS.c.due_at).limit(1)
    ).scalar_one_or_none()


def claim_due(session: Session, now: datetime, limit: int) -> list[tuple[int, datetime]]:
    """(ticket id, due instant) of the earliest due timers; another engine's are passed over."""
    rows = session.execute(
        select(_TIMERS.c.subject_id, _TIMERS.c.due_at)
        .where(_TIMERS.c.due_at <= now, _TIMERS.c.subject_type == TICKET)
        .order_by(_TIMERS.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(int(row.subject_id), row.due_at) for row in rows]


def anything_due(database: Database, now: datetime) -> bool:
    """Whether a claim would find something; takes no lock."""
    with database.reading() as session:
        due_at = next_due_at(session)
    return due_at is not None and due_at <= now


def fire_batch(database: Database, limit: int = BATCH) -> Batch:
    """Claim and fire at most `limit` due tickets in one transaction.

    When the batch cannot be written as a whole, each of its tickets gets a transaction of its
    own, and one that still fails is moved ahead: it never blocks another.
    """
    if not anything_due(database, utc_now()):
        return Batch()
    begun = monotonic()
    claimed: list[tuple[int, datetime]] = []
    try:
        with database.writing() as session:
            now = utc_now()
            claimed = claim_due(session, now, limit)
            changed, failed = _fire(session, [key for key, _ in claimed], now)
    except Exception:
        log.exception("A batch of %d timers failed; trying them one by one", len(claimed))
        return _one_by_one(database, claimed)
    return _batch(claimed, now, changed, failed, begun)


def _batch(
    claimed: Sequence[tuple[int, datetime]], now: datetime, changed: int, failed: int, begun: float
) -> Batch:
    lag = max((now - due_at for _, due_at in claimed), default=timedelta(0))
    return Batch(len(claimed), changed, failed, lag, monotonic() - begun)


def _fire(session: Session, ticket_ids: Sequence[int], now: datetime) -> tuple[int, int]:
    """Decide and apply; returns how many tickets changed and how many could not be decided."""
    if not ticket_ids:
        return 0, 0
    desk = make_desk(session, now)
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
    return sum(decision.is_change for decision in decisions), len(failures)


def _one_by_one(database: Database, claimed: Sequence[tuple[int, datetime]]) -> Batch:
    begun = monotonic()
    changed = failed = 0
    now = utc_now()
    for key, _ in claimed:
        try:
            with database.writing() as session:
                now = utc_now()
                one_changed, one_failed = _fire(session, [key], now)
        except Exception:
            log.exception("Ticket %d could not be written; its timer is moved ahead", key)
            with database.writing() as session:
                _move_ahead(session, [key], utc_now())
            one_changed, one_failed = 0, 1
        changed += one_changed
        failed += one_failed
    return _batch(claimed, now, changed, failed, begun)


def _move_ahead(session: Session, ticket_ids: Sequence[int], now: datetime) -> None:
    """Try failed timers again later, each time after twice as long."""
    for key in ticket_ids:
        where = (_TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id == key)
        failures = session.execute(select(_TIMERS.c.failures).where(*where)).scalar_one_or_none()
        if failures is None:
            continue
        wait = min(RETRY_AFTER * 2**failures, RETRY_AT_MOST)
        values: dict[str, Any] = {"failures": failures + 1, "due_at": now + wait}
        session.execute(update(_TIMERS).where(*where).values(values))


def sweep(database: Database, *, at_most: int | None = None) -> list[Batch]:
    """Fire batch after batch until nothing is due (or `at_most` batches are done)."""
    batches: list[Batch] = []
    while at_most is None or len(batches) < at_most:
        batch = fire_batch(database)
        if batch.claimed == 0:
            break
        batches.append(batch)
    return batches
