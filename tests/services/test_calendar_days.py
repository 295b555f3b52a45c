"""Days on top of the published process: who may add them, what they change, and for whom."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.calendar_days import AddedDay, DayKind
from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.wall_time import Span
from escalation_app.models import CalendarDayRow, EventRow
from escalation_app.services.calendar_days import add_day, remove_day
from escalation_app.services.calendar_text import open_details
from escalation_app.services.process_versions import live_process, publish
from escalation_app.services.queries.process import process_document
from tests.support.desk import SupportDesk, rows, support_desk
from tests.support.hours import office_document

OFFICE = "london_office"
TUESDAY = date(2026, 3, 3)
MORNING = (Span.between("09:00", "11:00"),)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """It is Monday noon, 2 March 2026."""
    with support_desk(database) as opened:
        yield opened


def closed(on: date = TUESDAY, name: str = "Burst pipe", calendar: str = OFFICE) -> AddedDay:
    return AddedDay(calendar, on, DayKind.CLOSED, name)


def office(database: Database) -> BusinessCalendar:
    with database.reading() as session:
        return live_process(session).calendar(OFFICE)


def open_time(database: Database, on: date = TUESDAY) -> timedelta:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return office(database).elapsed(midnight, midnight + timedelta(days=1))


def test_a_closed_day_counts_until_it_is_removed(desk: SupportDesk):
    assert open_time(desk.database) == 7.75 * HOUR

    desk.act("admin", add_day, closed())
    while_closed = open_time(desk.database)
    desk.act("admin", remove_day, OFFICE, TUESDAY)

    assert while_closed == timedelta(0)
    assert open_time(desk.database) == 7.75 * HOUR


@pytest.mark.parametrize(
    ("kind", "on", "length"),
    [
        (DayKind.HOURS, TUESDAY, 2 * HOUR),
        (DayKind.CUT_OUT, TUESDAY, 5.75 * HOUR),
        (DayKind.HOURS, date(2026, 3, 7), 2 * HOUR),  # a Saturday
        (DayKind.HOURS, date(2026, 4, 6), 2 * HOUR),  # Easter Monday
        (DayKind.HOURS, date(2026, 12, 24), 2 * HOUR),  # has hours of its own in the document
        (DayKind.CUT_OUT, date(2026, 12, 24), 2 * HOUR),
        (DayKind.CUT_OUT, date(2027, 1, 5), 4 * HOUR),  # has a cut-out in the document
    ],
)
def test_an_added_day_beats_what_the_document_says(
    desk: SupportDesk, kind: DayKind, on: date, length: timedelta
):
    hours = (Span.between("10:00", "12:00"),)

    desk.act("admin", add_day, AddedDay(OFFICE, on, kind, "Watch", hours))

    assert open_time(desk.database, on) == length


def test_a_closed_day_beats_the_hours_that_the_document_gives_it(desk: SupportDesk):
    desk.act("admin", add_day, closed(date(2026, 12, 24)))

    assert open_time(desk.database, date(2026, 12, 24)) == timedelta(0)


def test_every_process_of_the_machine_sees_a_day_at_once(desk: SupportDesk):
    elsewhere = Database(desk.database.url)
    before = open_time(elsewhere)

    desk.act("admin", add_day, closed())
    after = open_time(elsewhere)
    elsewhere.dispose()

    assert (before, after) == (7.75 * HOUR, timedelta(0))


def test_a_day_that_was_not_committed_counts_for_nobody(desk: SupportDesk):
    def add_and_fail(uow: Any) -> None:
        add_day(uow, closed())
        assert live_process(uow.session).calendar(OFFICE).holidays >= {TUESDAY}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        desk.act("admin", add_and_fail)
    desk.act("admin", add_day, closed(date(2026, 3, 4)))

    assert open_time(desk.database) == 7.75 * HOUR
    assert open_time(desk.database, date(2026, 3, 4)) == timedelta(0)


def test_the_process_is_the_same_object_until_a_day_changes(desk: SupportDesk):
    def live() -> object:
        with desk.database.reading() as session:
            return live_process(session)

    first, again = live(), live()
    desk.act("admin", add_day, closed())
    changed, changed_again = live(), live()

    assert first is again
    assert changed is changed_again
    assert changed is not first


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive"])
def test_only_an_admin_changes_the_days_of_a_calendar(desk: SupportDesk, who: str):
    desk.act("admin", add_day, closed(date(2026, 3, 4)))

    with pytest.raises(NotAllowed):
        desk.act(who, add_day, closed())
    with pytest.raises(NotAllowed):
        desk.act(who, remove_day, OFFICE, date(2026, 3, 4))

    assert open_time(desk.database) == 7.75 * HOUR
    assert open_time(desk.database, date(2026, 3, 4)) == timedelta(0)


def test_who_added_and_removed_a_day_stays_on_record(desk: SupportDesk):
    desk.act("admin", add_day, closed())
    desk.wait(hours=1)
    desk.act("admin", remove_day, OFFICE, TUESDAY)

    (row,) = rows(desk, CalendarDayRow)
    assert (row.added_by, row.removed_by) == ("M. Weiss", "M. Weiss")
    assert row.removed_at - row.added_at == HOUR
    told = [(event.kind, event.actor_name, event.data["name"]) for event in rows(desk, EventRow)]
    assert told == [
        (EventKind.CALENDAR_DAY_ADDED, "M. Weiss", "Burst pipe"),
        (EventKind.CALENDAR_DAY_REMOVED, "M. Weiss", "Burst pipe"),
    ]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (closed(calendar="paris"), "There is no calendar paris; there are: always, london_office."),
        (closed(calendar="always"), "Around the clock is always open"),
        (closed(name="  "), "needs a name"),
        (closed(name="x" * 81), "at most 80"),
        (closed(date(1999, 12, 31)), "between 2000 and 2199"),
        (AddedDay(OFFICE, TUESDAY, DayKind.HOURS, "Watch"), "Say the hours"),
        (AddedDay(OFFICE, TUESDAY, DayKind.CLOSED, "Watch", MORNING), "a closed day has none"),
        (AddedDay(OFFICE, TUESDAY, DayKind.CUT_OUT, "Watch", MORNING * 2), "overlap"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: SupportDesk, day: AddedDay, says: str):
    with pytest.raises(Invalid, match=says):
        desk.act("admin", add_day, day)

    assert rows(desk, CalendarDayRow) == []


def test_a_date_is_added_once_and_can_be_added_again_when_it_was_removed(desk: SupportDesk):
    desk.act("admin", add_day, closed())

    with pytest.raises(Invalid, match="already: Burst pipe"):
        desk.act("admin", add_day, closed(name="Strike"))
    desk.act("admin", remove_day, OFFICE, TUESDAY)
    desk.act("admin", add_day, closed(name="Strike"))

    assert open_time(desk.database) == timedelta(0)
    with pytest.raises(NotFound):
        desk.act("admin", remove_day, OFFICE, date(2026, 3, 4))


def test_staff_read_who_added_a_day_and_customers_only_that_it_is_closed(desk: SupportDesk):
    with desk.database.writing() as session:
        publish(session, office_document(), "test", desk.now)
    desk.act("admin", add_day, closed())

    staff, customers = (
        " ".join(point for section in seen.sections for point in section.points)
        for seen in (desk.see(who, process_document, desk.now) for who in ("agent", "customer"))
    )
    lines = open_details(office(desk.database), desk.now, desk.now + timedelta(days=1), folds=False)

    assert "3 March 2026 (Burst pipe, added by M. Weiss)" in staff
    assert "3 March 2026 (Burst pipe)" in customers
    assert lines[1].label == "Tue 3 Mar 2026, Burst pipe, added by M. Weiss"
