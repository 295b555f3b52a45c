"""The cases that wait for the reader alone."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.models import EscalationRow, OrganisationRow
from escalation_app.routes import ticket_url
from escalation_app.services.queries.common import pressing_time_left
from escalation_app.services.queries.pressing import PRESSING
from escalation_app.services.queries.record import reason_words
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.views.frame import NeedsYou

_CASES = columns(EscalationRow)
_ORGANISATIONS = columns(OrganisationRow)


def needs_you(session: Session, actor: Actor, now: datetime) -> tuple[NeedsYou, ...]:
    """The active escalations the reader was brought into and has not acknowledged."""
    mine = (_CASES.c.executive_id == actor.person_id) | (_CASES.c.manager_id == actor.person_id)
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            _CASES.c.started_at,
            _CASES.c.reason,
            _ORGANISATIONS.c.name.label("customer"),
            *PRESSING,
        )
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(
            _CASES.c.ended_at.is_(None),
            _CASES.c.acknowledged_at.is_(None),
            mine,
            visible(actor),
        )
        .order_by(TICKETS.c.sort_at)
        .limit(3)
    ).all()
    return tuple(
        NeedsYou(
            key=row.reference,
            time_left=pressing_time_left(row),
            which=row.reference,
            title=row.subject,
            text=f"{row.customer}. {reason_words(row.reason)}",
            url=ticket_url(row.reference),
            action="acknowledge",
            action_label="Acknowledge",
            is_first=number == 0,
        )
        for number, row in enumerate(rows)
    )
