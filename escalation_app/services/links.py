"""Which tickets belong together, and where one that was merged goes on."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.links import LinkKind
from escalation_app.models import TicketLinkRow, TicketRow
from escalation_app.services.tables import columns

LINKS: Any = columns(TicketLinkRow)
_TICKETS: Any = columns(TicketRow)
_MERGED = LINKS.c.kind == LinkKind.MERGED_INTO.value


def goes_on_in(session: Session, ticket_id: int) -> int:
    """The id of the ticket in which this one goes on, however often it was merged; its own when
    it was not."""
    while (into := _merged_into(session, ticket_id)) is not None:
        ticket_id = into
    return ticket_id


def _merged_into(session: Session, ticket_id: int) -> int | None:
    return session.execute(
        select(LINKS.c.other_id).where(LINKS.c.ticket_id == ticket_id, _MERGED)
    ).scalar_one_or_none()


def merged_in(session: Session, ticket_id: int) -> list[int]:
    """The ids of all tickets that were merged into this one, or into one of those."""
    found: list[int] = []
    newest = [ticket_id]
    while newest:
        newest = list(
            session.execute(
                select(LINKS.c.ticket_id).where(LINKS.c.other_id.in_(newest), _MERGED)
            ).scalars()
        )
        found += newest
    return found


def reference_of(session: Session, ticket_id: int) -> str:
    """The reference of a ticket that exists."""
    return session.execute(
        select(_TICKETS.c.reference).where(_TICKETS.c.id == ticket_id)
    ).scalar_one()
