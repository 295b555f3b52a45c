"""Why so much time counted, in words that fit beside a clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.wall_time import Span
from escalation_app.services.calendar_text import open_details, open_words
from escalation_app.services.process_document import load_process
from escalation_app.services.queries.clock_views import clock_views
from escalation_app.views.clocks import WhyDetail
from tests.support.casework import casework
from tests.support.hours import office_document

PROCESS = load_process(office_document(), 1)
"""The shipped process, with the basic plan in office hours."""
OFFICE = PROCESS.calendar("london_office")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(start: str, end: str, **options: bool) -> list[tuple[str, str]]:
    return [
        (line.label, line.value) for line in open_details(OFFICE, utc(start), utc(end), **options)
    ]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=3, minutes=20), "3h 20m"),
        (timedelta(hours=77, minutes=30), "77h 30m"),
        (timedelta(hours=16), "16h"),
        (timedelta(minutes=20, seconds=59), "20m"),
        (timedelta(seconds=42), "42s"),
        (timedelta(0), "0m"),
    ],
)
def test_open_time_is_told_in_hours_and_never_in_days(length: timedelta, words: str):
    assert open_words(length) == words


def test_a_week_end_over_the_spring_night_is_told():
    assert told("2026-03-27 16:00", "2026-03-30 09:00") == [
        ("Fri 27 Mar, 16:00 to 17:00", "1h"),
        ("Sat 28 Mar and Sun 29 Mar, no opening hours", "not counted"),
        ("Mon 30 Mar, 09:00 to 10:00", "1h"),
    ]


def test_public_holidays_special_days_and_cut_outs_are_told_by_name_and_source():
    assert told("2026-12-24 12:00", "2026-12-25 12:00") == [
        ("Thu 24 Dec, 12:00 to 13:00, Christmas Eve", "1h"),
        ("Fri 25 Dec, Christmas Day, public holiday in England, United Kingdom", "not counted"),
    ]
    assert told("2027-01-05 13:00", "2027-01-05 16:00") == [
        (
            "Tue 5 Jan, 15:00 to 16:00, without 1h 45m of Yearly meeting of all teams",
            "1h",
        )
    ]


def test_a_long_range_folds_into_a_few_lines():
    assert told("2026-03-30 08:00", "2026-04-17 16:00") == [
        ("11 days, 30 Mar to 16 Apr, 7h 45m each", "85h 15m"),
        ("2 holidays: Good Friday (3 Apr) and Easter Monday (6 Apr)", "not counted"),
        ("4 days, 4 Apr to 12 Apr, no opening hours", "not counted"),
        ("Fri 10 Apr and Fri 17 Apr, 7h 15m each", "14h 30m"),
    ]


def test_every_date_has_a_line_with_its_year_when_nothing_is_folded():
    lines = told("2026-12-30 08:00", "2027-01-02 12:00", folds=False)

    assert [label.split(",")[0] for label, _ in lines] == [
        "Wed 30 Dec 2026",
        "Thu 31 Dec 2026",
        "Fri 1 Jan 2027",
        "Sat 2 Jan 2027",
    ]


def test_an_hour_of_daylight_saving_is_told():
    night = BusinessCalendar(
        "night", "Europe/London", {day: (Span.between("22:00", "06:00"),) for day in range(7)}
    )

    spring, _ = open_details(night, utc("2026-03-28 12:00"), utc("2026-03-29 12:00"))
    autumn, _ = open_details(night, utc("2026-10-24 12:00"), utc("2026-10-25 12:00"))

    assert spring == WhyDetail("Sat 28 Mar, 22:00 to 06:00, 1h lost as clocks went forward", "7h")
    assert autumn == WhyDetail("Sat 24 Oct, 22:00 to 06:00, 1h more as clocks went back", "9h")


def test_a_clock_in_office_hours_says_how_its_time_counts_until_it_is_due():
    """London 9-17, Fri 27 Mar 2026: the lines make the sum that makes the due time."""
    work = casework(2, "basic", process=PROCESS, at=utc("2026-03-27 15:00"), answered=True)

    views = clock_views(work.ticket, PROCESS, work.now)

    (resolution,) = [view for view in views if view.name == "Resolution"]
    assert resolution.why[0].value == "72h"
    (stood,) = [line for line in resolution.why if line.details]
    assert (stood.label.before, stood.value) == ("Runs since", "72h left")
    assert [(line.label, line.value) for line in stood.details] == [
        ("Fri 27 Mar, 15:00 to 17:00", "2h"),
        ("6 days, 28 Mar to 12 Apr, no opening hours", "not counted"),
        ("8 days, 30 Mar to 13 Apr, 7h 45m each", "62h"),
        ("2 holidays: Good Friday (3 Apr) and Easter Monday (6 Apr)", "not counted"),
        ("Fri 10 Apr, 09:00 to 12:30 and 13:15 to 17:00", "7h 15m"),
        ("Tue 14 Apr, 09:00 to 09:45", "45m"),
    ]
    assert "London office hours, told in the local time of Europe/London" in resolution.why_note


def test_around_the_clock_there_is_nothing_to_tell():
    work = casework(1, at=utc("2026-03-27 15:00"))

    views = clock_views(work.ticket, work.process, work.now)

    assert all(not line.details for view in views for line in view.why)
    assert all("local time" not in view.why_note for view in views)


def test_the_shipped_outing_is_a_holiday_of_the_calendar_itself():
    assert date(2027, 6, 18) in OFFICE.holidays
    assert told("2027-06-18 09:00", "2027-06-18 12:00") == [
        ("Fri 18 Jun, Summer outing of all teams", "not counted")
    ]
