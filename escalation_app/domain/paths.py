"""Escalation paths under way: how a run takes steps, asks to be acknowledged and stops."""

from datetime import datetime, timedelta
from typing import Any

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import (
    ClockState,
    instant_of_use,
)
from escalation_app.domain.drafts import Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.moves import (
    end_escalation,
    end_run,
)
from escalation_app.domain.path_spec import (
    DelayAnchor,
    EscalationPath,
    PathStep,
    ShareAnchor,
    StopWhen,
)
from escalation_app.domain.path_starts import (
    CATCH_UP_PACE,
    clock_of_run,
    is_reached,
    let_owed_step_follow,
    path_of_run,
    path_process,
    start_owed_paths,
)
from escalation_app.domain.path_steps import act, each_once, passed_on
from escalation_app.domain.playbooks import holds
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import (
    Ask,
    Escalation,
    EscalationKind,
    PathRun,
    StepOutcome,
    StepTaken,
    Ticket,
)
from escalation_app.domain.values import changed

CATCH_UP_AFTER = timedelta(seconds=60)
"""Noticed later than this after it was due, something is caught up: one step at a time."""
_NOT_RAISED = (StepOutcome.NOTHING_ABOVE, StepOutcome.NOT_FITTING)
_STOPPED = {
    StopWhen.MET: "what it was about was done",
    StopWhen.ANSWERED: "the customer was answered",
    StopWhen.ASSIGNED: "somebody took the ticket",
    StopWhen.ACKNOWLEDGED: "it was acknowledged",
    StopWhen.WAITING: "the ticket waits for somebody else",
}
_VOID = "what it was about counts no more"

# Steps ---------------------------------------------------------------------------------------


def fell_due(draft: Draft, run: PathRun, at: datetime) -> datetime:
    """When the run's next step really fell due: a step that is caught up is due by itself only
    later than its share was used up."""
    path = path_of_run(draft.ticket, draft.desk)
    if path is None or run.next_step >= len(path.steps):
        return at
    anchor = path.steps[run.next_step].anchor
    if isinstance(anchor, DelayAnchor):
        return at
    reached = _instant_of(draft.ticket, draft.process, anchor)
    return at if reached is None else min(at, reached)


def take_next_step(draft: Draft, due_at: datetime) -> None:
    """Take the active run's next step now and work out when the one after it is due."""
    run = draft.ticket.run
    assert run is not None
    process = path_process(draft.ticket, draft.desk)
    path = process.path(run.path)
    if path is None or run.next_step >= len(path.steps):
        draft.change(run=changed(run, next_due_at=None))
        return
    number = run.next_step
    step = path.steps[number]
    if holds(step.only_if, draft.ticket, path.metrics[0]):
        told, outcome = act(draft, step, process, path)
    else:
        told, outcome = (), StepOutcome.NOT_FITTING
    _record_step(
        draft, path, step, StepTaken(number, 0, draft.now, due_at, outcome, told, step.name)
    )
    run = draft.ticket.run
    assert run is not None
    draft.change(
        run=changed(
            run,
            next_step=number + 1,
            next_due_at=_next_due(draft, path, process, number + 1),
            held_for=None,
            ask=_ask(draft, step, number, told) or run.ask,
        )
    )
    if step.action is StepAction.RAISE_SEVERITY and outcome not in _NOT_RAISED:
        change_severity(draft, draft.ticket.severity - 1, step.name)
    stop_run(draft)


def _ask(draft: Draft, step: PathStep, number: int, told: tuple[int, ...]) -> Ask | None:
    """Ask those told to acknowledge, if the step wants that. An acknowledgement given before does
    not count for it."""
    if not step.asks or not told:
        return None
    case_ = draft.ticket.escalation
    if case_ is not None and case_.acknowledged_at is not None:
        draft.change(escalation=changed(case_, acknowledged_at=None, acknowledged_by=None))
    return Ask(number, told, _ask_due(draft, step, loop=0))


def _ask_due(draft: Draft, step: PathStep, loop: int) -> datetime | None:
    """When an acknowledgement that has not come has consequences, counted from now."""
    if step.repeat is not None and loop < step.repeat.at_most:
        return draft.now + step.repeat.every
    if not step.otherwise:
        return None
    wait = step.repeat.every if step.repeat is not None else step.acknowledge_within
    return None if wait is None else draft.now + wait


def remind(draft: Draft, due_at: datetime) -> None:
    """Nobody has acknowledged in time: repeat the step to those who have not, or, after the last
    repeat, tell those who come after them."""
    run, path = draft.ticket.run, path_of_run(draft.ticket, draft.desk)
    assert run is not None and run.ask is not None
    ask = run.ask
    if path is None or ask.step >= len(path.steps):
        draft.change(run=changed(run, ask=None))
        return
    step, roster, loop = path.steps[ask.step], draft.desk.roster, ask.loop + 1
    if step.repeat is not None and loop <= step.repeat.at_most:
        missing = tuple(person for person in ask.told if person not in ask.acknowledged)
        told, outcome = roster.present(missing), StepOutcome.DONE
        again = _ask_due(draft, step, loop)
    else:
        told, outcome = roster.resolve(step.otherwise, draft.ticket), StepOutcome.UNANSWERED
        again = None
    if not told:
        told, outcome = passed_on(roster), StepOutcome.NO_RECIPIENT
    _record_step(
        draft, path, step, StepTaken(ask.step, loop, draft.now, due_at, outcome, told, step.name)
    )
    run = draft.ticket.run
    assert run is not None
    asked = changed(ask, loop=loop, due_at=again, told=each_once(ask.told, told))
    draft.change(run=changed(run, ask=asked))


def _record_step(draft: Draft, path: EscalationPath, step: PathStep, taken: StepTaken) -> None:
    run, roster = draft.ticket.run, draft.desk.roster
    assert run is not None
    more: dict[str, Any] = {"loop": taken.loop} if taken.loop else {}
    if stand_ins := roster.stand_ins_among(taken.told):
        more["stand_ins"] = stand_ins
    draft.record(
        EventKind.PATH_STEP_TAKEN,
        told=taken.told,
        due_at=taken.due_at.isoformat(),
        path=path.key,
        step=step.key,
        name=step.name,
        says=step.says,
        action=step.action.value,
        outcome=taken.outcome.value,
        trigger=run.trigger,
        cycle=run.cycle,
        **more,
    )
    draft.change(run=changed(run, taken=(*run.taken, taken)))


def _next_due(draft: Draft, path: EscalationPath, process: Process, step: int) -> datetime | None:
    """When the run's next step is due by itself; None when it waits for a clock's mark."""
    if step >= len(path.steps):
        return None
    anchor = path.steps[step].anchor
    if isinstance(anchor, DelayAnchor):
        if anchor.working:
            return process.calendar(path.calendar).add(draft.now, anchor.after)
        return draft.now + anchor.after
    clock = clock_of_run(draft.ticket, anchor)
    if clock is None or not is_reached(clock, anchor):
        return None
    reached = _instant_of(draft.ticket, draft.process, anchor)
    if reached is not None and draft.now - reached <= CATCH_UP_AFTER:
        return draft.now
    return draft.now + CATCH_UP_PACE


def change_severity(draft: Draft, severity: int, why: str) -> None:
    """Set the severity and give the clocks their new targets; what was used stays used."""
    before = draft.ticket.severity
    draft.change(severity=severity)
    draft.retarget_clocks()
    draft.record(EventKind.SEVERITY_CHANGED, from_severity=before, to_severity=severity, why=why)
    if not draft.desk.is_history:
        stop_run(draft)
        start_owed_paths(draft)
        let_owed_step_follow(draft, draft.now, is_held=False)


# Acknowledged, active, over ------------------------------------------------------------------


def hear_acknowledgement(draft: Draft, person_id: int) -> tuple[int, ...]:
    """Somebody has acknowledged what the run asks for, for themselves and for whom they stand in;
    returns those who still have to, where everybody must."""
    run, path = draft.ticket.run, path_of_run(draft.ticket, draft.desk)
    if run is None or run.ask is None or path is None:
        return ()
    ask, step = run.ask, path.steps[run.ask.step]
    roster = draft.desk.roster
    mine = [who for who in ask.told if who == person_id or roster.stand_in(who) == person_id]
    acknowledged = each_once(ask.acknowledged, tuple(mine))
    missing = tuple(who for who in ask.told if who not in acknowledged)
    if step.by_everyone and missing and not mine:
        return missing
    if step.by_everyone and missing:
        draft.change(run=changed(run, ask=changed(ask, acknowledged=acknowledged)))
        return missing
    within = step.acknowledge_within
    draft.change(run=changed(run, ask=None, held_for=within))
    note_activity(draft)
    return ()


def note_activity(draft: Draft) -> None:
    """Something is being done about an acknowledged step (a public message of ours, an
    assignment, a change of an obligation), so the delay step after it waits on."""
    run, path = draft.ticket.run, path_of_run(draft.ticket, draft.desk)
    if run is None or path is None or run.held_for is None or run.next_due_at is None:
        return
    if isinstance(path.steps[run.next_step].anchor, DelayAnchor):
        held = max(run.next_due_at, draft.now + run.held_for)
        draft.change(run=changed(run, next_due_at=held))


def stop_run(draft: Draft, *happened: StopWhen) -> None:
    """End the active run if its path stops on what has just happened, or because the clock that
    started it is met, or counts no more. An escalation that was only the run's ends with it."""
    run, path = draft.ticket.run, path_of_run(draft.ticket, draft.desk)
    if run is None or path is None or not path.stop_when:
        return
    clock = draft.ticket.clock_of(path.metrics[0], run.cycle)
    is_over = clock is not None and clock.is_over
    reasons = (*happened, StopWhen.MET) if is_over else happened
    reason = next((each for each in reasons if each in path.stop_when), None)
    if reason is None:
        return
    is_void = clock is not None and clock.state is ClockState.CANCELLED
    why = _VOID if is_void and reason is StopWhen.MET else _STOPPED[reason]
    end_run(draft, why)
    draft.record(EventKind.PATH_ENDED, path=path.key, name=path.name, why=why)
    case_ = draft.ticket.escalation
    if case_ is not None and _is_only_the_runs(draft.ticket, case_):
        end_escalation(draft, why)
    start_owed_paths(draft, but="" if is_over else path.key)


def _is_only_the_runs(ticket: Ticket, case_: Escalation) -> bool:
    """Whether nobody has asked for this escalation, neither one of us nor the customer. What was
    asked for is ended by a person: who takes the case on must not end it by that."""
    is_asked = case_.requested_by is not None or any(
        asked.is_open or asked.requested_at >= case_.started_at for asked in ticket.requests
    )
    return case_.kind is EscalationKind.AUTOMATIC and not is_asked


# When ----------------------------------------------------------------------------------------


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
            previous = _instant_of(ticket, process, step.anchor)
        elif previous is not None and step.anchor.working:
            previous = process.calendar(path.calendar).add(previous, step.anchor.after)
        elif previous is not None:
            previous = previous + step.anchor.after
        times.append(previous)
    return times


def _instant_of(ticket: Ticket, process: Process, anchor: ShareAnchor) -> datetime | None:
    clock = clock_of_run(ticket, anchor)
    if clock is None or clock.state is not ClockState.RUNNING:
        return None
    use = anchor.threshold.use_of(clock.target)
    return None if use is None else instant_of_use(clock, use, process.calendar(clock.calendar))
