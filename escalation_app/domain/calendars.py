"""Working time: when a support desk is open, and what that makes of a target.

Instants go in and come out as aware UTC datetimes; zones are known here only. All arithmetic is
exact to the microsecond, on absolute seconds: the edges of the opening hours are turned into UTC
first and then subtracted, so an hour lost or gained by daylight saving is really lost or gained.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from escalation_app.domain.wall_time import (
    BEGINNING,
    DAY,
    WHOLE_DAY,
    ZERO,
    Edges,
    Span,
    as_utc,
    clipped,
    edges_of,
    merged,
    whole_days,
    without,
    zone_of,
)

FIRST_YEAR = 1900
LAST_YEAR = 2299
"""Calendars that are not always open answer for instants of these years only."""

_TEN_YEARS = timedelta(days=3653)
_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LAST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_growing = Lock()

_Key = TypeVar("_Key")


class NoWorkingTime(ValueError):
    """A calendar has no open time in the next ten years, so nothing can ever be due in it."""

    def __init__(self, calendar: str) -> None:
        super().__init__(f"The calendar {calendar!r} has no opening hours in the next ten years.")
        self.calendar = calendar


class Dating(StrEnum):
    """What a calendar can say of a single date, beside its week."""

    HOLIDAY = "holiday"
    SPECIAL_DAY = "special_day"
    CUT_OUT = "cut_out"


Week = Mapping[int, Sequence[Span]]
Dated = Mapping[date, Sequence[Span]]


class DayName(NamedTuple):
    """What people call a date, and where that comes from ("" for the calendar itself)."""

    name: str
    source: str = ""


Names = Mapping[tuple[Dating, date], DayName]


class _Table(NamedTuple):
    """Open spans of a stretch of time in order, none touching, with running sums.

    The first span is an empty one at `begins`, so that every instant has a span before it.
    `used_before[i]` is the open time before span i opens, `used_after[i]` when it has closed.
    """

    begins: datetime
    ends: datetime
    opens: list[datetime]
    closes: list[datetime]
    used_before: list[timedelta]
    used_after: list[timedelta]

    @classmethod
    def of(cls, begins: datetime, ends: datetime, spans: Iterable[Edges]) -> _Table:
        table = cls(begins, ends, [begins], [begins], [ZERO], [ZERO])
        used = ZERO
        for opens, closes in spans:
            table.opens.append(opens)
            table.closes.append(closes)
            table.used_before.append(used)
            used += closes - opens
            table.used_after.append(used)
        return table

    def used_until(self, at: datetime) -> timedelta:
        """Open time from the beginning of the table to an instant in it."""
        i = bisect_right(self.opens, at) - 1
        if at >= self.closes[i]:
            return self.used_after[i]
        return self.used_before[i] + (at - self.opens[i])


@dataclass(frozen=True)
class BusinessCalendar:
    """The opening hours of a desk in an IANA zone. Immutable, and safe to share between threads.

    `hours` has the spans of each weekday (0 is Monday; a missing day is closed). On a date in
    `holidays` no span begins. `special_days` replace the weekly spans of their date and beat a
    holiday. `cutouts` are wall-time spans of a date that are closed whatever else is said.

    An ambiguous local edge takes its first occurrence when it opens and its last when it closes;
    an edge that does not exist is the instant at which the clocks jump. Open spans include the
    instant they open and exclude the one they close. Raises ValueError for an unknown zone, a
    weekday outside 0 to 6 or a date outside the years covered. `names` are what people call the
    exceptions; nothing is counted by them.
    """

    key: str
    zone: str
    hours: Week = field(hash=False)
    holidays: frozenset[date] = frozenset()
    special_days: Dated = field(default_factory=dict[date, Sequence[Span]], hash=False)
    cutouts: Dated = field(default_factory=dict[date, Sequence[Span]], hash=False)
    names: Names = field(
        default_factory=dict[tuple[Dating, date], DayName], compare=False, repr=False
    )
    always_open: bool = field(init=False, compare=False, repr=False)
    _table: _Table | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if not all(day in range(7) for day in self.hours):
            raise ValueError("Weekdays go from 0 (Monday) to 6 (Sunday).")
        exceptions = {*self.holidays, *self.special_days, *self.cutouts}
        if not all(FIRST_YEAR < on.year < LAST_YEAR for on in exceptions):
            raise ValueError(f"Dates must lie between {FIRST_YEAR} and {LAST_YEAR}.")
        zone_of(self.zone)
        self._keep("hours", _frozen(self.hours))
        self._keep("holidays", frozenset(self.holidays))
        self._keep("special_days", _frozen(self.special_days))
        self._keep("cutouts", _frozen(self.cutouts))
        self._keep("names", MappingProxyType(dict(self.names)))
        self._keep("always_open", not exceptions and self._opens_all_week())

    def __reduce__(self) -> tuple[object, ...]:
        parts = (dict(self.hours), self.holidays, dict(self.special_days), dict(self.cutouts))
        return (BusinessCalendar, (self.key, self.zone, *parts, dict(self.names)))

    @classmethod
    def always(cls, key: str = "24x7", zone: str = "UTC") -> BusinessCalendar:
        """A desk that never closes: plain arithmetic on instants."""
        return cls(key, zone, dict.fromkeys(range(7), (WHOLE_DAY,)))

    def add(self, start: datetime, d: timedelta) -> datetime:
        """The earliest instant at which `d` of open time since `start` is used up.

        That is closing time, not the next opening, when `d` ends there. With `d` = 0 it is `start`
        itself, or the next opening if the desk is closed then. Raises ValueError for a datetime
        without a zone or a negative `d`, NoWorkingTime when a gap of ten years is in the way.
        """
        if start.tzinfo is not UTC:
            start = as_utc(start)
        if d <= ZERO:
            _refuse_negative(d)
            return self.next_opening(start)
        if self.always_open:
            return self._shifted(start, d)
        table = self._covering(start)
        while (used := table.used_until(start) + d) > table.used_after[-1]:
            table = self._reaching_after(table, start)
        used_after = table.used_after
        i = bisect_left(used_after, used)
        due = table.closes[i] - (used_after[i] - used)
        if due - start > _TEN_YEARS:
            self._refuse_gaps(table, start, due)
        return due

    def subtract(self, end: datetime, d: timedelta) -> datetime:
        """The latest instant from which `d` of open time leads to `end`: `add` in a mirror.

        It stays at an opening when `d` ends there; with `d` = 0 in closed time it is the closing
        before `end`. Raises as `add` does, with the ten years before.
        """
        if end.tzinfo is not UTC:
            end = as_utc(end)
        if d <= ZERO:
            _refuse_negative(d)
            return self._previous_closing(end)
        if self.always_open:
            return self._shifted(end, -d)
        table = self._covering(end)
        while (used := table.used_until(end) - d) < ZERO:
            table = self._reaching_before(table, end)
        i = bisect_right(table.used_before, used) - 1
        since = table.opens[i] + (used - table.used_before[i])
        if end - since > _TEN_YEARS:
            self._refuse_gaps(table, since, end)
        return since

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants; 0 when `end` comes first.

        Raises ValueError for a datetime without a zone.
        """
        if start.tzinfo is not UTC:
            start = as_utc(start)
        if end.tzinfo is not UTC:
            end = as_utc(end)
        if end <= start:
            return ZERO
        if self.always_open:
            return end - start
        table = self._covering(start, end)
        return table.used_until(end) - table.used_until(start)

    def is_open(self, at: datetime) -> bool:
        """Whether the desk is open; at the instant it closes it is not."""
        at = as_utc(at)
        if self.always_open:
            return True
        table = self._covering(at)
        return at < table.closes[bisect_right(table.opens, at) - 1]

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself if the desk is open then, else when it opens next.

        Raises NoWorkingTime when that is more than ten years ahead.
        """
        at = as_utc(at)
        if self.always_open:
            return at
        table = self._covering(at)
        while (i := bisect_right(table.closes, at)) == len(table.closes):
            table = self._reaching_after(table, at)
        opening = max(at, table.opens[i])
        if opening - at > _TEN_YEARS:
            raise NoWorkingTime(self.key)
        return opening

    def _previous_closing(self, at: datetime) -> datetime:
        if self.always_open:
            return at
        table = self._covering(at)
        while (i := bisect_left(table.opens, at) - 1) < 1:
            table = self._reaching_before(table, at)
        closing = min(at, table.closes[i])
        if at - closing > _TEN_YEARS:
            raise NoWorkingTime(self.key)
        return closing

    def _shifted(self, at: datetime, d: timedelta) -> datetime:
        try:
            return at + d
        except OverflowError as overflow:
            raise NoWorkingTime(self.key) from overflow

    def _refuse_gaps(self, table: _Table, start: datetime, end: datetime) -> None:
        """Raise NoWorkingTime if the desk stays closed for ten years somewhere on the way."""
        first = bisect_right(table.closes, start)
        last = bisect_left(table.opens, end)
        closings = (start, *table.closes[first:last])
        openings = (*table.opens[first:last], end)
        if any(o - c > _TEN_YEARS for c, o in zip(closings, openings, strict=True)):
            raise NoWorkingTime(self.key)

    def _covering(self, first: datetime, last: datetime | None = None) -> _Table:
        """The table, grown if need be until it holds both instants."""
        last = last or first
        table = self._table
        if table is not None and table.begins <= first and last < table.ends:
            return table
        if first < _FIRST or last >= _LAST:
            raise ValueError(f"{first} to {last} leave the years {FIRST_YEAR} to {LAST_YEAR}")
        return self._grown(_year(first.year - 1), _year(last.year + 2))

    def _reaching_after(self, table: _Table, at: datetime) -> _Table:
        """A longer table, or NoWorkingTime if ten years after the last closing are in it."""
        if table.ends > max(at, table.closes[-1]) + _TEN_YEARS or table.ends == _LAST:
            raise NoWorkingTime(self.key)
        return self._grown(table.begins, _year(2 * table.ends.year - table.begins.year))

    def _reaching_before(self, table: _Table, at: datetime) -> _Table:
        first_opening = table.opens[1] if len(table.opens) > 1 else at
        if table.begins < min(at, first_opening) - _TEN_YEARS or table.begins == _FIRST:
            raise NoWorkingTime(self.key)
        return self._grown(_year(2 * table.begins.year - table.ends.year), table.ends)

    def _grown(self, begins: datetime, ends: datetime) -> _Table:
        """A table of at least these bounds, published whole: readers never wait for it."""
        with _growing:
            table = self._table
            if table is None:
                table = _Table.of(begins, ends, self._open_spans(begins, ends))
            elif begins < table.begins or table.ends < ends:
                begins, ends = min(begins, table.begins), max(ends, table.ends)
                known = zip(table.opens[1:], table.closes[1:], strict=True)
                before = self._open_spans(begins, table.begins)
                after = self._open_spans(table.ends, ends)
                table = _Table.of(begins, ends, merged([*before, *known, *after]))
            self._keep("_table", table)
            return table

    def _open_spans(self, begins: datetime, ends: datetime) -> list[Edges]:
        """Every open span within the range, in order. Two days before it a span may begin that
        reaches into it: a day for the zone and a day for running past midnight."""
        if begins >= ends:
            return []
        zone = zone_of(self.zone)
        first, last = (begins - 2 * DAY).date(), ends.date()
        opened = self._spans_between(first, last, zone)
        closed = [
            edges
            for on, spans in self.cutouts.items()
            if first <= on <= last
            for edges in edges_of(on, spans, zone)
        ]
        return list(clipped(without(merged(opened), merged(closed)), begins, ends))

    def _spans_between(self, first: date, last: date, zone: ZoneInfo) -> Iterator[Edges]:
        """The spans of these dates; a desk open around the clock is walked by its exceptions."""
        if not self._opens_whole_days():
            for ordinal in range(first.toordinal(), last.toordinal() + 1):
                on = date.fromordinal(ordinal)
                yield from edges_of(on, self.spans_on(on), zone)
            return
        exceptions = {on for on in {*self.holidays, *self.special_days} if first <= on <= last}
        for on in sorted(exceptions):
            yield whole_days(first, on, zone)
            yield from edges_of(on, self.spans_on(on), zone)
            first = on + DAY
        yield whole_days(first, last + DAY, zone)

    def spans_on(self, on: date) -> Sequence[Span]:
        """The opening hours that begin on a date, before its cut-outs."""
        special = self.special_days.get(on)
        if special is not None:
            return special
        return () if on in self.holidays else self.hours.get(on.weekday(), ())

    def _opens_all_week(self) -> bool:
        """Whether the weekly hours leave no gap, each date running on into the next."""
        covered = [
            (BEGINNING + day * DAY + span.opens, BEGINNING + day * DAY + span.ends)
            for day in range(14)
            for span in self.hours.get(day % 7, ())
        ]
        return any(closes - opens >= 8 * DAY for opens, closes in merged(covered))

    def _opens_whole_days(self) -> bool:
        """Whether each weekday is open from its own midnight to the next, and no further."""
        return all(
            merged((BEGINNING + s.opens, BEGINNING + s.ends) for s in self.hours.get(day, ()))
            == [(BEGINNING, BEGINNING + DAY)]
            for day in range(7)
        )

    def _keep(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _refuse_negative(d: timedelta) -> None:
    if d < ZERO:
        raise ValueError(f"{d} is negative")


def _frozen(dated: Mapping[_Key, Sequence[Span]]) -> Mapping[_Key, Sequence[Span]]:
    return MappingProxyType({key: tuple(spans) for key, spans in dated.items()})


def _year(year: int) -> datetime:
    """The first instant of a year, held within the years covered."""
    return datetime(min(max(year, FIRST_YEAR), LAST_YEAR + 1), 1, 1, tzinfo=UTC)
