"""A calendar as the process defines it: its hours, its holidays and special days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from escalation_app.domain.calendars import BusinessCalendar, Dating, DayName
from escalation_app.domain.wall_time import Span


@dataclass(frozen=True, slots=True)
class Holiday:
    """`added_by` is who added it since the process was published, "" for one of the document."""

    on: date
    name: str
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country, or of one `region` of it ("" for the whole), as they were
    known when the process was published; `name` is what people call the place."""

    country: str
    region: str
    name: str
    days: tuple[Holiday, ...]


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date whose own hours replace those of its weekday, even on a holiday."""

    on: date
    name: str
    hours: tuple[Span, ...]
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class CutOut:
    """Time of one date that does not count although it lies in opening hours. Those of the same
    date add up."""

    on: date
    name: str
    hours: tuple[Span, ...]
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Opening hours in the zone's local time; `hours` is by weekday, Monday 0. An `always`
    calendar is open around the clock and has no hours or exceptions.

    The desk is closed on its own `holidays` and on the `public_holidays`, but for those on the
    dates of `worked_holidays`. `special_days` beat both.
    """

    key: str
    name: str
    zone: str
    hours: Mapping[int, tuple[Span, ...]]
    holidays: tuple[Holiday, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    cutouts: tuple[CutOut, ...] = ()
    always: bool = False
    public_holidays: tuple[PublicHolidays, ...] = ()
    worked_holidays: frozenset[date] = frozenset()

    def closed_on(self) -> dict[date, DayName]:
        """Every holiday with its name and, for a public one, whose it is. Own names go first."""
        public = {
            day.on: DayName(day.name, f"public holiday in {place.name}")
            for place in reversed(self.public_holidays)
            for day in place.days
            if day.on not in self.worked_holidays
        }
        return public | {day.on: _day_name(day) for day in self.holidays}


def build_calendar(spec: CalendarSpec) -> BusinessCalendar:
    """The calendar to count with. Raise what `BusinessCalendar` raises for an unknown zone or
    impossible hours."""
    if spec.always:
        return BusinessCalendar.always(spec.key, spec.zone)
    closed_on = spec.closed_on()
    cutouts: dict[date, tuple[Span, ...]] = {}
    for cut in spec.cutouts:
        cutouts[cut.on] = cutouts.get(cut.on, ()) + cut.hours
    return BusinessCalendar(
        key=spec.key,
        zone=spec.zone,
        hours=spec.hours,
        holidays=frozenset(closed_on),
        special_days={day.on: day.hours for day in spec.special_days},
        cutouts=cutouts,
        names={
            **{(Dating.HOLIDAY, on): name for on, name in closed_on.items()},
            **{(Dating.SPECIAL_DAY, day.on): _day_name(day) for day in spec.special_days},
            **{(Dating.CUT_OUT, day.on): _day_name(day) for day in spec.cutouts},
        },
    )


def _day_name(day: Holiday | SpecialDay | CutOut) -> DayName:
    return DayName(day.name, f"added by {day.added_by}" if day.added_by else "")
