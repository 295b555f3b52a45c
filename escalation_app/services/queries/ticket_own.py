"""What a reader has of a ticket beside the ticket itself: its tags to change, and whether they have
put it off or not seen its last change."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, covers
from escalation_app.domain.tickets import OPEN_STATUSES, Status
from escalation_app.services.queries.queue_filters import tags_in_use
from escalation_app.services.queries.queue_marks import asleep, changed_since_seen
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.views.ticket import TicketOwn
from escalation_app.views.words import iso


def ticket_own(
    session: Session, actor: Actor, reference: str, now: datetime
) -> tuple[int, TicketOwn] | None:
    """With the ticket's id; None for a ticket that does not exist or is not open to the reader."""
    row: Any = session.execute(
        select(TICKETS).where(TICKETS.c.reference == reference, visible(actor))
    ).first()
    if row is None:
        return None
    off = asleep(session, actor, now)
    has = tuple(sorted(row.tags.split()))
    own = TicketOwn(
        tags=has,
        proposed=tuple(one for one in tags_in_use(session, actor) if one.value not in has),
        is_snoozed=row.id in off,
        snoozed_until=iso(off.get(row.id)),
        is_changed=reference in changed_since_seen(session, actor, [reference]),
        may_tag=covers(actor, Permission.TICKET_TAG, row),
        may_snooze=actor.may(Permission.TICKET_SNOOZE) and Status(row.status) in OPEN_STATUSES,
    )
    return row.id, own
