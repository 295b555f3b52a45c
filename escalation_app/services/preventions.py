"""What people do about the preventions of solved cases, and how their owners are reminded."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation_app.domain import preventions
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import NotAllowed, NotFound
from escalation_app.domain.permissions import ENGINE, Permission, require
from escalation_app.domain.preventions import Prevention, PreventionState, remind_before, wakes_at
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.models import ResolutionRow
from escalation_app.services import effects
from escalation_app.services.cases import MAX_TEXT
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.services.tickets import MAX_REASON, clean, one_line, seen
from escalation_app.services.unit_of_work import UnitOfWork, make_desk

_RESOLUTIONS: Any = columns(ResolutionRow)

Decided = tuple[Prevention, Decision]


def finish_prevention(uow: UnitOfWork, reference: str, number: int, outcome: str = "") -> Ticket:
    """Say that one's prevention is done, or anybody's for who gives obligations.

    Raises NotFound, NotAllowed for somebody else's, Invalid when it is done already.
    """
    said = one_line(outcome, "What came of it", MAX_TEXT) if outcome.strip() else ""

    def decide(ticket: Ticket, desk: Desk, found: Prevention) -> Decided:
        return preventions.finish(ticket, desk, found, said)

    return _decide(uow, reference, number, decide)


def move_prevention(
    uow: UnitOfWork, reference: str, number: int, due_at: datetime, reason: str
) -> Ticket:
    """Give a prevention another date, with the reason; raises as `finish_prevention`, and Invalid
    without a reason or for a date that is not ahead."""
    why = clean(reason, "The reason", MAX_REASON)

    def decide(ticket: Ticket, desk: Desk, found: Prevention) -> Decided:
        return preventions.move(ticket, desk, found, due_at, why)

    return _decide(uow, reference, number, decide)


def take_up_prevention(uow: UnitOfWork, reference: str, number: int) -> str:
    """Undo that it was said to be done; what to say then."""
    _decide(uow, reference, number, preventions.take_up)
    return "It is to be done again."


def _decide(
    uow: UnitOfWork,
    reference: str,
    number: int,
    decide: Callable[[Ticket, Desk, Prevention], Decided],
) -> Ticket:
    ticket = seen(uow, reference, Permission.OBLIGATION_UPDATE)
    row = _locked(uow.session, number)
    if row is None or row.ticket_id != ticket.id:
        raise NotFound("That prevention")
    found = prevention_in(row)
    stand_in = uow.desk.roster.stand_in(found.owner_id)
    if uow.actor.person_id not in (found.owner_id, stand_in):
        try:
            require(uow.actor, Permission.OBLIGATION_GIVE, ticket)
        except NotAllowed:
            raise NotAllowed("This is for somebody else to do.") from None
    new, decision = decide(ticket, uow.desk, found)
    _put(uow.session, uow.desk, ticket, new)
    return uow.apply_one(decision)


def prevention_in(row: Any) -> Prevention:
    """The prevention of a resolution's row that has one."""
    return Prevention(
        number=row.escalation_id,
        owner_id=row.prevention_owner_id,
        text=row.prevention,
        due_at=row.prevention_due_at,
        state=PreventionState(row.prevention_state),
        reason=row.prevention_reason,
        ended_at=row.prevention_ended_at,
        reminded_at=row.prevention_reminded_at,
    )


def _locked(session: Session, number: int) -> Any:
    return session.execute(
        select(_RESOLUTIONS)
        .where(
            _RESOLUTIONS.c.escalation_id == number, _RESOLUTIONS.c.prevention_due_at.is_not(None)
        )
        .with_for_update()
    ).first()


def _put(session: Session, desk: Desk, ticket: Ticket, new: Prevention) -> None:
    before = remind_before(desk.process_of(ticket.process_version).resolution)
    session.execute(
        update(_RESOLUTIONS)
        .where(_RESOLUTIONS.c.escalation_id == new.number)
        .values(
            prevention_due_at=new.due_at,
            prevention_state=new.state.value,
            prevention_reason=new.reason,
            prevention_ended_at=new.ended_at,
            prevention_reminded_at=new.reminded_at,
            prevention_wakes_at=wakes_at(new, before),
        )
    )


# The engine ------------------------------------------------------------------------------------


def to_be_reminded(session: Session, now: datetime, most: int) -> list[tuple[int, int]]:
    """The preventions whose owners are to be reminded, with their tickets, in order."""
    rows = session.execute(
        select(_RESOLUTIONS.c.escalation_id, _RESOLUTIONS.c.ticket_id)
        .where(_RESOLUTIONS.c.prevention_wakes_at <= now)
        .order_by(_RESOLUTIONS.c.prevention_wakes_at)
        .limit(most)
    )
    return [(row.escalation_id, row.ticket_id) for row in rows]


def remind_owner(
    session: Session, number: int, ticket_id: int, clock: Callable[[], datetime]
) -> bool:
    """Remind the owner of one prevention, if it is still due; whether they were. The clock is read
    once the ticket is held, so that this comes after what was waited for."""
    ticket = load_tickets(session, [ticket_id]).get(ticket_id)
    row = _locked(session, number)
    if ticket is None or row is None:
        return False
    desk = make_desk(session, clock())
    before = remind_before(desk.process_of(ticket.process_version).resolution)
    found = preventions.remind(ticket, desk, prevention_in(row), before)
    if found is None:
        _put(session, desk, ticket, prevention_in(row))  # so that no look finds it before its time
        return False
    new, decision = found
    _put(session, desk, ticket, new)
    effects.apply(session, desk, ENGINE, [decision])
    return True
