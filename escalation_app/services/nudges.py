"""Reminders that a person sends with one click: a notice, a line of the record, and a rest."""

from escalation_app.domain import nudges
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Ticket
from escalation_app.services.escalations import told_of
from escalation_app.services.tickets import seen
from escalation_app.services.unit_of_work import UnitOfWork


def nudge_obligation(uow: UnitOfWork, reference: str, number: int) -> Ticket:
    """Remind who is late with an obligation (domain.nudges)."""
    ticket = _nudgeable(uow, reference)
    assert uow.actor.person_id is not None
    return uow.apply_one(nudges.nudge_obligation(ticket, uow.desk, number, uow.actor.person_id))


def nudge_acknowledgement(uow: UnitOfWork, reference: str) -> Ticket:
    """Remind those who owe the escalation's acknowledgement (domain.nudges)."""
    ticket = _nudgeable(uow, reference)
    me = uow.actor.person_id
    assert me is not None
    told = sorted(told_of(uow.session, ticket, uow.desk.roster))
    return uow.apply_one(nudges.nudge_acknowledgement(ticket, uow.desk, told, me))


def _nudgeable(uow: UnitOfWork, reference: str) -> Ticket:
    ticket = seen(uow, reference, Permission.NUDGE_SEND)
    process = uow.desk.process_of(ticket.process_version)
    if not process.rules_for(EventKind.NUDGED.value):
        raise Invalid("This ticket's process tells nobody of reminders, so none was sent.")
    return ticket
