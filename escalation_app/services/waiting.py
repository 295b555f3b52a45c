"""Letting a ticket wait for somebody, and telling its customer."""

from escalation_app.domain import lifecycle, undoing
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Status
from escalation_app.domain.undoing import Done
from escalation_app.services.store import load_ticket
from escalation_app.services.tickets import seen, told_with
from escalation_app.services.unit_of_work import UnitOfWork


def wait(
    uow: UnitOfWork,
    reference: str,
    status: Status,
    message: str = "",
    revision: int | None = None,
) -> Done | None:
    """Let the ticket wait; what can be taken back of it, None when it waited so already. With a
    `message` the customer is told first, so that the clocks of answering count it as an answer.

    Raises Invalid for a status that is no waiting, Stale as `seen` does.
    """
    ticket = seen(uow, reference, Permission.TICKET_WAIT, revision)
    told = told_with(uow, ticket, message)
    if ticket.status is status:
        return None
    if told is not None:
        uow.apply_one(lifecycle.add_message(ticket, uow.desk, told))
        ticket = load_ticket(uow.session, ticket.id)
    decision = lifecycle.set_status(ticket, uow.desk, status)
    uow.apply_one(decision)
    return undoing.done("another status", Permission.TICKET_WAIT, decision)
