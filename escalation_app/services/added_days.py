"""The days that were added to calendars, as every transaction sees them when it begins."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, or_, select, text
from sqlalchemy.orm import Session

from escalation_app.domain.calendar_days import AddedDay, CalendarChange, DayKind
from escalation_app.domain.wall_time import Span
from escalation_app.models import CalendarDayRow
from escalation_app.services.tables import columns

_DAYS = columns(CalendarDayRow)
_PENDING = (
    select(func.count()).select_from(_DAYS).where(_DAYS.c.applied_at.is_(None)).scalar_subquery()
)
_STATE = select(_DAYS.c.stamp, _PENDING).order_by(_DAYS.c.revision.desc()).limit(1)
_ROWS = (
    select(_DAYS)
    .where(or_(_DAYS.c.removed_at.is_(None), _DAYS.c.applied_at.is_(None)))
    .order_by(_DAYS.c.calendar, _DAYS.c.revision)
)
_LOCK = 7_301_001
"""PostgreSQL's name for "the days of calendars" among advisory locks."""
_KNOWN = "added_days"
_HELD = "added_days_held"


@dataclass(frozen=True, slots=True)
class AddedDays:
    """The days that count now, and the calendars whose clocks do not all follow them yet."""

    days: tuple[AddedDay, ...] = ()
    changes: tuple[CalendarChange, ...] = ()


_NOTHING = AddedDays()
_remembered: WeakKeyDictionary[Engine, tuple[tuple[str, int], AddedDays]] = WeakKeyDictionary()


def added_days(session: Session) -> AddedDays:
    """What counts in this transaction. One small query a transaction; the rows are read only when
    they have changed."""
    known: AddedDays | None = session.info.get(_KNOWN)
    if known is None:
        known = session.info[_KNOWN] = _read(session)
    return known


def _read(session: Session) -> AddedDays:
    state = session.execute(_STATE).one_or_none()
    if state is None:
        return _NOTHING
    stamp, pending = str(state[0]), int(state[1])
    engine = session.get_bind().engine
    key, found = _remembered.get(engine, (("", 0), _NOTHING))
    if key != (stamp, pending):
        found = _added(session.execute(_ROWS).all())
        _remembered[engine] = (stamp, pending), found
    return found


def _added(rows: Any) -> AddedDays:
    pending = [row for row in rows if row.applied_at is None]
    return AddedDays(
        tuple(_day(row) for row in rows if row.removed_at is None),
        tuple(
            CalendarChange(
                calendar,
                min(_changed_at(row) for row in changed),
                "; ".join(_why(row) for row in changed),
            )
            for calendar, group in groupby(pending, key=lambda row: row.calendar)
            for changed in [list(group)]
        ),
    )


def _day(row: Any) -> AddedDay:
    hours = tuple(Span.between(opens, closes) for opens, closes in row.hours)
    return AddedDay(row.calendar, row.on_date, DayKind(row.kind), row.name, hours, row.added_by)


def _changed_at(row: Any) -> datetime:
    return row.removed_at or row.added_at


def _why(row: Any) -> str:
    on: date = row.on_date
    done = "added to the calendar" if row.removed_at is None else "taken out of the calendar"
    return f"{on.day} {on:%B %Y}, {row.name}, was {done}"


def hold_days(session: Session) -> None:
    """Keep the days as they are until this transaction ends, so that it cannot write a due time
    that a change committed meanwhile does not know of. SQLite's writers wait for each other."""
    if not session.info.get(_HELD):
        session.info[_HELD] = True
        _lock(session, "pg_advisory_xact_lock_shared")


def lock_days(session: Session) -> None:
    """Wait for every transaction that holds the days, to change them. To be asked for before
    anything else: two that hold them would wait for each other."""
    session.info[_HELD] = True
    _lock(session, "pg_advisory_xact_lock")


def _lock(session: Session, function: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {function}({_LOCK})"))
        session.info.pop(_KNOWN, None)


def forget_days(session: Session) -> None:
    """Read them anew: this transaction has changed them."""
    session.info.pop(_KNOWN, None)
