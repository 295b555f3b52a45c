"""Days on top of the published process: added and removed on record, and followed by clocks.

A day counts from the commit that adds it; every process sees it in the next transaction it begins.
Whatever touches a ticket first lets its clocks follow (`Draft.count_again`); the engine takes the
others through, a bounded batch at a time (`engine.recounts`), and a row says how far it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from escalation_app.domain.calendar_days import AddedDay, DayKind
from escalation_app.domain.calendar_spec import CalendarSpec
from escalation_app.domain.clocks import ClockState
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, require
from escalation_app.models import CalendarDayRow, ClockRow, TicketRow
from escalation_app.services.added_days import forget_days, lock_days
from escalation_app.services.counters import take_numbers
from escalation_app.services.effects import put_on_record
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import TICKET, columns
from escalation_app.services.unit_of_work import UnitOfWork

MAX_NAME = 80
RETRY_IN = timedelta(minutes=1)
"""How long it rests before the tickets on which counting failed are tried again."""
_YEARS = range(2000, 2200)
_DAYS = columns(CalendarDayRow)
_CLOCKS = columns(ClockRow)
_TICKETS = columns(TicketRow)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Following:
    """A change whose clocks are being counted again: the row, which change of it, the open tickets
    that are left, by id, and whether these are the ones that failed before."""

    row_id: int
    revision: int
    ticket_ids: tuple[int, ...]
    is_retry: bool = False


def add_day(uow: UnitOfWork, day: AddedDay) -> None:
    """Close a calendar on a date, give the date other hours, or cut hours out of it.

    Raises NotAllowed for anybody but an admin, Invalid for a calendar the live process does not
    know or that is always open, for impossible hours, and for a date that was added before.
    """
    require(uow.actor, Permission.CALENDAR_CHANGE)
    lock_days(uow.session)
    spec = _spec(uow, day.calendar)
    name = " ".join(day.name.split())
    _check(day, name)
    earlier = _counting(uow.session, day.calendar, day.on)
    if earlier is not None:
        raise Invalid(
            f"{spec.name} has a day on {day.on} already: {earlier.name}. Remove it first."
        )
    row = CalendarDayRow(
        calendar=day.calendar,
        on_date=day.on,
        kind=day.kind.value,
        name=name,
        hours=[[_wall(span.opens), _wall(span.closes)] for span in day.hours],
        added_at=uow.now,
        added_by=uow.actor.name,
        revision=take_numbers(uow.session, "calendar_day", 1)[0],
        stamp=uuid4().hex,
    )
    uow.session.add(row)
    _changed(uow, row, EventKind.CALENDAR_DAY_ADDED)


def remove_day(uow: UnitOfWork, calendar: str, on: date) -> None:
    """Take an added date away again; its row stays as the record of it.

    Raises NotAllowed for anybody but an admin, NotFound when no such date was added.
    """
    require(uow.actor, Permission.CALENDAR_CHANGE)
    lock_days(uow.session)
    row = _counting(uow.session, calendar, on)
    if row is None:
        raise NotFound("That day")
    row.removed_at, row.removed_by = uow.now, uow.actor.name
    row.revision = take_numbers(uow.session, "calendar_day", 1)[0]
    row.stamp, row.reached_id, row.applied_at = uuid4().hex, 0, None
    row.left_out, row.retry_at = [], None
    _changed(uow, row, EventKind.CALENDAR_DAY_REMOVED)


def _changed(uow: UnitOfWork, row: CalendarDayRow, kind: EventKind) -> None:
    uow.session.flush()
    forget_days(uow.session)
    data = {
        "calendar": row.calendar,
        "on": row.on_date.isoformat(),
        "kind": row.kind,
        "name": row.name,
        "hours": row.hours,
    }
    put_on_record(uow.session, uow.actor, uow.now, Event(kind, uow.now, data), None)


def _spec(uow: UnitOfWork, key: str) -> CalendarSpec:
    calendars = live_process(uow.session).calendars
    spec = next((spec for spec in calendars if spec.key == key), None)
    if spec is None:
        known = ", ".join(spec.key for spec in calendars)
        raise Invalid(f"There is no calendar {key}; there are: {known}.")
    if spec.always:
        raise Invalid(f"{spec.name} is always open and has no days of its own.")
    return spec


def _check(day: AddedDay, name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"A day needs a name of at most {MAX_NAME} characters.")
    if day.on.year not in _YEARS:
        raise Invalid(f"The date must lie between {_YEARS[0]} and {_YEARS[-1]}.")
    if bool(day.hours) != (day.kind is not DayKind.CLOSED):
        raise Invalid("Say the hours that are open or cut out; a closed day has none.")
    ordered = sorted(day.hours, key=lambda span: span.opens)
    if any(later.opens < earlier.ends for earlier, later in pairwise(ordered)):
        raise Invalid("These hours overlap.")


def _counting(session: Session, calendar: str, on: date) -> CalendarDayRow | None:
    return session.execute(
        select(CalendarDayRow).where(
            _DAYS.c.calendar == calendar, _DAYS.c.on_date == on, _DAYS.c.removed_at.is_(None)
        )
    ).scalar_one_or_none()


def _wall(at: timedelta) -> str:
    minutes, seconds = divmod(at // _SECOND, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def to_follow(session: Session, now: datetime) -> Following | None:
    """The oldest change whose clocks do not all follow and may be counted now, with the tickets
    that are left."""
    row = session.execute(
        select(_DAYS)
        .where(
            _DAYS.c.applied_at.is_(None), or_(_DAYS.c.retry_at.is_(None), _DAYS.c.retry_at <= now)
        )
        .order_by(_DAYS.c.revision)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    ids = session.execute(
        select(_TICKETS.c.id)
        .join(_CLOCKS, _CLOCKS.c.subject_id == _TICKETS.c.id)
        .where(
            _TICKETS.c.is_open,
            _TICKETS.c.id.in_(row.left_out)
            if row.retry_at is not None
            else _TICKETS.c.id > row.reached_id,
            _CLOCKS.c.subject_type == TICKET,
            _CLOCKS.c.calendar == row.calendar,
            _CLOCKS.c.state.in_((ClockState.RUNNING.value, ClockState.PAUSED.value)),
        )
        .distinct()
        .order_by(_TICKETS.c.id)
    ).scalars()
    return Following(row.id, row.revision, tuple(ids), row.retry_at is not None)


def claim_following(session: Session, one: Following, ticket_ids: Sequence[int]) -> bool:
    """Whether these tickets are still to be counted again, and by us: no other engine is at this
    change or past them, and it was not changed once more."""
    row = session.execute(
        select(_DAYS.c.reached_id, _DAYS.c.left_out)
        .where(
            _DAYS.c.id == one.row_id,
            _DAYS.c.revision == one.revision,
            _DAYS.c.applied_at.is_(None),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None or not ticket_ids:
        return row is not None
    return ticket_ids[0] in row.left_out if one.is_retry else row.reached_id < ticket_ids[0]


def put_reached(
    session: Session,
    one: Following,
    ticket_ids: Sequence[int],
    failed: Sequence[int],
    now: datetime,
) -> None:
    """Keep how far the counting came, and the tickets on which it failed. The last ticket ends it,
    or has those that failed tried again later."""
    known = session.execute(select(_DAYS.c.left_out).where(_DAYS.c.id == one.row_id)).scalar_one()
    if one.is_retry:  # the others are closed by now
        known = [each for each in known if each in one.ticket_ids]
    left_out = [*(each for each in known if each not in ticket_ids), *failed]
    values: dict[str, object] = {"left_out": left_out}
    if ticket_ids and not one.is_retry:
        values["reached_id"] = ticket_ids[-1]
    if ticket_ids[-1:] == one.ticket_ids[-1:]:
        values |= {"retry_at": now + RETRY_IN} if left_out else {"applied_at": now}
    session.execute(update(_DAYS).where(_DAYS.c.id == one.row_id).values(**values))
    forget_days(session)
