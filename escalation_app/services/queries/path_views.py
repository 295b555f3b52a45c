"""The escalation of a ticket as a line of steps: taken, current and to come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import ZERO
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import EscalationPath, PathStep, ShareAnchor
from escalation_app.domain.paths import step_times
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Escalation, EscalationKind, StepOutcome, Ticket
from escalation_app.models import EventRow, PathRunRow, PathStepRow
from escalation_app.services.process_names import AUDIENCE_NAMES
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.common import METRIC_NAMES, names_of
from escalation_app.services.queries.record import KIND_NAMES, listed, trigger_words
from escalation_app.services.tables import columns
from escalation_app.views.clocks import PathStepView, PathView
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.words import duration_words, iso

_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_EVENTS = columns(EventRow)

_ICONS: Mapping[StepAction, str] = {
    StepAction.NOTIFY: "bell",
    StepAction.REASSIGN_NEXT_TIER: "up",
    StepAction.ASSIGN_MANAGER: "user",
    StepAction.TELL_EXECUTIVE: "brief",
    StepAction.RAISE_SEVERITY: "sliders",
    StepAction.REASSIGN_TEAM: "up",
    StepAction.REACH_OUT: "user",
    StepAction.GIVE_TASK: "check",
    StepAction.CREATE_OBLIGATIONS: "check",
    StepAction.POST: "send",
}


def path_view(
    session: Session, ticket: Ticket, now: datetime, *, may_acknowledge: bool
) -> PathView:
    """The path that runs on the ticket, else its escalation by hand, else the last path that ran.

    `may_acknowledge`: the reader may, and nobody has.
    """
    run = session.execute(
        select(_RUNS)
        .where(_RUNS.c.ticket_id == ticket.id)
        .order_by(_RUNS.c.ended_at.is_not(None), _RUNS.c.id.desc())
        .limit(1)
    ).first()
    is_active = run is not None and run.ended_at is None
    if ticket.escalation is not None and not is_active:
        return _by_hand(session, ticket.escalation, may_acknowledge=may_acknowledge)
    if run is None:
        return PathView()
    process = process_of(session, run.process_version)
    path = process.path(run.path)
    if path is None:
        return PathView()
    taken = session.execute(
        select(_STEPS).where(_STEPS.c.run_id == run.id).order_by(_STEPS.c.step, _STEPS.c.loop)
    ).all()
    line = _Line(session, ticket, process, path, run, taken, may_acknowledge=may_acknowledge)
    how = f"Started by itself when {trigger_words(run.trigger)}."
    return PathView(
        key=str(run.id),
        title=path.name,
        text=how if is_active else f"{how} It is over: {run.end_reason}.",
        progress=f"{run.next_step} of {len(path.steps)}",
        steps=line.steps(now),
        is_active=is_active,
    )


def _by_hand(session: Session, case: Escalation, *, may_acknowledge: bool) -> PathView:
    """An escalation that a person started, or joined before its path ended: its one step is to be
    acknowledged."""
    names = names_of(session, [case.requested_by, case.manager_id, case.acknowledged_by])
    asked = names.get(case.requested_by or 0, "somebody")
    owner = names.get(case.manager_id or 0, "")
    parts = [case.reason.rstrip("."), f"{owner} owns the case" if owner else ""]
    is_joined = case.kind is EscalationKind.AUTOMATIC
    step = PathStepView(
        key="case",
        number=1,
        state="now",
        at=iso(case.started_at),
        title=f"{asked} joined" if is_joined else f"{asked} escalated: {KIND_NAMES[case.kind]}",
        text=". ".join([*(part for part in parts if part), _acknowledged(case, names)]) + ".",
        icon="up",
        can_acknowledge=may_acknowledge,
    )
    return PathView(
        key="case", title="Escalated by hand", text="No path of the process runs.", steps=(step,)
    )


def _acknowledged(case: Escalation, names: Mapping[int, str]) -> str:
    if case.acknowledged_at is None:
        return "Nobody has acknowledged it yet"
    return said_acknowledged(names.get(case.acknowledged_by or 0, "Somebody"))


def said_acknowledged(name: str) -> str:
    """How it is said of a step, without its end."""
    return f"{name} has acknowledged it"


class _Line:
    """One run as a line of steps."""

    def __init__(
        self,
        session: Session,
        ticket: Ticket,
        process: Process,
        path: EscalationPath,
        run: Any,
        taken: Sequence[Any],
        *,
        may_acknowledge: bool,
    ) -> None:
        self.ticket = ticket
        self.process = process
        self.path = path
        self.run = run
        self.taken = {row.step: row for row in taken if not row.loop}
        self.rows = taken
        self.places = _places_taken(session, ticket, run)
        self.is_active = run.ended_at is None
        self.may_acknowledge = may_acknowledge and self.is_active
        case = ticket.escalation
        told = [key for row in taken for key in row.told]
        self.names = names_of(session, [*told, case.acknowledged_by if case else None])

    def steps(self, now: datetime) -> tuple[PathStepView, ...]:
        ahead = (
            step_times(self.ticket, self.path, self.process, now)
            if self.is_active
            else [None] * len(self.path.steps)
        )
        return tuple(
            self._taken(number, step)
            if number in self.taken
            else self._ahead(number, step, ahead[number])
            for number, step in enumerate(self.path.steps)
        )

    def _taken(self, number: int, step: PathStep) -> PathStepView:
        row = self.taken[number]
        is_last = self.is_active and number == self.run.next_step - 1
        state = _STATES.get(row.outcome) or ("now" if is_last else "done")
        text = self._what_came(row, step)
        icon = _ICONS[step.action] if is_last else "check"
        return PathStepView(
            key=f"{self.run.id}-{number}",
            number=number + 1,
            state=state,
            at=iso(row.taken_at),
            title=step.name,
            text=f"{text} {self._answer(step)}".strip() if is_last else text,
            notes=(*self._notes(number, step), *self._asked_next(number, step)),
            icon={"nobody": "x", "skip": "minus"}.get(state, icon),
            time_left=self._wait(number, step) if is_last else TimeLeft(),
            can_acknowledge=is_last and self.may_acknowledge,
        )

    def _what_came(self, row: Any, step: PathStep) -> str:
        """What came of a step, and whom it told."""
        told = self._told(row)
        match row.outcome:
            case StepOutcome.NO_RECIPIENT:
                return f"No recipient: it went to {told}." if told else "No recipient at all."
            case StepOutcome.NOT_FITTING:
                return "Passed over: its condition did not hold."
            case StepOutcome.NOTHING_ABOVE:
                return f"Nothing is above it.{f' {told} told.' if told else ''}"
            case _:
                return f"{told} told." if told else step.says

    def _told(self, row: Any) -> str:
        """Whom a step told, as a list in words, with whose place they took."""
        key = (str(self.path.steps[int(row.step)].key), int(row.loop))
        places = self.places.get(key, {})
        names = (self.names.get(key, "somebody") for key in row.told)
        return listed(f"{name} (for {places[name]})" if name in places else name for name in names)

    def _notes(self, number: int, step: PathStep) -> Iterator[Sentence]:
        """When the step was repeated, and who was told when nobody had acknowledged it."""
        for row in self.rows:
            if row.step != number or not row.loop:
                continue
            told = self._told(row)
            if row.outcome == StepOutcome.DONE:
                is_same = row.told == self.taken[number].told
                yield Sentence(
                    "Asked again at", iso(row.taken_at), "." if is_same else f": {told}."
                )
            else:
                yield Sentence("Nobody acknowledged it by", iso(row.taken_at), f": {told} told.")

    def _asked_next(self, number: int, step: PathStep) -> Iterator[Sentence]:
        """What follows when nobody acknowledges the step."""
        run = self.ticket.run
        if not self.is_active or run is None or run.ask is None or run.ask.step != number:
            return
        ask = run.ask
        if ask.due_at is None:
            return
        if step.repeat is not None and ask.loop < step.repeat.at_most:
            yield Sentence("Asked again at", iso(ask.due_at), " unless somebody acknowledges it.")
        else:
            others = listed(AUDIENCE_NAMES[audience] for audience in step.otherwise)
            yield Sentence("Unacknowledged at", iso(ask.due_at), f", it goes to {others}.")

    def _answer(self, step: PathStep) -> str:
        case = self.ticket.escalation
        if case is None or (case.acknowledged_at is None and step.acknowledge_within is None):
            return ""
        return _acknowledged(case, self.names) + "."

    def _wait(self, number: int, step: PathStep) -> TimeLeft:
        """How long until a missing acknowledgement has consequences."""
        case, run = self.ticket.escalation, self.ticket.run
        if step.acknowledge_within is None or case is None or case.acknowledged_at is not None:
            return TimeLeft()
        asked_at = max(row.taken_at for row in self.rows if row.step == number)
        due_at = self.taken[number].taken_at + step.acknowledge_within
        if run is not None and run.ask is not None and run.ask.step == number:
            due_at = run.ask.due_at or due_at
        return TimeLeft(
            state="running",
            due_at=iso(due_at),
            from_at=iso(asked_at),
            metric="Acknowledgement",
            tail="to acknowledge",
        )

    def _ahead(self, number: int, step: PathStep, at: datetime | None) -> PathStepView:
        waits = number > 0 and self.path.steps[number - 1].acknowledge_within is not None
        is_delay = not isinstance(step.anchor, ShareAnchor)
        return PathStepView(
            key=f"{self.run.id}-{number}",
            number=number + 1,
            state="todo" if self.is_active else "skip",
            at=iso(at),
            at_hint="if silent" if at is not None and waits and is_delay else "",
            title=step.name,
            text=f"{_anchor(step)}. {step.says}",
            icon="minus",
        )


_STATES: Mapping[str, str] = {
    StepOutcome.NO_RECIPIENT: "nobody",
    StepOutcome.NOT_FITTING: "skip",
}


def _places_taken(
    session: Session, ticket: Ticket, run: Any
) -> dict[tuple[str, int], Mapping[str, str]]:
    """By step and loop, who was told in place of whom: name -> whose place it was."""
    rows = session.execute(
        select(_EVENTS.c.data).where(
            _EVENTS.c.ticket_id == ticket.id,
            _EVENTS.c.kind == EventKind.PATH_STEP_TAKEN,
            _EVENTS.c.at >= run.started_at,
        )
    ).scalars()
    places: dict[tuple[str, int], Mapping[str, str]] = {}
    for data in rows:
        stand_ins = data.get("stand_ins")
        if isinstance(stand_ins, Mapping) and data.get("path") == run.path:
            loop = data.get("loop", 0)
            places[str(data.get("step")), loop] = cast("Mapping[str, str]", stand_ins)
    return places


def _anchor(step: PathStep) -> str:
    anchor = step.anchor
    if isinstance(anchor, ShareAnchor):
        clock = METRIC_NAMES[anchor.metric].lower()
        if anchor.offset:
            length = duration_words(abs(int(anchor.offset.total_seconds())))
            side = "before" if anchor.offset < ZERO else "after"
            return f"{length} {side} {clock} is due"
        return f"When {clock} is due" if anchor.share == 100 else f"At {anchor.share} % of {clock}"
    length = duration_words(int(anchor.after.total_seconds()))
    return f"{length}{' of working time' if anchor.working else ''} after the step before"
