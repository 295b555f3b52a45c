"""What somebody reads who answers an escalation that a customer asked for."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.contacts import may_write
from escalation_app.domain.permissions import Actor
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.services.queries.ticket import request_view
from escalation_app.views.ticket import TriageView


def request_to_answer(session: Session, actor: Actor, reference: str, now: datetime) -> TriageView:
    """The request that waits. Raises NotFound as `ticket_page` does."""
    seen = see_ticket(session, actor, reference)
    return TriageView(
        subject=seen.ticket.subject,
        request=request_view(session, seen, now),
        is_told=may_write(seen.ticket, seen.process),
    )
