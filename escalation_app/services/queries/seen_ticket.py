"""A ticket that somebody sees, and what all screens about one ask of it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.contacts import may_write
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Ticket
from escalation_app.models import OrganisationRow, PersonRow
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns

_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)


@dataclass(frozen=True, slots=True)
class SeenTicket:
    """A ticket that the actor sees, with the columns the domain does not need."""

    ticket: Ticket
    process: Process
    customer: str
    requester: str
    channel: str
    category: str
    source: str
    source_ref: str


def see_ticket(session: Session, actor: Actor, reference: str) -> SeenTicket:
    """A ticket read for a screen. Raises NotFound as `ticket_page` does."""
    row = session.execute(
        select(
            TICKETS.c.id,
            TICKETS.c.channel,
            TICKETS.c.category,
            TICKETS.c.source,
            TICKETS.c.source_ref,
            _ORGANISATIONS.c.name.label("customer"),
            _PEOPLE.c.name.label("requester"),
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .join(_PEOPLE, _PEOPLE.c.id == TICKETS.c.requester_id)
        .where(TICKETS.c.reference == reference)
    ).first()
    if row is None:
        raise NotFound("That ticket")
    ticket = load_tickets(session, [row.id], to_change=False)[row.id]
    require(actor, Permission.TICKET_SEE, ticket)
    return SeenTicket(
        ticket=ticket,
        process=process_of(session, ticket.process_version),
        customer=row.customer,
        requester=row.requester,
        channel=row.channel,
        category=row.category,
        source=row.source or "",
        source_ref=row.source_ref or "",
    )


def message_for(ticket: Ticket, process: Process, message: str) -> str:
    """What a dialog proposes to tell the customer: nothing where the tier does not write."""
    return message if may_write(ticket, process) else ""


def tier_name(process: Process, level: int) -> str:
    """A tier's name, also of a level that only another version of the process has."""
    return next((tier.name for tier in process.tiers if tier.level == level), f"Tier {level}")


def team_name(process: Process, key: str) -> str:
    """A team's name, also of a team that only another version of the process has."""
    return next((team.name for team in process.teams if team.key == key), key)
