"""The clocks of a ticket as its page shows them: badge, gauge and the sum behind the due time.

Nothing here is relative to the moment of reading, except whether a calendar is open: what counts
on, counts in the browser.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clock_sums import SumKind, SumLine, explain_clock
from escalation_app.domain.clocks import (
    ZERO,
    Clock,
    ClockState,
    Metric,
    Threshold,
    instant_of_use,
    left,
    used,
)
from escalation_app.domain.commitments import Obligation, Promise
from escalation_app.domain.process import Process, SlaPolicy
from escalation_app.domain.tickets import NEVER_AT, Ticket
from escalation_app.services.calendar_text import open_details, open_words
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.views.clocks import ClockView, GaugeNotch, GaugePause, WhyDetail, WhyLine
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.words import duration_words, iso, time_left_words

_A_YEAR = timedelta(days=366)
_NOBODY: Mapping[int, str] = MappingProxyType({})
_ORDER = (ClockState.RUNNING, ClockState.PAUSED, ClockState.MET)
_SINGLE = (Metric.OBLIGATION, Metric.PROMISE)
"""Of these each cycle is a thing of its own."""
AT_ONCE = 3
"""How many of the most pressing clocks stand open; the resolution always does."""


def clock_views(
    ticket: Ticket, process: Process, now: datetime, names: Mapping[int, str] = _NOBODY
) -> tuple[ClockView, ...]:
    """The latest clock of each metric, and every obligation and promise that is still owed, unless
    it was cancelled; the most pressing first. `names` says who owes and who promised."""
    shown = [clock for clock in _latest(ticket) if clock.state in _ORDER]
    shown.sort(key=lambda clock: (_ORDER.index(clock.state), clock.due_at or NEVER_AT))
    return tuple(_view(clock, ticket, process, now, names) for clock in shown)


def fold(views: Sequence[ClockView]) -> tuple[tuple[ClockView, ...], tuple[ClockView, ...]]:
    """The clocks that stand open, and those that are folded away: none for a single one."""
    opened = [
        view
        for place, view in enumerate(views)
        if place < AT_ONCE or view.key.startswith(Metric.RESOLUTION.value)
    ]
    if len(views) - len(opened) < 2:
        return tuple(views), ()
    return tuple(opened), tuple(view for view in views if view not in opened)


def _latest(ticket: Ticket) -> Iterable[Clock]:
    for clock in ticket.clocks:
        is_owed = clock.metric in _SINGLE and not clock.is_over
        if is_owed or clock is ticket.clock(clock.metric):
            yield clock


def clock_time_left(clock: Clock, calendar: BusinessCalendar, now: datetime) -> TimeLeft:
    """The badge of one clock."""
    metric = METRIC_NAMES[clock.metric]
    if clock.state is ClockState.RUNNING:
        is_closed = not calendar.is_open(now)
        return TimeLeft(
            state="running",
            due_at=iso(clock.due_at),
            from_at=iso(clock.started_at),
            opens_at=iso(calendar.next_opening(now)) if is_closed else "",
            metric=metric,
            breached=clock.is_breached,
        )
    rest = _seconds(left(clock, calendar, now))
    if clock.state is ClockState.PAUSED:
        state = "overpaused" if clock.is_breached else "paused"
        return TimeLeft(
            state=state,
            due_at=iso(clock.breached_at),
            metric=metric,
            words=time_left_words(state, rest, clock.pause_reason),
            pause_reason=clock.pause_reason,
            breached=clock.is_breached,
        )
    if clock.is_breached:
        return TimeLeft(
            "late", iso(clock.due_at), metric=metric, words=time_left_words("late", rest)
        )
    spent = _counted(used(clock, calendar, now), calendar)
    words = f"met in {spent} of {_counted(clock.target, calendar)}"
    return TimeLeft("met", iso(clock.due_at), metric=metric, words=words)


def _view(
    clock: Clock, ticket: Ticket, process: Process, now: datetime, names: Mapping[int, str]
) -> ClockView:
    calendar = process.calendar(clock.calendar)
    policy = process.policy(clock.policy)
    share = 100 * (used(clock, calendar, now) / clock.target) if clock.target else 100.0
    is_running = clock.state is ClockState.RUNNING
    name, text = _name(clock, ticket, names)
    return ClockView(
        key=f"{clock.metric.value}-{clock.cycle}",
        name=name,
        text=text,
        time_left=clock_time_left(clock, calendar, now),
        started_at=iso(clock.started_at),
        ended_at=iso(clock.due_at) if is_running else "",
        used_pct=0.0 if is_running else round(share, 1),
        label=_label(clock, name, share, calendar),
        notches=_notches(clock, calendar, policy),
        pauses=_pauses(clock) if is_running else (),
        why=_why(clock, calendar, _whose(clock, ticket, process)),
        why_note="" if clock.metric in _SINGLE else _note(ticket, process, calendar),
    )


def _note(ticket: Ticket, process: Process, calendar: BusinessCalendar) -> str:
    policy = process.why_policy(ticket.plan, ticket.severity)
    if calendar.always_open:
        return policy
    named = next(spec.name for spec in process.calendars if spec.key == calendar.key)
    return f"{policy} It counts in {named}, told in the local time of {calendar.zone}."


def _name(clock: Clock, ticket: Ticket, names: Mapping[int, str]) -> tuple[str, str]:
    """What a clock is called and, of an obligation or a promise, what it is about. A resolution
    says which time it is; words to the customer begin anew so often that they do not."""
    match clock.metric:
        case Metric.OBLIGATION:
            owed = _numbered(ticket.obligations, clock.cycle)
            who = "" if owed is None else names.get(owed.person_id, "somebody")
            return (f"{who} owes", owed.text) if owed else (METRIC_NAMES[clock.metric], "")
        case Metric.PROMISE:
            made = _numbered(ticket.promises, clock.cycle)
            who = "" if made is None else names.get(made.owner_id, "somebody")
            return (f"{who} promised", made.text) if made else (METRIC_NAMES[clock.metric], "")
        case Metric.RESOLUTION if clock.cycle > 1:
            return f"{METRIC_NAMES[clock.metric]}, time {clock.cycle}", ""
        case _:
            return METRIC_NAMES[clock.metric], ""


_Numbered = TypeVar("_Numbered", Obligation, Promise)


def _numbered(among: Iterable[_Numbered], number: int) -> _Numbered | None:
    return next((each for each in among if each.number == number), None)


def _whose(clock: Clock, ticket: Ticket, process: Process) -> str:
    """Whose target it is: that of a policy and a severity, else of whoever gave the thing."""
    policy = process.policy(clock.policy)
    if clock.metric is Metric.OBLIGATION:
        return "Given"
    if clock.metric is Metric.PROMISE:
        return "Promised within"
    whose = "the policy" if policy is None else policy.name
    return f"Target of {whose}, {process.severity(ticket.severity).key}"


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _length(length: timedelta) -> str:
    return duration_words(_seconds(length))


def _label(clock: Clock, name: str, share: float, calendar: BusinessCalendar) -> str:
    target = _counted(clock.target, calendar)
    if clock.state is ClockState.RUNNING:
        return f"{name}: a target of {target}, running"
    return f"{name}: {share:.0f} % of {target} used, {clock.state.value}"


def _place(clock: Clock, at: datetime) -> float:
    """Where an instant stands between start and due, in percent."""
    if clock.due_at is None or clock.due_at <= clock.started_at:
        return 100.0
    share = (at - clock.started_at) / (clock.due_at - clock.started_at)
    return round(100 * min(1.0, max(0.0, share)), 2)


def _notches(
    clock: Clock, calendar: BusinessCalendar, policy: SlaPolicy | None
) -> tuple[GaugeNotch, ...]:
    """The warnings ahead and behind: by the time they fall on, or by share while it stands."""
    notches: list[GaugeNotch] = []
    for point in () if policy is None else policy.warnings:
        use = point.use_of(clock.target)
        if use is None or not clock.target:
            continue
        at = instant_of_use(clock, use, calendar)
        place = round(100 * (use / clock.target), 2) if at is None else _place(clock, at)
        notches.append(GaugeNotch(place, f"Warning {_point_words(point)}"))
    return tuple(notches)


def _point_words(point: Threshold) -> str:
    if not point.offset:
        return f"when {point.share} % is used"
    return f"{_length(abs(point.offset))} {'before' if point.offset < ZERO else 'after'} it is due"


def _gaps(clock: Clock) -> list[tuple[datetime, datetime]]:
    """The pauses of a running clock that are over."""
    ends = [clock.started_at, *(to for _, to in clock.stretches)]
    begins = [since for since, _ in clock.stretches]
    if clock.running_since is not None:
        begins.append(clock.running_since)
    return [(to, since) for to, since in zip(ends, begins, strict=False) if since > to]


def _pauses(clock: Clock) -> tuple[GaugePause, ...]:
    return tuple(
        GaugePause(
            _place(clock, since),
            round(_place(clock, until) - _place(clock, since), 2),
            f"Paused {_length(until - since)}, not counted",
        )
        for since, until in _gaps(clock)
    )


def _why(clock: Clock, calendar: BusinessCalendar, target: str) -> tuple[WhyLine, ...]:
    """The sum that makes the due time, as it stood when the clock last started or stopped."""
    stood_at = clock.running_since or clock.ended_at or clock.paused_at or clock.started_at
    lines = [
        _why_line(line, target, calendar)
        for line in explain_clock(clock, calendar, stood_at)
        if line.kind is not SumKind.LEFT and line.kind is not SumKind.OVER
    ]
    rest = left(clock, calendar, stood_at)
    if clock.state is ClockState.MET:
        met = Sentence("Met", iso(clock.ended_at))
        return (*lines, WhyLine(met, _rest(rest, calendar), is_total=True))
    ahead = _details(calendar, stood_at, clock.due_at)
    stood = Sentence(_stood(clock), iso(stood_at))
    lines.append(WhyLine(stood, _rest(rest, calendar), details=ahead))
    if clock.due_at is None:
        total = WhyLine(Sentence("Due that long after it goes on"), is_total=True)
    else:
        total = WhyLine(Sentence("Due", iso(clock.due_at)), is_total=True)
    return (*lines, total)


def _details(
    calendar: BusinessCalendar, since: datetime, until: datetime | None
) -> tuple[WhyDetail, ...]:
    """How the time between counted; nothing around the clock, where all of it does, nor for a
    range that nobody would read."""
    if calendar.always_open or until is None or until - since > _A_YEAR:
        return ()
    return open_details(calendar, since, until)


def _why_line(line: SumLine, target: str, calendar: BusinessCalendar) -> WhyLine:
    match line.kind:
        case SumKind.TARGET:
            return WhyLine(Sentence(target), _counted(line.amount, calendar))
        case SumKind.PAUSED:
            return WhyLine(Sentence("Paused until", iso(line.until)), "not counted")
        case _:
            worked = Sentence("Worked until", iso(line.until))
            details = _details(calendar, line.since, line.until)
            return WhyLine(worked, _counted(line.amount, calendar), details=details)


def _stood(clock: Clock) -> str:
    if clock.state is ClockState.PAUSED:
        return "Stands still since"
    return "Runs since" if not clock.stretches else "Runs on since"


def _rest(rest: timedelta, calendar: BusinessCalendar) -> str:
    length = _counted(abs(rest), calendar)
    return f"{length} over" if rest < timedelta() else f"{length} left"


def _counted(length: timedelta, calendar: BusinessCalendar) -> str:
    """A length of open time: where days are not 24 hours long, in hours."""
    return _length(length) if calendar.always_open else open_words(length)
