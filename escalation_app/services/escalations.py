"""What people do with escalations."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain import escalations
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.permissions import Actor, Permission, Role
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Escalation, EscalationKind, Ticket
from escalation_app.domain.undoing import (
    AcknowledgementDone,
    acknowledgement_done,
    undo_acknowledgement,
)
from escalation_app.models import EscalationRow, PathStepRow
from escalation_app.services.tables import columns
from escalation_app.services.tickets import MAX_REASON, clean, one_line, seen, tell, told_with
from escalation_app.services.unit_of_work import UnitOfWork

NO_REASON = "No reason was given."
"""What stands on record when a customer escalates without a word."""

MAX_DECISION = 300

_STEPS = columns(PathStepRow)
_CASES = columns(EscalationRow)


def escalate(
    uow: UnitOfWork,
    reference: str,
    kind: EscalationKind,
    reason: str,
    revision: int | None = None,
    playbook: str = "",
    *,
    to: int | None = None,
    decision: str = "",
    message: str = "",
) -> Ticket:
    """A person of ours escalates: functional (the skill is missing) or hierarchical (the
    authority is), as a playbook foresees if one is named, `to` the person chosen if one is. With a
    `message` the customer is told, in public.

    Raises Invalid for other kinds, an empty reason, a ticket at the top, a playbook that does not
    fit, or a person who cannot take it.
    """
    ticket = seen(uow, reference, Permission.TICKET_ESCALATE, revision)
    told = told_with(uow, ticket, message)
    ticket = _escalate(
        uow, ticket, kind, reason, playbook=playbook, to=to, decision=decision.strip()
    )
    return tell(uow, ticket, told)


def request_escalation(uow: UnitOfWork, reference: str, reason: str = "") -> Ticket:
    """The customer escalates, for any reason or none: always accepted while the ticket is open, a
    manager gets the case."""
    ticket = seen(uow, reference, Permission.ESCALATION_REQUEST)
    why = reason.strip() or NO_REASON
    return _escalate(uow, ticket, EscalationKind.HIERARCHICAL, why, by_customer=True)


def _escalate(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: EscalationKind,
    reason: str,
    *,
    by_customer: bool = False,
    playbook: str = "",
    to: int | None = None,
    decision: str = "",
) -> Ticket:
    assert uow.actor.person_id is not None
    return uow.apply_one(
        escalations.escalate(
            ticket,
            uow.desk,
            kind=kind,
            reason=clean(reason, "The reason", MAX_REASON),
            requested_by=uow.actor.person_id,
            by_customer=by_customer,
            playbook=playbook,
            to=to,
            decision=one_line(decision, "The decision", MAX_DECISION) if decision else "",
        )
    )


def acknowledge(uow: UnitOfWork, reference: str) -> Ticket:
    """Say that one has seen the escalation. A manager who does so for a case that nobody owns
    takes it with that.

    Raises Invalid where nothing is escalated, and NotAllowed for anybody else whom it has not told
    and who stands in for nobody it has told.
    """
    ticket = seen(uow, reference, Permission.ESCALATION_ACKNOWLEDGE)
    person_id = uow.actor.person_id
    assert person_id is not None
    roster = uow.desk.roster
    if ticket.escalation is None:
        raise Invalid("This ticket is not escalated any more.")
    if not is_concerned(uow.session, uow.actor, ticket, roster):
        raise NotAllowed("Only somebody whom this escalation told, or their substitute, can do it.")
    if _takes_it(uow.actor, ticket):
        ticket = uow.apply_one(escalations.assign_case(ticket, uow.desk, person_id))
        ticket = seen(uow, reference, Permission.ESCALATION_ACKNOWLEDGE)
    return uow.apply_one(escalations.acknowledge(ticket, uow.desk, person_id))


def answer_escalation(uow: UnitOfWork, reference: str) -> AcknowledgementDone | None:
    """As `acknowledge`; what can be taken back of it, None when that is nothing."""
    before = seen(uow, reference, Permission.ESCALATION_ACKNOWLEDGE)
    return acknowledgement_done(before, acknowledge(uow, reference))


def take_back_acknowledgement(uow: UnitOfWork, done: AcknowledgementDone) -> str:
    """Let it wait to be acknowledged as before; what to say then. Raises Stale as the domain does,
    and NotAllowed for anybody but who acknowledged it."""
    ticket = seen(uow, done.reference, Permission.ESCALATION_ACKNOWLEDGE)
    case_ = ticket.escalation
    heard = () if ticket.run is None or ticket.run.ask is None else ticket.run.ask.acknowledged
    if case_ is None or uow.actor.person_id not in (case_.acknowledged_by, *heard):
        raise NotAllowed("Only who acknowledged it can take that back.")
    uow.apply_one(undo_acknowledgement(ticket, uow.desk, done))
    return f"Undone. {done.reference} waits to be acknowledged as before."


def is_concerned(session: Session, actor: Actor, ticket: Ticket, roster: Roster) -> bool:
    """Whether the ticket's escalation has told the actor, or somebody they stand in for, or is
    theirs to take."""
    if _takes_it(actor, ticket):
        return True
    told = told_of(session, ticket, roster)
    return actor.person_id in told or actor.person_id in roster.present(told)


def _takes_it(actor: Actor, ticket: Ticket) -> bool:
    case_ = ticket.escalation
    return case_ is not None and case_.manager_id is None and Role.MANAGER in actor.roles


def told_of(session: Session, ticket: Ticket, roster: Roster) -> frozenset[int]:
    """Whom the ticket's active escalation has told so far: the people of its path's steps, its
    manager and its executive; of one by hand that moved the ticket, who has it now."""
    case_, run = ticket.escalation, ticket.run
    told: set[int | None] = set()
    if case_ is not None:
        told |= {case_.manager_id, case_.executive_id}
        if case_.kind is EscalationKind.FUNCTIONAL:
            told |= {ticket.assignee_id} if ticket.assignee_id else set(roster.in_team(ticket.team))
    if run is not None:
        steps = select(_STEPS.c.told).where(_STEPS.c.run_id == run.id)
        told.update(*session.execute(steps).scalars())
    return frozenset(person for person in told if person is not None)


def assign_case(uow: UnitOfWork, reference: str, manager_id: int) -> Ticket:
    """Make a manager own the case."""
    ticket = seen(uow, reference, Permission.ESCALATION_ASSIGN)
    return uow.apply_one(escalations.assign_case(ticket, uow.desk, manager_id))


def deescalate(
    uow: UnitOfWork, reference: str, reason: str, revision: int | None = None, message: str = ""
) -> Ticket:
    """End the escalation, with the reason on record. With a `message` the customer is told."""
    ticket = seen(uow, reference, Permission.ESCALATION_END, revision)
    told = told_with(uow, ticket, message)
    ended = uow.apply_one(
        escalations.deescalate(
            ticket, uow.desk, clean(reason, "The reason", MAX_REASON), uow.actor.person_id
        )
    )
    return tell(uow, ended, told)


def reescalate(
    uow: UnitOfWork, reference: str, reason: str, revision: int | None = None, message: str = ""
) -> Ticket:
    """Take up again the escalation that ended last. With a `message` the customer is told.

    Raises Invalid as the domain does, and for a ticket that was never escalated.
    """
    ticket = seen(uow, reference, Permission.ESCALATION_END, revision)
    told = told_with(uow, ticket, message)
    last = last_escalation(uow.session, ticket.id)
    if last is None:
        raise Invalid("This ticket was never escalated. Escalate it instead.")
    assert uow.actor.person_id is not None
    again = uow.apply_one(
        escalations.reescalate(
            ticket,
            uow.desk,
            last,
            reason=clean(reason, "The reason", MAX_REASON),
            requested_by=uow.actor.person_id,
        )
    )
    return tell(uow, again, told)


def last_escalation(session: Session, ticket_id: int) -> Escalation | None:
    """The escalation of the ticket that ended last; None when none has."""
    row = session.execute(
        select(_CASES)
        .where(_CASES.c.ticket_id == ticket_id, _CASES.c.ended_at.is_not(None))
        .order_by(_CASES.c.ended_at.desc(), _CASES.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Escalation(
        kind=EscalationKind(row.kind),
        reason=row.reason,
        requested_by=row.requested_by,
        from_tier=row.from_tier,
        started_at=row.started_at,
        manager_id=row.manager_id,
        executive_id=row.executive_id,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        id=row.id,
    )
