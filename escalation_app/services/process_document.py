"""The process document: YAML text in, a `Process` out, or every mistake with its line."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files

from escalation_app.domain.clocks import Metric, Threshold
from escalation_app.domain.errors import Invalid
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
from escalation_app.domain.tickets import WAITING_STATUSES, Status
from escalation_app.services.calendar_document import Known, read_calendars
from escalation_app.services.document_reader import LEVELS, DocumentReader
from escalation_app.services.document_tree import (
    DocumentError,
    Node,
    NotADocument,
    Table,
    read_tree,
)
from escalation_app.services.field_document import read_fields
from escalation_app.services.notice_document import (
    read_channels,
    read_must_reach,
    read_quiet_hours,
    read_rules,
)
from escalation_app.services.path_document import Keys, read_paths, read_playbooks, read_point
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

CONTACT_CHANNELS = {key: key for key in ("portal", "email", "chat", "phone", "crm", "face_to_face")}

_TARGETS = {metric.value: metric for metric in (*TARGET_METRICS, *MORE_METRICS)}
_PAUSES = {status.value: status.value for status in sorted(WAITING_STATUSES)}
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
    paths = read_paths(reader, parts.get("paths"), known_keys)
    playbooks = read_playbooks(reader, parts.get("playbooks"), known_keys)
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
    point = read_point(reader, node)
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
