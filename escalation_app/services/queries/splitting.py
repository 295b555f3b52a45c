"""What of a ticket could become one of its own."""

from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.services.queries.seen_ticket import message_for, see_ticket
from escalation_app.services.splitting import takeable
from escalation_app.views.linking import SplitForm, SplitMessage
from escalation_app.views.words import iso

TOLD = (
    "You wrote about two things here. We look after the other one in a request of its own, {ref}, "
    "so that neither has to wait for the other."
)


def split_form(session: Session, actor: Actor, reference: str) -> SplitForm:
    """What the customer wrote, oldest first, and what they would read.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    ticket = seen.ticket
    require(actor, Permission.TICKET_SPLIT, ticket)
    messages = tuple(
        SplitMessage(str(row.id), row.author_name, iso(row.at), row.body)
        for row in takeable(session, ticket.id)
    )
    return SplitForm(messages, message_for(ticket, seen.process, TOLD))
