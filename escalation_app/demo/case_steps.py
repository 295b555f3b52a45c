"""What somebody decides in one step about what is owed to a case before the demo begins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from escalation_app.domain import cases
from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.services.feasibility import known_doubts

Decides = Callable[[Ticket, Desk, int], Decision]
"""What the person of that key decides. Raises BusinessError for what cannot be."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One thing that somebody, by their key, decides about what is owed to a case."""

    at: datetime
    who: str
    permission: Permission
    decide: Decides


def give(
    ticket: Ticket, desk: Desk, me: int, *, person: int, text: str, due_at: datetime, part: str
) -> Decision:
    return cases.give_obligation(
        ticket, desk, person_id=person, text=text, due_at=due_at, given_by=me, role=part
    )


def change(
    ticket: Ticket, desk: Desk, _me: int, *, text: str, state: ObligationState, why: str
) -> Decision:
    owed = [each for each in ticket.obligations if each.text == text and each.is_owed]
    if not owed:
        raise NotFound("That obligation")
    return cases.update_obligation(ticket, desk, owed[-1].number, state, why)


def promise(
    ticket: Ticket,
    desk: Desk,
    me: int,
    *,
    text: str,
    due_at: datetime,
    soonest: datetime | None,
    override: str,
) -> Decision:
    """Promised for then, or for when the ticket is to be resolved if that is `soonest` or later."""
    solved = ticket.clock(Metric.RESOLUTION)
    if soonest is not None and solved is not None and solved.due_at is not None:
        due_at = min(due_at, max(solved.due_at, soonest))
    doubts = known_doubts(desk, ticket, me, due_at)
    return cases.make_promise(
        ticket,
        desk,
        owner_id=me,
        text=text,
        due_at=due_at,
        made_by=me,
        doubts=" ".join(doubts),
        override_reason=override if doubts else "",
    )


def _promised(ticket: Ticket, text: str) -> int:
    """The number of the promise of that text which is not kept yet."""
    waiting = (PromiseState.OPEN, PromiseState.BROKEN)
    made = [each for each in ticket.promises if each.text == text and each.state in waiting]
    if not made:
        raise NotFound("That promise")
    return made[-1].number


def keep(ticket: Ticket, desk: Desk, _me: int, *, text: str) -> Decision:
    return cases.keep_promise(ticket, desk, _promised(ticket, text))


def move(
    ticket: Ticket, desk: Desk, me: int, *, text: str, due_at: datetime, why: str, override: str
) -> Decision:
    number = _promised(ticket, text)
    doubts = known_doubts(desk, ticket, me, due_at)
    return cases.renegotiate_promise(
        ticket,
        desk,
        number,
        due_at=due_at,
        reason=why,
        made_by=me,
        doubts=" ".join(doubts),
        override_reason=override if doubts else "",
    )


def record(ticket: Ticket, desk: Desk, me: int, *, text: str, why: str) -> Decision:
    return cases.record_decision(ticket, desk, text=text, reason=why, decided_by=me)


def sponsor(ticket: Ticket, desk: Desk, _me: int, *, executive: int) -> Decision:
    return cases.name_sponsor(ticket, desk, executive)
