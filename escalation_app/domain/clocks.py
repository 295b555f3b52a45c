"""One SLA clock: a stopwatch of working time with a due instant.

Every function is pure and returns a new clock, or the same object when nothing changes. Each first
settles the clock at `now`: if it ran past its due instant it is breached there, whatever happens to
it next. The rules are those of the published process; lengths are open time in the clock's own
calendar unless said otherwise. Functions raise ValueError for a datetime without a zone or for a
calendar that is not the clock's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.values import changed
from escalation_app.domain.wall_time import ZERO, as_utc

ALL_USED = 100
"""The share, in percent, of a target that is used up when the clock is due."""


class Metric(StrEnum):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    NEXT_UPDATE = "next_update"
    RESOLUTION = "resolution"
    TEAM = "team"
    TRIAGE = "triage"
    OBLIGATION = "obligation"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A point of a clock's target: `share` percent of it, and `offset` of open time after that
    (before it when negative). "An hour before due" is 100 percent and an offset of minus 1 h.

    It is counted from the start of the clock, never back from a finished due time.
    """

    share: int = ALL_USED
    offset: timedelta = ZERO

    def use_of(self, target: timedelta) -> timedelta | None:
        """The open time used when it is reached; None when it lies before the clock's start."""
        use = target * self.share / ALL_USED + self.offset
        return use if use > ZERO or not target else None

    def __str__(self) -> str:
        if not self.offset:
            return f"{self.share}%"
        side = "before" if self.offset < ZERO else "after"
        minutes = abs(self.offset) // timedelta(minutes=1)
        days, rest = divmod(minutes, 24 * 60)
        parts = zip((days, *divmod(rest, 60)), "dhm", strict=True)
        return f"{' '.join(f'{count}{unit}' for count, unit in parts if count)} {side}"


BREACH = Threshold()
"""The point at which the target is used up."""


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Clock:
    """A clock as it stood at its last change. `calendar` and `policy` are keys of the process."""

    metric: Metric
    cycle: int
    state: ClockState
    target: timedelta
    calendar: str
    policy: str
    started_at: datetime
    running_since: datetime | None
    """None when it does not run."""
    consumed: timedelta
    """Open time used in the finished stretches."""
    stretches: tuple[tuple[datetime, datetime], ...]
    """Finished running stretches, none of them empty."""
    due_at: datetime | None
    """None while paused and when cancelled; kept when met while running."""
    breached_at: datetime | None = None
    """The due instant that was missed; never erased."""
    noticed_at: datetime | None = None
    ended_at: datetime | None = None
    """When it was met or cancelled."""
    paused_at: datetime | None = None
    pause_reason: str = ""
    revision: int = 1
    """Of the target; one more at each retarget."""
    mark: timedelta = ZERO
    """The use up to which every threshold has been handled in this revision."""
    due_by_retarget: bool = False
    """Whether the last retarget left nothing, so that it was due at once."""
    id: int | None = None

    @property
    def is_running(self) -> bool:
        return self.state is ClockState.RUNNING

    @property
    def is_over(self) -> bool:
        """Whether it has ended: met or cancelled."""
        return self.state in (ClockState.MET, ClockState.CANCELLED)

    @property
    def is_breached(self) -> bool:
        return self.breached_at is not None


def start_clock(
    metric: Metric,
    target: timedelta,
    calendar: BusinessCalendar,
    policy: str,
    now: datetime,
    cycle: int = 1,
) -> Clock:
    """A running clock. A target of 0 is due at once. Raises ValueError for a negative target and
    NoWorkingTime when the calendar never opens."""
    now = as_utc(now)
    return Clock(
        metric=metric,
        cycle=cycle,
        state=ClockState.RUNNING,
        target=target,
        calendar=calendar.key,
        policy=policy,
        started_at=now,
        running_since=now,
        consumed=ZERO,
        stretches=(),
        due_at=calendar.add(now, target) if target else now,
    )


def settle(clock: Clock, now: datetime, noticed_at: datetime | None = None) -> Clock:
    """The clock with its breach on record if it ran past its due instant before `now`.

    A clock met exactly when it is due is met, so at that instant nothing is breached yet.
    """
    now = as_utc(now)
    if clock.breached_at or clock.running_since is None or clock.due_at is None:
        return clock
    if clock.due_at >= now:
        return clock
    return changed(clock, breached_at=clock.due_at, noticed_at=as_utc(noticed_at or now))


def pause_clock(clock: Clock, calendar: BusinessCalendar, now: datetime, reason: str) -> Clock:
    """Stop counting and withdraw the due instant. Only a running clock can be paused."""
    now = as_utc(now)
    clock = settle(clock, now)
    if clock.running_since is None:
        return clock
    return changed(
        _stopped(clock, calendar, now),
        state=ClockState.PAUSED,
        due_at=None,
        paused_at=now,
        pause_reason=reason,
    )


def resume_clock(clock: Clock, calendar: BusinessCalendar, now: datetime) -> Clock:
    """Count on with what was left. Only a paused clock can be resumed.

    With nothing left it is due at once; if it was breached before the pause, it is due when it was.
    """
    now = as_utc(now)
    if clock.state is not ClockState.PAUSED:
        return settle(clock, now)
    remaining = left(clock, calendar, now)
    if remaining > ZERO:
        due_at = calendar.add(now, remaining)
    elif clock.is_breached and not clock.due_by_retarget:
        due_at = when_used(clock, clock.target, calendar)
    else:
        due_at = now
    return changed(
        clock,
        state=ClockState.RUNNING,
        running_since=now,
        due_at=due_at,
        paused_at=None,
        pause_reason="",
    )


def meet_clock(clock: Clock, calendar: BusinessCalendar, now: datetime) -> Clock:
    """What was promised has happened; late if the clock is breached. A paused clock can be met."""
    now = as_utc(now)
    clock = settle(clock, now)
    if clock.is_over:
        return clock
    return _ended(clock, calendar, now, ClockState.MET)


def cancel_clock(clock: Clock, calendar: BusinessCalendar, now: datetime) -> Clock:
    """The promise no longer stands. Its due instant is withdrawn; an earlier breach stays."""
    now = as_utc(now)
    clock = settle(clock, now)
    if clock.is_over:
        return clock
    return changed(_ended(clock, calendar, now, ClockState.CANCELLED), due_at=None)


def retarget_clock(
    clock: Clock,
    target: timedelta,
    calendar: BusinessCalendar,
    policy: str,
    now: datetime,
    changed_at: datetime | None = None,
) -> Clock:
    """The clock under another target, policy or calendar, keeping what was used.

    The time already run is summed again in the new calendar. If nothing is left, the clock is due
    now and marked as due by retarget. Thresholds that are used already count as handled, so a
    warning stands again only if its new time lies ahead. The same terms change nothing, but a
    calendar of the same name with other holidays does. The earlier due instant counts up to
    `changed_at`, when that is before `now`: what passed after it is no breach. Raises ValueError
    for a negative target and NoWorkingTime when the calendar never opens.
    """
    now = as_utc(now)
    if target < ZERO:
        raise ValueError(f"{target} is negative")
    clock = settle(clock, now if changed_at is None else min(as_utc(changed_at), now))
    if clock.is_over:
        return clock
    terms = changed(
        clock,
        target=target,
        calendar=calendar.key,
        policy=policy,
        consumed=sum((calendar.elapsed(*stretch) for stretch in clock.stretches), ZERO),
    )
    spent = used(terms, calendar, now)
    remaining = target - spent
    if clock.due_at is not None:
        terms = changed(
            terms,
            due_at=calendar.add(now, remaining) if remaining > ZERO else min(now, clock.due_at),
        )
    if terms == clock:
        return clock
    return changed(
        terms,
        due_at=now if clock.is_running and remaining <= ZERO else terms.due_at,
        due_by_retarget=remaining <= ZERO,
        revision=clock.revision + 1,
        mark=spent,
    )


def take_over(
    clock: Clock,
    other: Clock,
    calendar: BusinessCalendar,
    other_calendar: BusinessCalendar,
    now: datetime,
) -> Clock:
    """The clock with the harder promise of another one, of a ticket that goes on in this clock's:
    it counts what that one has counted, and has no more left than that one had.

    A clock that has as little left already stays as it is. A promise that is over already leaves
    nothing, so the clock is due at once, as by a retarget. Both must not have ended.
    """
    now = as_utc(now)
    clock, other = settle(clock, now), settle(other, now)
    if other.due_at is None:
        their_left = max(left(other, other_calendar, now), ZERO)
    else:
        their_left = calendar.elapsed(now, other.due_at) if other.due_at > now else ZERO
    if their_left >= left(clock, calendar, now):
        return clock
    stretches = _stopped(other, other_calendar, now).stretches
    consumed = sum((calendar.elapsed(*stretch) for stretch in stretches), ZERO)
    remaining = max(min(clock.target - consumed, their_left), ZERO)
    due_at = None
    if clock.is_running:
        due_at = calendar.add(now, remaining) if remaining else now
    return changed(
        clock,
        target=consumed + remaining,
        started_at=min(clock.started_at, other.started_at),
        running_since=now if clock.is_running else None,
        consumed=consumed,
        stretches=stretches,
        due_at=due_at,
        due_by_retarget=not remaining,
        revision=clock.revision + 1,
        mark=consumed,
    )


def used(clock: Clock, calendar: BusinessCalendar, now: datetime) -> timedelta:
    """Open time used up to `now`, or up to its end or pause."""
    _check(clock, calendar)
    if clock.running_since is None:
        return clock.consumed
    return clock.consumed + calendar.elapsed(clock.running_since, now)


def left(clock: Clock, calendar: BusinessCalendar, now: datetime) -> timedelta:
    """Open time left at `now`, or at its end or pause; negative is over."""
    return clock.target - used(clock, calendar, now)


def instant_of_share(
    clock: Clock, share_percent: float, calendar: BusinessCalendar
) -> datetime | None:
    """When a running clock has used, or did use, that share of its target; None if not running.

    Shares over 100 lie after the due instant. Raises ValueError for a negative share.
    """
    return instant_of_use(clock, clock.target * share_percent / ALL_USED, calendar)


def instant_of_use(clock: Clock, length: timedelta, calendar: BusinessCalendar) -> datetime | None:
    """When a running clock has used, or did use, that much open time; None if not running.

    An offset of an hour before due is the use of `target - 1 h`, one after due of `target + 1 h`.
    """
    _check(clock, calendar)
    return None if clock.running_since is None else when_used(clock, length, calendar)


def next_mark(
    clock: Clock, thresholds: Sequence[Threshold], calendar: BusinessCalendar
) -> tuple[Threshold, datetime] | None:
    """The first threshold not handled yet, and when it is reached; None if not running."""
    ahead = [
        (use, threshold)
        for threshold in thresholds
        if (use := threshold.use_of(clock.target)) is not None and use > clock.mark
    ]
    if not ahead or clock.running_since is None:
        return None
    use, threshold = min(ahead, key=lambda pair: pair[0])
    return threshold, when_used(clock, use, calendar)


def _stopped(clock: Clock, calendar: BusinessCalendar, now: datetime) -> Clock:
    """The clock with its running stretch, if it has one, finished."""
    since = clock.running_since
    if since is None:
        return clock
    stretch = ((since, now),) if now > since else ()
    return changed(
        clock,
        running_since=None,
        consumed=used(clock, calendar, now),
        stretches=clock.stretches + stretch,
    )


def _ended(clock: Clock, calendar: BusinessCalendar, now: datetime, state: ClockState) -> Clock:
    return changed(
        _stopped(clock, calendar, now),
        state=state,
        ended_at=now,
        paused_at=None,
        pause_reason="",
    )


def when_used(clock: Clock, length: timedelta, calendar: BusinessCalendar) -> datetime:
    """When that much open time was used, walking the finished stretches first."""
    if length < ZERO:
        raise ValueError(f"{length} is negative")
    if not length:
        return clock.started_at
    for since, to in clock.stretches:
        worked = calendar.elapsed(since, to)
        if length <= worked:
            return calendar.add(since, length)
        length -= worked
    return calendar.add(clock.running_since or clock.started_at, length)


def _check(clock: Clock, calendar: BusinessCalendar) -> None:
    if calendar.key != clock.calendar:
        raise ValueError(f"The clock counts in {clock.calendar!r}, not in {calendar.key!r}.")
