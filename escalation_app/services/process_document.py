"""The process document: YAML text in, a `Process` out, or every mistake with its line."""

import re
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files

from escalation_app.domain.actions import ACTIONS, StepAction
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid
from escalation_app.domain.process import (
    MANAGEMENT_LEVEL,
    TARGET_METRICS,
    Audience,
    DelayAnchor,
    Department,
    EscalationPath,
    Grade,
    PathStep,
    Plan,
    Process,
    Severity,
    ShareAnchor,
    SlaPolicy,
    Team,
    Tier,
)
from escalation_app.domain.tickets import WAITING_STATUSES, Status
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
    check_promises,
    check_tiers,
)

__all__ = ["ProcessError", "ProcessErrors", "load_process", "shipped_document"]

ProcessError = DocumentError

LEVELS = {f"S{level}": level for level in range(1, 5)}
CONTACT_CHANNELS = {key: key for key in ("portal", "email", "chat", "phone", "crm", "face_to_face")}

_METRICS = {metric.value: metric for metric in TARGET_METRICS}
_AUDIENCES = {audience.value: audience for audience in Audience}
_STEP_AUDIENCES = {
    key: audience
    for key, audience in _AUDIENCES.items()
    if audience not in (Audience.REQUESTER, Audience.TOLD)
}
"""A step speaks to our own people; customers are told by the notification rules."""
_PAUSES = {status.value: status.value for status in sorted(WAITING_STATUSES)}
_SHARE = re.compile(r"([0-9]{1,3}) ?%")

_SECTIONS = (
    "name close_after statuses departments tiers teams severities impacts urgencies matrix plans "
    "default_plan calendars policies paths notifications"
)
_MORE_SECTIONS = "channels quiet_hours must_reach"


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
    teams = _teams(reader, parts.get("teams"), keys["departments"])
    severities = _severities(reader, parts.get("severities"))
    impacts = _grades(reader, parts.get("impacts"))
    urgencies = _grades(reader, parts.get("urgencies"))
    matrix = _matrix(reader, parts.get("matrix"), keys["impacts"], keys["urgencies"])
    plans = _plans(reader, parts.get("plans"))
    calendars = read_calendars(reader, parts.get("calendars"), known or {})
    policies = _policies(reader, parts.get("policies"), keys["plans"], keys["calendars"])
    paths = _paths(reader, parts.get("paths"), keys["calendars"])
    default_plan = reader.choice(parts.get("default_plan"), keys["plans"], "plan")
    close_after = reader.length(parts.get("close_after"))
    channels = read_channels(reader, parts.get("channels"))
    quiet = read_quiet_hours(reader, parts.get("quiet_hours"), LEVELS)
    must_reach = read_must_reach(reader, parts.get("must_reach"))
    rules = read_rules(reader, parts.get("notifications"), keys["channels"])
    name = reader.text(parts.get("name"))
    departments = _departments(reader, parts.get("departments"))

    check_tiers(reader, tiers, teams)
    check_matrix(reader, impacts, urgencies, matrix)
    check_calendars(reader, calendars)
    check_promises(reader, plans, policies, calendars)
    check_paths(reader, paths)
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
    )


def _keys(node: Node | None) -> dict[str, str]:
    return {key: key for key in node.entries} if isinstance(node, Table) else {}


def _statuses(reader: DocumentReader, node: Node | None) -> dict[str, str]:
    named = reader.table(node, " ".join(Status))
    return {status: reader.text(name, 30) for status, name in named.items()}


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
    reader: DocumentReader, node: Node | None, departments: Mapping[str, str]
) -> tuple[Team, ...]:
    teams: list[Team] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "name tier department")
        teams.append(
            Team(
                key=key,
                name=reader.text(parts.get("name")),
                tier=reader.whole(parts.get("tier"), 1, MANAGEMENT_LEVEL) or 0,
                department=reader.choice(parts.get("department"), departments, "department") or "",
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
        parts = reader.table(item, "name plan calendar pause_in warnings floor_share targets")
        warnings = reader.distinct(
            parts.get("warnings"), lambda share: reader.whole(share, 1, 99), may_be_empty=True
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
                warnings=tuple(sorted(warnings)),
                floor_share=reader.whole(parts.get("floor_share"), 0, 100) or 0,
            )
        )
    return tuple(policies)


def _targets(reader: DocumentReader, node: Node | None) -> dict[int, dict[Metric, timedelta]]:
    targets: dict[int, dict[Metric, timedelta]] = {}
    for key, row in reader.table(node, "", " ".join(LEVELS)).items():
        promised = targets.setdefault(LEVELS[key], {})
        for metric, cell in reader.table(row, " ".join(_METRICS)).items():
            length = reader.length(cell)
            if length is not None:
                promised[_METRICS[metric]] = length
    return targets


def _paths(
    reader: DocumentReader, node: Node | None, calendars: Mapping[str, str]
) -> tuple[EscalationPath, ...]:
    paths: list[EscalationPath] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "name severities metric weight calendar steps")
        metric = reader.choice(parts.get("metric"), _METRICS, "promised time")
        steps = [_step(reader, step, metric) for step in reader.items(parts.get("steps"))]
        paths.append(
            EscalationPath(
                key=key,
                name=reader.text(parts.get("name")),
                severities=reader.choices(parts.get("severities"), LEVELS, "severity"),
                metrics=() if metric is None else (metric,),
                weight=reader.whole(parts.get("weight"), 1, 1000) or 0,
                calendar=reader.choice(parts.get("calendar"), calendars, "calendar") or "",
                steps=tuple(steps),
            )
        )
    return tuple(paths)


def _step(reader: DocumentReader, node: Node, metric: Metric | None) -> PathStep:
    parts = reader.table(node, "key name do says", "at after tell acknowledge_within")
    actions = {action.value: action for action in StepAction}
    action = reader.choice(parts.get("do"), actions, "kind of step") or StepAction.NOTIFY
    if ACTIONS[action].needs_audience and "tell" not in parts:
        reader.fail(node, f"A step that does {action.value!r} needs the entry 'tell'.")
    return PathStep(
        key=_step_key(reader, parts.get("key")),
        name=reader.text(parts.get("name")),
        anchor=_anchor(reader, node, parts, metric or Metric.RESOLUTION),
        action=action,
        audience=reader.choices(parts.get("tell"), _STEP_AUDIENCES, "audience of a step"),
        says=reader.text(parts.get("says"), 200),
        acknowledge_within=reader.length(parts.get("acknowledge_within")),
    )


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
    return ShareAnchor(metric, _share(reader, at))


def _share(reader: DocumentReader, node: Node | None) -> int:
    found = _SHARE.fullmatch(node.text) if isinstance(node, Text) else None
    share = int(found[1]) if found else 0
    if node is not None and not 1 <= share <= 100:
        reader.fail(node, "This must be a share from 1% to 100%.")
    return share


def _delay(reader: DocumentReader, node: Node) -> DelayAnchor:
    text = node.text if isinstance(node, Text) else ""
    plain = text.removesuffix("working")
    working = plain != text
    if working and "d" in plain:
        reader.fail(node, "Say working time in hours: a working day is not 24 hours long.")
    length = reader.length(Text(node.line, node.path, plain.strip(), False))
    return DelayAnchor(length or timedelta(0), working)
