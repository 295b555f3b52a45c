"""When a path starts, joins, or waits for another one to end."""

from datetime import datetime, timedelta

from escalation_app.domain.clocks import (
    Clock,
    Threshold,
)
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.moves import (
    end_run,
    hand_to,
    open_escalation,
)
from escalation_app.domain.obligations import oblige
from escalation_app.domain.path_spec import (
    EscalationPath,
    PathStep,
    Playbook,
    ShareAnchor,
)
from escalation_app.domain.playbooks import matching, path_of
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import (
    EscalationKind,
    PathRun,
    Ticket,
)
from escalation_app.domain.values import changed

CATCH_UP_PACE = timedelta(seconds=60)
"""How long a run that catches up waits between two steps."""
NO_PATH_KNOWN = "The process has no path for this promise and severity."
ENDED_BY_A_PERSON = "A person ended the escalation of this promise before."


def path_process(ticket: Ticket, desk: Desk) -> Process:
    """The process version that the active run cites, else the ticket's own."""
    run = ticket.run
    return desk.process_of(ticket.process_version if run is None else run.process_version)


def path_of_run(ticket: Ticket, desk: Desk) -> EscalationPath | None:
    """The path of the active run; None when none runs."""
    run = ticket.run
    return None if run is None else path_process(ticket, desk).path(run.path)


def muted_key(clock: Clock) -> str:
    """How a ticket remembers that this clock's escalation was ended by a person."""
    return f"{clock.metric.value}:{clock.cycle}"


def start_or_raise(
    draft: Draft,
    clock: Clock,
    at: datetime,
    *,
    reached: Threshold,
    passed: timedelta | None,
    is_breach: bool,
) -> None:
    """Start the path of this clock when its mark reaches the first step's threshold, or join the
    active run.

    `passed` is the mark before; None when nothing had been handled. A breach insists: whatever
    happened to the path before, there is a run afterwards or a record that says why not.
    """
    ticket = draft.ticket
    path = path_of(draft.process, ticket, clock.metric)
    if path is None:
        if is_breach:
            draft.record(EventKind.NO_PATH, metric=clock.metric.value, why=NO_PATH_KNOWN)
        return
    is_first = _is_passed(clock, path.steps[0], passed)
    if not (is_first or is_breach):
        return
    if muted_key(clock) in ticket.muted:
        if is_breach:
            draft.record(EventKind.NO_PATH, metric=clock.metric.value, why=ENDED_BY_A_PERSON)
        return
    trigger = f"{clock.metric.value} {reached}"
    run = ticket.run
    if run is not None:
        active = path_of_run(ticket, draft.desk)
        if active is not None and active.weight >= path.weight:
            if is_first and active.key != path.key:
                draft.record(EventKind.ESCALATION_JOINED, trigger=trigger, path=run.path)
            return
        end_run(draft, f"raised to {path.name}")
    start_run(draft, path, trigger, at, clock.cycle)
    playbook = matching(draft.process, draft.ticket, EscalationKind.AUTOMATIC, clock.metric)
    if playbook is not None and playbook.path in ("", path.key):
        follow(draft, playbook)


def _is_passed(clock: Clock, first: PathStep, passed: timedelta | None) -> bool:
    """Whether the clock's mark has now come past the threshold of a path's first step."""
    if not isinstance(first.anchor, ShareAnchor):
        return False
    use = first.anchor.threshold.use_of(clock.target)
    return use is not None and use <= clock.mark and (passed is None or passed < use)


def start_owed_paths(draft: Draft, but: str = "") -> None:
    """Start or raise the paths whose first step the clocks have passed already, as they may have
    when the severity was raised or a lighter path had joined one that stopped (`but`)."""
    for clock in draft.ticket.clocks:
        if clock.is_over:
            continue
        path = path_of(draft.process, draft.ticket, clock.metric)
        first = None if path is None or path.key == but else path.steps[0].anchor
        if not isinstance(first, ShareAnchor) or not is_reached(clock, first):
            continue
        use = first.threshold.use_of(clock.target)
        marked = clock if use is None else changed(clock, mark=max(clock.mark, use))
        start_or_raise(
            draft, marked, draft.now, reached=first.threshold, passed=None, is_breach=False
        )


def start_run(
    draft: Draft, path: EscalationPath, trigger: str, at: datetime, cycle: int = 1
) -> None:
    """Begin a path; its first step is owed at once."""
    draft.change(
        run=PathRun(
            path=path.key,
            process_version=draft.process.version,
            started_at=draft.now,
            trigger=trigger,
            cycle=cycle,
            next_due_at=at,
        )
    )
    if draft.ticket.escalation is None:
        reason = f"{path.name}: {trigger} used"
        open_escalation(draft, EscalationKind.AUTOMATIC, reason, requested_by=None)
    else:
        draft.record(EventKind.ESCALATION_JOINED, trigger=trigger, path=path.key)


def follow(draft: Draft, playbook: Playbook, created_by: int | None = None) -> None:
    """Do what a playbook says besides its path: hand the ticket to its team, give its tasks."""
    draft.record(EventKind.PLAYBOOK_FOLLOWED, playbook=playbook.key, name=playbook.name)
    if playbook.team and playbook.team != draft.ticket.team:
        hand_to(draft, draft.process.team(playbook.team), playbook.name)
    for task in playbook.tasks:
        for person in draft.desk.roster.resolve(task.audience, draft.ticket):
            oblige(
                draft,
                person,
                task.task.text,
                task.task.within,
                created_by=created_by,
                instead_of=draft.desk.roster.place_taken(person, task.audience, draft.ticket),
            )


def let_owed_step_follow(draft: Draft, at: datetime, *, is_held: bool) -> None:
    """Make the run's next step due when the mark just handled has reached its anchor."""
    run = draft.ticket.run
    if run is None or run.next_due_at is not None:
        return
    path = path_of_run(draft.ticket, draft.desk)
    if path is None or run.next_step >= len(path.steps):
        return
    anchor = path.steps[run.next_step].anchor
    if not isinstance(anchor, ShareAnchor):
        return
    clock = clock_of_run(draft.ticket, anchor)
    if clock is not None and is_reached(clock, anchor):
        due = draft.now + CATCH_UP_PACE if is_held else at
        draft.change(run=changed(run, next_due_at=due))


def clock_of_run(ticket: Ticket, anchor: ShareAnchor) -> Clock | None:
    """The clock that a step's share is one of: that which started the run, else the latest."""
    run = ticket.run
    found = None if run is None else ticket.clock_of(anchor.metric, run.cycle)
    return found or ticket.clock(anchor.metric)


def is_reached(clock: Clock, anchor: ShareAnchor) -> bool:
    """Whether that much is used up. A clock with nothing left is breached only a moment later,
    and its breach comes before what follows it."""
    use = anchor.threshold.use_of(clock.target)
    if use is None:
        return False
    if use >= clock.target and not clock.is_breached:
        return False
    return clock.mark >= use or (use <= clock.target and clock.is_breached)
