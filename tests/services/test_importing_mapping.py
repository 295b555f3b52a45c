"""A mapping is read against the process, and its mistakes name their lines."""

import pytest

from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Status
from escalation_app.services.importing import MappingErrors, load_mapping, shipped_mappings
from escalation_app.services.importing.mapping import Rows
from escalation_app.services.process_document import load_process, shipped_document
from tests.support.logs import EVENTS, TICKETS


@pytest.fixture(scope="module")
def process() -> Process:
    return load_process(shipped_document(), 1)


def mistakes(text: str, process: Process) -> list[tuple[str, str]]:
    """(the line as it is written, what is wrong with it), in order."""
    with pytest.raises(MappingErrors) as refused:
        load_mapping(text, process)
    lines = text.splitlines()
    return [(lines[error.line - 1].strip(), error.message) for error in refused.value.errors]


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_every_mapping_that_is_shipped_fits_the_shipped_process(name: str, process: Process):
    mapping = load_mapping(shipped_mappings()[name], process)

    assert mapping.source == name
    assert mapping.every_column()


def test_the_mappings_for_real_logs_are_shipped():
    assert {"servicenow", "helpdesk_italian", "ticket_list"} <= set(shipped_mappings())


def test_a_mapping_says_what_its_words_mean(process: Process):
    mapping = load_mapping(EVENTS, process)

    assert mapping.rows is Rows.EVENTS
    assert mapping.statuses.known["Asked"] is Status.WAITING_CUSTOMER
    assert mapping.teams.known["Kernel"] == "platform_engineering"
    assert mapping.severities.known["P1"] == 1
    assert mapping.empty == {"", "?"}
    assert mapping.zone.key == "Europe/London"


@pytest.mark.parametrize(
    ("written", "instead", "line", "problem"),
    [
        ("zone: Europe/London", "zone: London", "zone: London", "is not a time zone"),
        ("zone: Europe/London", "zone: ../etc", "zone: ../etc", "is not a time zone"),
        ("rows: events", "rows: lines", "rows: lines", "is no kind of row"),
        ("source: old_desk", "source: Old", "source: Old", "A key is a small letter"),
        ("  at: at\n", "", "columns:", "The entry 'at' is missing."),
        ("  by: by", "  bye: by", "bye: by", "Unknown entry"),
        ("  Odd: as_before", "  Odd: lost", "Odd: lost", "'lost' is no status"),
        ("P1: S1", "P1: S9", "severities: {words: {P1: S9, P2: S2, P3: S3}}", "is no severity"),
        ("    service_desk: [Front]", "    desk: [Front]", "desk: [Front]", "'desk' is no team"),
        ("[Kernel]", "[Apps]", "platform_engineering: [Apps]", "'Apps' stands in two teams"),
        ("plans: {empty: basic}", "plans: {}", "plans: {}", "The entry 'empty' is missing."),
        ("empty: basic", "empty: gold", "plans: {empty: gold}", "'gold' is no plan"),
        ("Solved, Done]", "Solved, Gone]", "first_response: [Working, Asked, Vendor, Solved, Gone]",
         "'Gone' is no status word"),
        ("%d/%m/%Y %H:%M", "%d/%m/%Y", 'dates: ["%d/%m/%Y"]', "with a time"),
        ("%d/%m/%Y %H:%M", "D/M/YYYY", 'dates: ["D/M/YYYY"]', "such as %d/%m/%Y %H:%M"),
        ("windows-1252", "windows-9", "otherwise_encoding: windows-9", "No such encoding"),
        ("name: Desk of old\n", "", "source: old_desk", "The entry 'name' is missing."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    process: Process, written: str, instead: str, line: str, problem: str
):
    assert written in EVENTS

    ((place, message),) = mistakes(EVENTS.replace(written, instead, 1), process)

    assert place == line
    assert problem in message


def test_all_mistakes_are_found_at_one_look(process: Process):
    text = EVENTS.replace("Odd: as_before", "Odd: x").replace("empty: basic", "empty: x")

    assert len(mistakes(text, process)) == 2


def test_a_list_of_tickets_has_no_events_to_place(process: Process):
    text = TICKETS.replace("  ticket: id", "  ticket: id\n  at: at")

    assert mistakes(text, process)[0][0] == "at: at"


@pytest.mark.parametrize("text", ["", "just text", "a: &x 1\nb: *x", "- 1", "\tname: x"])
def test_what_is_no_mapping_is_refused(process: Process, text: str):
    with pytest.raises(MappingErrors):
        load_mapping(text, process)
