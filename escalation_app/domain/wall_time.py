"""Wall time of a zone and the instants it stands for, over both nights of daylight saving."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZERO = timedelta(0)
DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""What wall times are counted from where no date matters."""

Edges = tuple[datetime, datetime]
"""When an open span begins and ends, in UTC."""


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a datetime without a time zone."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours of one date, as wall time since local midnight.

    A span that closes at or before it opens runs past midnight and belongs to the date on which
    it opens. Raises ValueError for an opening outside 00:00 to 23:59:59 or a closing after 24:00.
    """

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not (ZERO <= self.opens < DAY and ZERO <= self.closes <= DAY):
            raise ValueError("A span opens from 00:00 to before 24:00 and closes by 24:00.")

    @classmethod
    def between(cls, opens: str, closes: str) -> Span:
        """Read `09:00` or `09:00:00`; `24:00` may close. Raises ValueError for anything else."""
        return cls(_wall_time(opens), _wall_time(closes))

    @property
    def ends(self) -> timedelta:
        """When it closes, as wall time since the midnight before it opened; up to 48 hours."""
        return self.closes if self.closes > self.opens else self.closes + DAY


def _wall_time(text: str) -> timedelta:
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(len(p) == 2 and p.isdecimal() for p in parts):
        raise ValueError(f"{text!r} is not a time of day such as 09:00")
    hours, minutes, seconds = (int(part) for part in (*parts, "00")[:3])
    if minutes > 59 or seconds > 59 or (hours, minutes, seconds) > (24, 0, 0):
        raise ValueError(f"{text!r} is not a time of day such as 09:00")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


WHOLE_DAY = Span(ZERO, DAY)


def zone_of(name: str) -> ZoneInfo:
    """The rules of a time zone. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"{name!r} is not a time zone such as Europe/London") from unknown


def edges_of(on: date, spans: Iterable[Span], zone: ZoneInfo) -> Iterator[Edges]:
    """The spans of a date in UTC; one that lies wholly in a gap of the local clock is empty."""
    for span in spans:
        yield _instant(on, span.opens, zone, fold=0), _instant(on, span.ends, zone, fold=1)


def whole_days(first: date, until: date, zone: ZoneInfo) -> Edges:
    """From the midnight that begins one date to the midnight that begins another."""
    fold = 1 if first < until else 0
    return _instant(first, ZERO, zone, fold=0), _instant(until, ZERO, zone, fold)


def _instant(on: date, wall: timedelta, zone: ZoneInfo, fold: int) -> datetime:
    """The UTC instant of a wall time of a date, up to 48 hours from its midnight: of two, the one
    that `fold` says; of none, the jump."""
    days, early, late = _time_of_day(wall)
    if days:
        on += days
    first = zone.utcoffset(datetime.combine(on, early)) or ZERO
    second = zone.utcoffset(datetime.combine(on, late)) or ZERO
    utc = datetime.combine(on, early, UTC)
    if second > first:
        return _jump(utc - second, utc - first, zone)
    return utc - (second if fold else first)


@lru_cache(maxsize=1024)
def _time_of_day(wall: timedelta) -> tuple[timedelta, time, time]:
    """The whole days in a wall time and the time of day, as its first and its second occurrence."""
    days, rest = divmod(wall, DAY)
    early = (BEGINNING + rest).time()
    return days * DAY, early, early.replace(fold=1)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `before`, and by `after`, with the offset that holds at `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def merged(edges: Iterable[Edges]) -> list[Edges]:
    """The same time as separate spans in order; empty ones are dropped."""
    merged: list[Edges] = []
    for opens, closes in sorted(edges):
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def without(opened: Iterable[Edges], closed: Sequence[Edges]) -> Iterator[Edges]:
    """What is left of the open spans; both in order and separate."""
    for opens, closes in opened:
        i = bisect_right(closed, opens, key=lambda edges: edges[1])
        while i < len(closed) and closed[i][0] < closes:
            if opens < closed[i][0]:
                yield opens, closed[i][0]
            opens = closed[i][1]
            i += 1
        if opens < closes:
            yield opens, closes


def clipped(spans: Iterable[Edges], begins: datetime, ends: datetime) -> Iterator[Edges]:
    for opens, closes in spans:
        if closes > begins and opens < ends:
            yield max(opens, begins), min(closes, ends)
