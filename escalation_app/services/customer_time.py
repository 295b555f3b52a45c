"""Instants as a customer's own clocks show them, in what is written to them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.tickets import Ticket
from escalation_app.domain.wall_time import zone_of
from escalation_app.models import OrganisationRow
from escalation_app.services.tables import columns

_ORGANISATIONS: Any = columns(OrganisationRow)


def zone_of_customer(session: Session, ticket: Ticket) -> ZoneInfo:
    """The zone of whoever reported the ticket."""
    return zone_of(
        session.execute(
            select(_ORGANISATIONS.c.zone).where(_ORGANISATIONS.c.id == ticket.organisation_id)
        ).scalar_one()
    )


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """As the reply templates say it, the zone named, since it need not be the reader's: "14:00 on
    Monday 2 March (UTC)"."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B} ({local:%Z})"
