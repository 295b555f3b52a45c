"""The whole escalation process as frozen values: the data that every rule of the house reads.

`services.process_document` makes a `Process` from its document and refuses a wrong one, so what is
built here is taken to be consistent. Lookups are dictionaries filled once: they are asked
thousands of times a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from escalation_app.domain.calendar_spec import CalendarSpec, build_calendar
from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Metric, Threshold
from escalation_app.domain.fields import NOTHING_FILLED, FieldSpec, all_hold
from escalation_app.domain.path_spec import Audience, EscalationPath, Playbook
from escalation_app.domain.quiet import QuietRule
from escalation_app.domain.replies import Macro, ReplyTemplate

TARGET_METRICS = (Metric.FIRST_RESPONSE, Metric.RESOLUTION)
"""The metrics every policy promises a time for."""
MORE_METRICS = (Metric.NEXT_REPLY, Metric.NEXT_UPDATE, Metric.TEAM, Metric.TRIAGE)
"""The metrics a policy may give a time for."""

CONTACTS_MAY_END = frozenset({Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.NEXT_UPDATE})
"""The waits that a spoken word can end like a written one."""

MANAGEMENT_LEVEL = 4
AROUND_THE_CLOCK = BusinessCalendar.always()
"""Always there: what is due at an instant that people have named counts in it."""


class Delivery(StrEnum):
    """The ways a message reaches a person."""

    IN_APP = "in_app"
    EMAIL = "email"


POST = "post:"


def post_way(key: str) -> str:
    """The way by which a message reaches the channel of this key instead of a person."""
    return POST + key


class ChannelKind(StrEnum):
    """What a channel that many people read understands."""

    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A place that many people of ours read, such as a room. Its address is a secret and stands
    with the operator, not in the process; `quotes` lets customers' own words go there."""

    key: str
    kind: ChannelKind
    name: str
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of support. `team` is where its tickets go by default; `volume_target` is how many
    open tickets it should hold at most; `channels` are the ways customers reach it."""

    level: int
    key: str
    name: str
    job: str
    team: str
    volume_target: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    """A group of people on one tier; `tier` is the tier's level, `department` a key. The time of
    a stay with the team counts in its own `calendar`, if it has one, else in the policy's."""

    key: str
    name: str
    tier: int
    department: str
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad a ticket is: level 1 is the highest. `key` is "S1" to "S4", `name` a word for it."""

    level: int
    key: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A level of impact or of urgency: level 1 is the highest."""

    level: int
    key: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a customer has bought. A higher `rank` is served no later than a lower one."""

    key: str
    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """The times promised to a plan for the severities that `targets` lists.

    Targets are lengths of open time in `calendar`. `pause_in` are the ticket statuses in which the
    clocks of the resolution, the next update and the team's stay stand still. `floor_share` is a
    percentage of the target; `reopens_in_full` gives a reopened ticket the whole target again
    instead.
    """

    key: str
    name: str
    plan: str
    calendar: str
    targets: Mapping[int, Mapping[Metric, timedelta]]
    pause_in: frozenset[str]
    warnings: tuple[Threshold, ...]
    floor_share: int
    reopens_in_full: bool = False

    def target(self, severity: int, metric: Metric) -> timedelta | None:
        """The promised length of open time; None when the policy promises nothing."""
        targets = self.targets.get(severity)
        return None if targets is None else targets.get(metric)


@dataclass(frozen=True, slots=True)
class ResolutionRules:
    """What must hold before an escalated ticket is resolved: `criteria` are sentences by key, each
    ticked by a person; `causes` are the names of the categories of root causes, by key."""

    criteria: Mapping[str, str]
    causes: Mapping[str, str]
    remind_before: timedelta = timedelta(days=1)
    """How long before its date the owner of a prevention is reminded of it."""


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """Who is told when an event of kind `on` is recorded, and by which ways, and on which
    channels it is posted. What is `forced` no setting of a person silences or delays."""

    on: str
    to: tuple[Audience, ...]
    channels: tuple[Delivery, ...]
    posts: tuple[str, ...] = ()
    is_forced: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One published version of the process. Two are the same only if they are one object."""

    version: int
    name: str
    tiers: tuple[Tier, ...]
    departments: tuple[Department, ...]
    teams: tuple[Team, ...]
    severities: tuple[Severity, ...]
    impacts: tuple[Grade, ...]
    urgencies: tuple[Grade, ...]
    matrix: Mapping[tuple[str, str], int]
    """(impact key, urgency key) -> severity level."""
    plans: tuple[Plan, ...]
    default_plan: str
    calendars: tuple[CalendarSpec, ...]
    policies: tuple[SlaPolicy, ...]
    paths: tuple[EscalationPath, ...]
    rules: tuple[NotificationRule, ...]
    statuses: Mapping[str, str]
    """What people read for each status of a ticket, in lower case."""
    close_after: timedelta
    """A resolved ticket is closed this long after its resolution."""
    channels: tuple[ChannelSpec, ...] = ()
    quiet: QuietRule | None = None
    must_reach: frozenset[str] = frozenset()
    """The kinds of event that are forced, whichever rule tells of them."""
    playbooks: tuple[Playbook, ...] = ()
    replies: tuple[ReplyTemplate, ...] = ()
    macros: tuple[Macro, ...] = ()
    resolution: ResolutionRules | None = None
    """None: a ticket is resolved without conditions."""
    fields: tuple[FieldSpec, ...] = ()
    contacts_end: frozenset[Metric] = CONTACTS_MAY_END
    """The waits of a customer that a call, a meeting or a visit ends when it reached them."""

    _tiers: Mapping[int, Tier] = field(init=False, repr=False)
    _teams: Mapping[str, Team] = field(init=False, repr=False)
    _above: Mapping[str, Team] = field(init=False, repr=False)
    _severities: Mapping[int, Severity] = field(init=False, repr=False)
    _plans: Mapping[str, Plan] = field(init=False, repr=False)
    _calendars: Mapping[str, BusinessCalendar] = field(init=False, repr=False)
    _policies_by_key: Mapping[str, SlaPolicy] = field(init=False, repr=False)
    _policies: Mapping[tuple[str, int], SlaPolicy] = field(init=False, repr=False)
    _paths_by_key: Mapping[str, EscalationPath] = field(init=False, repr=False)
    _paths: Mapping[tuple[int, Metric], tuple[EscalationPath, ...]] = field(init=False, repr=False)
    _rules: Mapping[str, tuple[NotificationRule, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        def keep(name: str, value: dict[Any, Any]) -> None:
            object.__setattr__(self, name, MappingProxyType(value))

        teams = {team.key: team for team in self.teams}
        keep("matrix", dict(self.matrix))
        keep("statuses", dict(self.statuses))
        keep("_tiers", {tier.level: tier for tier in self.tiers})
        keep("_teams", teams)
        keep("_above", _teams_above(self.tiers, teams))
        keep("_severities", {severity.level: severity for severity in self.severities})
        keep("_plans", {plan.key: plan for plan in self.plans})
        built = {spec.key: build_calendar(spec) for spec in self.calendars}
        keep("_calendars", built | {AROUND_THE_CLOCK.key: AROUND_THE_CLOCK})
        keep("_policies_by_key", {policy.key: policy for policy in self.policies})
        keep(
            "_policies",
            {(policy.plan, level): policy for policy in self.policies for level in policy.targets},
        )
        keep("_paths_by_key", {path.key: path for path in self.paths})
        keep("_paths", _paths_by_cause(self.paths))
        keep(
            "_rules",
            {
                kind: tuple(rule for rule in self.rules if rule.on == kind)
                for kind in {rule.on for rule in self.rules}
            },
        )

    def tier(self, level: int) -> Tier:
        """Raise KeyError for an unknown level."""
        return self._tiers[level]

    def next_tier(self, level: int) -> Tier | None:
        """The tier above `level`; None at the top."""
        return self._tiers.get(level + 1)

    def team(self, key: str) -> Team:
        """Raise KeyError for an unknown team."""
        return self._teams[key]

    def team_above(self, key: str) -> Team | None:
        """Where a team's ticket goes when it moves up: the next tier's team of the same
        department, else that tier's default team. None at the top or for an unknown team."""
        return self._above.get(key)

    def severity(self, level: int) -> Severity:
        """Raise KeyError for an unknown level."""
        return self._severities[level]

    def severity_for(self, impact: str, urgency: str) -> int:
        """The severity level of an impact and an urgency, by key. Raise KeyError if unknown."""
        return self.matrix[impact, urgency]

    def plan(self, key: str | None) -> Plan:
        """The plan, or the default plan when the process does not know the key."""
        return self._plans.get(key or "") or self._plans[self.default_plan]

    def calendar(self, key: str) -> BusinessCalendar:
        """The calendar, or AROUND_THE_CLOCK by its key. Raise KeyError for an unknown one."""
        return self._calendars[key]

    def policy(self, key: str) -> SlaPolicy | None:
        return self._policies_by_key.get(key)

    def policy_for(self, plan: str | None, severity: int) -> SlaPolicy:
        """The policy of a customer's plan, or of the default plan when the process does not know
        it. Raise KeyError for an unknown severity level."""
        found = self._policies.get((plan or "", severity))
        return found or self._policies[self.default_plan, severity]

    def why_policy(self, plan: str | None, severity: int) -> str:
        """One sentence: which policy matches and why. Raise KeyError as `policy_for` does."""
        policy = self.policy_for(plan, severity)
        shown = self._severities[severity]
        matched = f"{policy.name} of process version {self.version} matches"
        because = f"plan {self.plan(plan).name} and severity {shown.key} ({shown.name})"
        if plan in self._plans:
            return f"{matched} {because}."
        unknown = f"plan {plan!r} is not in this process" if plan else "no plan is recorded"
        return f"{matched} {because}; {unknown}, so the default plan counts."

    def path(self, key: str) -> EscalationPath | None:
        return self._paths_by_key.get(key)

    def path_for(
        self,
        severity: int,
        metric: Metric,
        plan: str | None = None,
        urgency: str | None = None,
        filled: Mapping[str, str] = NOTHING_FILLED,
    ) -> EscalationPath | None:
        """The heaviest path that fits. Without a plan, an urgency or what is filled into fields,
        only those for all of them."""
        for path in self._paths.get((severity, metric), ()):
            if (
                (not path.plans or plan in path.plans)
                and (not path.urgencies or urgency in path.urgencies)
                and (not path.fields or all_hold(path.fields, filled))
            ):
                return path
        return None

    def playbook(self, key: str) -> Playbook | None:
        return next((found for found in self.playbooks if found.key == key), None)

    def team_calendar(self, team: str, policy: SlaPolicy) -> BusinessCalendar:
        """What a team's own stay counts in. Raise KeyError for an unknown team."""
        return self._calendars[self._teams[team].calendar or policy.calendar]

    def rules_for(self, kind: str) -> tuple[NotificationRule, ...]:
        """The notification rules of one kind of event; empty when nobody is told."""
        return self._rules.get(kind, ())

    def ticket_field(self, key: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.key == key), None)

    def channel(self, key: str) -> ChannelSpec | None:
        return next((channel for channel in self.channels if channel.key == key), None)

    def status_name(self, key: str) -> str:
        """Raise KeyError for an unknown status."""
        return self.statuses[key]


def _paths_by_cause(
    paths: tuple[EscalationPath, ...],
) -> dict[tuple[int, Metric], tuple[EscalationPath, ...]]:
    """The paths of each severity and metric, the heaviest first."""
    found: dict[tuple[int, Metric], tuple[EscalationPath, ...]] = {}
    for path in sorted(paths, key=lambda path: -path.weight):
        for level in path.severities:
            for metric in path.metrics:
                found[level, metric] = (*found.get((level, metric), ()), path)
    return found


def _teams_above(tiers: tuple[Tier, ...], teams: Mapping[str, Team]) -> dict[str, Team]:
    above: dict[str, Team] = {}
    for team in teams.values():
        upper = next((tier for tier in tiers if tier.level == team.tier + 1), None)
        if upper is None:
            continue
        default = teams[upper.team]
        related = (
            other
            for other in teams.values()
            if other.tier == upper.level and other.department == team.department
        )
        above[team.key] = (
            default if default.department == team.department else next(related, default)
        )
    return above
