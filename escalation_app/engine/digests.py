"""Digests: what waits to be collected for a person or a channel arrives as one message."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.events import EventKind
from escalation_app.domain.preferences import (
    HOURLY,
    IN_QUIET_HOURS,
    MUTED,
    NO_EMAIL,
    NOTHING_SET,
    Pace,
    next_hour,
)
from escalation_app.domain.process import Delivery
from escalation_app.engine.warrants import (
    CASE_ENDED,
    DISABLED,
    NEEDS_CASE,
    NEEDS_OPEN,
    NOT_OPEN_TO_THEM,
    REOPENED,
    RESOLVED,
    Recipient,
    channel_recipient,
    quiet_for,
    recipients,
)
from escalation_app.models import OutboxRow, TicketRow
from escalation_app.notifications.texts import DIGEST, digest_line
from escalation_app.services.notices import IS_UNSENT, TOLD
from escalation_app.services.preferences import preferences_of
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import columns

log = logging.getLogger(__name__)

WHEN_QUIET_FOR = timedelta(seconds=5)
"""What may be collected waits until no more of it has arrived for this long."""
AFTER_AT_MOST = timedelta(seconds=30)
LINES = 30
"""How many of the collected messages a digest tells in a line each."""

_OUTBOX = columns(OutboxRow)
_TICKETS = columns(TicketRow)


def collect_digests(database: Database, now: datetime) -> int:
    """Put what may be collected of each person and way into one message, once no more arrives.

    Each of them is a transaction of its own; returns how many digests were made.
    """
    with database.reading() as session:
        ready = session.execute(_ready(now)).all()
    made = 0
    for group in ready:
        with database.writing() as session:
            made += _collect(session, group.person_id, group.channel, now)
    return made


def _ready(now: datetime) -> Any:
    return (
        select(_OUTBOX.c.person_id, _OUTBOX.c.channel)
        .where(IS_UNSENT, _OUTBOX.c.state == DIGEST, _OUTBOX.c.next_attempt_at <= now)
        .group_by(_OUTBOX.c.person_id, _OUTBOX.c.channel)
        .having(
            or_(
                func.max(_OUTBOX.c.created_at) <= now - WHEN_QUIET_FOR,
                func.min(_OUTBOX.c.created_at) <= now - AFTER_AT_MOST,
            )
        )
    )


def _collect(session: Session, person_id: int | None, way: str, now: datetime) -> bool:
    """Write one digest; what is not warranted any more is suppressed and not in it."""
    theirs = _theirs(session, person_id, way, now)
    if theirs is None:
        return False
    recipient = _recipient(session, person_id, way)
    if recipient is None or not recipient.is_active:
        _settle(session, theirs, "suppressed", DISABLED)
        return False
    _suppress_unwarranted(session, theirs, person_id, recipient)
    if person_id is not None and way == Delivery.EMAIL:
        _heed_settings(session, theirs, person_id, recipient, now)
    rows = session.execute(
        TOLD.add_columns(_TICKETS.c.reference, _TICKETS.c.subject, _TICKETS.c.requester_id)
        .join(_TICKETS, _TICKETS.c.id == _OUTBOX.c.ticket_id)
        .where(theirs)
        .order_by(_OUTBOX.c.next_attempt_at, _OUTBOX.c.id)
        .limit(LINES)
    ).all()
    if not rows:
        return False
    count, first, last = session.execute(
        select(func.count(), func.min(_OUTBOX.c.id), func.max(_OUTBOX.c.id)).where(theirs)
    ).one()
    is_notice = way == Delivery.IN_APP
    digest_id = session.execute(
        insert(_OUTBOX).returning(_OUTBOX.c.id),
        {
            "dedupe_key": f"{DIGEST}:{person_id or 0}:{way}:{first}-{last}",
            "channel": way,
            "person_id": person_id,
            "ticket_id": None,
            "kind": DIGEST,
            "data": _data(rows, count, recipient),
            "state": "sent" if is_notice else "pending",
            "created_at": now,
            "next_attempt_at": None if is_notice else now,
            "sent_at": now if is_notice else None,
        },
    ).scalar_one()
    _settle(session, theirs, "digested", f"In message {digest_id}.")
    log.info("Message %d to person %s by %s collects %d", digest_id, person_id, way, count)
    return True


def _theirs(session: Session, person_id: int | None, way: str, now: datetime) -> Any:
    """The condition of the rows to collect, locked; None when there are none."""
    theirs = and_(
        IS_UNSENT,
        _OUTBOX.c.state == DIGEST,
        _OUTBOX.c.next_attempt_at <= now,
        _OUTBOX.c.person_id.is_(None) if person_id is None else _OUTBOX.c.person_id == person_id,
        _OUTBOX.c.channel == way,
    )
    keys = list(
        session.execute(
            select(_OUTBOX.c.id)
            .where(theirs)
            .order_by(_OUTBOX.c.id)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    return and_(theirs, _OUTBOX.c.id.between(keys[0], keys[-1])) if keys else None


def _recipient(session: Session, person_id: int | None, way: str) -> Recipient | None:
    if person_id is None:
        return channel_recipient(live_process(session), way)
    return recipients(session, [person_id]).get(person_id)


def _data(rows: Any, count: int, recipient: Recipient) -> dict[str, Any]:
    """What a digest says: a line for each of the first ones, and by how much they were late if
    all of them were. `audience` is who may read the lines."""
    audience = "staff" if recipient.is_staff else "customer"
    late = [row.data.get("late_s") for row in rows]
    said: dict[str, Any] = {
        "count": count,
        "audience": audience,
        "items": [
            digest_line(
                row.kind,
                row.data,
                row.reference,
                row.subject,
                "customer" if row.requester_id == row.person_id else audience,
            )
            for row in rows
        ],
    }
    return said if None in late else {**said, "late_s": max(late)}


def _suppress_unwarranted(
    session: Session, theirs: Any, person_id: int | None, recipient: Recipient
) -> None:
    """`warrants.Surroundings.why_not`, for thousands of rows at once."""
    own = select(_TICKETS.c.id).where(_TICKETS.c.requester_id == person_id)
    is_own = _OUTBOX.c.ticket_id.in_(own)
    is_open = _OUTBOX.c.ticket_id.in_(select(_TICKETS.c.id).where(_TICKETS.c.is_open.is_(True)))
    is_calm = _OUTBOX.c.ticket_id.in_(
        select(_TICKETS.c.id).where(_TICKETS.c.is_escalated.is_(False))
    )
    kind = _OUTBOX.c.kind
    is_receipt = and_(is_own, kind == EventKind.TICKET_OPENED)
    if not recipient.is_staff:
        _settle(session, and_(theirs, ~is_own), "suppressed", NOT_OPEN_TO_THEM)
    is_over = and_(kind.in_(NEEDS_OPEN), ~is_open, ~is_receipt)
    _settle(session, and_(theirs, is_over), "suppressed", RESOLVED)
    _settle(session, and_(theirs, kind.in_(NEEDS_CASE), is_calm), "suppressed", CASE_ENDED)
    is_back = and_(kind == EventKind.TICKET_RESOLVED, is_open)
    _settle(session, and_(theirs, is_back), "suppressed", REOPENED)


def _heed_settings(
    session: Session, theirs: Any, person_id: int, recipient: Recipient, now: datetime
) -> None:
    """`warrants.Surroundings.silenced` and `postponed`, for thousands of rows at once. What waited
    for its hour is not sent to wait again; what finds quiet hours when they end is."""
    preference = preferences_of(session, [person_id]).get(person_id, NOTHING_SET)
    free = and_(theirs, _OUTBOX.c.is_forced.is_(False))
    if preference.pace is Pace.OFF:
        _settle(session, free, "suppressed", NO_EMAIL)
        return
    muted = preference.muted_kinds(Delivery.EMAIL)
    _settle(session, and_(free, _OUTBOX.c.kind.in_(muted)), "suppressed", MUTED)
    quiet = live_process(session).quiet
    ends = quiet_for(recipient, preference, quiet, now)
    if ends is not None:
        exempt = quiet.exempt if quiet else frozenset[int]()
        waiting = select(_TICKETS.c.id).where(_TICKETS.c.severity.not_in(exempt))
        _hold(session, and_(free, _OUTBOX.c.ticket_id.in_(waiting)), ends, IN_QUIET_HOURS)
    if preference.pace is Pace.HOURLY:
        is_new = _OUTBOX.c.next_attempt_at <= _OUTBOX.c.created_at
        _hold(session, and_(free, is_new), next_hour(now), HOURLY)


def _hold(session: Session, where: Any, until: datetime, note: str) -> None:
    session.execute(update(_OUTBOX).where(where).values(next_attempt_at=until, note=note))


def _settle(session: Session, where: Any, state: str, note: str) -> None:
    session.execute(
        update(_OUTBOX).where(where).values(state=state, note=note, next_attempt_at=None)
    )
