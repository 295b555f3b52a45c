"""What is marked on the rows of a queue for its reader alone: put off, and changed meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.models import EventRow, SnoozeRow, TicketSeenRow
from escalation_app.services.queries.common import once
from escalation_app.services.queries.queue_own import own_queue
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.tables import columns
from escalation_app.views.queue import QueueRow
from escalation_app.views.words import iso

_SNOOZES: Any = columns(SnoozeRow)
_EVENTS: Any = columns(EventRow)
_SEEN: Any = columns(TicketSeenRow)


def asleep(session: Session, actor: Actor, now: datetime) -> Mapping[int, datetime | None]:
    """The tickets that the actor has put off, by id, and until when; None is until the customer
    answers. One that is over, or whose customer has answered since, is put off no more."""
    key = ("asleep", actor.person_id)
    return once(session, key, lambda: _asleep(session, actor, now))


def _asleep(session: Session, actor: Actor, now: datetime) -> dict[int, datetime | None]:
    answered = and_(
        TICKETS.c.last_contact_by == "them", TICKETS.c.last_contact_at > _SNOOZES.c.since_at
    )
    rows = session.execute(
        select(_SNOOZES.c.ticket_id, _SNOOZES.c.until_at)
        .join(TICKETS, TICKETS.c.id == _SNOOZES.c.ticket_id)
        .where(
            _SNOOZES.c.person_id == actor.person_id,
            or_(_SNOOZES.c.until_at.is_(None), _SNOOZES.c.until_at > now),
            TICKETS.c.is_open.is_(True),
            TICKETS.c.sort_at >= now,
            case((answered, 1), else_=0) == 0,
        )
    )
    return {row.ticket_id: row.until_at for row in rows}


def marked(
    session: Session, actor: Actor, rows: Iterable[QueueRow], now: datetime
) -> tuple[QueueRow, ...]:
    """The rows with what is the reader's own about them."""
    shown = tuple(rows)
    changed = changed_since_seen(session, actor, [row.ref for row in shown])
    off = _put_off(session, actor, now)
    return tuple(
        replace(
            row,
            is_changed=row.ref in changed,
            is_snoozed=row.ref in off,
            snoozed_until=iso(off.get(row.ref)),
        )
        if row.ref in changed or row.ref in off
        else row
        for row in shown
    )


def _put_off(session: Session, actor: Actor, now: datetime) -> dict[str, datetime | None]:
    sleeping = asleep(session, actor, now)
    if not sleeping:
        return {}
    rows = session.execute(
        select(TICKETS.c.id, TICKETS.c.reference).where(TICKETS.c.id.in_(list(sleeping)))
    )
    return {row.reference: sleeping[row.id] for row in rows}


def changed_since_seen(session: Session, actor: Actor, references: Iterable[str]) -> frozenset[str]:
    """Those of the tickets to which somebody else, or the engine, did something that the actor has
    not seen. Nothing for who has never said what they have seen."""
    seen_at = own_queue(session, actor).seen_at
    wanted = list(references)
    if seen_at is None or not wanted:
        return frozenset()
    mine = and_(_SEEN.c.ticket_id == TICKETS.c.id, _SEEN.c.person_id == actor.person_id)
    rows = session.execute(
        select(TICKETS.c.reference)
        .join(_EVENTS, _EVENTS.c.ticket_id == TICKETS.c.id)
        .outerjoin(_SEEN, mine)
        .where(
            TICKETS.c.reference.in_(wanted),
            TICKETS.c.updated_at > seen_at,
            _EVENTS.c.recorded_at > seen_at,
            _EVENTS.c.revision > func.coalesce(_SEEN.c.revision, -1),
            or_(_EVENTS.c.actor_id.is_(None), _EVENTS.c.actor_id != actor.person_id),
        )
        .distinct()
    )
    return frozenset(rows.scalars())
