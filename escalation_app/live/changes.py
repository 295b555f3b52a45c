"""What has happened since the last look: the event record and the notices, read by key."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from escalation_app.clock import monotonic
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import ActorKind
from escalation_app.models import EventRow, OutboxRow, TicketRow
from escalation_app.services.bulk import is_sqlite
from escalation_app.services.tables import columns

_EVENTS: Any = columns(EventRow)
_OUTBOX: Any = columns(OutboxRow)
_TICKETS: Any = columns(TicketRow)

GAP_FOR = 60.0
"""Seconds for which keys that are missing are looked for on PostgreSQL, where a transaction that
took its keys earlier may commit later. By then it has, or it was rolled back, and the screens are
read anew anyway. SQLite has one writer at a time."""
LOOK_BACK = 20_000
"""How many keys before the newest are looked through for missing ones at the start."""
MOST_GAPS = 200
"""How many gaps are looked for at a time; the oldest are given up first."""
TOO_MANY = 2_000
"""More rows than this since the last look mean that everything may have changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """The tickets, organisations and people that something happened to."""

    tickets: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    is_everything: bool = False
    touches_views: bool = False
    """Whether a view of the queue was saved, changed or deleted."""
    touches_absences: bool = False
    """Whether somebody of ours is away at other times than before."""
    is_urgent: bool = False
    """Whether the engine did some of it: a promise is at stake."""

    @property
    def is_nothing(self) -> bool:
        beside = self.touches_views or self.touches_absences
        return not (self.tickets or self.people or beside or self.is_everything)

    def touches_ticket(self, ticket_id: int) -> bool:
        return self.is_everything or ticket_id in self.tickets

    def touches_organisation(self, organisation_id: int) -> bool:
        return self.is_everything or organisation_id in self.organisations

    def touches_person(self, person_id: int) -> bool:
        return self.is_everything or person_id in self.people

    @property
    def touches_tickets(self) -> bool:
        return self.is_everything or bool(self.tickets)


EVERYTHING = Change(is_everything=True)


def touching_tickets(change: Change) -> bool:
    """What is wanted by who shows many tickets."""
    return change.touches_tickets


def touching_ticket(ticket_id: int) -> Callable[[Change], bool]:
    """What is wanted by who shows one ticket."""
    return lambda change: change.touches_ticket(ticket_id)


class _Gap(NamedTuple):
    """Keys that were passed over, since when (monotonic seconds)."""

    first: int
    last: int
    since: float


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a table has been read, and what was missing before that."""

    newest: int
    gaps: tuple[_Gap, ...] = ()


@dataclass(slots=True)
class ChangeReader:
    """Remembers how far it has read; one for each process."""

    _events: _Progress | None = field(default=None)
    _notices: _Progress | None = field(default=None)

    def read(self, session: Session) -> Change:
        """What is new since the last call that succeeded; the first call finds nothing new."""
        if self._events is None or self._notices is None:
            self._begin(session)
            return Change()
        with_ticket = (
            select(
                _EVENTS.c.id,
                _EVENTS.c.ticket_id,
                _EVENTS.c.kind,
                _EVENTS.c.actor_kind,
                _TICKETS.c.organisation_id,
            )
            .outerjoin(_TICKETS, _TICKETS.c.id == _EVENTS.c.ticket_id)
            .order_by(_EVENTS.c.id)
        )
        to_person = select(_OUTBOX.c.id, _OUTBOX.c.person_id).order_by(_OUTBOX.c.id)
        events, event_progress = _after(session, with_ticket, _EVENTS.c.id, self._events)
        notices, notice_progress = _after(session, to_person, _OUTBOX.c.id, self._notices)
        if max(len(events), len(notices)) >= TOO_MANY:
            self._begin(session)
            return EVERYTHING
        self._events, self._notices = event_progress, notice_progress
        return Change(
            frozenset(row.ticket_id for row in events if row.ticket_id is not None),
            frozenset(row.organisation_id for row in events if row.organisation_id is not None),
            frozenset(row.person_id for row in notices if row.person_id is not None),
            touches_views=any(row.kind == EventKind.VIEW_CHANGED for row in events),
            touches_absences=any(row.kind == EventKind.ABSENCE_CHANGED for row in events),
            is_urgent=any(row.actor_kind == ActorKind.ENGINE for row in events),
        )

    def _begin(self, session: Session) -> None:
        self._events = _end_of(session, _EVENTS.c.id)
        self._notices = _end_of(session, _OUTBOX.c.id)


def _after(
    session: Session, rows: Any, key: Any, progress: _Progress
) -> tuple[list[Any], _Progress]:
    """The rows not read yet, and how far that gets."""
    late = [key.between(gap.first, gap.last) for gap in progress.gaps]
    wanted = rows.where(or_(key > progress.newest, *late))
    found = session.execute(wanted.limit(TOO_MANY)).all()
    keys = [int(row.id) for row in found]
    newest = max(progress.newest, *keys[-1:]) if keys else progress.newest
    if is_sqlite(session):
        return list(found), _Progress(newest)
    now = monotonic()
    passed = _Gap(progress.newest + 1, newest, now)
    open_gaps = [gap for gap in (*progress.gaps, passed) if now - gap.since < GAP_FOR]
    gaps = [left for gap in open_gaps for left in _without(gap, keys)]
    return list(found), _Progress(newest, tuple(gaps[-MOST_GAPS:]))


def _without(gap: _Gap, keys: Sequence[int]) -> Iterator[_Gap]:
    """What is left of a gap when these keys, in order, are there."""
    first = gap.first
    for key in keys[bisect_left(keys, gap.first) : bisect_right(keys, gap.last)]:
        if first < key:
            yield gap._replace(first=first, last=key - 1)
        first = key + 1
    if first <= gap.last:
        yield gap._replace(first=first)


def _end_of(session: Session, key: Any) -> _Progress:
    newest = int(session.execute(select(func.max(key))).scalar_one() or 0)
    if is_sqlite(session):
        return _Progress(newest)
    begin = max(0, newest - LOOK_BACK)
    keys = session.execute(select(key).where(key > begin, key <= newest).order_by(key)).scalars()
    gaps = tuple(_without(_Gap(begin + 1, newest, monotonic()), [int(one) for one in keys]))
    return _Progress(newest, gaps[-MOST_GAPS:])
