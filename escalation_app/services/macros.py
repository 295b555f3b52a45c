"""Macros: several acts on a ticket as one, taken back as one."""

from dataclasses import dataclass

from escalation_app.domain.commitments import PromiseState
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Permission
from escalation_app.domain.replies import Macro
from escalation_app.domain.tickets import Ticket
from escalation_app.domain.undoing import Done
from escalation_app.services import tickets
from escalation_app.services.composing import refuse_overtaken
from escalation_app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ran:
    """The ticket as a macro left it. `done` is what can be taken back (services.chosen); None when
    nothing can: it only wrote to the customer, or a path, an escalation or a promise ended."""

    ticket: Ticket
    done: Done | None


def run_macro(
    uow: UnitOfWork, reference: str, key: str, message: str = "", since: int | None = None
) -> Ran:
    """Do all that a macro of the ticket's process says, or nothing of it. `message` is what the
    customer reads, if the macro writes to them; `since` is that of `tickets.send_message`.

    Each act asks for its own permission, and resolving for what it asks by hand. Raises NotFound
    for an unknown macro.
    """
    before = ticket = tickets.seen(uow, reference, Permission.TICKET_SEE)
    process = uow.desk.process_of(ticket.process_version)
    macro = next((one for one in process.macros if one.key == key), None)
    if macro is None:
        raise NotFound("That macro")
    if macro.takes:
        ticket = tickets.take(uow, reference)
    if macro.tags:
        ticket = tickets.tag(uow, reference, macro.tags)
    if macro.resolves:
        ticket = _resolve(uow, reference, message if macro.reply else "", since)
    elif macro.reply:
        ticket = tickets.send_message(uow, reference, message, since)
    if macro.status is not None:
        ticket = tickets.set_status(uow, reference, macro.status)
    return Ran(ticket, _done(macro, before, ticket))


def _resolve(uow: UnitOfWork, reference: str, message: str, since: int | None) -> Ticket:
    ticket = tickets.seen(uow, reference, Permission.TICKET_RESOLVE)
    if since is not None:
        refuse_overtaken(uow.session, ticket.id, since)
    return tickets.resolve(uow, reference, message)


def _done(macro: Macro, before: Ticket, after: Ticket) -> Done | None:
    now = (after.assignee_id, after.status, after.tags)
    if now == (before.assignee_id, before.status, before.tags) or _has_ended(before, after):
        return None
    permission = Permission.TICKET_TAG if macro.tags else Permission.TICKET_TAKE
    if macro.resolves or macro.status is not None:
        permission = Permission.TICKET_RESOLVE if macro.resolves else Permission.TICKET_WAIT
    return Done(
        reference=after.reference,
        what=f"the macro “{macro.name}”",
        permission=permission,
        since=before.revision,
        revision=after.revision,
        assignee_id=before.assignee_id,
        status=before.status,
        tags=before.tags,
    )


def _has_ended(before: Ticket, after: Ticket) -> bool:
    """Whether something ended with it that cannot begin again as it was."""
    is_over = (before.escalation and not after.escalation) or (before.run and not after.run)
    was_promised = [one.number for one in before.promises if one.state is PromiseState.OPEN]
    still = {one.number for one in after.promises if one.state is PromiseState.OPEN}
    return bool(is_over) or any(number not in still for number in was_promised)
