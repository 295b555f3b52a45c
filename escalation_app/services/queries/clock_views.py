"""The clocks of a ticket as its page shows them: badge, gauge and the sum behind the due time.

Nothing here is relative to the moment of reading, except whether a calendar is open: what counts
on, counts in the browser.
"""

from datetime import datetime, timedelta

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import (
    ZERO,
    Clock,
    ClockState,
    Metric,
    SumKind,
    SumLine,
    Threshold,
    explain_clock,
    instant_of_use,
    left,
    used,
)
from escalation_app.domain.process import Process, SlaPolicy
from escalation_app.domain.tickets import NEVER_AT, Ticket
from escalation_app.services.calendar_text import open_details, open_words
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.views import (
    ClockView,
    GaugeNotch,
    GaugePause,
    Sentence,
    TimeLeft,
    WhyDetail,
    WhyLine,
    duration_words,
    iso,
    time_left_words,
)

_A_YEAR = timedelta(days=366)
_ORDER = (ClockState.RUNNING, ClockState.PAUSED, ClockState.MET)


def clock_views(ticket: Ticket, process: Process, now: datetime) -> tuple[ClockView, ...]:
    """The latest clock of each metric that was not cancelled, the most pressing first."""
    latest = [ticket.clock(metric) for metric in Metric]
    shown = [clock for clock in latest if clock is not None and clock.state in _ORDER]
    shown.sort(key=lambda clock: (_ORDER.index(clock.state), clock.due_at or NEVER_AT))
    return tuple(_view(clock, ticket, process, now) for clock in shown)


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


def _view(clock: Clock, ticket: Ticket, process: Process, now: datetime) -> ClockView:
    calendar = process.calendar(clock.calendar)
    policy = process.policy(clock.policy)
    share = 100 * (used(clock, calendar, now) / clock.target) if clock.target else 100.0
    is_running = clock.state is ClockState.RUNNING
    return ClockView(
        key=f"{clock.metric.value}-{clock.cycle}",
        name=_name(clock),
        time_left=clock_time_left(clock, calendar, now),
        started_at=iso(clock.started_at),
        ended_at=iso(clock.due_at) if is_running else "",
        used_pct=0.0 if is_running else round(share, 1),
        label=_label(clock, share, calendar),
        notches=_notches(clock, calendar, policy),
        pauses=_pauses(clock) if is_running else (),
        why=_why(clock, calendar, policy, process.severity(ticket.severity).key),
        why_note=_note(ticket, process, calendar),
    )


def _note(ticket: Ticket, process: Process, calendar: BusinessCalendar) -> str:
    policy = process.why_policy(ticket.plan, ticket.severity)
    if calendar.always_open:
        return policy
    named = next(spec.name for spec in process.calendars if spec.key == calendar.key)
    return f"{policy} It counts in {named}, told in the local time of {calendar.zone}."


def _name(clock: Clock) -> str:
    name = METRIC_NAMES[clock.metric]
    return name if clock.cycle == 1 else f"{name}, time {clock.cycle}"


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _length(length: timedelta) -> str:
    return duration_words(_seconds(length))


def _label(clock: Clock, share: float, calendar: BusinessCalendar) -> str:
    target = _counted(clock.target, calendar)
    if clock.state is ClockState.RUNNING:
        return f"{_name(clock)}: a target of {target}, running"
    return f"{_name(clock)}: {share:.0f} % of {target} used, {clock.state.value}"


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


def _why(
    clock: Clock, calendar: BusinessCalendar, policy: SlaPolicy | None, severity: str
) -> tuple[WhyLine, ...]:
    """The sum that makes the due time, as it stood when the clock last started or stopped."""
    stood_at = clock.running_since or clock.ended_at or clock.paused_at or clock.started_at
    whose = policy.name if policy is not None else "the policy"
    lines = [
        _why_line(line, f"Target of {whose}, {severity}", calendar)
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
