"""A customer says that what we resolved works, and takes that back."""

from sqlalchemy import select

from escalation_app.domain import lifecycle, undoing
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.permissions import Permission
from escalation_app.domain.undoing import ConfirmationDone
from escalation_app.models import EscalationRow
from escalation_app.services.tables import columns
from escalation_app.services.tickets import seen
from escalation_app.services.unit_of_work import UnitOfWork

_CASES = columns(EscalationRow)


def confirm(uow: UnitOfWork, reference: str) -> ConfirmationDone:
    """Close a resolved ticket because its customer says that it works; what can be taken back.

    Raises Invalid for one that is not resolved, NotAllowed for people of ours.
    """
    ticket = seen(uow, reference, Permission.SOLUTION_CONFIRM)
    told = _who_had_the_case(uow, ticket.id)
    decision = lifecycle.confirm(ticket, uow.desk, uow.actor.name, told)
    uow.apply_one(decision)
    return undoing.confirmation_done(decision, uow.actor.person_id)


def take_back(uow: UnitOfWork, done: ConfirmationDone) -> str:
    """Let the ticket be resolved as it was; what to say then. Only who has said that it works takes
    it back, and only while nothing has happened since: raises NotAllowed and Stale."""
    ticket = seen(uow, done.reference, Permission.SOLUTION_CONFIRM)
    if uow.actor.person_id != done.by:
        raise NotAllowed
    uow.apply_one(undoing.undo_confirmation(ticket, uow.desk, done))
    return f"Undone. {done.reference} is not closed."


def _who_had_the_case(uow: UnitOfWork, ticket_id: int) -> tuple[int, ...]:
    """The manager of the ticket's latest case, which ended when it was resolved."""
    latest = (
        select(_CASES.c.manager_id)
        .where(_CASES.c.ticket_id == ticket_id)
        .order_by(_CASES.c.id.desc())
        .limit(1)
    )
    manager = uow.session.execute(latest).scalar_one_or_none()
    return () if manager is None else (manager,)
