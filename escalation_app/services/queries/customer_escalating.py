"""What happens when a customer escalates, or has: who answers for it, and what comes by when."""

from collections.abc import Iterator
from datetime import datetime

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.path_spec import EscalationPath, PathStep, ShareAnchor
from escalation_app.domain.paths import step_times
from escalation_app.domain.playbooks import path_of
from escalation_app.services.process_for_customers import customer_step
from escalation_app.services.queries.customer_reader import CustomerReader
from escalation_app.views.common import Sentence
from escalation_app.views.words import iso

STEPS_AHEAD = 2
"""How many steps of the path ahead are told."""


def what_will_happen(reader: CustomerReader, now: datetime) -> tuple[Sentence, ...]:
    """What follows when the customer escalates."""
    if not reader.ticket.is_open:
        return ()
    if reader.manager:
        told = [Sentence(f"{reader.manager}, who answers for it, is told at once.")]
    else:
        told = [
            Sentence("A manager gets it at once and answers for it."),
            Sentence("You see here who it is, and what happens by when."),
        ]
    return (*told, *_ahead(reader, now, has_manager=True))


def what_is_happening(reader: CustomerReader, now: datetime) -> tuple[Sentence, ...]:
    """Who answers for an escalation of the customer's, and what comes by when."""
    case_ = reader.ticket.escalation
    said: list[Sentence] = []
    if case_ is None or not reader.manager:
        said.append(Sentence("No manager could be found at once. Our team knows that you asked."))
    elif case_.acknowledged_at is not None and case_.acknowledged_by == case_.manager_id:
        said.append(
            Sentence(
                f"{reader.manager} answers for it, and saw it",
                iso(case_.acknowledged_at),
                ".",
                is_past=True,
            )
        )
    else:
        said.append(Sentence(f"{reader.manager} answers for it and has been told."))
    has_manager = bool(reader.manager)
    looked = _looked_at(reader)
    return (*said, *looked, *_promise_line(reader), *_ahead(reader, now, has_manager=has_manager))


def _looked_at(reader: CustomerReader) -> Iterator[Sentence]:
    """By when somebody looks at what the customer asked for, or who has."""
    if not reader.ticket.requests:
        return
    asked, clock = reader.ticket.requests[-1], reader.clock(Metric.TRIAGE)
    if asked.triaged_at is not None:
        who = reader.names.get(asked.triaged_by or 0, "A manager")
        yield Sentence(f"{who} looked at your escalation", iso(asked.triaged_at), ".", is_past=True)
    elif clock is not None and clock.is_breached:
        yield Sentence(
            "Somebody should have looked at your escalation by",
            iso(clock.due_at),
            ", and we are on it.",
        )
    elif clock is not None and clock.is_running:
        yield Sentence("Somebody looks at your escalation by", iso(clock.due_at), ".")


def _promise_line(reader: CustomerReader) -> Iterator[Sentence]:
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None:
        return
    if clock.state is ClockState.PAUSED:
        yield Sentence("We need your answer to go on.")
    elif clock.is_breached:
        yield Sentence("It should be solved since", iso(clock.due_at), ", and we are on it.")
    elif clock.is_running:
        yield Sentence("It is promised to be solved by", iso(clock.due_at), ".")


def _ahead(reader: CustomerReader, now: datetime, *, has_manager: bool) -> tuple[Sentence, ...]:
    """The next steps that are taken by themselves and mean something to a customer."""
    ticket, process = reader.ticket, reader.run_process
    run = ticket.run
    path = path_of(process, ticket, Metric.RESOLUTION) if run is None else process.path(run.path)
    if path is None:
        return ()
    times = step_times(ticket, path, process, now)
    if run is None and (times[0] is None or times[0] <= now):
        return ()  # its time has passed without it: it was ended by a person
    found = [
        Sentence(_until(path, step), iso(at), f", {words}.")
        for step, at in zip(path.steps, times, strict=True)
        if at is not None
        and at > now
        and (words := _step_words(reader, step, has_manager=has_manager))
    ]
    return tuple(found[:STEPS_AHEAD])


def _until(path: EscalationPath, step: PathStep) -> str:
    anchor = step.anchor
    metric = anchor.metric if isinstance(anchor, ShareAnchor) else path.metrics[0]
    return _IF_NOT.get(metric, "If it is not solved by")


_IF_NOT = {
    Metric.FIRST_RESPONSE: "If you have no answer by",
    Metric.NEXT_REPLY: "If you have no answer by",
    Metric.NEXT_UPDATE: "If you have heard nothing new by",
    Metric.TRIAGE: "If nobody has looked at your escalation by",
    Metric.PROMISE: "If what we promised has not happened by",
}


def _step_words(reader: CustomerReader, step: PathStep, *, has_manager: bool) -> str:
    """What a step will change for this ticket's customer; "" for nothing."""
    ticket, process = reader.ticket, reader.process
    match step.action:
        case StepAction.ASSIGN_MANAGER if has_manager:
            return ""
        case StepAction.REASSIGN_NEXT_TIER if process.next_tier(ticket.tier) is None:
            return ""
        case StepAction.RAISE_SEVERITY if ticket.severity == 1:
            return ""
        case _:
            return customer_step(step)
