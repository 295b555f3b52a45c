"""Tickets beside one: those about the same, and those of the same customer."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.articles import words_of
from escalation_app.domain.permissions import Actor
from escalation_app.models import OrganisationRow
from escalation_app.routes import ticket_url
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.services.tables import columns
from escalation_app.views.ticket import RelatedTicket, RelatedTickets
from escalation_app.views.words import iso

_ORGANISATIONS: Any = columns(OrganisationRow)
LOOKED_AT = 3_000
"""How many tickets, the newest ones, are compared by their words."""
SHOWN = 5
_COLUMNS = (
    TICKETS.c.id,
    TICKETS.c.reference,
    TICKETS.c.subject,
    TICKETS.c.status,
    TICKETS.c.process_version,
    TICKETS.c.created_at,
)


def related_tickets(session: Session, actor: Actor, reference: str) -> RelatedTickets:
    """The tickets whose subject shares most words with this one's, and the customer's newest.

    Raises NotFound as `see_ticket` does.
    """
    ticket = see_ticket(session, actor, reference).ticket
    same_customer = (TICKETS.c.organisation_id == ticket.organisation_id) & visible(actor)
    others = session.execute(
        select(*_COLUMNS)
        .where(same_customer, TICKETS.c.id != ticket.id)
        .order_by(TICKETS.c.created_at.desc(), TICKETS.c.id.desc())
        .limit(SHOWN)
    ).all()
    still_open = select(func.count()).where(same_customer, TICKETS.c.is_open.is_(True))
    return RelatedTickets(
        similar=_drawn(session, _similar(session, actor, ticket.id, ticket.subject)),
        of_customer=_drawn(session, others),
        open_of_customer=int(session.execute(still_open).scalar_one()),
    )


def _similar(session: Session, actor: Actor, ticket_id: int, subject: str) -> Sequence[Any]:
    about = words_of(subject)
    if not about:
        return ()
    newest = int(session.execute(select(func.max(TICKETS.c.id))).scalar_one())
    subjects = session.execute(
        select(TICKETS.c.id, TICKETS.c.subject).where(
            TICKETS.c.id > newest - LOOKED_AT, TICKETS.c.id != ticket_id, visible(actor)
        )
    )
    shared = ((len(about & words_of(other)), key) for key, other in subjects)
    # One common word of several says little.
    least = 1 if len(about) == 1 else 2
    most_alike = sorted((one for one in shared if one[0] >= least), reverse=True)[:SHOWN]
    keys = [key for _, key in most_alike]
    rows = session.execute(
        select(*_COLUMNS, _ORGANISATIONS.c.name.label("customer"))
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(TICKETS.c.id.in_(keys))
    )
    found = {row.id: row for row in rows}
    return [found[key] for key in keys]


def _drawn(session: Session, rows: Iterable[Any]) -> tuple[RelatedTicket, ...]:
    return tuple(
        RelatedTicket(
            ref=row.reference,
            url=ticket_url(row.reference),
            subject=row.subject,
            status=process_of(session, row.process_version).status_name(row.status),
            customer=getattr(row, "customer", ""),
            opened_at=iso(row.created_at),
        )
        for row in rows
    )
