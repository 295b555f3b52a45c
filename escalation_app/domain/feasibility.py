"""Whether a promise can be kept: what speaks against it before it is made.

Nothing here forbids a promise; a person may make it all the same and say why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation_app.domain.calendars import BusinessCalendar

ZERO = timedelta(0)
LEAST = timedelta(minutes=30)
"""Less working time than this, for the promise or for each thing due before it, is short."""
BUSY = 8
"""Somebody with fewer open tickets and cases is never called busy."""
TIMES_USUAL = 2
"""Busy is who has this many times what their colleagues have on average."""


class DoubtKind(StrEnum):
    CLOSED = "closed"
    """Nobody works between now and then."""
    AWAY = "away"
    """Its owner is away for all of the working time until then."""
    AWAY_PARTLY = "away_partly"
    SHORT = "short"
    LATE = "late"
    """Its owner is late with other things already."""
    CROWDED = "crowded"
    """Other things of the owner's are due before it."""
    LOADED = "loaded"
    AFTER_RESOLUTION = "after_resolution"
    """The ticket itself is to be resolved before that."""
    BLOCKED = "blocked"
    """Something that is owed to the same case is blocked."""
    OTHER_LATE = "other_late"
    """Somebody else is late with what they owe to the same case."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to doubt. `length` is working time, `count` how many things it is about, `usual`
    what colleagues have and `who` the name of whom the case waits for."""

    kind: DoubtKind
    length: timedelta = ZERO
    count: int = 0
    usual: float = 0.0
    who: str = ""


@dataclass(frozen=True, slots=True)
class Burden:
    """What the owner of a promise has to do besides, and when they work.

    `away` are times of absence, none overlapping another. `owed` is when each thing they owe or
    have promised is due. `has` counts their open tickets and cases, `usual` what colleagues have
    on average. `blocked` and `late` name those whose part of the same case is so.
    """

    calendar: BusinessCalendar
    away: tuple[tuple[datetime, datetime], ...] = ()
    owed: tuple[datetime, ...] = ()
    has: int = 0
    usual: float = 0.0
    resolution_due_at: datetime | None = None
    blocked: tuple[str, ...] = ()
    late: tuple[str, ...] = ()


def doubts_about(due_at: datetime, burden: Burden, now: datetime) -> tuple[Doubt, ...]:
    """Why a promise for an instant ahead might not be kept; empty when nothing speaks against it.

    Raises NoWorkingTime for a calendar that never opens.
    """
    return (
        *_of_time(due_at, burden, now),
        *_of_others(due_at, burden, now),
        *(Doubt(DoubtKind.BLOCKED, who=name) for name in burden.blocked),
        *(Doubt(DoubtKind.OTHER_LATE, who=name) for name in burden.late),
        *_of_resolution(due_at, burden, now),
    )


def free_time(due_at: datetime, burden: Burden, now: datetime) -> timedelta:
    """The working time until then in which the owner is there."""
    lost = (
        burden.calendar.elapsed(max(since, now), min(until, due_at))
        for since, until in burden.away
        if since < due_at and until > now
    )
    return burden.calendar.elapsed(now, due_at) - sum(lost, ZERO)


def _of_time(due_at: datetime, burden: Burden, now: datetime) -> Iterable[Doubt]:
    working = burden.calendar.elapsed(now, due_at)
    free = free_time(due_at, burden, now)
    if working <= ZERO:
        yield Doubt(DoubtKind.CLOSED)
    elif free <= ZERO:
        yield Doubt(DoubtKind.AWAY, working)
    else:
        if free < working:
            yield Doubt(DoubtKind.AWAY_PARTLY, working - free)
        if free < LEAST:
            yield Doubt(DoubtKind.SHORT, free)


def _of_others(due_at: datetime, burden: Burden, now: datetime) -> Iterable[Doubt]:
    late = sum(at < now for at in burden.owed)
    if late:
        yield Doubt(DoubtKind.LATE, count=late)
    before = sum(now <= at <= due_at for at in burden.owed)
    free = free_time(due_at, burden, now)
    each = free / (before + 1)
    if before and free > ZERO and each < LEAST:
        yield Doubt(DoubtKind.CROWDED, each, count=before)
    if burden.has >= max(BUSY, TIMES_USUAL * burden.usual):
        yield Doubt(DoubtKind.LOADED, count=burden.has, usual=burden.usual)


def _of_resolution(due_at: datetime, burden: Burden, now: datetime) -> Iterable[Doubt]:
    resolution = burden.resolution_due_at
    if resolution is not None and now <= resolution < due_at:
        yield Doubt(DoubtKind.AFTER_RESOLUTION)
