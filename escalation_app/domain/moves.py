"""Who holds an escalated ticket: its tier, team and owner, its manager and its executive."""

from escalation_app.domain.clocks import ClockState, Metric, pause_clock
from escalation_app.domain.drafts import Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.obligations import drop_obligations
from escalation_app.domain.process import Team
from escalation_app.domain.tickets import Escalation, EscalationKind, words
from escalation_app.domain.values import changed


def move_up(draft: Draft, why: str) -> bool:
    """Hand the ticket to the team above its own; False at the top."""
    ticket = draft.ticket
    above = draft.process.team_above(ticket.team)
    if above is None:
        upper = draft.process.next_tier(ticket.tier)
        if upper is None:
            return False
        above = draft.process.team(upper.team)
    hand_to(draft, above, why)
    return True


def hand_to(draft: Draft, team: Team, why: str) -> None:
    """Hand the ticket to a team: whoever of it has the fewest tickets gets it."""
    move_to(draft, team, draft.desk.roster.pick_agent(team.key), why)


def move_to(draft: Draft, team: Team, assignee: int | None, why: str) -> None:
    """Change who holds the ticket, on record. A new team starts with a clock of its own; the
    customer's clocks go on."""
    ticket = draft.ticket
    draft.change(
        team=team.key,
        tier=team.tier,
        assignee_id=assignee,
        last_move=f"from Tier {ticket.tier}: {why}"[:300],
        last_moved_at=draft.now,
    )
    if team.key != ticket.team:
        restart_stay(draft)
    draft.record(
        EventKind.TICKET_ESCALATED if team.tier > ticket.tier else EventKind.TIER_CHANGED,
        told=() if assignee is None else (assignee,),
        from_tier=ticket.tier,
        to_tier=team.tier,
        from_team=ticket.team,
        to_team=team.key,
        team_name=team.name,
        assignee="" if assignee is None else draft.desk.roster.name(assignee),
        why=why,
    )


def restart_stay(draft: Draft) -> None:
    """The time of the team before has ended, and that of the present one begins."""
    draft.meet(Metric.TEAM)
    restart_clock(draft, Metric.TEAM)


def restart_clock(draft: Draft, metric: Metric) -> None:
    """A new cycle of a metric that pauses with the ticket: it stands still from the start while
    the ticket waits."""
    draft.start_clock(metric)
    pause_while_waiting(draft, metric)


def pause_while_waiting(draft: Draft, metric: Metric) -> None:
    """Let a metric's latest clock stand still if the ticket waits and its policy says so."""
    clock = draft.ticket.clock(metric)
    status = draft.ticket.status
    if clock is None or clock.state is not ClockState.RUNNING:
        return
    policy = draft.process.policy(clock.policy)
    if policy is not None and status in policy.pause_in:
        calendar = draft.process.calendar(clock.calendar)
        draft.put_clock(pause_clock(clock, calendar, draft.now, words(status)))


def open_escalation(
    draft: Draft, kind: EscalationKind, reason: str, requested_by: int | None
) -> Escalation:
    opened = Escalation(
        kind=kind,
        reason=reason,
        requested_by=requested_by,
        from_tier=draft.ticket.tier,
        started_at=draft.now,
    )
    draft.change(escalation=opened)
    draft.record(EventKind.ESCALATION_STARTED, escalation=kind.value, reason=reason)
    return opened


def end_escalation(draft: Draft, reason: str) -> None:
    """End whatever escalation and run are active, on record, and drop what is owed to them."""
    if draft.ticket.run is not None:
        end_run(draft, reason)
    case_ = draft.ticket.escalation
    if case_ is not None:
        drop_obligations(draft, reason)
        draft.end(changed(case_, ended_at=draft.now, end_reason=reason))
        draft.change(escalation=None)
        draft.record(EventKind.ESCALATION_ENDED, reason=reason)


def end_run(draft: Draft, reason: str) -> None:
    run = draft.ticket.run
    assert run is not None
    draft.end(changed(run, ended_at=draft.now, end_reason=reason[:300], next_due_at=None, ask=None))
    draft.change(run=None)


def give_to_manager(draft: Draft) -> int | None:
    """The manager who owns the case, chosen now if it has none; None when there is no manager."""
    case_ = draft.ticket.escalation
    if case_ is None:
        return None
    if case_.manager_id is not None:
        return case_.manager_id
    manager = draft.desk.roster.pick_manager()
    if manager is not None:
        set_manager(draft, case_, manager)
    return manager


def set_manager(draft: Draft, case_: Escalation, manager: int) -> None:
    draft.change(escalation=changed(case_, manager_id=manager))
    draft.record(
        EventKind.ESCALATION_ASSIGNED, told=(manager,), manager=draft.desk.roster.name(manager)
    )


def bring_in_executive(draft: Draft) -> int | None:
    """The case's executive, chosen now if it has none; None when there is no executive."""
    case_ = draft.ticket.escalation
    if case_ is None or case_.executive_id is not None:
        return None if case_ is None else case_.executive_id
    executive = draft.desk.roster.pick_executive()
    if executive is not None:
        draft.change(escalation=changed(case_, executive_id=executive))
    return executive
