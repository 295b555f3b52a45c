"""What breaks first, and what helps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor
from escalation_app.models import PersonRow
from escalation_app.routes import ticket_url
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import METRIC_NAMES, pressing_time_left
from escalation_app.services.queries.pressing import PRESSING, is_open_to, is_running
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.tables import columns
from escalation_app.views.frame import FirstToBreak

_PEOPLE = columns(PersonRow)

FIRST_TO_BREAK = 6


def first_to_break(session: Session, actor: Actor, now: datetime) -> tuple[FirstToBreak, ...]:
    """The tickets that break next, and what would save each."""
    process = live_process(session)
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.tier,
            _PEOPLE.c.name.label("holder"),
            *PRESSING,
        )
        .outerjoin(_PEOPLE, _PEOPLE.c.id == TICKETS.c.assignee_id)
        .where(is_open_to(actor), is_running(), TICKETS.c.sort_at >= now)
        .order_by(TICKETS.c.sort_at)
        .limit(FIRST_TO_BREAK)
    )
    return tuple(
        FirstToBreak(
            ref=row.reference,
            url=ticket_url(row.reference),
            subject=row.subject,
            time_left=pressing_time_left(row),
            holder=row.holder or "Nobody",
            tier_name=process.tier(row.tier).name,
            remedy=_remedy(row),
        )
        for row in rows
    )


_WORDS_OF_OURS: Mapping[str, str] = {
    Metric.FIRST_RESPONSE: "A first answer to the customer",
    Metric.NEXT_REPLY: "An answer to the customer",
    Metric.NEXT_UPDATE: "A word to the customer",
}
"""What ends these clocks."""


def _remedy(row: Any) -> str:
    if row.holder is None:
        return "Somebody to take it"
    if row.pressing_metric in _WORDS_OF_OURS:
        return _WORDS_OF_OURS[row.pressing_metric]
    metric = METRIC_NAMES.get(row.pressing_metric, "The promise").lower()
    return f"{metric.capitalize()}, or more skill or authority"
