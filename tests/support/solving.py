"""How a case is solved, where a test is about something else."""

from escalation_app.domain.resolution import Resolution, rules_for
from escalation_app.domain.tickets import Ticket
from escalation_app.services import tickets
from escalation_app.services.resolution import note_resolution
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.services.unit_of_work import UnitOfWork


def solve(uow: UnitOfWork, reference: str, message: str = "It works again.") -> Ticket:
    """Resolve a ticket, with everything noted that the process asks for."""
    ticket = load_ticket(uow.session, ticket_id_of(uow.session, reference))
    rules = rules_for(ticket, uow.desk.process_of(ticket.process_version))
    if rules is not None:
        category = next(iter(rules.causes))
        noted = Resolution(frozenset(rules.criteria), "It had run out.", "business", category)
        note_resolution(uow, reference, noted)
    return tickets.resolve(uow, reference, message)
