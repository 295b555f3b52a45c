"""The three types of escalation, and what the engine decides when time runs out.

`fire` is the whole engine in one pure function: given a ticket, its process, the roster and
`now`, it returns everything that is due. Rules: docs/adr and the published process document.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import Clock, ClockState, Metric, instant_of_share
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import (
    DelayAnchor,
    EscalationPath,
    PathStep,
    Process,
    ShareAnchor,
)
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import (
    Decision,
    Escalation,
    EscalationKind,
    PathRun,
    Status,
    StepOutcome,
    StepTaken,
    Ticket,
)
from escalation_app.domain.values import changed

CATCH_UP_AFTER = timedelta(seconds=60)
"""Noticed later than this after it was due, something is caught up: one step at a time."""
CATCH_UP_PACE = timedelta(seconds=60)
"""How long a run that catches up waits between two steps."""
A_MOMENT = timedelta(microseconds=1)
"""What is met exactly at its due instant is met, so a breach is due this much later."""
BREACH = 100
HIGHEST_SEVERITY = 1
NO_PATH_KNOWN = "The process has no path for this promise and severity."
ENDED_BY_A_PERSON = "A person ended the escalation of this promise before."


# When to wake --------------------------------------------------------------------------------


def wakes_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """The next instant at which `fire` would decide something; None when nothing is ahead."""
    process = desk.process_of(ticket.process_version)
    marks = _marks_ahead(ticket, process, path_process(ticket, desk))
    instants = [at for _, _, at in marks]
    if ticket.run is not None and ticket.run.next_due_at is not None:
        instants.append(ticket.run.next_due_at)
    if ticket.close_at is not None:
        instants.append(ticket.close_at)
    return min(instants, default=None)


def _marks_ahead(
    ticket: Ticket, process: Process, run_process: Process
) -> list[tuple[Clock, int, datetime]]:
    """The next mark of each running clock: (clock, share in percent, instant)."""
    found: list[tuple[Clock, int, datetime]] = []
    run_path = "" if ticket.run is None else ticket.run.path
    for clock in ticket.clocks:
        if clock.running_since is None or clock.due_at is None:
            continue
        if clock.breached_at is None:
            found.append((clock, BREACH, clock.due_at + A_MOMENT))
        shares = _shares(
            process, clock.policy, ticket.severity, clock.metric, run_process, run_path
        )
        for share in shares:
            if share > clock.mark and (share != BREACH or clock.breached_at is not None):
                at = instant_of_share(clock, share, process.calendar(clock.calendar))
                if at is not None:
                    found.append((clock, share, at))
                break
    return found


@lru_cache(maxsize=4096)
def _shares(
    process: Process,
    policy_key: str,
    severity: int,
    metric: Metric,
    run_process: Process,
    run_path: str,
) -> tuple[int, ...]:
    """The shares of a clock at which something may happen, ascending."""
    shares = {BREACH}
    policy = process.policy(policy_key)
    if policy is not None:
        shares.update(policy.warnings)
    for path in (process.path_for(severity, metric), run_process.path(run_path)):
        if path is not None:
            shares.update(
                step.anchor.share
                for step in path.steps
                if isinstance(step.anchor, ShareAnchor) and step.anchor.metric is metric
            )
    return tuple(sorted(shares))


# What is due ---------------------------------------------------------------------------------


def fire(ticket: Ticket, desk: Desk) -> Decision:
    """Everything due on the ticket by the desk's `now`, in the order in which it fell due."""
    return begin(ticket, desk).decision()


def begin(ticket: Ticket, desk: Desk) -> Draft:
    """A draft in which everything due so far has happened: how every decision starts, so that
    no click can hide a breach.

    Marks of clocks are all handled. Of the path, what is noticed more than a minute late is
    caught up by one step, and the next one waits CATCH_UP_PACE.
    """
    draft = Draft(ticket, desk)
    is_held = False
    while (due := _first_due(draft.ticket, desk)) is not None:
        at, clock, share = due
        draft.is_late = desk.now - at > CATCH_UP_AFTER
        run = draft.ticket.run
        if clock is not None:
            _handle_mark(draft, clock, share, at, is_held=is_held)
        elif run is not None and run.next_due_at == at:
            if is_held:
                draft.change(run=changed(run, next_due_at=desk.now + CATCH_UP_PACE))
            else:
                fell_due = _fell_due(draft, run, at)
                draft.is_late = is_held = desk.now - fell_due > CATCH_UP_AFTER
                take_next_step(draft, fell_due)
        else:
            close(draft)
    draft.is_late = False
    return draft


def _fell_due(draft: Draft, run: PathRun, at: datetime) -> datetime:
    """When the run's next step really fell due: a step that is caught up is due by itself only
    later than its share was used up."""
    path = path_process(draft.ticket, draft.desk).path(run.path)
    if path is None or run.next_step >= len(path.steps):
        return at
    anchor = path.steps[run.next_step].anchor
    if isinstance(anchor, DelayAnchor):
        return at
    reached = _share_instant(draft.ticket, draft.process, anchor)
    return at if reached is None else min(at, reached)


def _first_due(ticket: Ticket, desk: Desk) -> tuple[datetime, Clock | None, int] | None:
    now = desk.now
    process = desk.process_of(ticket.process_version)
    due: list[tuple[datetime, Clock | None, int]] = [
        (at, clock, share)
        for clock, share, at in _marks_ahead(ticket, process, path_process(ticket, desk))
        if at <= now
    ]
    run = ticket.run
    if run is not None and run.next_due_at is not None and run.next_due_at <= now:
        due.append((run.next_due_at, None, 0))
    if ticket.close_at is not None and ticket.close_at <= now:
        due.append((ticket.close_at, None, 0))
    return min(due, key=lambda item: item[0], default=None)


def path_process(ticket: Ticket, desk: Desk) -> Process:
    """The process version that the active run cites, else the ticket's own."""
    run = ticket.run
    return desk.process_of(ticket.process_version if run is None else run.process_version)


def _handle_mark(draft: Draft, clock: Clock, share: int, at: datetime, *, is_held: bool) -> None:
    mark = max(share, clock.mark)
    is_breach = share == BREACH and clock.breached_at is None
    if is_breach:
        marked = changed(clock, mark=mark, breached_at=clock.due_at, noticed_at=draft.now)
        draft.put_clock(marked)
        draft.record_breach(marked)
    else:
        marked = changed(clock, mark=mark)
        draft.put_clock(marked)
    if draft.desk.is_history:
        return
    if share != BREACH and share in _warnings(draft.process, clock):
        draft.record(
            EventKind.SLA_WARNING,
            at=at,
            metric=clock.metric.value,
            cycle=clock.cycle,
            share=share,
            revision=clock.revision,
            due_at=clock.due_at.isoformat() if clock.due_at else "",
        )
    _start_or_raise(draft, marked, at, passed=clock.mark, is_breach=is_breach)
    _let_owed_step_follow(draft, at, is_held=is_held)


def _warnings(process: Process, clock: Clock) -> tuple[int, ...]:
    policy = process.policy(clock.policy)
    return () if policy is None else policy.warnings


def muted_key(clock: Clock) -> str:
    """How a ticket remembers that this clock's escalation was ended by a person."""
    return f"{clock.metric.value}:{clock.cycle}"


def _start_or_raise(
    draft: Draft, clock: Clock, at: datetime, *, passed: int, is_breach: bool
) -> None:
    """Start the path of this clock when its mark reaches the first step's share, or join the
    active run.

    `passed` is the mark before. A breach insists: whatever happened to the path before, there is
    a run afterwards or a record that says why not.
    """
    ticket = draft.ticket
    path = draft.process.path_for(ticket.severity, clock.metric)
    if path is None:
        if is_breach:
            draft.record(EventKind.NO_PATH, metric=clock.metric.value, why=NO_PATH_KNOWN)
        return
    first = path.steps[0].anchor
    is_first = isinstance(first, ShareAnchor) and passed < first.share <= clock.mark
    if not (is_first or is_breach):
        return
    if muted_key(clock) in ticket.muted:
        if is_breach:
            draft.record(EventKind.NO_PATH, metric=clock.metric.value, why=ENDED_BY_A_PERSON)
        return
    trigger = f"{clock.metric.value} {clock.mark}%"
    run = ticket.run
    if run is not None:
        active = path_process(ticket, draft.desk).path(run.path)
        if active is not None and active.weight >= path.weight:
            if is_first and active.key != path.key:
                draft.record(EventKind.ESCALATION_JOINED, trigger=trigger, path=run.path)
            return
        _end_run(draft, f"raised to {path.name}")
    start_run(draft, path, trigger, at)


def _start_owed_paths(draft: Draft) -> None:
    """Start or raise the paths whose first step the running clocks have passed already, as they
    may have when the severity was raised."""
    for clock in draft.ticket.clocks:
        if clock.running_since is None:
            continue
        path = draft.process.path_for(draft.ticket.severity, clock.metric)
        first = None if path is None else path.steps[0].anchor
        if isinstance(first, ShareAnchor) and _is_reached(draft.ticket, first):
            marked = changed(clock, mark=max(clock.mark, first.share))
            _start_or_raise(draft, marked, draft.now, passed=0, is_breach=False)


def start_run(draft: Draft, path: EscalationPath, trigger: str, at: datetime) -> None:
    """Begin a path; its first step is owed at once."""
    draft.change(
        run=PathRun(
            path=path.key,
            process_version=draft.process.version,
            started_at=draft.now,
            trigger=trigger,
            next_due_at=at,
        )
    )
    if draft.ticket.escalation is None:
        _open_escalation(
            draft, EscalationKind.AUTOMATIC, f"{path.name}: {trigger} used", requested_by=None
        )
    else:
        draft.record(EventKind.ESCALATION_JOINED, trigger=trigger, path=path.key)


def _let_owed_step_follow(draft: Draft, at: datetime, *, is_held: bool) -> None:
    """Make the run's next step due when the mark just handled has reached its anchor."""
    run = draft.ticket.run
    if run is None or run.next_due_at is not None:
        return
    path = path_process(draft.ticket, draft.desk).path(run.path)
    if path is None or run.next_step >= len(path.steps):
        return
    anchor = path.steps[run.next_step].anchor
    if isinstance(anchor, ShareAnchor) and _is_reached(draft.ticket, anchor):
        due = draft.now + CATCH_UP_PACE if is_held else at
        draft.change(run=changed(run, next_due_at=due))


def _is_reached(ticket: Ticket, anchor: ShareAnchor) -> bool:
    clock = ticket.clock(anchor.metric)
    if clock is None:
        return False
    return clock.mark >= anchor.share or (anchor.share <= BREACH and clock.breached_at is not None)


# Steps ---------------------------------------------------------------------------------------


def take_next_step(draft: Draft, due_at: datetime) -> None:
    """Take the active run's next step now and work out when the one after it is due."""
    run = draft.ticket.run
    assert run is not None
    process = path_process(draft.ticket, draft.desk)
    path = process.path(run.path)
    if path is None or run.next_step >= len(path.steps):
        draft.change(run=changed(run, next_due_at=None))
        return
    step = path.steps[run.next_step]
    told, outcome = _act(draft, step)
    if outcome is StepOutcome.NO_RECIPIENT or not told:
        told = _each_once(told, _passed_on(draft.desk.roster))
    taken = StepTaken(
        step=run.next_step,
        loop=0,
        taken_at=draft.now,
        due_at=due_at,
        outcome=outcome,
        told=told,
        text=step.name,
    )
    draft.record(
        EventKind.PATH_STEP_TAKEN,
        told=told,
        due_at=due_at.isoformat(),
        path=path.key,
        step=step.key,
        name=step.name,
        says=step.says,
        action=step.action.value,
        outcome=outcome.value,
    )
    draft.change(
        run=changed(
            run,
            next_step=run.next_step + 1,
            next_due_at=_next_due(draft, path, process, run.next_step + 1),
            taken=(*run.taken, taken),
        )
    )
    if step.acknowledge_within is not None:
        _ask_again(draft)
    if step.action is StepAction.RAISE_SEVERITY and outcome is not StepOutcome.NOTHING_ABOVE:
        change_severity(draft, draft.ticket.severity - 1, step.name)


def _ask_again(draft: Draft) -> None:
    """An acknowledgement given before does not count for a step that asks for one."""
    case_ = draft.ticket.escalation
    if case_ is not None and case_.acknowledged_at is not None:
        draft.change(escalation=changed(case_, acknowledged_at=None, acknowledged_by=None))


def _next_due(draft: Draft, path: EscalationPath, process: Process, step: int) -> datetime | None:
    """When the run's next step is due by itself; None when it waits for a clock's mark."""
    if step >= len(path.steps):
        return None
    anchor = path.steps[step].anchor
    if isinstance(anchor, DelayAnchor):
        if anchor.working:
            return process.calendar(path.calendar).add(draft.now, anchor.after)
        return draft.now + anchor.after
    if not _is_reached(draft.ticket, anchor):
        return None
    reached = _share_instant(draft.ticket, draft.process, anchor)
    if reached is not None and draft.now - reached <= CATCH_UP_AFTER:
        return draft.now
    return draft.now + CATCH_UP_PACE


def _passed_on(roster: Roster) -> tuple[int, ...]:
    """Whom a step without a recipient goes to: the managers, else the admins."""
    return roster.in_role(Role.MANAGER) or roster.in_role(Role.ADMIN)


def _act(draft: Draft, step: PathStep) -> tuple[tuple[int, ...], StepOutcome]:
    """Do what the step says; return whom it told and what came of it.

    Everybody in the audience is told. Of several executives the one with the fewest cases is the
    case's executive from then on.
    """
    roster = draft.desk.roster
    heard = roster.resolve(step.audience, draft.ticket)
    outcome = StepOutcome.DONE if heard else StepOutcome.NO_RECIPIENT
    match step.action:
        case StepAction.NOTIFY:
            return heard, outcome
        case StepAction.REASSIGN_NEXT_TIER:
            if not move_up(draft, step.name):
                return heard, StepOutcome.NOTHING_ABOVE
            told = _each_once(heard, roster.in_team(draft.ticket.team))
            return told, StepOutcome.DONE if told else StepOutcome.NO_RECIPIENT
        case StepAction.ASSIGN_MANAGER:
            manager = _give_to_manager(draft)
            if manager is None:
                return heard, StepOutcome.NO_RECIPIENT
            return _each_once(heard, (manager,)), StepOutcome.DONE
        case StepAction.TELL_EXECUTIVE:
            executive = _bring_in_executive(draft)
            if executive is None:
                return heard, StepOutcome.NO_RECIPIENT
            return _each_once((executive,), heard), StepOutcome.DONE
        case StepAction.RAISE_SEVERITY:
            is_highest = draft.ticket.severity <= HIGHEST_SEVERITY
            return heard, StepOutcome.NOTHING_ABOVE if is_highest else outcome


def _bring_in_executive(draft: Draft) -> int | None:
    """The case's executive, chosen now if it has none; None when there is no executive."""
    case_ = draft.ticket.escalation
    if case_ is None or case_.executive_id is not None:
        return None if case_ is None else case_.executive_id
    executive = draft.desk.roster.pick_executive()
    if executive is not None:
        draft.change(escalation=changed(case_, executive_id=executive))
    return executive


def _each_once(*people: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(person for group in people for person in group))


def move_up(draft: Draft, why: str) -> bool:
    """Hand the ticket to the team above its own; False at the top."""
    ticket = draft.ticket
    above = draft.process.team_above(ticket.team)
    if above is None:
        upper = draft.process.next_tier(ticket.tier)
        if upper is None:
            return False
        above = draft.process.team(upper.team)
    move_to(draft, above.key, above.tier, draft.desk.roster.pick_agent(above.key), why)
    return True


def move_to(draft: Draft, team: str, tier: int, assignee: int | None, why: str) -> None:
    """Change who holds the ticket, on record."""
    ticket = draft.ticket
    draft.change(
        team=team,
        tier=tier,
        assignee_id=assignee,
        last_move=f"from Tier {ticket.tier}: {why}"[:300],
        last_moved_at=draft.now,
    )
    draft.record(
        EventKind.TICKET_ESCALATED if tier > ticket.tier else EventKind.TIER_CHANGED,
        told=() if assignee is None else (assignee,),
        from_tier=ticket.tier,
        to_tier=tier,
        from_team=ticket.team,
        to_team=team,
        team_name=draft.process.team(team).name,
        assignee="" if assignee is None else draft.desk.roster.name(assignee),
        why=why,
    )


def _give_to_manager(draft: Draft) -> int | None:
    case_ = draft.ticket.escalation
    if case_ is None:
        return None
    if case_.manager_id is not None:
        return case_.manager_id
    manager = draft.desk.roster.pick_manager()
    if manager is not None:
        _set_manager(draft, case_, manager)
    return manager


def _set_manager(draft: Draft, case_: Escalation, manager: int) -> None:
    draft.change(escalation=changed(case_, manager_id=manager))
    draft.record(
        EventKind.ESCALATION_ASSIGNED, told=(manager,), manager=draft.desk.roster.name(manager)
    )


def change_severity(draft: Draft, severity: int, why: str) -> None:
    """Set the severity and give the clocks their new targets; what was used stays used."""
    before = draft.ticket.severity
    draft.change(severity=severity)
    draft.retarget_clocks()
    draft.record(EventKind.SEVERITY_CHANGED, from_severity=before, to_severity=severity, why=why)
    if not draft.desk.is_history:
        _start_owed_paths(draft)


# What people decide --------------------------------------------------------------------------


def _open_escalation(
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


def escalate(
    ticket: Ticket,
    desk: Desk,
    *,
    kind: EscalationKind,
    reason: str,
    requested_by: int,
    by_customer: bool = False,
) -> Decision:
    """A person escalates: functional moves the ticket to who has the skill, hierarchical gives
    the case to a manager. Raises Invalid for a ticket that is not open or already at the top."""
    if not ticket.is_open:
        raise Invalid("A resolved ticket cannot be escalated. Reopen it with an answer first.")
    if kind is EscalationKind.AUTOMATIC:
        raise Invalid("Automatic escalations are the engine's. Choose functional or hierarchical.")
    draft = begin(ticket, desk)
    if draft.ticket.status is Status.NEW and not by_customer:
        draft.change(status=Status.OPEN)
    if draft.ticket.escalation is None:
        _open_escalation(draft, kind, reason, requested_by)
    else:
        draft.record(EventKind.ESCALATION_JOINED, escalation=kind.value, reason=reason)
    if kind is EscalationKind.FUNCTIONAL:
        if not move_up(draft, reason):
            raise Invalid("This ticket is at the top tier already. Escalate to a manager instead.")
        return draft.decision()
    _give_to_manager(draft)
    who = "the customer asked for a manager" if by_customer else "a manager was asked for"
    draft.change(last_move=f"{who}: {reason}"[:300], last_moved_at=desk.now)
    return draft.decision()


def acknowledge(ticket: Ticket, desk: Desk, person_id: int) -> Decision:
    """Somebody says they have seen it. A delay step that follows waits until the time the last
    step asked to be acknowledged within has passed once more. A second time changes nothing."""
    if _active(ticket).acknowledged_at is not None:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    case_ = _active(draft.ticket)
    draft.change(escalation=changed(case_, acknowledged_at=desk.now, acknowledged_by=person_id))
    run = draft.ticket.run
    if run is not None and run.next_due_at is not None and run.next_step > 0:
        path = path_process(draft.ticket, desk).path(run.path)
        asked = None if path is None else path.steps[run.next_step - 1].acknowledge_within
        if asked is not None:
            held = max(run.next_due_at, desk.now + asked)
            draft.change(run=changed(run, next_due_at=held))
    draft.record(EventKind.ESCALATION_ACKNOWLEDGED, by=desk.roster.name(person_id))
    return draft.decision()


def assign_case(ticket: Ticket, desk: Desk, manager_id: int) -> Decision:
    """Make a manager own the escalated case. Raises Invalid for somebody who is no manager."""
    if manager_id not in desk.roster.in_role(Role.MANAGER):
        raise Invalid("Only a manager can own an escalated case.")
    if _active(ticket).manager_id == manager_id:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    _set_manager(draft, _active(draft.ticket), manager_id)
    return draft.decision()


def deescalate(ticket: Ticket, desk: Desk, reason: str) -> Decision:
    """End the escalation and its path; the clocks that started it start no path again."""
    _active(ticket)
    draft = begin(ticket, desk)
    muted = {
        muted_key(clock)
        for clock in draft.ticket.clocks
        if clock.state in (ClockState.RUNNING, ClockState.PAUSED)
    }
    draft.change(muted=draft.ticket.muted | muted)
    end_escalation(draft, reason)
    return draft.decision()


def end_escalation(draft: Draft, reason: str) -> None:
    """End whatever escalation and run are active, on record."""
    if draft.ticket.run is not None:
        _end_run(draft, reason)
    case_ = draft.ticket.escalation
    if case_ is not None:
        draft.end(changed(case_, ended_at=draft.now, end_reason=reason))
        draft.change(escalation=None)
        draft.record(EventKind.ESCALATION_ENDED, reason=reason)


def _end_run(draft: Draft, reason: str) -> None:
    run = draft.ticket.run
    assert run is not None
    draft.end(changed(run, ended_at=draft.now, end_reason=reason[:300], next_due_at=None))
    draft.change(run=None)


def _active(ticket: Ticket) -> Escalation:
    if ticket.escalation is None:
        raise Invalid("This ticket is not escalated any more.")
    return ticket.escalation


def close(draft: Draft) -> None:
    """Close a resolved ticket for good."""
    draft.change(status=Status.CLOSED, closed_at=draft.now, close_at=None)
    draft.record(EventKind.TICKET_CLOSED)


def step_times(
    ticket: Ticket, path: EscalationPath, process: Process, now: datetime
) -> list[datetime | None]:
    """When each step of a path is expected, for steps still to come; None where it is unknown
    or already past."""
    run = ticket.run
    times: list[datetime | None] = []
    previous: datetime | None = None
    for index, step in enumerate(path.steps):
        if run is not None and index < run.next_step:
            times.append(None)
            continue
        if run is not None and index == run.next_step and run.next_due_at is not None:
            previous = run.next_due_at
        elif isinstance(step.anchor, ShareAnchor):
            previous = _share_instant(ticket, process, step.anchor)
        elif previous is not None and step.anchor.working:
            previous = process.calendar(path.calendar).add(previous, step.anchor.after)
        elif previous is not None:
            previous = previous + step.anchor.after
        times.append(previous)
    return times


def _share_instant(ticket: Ticket, process: Process, anchor: ShareAnchor) -> datetime | None:
    clock = ticket.clock(anchor.metric)
    if clock is None or clock.state is not ClockState.RUNNING:
        return None
    return instant_of_share(clock, anchor.share, process.calendar(clock.calendar))
