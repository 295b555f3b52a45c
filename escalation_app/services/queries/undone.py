"""What was taken back on a ticket: the record keeps it, but it is not so."""

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.models import EventRow
from escalation_app.services.queries.common import once
from escalation_app.services.tables import columns

_EVENTS = columns(EventRow)


def undone_revisions(session: Session, ticket_id: int) -> frozenset[int]:
    """The revisions of a ticket that were taken back since (domain.undoing)."""
    return once(session, ("undone", ticket_id), partial(_undone, session, ticket_id))


def _undone(session: Session, ticket_id: int) -> frozenset[int]:
    taken_back = session.execute(
        select(_EVENTS.c.data).where(
            _EVENTS.c.ticket_id == ticket_id, _EVENTS.c.kind == EventKind.ACT_UNDONE.value
        )
    ).scalars()
    return frozenset(
        revision
        for data in taken_back
        if "since" in data
        for revision in range(data["since"] + 1, data["until"] + 1)
    )
