"""What a process promises, in plain English: severities, plans and the times of each."""

from datetime import timedelta

from escalation_app.domain.clocks import Metric
from escalation_app.domain.process import MORE_METRICS, TARGET_METRICS, Process, SlaPolicy
from escalation_app.services.process_names import METRIC_NAMES
from escalation_app.services.process_words import (
    length_in_words,
    listed,
    offset_in_words,
    table_rows,
)
from escalation_app.views.process import ProcessSection


def severities_section(process: Process) -> ProcessSection:
    """What each severity is, and how it is found."""
    rows = [
        (
            f"{impact.name} impact",
            *(
                process.severity(process.severity_for(impact.key, urgency.key)).key
                for urgency in process.urgencies
            ),
        )
        for impact in process.impacts
    ]
    return ProcessSection(
        key="severities",
        title="Severity, from impact and urgency",
        paragraphs=("How many are hit and how long they can wait give a ticket's severity.",),
        head=("", *(f"{urgency.name} urgency" for urgency in process.urgencies)),
        rows=table_rows(rows),
        points=(
            *(f"{level.key}, {level.name}: {level.meaning}" for level in process.severities),
            *(f"{grade.name} impact: {grade.meaning}" for grade in process.impacts),
            *(f"{grade.name} urgency: {grade.meaning}" for grade in process.urgencies),
        ),
    )


def plans_section(process: Process) -> ProcessSection:
    """The time that each plan promises for each severity, and its policies."""
    rows = [
        (
            f"{plan.name}, {METRIC_NAMES[metric]}",
            *(
                promise_in_words(process, plan.key, level.level, metric)
                for level in process.severities
            ),
        )
        for plan in reversed(process.plans)
        for metric in (*TARGET_METRICS, *MORE_METRICS)
        if metric in TARGET_METRICS or is_promised(process, plan.key, metric)
    ]
    default = process.plan(None).name
    return ProcessSection(
        key="plans",
        title="Plans and promised times",
        paragraphs=(
            (
                f"A customer whose plan is not known is served as {default}. A higher severity or "
                "plan is never served later than a lower one."
            ),
        ),
        head=("Promise", *(f"{level.key}, {level.name}" for level in process.severities)),
        rows=table_rows(rows),
        points=tuple(_policy(process, policy) for policy in process.policies),
    )


def is_promised(process: Process, plan: str, metric: Metric) -> bool:
    """Whether a plan promises a time for it at any severity."""
    levels = [level.level for level in process.severities]
    return any(process.policy_for(plan, each).target(each, metric) is not None for each in levels)


def promise_in_words(process: Process, plan: str, level: int, metric: Metric) -> str:
    """The time that a plan promises at a level of severity."""
    policy = process.policy_for(plan, level)
    target = policy.target(level, metric)
    return "no promise" if target is None else target_in_words(process, policy, target)


def target_in_words(process: Process, policy: SlaPolicy, target: timedelta) -> str:
    """A promised length of open time: in hours where a day is not 24 of them."""
    is_always = process.calendar(policy.calendar).always_open
    return length_in_words(target, has_days=is_always)


def _policy(process: Process, policy: SlaPolicy) -> str:
    calendar = next(spec for spec in process.calendars if spec.key == policy.calendar)
    severities = listed(process.severity(level).key for level in sorted(policy.targets))
    said = [
        (
            f"{policy.name} is for plan {process.plan(policy.plan).name}, {severities}; "
            f"its time counts in the calendar {calendar.name}."
        )
    ]
    if policy.pause_in:
        statuses = listed((process.status_name(key) for key in sorted(policy.pause_in)), "or")
        said.append(
            "The times to resolution and to the next update and that of a team stand still while "
            f"a ticket is {statuses}."
        )
    shares = listed(f"{point.share}%" for point in policy.warnings if not point.offset)
    if shares:
        said.append(f"Warnings come when {shares} of a promised time are used up.")
    said += [
        f"A warning comes {offset_in_words(point.offset)} a promised time is over."
        for point in policy.warnings
        if point.offset
    ]
    if policy.reopens_in_full:
        said.append("A reopened ticket gets the whole promised time again.")
    elif policy.floor_share:
        said.append(
            f"A reopened ticket gets what was left, once at least {policy.floor_share}% of the "
            "promised time."
        )
    return " ".join(said)
