"""`escalation calendar`: what an operator reads of opening hours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from escalation_app import db, settings
from escalation_app.cli import main
from escalation_app.models import OrganisationRow
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.tables import columns
from tests.support.desk import support_desk
from tests.support.hours import office_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def live_process(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shipped process in the database that the settings name."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    settings.settings.cache_clear()
    db.database.cache_clear()
    with db.database().writing() as session:
        publish(session, shipped_document(), "test", NOW)
    yield
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["calendar", *words]) == 0
    return capsys.readouterr().out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["calendar", *words]) == 1
    return capsys.readouterr().err


def test_calendars_are_listed(capsys: pytest.CaptureFixture[str]):
    lines = said(capsys, "list")

    assert [line.split()[:2] for line in lines] == [
        ["always", "Etc/UTC"],
        ["london_office", "Europe/London"],
    ]


def test_a_calendar_shows_its_week_and_where_its_holidays_come_from(
    capsys: pytest.CaptureFixture[str],
):
    week, public, own, *_ = said(capsys, "show", "london_office")

    assert "Monday to Thursday 09:00 to 12:30 and 13:15 to 17:30" in week
    assert public.startswith("Closed on the public holidays of England, United Kingdom; in the ")
    assert own == "Closed on 18 June 2027 (Summer outing of all teams)."


def test_the_time_between_two_instants_is_explained(capsys: pytest.CaptureFixture[str]):
    """London, Fri 27 Mar 2026 16:00 + 120 min is Mon 30 Mar 10:00 BST."""
    asked = ("--from", "2026-03-27T16:00", "--to", "2026-03-30T10:00")

    lines = said(capsys, "explain", "london_office", *asked)

    assert [" ".join(line.split()) for line in lines] == [
        "Fri 27 Mar, 16:00 to 17:00 1h",
        "Sat 28 Mar and Sun 29 Mar, no opening hours not counted",
        "Mon 30 Mar, 09:00 to 10:00 1h",
        "Open 2h from Fri 27 Mar 2026 16:00 to Mon 30 Mar 2026 10:00, Europe/London.",
    ]


def test_each_date_can_have_its_line_and_an_instant_its_offset(capsys: pytest.CaptureFixture[str]):
    asked = ("--from", "2026-03-27T17:00+01:00", "--to", "2026-03-30T11:00+02:00")

    lines = said(capsys, "explain", "london_office", *asked, "--each-day")

    assert lines[1].split() == "Sat 28 Mar 2026, no opening hours not counted".split()
    assert len(lines) == 5
    assert lines[-1].startswith("Open 2h from Fri 27 Mar 2026 16:00 to Mon 30 Mar 2026 10:00")


def test_a_wrong_word_is_told_with_what_there_is(capsys: pytest.CaptureFixture[str]):
    asked = ("--from", "2026-03-27", "--to", "2026-03-30")

    assert "there are: always, london_office." in refused(capsys, "show", "paris_office")
    assert "2026-27-03 is no instant" in refused(
        capsys, "explain", "always", "--from", "2026-27-03", "--to", "2026-03-30"
    )
    assert "leave the years" in refused(
        capsys, "explain", "london_office", "--from", "1066-10-14", *asked[2:]
    )


def test_a_day_is_added_shown_explained_and_removed(capsys: pytest.CaptureFixture[str]):
    asked = ("--from", "2026-03-03T09:00", "--to", "2026-03-03T17:30")

    added = said(capsys, "add-day", "london_office", "2026-03-03", "--closed", "--name", "Strike")
    shown = said(capsys, "show", "london_office")
    explained = said(capsys, "explain", "london_office", *asked)
    removed = said(capsys, "remove-day", "london_office", "2026-03-03")
    afterwards = said(capsys, "explain", "london_office", *asked)

    assert added == ["2026-03-03 was added to london_office."]
    assert "3 March 2026 (Strike, added by" in " ".join(shown)
    assert explained[0].startswith("Tue 3 Mar, Strike, added by ")
    assert removed == ["2026-03-03 was taken out of london_office."]
    assert afterwards[-1].startswith("Open 7h 45m")


def test_a_day_can_have_other_hours_or_hours_that_do_not_count(
    capsys: pytest.CaptureFixture[str],
):
    day = ("london_office", "2026-03-03", "--name", "Watch")
    said(capsys, "add-day", *day, "--hours", "10:00-11:00", "14:00-15:00")
    said(
        capsys,
        "add-day",
        "london_office",
        "2026-03-04",
        "--name",
        "Drill",
        "--cut-out",
        "09:00-10:00",
    )

    asked = ("--from", "2026-03-03", "--to", "2026-03-05")
    lines = said(capsys, "explain", "london_office", *asked)

    assert lines[0].startswith("Tue 3 Mar, 10:00 to 11:00 and 14:00 to 15:00, Watch, added by")
    assert "without 1h of Drill" in lines[1]


def test_the_clocks_of_open_tickets_follow(capsys: pytest.CaptureFixture[str]):
    database = db.database()
    with support_desk(database, NOW) as desk:
        with database.writing() as session:
            publish(session, office_document(), "test", NOW)
            session.execute(update(columns(OrganisationRow)).values(plan="basic"))
        desk.open(by="stranger")
        desk.open(by="customer")

        lines = said(
            capsys, "add-day", "london_office", "2026-03-02", "--closed", "--name", "Strike"
        )

    assert lines[1] == "The clocks of 2 open tickets in this calendar were counted again."


def test_what_cannot_be_added_is_refused_in_words(capsys: pytest.CaptureFixture[str]):
    named = ("--closed", "--name", "Strike")

    assert "is no date" in refused(capsys, "add-day", "london_office", "3 March", *named)
    assert "Around the clock is always open" in refused(
        capsys, "add-day", "always", "2026-03-03", *named
    )
    assert "is no span of hours" in refused(
        capsys, "add-day", "london_office", "2026-03-03", "--name", "Watch", "--hours", "9-12"
    )
    assert "That day" in refused(capsys, "remove-day", "london_office", "2026-03-03")
