"""What has happened since the last look: the event record and the notices, read by key."""

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.models import EventRow, OutboxRow, TicketRow
from escalation_app.services.store import columns

_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_TICKETS = columns(TicketRow)

LATE_COMMITS = 500
"""How many keys behind the newest are looked at again: on PostgreSQL a transaction that took its
keys earlier may commit later."""
TOO_MANY = 2_000
"""More rows than this since the last look mean that everything may have changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """The tickets, organisations and people that something happened to."""

    tickets: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    is_everything: bool = False

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

    def __or__(self, other: "Change") -> "Change":
        return Change(
            self.tickets | other.tickets,
            self.organisations | other.organisations,
            self.people | other.people,
            self.is_everything or other.is_everything,
        )


@dataclass(slots=True)
class ChangeReader:
    """Remembers how far it has read; one for each process."""

    _event: int = -1
    _notice: int = -1
    _seen_events: set[int] = field(default_factory=set[int])
    _seen_notices: set[int] = field(default_factory=set[int])

    def read(self, session: Session) -> Change:
        """What is new since the last call; the first call finds nothing new."""
        if self._event < 0:
            self._event = _newest(session, _EVENTS)
            self._notice = _newest(session, _OUTBOX)
            self._seen_events = _keys(session, _EVENTS, self._event)
            self._seen_notices = _keys(session, _OUTBOX, self._notice)
            return Change()
        events = session.execute(
            select(_EVENTS.c.id, _EVENTS.c.ticket_id, _TICKETS.c.organisation_id)
            .outerjoin(_TICKETS, _TICKETS.c.id == _EVENTS.c.ticket_id)
            .where(_EVENTS.c.id > self._event - LATE_COMMITS)
            .order_by(_EVENTS.c.id)
            .limit(TOO_MANY + LATE_COMMITS)
        ).all()
        notices = session.execute(
            select(_OUTBOX.c.id, _OUTBOX.c.person_id)
            .where(_OUTBOX.c.id > self._notice - LATE_COMMITS)
            .order_by(_OUTBOX.c.id)
            .limit(TOO_MANY + LATE_COMMITS)
        ).all()
        new_events = [row for row in events if row.id not in self._seen_events]
        new_notices = [row for row in notices if row.id not in self._seen_notices]
        if max(len(new_events), len(new_notices)) >= TOO_MANY:
            self._event = -1
            self.read(session)
            return Change(is_everything=True)
        self._event = max((row.id for row in new_events), default=self._event)
        self._notice = max((row.id for row in new_notices), default=self._notice)
        self._seen_events = {row.id for row in events}
        self._seen_notices = {row.id for row in notices}
        return Change(
            frozenset(row.ticket_id for row in new_events if row.ticket_id is not None),
            frozenset(row.organisation_id for row in new_events if row.organisation_id is not None),
            frozenset(row.person_id for row in new_notices),
        )


def _newest(session: Session, table: object) -> int:
    return int(session.execute(select(func.max(table.c.id))).scalar_one() or 0)  # type: ignore[attr-defined]


def _keys(session: Session, table: object, newest: int) -> set[int]:
    column = table.c.id  # type: ignore[attr-defined]
    found = session.execute(select(column).where(column > newest - LATE_COMMITS)).scalars()
    return {int(key) for key in found}
