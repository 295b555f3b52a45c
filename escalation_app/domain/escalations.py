"""What people decide about escalations: to escalate, to acknowledge, whose case it is, to end it.

Of the three types, a person chooses functional or hierarchical; automatic ones are `firing`'s.
"""

from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.moves import (
    end_escalation,
    give_to_manager,
    hand_to,
    move_up,
    open_escalation,
    set_manager,
)
from escalation_app.domain.obligations import request, triage
from escalation_app.domain.paths import (
    follow,
    hear_acknowledgement,
    muted_key,
    start_run,
    stop_run,
)
from escalation_app.domain.permissions import Role
from escalation_app.domain.playbooks import holds
from escalation_app.domain.process import Playbook, StopWhen
from escalation_app.domain.tickets import (
    Decision,
    Escalation,
    EscalationKind,
    Status,
    Ticket,
)
from escalation_app.domain.values import changed


def escalate(
    ticket: Ticket,
    desk: Desk,
    *,
    kind: EscalationKind,
    reason: str,
    requested_by: int,
    by_customer: bool = False,
    playbook: str = "",
) -> Decision:
    """A person escalates: functional moves the ticket to who has the skill, hierarchical gives
    the case to a manager. A customer's request is a hierarchical one, and is triaged under a clock
    of its own. With a playbook its team, path and tasks follow.

    Raises Invalid for a ticket that is not open or already at the top, and for a playbook that
    does not fit.
    """
    if not ticket.is_open:
        raise Invalid("A resolved ticket cannot be escalated. Reopen it with an answer first.")
    if kind is EscalationKind.AUTOMATIC:
        raise Invalid("Automatic escalations are the engine's. Choose functional or hierarchical.")
    draft = begin(ticket, desk)
    foreseen = _foreseen(draft, playbook, kind) if playbook else None
    if draft.ticket.status is Status.NEW and not by_customer:
        draft.change(status=Status.OPEN)
    if by_customer:
        request(draft, requested_by, reason)
    if draft.ticket.escalation is None:
        open_escalation(draft, kind, reason, requested_by)
    else:
        _join(draft, draft.ticket.escalation, requested_by, by_customer=by_customer)
        draft.record(EventKind.ESCALATION_JOINED, escalation=kind.value, reason=reason)
    if kind is EscalationKind.FUNCTIONAL:
        _hand_over(draft, foreseen, reason)
    else:
        give_to_manager(draft)
        who = "the customer asked for a manager" if by_customer else "a manager was asked for"
        draft.change(last_move=f"{who}: {reason}"[:300], last_moved_at=desk.now)
    if foreseen is not None:
        follow(draft, foreseen, requested_by)
    stop_run(draft)
    if foreseen is not None:
        _start_foreseen(draft, foreseen)
    return draft.decision()


def _join(draft: Draft, case_: Escalation, person_id: int, *, by_customer: bool) -> None:
    """Somebody asks for what is under way already. What the customer asks for wants to be
    acknowledged in its turn; what one of us asks for does not end with an automatic path."""
    if by_customer:
        draft.change(escalation=changed(case_, acknowledged_at=None, acknowledged_by=None))
    elif case_.requested_by is None:
        draft.change(escalation=changed(case_, requested_by=person_id))


def _foreseen(draft: Draft, key: str, kind: EscalationKind) -> Playbook:
    playbook = draft.process.playbook(key)
    if playbook is None or playbook.kind != kind:
        raise Invalid("There is no such playbook for this type of escalation.")
    if not holds(playbook.when, draft.ticket, kind=kind):
        raise Invalid(f"The playbook {playbook.name!r} does not fit this ticket.")
    return playbook


def _hand_over(draft: Draft, foreseen: Playbook | None, reason: str) -> None:
    """To the playbook's team, else to the team above."""
    if foreseen is not None and foreseen.team and foreseen.team != draft.ticket.team:
        hand_to(draft, draft.process.team(foreseen.team), reason)
    elif not move_up(draft, reason):
        raise Invalid("This ticket is at the top tier already. Escalate to a manager instead.")


def _start_foreseen(draft: Draft, foreseen: Playbook) -> None:
    """The playbook's path, unless a run at least as heavy is under way."""
    path = draft.process.path(foreseen.path)
    if path is not None and draft.ticket.run is None:
        clock = draft.ticket.clock(path.metrics[0])
        cycle = 1 if clock is None else clock.cycle
        start_run(draft, path, f"playbook {foreseen.name}"[:120], draft.now, cycle)


def acknowledge(ticket: Ticket, desk: Desk, person_id: int) -> Decision:
    """Somebody says they have seen it; a second time changes nothing.

    That ends the repeats and the fall-back of the step it answers, and holds a delay step that
    follows until the time it asked to be acknowledged within has passed with no activity. Where
    everybody must, it counts once all have. A manager's or executive's triages what the customer
    asked for.
    """
    if _active(ticket).acknowledged_at is not None:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    _active(draft.ticket)
    before = draft.ticket.run
    missing = hear_acknowledgement(draft, person_id)
    if missing and draft.ticket.run is before:
        raise Invalid(
            "Everybody whom this step told has to acknowledge it; you are not one of them."
        )
    roster = desk.roster
    if missing:
        waiting = [roster.name(person) for person in missing]
        draft.record(EventKind.ESCALATION_ACKNOWLEDGED, by=roster.name(person_id), missing=waiting)
        return draft.decision()
    case_ = _active(draft.ticket)
    draft.change(escalation=changed(case_, acknowledged_at=desk.now, acknowledged_by=person_id))
    draft.record(EventKind.ESCALATION_ACKNOWLEDGED, by=roster.name(person_id))
    member = roster.staff.get(person_id)
    if member is not None and member.roles & {Role.MANAGER, Role.EXECUTIVE}:
        triage(draft, person_id, "acknowledged")
    stop_run(draft, StopWhen.ACKNOWLEDGED)
    return draft.decision()


def assign_case(ticket: Ticket, desk: Desk, manager_id: int) -> Decision:
    """Make a manager own the escalated case. Raises Invalid for somebody who is no manager."""
    if manager_id not in desk.roster.in_role(Role.MANAGER):
        raise Invalid("Only a manager can own an escalated case.")
    if _active(ticket).manager_id == manager_id:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    set_manager(draft, _active(draft.ticket), manager_id)
    triage(draft, manager_id, "a manager took the case")
    stop_run(draft)
    return draft.decision()


def deescalate(ticket: Ticket, desk: Desk, reason: str, person_id: int | None = None) -> Decision:
    """End the escalation and its path; the clocks that started it start no path again. What the
    customer asked for counts as looked at."""
    _active(ticket)
    draft = begin(ticket, desk)
    muted = frozenset(muted_key(clock) for clock in draft.ticket.clocks if not clock.is_over)
    draft.change(muted=muted)
    if person_id is not None:
        triage(draft, person_id, f"de-escalated: {reason}"[:300])
    end_escalation(draft, reason)
    return draft.decision()


def _active(ticket: Ticket) -> Escalation:
    if ticket.escalation is None:
        raise Invalid("This ticket is not escalated any more.")
    return ticket.escalation
