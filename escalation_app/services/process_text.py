"""The process in plain English, section by section, made from the version that is live.

Customers read less than people of ours, in other words: what they are promised, how severity is
found, and what happens when a promise is at risk; no volumes, no teams, no rules of who is told.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from escalation_app.domain.actions import ACTIONS, StepAction
from escalation_app.domain.clocks import ZERO, Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.process import (
    ALWAYS,
    MORE_METRICS,
    TARGET_METRICS,
    Audience,
    CalendarSpec,
    ChannelKind,
    Condition,
    CutOut,
    Delivery,
    EscalationPath,
    Holiday,
    PathStep,
    Playbook,
    Process,
    PublicHolidays,
    ShareAnchor,
    SlaPolicy,
    SpecialDay,
    StopWhen,
)
from escalation_app.domain.replies import Macro
from escalation_app.domain.wall_time import Span
from escalation_app.services.field_text import field_section
from escalation_app.services.tool_text import tools_in_words
from escalation_app.views import ProcessSection, ProcessTableRow

METRIC_NAMES: Mapping[Metric, str] = {
    Metric.FIRST_RESPONSE: "first response",
    Metric.NEXT_REPLY: "next reply",
    Metric.NEXT_UPDATE: "next update",
    Metric.RESOLUTION: "resolution",
    Metric.TEAM: "team's stay",
    Metric.TRIAGE: "triage of a request",
    Metric.OBLIGATION: "obligation",
    Metric.PROMISE: "promise",
}
_STOP_NAMES: Mapping[StopWhen, str] = {
    StopWhen.MET: "what it is about is done",
    StopWhen.ANSWERED: "the customer is answered",
    StopWhen.ASSIGNED: "somebody takes the ticket",
    StopWhen.ACKNOWLEDGED: "it is acknowledged",
    StopWhen.WAITING: "the ticket waits for somebody else",
}
AUDIENCE_NAMES: Mapping[Audience, str] = {
    Audience.ASSIGNEE: "the owner",
    Audience.REQUESTER: "the customer",
    Audience.TEAM: "the team",
    Audience.TEAM_LEAD: "the team lead",
    Audience.CASE_MANAGER: "the manager of the case",
    Audience.MANAGERS: "all managers",
    Audience.EXECUTIVES: "the executives",
    Audience.ADMINS: "the administrators",
    Audience.OBLIGED: "those who owe something to the case",
    Audience.TOLD: "the people concerned",
}
DELIVERY_NAMES: Mapping[Delivery, str] = {
    Delivery.IN_APP: "in the app",
    Delivery.EMAIL: "by e-mail",
}
CHANNEL_KIND_NAMES: Mapping[ChannelKind, str] = {
    ChannelKind.SLACK: "a Slack channel",
    ChannelKind.WEBHOOK: "another system of ours",
}
EVENT_NAMES: Mapping[EventKind, str] = {
    EventKind.TICKET_OPENED: "A ticket is opened",
    EventKind.MESSAGE_RECEIVED: "The customer writes",
    EventKind.MESSAGE_SENT: "We write to the customer",
    EventKind.NOTE_WRITTEN: "An internal note is written",
    EventKind.TICKET_ASSIGNED: "A ticket gets an owner",
    EventKind.STATUS_CHANGED: "A ticket's status changes",
    EventKind.SEVERITY_CHANGED: "A ticket's severity changes",
    EventKind.TICKET_GRADED: "A ticket's nature, impact or urgency changes",
    EventKind.TIER_CHANGED: "A ticket changes tier",
    EventKind.TICKET_RESOLVED: "A ticket is resolved",
    EventKind.TICKET_REOPENED: "A ticket is reopened",
    EventKind.RESOLUTION_NOTED: "It is noted how an escalated ticket is solved",
    EventKind.TICKET_CLOSED: "A ticket is closed",
    EventKind.TICKET_MERGED: "A ticket is merged into another one",
    EventKind.MERGE_RECEIVED: "Another ticket is merged into a ticket",
    EventKind.SLA_WARNING: "A promised time runs low",
    EventKind.SLA_BREACHED: "A promise is broken",
    EventKind.TICKET_ESCALATED: "Somebody escalates a ticket",
    EventKind.ESCALATION_STARTED: "An escalation starts",
    EventKind.ESCALATION_JOINED: "Another reason joins an escalation",
    EventKind.ESCALATION_ACKNOWLEDGED: "An escalation is acknowledged",
    EventKind.ESCALATION_ASSIGNED: "A manager takes a case",
    EventKind.ESCALATION_ENDED: "An escalation ends",
    EventKind.PATH_STEP_TAKEN: "A step of a path is taken",
    EventKind.PATH_ENDED: "A path ends by itself",
    EventKind.ABSENCE_CHANGED: "Somebody is away, or back",
    EventKind.NO_PATH: "No path fits a broken promise",
    EventKind.MESSAGE_RETRIED: "A message is tried again by hand",
    EventKind.PLAYBOOK_FOLLOWED: "A playbook is followed",
    EventKind.ESCALATION_REQUESTED: "A customer asks for an escalation",
    EventKind.ESCALATION_TRIAGED: "A customer's request is looked at",
    EventKind.OBLIGATION_GIVEN: "Somebody gets an obligation",
    EventKind.OBLIGATION_CHANGED: "An obligation changes",
    EventKind.PROMISE_MADE: "A promise is made to a customer",
    EventKind.PROMISE_CHANGED: "A promise is kept, broken or renegotiated",
    EventKind.DECISION_RECORDED: "A decision about a case is recorded",
    EventKind.SPONSOR_NAMED: "An executive becomes a case's sponsor",
    EventKind.NUDGED: "Somebody is reminded of what they owe",
    EventKind.PREVENTION_DUE: "What keeps a case from coming back is due soon, or late",
    EventKind.PREVENTION_CHANGED: "What keeps a case from coming back is done, or moved",
    EventKind.CHANNEL_POST: "A path posts to a channel",
    EventKind.DUE_MOVED: "A due time follows its calendar",
    EventKind.CALENDAR_DAY_ADDED: "A day is added to a calendar",
    EventKind.CALENDAR_DAY_REMOVED: "A day is taken out of a calendar",
    EventKind.CLOCK_CONFIRMED: "The new time of an engine's clock is confirmed",
    EventKind.TIMER_REPAIRED: "A timer that was missing or late is set",
    EventKind.TICKET_SPLIT: "A ticket is made of a part of another one",
    EventKind.TICKET_LINKED: "Two tickets are linked",
    EventKind.TICKET_UNLINKED: "Two tickets are linked no more",
    EventKind.TICKET_TAGGED: "A ticket gets or loses a tag",
    EventKind.TICKET_SNOOZED: "Somebody puts a ticket off, or takes it up again",
    EventKind.ACT_UNDONE: "What somebody did to a ticket is undone",
    EventKind.VIEW_CHANGED: "A view of the queue is saved, changed or deleted",
    EventKind.MENTIONED: "Somebody is named in an internal note",
    EventKind.FIELDS_FILLED: "Fields of a ticket are filled in or changed",
    EventKind.CONTACT_LOGGED: "A call, a meeting or a visit is logged",
    EventKind.CONTACT_TAKEN_BACK: "A call, a meeting or a visit is taken back",
    EventKind.ARTICLE_CHANGED: "An article is drafted, changed, published or withdrawn",
}
CHANNEL_NAMES: Mapping[str, str] = {
    "portal": "portal",
    "email": "e-mail",
    "chat": "chat",
    "phone": "phone",
    "crm": "CRM",
    "face_to_face": "face to face",
}
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TWO_DAYS = timedelta(hours=48)
_A_YEAR = timedelta(days=365)


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
        return _for_customers(process, today)
    return _for_staff(process, today)


def _for_staff(process: Process, today: date) -> tuple[ProcessSection, ...]:
    return (
        _tiers(process),
        _severities(process),
        _plans(process),
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


def length_in_words(length: timedelta, *, has_days: bool = True) -> str:
    """`15 minutes`, `48 hours`, `3 days`, `3 days 4 hours`: days only above 48 hours, and none
    without `has_days`."""
    in_days = has_days and length > _TWO_DAYS
    days, rest = divmod(length, timedelta(days=1)) if in_days else (0, length)
    minutes, seconds = divmod(rest // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or "0 minutes"


def _tiers(process: Process) -> ProcessSection:
    departments = {department.key: department.name for department in process.departments}
    rows = [
        (
            tier.name,
            tier.job,
            _listed(CHANNEL_NAMES[channel] for channel in tier.channels),
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
        rows=_rows(rows),
        points=tuple(teams),
    )


def _severities(process: Process) -> ProcessSection:
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
        rows=_rows(rows),
        points=(
            *(f"{level.key}, {level.name}: {level.meaning}" for level in process.severities),
            *(f"{grade.name} impact: {grade.meaning}" for grade in process.impacts),
            *(f"{grade.name} urgency: {grade.meaning}" for grade in process.urgencies),
        ),
    )


def _plans(process: Process) -> ProcessSection:
    rows = [
        (
            f"{plan.name}, {METRIC_NAMES[metric]}",
            *(_promise(process, plan.key, level.level, metric) for level in process.severities),
        )
        for plan in reversed(process.plans)
        for metric in (*TARGET_METRICS, *MORE_METRICS)
        if metric in TARGET_METRICS or _is_promised(process, plan.key, metric)
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
        rows=_rows(rows),
        points=tuple(_policy(process, policy) for policy in process.policies),
    )


def _is_promised(process: Process, plan: str, metric: Metric) -> bool:
    levels = [level.level for level in process.severities]
    return any(process.policy_for(plan, each).target(each, metric) is not None for each in levels)


def _promise(process: Process, plan: str, level: int, metric: Metric) -> str:
    policy = process.policy_for(plan, level)
    target = policy.target(level, metric)
    return "no promise" if target is None else target_in_words(process, policy, target)


def target_in_words(process: Process, policy: SlaPolicy, target: timedelta) -> str:
    """A promised length of open time: in hours where a day is not 24 of them."""
    is_always = process.calendar(policy.calendar).always_open
    return length_in_words(target, has_days=is_always)


def _policy(process: Process, policy: SlaPolicy) -> str:
    calendar = next(spec for spec in process.calendars if spec.key == policy.calendar)
    severities = _listed(process.severity(level).key for level in sorted(policy.targets))
    said = [
        (
            f"{policy.name} is for plan {process.plan(policy.plan).name}, {severities}; "
            f"its time counts in the calendar {calendar.name}."
        )
    ]
    if policy.pause_in:
        statuses = _listed((process.status_name(key) for key in sorted(policy.pause_in)), "or")
        said.append(
            "The times to resolution and to the next update and that of a team stand still while "
            f"a ticket is {statuses}."
        )
    shares = _listed(f"{point.share}%" for point in policy.warnings if not point.offset)
    if shares:
        said.append(f"Warnings come when {shares} of a promised time are used up.")
    said += [
        f"A warning comes {_offset_words(point.offset)} a promised time is over."
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


def _offset_words(offset: timedelta) -> str:
    return f"{length_in_words(abs(offset))} {'before' if offset < ZERO else 'after'}"


def _calendars(process: Process, today: date) -> ProcessSection:
    return ProcessSection(
        key="calendars",
        title="Calendars",
        paragraphs=("Promised times and working delays count only while a calendar is open.",),
        points=tuple(" ".join(calendar_sentences(spec, today)) for spec in process.calendars),
    )


def calendar_sentences(spec: CalendarSpec, today: date, *, says_who: bool = True) -> list[str]:
    """The week of a calendar and its exceptions; of the public holidays, those of the year from
    `today` are named. With `says_who`, also who added a day since the process was published."""
    if spec.always:
        return [f"{spec.name}: always open."]

    def named(day: Holiday | SpecialDay | CutOut) -> str:
        who = f", added by {day.added_by}" if day.added_by and says_who else ""
        return f"{_date(day.on)} ({day.name}{who})"

    said = [f"{spec.name}, in local time of {spec.zone}: {_week(spec.hours)}."]
    said += [_public_holidays(spec, place, today) for place in spec.public_holidays]
    if spec.worked_holidays:
        days = _listed(_date(on) for on in sorted(spec.worked_holidays))
        said.append(f"Open as usual on the public holidays of {days}.")
    if spec.holidays:
        said.append(f"Closed on {_listed(named(day) for day in spec.holidays)}.")
    said += [f"On {named(day)} {_hours(day.hours)}." for day in spec.special_days]
    said += [f"On {named(day)} {_spans(day.hours)} does not count." for day in spec.cutouts]
    return said


def _hours(hours: tuple[Span, ...]) -> str:
    return f"open {_spans(hours)} only" if hours else "closed"


def _public_holidays(spec: CalendarSpec, place: PublicHolidays, today: date) -> str:
    """Where they come from, and those of the coming year that close the calendar."""
    kept = spec.worked_holidays | {day.on for day in spec.special_days}
    coming = _listed(
        f"{_date(day.on)} ({day.name})"
        for day in place.days
        if today <= day.on < today + _A_YEAR and day.on not in kept
    )
    said = f"Closed on the public holidays of {place.name}"
    return f"{said}; in the coming year these are {coming}." if coming else f"{said}."


def _week(hours: Mapping[int, tuple[Span, ...]]) -> str:
    said: list[str] = []
    for spans, run in groupby(range(7), key=lambda day: hours.get(day, ())):
        days = list(run)
        first, last = WEEKDAY_NAMES[days[0]], WEEKDAY_NAMES[days[-1]]
        named = first if first == last else f"{first} to {last}"
        said.append(f"{named} {_spans(spans) if spans else 'closed'}")
    return ", ".join(said)


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
    severities = _listed((process.severity(level).key for level in path.severities), "or")
    metrics = _listed(METRIC_NAMES[metric] for metric in path.metrics)
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
        yield f"Only for plan {_listed((process.plan(key).name for key in path.plans), 'or')}."
    if path.urgencies:
        names = {grade.key: grade.name.lower() for grade in process.urgencies}
        yield f"Only for {_listed((names[key] for key in path.urgencies), 'or')} urgency."
    yield f"Weight {path.weight}."
    if path.stop_when:
        stops = (_STOP_NAMES[stop] for stop in StopWhen if stop in path.stop_when)
        yield f"It ends as soon as {_listed(stops, 'or')}."


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
        said.append(f"Told: {_listed(AUDIENCE_NAMES[who] for who in step.audience)}.")
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
        told = _listed(AUDIENCE_NAMES[who] for who in step.otherwise)
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
    )
    return _listed((f"{how} {_listed(what, 'or')}" for how, what in parts if what), "and")


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
    acts += [f"tags it {_listed(sorted(macro.tags), 'and')}"] if macro.tags else []
    acts += [f"sends “{replies[macro.reply]}”"] if macro.reply else []
    if macro.status is not None:
        acts.append(f"sets the status “{process.status_name(macro.status.value)}”")
    acts += ["resolves it once what resolving asks for holds"] if macro.resolves else []
    return f"{macro.name}: {_listed(acts, 'and')}."


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
        f"{_listed(AUDIENCE_NAMES[who] for who in task.audience)}, within "
        f"{length_in_words(task.task.within)}: {task.task.text}"
        for task in playbook.tasks
    ]
    return " ".join(said)


def _when(process: Process, path: EscalationPath, step: PathStep) -> str:
    if isinstance(step.anchor, ShareAnchor):
        metric = METRIC_NAMES[step.anchor.metric]
        if step.anchor.offset:
            return f"{_offset_words(step.anchor.offset)} the time to {metric} is over"
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
            _listed(
                (
                    *(AUDIENCE_NAMES[who] for who in rule.to),
                    *(_channel_name(process, key) for key in rule.posts),
                )
            ),
            _listed(
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
        rows=_rows(rows),
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
        levels = _listed((process.severity(one).key for one in sorted(process.quiet.exempt)), "or")
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
            f"Root causes are one of: {_listed(rules.causes.values(), 'or').lower()}.",
            "What keeps it from coming back has an owner, who is reminded "
            f"{length_in_words(rules.remind_before)} before its date and once it is late.",
        ),
        points=tuple(rules.criteria.values()),
    )


def _closing(process: Process) -> ProcessSection:
    after = length_in_words(process.close_after)
    names = _listed((f"“{name}”" for name in process.statuses.values()), "or")
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


# For customers -------------------------------------------------------------------------------

_PROMISES: Mapping[Metric, str] = {
    Metric.FIRST_RESPONSE: "first answer",
    Metric.NEXT_REPLY: "answer to each message",
    Metric.NEXT_UPDATE: "news at least every",
    Metric.RESOLUTION: "solution",
    Metric.TRIAGE: "look at your request to escalate",
}
"""What customers know of; the rest is between people of ours."""


def _for_customers(process: Process, today: date) -> tuple[ProcessSection, ...]:
    return (
        _customer_plans(process),
        _severities(process),
        _customer_risk(process),
        _customer_escalation(),
        *_customer_calendars(process, today),
        _customer_closing(process),
    )


def _customer_plans(process: Process) -> ProcessSection:
    rows = [
        (
            f"{plan.name}, {_PROMISES[metric]}",
            *(_promise(process, plan.key, level.level, metric) for level in process.severities),
        )
        for plan in reversed(process.plans)
        for metric in _PROMISES
        if metric in TARGET_METRICS or _is_promised(process, plan.key, metric)
    ]
    return ProcessSection(
        key="plans",
        title="What we promise",
        paragraphs=(
            "Your plan and the severity of a ticket say within what time you get a first answer "
            "and a solution. A higher severity is never served later than a lower one.",
        ),
        head=("Plan", *(f"{level.key}, {level.name}" for level in process.severities)),
        rows=_rows(rows),
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
        f"{_listed((process.severity(level).key for level in path.severities), 'and')}, "
        f"{_listed(_PROMISES[metric] for metric in path.metrics)}: {steps}."
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
                when = since = f"{_offset_words(anchor.offset)} it is over"
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
            f"A solved ticket closes by itself after {after}. Until then your answer opens it "
            "again. After that, open a new one and name the old one in it.",
        ),
    )


# Words ---------------------------------------------------------------------------------------


def _rows(rows: Iterable[tuple[str, ...]]) -> tuple[ProcessTableRow, ...]:
    return tuple(ProcessTableRow(cells) for cells in rows)


def _listed(words: Iterable[str], last: str = "and") -> str:
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def _date(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _spans(spans: Iterable[Span]) -> str:
    return _listed(f"{_clock(span.opens)} to {_clock(span.closes)}" for span in spans)


def _clock(at: timedelta) -> str:
    hours, minutes = divmod(int(at / timedelta(minutes=1)), 60)
    return f"{hours:02}:{minutes:02}"
