"""Public holidays by country and region, and how a published version keeps them."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.calendar_spec import Holiday, PublicHolidays
from escalation_app.services import calendar_document, process_versions, public_holidays
from escalation_app.services.process_document import load_process, shipped_document
from escalation_app.services.process_versions import publish

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONDON = "public_holidays: {country: GB, region: ENG}"


def days_of(country: str, region: str = "") -> dict[date, str]:
    return {day.on: day.name for day in public_holidays.public_holidays(country, region).days}


def changed(places: str, *more: str) -> str:
    return shipped_document().replace(LONDON, "\n    ".join((f"public_holidays: {places}", *more)))


def test_the_shipped_holidays_are_those_of_the_library():
    shipped = public_holidays.public_holidays("GB", "ENG")

    assert public_holidays._shipped() == {"GB/ENG": shipped}
    assert public_holidays._looked_up("GB", "ENG") == shipped


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2011, 4, 29), "Wedding of William and Catherine"),
        (date(2012, 6, 5), "Diamond Jubilee of Elizabeth II"),
        (date(2020, 5, 8), "May Day"),  # moved from the 4th for VE day
        (date(2022, 9, 19), "State Funeral of Queen Elizabeth II"),
        (date(2026, 12, 28), "Boxing Day (observed)"),
        (date(2036, 4, 14), "Easter Monday"),
    ],
)
def test_history_and_the_coming_ten_years_are_known(on: date, name: str):
    """Dates from gov.uk/bank-holidays and the royal proclamations."""
    assert days_of("GB", "ENG")[on] == name


def test_regions_of_a_country_have_holidays_of_their_own():
    assert date(2026, 4, 6) in days_of("GB", "ENG")
    assert date(2026, 4, 6) not in days_of("GB", "SCT")
    assert date(2026, 11, 30) in days_of("GB", "SCT")
    assert date(2026, 1, 6) in days_of("DE", "BY")
    assert date(2026, 1, 6) not in days_of("DE")


def test_a_place_is_found_by_its_codes_and_its_name():
    places = [
        public_holidays.public_holidays(country, region)
        for country, region in (("DE", "BY"), ("DEU", "by"), ("germany", "Bayern"))
    ]

    assert places == [places[0]] * 3
    assert (places[0].country, places[0].region) == ("DE", "BY")
    assert places[0].name == "Bayern, Germany"


def test_a_calendar_is_closed_on_the_public_holidays_of_all_its_places_and_on_its_own():
    process = load_process(changed("[{country: GB, region: ENG}, {country: FR}]"), 1)
    office = process.calendar("london_office")

    closed = [date(2026, 4, 6), date(2026, 7, 14), date(2027, 6, 18)]

    for on in closed:
        morning = datetime(on.year, on.month, on.day, 10, tzinfo=UTC)
        assert not office.is_open(morning)
    assert office.is_open(datetime(2026, 7, 15, 10, tzinfo=UTC))


def test_a_public_holiday_can_be_worked():
    text = changed("{country: GB, region: ENG}", "worked_holidays: [2026-12-28]")
    office = load_process(text, 1).calendar("london_office")

    due_at = office.add(datetime(2026, 12, 24, 12, tzinfo=UTC), 2 * HOUR)

    assert due_at == datetime(2026, 12, 28, 10, tzinfo=UTC)


def test_a_special_day_beats_a_public_holiday():
    text = shipped_document().replace(
        "    special_days:\n",
        "    special_days:\n      2026-12-28: {name: Winter watch, hours: [10:00-11:00]}\n",
    )
    office = load_process(text, 1).calendar("london_office")

    due_at = office.add(datetime(2026, 12, 24, 12, tzinfo=UTC), 2 * HOUR)

    assert due_at == datetime(2026, 12, 28, 11, tzinfo=UTC)


def test_a_published_version_keeps_its_holidays_when_the_library_knows_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    text = changed("{country: FR}")
    with database.writing() as session:
        version = publish(session, text, "test", NOW)
    proclaimed = PublicHolidays("FR", "", "France", (Holiday(date(2026, 3, 3), "Proclaimed"),))
    monkeypatch.setattr(calendar_document, "public_holidays", lambda *place: proclaimed)
    monkeypatch.setattr(process_versions, "_parsed", {})

    with database.reading() as session:
        kept = process_versions.process_of(session, version).calendar("london_office")
    fresh = load_process(text, 1).calendar("london_office")

    assert date(2026, 7, 14) in kept.holidays
    assert date(2026, 3, 3) not in kept.holidays
    assert date(2026, 3, 3) in fresh.holidays


def test_the_same_document_is_a_new_version_once_other_holidays_are_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    with database.writing() as session:
        first = publish(session, shipped_document(), "test", NOW)
        again = publish(session, shipped_document(), "test", NOW)
        proclaimed = PublicHolidays("GB", "ENG", "England", (Holiday(date(2026, 3, 3), "New"),))
        monkeypatch.setattr(calendar_document, "public_holidays", lambda *place: proclaimed)
        second = publish(session, shipped_document(), "test", NOW)

    assert (first, again, second) == (1, 1, 2)


def test_no_start_loads_the_library(sqlite_url: str):
    """Publishing and reading the shipped process is part of every first start."""
    program = (
        "import sys\n"
        "from escalation_app.clock import utc_now\n"
        "from escalation_app.db import Database\n"
        "from escalation_app.services.process_versions import ensure_live\n"
        f"with Database({sqlite_url!r}).writing() as session:\n"
        "    ensure_live(session, utc_now())\n"
        "print('holidays' in sys.modules)\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "False"
