"""Why so much time between two instants counted: a calendar explains itself, date by date."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from escalation_app.domain.calendars import BusinessCalendar, Dating, DayName
from escalation_app.domain.wall_time import ZERO, Edges, as_utc, edges_of, merged, without, zone_of

NAMELESS = DayName("")
_DAY = timedelta(days=1)
_REACH = 2
"""Days for which a span may run on after the local midnight its date begins with."""


class Why(StrEnum):
    """What made a date count otherwise than its neighbours, or not at all."""

    NO_HOURS = "no_hours"
    """Its weekday has no opening hours."""
    OUTSIDE = "outside"
    """It has hours, but none of them lie in the range."""
    HOLIDAY = "holiday"
    SPECIAL_DAY = "special_day"
    CUT_OUT = "cut_out"
    CLOCKS_FORWARD = "clocks_forward"
    CLOCKS_BACK = "clocks_back"


@dataclass(frozen=True, slots=True)
class Reason:
    """`called` is the name of the holiday, special day or cut-out; `amount` is what a cut-out or
    clocks set forward took, or what clocks set back gave."""

    why: Why
    called: DayName = NAMELESS
    amount: timedelta = ZERO


@dataclass(frozen=True, slots=True)
class OpenDay:
    """What of a local date counted: `spans` in UTC, clipped to the range, and their sum.

    A span past midnight belongs to the date it begins on. `is_whole` says that the range cut
    nothing off.
    """

    on: date
    spans: tuple[Edges, ...]
    amount: timedelta
    reasons: tuple[Reason, ...]
    is_whole: bool


def explain_open(calendar: BusinessCalendar, start: datetime, end: datetime) -> tuple[OpenDay, ...]:
    """Every local date from `start` to `end` with what counted and why; the amounts make exactly
    `calendar.elapsed(start, end)`.

    The date before is there if its night reaches into the range. Raises as `elapsed` does.
    """
    start, end = as_utc(start), as_utc(end)
    if end <= start:
        return ()
    calendar.elapsed(start, end)  # refuses what it does not cover
    zone = zone_of(calendar.zone)
    first, last = (
        start.astimezone(zone).date(),
        (end - timedelta.resolution).astimezone(zone).date(),
    )
    days: list[OpenDay] = []
    earlier: list[list[Edges]] = [[] for _ in range(_REACH)]
    for ordinal in range(first.toordinal() - _REACH, last.toordinal() + 1):
        on = date.fromordinal(ordinal)
        said = merged(edges_of(on, calendar.spans_on(on), zone))
        own = list(without(said, merged(edges for night in earlier for edges in night)))
        earlier = [*earlier[1:], said]
        day = _day(calendar, zone, on, own, (start, end))
        if day.on >= first or day.amount:
            days.append(day)
    return tuple(days)


def _day(
    calendar: BusinessCalendar, zone: ZoneInfo, on: date, own: Sequence[Edges], within: Edges
) -> OpenDay:
    in_range = _common(own, [within])
    spans, cut = in_range, list[Reason]()
    for later in range(_REACH + 1):
        closed = on + later * _DAY
        edges = merged(edges_of(closed, calendar.cutouts.get(closed, ()), zone))
        left = list(without(spans, edges))
        if took := _total(spans) - _total(left):
            called = calendar.names.get((Dating.CUT_OUT, closed), NAMELESS)
            cut.append(Reason(Why.CUT_OUT, called, took))
        spans = left
    shift = _shift(calendar, zone, on, spans, within)
    reasons = (*_hours_reason(calendar, on, own, in_range), *cut, *shift)
    return OpenDay(on, tuple(spans), _total(spans), reasons, is_whole=in_range == list(own))


def _hours_reason(
    calendar: BusinessCalendar, on: date, own: Sequence[Edges], in_range: Sequence[Edges]
) -> Iterator[Reason]:
    """Why the date has the hours it has; nothing for an ordinary one that counted."""
    if on in calendar.special_days:
        yield Reason(Why.SPECIAL_DAY, calendar.names.get((Dating.SPECIAL_DAY, on), NAMELESS))
    elif on in calendar.holidays:
        yield Reason(Why.HOLIDAY, calendar.names.get((Dating.HOLIDAY, on), NAMELESS))
    elif not calendar.spans_on(on):
        yield Reason(Why.NO_HOURS)
    if own and not in_range:
        yield Reason(Why.OUTSIDE)


def _shift(
    calendar: BusinessCalendar, zone: ZoneInfo, on: date, spans: Sequence[Edges], within: Edges
) -> Iterator[Reason]:
    """What daylight saving took from the spans or gave to them: their length less the one that a
    clock on the wall shows, read at their edges as the calendar says them. A span that falls
    wholly into the hour that is left out is lost as it is."""
    opens: dict[datetime, datetime] = {}
    closes: dict[datetime, datetime] = {}
    midnight, shift = datetime.combine(on, time()), ZERO
    said = calendar.spans_on(on)
    for span, (begins, ends) in zip(said, edges_of(on, said, zone), strict=True):
        opens[begins], closes[ends] = midnight + span.opens, midnight + span.ends
        if ends <= begins and within[0] < begins < within[1]:
            shift -= span.ends - span.opens
    for begins, ends in spans:
        shown = closes.get(ends, _wall(ends, zone)) - opens.get(begins, _wall(begins, zone))
        shift += (ends - begins) - shown
    if shift < ZERO:
        yield Reason(Why.CLOCKS_FORWARD, amount=-shift)
    elif shift > ZERO:
        yield Reason(Why.CLOCKS_BACK, amount=shift)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _common(spans: Iterable[Edges], others: Sequence[Edges]) -> list[Edges]:
    """The time that lies in both."""
    both = (
        (max(opens, begins), min(closes, ends))
        for opens, closes in spans
        for begins, ends in others
    )
    return [edges for edges in both if edges[0] < edges[1]]


def _total(spans: Iterable[Edges]) -> timedelta:
    return sum((closes - opens for opens, closes in spans), ZERO)


def folded(days: Iterable[OpenDay]) -> tuple[tuple[OpenDay, ...], ...]:
    """The days in groups of alike ones, in order of their first: whole ordinary dates that count
    as much, weekdays without hours, holidays. Every other date stands alone."""
    groups: dict[object, list[OpenDay]] = {}
    for day in days:
        groups.setdefault(_alike(day), []).append(day)
    return tuple(tuple(group) for group in groups.values())


def _alike(day: OpenDay) -> object:
    whys = {reason.why for reason in day.reasons}
    if not whys and day.is_whole:
        return day.amount
    if whys in ({Why.NO_HOURS}, {Why.HOLIDAY}):
        return frozenset(whys)
    return day.on
