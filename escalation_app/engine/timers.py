"""The sweep: plan what is due, let the domain decide, write a batch, commit once.

On SQLite it is decided from a snapshot and without the write lock, which is then held for the
writes only: what was changed in between is decided anew under it. On PostgreSQL the timers and
tickets of a batch are locked first, and another engine passes them over; two batches are worked on
side by side there, so that one is decided while the server writes the other.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, type_coerce, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from escalation_app.clock import monotonic, utc_now
from escalation_app.db import Database
from escalation_app.domain.firing import fire
from escalation_app.domain.permissions import ENGINE
from escalation_app.models import TicketRow, TimerRow
from escalation_app.services import effects
from escalation_app.services.effects import Act
from escalation_app.services.people import RosterMemory
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import TICKET, columns, in_lists
from escalation_app.services.unit_of_work import make_desk

log = logging.getLogger(__name__)

BATCH = 250
"""Tickets in the first transaction of a sweep; the next ones follow how long it took."""
SMALLEST_BATCH = 50
LARGEST_BATCH = 2_000
LOCK_FOR = 0.06
"""Seconds a batch aims to hold SQLite's write lock; 0.1 is the most it may."""
AT_ONCE_ON_SQLITE, AT_ONCE_ON_POSTGRES = 1, 2
"""Batches in work at a time. SQLite writes in this process: while one batch is decided another
waits for the interpreter with the write lock held, which took longer altogether and held the lock
twice as long."""
PLAN = 5_000
"""How many tickets are put in order at a time when more are due than one batch takes."""
PLAN_FOR = 0.5
"""Seconds after which what fell due meanwhile is put in order too."""
RETRY_AFTER = timedelta(seconds=5)
RETRY_AT_MOST = timedelta(minutes=10)
LOCKED_FOR = timedelta(milliseconds=100)
"""A ticket that somebody else holds is looked at again after this long."""

_TIMERS = columns(TimerRow)
_TICKETS = columns(TicketRow)
_DUE_AT = type_coerce(_TIMERS.c.due_at, NullType()).label("due_at")
"""As the database holds it: enough to tell one timer of a ticket from the next."""
_EARLIEST = select(_TIMERS.c.due_at).order_by(_TIMERS.c.due_at).limit(1)
# A bare subject_type would lead SQLite to read every timer by its key and sort them.
_IS_DUE = (_TIMERS.c.due_at <= bindparam("now"), func.lower(_TIMERS.c.subject_type) == TICKET)
_DUE = (
    select(_TIMERS.c.subject_id, _DUE_AT)
    .where(*_IS_DUE)
    .order_by(_TIMERS.c.due_at)
    .limit(bindparam("most"))
)
_TURNS = (
    select(
        _TIMERS.c.subject_id,
        _DUE_AT,
        func.row_number()
        .over(partition_by=_TIMERS.c.lane, order_by=_TIMERS.c.due_at)
        .label("turn"),
    )
    .where(*_IS_DUE)
    .subquery()
)
_IN_TURN = (
    select(_TURNS.c.subject_id, _TURNS.c.due_at)
    .order_by(_TURNS.c.turn, _TURNS.c.due_at)
    .limit(bindparam("most"))
)
_CLAIM = select(_TIMERS.c.subject_id, _TIMERS.c.due_at).where(
    _TIMERS.c.subject_type == TICKET,
    _TIMERS.c.subject_id.in_(bindparam("keys", expanding=True)),
    _TIMERS.c.due_at <= bindparam("now"),
)

Due = tuple[int, object]
"""A ticket and the instant of its timer, as the database holds it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction did.

    `lag` is how late its earliest timer was noticed, `seconds` how long it held the write lock.
    """

    claimed: int = 0
    changed: int = 0
    failed: int = 0
    lag: timedelta = timedelta(0)
    seconds: float = 0.0


def next_due_at(session: Session) -> datetime | None:
    """The earliest instant at which something is due."""
    return session.execute(_EARLIEST).scalar_one_or_none()


def due_tickets(session: Session, now: datetime, most: int) -> list[Due]:
    """The earliest due tickets, up to `most`."""
    rows = session.execute(_DUE, {"now": now, "most": most})
    return [(row.subject_id, row.due_at) for row in rows]


def in_turn(session: Session, now: datetime, most: int) -> list[Due]:
    """Due tickets, up to `most`: the first of each organisation, then the second of each and so on,
    so that a flood of one customer's does not delay another's."""
    rows = session.execute(_IN_TURN, {"now": now, "most": most})
    return [(row.subject_id, row.due_at) for row in rows]


# One batch -----------------------------------------------------------------------------------


def fire_batch(database: Database, limit: int = BATCH, memory: RosterMemory | None = None) -> Batch:
    """Fire at most `limit` due tickets in one transaction."""
    keys = _Backlog(database).take(limit)
    return fire_these(database, keys, memory) if keys else Batch()


def fire_these(
    database: Database, ticket_ids: Sequence[int], memory: RosterMemory | None = None
) -> Batch:
    """Fire those of the tickets that are due, in one transaction.

    When the batch cannot be written as a whole, it is tried in halves, and a ticket that fails
    by itself is moved ahead: it never blocks another. Raises OperationalError when the database
    itself refuses, with nothing changed.
    """
    attempt = _fire_from_snapshot if database.is_sqlite else _fire_under_locks
    try:
        return attempt(database, ticket_ids, memory)
    except OperationalError:
        raise
    except Exception:
        log.exception("A batch of %d timers failed; trying it in halves", len(ticket_ids))
        return _in_halves(database, ticket_ids)


@dataclass(frozen=True, slots=True)
class _Decided:
    """What is to be written of a batch; `held` are tickets that another transaction holds or that
    are gone."""

    claimed: Mapping[int, datetime]
    acts: Sequence[Act]
    failures: Sequence[int]
    held: Sequence[int]
    now: datetime

    def batch(self, seconds: float) -> Batch:
        earliest = min(self.claimed.values(), default=self.now)
        changed = sum(act.decision.is_change for act in self.acts)
        failed = len(self.failures)
        return Batch(len(self.claimed), changed, failed, self.now - earliest, seconds)


def _decide(
    session: Session, ticket_ids: Sequence[int], memory: RosterMemory | None, *, locks: bool
) -> _Decided:
    """Claim those that are still due, and decide about them."""
    now = utc_now()
    claimed = _claim(session, ticket_ids, now, locks=locks)
    tickets = load_tickets(session, claimed, skip_locked=True, to_change=locks)
    desk = make_desk(session, now, memory)
    acts: list[Act] = []
    failures: list[int] = []
    for key, ticket in tickets.items():
        try:
            acts.append(Act(desk, ENGINE, fire(ticket, desk)))
        except Exception:
            log.exception("The timer of ticket %d failed", key)
            failures.append(key)
    return _Decided(claimed, acts, failures, [key for key in claimed if key not in tickets], now)


def _claim(
    session: Session, ticket_ids: Sequence[int], now: datetime, *, locks: bool
) -> dict[int, datetime]:
    statement = _CLAIM.with_for_update(skip_locked=True) if locks else _CLAIM
    claimed: dict[int, datetime] = {}
    for keys in in_lists(ticket_ids):
        for row in session.execute(statement, {"keys": keys, "now": now}):
            claimed[row.subject_id] = row.due_at
    return claimed


def _fire_from_snapshot(
    database: Database, ticket_ids: Sequence[int], memory: RosterMemory | None
) -> Batch:
    with database.reading() as session:
        decided = _decide(session, ticket_ids, memory, locks=False)
        prepared = effects.prepare(decided.acts, is_sqlite=True)
    if not decided.claimed:
        return Batch()
    with database.writing(gives_way=True) as session:
        begun = monotonic()
        if overtaken := effects.overtaken(session, prepared):
            decided = _decided_anew(session, decided, overtaken, memory)
            prepared = effects.prepare(decided.acts, is_sqlite=True)
        _write(session, prepared, decided)
    done = decided.batch(monotonic() - begun)
    database.checkpoint()
    return done


def _decided_anew(
    session: Session, decided: _Decided, overtaken: Collection[int], memory: RosterMemory | None
) -> _Decided:
    """With those that were changed since decided about under the lock."""
    log.info("%d tickets were changed while they were decided about", len(overtaken))
    again = _decide(session, sorted(overtaken), memory, locks=True)
    kept = [act for act in decided.acts if act.decision.after.id not in overtaken]
    claimed = {key: at for key, at in decided.claimed.items() if key not in overtaken}
    return replace(
        decided,
        claimed={**claimed, **again.claimed},
        acts=[*kept, *again.acts],
        failures=[*decided.failures, *again.failures],
        held=[*decided.held, *again.held],
    )


def _fire_under_locks(
    database: Database, ticket_ids: Sequence[int], memory: RosterMemory | None = None
) -> Batch:
    with database.writing(gives_way=True) as session:
        begun = monotonic()
        decided = _decide(session, ticket_ids, memory, locks=True)
        prepared = effects.prepare(decided.acts, is_sqlite=database.is_sqlite)
        _write(session, prepared, decided)
    return decided.batch(monotonic() - begun)


def _write(session: Session, prepared: effects.Prepared, decided: _Decided) -> None:
    effects.write(session, prepared)
    _move_ahead(session, decided.failures, decided.now)
    _pass_over(session, decided.held, decided.now)


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
        return _fire_under_locks(database, ticket_ids)
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


# Batch after batch ---------------------------------------------------------------------------


class _Backlog:
    """What is due and not in work yet, in the order in which it is to be fired.

    Each timer is taken once: one that another engine holds is left to the next sweep.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._planned: deque[Due] = deque()
        self._planned_at = 0.0
        self._taken: set[Due] = set()

    def take(self, most: int) -> list[int]:
        """The next tickets; none when nothing is due that was not taken already."""
        if not self._planned or monotonic() - self._planned_at > PLAN_FOR:
            self._plan(most)
        part = [self._planned.popleft() for _ in range(min(most, len(self._planned)))]
        self._taken.update(part)
        return [key for key, _ in part]

    def _plan(self, most: int) -> None:
        now = utc_now()
        self._planned_at = monotonic()
        with self._database.reading() as session:
            due = due_tickets(session, now, most + 1)
            if len(due) > most:
                due = in_turn(session, now, PLAN + AT_ONCE_ON_POSTGRES * LARGEST_BATCH)
        self._planned = deque(one for one in due if one not in self._taken)


def next_limit(
    limit: int, batch: Batch, smallest: int = SMALLEST_BATCH, largest: int = LARGEST_BATCH
) -> int:
    """How many tickets the next batch may take, so that its lock is held for LOCK_FOR seconds."""
    if batch.seconds <= 0:
        return limit
    fitting = int(batch.claimed * LOCK_FOR / batch.seconds)
    return max(smallest, min(fitting, 2 * limit, largest))


def batches(database: Database, goes_on: Callable[[], bool] = lambda: True) -> Iterator[Batch]:
    """Fire batch after batch until nothing is due, each of a size that follows those before."""
    backlog, limit = _Backlog(database), BATCH
    at_once = AT_ONCE_ON_SQLITE if database.is_sqlite else AT_ONCE_ON_POSTGRES
    idle = [RosterMemory() for _ in range(at_once)]
    with ThreadPoolExecutor(at_once, thread_name_prefix="fire") as pool:
        working: deque[tuple[Future[Batch], RosterMemory, int]] = deque()
        while True:
            while idle and goes_on() and (keys := backlog.take(limit)):
                memory = idle.pop()
                fired = pool.submit(fire_these, database, keys, memory)
                working.append((fired, memory, len(keys)))
            if not working:
                return
            fired, memory, count = working.popleft()
            batch = fired.result()
            idle.append(memory)
            if batch.claimed:
                yield batch
            if count >= limit or batch.seconds > LOCK_FOR:
                limit = next_limit(limit, batch)


def sweep(database: Database) -> list[Batch]:
    """Fire batch after batch until nothing is due."""
    return list(batches(database))
