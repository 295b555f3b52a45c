"""Paths and playbooks of the process document, and the points of a clock that they name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from escalation_app.domain.actions import ACTIONS, StepAction
from escalation_app.domain.clocks import ZERO, Metric, Threshold
from escalation_app.domain.fields import FieldSpec
from escalation_app.domain.path_spec import (
    ALWAYS,
    Audience,
    Condition,
    DelayAnchor,
    EscalationPath,
    PathStep,
    Playbook,
    PlaybookTask,
    Repeat,
    ShareAnchor,
    StopWhen,
    Task,
)
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services.document_reader import KEY, KEY_RULE, LEVELS, DocumentReader
from escalation_app.services.document_tree import Node, Text
from escalation_app.services.field_document import read_field_conditions

_METRICS = {metric.value: metric for metric in Metric}
_KINDS = {kind.value: kind.value for kind in EscalationKind}
_STOPS = {stop.value: stop for stop in StopWhen}
_AUDIENCES = {audience.value: audience for audience in Audience}
_STEP_AUDIENCES = {
    key: audience
    for key, audience in _AUDIENCES.items()
    if audience not in (Audience.REQUESTER, Audience.TOLD)
}
"""A step speaks to our own people; customers are told by the notification rules."""
_SHARE = re.compile(r"([0-9]{1,3}) ?%?")
_OFFSET = re.compile(r"(.+?) (before|after)(?: due)?")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that each section defines, and the fields as they are defined."""

    of: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, FieldSpec]

    def __getitem__(self, section: str) -> Mapping[str, str]:
        return self.of[section]


def read_paths(reader: DocumentReader, node: Node | None, keys: Keys) -> tuple[EscalationPath, ...]:
    """The escalation paths, by key."""
    paths: list[EscalationPath] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(
            item, "name severities metric weight calendar steps", "plans urgencies fields stop_when"
        )
        metric = reader.choice(parts.get("metric"), _METRICS, "promised time")
        steps = [_step(reader, step, metric, keys) for step in reader.items(parts.get("steps"))]
        paths.append(
            EscalationPath(
                key=key,
                name=reader.text(parts.get("name")),
                severities=reader.choices(parts.get("severities"), LEVELS, "severity"),
                metrics=() if metric is None else (metric,),
                weight=reader.whole(parts.get("weight"), 1, 1000) or 0,
                calendar=reader.choice(parts.get("calendar"), keys["calendars"], "calendar") or "",
                steps=tuple(steps),
                plans=reader.choices(parts.get("plans"), keys["plans"], "plan"),
                urgencies=reader.choices(parts.get("urgencies"), keys["urgencies"], "urgency"),
                fields=read_field_conditions(reader, parts.get("fields"), keys.fields),
                stop_when=frozenset(reader.choices(parts.get("stop_when"), _STOPS, "way to stop")),
            )
        )
    return tuple(paths)


_STEP = "key name do says"
_STEP_MORE = (
    "at after tell acknowledge_within acknowledged_by repeat otherwise only_if team post task "
    "within"
)
_ACKNOWLEDGED_BY = {"anyone": False, "everyone": True}


def _step(reader: DocumentReader, node: Node, metric: Metric | None, keys: Keys) -> PathStep:
    parts = reader.table(node, _STEP, _STEP_MORE)
    actions = {action.value: action for action in StepAction}
    known = reader.choice(parts.get("do"), actions, "kind of step")
    action = known or StepAction.NOTIFY
    if known is not None:
        _check_needs(reader, node, parts, known)
    if "acknowledge_within" not in parts:
        for name in ("acknowledged_by", "repeat", "otherwise"):
            if name in parts:
                reader.fail(parts[name], "This needs 'acknowledge_within' beside it.")
    return PathStep(
        key=_step_key(reader, parts.get("key")),
        name=reader.text(parts.get("name")),
        anchor=_anchor(reader, node, parts, metric or Metric.RESOLUTION),
        action=action,
        audience=reader.choices(parts.get("tell"), _STEP_AUDIENCES, "audience of a step"),
        says=reader.text(parts.get("says"), 200),
        acknowledge_within=reader.length(parts.get("acknowledge_within")),
        by_everyone=bool(
            reader.choice(parts.get("acknowledged_by"), _ACKNOWLEDGED_BY, "way to acknowledge")
        ),
        repeat=_repeat(reader, parts.get("repeat")),
        otherwise=reader.choices(parts.get("otherwise"), _STEP_AUDIENCES, "audience of a step"),
        only_if=_condition(reader, parts.get("only_if"), keys),
        team=reader.choice(parts.get("team"), keys["teams"], "team") or "",
        post=reader.choice(parts.get("post"), keys["channels"], "channel") or "",
        task=_task(reader, parts),
    )


def _check_needs(
    reader: DocumentReader, node: Node, parts: Mapping[str, Node], action: StepAction
) -> None:
    """Whether the step has what its action needs, and nothing that only another one reads."""
    spec = ACTIONS[action]
    needed = (*(("tell",) if spec.needs_audience else ()), *spec.needs)
    for name in needed:
        if name not in parts:
            reader.fail(node, f"A step that does {action.value!r} needs the entry {name!r}.")
    for name in ("team", "post", "task", "within"):
        if name in parts and name not in spec.needs:
            reader.fail(parts[name], f"A step that does {action.value!r} does not read this.")


def _repeat(reader: DocumentReader, node: Node | None) -> Repeat | None:
    if node is None:
        return None
    parts = reader.table(node, "every at_most")
    every = reader.length(parts.get("every"))
    return None if every is None else Repeat(every, reader.whole(parts.get("at_most"), 1, 20) or 1)


def _condition(reader: DocumentReader, node: Node | None, keys: Keys) -> Condition:
    if node is None:
        return ALWAYS
    parts = reader.table(node, "", "severities urgencies plans metrics types words fields")
    if not parts:
        reader.fail(node, "A condition names at least one thing that must hold.")
    return Condition(
        severities=reader.choices(parts.get("severities"), LEVELS, "severity"),
        urgencies=reader.choices(parts.get("urgencies"), keys["urgencies"], "urgency"),
        plans=reader.choices(parts.get("plans"), keys["plans"], "plan"),
        metrics=reader.choices(parts.get("metrics"), _METRICS, "promised time"),
        kinds=reader.choices(parts.get("types"), _KINDS, "type of escalation"),
        words=reader.distinct(parts.get("words"), lambda item: reader.text(item, 60) or None),
        fields=read_field_conditions(reader, parts.get("fields"), keys.fields),
    )


def _task(reader: DocumentReader, parts: Mapping[str, Node]) -> Task | None:
    task, within = parts.get("task"), parts.get("within")
    if task is None or within is None:
        return None
    length = _delay(reader, within)
    return Task(reader.text(task, 200), length.after, length.working)


def read_playbooks(reader: DocumentReader, node: Node | None, keys: Keys) -> tuple[Playbook, ...]:
    """The playbooks, in their order: the first that matches counts."""
    playbooks: list[Playbook] = []
    for key, item in ({} if node is None else reader.keyed(node)).items():
        parts = reader.table(item, "name says when type", "path team tasks")
        tasks = [_playbook_task(reader, task) for task in reader.items(parts.get("tasks"))]
        playbooks.append(
            Playbook(
                key=key,
                name=reader.text(parts.get("name")),
                says=reader.text(parts.get("says"), 200),
                when=_condition(reader, parts.get("when"), keys),
                kind=reader.choice(parts.get("type"), _KINDS, "type of escalation") or "",
                path=reader.choice(parts.get("path"), keys["paths"], "path") or "",
                team=reader.choice(parts.get("team"), keys["teams"], "team") or "",
                tasks=tuple(task for task in tasks if task is not None),
            )
        )
    return tuple(playbooks)


def _playbook_task(reader: DocumentReader, node: Node) -> PlaybookTask | None:
    parts = reader.table(node, "for task within")
    task = _task(reader, parts)
    if task is not None and task.working:
        reader.fail(node, "A playbook's task counts around the clock: leave out 'working'.")
    audience = reader.choices(parts.get("for"), _STEP_AUDIENCES, "audience of a step")
    return None if task is None else PlaybookTask(audience, task)


def _step_key(reader: DocumentReader, node: Node | None) -> str:
    key = reader.text(node)
    if node is not None and key and not KEY.fullmatch(key):
        reader.fail(node, KEY_RULE)
    return key


def _anchor(
    reader: DocumentReader, node: Node, parts: Mapping[str, Node], metric: Metric
) -> ShareAnchor | DelayAnchor:
    at, after = parts.get("at"), parts.get("after")
    if (at is None) == (after is None):
        reader.fail(node, "A step stands either 'at' a share such as 75% or 'after' a delay.")
    if after is not None:
        return _delay(reader, after)
    point = None if at is None else read_point(reader, at)
    return ShareAnchor(metric) if point is None else ShareAnchor(metric, point.share, point.offset)


def read_point(reader: DocumentReader, node: Node) -> Threshold | None:
    """A share such as `75%` (a warning's may be written without the sign), or a length of open
    time such as `1h before` or `30m after` the promised time is over."""
    text = node.text.strip() if isinstance(node, Text) else ""
    if found := _SHARE.fullmatch(text):
        share = int(found[1])
        if 1 <= share <= 100:
            return Threshold(share)
    elif found := _OFFSET.fullmatch(text):
        length = reader.length(Text(node.line, node.path, found[1], False)) or ZERO
        return Threshold(offset=-length if found[2] == "before" else length)
    reader.fail(
        node, "This must be a share from 1% to 100%, or such as '1h before' or '30m after'."
    )
    return None


def _delay(reader: DocumentReader, node: Node) -> DelayAnchor:
    text = node.text if isinstance(node, Text) else ""
    plain = text.removesuffix("working")
    working = plain != text
    if working and "d" in plain:
        reader.fail(node, "Say working time in hours: a working day is not 24 hours long.")
    length = reader.length(Text(node.line, node.path, plain.strip(), False))
    return DelayAnchor(length or timedelta(0), working)
