"""Paths and playbooks of the process, in sentences."""

from collections.abc import Iterator, Mapping

from escalation_app.domain.actions import ACTIONS
from escalation_app.domain.path_spec import (
    ALWAYS,
    Condition,
    EscalationPath,
    PathStep,
    Playbook,
    ShareAnchor,
    StopWhen,
)
from escalation_app.domain.process import Process
from escalation_app.services.field_text import field_conditions_in_words
from escalation_app.services.process_names import (
    AUDIENCE_NAMES,
    METRIC_NAMES,
)
from escalation_app.services.process_words import (
    length_in_words,
    listed,
    offset_in_words,
)
from escalation_app.views.process import ProcessSection

_STOP_NAMES: Mapping[StopWhen, str] = {
    StopWhen.MET: "what it is about is done",
    StopWhen.ANSWERED: "the customer is answered",
    StopWhen.ASSIGNED: "somebody takes the ticket",
    StopWhen.ACKNOWLEDGED: "it is acknowledged",
    StopWhen.WAITING: "the ticket waits for somebody else",
}


def escalation_section() -> ProcessSection:
    """What paths are for."""
    return ProcessSection(
        key="escalation",
        title="What happens when time runs out",
        paragraphs=(
            (
                "Each promised time has a path: steps that are taken by themselves, in this "
                "order. A ticket is on one path at a time; a heavier path takes it over from a "
                "lighter one. Resolving or de-escalating the ticket ends its path."
            ),
            (
                "Acknowledging a step can hold the step after it for a while, so that whoever "
                "took it up has time to act."
            ),
        ),
    )


def path_section(process: Process, path: EscalationPath) -> ProcessSection:
    """A path with its steps."""
    severities = listed((process.severity(level).key for level in path.severities), "or")
    metrics = listed(METRIC_NAMES[metric] for metric in path.metrics)
    return ProcessSection(
        key=f"path-{path.key}",
        title=path.name,
        paragraphs=(
            " ".join([f"For the {metrics} of {severities} tickets.", *_narrowed(process, path)]),
        ),
        points=tuple(_step(process, path, step) for step in path.steps),
    )


def _narrowed(process: Process, path: EscalationPath) -> Iterator[str]:
    if path.plans:
        yield f"Only for plan {listed((process.plan(key).name for key in path.plans), 'or')}."
    if path.urgencies:
        names = {grade.key: grade.name.lower() for grade in process.urgencies}
        yield f"Only for {listed((names[key] for key in path.urgencies), 'or')} urgency."
    if path.fields:
        asked = field_conditions_in_words(process, path.fields)
        said = (f"{how} {listed(what, 'or')}" for how, what in asked)
        yield f"Only {listed(said, 'and')}."
    yield f"Weight {path.weight}."
    if path.stop_when:
        stops = (_STOP_NAMES[stop] for stop in StopWhen if stop in path.stop_when)
        yield f"It ends as soon as {listed(stops, 'or')}."


def _step(process: Process, path: EscalationPath, step: PathStep) -> str:
    action = ACTIONS[step.action].name
    said = [f"{_when(process, path, step)}, {action[0].lower()}{action[1:]}: {step.says}"]
    if step.only_if is not ALWAYS:
        said.append(f"Only {_condition(process, step.only_if)}.")
    if step.team:
        said.append(f"The team is {process.team(step.team).name}.")
    if step.task is not None:
        said.append(f"To be done within {length_in_words(step.task.within)}: {step.task.text}")
    if step.audience:
        said.append(f"Told: {listed(AUDIENCE_NAMES[who] for who in step.audience)}.")
    if step.acknowledge_within is not None:
        who = "Everybody told must acknowledge it. " if step.by_everyone else ""
        held = length_in_words(step.acknowledge_within)
        said.append(f"{who}Acknowledging holds the next step for {held}.")
    if step.repeat is not None:
        said.append(
            f"Until then it is repeated every {length_in_words(step.repeat.every)}, at most "
            f"{step.repeat.at_most} times."
        )
    if step.otherwise:
        told = listed(AUDIENCE_NAMES[who] for who in step.otherwise)
        said.append(f"If nobody acknowledges, {told} are told.")
    return " ".join(said)


def _condition(process: Process, condition: Condition) -> str:
    urgencies = {grade.key: grade.name.lower() for grade in process.urgencies}
    parts = (
        ("for severity", [process.severity(level).key for level in condition.severities]),
        ("for urgency", [urgencies[key] for key in condition.urgencies]),
        ("for plan", [process.plan(key).name for key in condition.plans]),
        ("for the", [METRIC_NAMES[metric] for metric in condition.metrics]),
        ("for an escalation that is", list(condition.kinds)),
        ("where the ticket speaks of", [f"“{word}”" for word in condition.words]),
        *field_conditions_in_words(process, condition.fields),
    )
    return listed((f"{how} {listed(what, 'or')}" for how, what in parts if what), "and")


def playbook_sections(process: Process) -> Iterator[ProcessSection]:
    """The playbooks, if there are any."""
    if process.playbooks:
        yield ProcessSection(
            key="playbooks",
            title="Playbooks",
            paragraphs=("Foreseen cases, and what is done in them.",),
            points=tuple(_playbook(process, playbook) for playbook in process.playbooks),
        )


def _playbook(process: Process, playbook: Playbook) -> str:
    said = [f"{playbook.name}: {playbook.says}"]
    if when := _condition(process, playbook.when):
        said.append(f"It is followed {when}; the escalation is {playbook.kind}.")
    path = process.path(playbook.path)
    if path is not None:
        said.append(f"The path is “{path.name}”.")
    if playbook.team:
        said.append(f"The ticket goes to {process.team(playbook.team).name}.")
    said += [
        f"{listed(AUDIENCE_NAMES[who] for who in task.audience)}, within "
        f"{length_in_words(task.task.within)}: {task.task.text}"
        for task in playbook.tasks
    ]
    return " ".join(said)


def _when(process: Process, path: EscalationPath, step: PathStep) -> str:
    if isinstance(step.anchor, ShareAnchor):
        metric = METRIC_NAMES[step.anchor.metric]
        if step.anchor.offset:
            return f"{offset_in_words(step.anchor.offset)} the time to {metric} is over"
        if step.anchor.share == 100:
            return f"When the time to {metric} is over"
        return f"At {step.anchor.share}% of the time to {metric}"
    after = length_in_words(step.anchor.after)
    if not step.anchor.working:
        return f"{after} later"
    calendar = next(spec for spec in process.calendars if spec.key == path.calendar)
    return f"{after} of working time later ({calendar.name})"
