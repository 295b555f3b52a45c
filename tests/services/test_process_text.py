"""The readable process: every part of it is told, in words."""

from datetime import date, timedelta

import pytest

from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.process import Delivery
from escalation_app.services.process_document import (
    CONTACT_CHANNELS,
    load_process,
    shipped_document,
)
from escalation_app.services.process_names import (
    AUDIENCE_NAMES,
    CHANNEL_NAMES,
    DELIVERY_NAMES,
    EVENT_NAMES,
    METRIC_NAMES,
)
from escalation_app.services.process_text import Readers, process_sections
from escalation_app.services.process_words import length_in_words
from escalation_app.views.process import ProcessSection
from tests.support.hours import office_document

TODAY = date(2026, 12, 1)
PROCESS = load_process(shipped_document(), 1)
SECTIONS = {section.key: section for section in process_sections(PROCESS, TODAY)}
FOR_CUSTOMERS = {
    section.key: section for section in process_sections(PROCESS, TODAY, Readers.CUSTOMERS)
}


def cells(section: ProcessSection) -> list[tuple[str, ...]]:
    return [row.cells for row in section.rows]


def test_every_word_of_the_process_has_a_name_for_people() -> None:
    assert set(EVENT_NAMES) == set(EventKind)
    assert set(AUDIENCE_NAMES) == set(Audience)
    assert set(DELIVERY_NAMES) == set(Delivery)
    assert set(METRIC_NAMES) == set(Metric)
    assert set(CHANNEL_NAMES) == set(CONTACT_CHANNELS)


def test_promised_times_stand_in_a_table_with_the_highest_plan_first() -> None:
    table = cells(SECTIONS["plans"])

    assert table[:2] == [
        ("Enterprise, first response", "15 minutes", "30 minutes", "2 hours", "4 hours"),
        ("Enterprise, resolution", "7 hours", "24 hours", "48 hours", "3 days"),
    ]
    assert ("Basic, resolution", "3 days", "3 days", "4 days", "5 days") in table


def test_severity_is_a_table_of_impact_and_urgency() -> None:
    section = SECTIONS["severities"]

    assert section.head == ("", "High urgency", "Medium urgency", "Low urgency")
    assert cells(section)[0] == ("High impact", "S1", "S2", "S3")


def test_a_path_is_a_list_of_sentences() -> None:
    steps = SECTIONS["path-s1_resolution"].points

    assert len(steps) == 5
    assert steps[1].startswith("At 75% of the time to resolution, a manager calls the customer: ")
    assert steps[3] == (
        "When the time to resolution is over, tell an executive: The promise is broken and an "
        "executive is told. Told: the executives and the manager of the case. Acknowledging "
        "holds the next step for 30 minutes. Until then it is repeated every 15 minutes, at most 2 "
        "times. If nobody acknowledges, all managers are told."
    )
    assert steps[4].startswith("1 hour later, ")


def test_a_working_delay_names_its_calendar() -> None:
    steps = SECTIONS["path-s3_resolution"].points

    assert steps[2].startswith("4 hours of working time later (London office hours), ")


def test_a_calendar_tells_its_week_and_its_exceptions() -> None:
    always, office = SECTIONS["calendars"].points

    assert always == "Around the clock: always open."
    assert "Monday to Thursday 09:00 to 12:30 and 13:15 to 17:30" in office
    assert "Closed on 18 June 2027 (Summer outing of all teams)." in office
    assert "On 24 December 2026 (Christmas Eve) open 09:00 to 13:00 only." in office
    assert (
        "On 5 January 2027 (Yearly meeting of all teams) 13:15 to 15:00 does not count." in office
    )


def test_a_calendar_tells_where_its_public_holidays_come_from_and_those_of_the_coming_year() -> (
    None
):
    _, office = SECTIONS["calendars"].points

    start = office.index("Closed on the public holidays")
    assert office[start : office.index(".", start) + 1] == (
        "Closed on the public holidays of England, United Kingdom; in the coming year these are "
        "25 December 2026 (Christmas Day), 26 December 2026 (Boxing Day), 28 December 2026 "
        "(Boxing Day (observed)), 1 January 2027 (New Year's Day), 26 March 2027 (Good Friday), "
        "29 March 2027 (Easter Monday), 3 May 2027 (May Day), 31 May 2027 (Spring Bank Holiday) "
        "and 30 August 2027 (Late Summer Bank Holiday)."
    )


def test_a_public_holiday_that_is_worked_is_told_apart() -> None:
    text = shipped_document().replace(
        "region: ENG}", "region: ENG}\n    worked_holidays: [2027-03-29]"
    )
    sections = process_sections(load_process(text, 1), TODAY)

    (points,) = [section.points for section in sections if section.key == "calendars"]

    assert "Open as usual on the public holidays of 29 March 2027." in points[1]
    assert "Easter Monday" not in points[1]


def test_a_promise_in_office_hours_is_not_told_in_days() -> None:
    sections = process_sections(load_process(office_document(), 1), TODAY)

    (table,) = [cells(section) for section in sections if section.key == "plans"]

    (basic,) = [row for row in table if row[0] == "Basic, resolution"]
    assert basic[1:] == ("72 hours", "72 hours", "96 hours", "120 hours")


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
        (timedelta(seconds=90), "1 minute 30 seconds"),
    ],
)
def test_lengths_are_said_in_words(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words


def test_customers_read_what_they_are_promised() -> None:
    assert cells(FOR_CUSTOMERS["plans"])[0] == (
        "Enterprise, first answer",
        "15 minutes",
        "30 minutes",
        "2 hours",
        "4 hours",
    )
    assert FOR_CUSTOMERS["severities"] == SECTIONS["severities"]
    assert "While we wait for your answer, the time to a solution stands still." in (
        FOR_CUSTOMERS["plans"].points
    )


def test_customers_read_what_happens_when_a_promise_is_at_risk() -> None:
    first, *others = FOR_CUSTOMERS["at-risk"].points

    assert first == (
        "S1, solution: when 75% of the time is used, a manager gets in touch with you; when 90% of "
        "the time is used, more experienced people take it over; when it is over, an executive is "
        "told; 1 hour later, every manager is told."
    )
    assert (
        "S3 and S4, first answer: 4 hours of working time after it is over, every manager is told."
    ) in others
    assert not any("obligation" in said for said in others)


def test_customers_read_nothing_of_how_we_are_organised() -> None:
    process = PROCESS
    whole = repr(tuple(FOR_CUSTOMERS.values()))

    internal = [path.name for path in process.paths]
    internal += [step.says for path in process.paths for step in path.steps]
    internal += [team.name for team in process.teams]
    internal += [tier.name for tier in process.tiers]
    internal += [policy.name for policy in process.policies]
    internal += [f" {tier.volume_target} " for tier in process.tiers]
    internal += [*AUDIENCE_NAMES.values(), *EVENT_NAMES.values()]
    internal.remove("the customer")
    for words in internal:
        assert words not in whole, words
