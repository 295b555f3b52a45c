"""The process in plain English for customers.

They read less than people of ours, in other words: what they are promised, how severity is found,
and what happens when a promise is at risk; no volumes, no teams, no rules of who is told.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import Metric
from escalation_app.domain.path_spec import Audience, EscalationPath, PathStep, ShareAnchor
from escalation_app.domain.process import TARGET_METRICS, Process
from escalation_app.services.calendar_words import calendar_sentences
from escalation_app.services.process_words import (
    length_in_words,
    listed,
    offset_in_words,
    table_rows,
)
from escalation_app.services.promise_text import is_promised, promise_in_words, severities_section
from escalation_app.views.process import ProcessSection

_PROMISES: Mapping[Metric, str] = {
    Metric.FIRST_RESPONSE: "first answer",
    Metric.NEXT_REPLY: "answer to each message",
    Metric.NEXT_UPDATE: "news at least every",
    Metric.RESOLUTION: "solution",
    Metric.TRIAGE: "look at your request to escalate",
}
"""What customers know of; the rest is between people of ours."""


def sections_for_customers(process: Process, today: date) -> tuple[ProcessSection, ...]:
    """The process as sections for customers to read."""
    return (
        _customer_plans(process),
        severities_section(process),
        _customer_risk(process),
        _customer_escalation(),
        *_customer_calendars(process, today),
        _customer_closing(process),
    )


def _customer_plans(process: Process) -> ProcessSection:
    rows = [
        (
            f"{plan.name}, {_PROMISES[metric]}",
            *(
                promise_in_words(process, plan.key, level.level, metric)
                for level in process.severities
            ),
        )
        for plan in reversed(process.plans)
        for metric in _PROMISES
        if metric in TARGET_METRICS or is_promised(process, plan.key, metric)
    ]
    return ProcessSection(
        key="plans",
        title="What we promise",
        paragraphs=(
            "Your plan and the severity of a ticket say within what time you get a first answer "
            "and a solution. A higher severity is never served later than a lower one.",
        ),
        head=("Plan", *(f"{level.key}, {level.name}" for level in process.severities)),
        rows=table_rows(rows),
        points=tuple(_how_time_counts(process)),
    )


def _how_time_counts(process: Process) -> Iterator[str]:
    when = {
        process.plan(policy.plan).name: next(
            "around the clock" if spec.always else f"in the hours of {spec.name}"
            for spec in process.calendars
            if spec.key == policy.calendar
        )
        for policy in process.policies
    }
    if len(set(when.values())) == 1:
        yield f"The time counts {next(iter(when.values()))}."
    else:
        yield from (f"{plan}: the time counts {hours}." for plan, hours in when.items())
    if all("waiting_customer" in policy.pause_in for policy in process.policies):
        yield "While we wait for your answer, the time to a solution stands still."
    yield "A ticket that is opened again gets what was left of its time, and some more if need be."


def _customer_risk(process: Process) -> ProcessSection:
    points = [
        f"{listed((process.severity(level).key for level in path.severities), 'and')}, "
        f"{listed(_PROMISES[metric] for metric in path.metrics)}: {steps}."
        for path in process.paths
        if set(path.metrics) <= set(_PROMISES)
        if (steps := "; ".join(_customer_steps(process, path)))
    ]
    return ProcessSection(
        key="at-risk",
        title="What happens when a promise is at risk",
        paragraphs=(
            "Nobody has to ask for it: when the promised time runs low, more people are brought "
            "in by themselves. You see each step on the page of your ticket.",
        ),
        points=tuple(points),
    )


def _customer_steps(process: Process, path: EscalationPath) -> Iterator[str]:
    """What the steps mean to a customer, each with when it comes."""
    since, after, working = "", timedelta(), False
    for step in path.steps:
        anchor = step.anchor
        if isinstance(anchor, ShareAnchor):
            over = anchor.share == 100
            since = "it is over" if over else f"{anchor.share}% of the time is used"
            when = f"when {since}"
            if anchor.offset:
                when = since = f"{offset_in_words(anchor.offset)} it is over"
            after, working = timedelta(), False
        else:
            after, working = after + anchor.after, working or anchor.working
            length = f"{length_in_words(after)}{' of working time' if working else ''}"
            when = f"{length} after {since}" if since else f"{length} later"
        if words := customer_step(step):
            since, after, working = "", timedelta(), False
            yield f"{when}, {words}"


def customer_step(step: PathStep) -> str:
    """A step as a customer may know it; "" for what is between people of ours."""
    match step.action:
        case StepAction.ASSIGN_MANAGER:
            return "a manager takes it"
        case StepAction.REACH_OUT:
            return "a manager gets in touch with you"
        case StepAction.REASSIGN_NEXT_TIER | StepAction.REASSIGN_TEAM:
            return "more experienced people take it over"
        case StepAction.TELL_EXECUTIVE:
            return "an executive is told"
        case StepAction.RAISE_SEVERITY:
            return "it becomes more urgent"
        case StepAction.NOTIFY if Audience.MANAGERS in step.audience:
            return "every manager is told"
        case (
            StepAction.NOTIFY
            | StepAction.GIVE_TASK
            | StepAction.CREATE_OBLIGATIONS
            | StepAction.POST
        ):
            return ""


def _customer_escalation() -> ProcessSection:
    return ProcessSection(
        key="escalation",
        title="You can escalate at any time",
        paragraphs=(
            "Press Escalate on the page of an open ticket, for any reason or none. A manager gets "
            "it at once and answers for it. You see who that is, and what happens by when. It "
            "never slows anything down.",
        ),
    )


def _customer_calendars(process: Process, today: date) -> Iterator[ProcessSection]:
    """The hours in which promised times count, unless they always do."""
    used = {policy.calendar for policy in process.policies}
    specs = [spec for spec in process.calendars if spec.key in used and not spec.always]
    if specs:
        yield ProcessSection(
            key="calendars",
            title="Our hours",
            paragraphs=("Promised times count only while we are open.",),
            points=tuple(
                " ".join(calendar_sentences(spec, today, says_who=False)) for spec in specs
            ),
        )


def _customer_closing(process: Process) -> ProcessSection:
    after = length_in_words(process.close_after)
    return ProcessSection(
        key="closing",
        title="When it is solved",
        paragraphs=(
            f"A solved ticket is closed when you say that it works, or by itself after {after}. "
            "Until then your answer opens it again. After that, open a new one and name the "
            "old one in it.",
        ),
    )
