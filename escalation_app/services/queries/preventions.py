"""The preventions that somebody of ours owns, in the order in which they are due."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.domain.preventions import PreventionState
from escalation_app.domain.roster import Roster
from escalation_app.models import OrganisationRow, ResolutionRow
from escalation_app.routes import case_url
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.views.case import PreventionLine
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import iso

AT_MOST = 60

_RESOLUTIONS: Any = columns(ResolutionRow)
_ORGANISATIONS: Any = columns(OrganisationRow)


def preventions_of(
    session: Session, actor: Actor, people: Iterable[int], roster: Roster, now: datetime
) -> tuple[PreventionLine, ...]:
    """What these people are still to do so that solved cases do not come back, the soonest due
    first, of tickets that the actor sees."""
    rows = session.execute(
        select(
            _RESOLUTIONS.c.escalation_id,
            _RESOLUTIONS.c.prevention,
            _RESOLUTIONS.c.prevention_owner_id,
            _RESOLUTIONS.c.prevention_due_at,
            _RESOLUTIONS.c.prevention_reason,
            _RESOLUTIONS.c.noted_at,
            TICKETS.c.reference,
            TICKETS.c.subject,
            _ORGANISATIONS.c.name.label("customer"),
        )
        .join(TICKETS, TICKETS.c.id == _RESOLUTIONS.c.ticket_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(
            _RESOLUTIONS.c.prevention_owner_id.in_(sorted(people)),
            _RESOLUTIONS.c.prevention_due_at.is_not(None),
            _RESOLUTIONS.c.prevention_state == PreventionState.OPEN.value,
            visible(actor),
        )
        .order_by(_RESOLUTIONS.c.prevention_due_at, _RESOLUTIONS.c.escalation_id)
        .limit(AT_MOST)
    )
    return tuple(_line(row, actor, roster, now) for row in rows)


def _line(row: Any, actor: Actor, roster: Roster, now: datetime) -> PreventionLine:
    owner = row.prevention_owner_id
    due, noted = iso(row.prevention_due_at), iso(row.noted_at)
    return PreventionLine(
        key=f"{row.reference}-{row.escalation_id}",
        number=row.escalation_id,
        ref=row.reference,
        url=case_url(row.reference),
        subject=row.subject,
        customer=row.customer,
        text=row.prevention,
        place="" if owner == actor.person_id else f"for {roster.name(owner)}",
        moved=row.prevention_reason,
        due_at=due,
        time_left=TimeLeft(state="running", due_at=due, from_at=noted),
        is_late=row.prevention_due_at < now,
    )
