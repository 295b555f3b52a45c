"""The tickets that belong to one, as screens show them."""

from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from escalation_app.domain.links import BY_HAND, LINK_WORDS, LinkKind
from escalation_app.routes import ticket_url
from escalation_app.services.links import LINKS, merged_in
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.scope import TICKETS
from escalation_app.views.ticket import LinkedTicket


def linked_tickets(
    session: Session, ticket_id: int
) -> tuple[LinkedTicket, tuple[LinkedTicket, ...]]:
    """What a ticket was merged into, if it was, and all others that belong to it."""
    goes_on = LinkedTicket()
    links: list[LinkedTicket] = []
    for row in _links(session, ticket_id):
        is_first = row.ticket_id == ticket_id
        linked = _drawn(session, row, LINK_WORDS[LinkKind(row.kind)][0 if is_first else 1])
        if is_first and row.kind == LinkKind.MERGED_INTO:
            goes_on = linked
        else:
            links.append(linked)
    return goes_on, tuple(links)


def _links(session: Session, ticket_id: int) -> list[Any]:
    """The links of a ticket in the order in which they were made, each with the other ticket."""
    ends = ((LINKS.c.ticket_id, LINKS.c.other_id), (LINKS.c.other_id, LINKS.c.ticket_id))
    rows = [
        row
        for mine, other in ends
        for row in session.execute(
            select(
                LINKS,
                TICKETS.c.reference,
                TICKETS.c.subject,
                TICKETS.c.status,
                TICKETS.c.process_version,
            )
            .join(TICKETS, TICKETS.c.id == other)
            .where(mine == ticket_id)
        )
    ]
    return sorted(rows, key=lambda row: row.linked_at)


def _drawn(session: Session, row: Any, said: str) -> LinkedTicket:
    return LinkedTicket(
        ref=row.reference,
        url=ticket_url(row.reference),
        subject=row.subject,
        status=process_of(session, row.process_version).status_name(row.status),
        said=said,
        kind=row.kind if row.kind in BY_HAND else "",
    )


def merged_references(
    session: Session, ticket_id: int, seen: ColumnElement[bool] | None = None
) -> dict[int, str]:
    """The references of all tickets that were merged into one, by id; of those that are `seen`."""
    found = merged_in(session, ticket_id)
    if not found:
        return {}
    rows = session.execute(
        select(TICKETS.c.id, TICKETS.c.reference).where(
            TICKETS.c.id.in_(found), true() if seen is None else seen
        )
    )
    return {row.id: row.reference for row in rows}
