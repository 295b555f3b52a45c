"""What people decide about escalations: to escalate, to acknowledge, whose case it is, to end it.

Of the three types, a person chooses functional or hierarchical; automatic ones are `firing`'s.
"""

from datetime import timedelta

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.moves import (
    end_escalation,
    give_to_manager,
    hand_to,
    move_to,
    move_up,
    open_escalation,
    set_manager,
)
from escalation_app.domain.obligations import oblige, request, triage
from escalation_app.domain.path_spec import Playbook, StopWhen
from escalation_app.domain.path_starts import follow, muted_key, start_owed_paths, start_run
from escalation_app.domain.paths import hear_acknowledgement, stop_run
from escalation_app.domain.permissions import Role
from escalation_app.domain.playbooks import holds
from escalation_app.domain.process import AROUND_THE_CLOCK, Process, Team
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
    to: int | None = None,
    decision: str = "",
) -> Decision:
    """A person escalates: functional moves the ticket to who has the skill, hierarchical gives
    the case to a manager. A customer's request is a hierarchical one, and is triaged under a clock
    of its own. With a playbook its team, path and tasks follow.

    `to` is the person chosen; without one it is whoever has the least to do. What is to be decided
    (`decision`) they owe to the case, within DECISION_SHARE of the time to resolution.

    Raises Invalid for a ticket that is not open or already at the top, for a playbook that does
    not fit, and for a person who cannot take it.
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
        _hand_over(draft, foreseen, reason, to)
    else:
        decider = _give_authority(draft, to)
        if decision:
            _ask_to_decide(draft, decider, decision, requested_by)
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


DECISION_SHARE = 25
"""The percentage of the time to resolution within which a decision is asked for."""
DECIDE_WITHIN = timedelta(hours=8)
"""The same where no time to resolution is promised."""


def _hand_over(draft: Draft, foreseen: Playbook | None, reason: str, to: int | None) -> None:
    """To the person chosen, else to the playbook's team, else to the team above."""
    if to is not None:
        move_to(draft, _team_of_chosen(draft, foreseen, to), to, reason)
    elif foreseen is not None and foreseen.team and foreseen.team != draft.ticket.team:
        hand_to(draft, draft.process.team(foreseen.team), reason)
    elif not move_up(draft, reason):
        raise Invalid("This ticket is at the top tier already. Escalate to a manager instead.")


def _team_of_chosen(draft: Draft, foreseen: Playbook | None, to: int) -> Team:
    member = draft.desk.roster.staff.get(to)
    if member is None or Role.AGENT not in member.roles:
        raise Invalid("Choose somebody from the list.")
    _require_there(draft, to)
    team = next((team for team in draft.process.teams if team.key == member.team), None)
    if team is None or team.tier < draft.ticket.tier:
        raise Invalid(f"{member.name} is of no team that it could be escalated to.")
    if team.key == draft.ticket.team:
        raise Invalid(f"{member.name} is of the team that has it. Assign it to them instead.")
    if foreseen is not None and foreseen.team not in ("", team.key):
        raise Invalid(f"The playbook {foreseen.name!r} sends it to another team.")
    return team


def _require_there(draft: Draft, person_id: int) -> None:
    if person_id in draft.desk.roster.absent:
        name = draft.desk.roster.name(person_id)
        raise Invalid(f"{name} is away. Choose somebody who is there.")


def _give_authority(draft: Draft, to: int | None) -> int | None:
    """Who decides: the manager of the case, chosen now if it has none, or an executive above."""
    case_, roster = _active(draft.ticket), draft.desk.roster
    if to is None or to == case_.manager_id:
        return give_to_manager(draft)
    _require_there(draft, to)
    if case_.manager_id is None and to in roster.in_role(Role.MANAGER):
        set_manager(draft, case_, to)
        return to
    if case_.manager_id is not None and to in roster.in_role(Role.EXECUTIVE):
        if case_.executive_id not in (None, to):
            raise Invalid(f"{roster.name(case_.executive_id)} is the case's executive already.")
        draft.change(escalation=changed(case_, executive_id=to))
        return to
    if case_.manager_id is not None:
        raise Invalid(f"{roster.name(case_.manager_id)} owns this case already.")
    raise Invalid("Choose somebody from the list.")


def _ask_to_decide(draft: Draft, decider: int | None, decision: str, asked_by: int) -> None:
    if decider is None:
        raise Invalid("There is no manager who could decide.")
    within, calendar = time_to_decide(draft.ticket, draft.process)
    oblige(draft, decider, f"Decide: {decision}", within, calendar=calendar, created_by=asked_by)


def time_to_decide(ticket: Ticket, process: Process) -> tuple[timedelta, BusinessCalendar]:
    """How long a decision may take, and the calendar in which that counts."""
    policy = process.policy_for(ticket.plan, ticket.severity)
    target = policy.target(ticket.severity, Metric.RESOLUTION)
    if target is None:
        return DECIDE_WITHIN, AROUND_THE_CLOCK
    return target * DECISION_SHARE / 100, process.calendar(policy.calendar)


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


def reescalate(
    ticket: Ticket, desk: Desk, last: Escalation, *, reason: str, requested_by: int
) -> Decision:
    """Take up again an escalation (`last`) that has ended, with the people who led it; whoever is
    away is stood in for. Its clocks start paths again: one whose first step they have passed
    starts at once. What was owed to it and dropped stays dropped.

    Raises Invalid for a ticket that is not open, or is escalated.
    """
    if not ticket.is_open:
        raise Invalid("A resolved ticket cannot be escalated. Reopen it with an answer first.")
    if ticket.escalation is not None:
        raise Invalid("This ticket is escalated already.")
    draft = begin(ticket, desk)
    if draft.ticket.escalation is None:
        is_automatic = last.kind is EscalationKind.AUTOMATIC
        kind = EscalationKind.HIERARCHICAL if is_automatic else last.kind
        open_escalation(draft, kind, reason, requested_by)
    else:
        draft.record(EventKind.ESCALATION_JOINED, escalation=last.kind.value, reason=reason)
    _lead_again(draft, last)
    draft.change(
        muted=frozenset[str](), last_move=f"escalated again: {reason}"[:300], last_moved_at=desk.now
    )
    start_owed_paths(draft)
    return draft.decision()


def _lead_again(draft: Draft, last: Escalation) -> None:
    """The manager and the executive of an escalation that has ended, as far as they are there."""
    roster, case_ = draft.desk.roster, _active(draft.ticket)
    executive = None if last.executive_id is None else roster.stand_in(last.executive_id)
    if case_.executive_id is None and executive in roster.in_role(Role.EXECUTIVE):
        draft.change(escalation=changed(case_, executive_id=executive))
    case_ = _active(draft.ticket)
    if case_.manager_id is not None:
        return
    manager = None if last.manager_id is None else roster.stand_in(last.manager_id)
    if manager in roster.in_role(Role.MANAGER):
        set_manager(draft, case_, manager)
    else:
        give_to_manager(draft)


def _active(ticket: Ticket) -> Escalation:
    if ticket.escalation is None:
        raise Invalid("This ticket is not escalated any more.")
    return ticket.escalation
