"""What a person chooses from before they act on a ticket: whom to give it to."""

from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.services.people import load_roster
from escalation_app.services.queries.contacts import kind_choices
from escalation_app.services.queries.fields import fillable
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.views.common import Choice
from escalation_app.views.ticket import FieldView


def assignable(session: Session, actor: Actor, reference: str) -> tuple[Choice, ...]:
    """The agents of the ticket's team, those with the fewest open tickets first.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    ticket = see_ticket(session, actor, reference).ticket
    require(actor, Permission.TICKET_ASSIGN, ticket)
    roster = load_roster(session)
    members = roster.in_team(ticket.team)
    counted = roster.count_tickets(members)
    loads = {key: counted.get(key, 0) for key in members}
    ordered = sorted(members, key=lambda key: (loads[key], roster.name(key)))
    return tuple(
        Choice(
            value=str(key),
            label=f"{roster.name(key)}, {loads[key]} open",
            hint="has it now" if key == ticket.assignee_id else "",
        )
        for key in ordered
    )


def fields_to_fill(session: Session, actor: Actor, reference: str) -> tuple[FieldView, ...]:
    """The fields that can be filled in, with what stands there.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.FIELDS_FILL, seen.ticket)
    return fillable(session, seen.ticket, seen.process)


def contact_to_log(
    session: Session, actor: Actor, reference: str
) -> tuple[str, tuple[Choice, ...]]:
    """With whom a contact most likely was, and the kinds that the ticket's tier may log.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.CONTACT_LOG, seen.ticket)
    return seen.requester, kind_choices(seen.ticket, seen.process)
