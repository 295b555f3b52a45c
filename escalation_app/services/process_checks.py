"""What a process as a whole must keep to, beyond each value being right in itself."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from escalation_app.domain.calendar_spec import CalendarSpec, build_calendar
from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Metric
from escalation_app.domain.contacts import WRITTEN
from escalation_app.domain.path_spec import DelayAnchor, EscalationPath, Playbook, ShareAnchor
from escalation_app.domain.process import (
    MANAGEMENT_LEVEL,
    MORE_METRICS,
    TARGET_METRICS,
    Grade,
    Plan,
    SlaPolicy,
    Team,
    Tier,
)
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services.document_reader import DocumentReader

LEVELS = range(1, 5)
_PLAIN_YEAR = 2026
_SAMPLE_YEARS = 2
_HOUR = timedelta(hours=1)


def check_tiers(reader: DocumentReader, tiers: Iterable[Tier], teams: Iterable[Team]) -> None:
    """Each level once, and each tier's default team on that tier."""
    by_level: dict[int, Tier] = {}
    levels = {team.key: team.tier for team in teams}
    for tier in tiers:
        if tier.level and tier.level in by_level:
            reader.fail_at(f"tiers.{tier.key}.level", "Another tier has this level.")
        by_level[tier.level] = tier
        if tier.level and levels.get(tier.team, tier.level) not in (0, tier.level):
            reader.fail_at(
                f"tiers.{tier.key}.team",
                f"The team {tier.team!r} is on tier {levels[tier.team]}, not on this one.",
            )
    for level in range(1, MANAGEMENT_LEVEL + 1):
        if level not in by_level:
            reader.fail_at("tiers", f"No tier has level {level}.")
    first = by_level.get(1)
    if first is not None and first.channels and not WRITTEN & set(first.channels):
        reader.fail_at(
            f"tiers.{first.key}.channels",
            "Tickets come in here in writing: the first tier needs portal, email or chat.",
        )


def check_matrix(
    reader: DocumentReader,
    impacts: Iterable[Grade],
    urgencies: Iterable[Grade],
    matrix: Mapping[tuple[str, str], int],
) -> None:
    """A higher impact or urgency never gives a lower severity."""
    rows, columns = [grade.key for grade in impacts], [grade.key for grade in urgencies]
    steps = [((i, u), (below, u)) for i, below in pairwise(rows) for u in columns]
    steps += [((i, u), (i, below)) for u, below in pairwise(columns) for i in rows]
    for higher, lower in steps:
        if matrix.get(higher, 0) > matrix.get(lower, len(LEVELS)):
            reader.fail_at(
                f"matrix.{'.'.join(higher)}",
                f"This is a lower severity than {lower[0]} impact and {lower[1]} urgency give.",
            )


def check_calendars(reader: DocumentReader, calendars: Iterable[CalendarSpec]) -> None:
    """Each calendar is open at some time of the week and can be counted with."""
    for spec in calendars:
        if not spec.always and not any(spec.hours.values()):
            reader.fail_at(f"calendars.{spec.key}.hours", "This calendar is never open.")
        elif spec.zone:
            try:
                build_calendar(spec)
            except ValueError as error:
                reader.fail_at(f"calendars.{spec.key}", str(error))


def check_promises(
    reader: DocumentReader,
    plans: tuple[Plan, ...],
    policies: tuple[SlaPolicy, ...],
    calendars: Iterable[CalendarSpec],
) -> None:
    """Every plan and severity has one policy, and nobody is served later than a lower one is.

    `plans` are in ascending rank. Targets in different calendars are compared by the due times
    they give, from every hour of two years.
    """
    specs = {spec.key: spec for spec in calendars}
    found: dict[tuple[str, int], SlaPolicy] = {}
    for policy in policies:
        _check_policy(reader, policy, specs.get(policy.calendar))
        for level in policy.targets:
            other = found.setdefault((policy.plan, level), policy)
            if other is not policy and policy.plan:
                reader.fail_at(
                    f"policies.{policy.key}.targets.S{level}",
                    f"{other.name} already promises plan {policy.plan!r} times for S{level}.",
                )
    for plan in plans:
        for level in LEVELS:
            if (plan.key, level) not in found:
                reader.fail_at(
                    f"plans.{plan.key}", f"No policy gives this plan times for S{level}."
                )
    compare = _Comparison(reader, specs)
    for metric in (*TARGET_METRICS, *MORE_METRICS):
        for plan in plans:
            for level in LEVELS[:-1]:
                compare.promises(found, metric, (plan.key, level), (plan.key, level + 1))
        for lower, higher in pairwise(plans):
            for level in LEVELS:
                compare.promises(found, metric, (higher.key, level), (lower.key, level))


def _check_policy(reader: DocumentReader, policy: SlaPolicy, calendar: CalendarSpec | None) -> None:
    if not policy.targets:
        reader.fail_at(f"policies.{policy.key}.targets", "This policy promises nothing.")
    for level, targets in policy.targets.items():
        place = f"policies.{policy.key}.targets.S{level}"
        answer, solved = (targets.get(metric) for metric in TARGET_METRICS)
        if answer and solved and answer > solved:
            reader.fail_at(place, "The first response is promised later than the resolution.")
        for metric in targets:
            written = reader.written_at(f"{place}.{metric.value}")
            if calendar is not None and not calendar.always and "d" in written:
                reader.fail_at(
                    f"{place}.{metric.value}",
                    f"Say it in hours: a day of {calendar.name} is not 24 hours long.",
                )


class _Comparison:
    """Holds two promises against each other; builds each calendar once."""

    def __init__(self, reader: DocumentReader, specs: Mapping[str, CalendarSpec]) -> None:
        self._reader = reader
        self._specs = specs
        self._built: dict[str, BusinessCalendar | None] = {}

    def promises(
        self,
        found: Mapping[tuple[str, int], SlaPolicy],
        metric: Metric,
        higher: tuple[str, int],
        lower: tuple[str, int],
    ) -> None:
        """Report the higher promise when it can be due after the lower one."""
        if higher not in found or lower not in found:
            return
        sooner, later = found[higher], found[lower]
        target = sooner.targets[higher[1]].get(metric)
        lower_target = later.targets[lower[1]].get(metric)
        if target is None or lower_target is None:
            return
        start = self._later_from(sooner, target, later, lower_target)
        if start is not None:
            when = (
                "" if sooner.calendar == later.calendar else f" from {start:%a %d %b %Y %H:%M} UTC"
            )
            self._reader.fail_at(
                f"policies.{sooner.key}.targets.S{higher[1]}.{metric.value}",
                f"Plan {higher[0]!r} at S{higher[1]} would be served later than plan "
                f"{lower[0]!r} at S{lower[1]}{when}.",
            )

    def _later_from(
        self, sooner: SlaPolicy, target: timedelta, later: SlaPolicy, lower_target: timedelta
    ) -> datetime | None:
        plain = datetime(_PLAIN_YEAR, 1, 1, tzinfo=UTC)
        if sooner.calendar == later.calendar:
            return plain if target > lower_target else None
        first, second = self._calendar(sooner.calendar), self._calendar(later.calendar)
        if first is None or second is None or (first.always_open and target <= lower_target):
            return None
        specs = self._specs[sooner.calendar], self._specs[later.calendar]
        for start in _hours(specs):
            if first.add(start, target) > second.add(start, lower_target):
                return start
        return None

    def _calendar(self, key: str) -> BusinessCalendar | None:
        if key not in self._built:
            spec = self._specs.get(key)
            try:
                self._built[key] = build_calendar(spec) if spec and _is_open(spec) else None
            except ValueError:
                self._built[key] = None
        return self._built[key]


def _is_open(spec: CalendarSpec) -> bool:
    return spec.always or any(spec.hours.values())


def _hours(specs: Iterable[CalendarSpec]) -> Iterator[datetime]:
    """Every hour of the two years from the first exception that the document itself dates."""
    years = [
        day.on.year for spec in specs for day in (*spec.holidays, *spec.special_days, *spec.cutouts)
    ]
    at = datetime(min(years, default=_PLAIN_YEAR), 1, 1, tzinfo=UTC)
    ends = at.replace(year=at.year + _SAMPLE_YEARS)
    while at < ends:
        yield at
        at += _HOUR


def check_paths(
    reader: DocumentReader, paths: tuple[EscalationPath, ...], policies: tuple[SlaPolicy, ...]
) -> None:
    """No two paths that could not be told apart; one for everything that is promised; a higher
    severity's path is not the lighter one; steps stand in the order they are taken."""
    found: dict[tuple[int, Metric], list[EscalationPath]] = {}
    for path in paths:
        _check_steps(reader, path)
        for cause in ((level, metric) for level in path.severities for metric in path.metrics):
            for other in found.setdefault(cause, []):
                if _clash(other, path):
                    reader.fail_at(
                        f"paths.{path.key}.severities",
                        f"{other.name!r} is already the path of S{cause[0]} and {cause[1].value}; "
                        "narrow the heavier of them to plans, urgencies or fields.",
                    )
            found[cause].append(path)
    general = {
        cause: path
        for cause, every in found.items()
        for path in every
        if not (path.plans or path.urgencies or path.fields)
    }
    promised = {
        (level, metric)
        for policy in policies
        for level, row in policy.targets.items()
        for metric in row
    }
    for level, metric in sorted({*promised, *((level, Metric.RESOLUTION) for level in LEVELS)}):
        if (level, metric) not in general:
            reader.fail_at("paths", f"No path is given for the {metric.value} of S{level}.")
    for (level, metric), path in general.items():
        below = general.get((level + 1, metric))
        if below is not None and below.weight > path.weight > 0:
            reader.fail_at(
                f"paths.{path.key}.weight",
                f"The path of S{level} is lighter than {below.name!r}, that of S{level + 1}.",
            )


def _clash(one: EscalationPath, other: EscalationPath) -> bool:
    """Whether one of them could never be taken: the heavier fits wherever the lighter does; or
    which is taken is left open: they weigh the same and a ticket can fit both."""
    if one.weight == other.weight:
        return _meet(one.plans, other.plans) and _meet(one.urgencies, other.urgencies)
    heavier, lighter = (one, other) if one.weight > other.weight else (other, one)
    return (
        _covers(heavier.plans, lighter.plans)
        and _covers(heavier.urgencies, lighter.urgencies)
        and set(heavier.fields) <= set(lighter.fields)
    )


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two lists name something in common; an empty one names everything."""
    return not some or not others or bool(set(some) & set(others))


def _covers(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not some or (bool(others) and set(others) <= set(some))


def check_playbooks(
    reader: DocumentReader, playbooks: tuple[Playbook, ...], paths: tuple[EscalationPath, ...]
) -> None:
    """A playbook does something, and an automatic one's path is for what it waits for."""
    metrics = {path.key: path.metrics for path in paths}
    for playbook in playbooks:
        place = f"playbooks.{playbook.key}"
        if not (playbook.path or playbook.team or playbook.tasks):
            reader.fail_at(place, "A playbook has a path, a team or tasks.")
        if playbook.kind != EscalationKind.AUTOMATIC or not playbook.path:
            continue
        waited = set(playbook.when.metrics)
        if not waited <= set(metrics.get(playbook.path, ())) or not waited:
            reader.fail_at(
                f"{place}.path",
                "An automatic playbook names the promised time of its path under 'when: metrics'.",
            )


def _check_steps(reader: DocumentReader, path: EscalationPath) -> None:
    keys: set[str] = set()
    anchors: list[ShareAnchor] = []
    for number, step in enumerate(path.steps, start=1):
        place = f"paths.{path.key}.steps[{number}]"
        if step.key in keys:
            reader.fail_at(f"{place}.key", "Another step of this path has this key.")
        keys.add(step.key)
        follows = path.steps[number : number + 1]
        has_effect = step.repeat or step.otherwise or step.by_everyone
        if (
            step.acknowledge_within
            and not has_effect
            and not any(isinstance(after.anchor, DelayAnchor) for after in follows)
        ):
            reader.fail_at(
                f"{place}.acknowledge_within",
                "No 'after' step follows that it could hold, and nothing is repeated or done "
                "otherwise.",
            )
        if isinstance(step.anchor, ShareAnchor):
            earlier = (known for known in anchors if _is_behind(known, step.anchor))
            if next(earlier, None) is not None:
                reader.fail_at(f"{place}.at", "This share is not above that of an earlier step.")
            anchors.append(step.anchor)
        elif number == 1:
            reader.fail_at(f"{place}.after", "The first step must stand 'at' a share.")


def _is_behind(earlier: ShareAnchor, anchor: ShareAnchor) -> bool:
    """Whether a step can never stand after an earlier one. How a share and a time before due lie
    to each other depends on the target, so these are left to the clock."""
    if earlier.offset == anchor.offset:
        return anchor.share <= earlier.share
    return anchor.offset < earlier.offset and earlier.offset > timedelta(0)
