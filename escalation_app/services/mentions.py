"""Who is named in an internal note, and who can be."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain import mentions
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.tickets import Ticket
from escalation_app.models import PersonRow
from escalation_app.services.people import load_roster
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

MOST_NAMES = 1_000
_PEOPLE: Any = columns(PersonRow)


def told_in_note(uow: UnitOfWork, ticket: Ticket, body: str) -> tuple[int, ...]:
    """The people of ours whom a note on the ticket names, without who writes it.

    Raises Invalid for the name of somebody who does not read notes: a customer of the ticket's
    organisation.
    """
    if "@" not in body:
        return ()
    customers = uow.session.execute(
        select(_PEOPLE.c.id, _PEOPLE.c.name).where(
            _PEOPLE.c.organisation_id == ticket.organisation_id
        )
    )
    names = {row.id: row.name for row in customers}
    staff = {key: member.name for key, member in uow.desk.roster.staff.items()}
    wrong = mentions.mentioned(body, {**names, **staff})
    outside = [names[key] for key in wrong if key in names and names[key] not in staff.values()]
    if outside:
        raise Invalid(
            f"{outside[0]} is a customer and never reads a note. Take the @ out, or write a reply."
        )
    return tuple(key for key in mentions.mentioned(body, staff) if key != uow.actor.person_id)


def names_to_mention(session: Session, actor: Actor) -> tuple[str, ...]:
    """The people of ours whom the actor can name in a note, in order."""
    require(actor, Permission.NOTE_WRITE)
    staff = load_roster(session).staff
    names = {member.name for key, member in staff.items() if key != actor.person_id}
    return tuple(sorted(names, key=str.casefold)[:MOST_NAMES])
