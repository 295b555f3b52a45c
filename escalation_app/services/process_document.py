"""The process document: YAML text in, a `Process` out, or every mistake with its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files

from escalation_app.domain.actions import ACTIONS, StepAction
from escalation_app.domain.clocks import ZERO, Metric, Threshold
from escalation_app.domain.errors import Invalid
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
from escalation_app.domain.process import (
    CONTACTS_MAY_END,
    MANAGEMENT_LEVEL,
    MORE_METRICS,
    TARGET_METRICS,
    Department,
    Grade,
    Plan,
    Process,
    Severity,
    SlaPolicy,
    Team,
    Tier,
)
from escalation_app.domain.tickets import WAITING_STATUSES, EscalationKind, Status
from escalation_app.services.calendar_document import Known, read_calendars
from escalation_app.services.document_reader import KEY, KEY_RULE, DocumentReader
from escalation_app.services.document_tree import (
    DocumentError,
    Node,
    NotADocument,
    Table,
    Text,
    read_tree,
)
from escalation_app.services.field_document import read_field_conditions, read_fields
from escalation_app.services.notice_document import (
    read_channels,
    read_must_reach,
    read_quiet_hours,
    read_rules,
)
from escalation_app.services.process_checks import (
    check_calendars,
    check_matrix,
    check_paths,
    check_playbooks,
    check_promises,
    check_tiers,
)
from escalation_app.services.reply_document import read_macros, read_replies
from escalation_app.services.resolution_document import read_resolution

__all__ = ["ProcessError", "ProcessErrors", "load_process", "shipped_document"]

ProcessError = DocumentError

LEVELS = {f"S{level}": level for level in range(1, 5)}
CONTACT_CHANNELS = {key: key for key in ("portal", "email", "chat", "phone", "crm", "face_to_face")}

_TARGETS = {metric.value: metric for metric in (*TARGET_METRICS, *MORE_METRICS)}
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
_PAUSES = {status.value: status.value for status in sorted(WAITING_STATUSES)}
_SHARE = re.compile(r"([0-9]{1,3}) ?%?")
_OFFSET = re.compile(r"(.+?) (before|after)(?: due)?")

_SECTIONS = (
    "name close_after statuses departments tiers teams severities impacts urgencies matrix plans "
    "default_plan calendars policies paths notifications"
)
_MORE_SECTIONS = (
    "playbooks channels quiet_hours must_reach replies macros resolution fields contacts_end"
)


class ProcessErrors(Invalid):
    """The document was refused. `errors` has everything found, by line; at most 100."""

    def __init__(self, errors: tuple[ProcessError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def shipped_document() -> str:
    """The text of the process as it is shipped."""
    return files("escalation_app").joinpath("process", "default.yaml").read_text("utf-8")


def load_process(text: str, version: int, known: Known | None = None) -> Process:
    """Read a process document. Raise ProcessErrors, with all that is wrong, for a bad one.

    Public holidays that are not `known` are looked up.
    """
    try:
        tree, twice = read_tree(text)
    except NotADocument as refused:
        raise ProcessErrors((refused.error,)) from refused
    reader = DocumentReader(tree, twice)
    parts = reader.table(reader.root, _SECTIONS, _MORE_SECTIONS)
    sections = f"{_SECTIONS} {_MORE_SECTIONS}".split()
    keys = {section: _keys(parts.get(section)) for section in sections}

    statuses = _statuses(reader, parts.get("statuses"))
    tiers = _tiers(reader, parts.get("tiers"), keys["teams"])
    teams = _teams(reader, parts.get("teams"), keys["departments"], keys["calendars"])
    severities = _severities(reader, parts.get("severities"))
    impacts = _grades(reader, parts.get("impacts"))
    urgencies = _grades(reader, parts.get("urgencies"))
    matrix = _matrix(reader, parts.get("matrix"), keys["impacts"], keys["urgencies"])
    plans = _plans(reader, parts.get("plans"))
    calendars = read_calendars(reader, parts.get("calendars"), known or {})
    policies = _policies(reader, parts.get("policies"), keys["plans"], keys["calendars"])
    tools = {tool: tool for tier in tiers for tool in tier.channels}
    fields = read_fields(reader, parts.get("fields"), tools)
    known_keys = Keys(keys, {spec.key: spec for spec in fields})
    paths = _paths(reader, parts.get("paths"), known_keys)
    playbooks = _playbooks(reader, parts.get("playbooks"), known_keys)
    replies = read_replies(reader, parts.get("replies"))
    macros = read_macros(reader, parts.get("macros"), keys["replies"])
    default_plan = reader.choice(parts.get("default_plan"), keys["plans"], "plan")
    close_after = reader.length(parts.get("close_after"))
    channels = read_channels(reader, parts.get("channels"))
    quiet = read_quiet_hours(reader, parts.get("quiet_hours"), LEVELS)
    must_reach = read_must_reach(reader, parts.get("must_reach"))
    resolution = read_resolution(reader, parts.get("resolution"))
    contacts_end = _contacts_end(reader, parts.get("contacts_end"))
    rules = read_rules(reader, parts.get("notifications"), keys["channels"])
    name = reader.text(parts.get("name"))
    departments = _departments(reader, parts.get("departments"))

    check_tiers(reader, tiers, teams)
    check_matrix(reader, impacts, urgencies, matrix)
    check_calendars(reader, calendars)
    check_promises(reader, plans, policies, calendars)
    check_paths(reader, paths, policies)
    check_playbooks(reader, playbooks, paths)
    if reader.errors or default_plan is None or close_after is None:
        raise ProcessErrors(reader.errors)
    return Process(
        version=version,
        name=name,
        tiers=tiers,
        departments=departments,
        teams=teams,
        severities=severities,
        impacts=impacts,
        urgencies=urgencies,
        matrix=matrix,
        plans=plans,
        default_plan=default_plan,
        calendars=calendars,
        policies=policies,
        paths=paths,
        rules=rules,
        statuses=statuses,
        close_after=close_after,
        channels=channels,
        quiet=quiet,
        must_reach=must_reach,
        playbooks=playbooks,
        replies=replies,
        macros=macros,
        resolution=resolution,
        fields=fields,
        contacts_end=contacts_end,
    )


def _keys(node: Node | None) -> dict[str, str]:
    return {key: key for key in node.entries} if isinstance(node, Table) else {}


def _statuses(reader: DocumentReader, node: Node | None) -> dict[str, str]:
    named = reader.table(node, " ".join(Status))
    return {status: reader.text(name, 30) for status, name in named.items()}


def _contacts_end(reader: DocumentReader, node: Node | None) -> frozenset[Metric]:
    """The waits that a contact ends; every one that it can when nothing is written."""
    if node is None:
        return CONTACTS_MAY_END
    known = {metric.value: metric for metric in sorted(CONTACTS_MAY_END)}
    read = reader.distinct(
        node,
        lambda item: reader.choice(item, known, "wait that a contact can end"),
        may_be_empty=True,
    )
    return frozenset(read)


def _departments(reader: DocumentReader, node: Node | None) -> tuple[Department, ...]:
    return tuple(
        Department(key, reader.text(reader.table(item, "name").get("name")))
        for key, item in reader.keyed(node).items()
    )


def _tiers(reader: DocumentReader, node: Node | None, teams: Mapping[str, str]) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "level name job team volume_target channels")
        tiers.append(
            Tier(
                level=reader.whole(parts.get("level"), 1, MANAGEMENT_LEVEL) or 0,
                key=key,
                name=reader.text(parts.get("name")),
                job=reader.text(parts.get("job")),
                team=reader.choice(parts.get("team"), teams, "team") or "",
                volume_target=reader.whole(parts.get("volume_target"), 1, 1_000_000) or 0,
                channels=reader.choices(parts.get("channels"), CONTACT_CHANNELS, "channel"),
            )
        )
    return tuple(sorted(tiers, key=lambda tier: tier.level))


def _teams(
    reader: DocumentReader,
    node: Node | None,
    departments: Mapping[str, str],
    calendars: Mapping[str, str],
) -> tuple[Team, ...]:
    teams: list[Team] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "name tier department", "calendar")
        teams.append(
            Team(
                key=key,
                name=reader.text(parts.get("name")),
                tier=reader.whole(parts.get("tier"), 1, MANAGEMENT_LEVEL) or 0,
                department=reader.choice(parts.get("department"), departments, "department") or "",
                calendar=reader.choice(parts.get("calendar"), calendars, "calendar") or "",
            )
        )
    return tuple(teams)


def _severities(reader: DocumentReader, node: Node | None) -> tuple[Severity, ...]:
    severities: list[Severity] = []
    for key, item in reader.table(node, " ".join(LEVELS)).items():
        parts = reader.table(item, "name meaning")
        name, meaning = reader.text(parts.get("name")), reader.text(parts.get("meaning"), 200)
        severities.append(Severity(LEVELS[key], key, name, meaning))
    return tuple(sorted(severities, key=lambda severity: severity.level))


def _grades(reader: DocumentReader, node: Node | None) -> tuple[Grade, ...]:
    grades: list[Grade] = []
    for level, (key, item) in enumerate(reader.keyed(node).items(), start=1):
        parts = reader.table(item, "name meaning")
        name, meaning = reader.text(parts.get("name")), reader.text(parts.get("meaning"), 200)
        grades.append(Grade(level, key, name, meaning))
    return tuple(grades)


def _matrix(
    reader: DocumentReader,
    node: Node | None,
    impacts: Mapping[str, str],
    urgencies: Mapping[str, str],
) -> dict[tuple[str, str], int]:
    matrix: dict[tuple[str, str], int] = {}
    for impact, row in reader.table(node, " ".join(impacts)).items():
        for urgency, cell in reader.table(row, " ".join(urgencies)).items():
            level = reader.choice(cell, LEVELS, "severity")
            if level is not None:
                matrix[impact, urgency] = level
    return matrix


def _plans(reader: DocumentReader, node: Node | None) -> tuple[Plan, ...]:
    plans: list[Plan] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "name rank")
        rank = reader.whole(parts.get("rank"), 1, 50) or 0
        if rank and rank in (plan.rank for plan in plans):
            reader.fail(parts.get("rank", item), "Another plan has this rank.")
        plans.append(Plan(key, reader.text(parts.get("name")), rank))
    return tuple(sorted(plans, key=lambda plan: plan.rank))


def _policies(
    reader: DocumentReader,
    node: Node | None,
    plans: Mapping[str, str],
    calendars: Mapping[str, str],
) -> tuple[SlaPolicy, ...]:
    policies: list[SlaPolicy] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(
            item, "name plan calendar pause_in warnings floor_share targets", "reopen"
        )
        pauses = reader.distinct(
            parts.get("pause_in"),
            lambda status: reader.choice(status, _PAUSES, "status that can pause"),
            may_be_empty=True,
        )
        policies.append(
            SlaPolicy(
                key=key,
                name=reader.text(parts.get("name")),
                plan=reader.choice(parts.get("plan"), plans, "plan") or "",
                calendar=reader.choice(parts.get("calendar"), calendars, "calendar") or "",
                targets=_targets(reader, parts.get("targets")),
                pause_in=frozenset(pauses),
                warnings=_warnings(reader, parts.get("warnings")),
                floor_share=reader.whole(parts.get("floor_share"), 0, 100) or 0,
                reopens_in_full=bool(
                    reader.choice(
                        parts.get("reopen"), {"full": True, "rest": False}, "way to reopen"
                    )
                ),
            )
        )
    return tuple(policies)


def _warnings(reader: DocumentReader, node: Node | None) -> tuple[Threshold, ...]:
    points = reader.distinct(node, lambda item: _warning(reader, item), may_be_empty=True)
    return tuple(sorted(points, key=lambda point: (point.offset, point.share)))


def _warning(reader: DocumentReader, node: Node) -> Threshold | None:
    point = _point(reader, node)
    if point is not None and not point.offset and point.share > 99:
        reader.fail(node, "A warning is a share from 1% to 99%, or such as '1h before'.")
    return point


def _targets(reader: DocumentReader, node: Node | None) -> dict[int, dict[Metric, timedelta]]:
    targets: dict[int, dict[Metric, timedelta]] = {}
    for key, row in reader.table(node, "", " ".join(LEVELS)).items():
        promised = targets.setdefault(LEVELS[key], {})
        needed, more = (" ".join(names) for names in (TARGET_METRICS, MORE_METRICS))
        for metric, cell in reader.table(row, needed, more).items():
            length = reader.length(cell)
            if length is not None:
                promised[_TARGETS[metric]] = length
    return targets


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that each section defines, and the fields as they are defined."""

    of: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, FieldSpec]

    def __getitem__(self, section: str) -> Mapping[str, str]:
        return self.of[section]


def _paths(reader: DocumentReader, node: Node | None, keys: Keys) -> tuple[EscalationPath, ...]:
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


def _playbooks(reader: DocumentReader, node: Node | None, keys: Keys) -> tuple[Playbook, ...]:
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
    point = None if at is None else _point(reader, at)
    return ShareAnchor(metric) if point is None else ShareAnchor(metric, point.share, point.offset)


def _point(reader: DocumentReader, node: Node) -> Threshold | None:
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
