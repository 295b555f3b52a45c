"""Which tickets one could be linked to."""

from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.models import OrganisationRow
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.services.tables import columns
from escalation_app.views.linking import TicketChoice

SHOWN = 8
_ANOTHERS = ". Another customer's: neither reads of it."
_ORGANISATIONS: Any = columns(OrganisationRow)


def link_choices(
    session: Session, actor: Actor, reference: str, words: str = ""
) -> tuple[TicketChoice, ...]:
    """Tickets whose reference or subject has the words, open or not, those of the same customer
    first; without words, theirs alone. One of another customer's says so.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    ticket = see_ticket(session, actor, reference).ticket
    require(actor, Permission.TICKET_LINK, ticket)
    words = words.strip()
    named = f"T-{words}" if words.isdigit() else words
    is_theirs = TICKETS.c.organisation_id == ticket.organisation_id
    wanted = (
        or_(
            TICKETS.c.reference.istartswith(named, autoescape=True),
            TICKETS.c.subject.icontains(words, autoescape=True),
        )
        if words
        else is_theirs
    )
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.status,
            TICKETS.c.process_version,
            TICKETS.c.organisation_id,
            _ORGANISATIONS.c.name.label("customer"),
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(wanted, visible(actor), TICKETS.c.id != ticket.id)
        .order_by(
            case((TICKETS.c.reference == named.upper(), 0), (is_theirs, 1), else_=2),
            TICKETS.c.is_open.desc(),
            TICKETS.c.id.desc(),
        )
        .limit(SHOWN)
    )
    return tuple(_choice(session, row, ticket.organisation_id) for row in rows)


def _choice(session: Session, row: Any, organisation_id: int) -> TicketChoice:
    status = process_of(session, row.process_version).status_name(row.status)
    is_theirs = row.organisation_id == organisation_id
    return TicketChoice(
        value=row.reference,
        title=f"{row.reference} {row.subject}",
        text=f"{row.customer}; {status}{'' if is_theirs else _ANOTHERS}",
    )
