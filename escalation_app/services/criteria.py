"""What is written down about the solution of a case, and whether that is enough."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.contacts import may_write
from escalation_app.domain.errors import Invalid
from escalation_app.domain.process import Process
from escalation_app.domain.resolution import NOTHING_NOTED, Resolution, missing, rules_for
from escalation_app.domain.tickets import Ticket
from escalation_app.models import ResolutionRow
from escalation_app.services.tables import columns

_RESOLUTIONS: Any = columns(ResolutionRow)


def resolution_of(session: Session, ticket: Ticket) -> Resolution:
    """What is noted about the ticket's active escalation."""
    if ticket.escalation is None:
        return NOTHING_NOTED
    key = _RESOLUTIONS.c.escalation_id == ticket.escalation.id
    row = session.execute(select(_RESOLUTIONS).where(key)).first()
    return NOTHING_NOTED if row is None else noted_in(row)


def noted_before(session: Session, ticket: Ticket) -> Resolution:
    """The root cause that was noted when the ticket was solved before, if it was; what keeps it
    from coming back is followed there, and the criteria hold anew or not."""
    was = next(iter(every_resolution(session, ticket)), NOTHING_NOTED)
    return Resolution(cause=was.cause, side=was.side, category=was.category)


def every_resolution(session: Session, ticket: Ticket) -> list[Resolution]:
    """What is noted about each of the ticket's escalations, the latest first."""
    rows = session.execute(
        select(_RESOLUTIONS)
        .where(_RESOLUTIONS.c.ticket_id == ticket.id)
        .order_by(_RESOLUTIONS.c.escalation_id.desc())
    )
    return [noted_in(row) for row in rows]


def noted_in(row: Any) -> Resolution:
    """A row as the domain sees it."""
    return Resolution(
        held=frozenset(row.held),
        cause=row.cause,
        side=row.side,
        category=row.category,
        prevention=row.prevention,
        prevention_owner_id=row.prevention_owner_id,
        prevention_due_at=row.prevention_due_at,
    )


def require_criteria(session: Session, ticket: Ticket, process: Process, message: str) -> None:
    """Refuse to resolve an escalated ticket for which not everything holds that the process asks
    for. Raises Invalid with what is missing."""
    rules = rules_for(ticket, process)
    if rules is None:
        return
    writes = may_write(ticket, process)
    found = missing(rules, resolution_of(session, ticket), message, writes=writes)
    if found:
        raise Invalid(f"It cannot be resolved yet: {'; '.join(found)}.")
