"""The readable process: every part of it is told, in words."""

from datetime import timedelta

import pytest

from escalation_app.domain.events import EventKind
from escalation_app.domain.process import TARGET_METRICS, Audience, Delivery
from escalation_app.services.process_document import (
    CONTACT_CHANNELS,
    load_process,
    shipped_document,
)
from escalation_app.services.process_text import (
    AUDIENCE_NAMES,
    CHANNEL_NAMES,
    DELIVERY_NAMES,
    EVENT_NAMES,
    METRIC_NAMES,
    length_in_words,
    process_sections,
)
from escalation_app.views import ProcessSection

SECTIONS = {
    section.key: section for section in process_sections(load_process(shipped_document(), 1))
}


def cells(section: ProcessSection) -> list[tuple[str, ...]]:
    return [row.cells for row in section.rows]


def test_every_word_of_the_process_has_a_name_for_people() -> None:
    assert set(EVENT_NAMES) == set(EventKind)
    assert set(AUDIENCE_NAMES) == set(Audience)
    assert set(DELIVERY_NAMES) == set(Delivery)
    assert set(METRIC_NAMES) == set(TARGET_METRICS)
    assert set(CHANNEL_NAMES) == set(CONTACT_CHANNELS)


def test_promised_times_stand_in_a_table_with_the_highest_plan_first() -> None:
    table = cells(SECTIONS["plans"])

    assert table[:2] == [
        ("Enterprise, first response", "15 minutes", "30 minutes", "2 hours", "4 hours"),
        ("Enterprise, resolution", "7 hours", "24 hours", "48 hours", "3 days"),
    ]
    assert table[-1] == ("Basic, resolution", "3 days", "3 days", "4 days", "5 days")


def test_severity_is_a_table_of_impact_and_urgency() -> None:
    section = SECTIONS["severities"]

    assert section.head == ("", "High urgency", "Medium urgency", "Low urgency")
    assert cells(section)[0] == ("High impact", "S1", "S2", "S3")


def test_a_path_is_a_list_of_sentences() -> None:
    steps = SECTIONS["path-s1_resolution"].items

    assert len(steps) == 5
    assert steps[1].startswith("At 75% of the time to resolution, give the case to a manager: ")
    assert steps[3] == (
        "When the time to resolution is over, tell an executive: The promise is broken and an "
        "executive is told. Told: the executives and the manager of the case. Acknowledging "
        "holds the next step for 30 minutes."
    )
    assert steps[4].startswith("1 hour later, ")


def test_a_working_delay_names_its_calendar() -> None:
    steps = SECTIONS["path-s3_resolution"].items

    assert steps[2].startswith("4 hours of working time later (London office hours), ")


def test_a_calendar_tells_its_week_and_its_exceptions() -> None:
    always, office = SECTIONS["calendars"].items

    assert always == "Around the clock: always open."
    assert "Monday to Thursday 09:00 to 12:30 and 13:15 to 17:30" in office
    assert "25 December 2026 (Christmas Day)" in office
    assert "On 24 December 2026 (Christmas Eve) open 09:00 to 13:00 only." in office
    assert (
        "On 5 January 2027 (Yearly meeting of all teams) 13:15 to 15:00 does not count." in office
    )


def test_every_cell_row_is_as_wide_as_its_head() -> None:
    for section in SECTIONS.values():
        assert {len(row) for row in cells(section)} <= {len(section.head)}


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "1 hour 30 minutes"),
        (timedelta(hours=48), "48 hours"),
        (timedelta(days=3, hours=4), "3 days 4 hours"),
    ],
)
def test_lengths_are_said_in_words(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words
