"""What the engine decides when time runs out.

`fire` is the whole engine in one pure function: given a ticket, its process, the roster and
`now`, it returns everything that is due. Rules: docs/engine.md and the published process document.
"""

from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from escalation_app.domain.clocks import BREACH, Clock, Metric, Threshold, instant_of_use
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.obligations import break_promise
from escalation_app.domain.path_spec import ShareAnchor
from escalation_app.domain.path_starts import let_owed_step_follow, path_process, start_or_raise
from escalation_app.domain.paths import (
    CATCH_UP_AFTER,
    CATCH_UP_PACE,
    fell_due,
    remind,
    take_next_step,
)
from escalation_app.domain.playbooks import path_of
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, Status, Ticket
from escalation_app.domain.values import changed

A_MOMENT = timedelta(microseconds=1)
"""What is met exactly at its due instant is met, so a breach is due this much later."""


# When to wake --------------------------------------------------------------------------------


def wakes_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """The next instant at which `fire` would decide something; None when nothing is ahead."""
    return min((ahead.at for ahead in _ahead(ticket, desk)), default=None)


def timer_repaired(ticket: Ticket, desk: Desk, was: datetime | None) -> Decision:
    """Put on record that the ticket's timer was missing, or was later than `wakes_at`, and is set.
    What is overdue by then is fired by the engine, as ever."""
    draft = Draft(ticket, desk)
    due_at = wakes_at(ticket, desk)
    draft.record(
        EventKind.TIMER_REPAIRED,
        was="" if was is None else was.isoformat(),
        due_at="" if due_at is None else due_at.isoformat(),
    )
    return draft.decision()


class _What(Enum):
    MARK = "mark"
    STEP = "step"
    REMINDER = "reminder"
    CLOSE = "close"


class _Ahead(NamedTuple):
    """Something that is due by itself at an instant; of a mark, which clock and which point."""

    at: datetime
    what: _What
    clock: Clock | None = None
    threshold: Threshold = BREACH


def _ahead(ticket: Ticket, desk: Desk) -> list[_Ahead]:
    """The next mark of each running clock, the run's next step and reminder, and the closing."""
    found = _marks_ahead(ticket, desk.process_of(ticket.process_version), desk)
    run = ticket.run
    if run is not None:
        if run.next_due_at is not None:
            found.append(_Ahead(run.next_due_at, _What.STEP))
        if run.ask is not None and run.ask.due_at is not None:
            found.append(_Ahead(run.ask.due_at, _What.REMINDER))
    if ticket.close_at is not None:
        found.append(_Ahead(ticket.close_at, _What.CLOSE))
    return found


def _marks_ahead(ticket: Ticket, process: Process, desk: Desk) -> list[_Ahead]:
    found: list[_Ahead] = []
    run_process = path_process(ticket, desk)
    run_path = "" if ticket.run is None else ticket.run.path
    for clock in ticket.clocks:
        if clock.running_since is None or clock.due_at is None:
            continue
        if clock.breached_at is None:
            found.append(_Ahead(clock.due_at + A_MOMENT, _What.MARK, clock))
        path = path_of(process, ticket, clock.metric)
        points = _points(
            process,
            clock.policy,
            "" if path is None else path.key,
            run_process,
            run_path,
            clock.metric,
            clock.target,
        )
        for use, threshold in points:
            if use > clock.mark and (use != clock.target or clock.breached_at is not None):
                at = instant_of_use(clock, use, process.calendar(clock.calendar))
                if at is not None:
                    found.append(_Ahead(at, _What.MARK, clock, threshold))
                break
    return found


@lru_cache(maxsize=8192)
def _points(
    process: Process,
    policy_key: str,
    path_key: str,
    run_process: Process,
    run_path: str,
    metric: Metric,
    target: timedelta,
) -> tuple[tuple[timedelta, Threshold], ...]:
    """The points of a clock at which something may happen, each with the open time used then,
    ascending."""
    points = {BREACH}
    policy = process.policy(policy_key)
    if policy is not None:
        points.update(policy.warnings)
    for path in (process.path(path_key), run_process.path(run_path)):
        if path is not None:
            points.update(
                step.anchor.threshold
                for step in path.steps
                if isinstance(step.anchor, ShareAnchor) and step.anchor.metric is metric
            )
    used = ((point.use_of(target), point) for point in points)
    return tuple(
        sorted(((use, point) for use, point in used if use is not None), key=lambda pair: pair[0])
    )


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
    draft.count_again()
    is_held = False
    while (due := _first_due(draft.ticket, desk)) is not None:
        draft.is_late = desk.now - due.at > CATCH_UP_AFTER
        if due.clock is not None:
            _handle_mark(draft, due.clock, due.threshold, due.at, is_held=is_held)
        elif due.what is _What.CLOSE:
            close(draft)
        elif is_held:
            _put_off(draft, due.what)
        else:
            is_held = _go_on(draft, due)
        _see_to_broken(draft)
    draft.is_late = False
    draft.count_again()
    return draft


def _see_to_broken(draft: Draft) -> None:
    """The breaches of clocks that what has just been done ended, or gave another target, before it
    was their turn."""
    broken, draft.broken = draft.broken, []
    for clock in broken:
        if clock.metric is Metric.PROMISE:
            break_promise(draft, clock.cycle)
        at = clock.breached_at or draft.now
        start_or_raise(draft, clock, at, reached=BREACH, passed=clock.mark, is_breach=True)


def _go_on(draft: Draft, due: _Ahead) -> bool:
    """Take the run's next step or repeat its last one; whether that came late."""
    run = draft.ticket.run
    assert run is not None
    at = fell_due(draft, run, due.at) if due.what is _What.STEP else due.at
    draft.is_late = draft.now - at > CATCH_UP_AFTER
    was_late = draft.is_late
    if due.what is _What.STEP:
        take_next_step(draft, at)
    else:
        remind(draft, at)
    return was_late


def _put_off(draft: Draft, what: _What) -> None:
    """Let a run that has just caught up one step wait for the next."""
    run = draft.ticket.run
    assert run is not None
    later = draft.now + CATCH_UP_PACE
    if what is _What.STEP:
        draft.change(run=changed(run, next_due_at=later))
    elif run.ask is not None:
        draft.change(run=changed(run, ask=changed(run.ask, due_at=later)))


def _first_due(ticket: Ticket, desk: Desk) -> _Ahead | None:
    due = [ahead for ahead in _ahead(ticket, desk) if ahead.at <= desk.now]
    return min(due, key=lambda ahead: ahead.at, default=None)


def _handle_mark(
    draft: Draft, clock: Clock, threshold: Threshold, at: datetime, *, is_held: bool
) -> None:
    use = threshold.use_of(clock.target)
    assert use is not None
    mark = max(use, clock.mark)
    is_breach = use == clock.target and clock.breached_at is None
    if is_breach:
        marked = changed(clock, mark=mark, breached_at=clock.due_at, noticed_at=draft.now)
        draft.put_clock(marked)
        draft.broken.clear()
        if clock.metric is Metric.PROMISE:
            break_promise(draft, clock.cycle)
    else:
        marked = changed(clock, mark=mark)
        draft.put_clock(marked)
    if draft.desk.is_history:
        return
    if use != clock.target and threshold in _warnings(draft.process, clock):
        draft.record(
            EventKind.SLA_WARNING,
            at=at,
            metric=clock.metric.value,
            cycle=clock.cycle,
            threshold=str(threshold),
            share=100 * use // clock.target,
            revision=clock.revision,
            due_at=clock.due_at.isoformat() if clock.due_at else "",
        )
    start_or_raise(draft, marked, at, reached=threshold, passed=clock.mark, is_breach=is_breach)
    let_owed_step_follow(draft, at, is_held=is_held)


def _warnings(process: Process, clock: Clock) -> tuple[Threshold, ...]:
    policy = process.policy(clock.policy)
    return () if policy is None else policy.warnings


def close(draft: Draft) -> None:
    """Close a resolved ticket for good."""
    draft.change(status=Status.CLOSED, closed_at=draft.now, close_at=None)
    draft.record(EventKind.TICKET_CLOSED)
