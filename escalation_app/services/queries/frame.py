"""What stands around every page: the situation line and the bell."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, ActorKind
from escalation_app.models import EventRow, OutboxRow
from escalation_app.notifications.texts import notice_text
from escalation_app.routes import queue_url, status_url, ticket_url
from escalation_app.services.notices import DATA, MESSAGES
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.standings import standings
from escalation_app.services.tables import columns
from escalation_app.views.frame import Notice, SituationLine
from escalation_app.views.words import iso

_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
BELL_LENGTH = 20
"""Notices under the bell; older ones are on the record of their tickets."""


def situation(session: Session, actor: Actor, now: datetime) -> SituationLine:
    """How many open tickets stand how, and which breaks next."""
    counts = standings(session, actor, now)
    following = session.execute(
        select(TICKETS.c.reference, TICKETS.c.pressing_metric, TICKETS.c.pressing_due_at)
        .where(
            TICKETS.c.is_open.is_(True),
            TICKETS.c.sort_at >= now,
            TICKETS.c.pressing_state == "running",
            visible(actor),
        )
        .order_by(TICKETS.c.sort_at)
        .limit(1)
    ).first()
    changed_at = session.execute(
        select(_EVENTS.c.recorded_at).order_by(_EVENTS.c.id.desc()).limit(1)
    ).scalar_one_or_none()
    return SituationLine(
        over=sum(one.over for one in counts),
        soon=sum(one.soon for one in counts),
        calm=sum(one.calm for one in counts),
        paused=sum(one.paused for one in counts),
        over_url=queue_url(view="over", tier="all"),
        soon_url=queue_url(view="soon", tier="all"),
        calm_url=queue_url(view="calm", tier="all"),
        paused_url=queue_url(view="paused", tier="all"),
        next_ref=following.reference if following else "",
        next_url=ticket_url(following.reference) if following else "",
        next_metric=METRIC_NAMES.get(following.pressing_metric, "").lower() if following else "",
        next_due_at=iso(following.pressing_due_at) if following else "",
        changed_at=iso(changed_at),
    )


def notices(session: Session, actor: Actor) -> tuple[int, tuple[Notice, ...]]:
    """How many notices the person has not read, and the newest ones."""
    if actor.kind is not ActorKind.PERSON:
        return 0, ()
    mine = (_OUTBOX.c.person_id == actor.person_id, _OUTBOX.c.channel == "in_app")
    shown = (*mine, _OUTBOX.c.state == "sent")
    unread = session.execute(
        select(func.count()).where(*shown, _OUTBOX.c.read_at.is_(None))
    ).scalar_one()
    rows = session.execute(
        select(
            _OUTBOX.c.id,
            _OUTBOX.c.kind,
            DATA,
            _OUTBOX.c.created_at,
            _OUTBOX.c.read_at,
            TICKETS.c.reference,
            TICKETS.c.subject,
        )
        .select_from(MESSAGES.outerjoin(TICKETS, TICKETS.c.id == _OUTBOX.c.ticket_id))
        .where(*shown)
        .order_by(_OUTBOX.c.id.desc())
        .limit(BELL_LENGTH)
    )
    audience = "staff" if actor.is_staff else "customer"
    found: list[Notice] = []
    for row in rows:
        title, text = notice_text(row.kind, row.data, row.reference, row.subject, audience)
        url = (ticket_url if actor.is_staff else status_url)(row.reference) if row.reference else ""
        found.append(
            Notice(
                key=str(row.id),
                at=iso(row.created_at),
                title=title,
                text=text,
                url=url,
                is_unread=row.read_at is None,
            )
        )
    return int(unread), tuple(found)
