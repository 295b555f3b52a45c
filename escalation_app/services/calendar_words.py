"""A calendar in plain English: its hours, its holidays, its special days."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from escalation_app.domain.calendar_spec import (
    CalendarSpec,
    CutOut,
    Holiday,
    PublicHolidays,
    SpecialDay,
)
from escalation_app.domain.wall_time import Span
from escalation_app.services.process_words import listed

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_A_YEAR = timedelta(days=365)


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
        days = listed(_date(on) for on in sorted(spec.worked_holidays))
        said.append(f"Open as usual on the public holidays of {days}.")
    if spec.holidays:
        said.append(f"Closed on {listed(named(day) for day in spec.holidays)}.")
    said += [f"On {named(day)} {_hours(day.hours)}." for day in spec.special_days]
    said += [f"On {named(day)} {_spans(day.hours)} does not count." for day in spec.cutouts]
    return said


def _hours(hours: tuple[Span, ...]) -> str:
    return f"open {_spans(hours)} only" if hours else "closed"


def _public_holidays(spec: CalendarSpec, place: PublicHolidays, today: date) -> str:
    """Where they come from, and those of the coming year that close the calendar."""
    kept = spec.worked_holidays | {day.on for day in spec.special_days}
    coming = listed(
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


def _date(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _spans(spans: Iterable[Span]) -> str:
    return listed(f"{_clock(span.opens)} to {_clock(span.closes)}" for span in spans)


def _clock(at: timedelta) -> str:
    hours, minutes = divmod(int(at / timedelta(minutes=1)), 60)
    return f"{hours:02}:{minutes:02}"
