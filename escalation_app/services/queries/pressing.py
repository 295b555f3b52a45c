"""What boards ask of open tickets: which are open, which clocks run, what presses most."""

from typing import Any

from sqlalchemy import and_

from escalation_app.domain.permissions import Actor
from escalation_app.services.queries.scope import TICKETS, visible

PRESSING = (
    TICKETS.c.pressing_state,
    TICKETS.c.pressing_metric,
    TICKETS.c.pressing_due_at,
    TICKETS.c.pressing_from_at,
    TICKETS.c.pressing_soon_at,
    TICKETS.c.status,
)
"""What a time that is left is drawn from."""


def is_open_to(actor: Actor) -> Any:
    """SQL: the ticket is open, and the actor sees it."""
    return and_(TICKETS.c.is_open.is_(True), visible(actor))


def is_running() -> Any:
    """SQL: the ticket's most pressing clock runs."""
    return TICKETS.c.pressing_state == "running"
