"""Tickets with a past, for a future that is known: what falls due on them falls due then."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation_app.domain import firing
from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import ENGINE, Actor
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import OrganisationRow, TimerRow
from escalation_app.services import escalations, tickets
from escalation_app.services.process_versions import live_process
from escalation_app.services.store import load_ticket
from escalation_app.services.tables import TICKET
from escalation_app.services.unit_of_work import UnitOfWork, make_desk

RISES = 0.9
"""The share of its time at which the shipped process moves a critical ticket to the next tier."""
BREAKS = 1.0
"""The share at which it is broken, and an executive is told."""


def critical_ticket(
    session: Session,
    customer: Actor,
    handler: Actor,
    at: datetime,
    *,
    share: float,
    subject: str,
    tier: int = 1,
) -> str:
    """Open a critical ticket so long ago that `share` of its time is used up at `at`; let a person
    of ours answer it and send it up to `tier`, and the engine do what fell due before `at`, each
    at its time. A mark of its path at `share` falls due at `at` then.

    Everything happens in the caller's transaction, so that no engine at work comes between.
    Returns the reference.
    """
    organisation = session.get_one(OrganisationRow, customer.organisation_id)
    target = live_process(session).policy_for(organisation.plan, 1).target(1, Metric.RESOLUTION)
    assert target is not None
    opened_at = at - target * share

    def by(actor: Actor, now: datetime) -> UnitOfWork:
        return UnitOfWork(session, actor, now, make_desk(session, now))

    new = tickets.NewTicket(subject, "Nothing works any more.", "high", "high")
    ticket = tickets.open_ticket(by(customer, opened_at), new)
    answering = by(handler, opened_at + timedelta(seconds=30))
    tickets.take(answering, ticket.reference)
    tickets.send_message(answering, ticket.reference, "We look into it.")
    while ticket.tier < tier:
        ticket = escalations.escalate(
            answering, ticket.reference, EscalationKind.FUNCTIONAL, "Another skill is needed."
        )
    while (due_at := _wakes_at(session, ticket.id)) < at:
        engine = by(ENGINE, due_at)
        engine.apply_one(firing.fire(load_ticket(session, ticket.id), engine.desk))
    assert due_at - at < timedelta(milliseconds=1), "nothing falls due at that share"
    return ticket.reference


def _wakes_at(session: Session, ticket_id: int) -> datetime:
    session.expire_all()
    return session.get_one(TimerRow, (TICKET, ticket_id)).due_at
