"""Why so much time counted, in words: one line a date, or one for several that are alike."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.open_time import OpenDay, Reason, Why, explain_open, folded
from escalation_app.services.process_words import listed
from escalation_app.views.clocks import WhyDetail

_MOST_NAMED = 4
_SECOND = timedelta(seconds=1)


def open_words(length: timedelta) -> str:
    """`7h 45m`, `16h`, `20m`, `0m`: hours are not made into days, and seconds are left out unless
    there is nothing else."""
    minutes, seconds = divmod(length // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes and seconds:
        return f"{seconds}s"
    return (
        f"{hours}h {minutes:02d}m" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"
    )


def open_details(
    calendar: BusinessCalendar, start: datetime, end: datetime, *, folds: bool = True
) -> tuple[WhyDetail, ...]:
    """The lines of `explain_open`, in the calendar's local time.

    With `folds`, dates that counted alike stand in one line; without, each date has its own, with
    its year.
    """
    days = explain_open(calendar, start, end)
    zone = ZoneInfo(calendar.zone)
    if folds:
        return tuple(_group(group, zone) for group in folded(days))
    return tuple(WhyDetail(_day(day, zone, f" {day.on.year}"), _value([day])) for day in days)


def _group(days: Sequence[OpenDay], zone: ZoneInfo) -> WhyDetail:
    first, *more = days
    if not more:
        return WhyDetail(_day(first, zone), _value(days))
    whys = {reason.why for reason in first.reasons}
    if Why.HOLIDAY in whys:
        label = _holidays(days)
    elif len(days) == 2:
        label = f"{_named(first.on)} and {_named(days[-1].on)}"
    else:
        label = f"{len(days)} days, {_plain(first.on)} to {_plain(days[-1].on)}"
    if Why.NO_HOURS in whys:
        label += ", no opening hours"
    elif not whys:
        label += f", {open_words(first.amount)} each"
    return WhyDetail(label, _value(days))


def _holidays(days: Sequence[OpenDay]) -> str:
    called = [f"{reason.called.name} ({_plain(day.on)})" for day in days for reason in day.reasons]
    if len(called) > _MOST_NAMED:
        return f"{len(days)} holidays, {called[0]} to {called[-1]}"
    return f"{len(days)} holidays: {listed(called)}"


def _day(day: OpenDay, zone: ZoneInfo, year: str = "") -> str:
    spans = listed(f"{_wall(opens, zone)} to {_wall(closes, zone)}" for opens, closes in day.spans)
    said = [f"{_named(day.on)}{year}", *(_reason(reason) for reason in day.reasons)]
    return ", ".join([said[0], spans, *said[1:]] if spans else said)


def _reason(reason: Reason) -> str:
    called = ", ".join(part for part in reason.called if part)
    amount = open_words(reason.amount)
    match reason.why:
        case Why.NO_HOURS:
            return "no opening hours"
        case Why.OUTSIDE:
            return "outside opening hours"
        case Why.HOLIDAY:
            return called or "holiday"
        case Why.SPECIAL_DAY:
            return called or "other hours"
        case Why.CUT_OUT:
            return f"without {amount} of {called}" if called else f"without {amount}"
        case Why.CLOCKS_FORWARD:
            return f"{amount} lost as clocks went forward"
        case Why.CLOCKS_BACK:
            return f"{amount} more as clocks went back"


def _value(days: Iterable[OpenDay]) -> str:
    amount = sum((day.amount for day in days), timedelta())
    return open_words(amount) if amount else "not counted"


def _named(on: date) -> str:
    return f"{on:%a} {_plain(on)}"


def _plain(on: date) -> str:
    return f"{on.day} {on:%b}"


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"
