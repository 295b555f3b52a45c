"""The process in plain English, section by section, made from the version that is live."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum

from escalation_app.domain.actions import ACTIONS
from escalation_app.domain.events import EventKind
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
from escalation_app.domain.replies import Macro
from escalation_app.services.calendar_words import calendar_sentences
from escalation_app.services.field_text import field_conditions_in_words, field_section
from escalation_app.services.process_for_customers import sections_for_customers
from escalation_app.services.process_names import (
    AUDIENCE_NAMES,
    CHANNEL_KIND_NAMES,
    CHANNEL_NAMES,
    DELIVERY_NAMES,
    EVENT_NAMES,
    METRIC_NAMES,
)
from escalation_app.services.process_words import (
    length_in_words,
    listed,
    offset_in_words,
    table_rows,
)
from escalation_app.services.promise_text import plans_section, severities_section
from escalation_app.services.tool_text import tools_in_words
from escalation_app.views.process import ProcessSection

_STOP_NAMES: Mapping[StopWhen, str] = {
    StopWhen.MET: "what it is about is done",
    StopWhen.ANSWERED: "the customer is answered",
    StopWhen.ASSIGNED: "somebody takes the ticket",
    StopWhen.ACKNOWLEDGED: "it is acknowledged",
    StopWhen.WAITING: "the ticket waits for somebody else",
}


class Readers(StrEnum):
    """Who a document is made for."""

    STAFF = "staff"
    CUSTOMERS = "customers"


def process_sections(
    process: Process, today: date, readers: Readers = Readers.STAFF
) -> tuple[ProcessSection, ...]:
    """The process as sections to read; `key` is stable and fit for an anchor. Of the public
    holidays, those of the year from `today` are named."""
    if readers is Readers.CUSTOMERS:
        return sections_for_customers(process, today)
    return _for_staff(process, today)


def _for_staff(process: Process, today: date) -> tuple[ProcessSection, ...]:
    return (
        _tiers(process),
        severities_section(process),
        plans_section(process),
        _calendars(process, today),
        _escalation(),
        *(_path(process, path) for path in process.paths),
        *_playbooks(process),
        *_replies(process),
        _notices(process),
        *_quiet(process),
        *_channels(process),
        *_resolution(process),
        *field_section(process),
        _closing(process),
    )


def _tiers(process: Process) -> ProcessSection:
    departments = {department.key: department.name for department in process.departments}
    rows = [
        (
            tier.name,
            tier.job,
            listed(CHANNEL_NAMES[channel] for channel in tier.channels),
            process.team(tier.team).name,
            str(tier.volume_target),
        )
        for tier in process.tiers
    ]
    teams = [
        f"{team.name}: {process.tier(team.tier).name}, department {departments[team.department]}."
        for team in process.teams
    ]
    return ProcessSection(
        key="tiers",
        title="Tiers, teams and channels",
        paragraphs=(
            (
                "A ticket starts at the first tier and moves up when a skill or authority is "
                "missing or a promise is at risk. It goes to its own department's team on the "
                "next tier, or to that tier's own team if there is none."
            ),
            *tools_in_words(process),
        ),
        head=("Tier", "Job", "Its tools", "Its own team", "Open tickets at most"),
        rows=table_rows(rows),
        points=tuple(teams),
    )


def _calendars(process: Process, today: date) -> ProcessSection:
    return ProcessSection(
        key="calendars",
        title="Calendars",
        paragraphs=("Promised times and working delays count only while a calendar is open.",),
        points=tuple(" ".join(calendar_sentences(spec, today)) for spec in process.calendars),
    )


def _escalation() -> ProcessSection:
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


def _path(process: Process, path: EscalationPath) -> ProcessSection:
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


def _playbooks(process: Process) -> Iterator[ProcessSection]:
    if process.playbooks:
        yield ProcessSection(
            key="playbooks",
            title="Playbooks",
            paragraphs=("Foreseen cases, and what is done in them.",),
            points=tuple(_playbook(process, playbook) for playbook in process.playbooks),
        )


def _replies(process: Process) -> Iterator[ProcessSection]:
    if process.replies:
        yield ProcessSection(
            key="replies",
            title="Replies",
            paragraphs=("Written once, filled in for a ticket, changed before they are sent.",),
            points=tuple(
                f"{reply.name} ({reply.stage.replace('_', ' ')}, {reply.tone}): "
                + " ".join(reply.text.split())
                for reply in process.replies
            ),
        )
    if process.macros:
        yield ProcessSection(
            key="macros",
            title="Macros",
            paragraphs=("Several acts in one, shown before they happen.",),
            points=tuple(_macro(process, macro) for macro in process.macros),
        )


def _macro(process: Process, macro: Macro) -> str:
    replies = {reply.key: reply.name for reply in process.replies}
    acts = ["takes the ticket"] if macro.takes else []
    acts += [f"tags it {listed(sorted(macro.tags), 'and')}"] if macro.tags else []
    acts += [f"sends “{replies[macro.reply]}”"] if macro.reply else []
    if macro.status is not None:
        acts.append(f"sets the status “{process.status_name(macro.status.value)}”")
    acts += ["resolves it once what resolving asks for holds"] if macro.resolves else []
    return f"{macro.name}: {listed(acts, 'and')}."


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


def _notices(process: Process) -> ProcessSection:
    rows = [
        (
            EVENT_NAMES[EventKind(rule.on)],
            listed(
                (
                    *(AUDIENCE_NAMES[who] for who in rule.to),
                    *(_channel_name(process, key) for key in rule.posts),
                )
            ),
            listed(
                (
                    *(DELIVERY_NAMES[way] for way in rule.channels),
                    *(("as a post",) if rule.posts else ()),
                )
            )
            + (", always" if rule.is_forced or rule.on in process.must_reach else ""),
        )
        for rule in process.rules
    ]
    return ProcessSection(
        key="notices",
        title="Who is told what",
        paragraphs=("Nobody is told of what they did themselves.",),
        head=("When", "Who is told", "How"),
        rows=table_rows(rows),
        points=tuple(_always(process)),
    )


def _always(process: Process) -> Iterator[str]:
    if process.must_reach or any(rule.is_forced for rule in process.rules):
        yield (
            "Always means that it goes out at once: nobody can turn it off, have it collected, or "
            "keep it waiting in quiet hours."
        )
    for key in sorted(process.must_reach - {rule.on for rule in process.rules}):
        yield f"It holds for this as well, should somebody be told: {EVENT_NAMES[EventKind(key)]}."


def _quiet(process: Process) -> Iterator[ProcessSection]:
    if process.quiet is None:
        return
    hours = process.quiet.hours
    said = [
        (
            f"From {_wall_time(hours.starts)} to {_wall_time(hours.ends)} in their own time"
            f"{', and all weekend,' if hours.weekends else ''} people of ours get no e-mail. What "
            "came meanwhile arrives as one message when the quiet time ends. A notice in the app "
            "is there at once: it makes no noise."
        ),
        "Everybody can set other hours, or none, under My notices.",
    ]
    if process.quiet.exempt:
        levels = listed((process.severity(one).key for one in sorted(process.quiet.exempt)), "or")
        said.append(f"What is about a ticket of severity {levels} never waits.")
    yield ProcessSection(key="quiet", title="Quiet hours", paragraphs=tuple(said))


def _wall_time(at: timedelta) -> str:
    hours, minutes = divmod(int(at / timedelta(minutes=1)), 60)
    return f"{hours:02}:{minutes:02}"


def _channels(process: Process) -> Iterator[ProcessSection]:
    if not process.channels:
        return
    yield ProcessSection(
        key="channels",
        title="Channels",
        paragraphs=(
            "Places that many people of ours read. The rules and the paths say what is posted.",
        ),
        points=tuple(
            f"{channel.name}, {CHANNEL_KIND_NAMES[channel.kind]}: "
            + ("with" if channel.quotes else "without")
            + " the customers’ own words."
            for channel in process.channels
        ),
    )


def _channel_name(process: Process, key: str) -> str:
    channel = process.channel(key)
    return key if channel is None else channel.name


def _resolution(process: Process) -> Iterator[ProcessSection]:
    rules = process.resolution
    if rules is None:
        return
    yield ProcessSection(
        key="resolution",
        title="Before an escalated ticket is resolved",
        paragraphs=(
            "Each of these must hold, and a person of ours says so. The root cause is written "
            "down with whose side it was on, and the customer gets a closing message.",
            f"Root causes are one of: {listed(rules.causes.values(), 'or').lower()}.",
            "What keeps it from coming back has an owner, who is reminded "
            f"{length_in_words(rules.remind_before)} before its date and once it is late.",
        ),
        points=tuple(rules.criteria.values()),
    )


def _closing(process: Process) -> ProcessSection:
    after = length_in_words(process.close_after)
    names = listed((f"“{name}”" for name in process.statuses.values()), "or")
    return ProcessSection(
        key="closing",
        title="Statuses and closing",
        paragraphs=(
            f"A ticket is {names}.",
            (
                f"A resolved ticket is closed {after} after its resolution. Until then it can be "
                "reopened."
            ),
        ),
    )
