"""What has happened since the last look: the event record and the notices, read by key."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import ActorKind
from escalation_app.models import EventRow, OutboxRow, TicketRow
from escalation_app.services.store import columns

_EVENTS: Any = columns(EventRow)
_OUTBOX: Any = columns(OutboxRow)
_TICKETS: Any = columns(TicketRow)

LATE_COMMITS = 500
"""How many keys behind the newest are looked at again on PostgreSQL, where a transaction that
took its keys earlier may commit later. SQLite has one writer at a time."""
TOO_MANY = 2_000
"""More rows than this since the last look mean that everything may have changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """The tickets, organisations and people that something happened to."""

    tickets: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    is_everything: bool = False
    is_urgent: bool = False
    """Whether the engine did some of it: a promise is at stake."""

    @property
    def is_nothing(self) -> bool:
        return not (self.tickets or self.people or self.is_everything)

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


@dataclass(slots=True)
class _Progress:
    """How far a table has been read. `seen` holds the keys near the end that were read already."""

    newest: int
    seen: frozenset[int] = frozenset()


@dataclass(slots=True)
class ChangeReader:
    """Remembers how far it has read; one for each process."""

    _events: _Progress | None = field(default=None)
    _notices: _Progress | None = field(default=None)

    def read(self, session: Session) -> Change:
        """What is new since the last call that succeeded; the first call finds nothing new."""
        late = 0 if session.get_bind().dialect.name == "sqlite" else LATE_COMMITS
        if self._events is None or self._notices is None:
            self._begin(session, late)
            return Change()
        with_ticket = (
            select(
                _EVENTS.c.id,
                _EVENTS.c.ticket_id,
                _EVENTS.c.actor_kind,
                _TICKETS.c.organisation_id,
            )
            .outerjoin(_TICKETS, _TICKETS.c.id == _EVENTS.c.ticket_id)
            .order_by(_EVENTS.c.id)
        )
        to_person = select(_OUTBOX.c.id, _OUTBOX.c.person_id).order_by(_OUTBOX.c.id)
        events, event_progress = _after(session, with_ticket, _EVENTS.c.id, self._events, late)
        notices, notice_progress = _after(session, to_person, _OUTBOX.c.id, self._notices, late)
        if max(len(events), len(notices)) >= TOO_MANY:
            self._begin(session, late)
            return EVERYTHING
        self._events, self._notices = event_progress, notice_progress
        return Change(
            frozenset(row.ticket_id for row in events if row.ticket_id is not None),
            frozenset(row.organisation_id for row in events if row.organisation_id is not None),
            frozenset(row.person_id for row in notices if row.person_id is not None),
            is_urgent=any(row.actor_kind == ActorKind.ENGINE for row in events),
        )

    def _begin(self, session: Session, late: int) -> None:
        self._events = _end_of(session, _EVENTS.c.id, late)
        self._notices = _end_of(session, _OUTBOX.c.id, late)


def _after(
    session: Session, rows: Any, key: Any, progress: _Progress, late: int
) -> tuple[list[Any], _Progress]:
    """The rows not read yet, and how far that gets."""
    found = session.execute(rows.where(key > progress.newest - late).limit(TOO_MANY + late)).all()
    new = [row for row in found if row.id not in progress.seen]
    newest = max((row.id for row in new), default=progress.newest)
    seen = frozenset(row.id for row in found if row.id > newest - late)
    return new, _Progress(max(newest, progress.newest), seen)


def _end_of(session: Session, key: Any, late: int) -> _Progress:
    newest = int(session.execute(select(func.max(key))).scalar_one() or 0)
    if not late:
        return _Progress(newest)
    keys = session.execute(select(key).where(key > newest - late)).scalars()
    return _Progress(newest, frozenset(int(one) for one in keys))
