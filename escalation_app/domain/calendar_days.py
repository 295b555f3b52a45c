"""Dates that are added to a calendar after the process was published, and what they change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from escalation_app.domain.calendar_spec import CalendarSpec, CutOut, Holiday, SpecialDay
from escalation_app.domain.process import Process
from escalation_app.domain.wall_time import Span


class DayKind(StrEnum):
    """What is said of an added date."""

    CLOSED = "closed"
    HOURS = "hours"
    """Other hours than its weekday's."""
    CUT_OUT = "cut_out"
    """Hours that do not count."""


@dataclass(frozen=True, slots=True)
class AddedDay:
    """A date on top of the published process: it beats what the document says of that date, but
    for the cut-outs, which add up. `hours` is empty for a closed one. `added_by` is a name."""

    calendar: str
    on: date
    kind: DayKind
    name: str
    hours: tuple[Span, ...] = ()
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """Days of a calendar changed at `changed_at`, and not every clock is counted again yet. `why`
    says which days."""

    calendar: str
    changed_at: datetime
    why: str


def with_days(process: Process, days: Iterable[AddedDay]) -> Process:
    """The process with these days in its calendars; days of calendars it does not know are
    passed over. Around the clock there are no exceptions."""
    specs = {spec.key: spec for spec in process.calendars}
    for day in days:
        spec = specs.get(day.calendar)
        if spec is not None and not spec.always:
            specs[day.calendar] = _with_day(spec, day)
    return replace(process, calendars=tuple(specs.values()))


def _with_day(spec: CalendarSpec, day: AddedDay) -> CalendarSpec:
    if day.kind is DayKind.CUT_OUT:
        cut = CutOut(day.on, day.name, day.hours, day.added_by)
        return replace(spec, cutouts=(*spec.cutouts, cut))
    special = tuple(other for other in spec.special_days if other.on != day.on)
    if day.kind is DayKind.HOURS:
        own = SpecialDay(day.on, day.name, day.hours, day.added_by)
        return replace(spec, special_days=(*special, own))
    holidays = (other for other in spec.holidays if other.on != day.on)
    closed = Holiday(day.on, day.name, day.added_by)
    return replace(spec, special_days=special, holidays=(*holidays, closed))
