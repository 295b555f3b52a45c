"""Macros: several acts on a ticket as one."""

from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Ticket
from escalation_app.services import tickets
from escalation_app.services.unit_of_work import UnitOfWork


def run_macro(
    uow: UnitOfWork, reference: str, key: str, message: str = "", since: int | None = None
) -> Ticket:
    """Do all that a macro of the ticket's process says, or nothing of it. `message` is what the
    customer reads, if the macro writes to them; `since` is that of `tickets.send_message`.

    Each act asks for its own permission. Raises NotFound for an unknown macro.
    """
    ticket = tickets.seen(uow, reference, Permission.TICKET_SEE)
    process = uow.desk.process_of(ticket.process_version)
    macro = next((one for one in process.macros if one.key == key), None)
    if macro is None:
        raise NotFound("That macro")
    if macro.takes:
        ticket = tickets.take(uow, reference)
    if macro.reply:
        ticket = tickets.send_message(uow, reference, message, since)
    if macro.status is not None:
        ticket = tickets.set_status(uow, reference, macro.status)
    return ticket
