"""Fields of the process in its own conditions: which path starts, which playbook fits, which step
is taken, how that is said, and what a document may ask; and the queue narrowed to them."""

from collections.abc import Iterator
from datetime import date

import pytest

from escalation_app.db import Database
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import PathRunRow, PathStepRow, TicketRow
from escalation_app.services import tickets
from escalation_app.services.process_document import ProcessErrors, load_process
from escalation_app.services.process_text import process_sections
from escalation_app.services.queries.escalate_choices import escalate_choices
from escalation_app.services.queries.queue import queue_screen
from escalation_app.services.queries.queue_filter import filter_of
from escalation_app.services.tables import columns
from tests.services.test_fields import with_fields
from tests.support.desk import SupportDesk, rows, support_desk

FIELDS = """
fields:
  device: {label: Device, kind: text, customers: fill}
  since: {label: Since when, kind: date}
  fix: {label: Workaround, kind: choice, choices: {given: Given, refused: Refused}}
  seen: {label: Reproduced, kind: yes_no}
  amount: {label: Amount, kind: number}
"""
PATH = """paths:
  disputed:
    name: Disputed money
    severities: [S1]
    metric: resolution
    weight: 90
    calendar: always
    fields: {amount: {from: 1000}, fix: [refused]}
    steps:
      - {key: look, name: Look, at: 5%, do: notify, tell: [managers], says: Managers look.}
      - key: seen
        name: Only what is seen
        after: 1m
        do: notify
        tell: [managers]
        says: Managers are told.
        only_if: {fields: {seen: [yes]}}
      - {key: last, name: Last, after: 1m, do: notify, tell: [managers], says: All are told.}
"""
PLAYBOOK = """playbooks:
  kiosk:
    name: A kiosk is down
    says: Infrastructure looks at it first.
    when: {fields: {device: [kiosk]}}
    type: hierarchical
    team: infrastructure_support
"""


def document(fields: str = FIELDS, path: str = PATH, playbook: str = PLAYBOOK) -> str:
    made = with_fields(fields)
    return made.replace("\npaths:\n", "\n" + path, 1).replace("\nplaybooks:\n", "\n" + playbook, 1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=document()) as opened:
        yield opened


def fill(desk: SupportDesk, ref: str, **written: str) -> None:
    """Fill in fields of a ticket that has its first answer."""
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", tickets.fill_fields, ref, written, {})


def paths(desk: SupportDesk) -> list[str]:
    return [row.path for row in rows(desk, PathRunRow)]


def test_a_path_that_asks_for_fields_starts_where_they_stand_and_at_its_own_time(
    desk: SupportDesk,
):
    ref, other = desk.open("One").reference, desk.open("Two").reference
    fill(desk, ref, amount="1000", fix="refused")
    fill(desk, other, amount="999", fix="refused")

    desk.wait(minutes=30)  # of four hours, before the usual path has a step

    assert paths(desk) == ["disputed"]
    (run,) = rows(desk, PathRunRow)
    (ticket,) = rows(desk, TicketRow, columns(TicketRow).c.reference == ref)
    assert run.ticket_id == ticket.id


def test_a_field_that_is_emptied_takes_the_path_away_before_it_starts(desk: SupportDesk):
    ref = desk.open().reference
    fill(desk, ref, amount="1000", fix="refused")
    desk.act("agent", tickets.fill_fields, ref, {"fix": ""}, {"fix": "refused"})

    desk.wait(minutes=30)

    assert paths(desk) == []


@pytest.mark.parametrize(("seen", "outcome"), [("yes", "done"), ("no", "not_fitting")])
def test_a_step_is_passed_over_where_its_field_says_something_else(
    desk: SupportDesk, seen: str, outcome: str
):
    ref = desk.open().reference
    fill(desk, ref, amount="5000", fix="refused", seen=seen)

    desk.wait(minutes=30)
    desk.wait(minutes=1, seconds=1)

    taken = [(row.step, row.outcome) for row in rows(desk, PathStepRow)]
    assert taken == [(0, "done"), (1, outcome)]


def test_a_playbook_that_fits_by_a_field_is_proposed_and_says_why(desk: SupportDesk):
    new = tickets.NewTicket("Dark", "Help", "high", "high", fields={"device": "Kiosk 7"})
    ref = desk.act("customer", tickets.open_ticket, new).reference
    other = desk.open("Slow").reference

    shown = desk.see("agent", escalate_choices, ref, desk.now)

    assert shown.options[0].playbook == "kiosk"
    assert "“Device” is Kiosk 7" in shown.options[0].text
    without = desk.see("agent", escalate_choices, other, desk.now)
    assert all(one.playbook == "" for one in without.options)
    assert shown.options[0].kind == EscalationKind.HIERARCHICAL


def test_the_process_says_in_words_what_must_stand_in_fields():
    process = load_process(document(), 1)

    sections = {one.key: one for one in process_sections(process, date(2026, 3, 2))}

    path = sections["path-disputed"]
    assert (
        "where “Amount” is 1000 or more and where “Workaround” is “Refused”" in path.paragraphs[0]
    )
    assert "Only where “Reproduced” is “Yes”." in path.points[1]
    assert "where “Device” speaks of “kiosk”" in sections["playbooks"].points[0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("{colour: [red]}", "'colour' is no field of this process; known: device, since, fix"),
        ("{fix: [lost]}", "'lost' is no choice of 'fix'; known: given, refused"),
        ("{fix: given}", "“Workaround” is of the kind 'choice': a list of its choices"),
        ("{seen: [maybe]}", "'maybe' is no choice of 'seen'; known: yes, no"),
        ("{amount: [1000]}", "“Amount” is of the kind 'number': give 'from', 'to' or both"),
        ("{amount: {from: much}}", "“Amount” must be a number such as 12 or 3.5"),
        ("{amount: {from: 9, to: 1}}", "Nothing can fulfil this"),
        ("{amount: {over: 9}}", "over"),
        ("{since: {from: 2 March}}", "“Since when” must be a date such as 2026-03-02"),
        ("{device: kiosk}", "“Device” is of the kind 'text': a list of words"),
        ("{}", "at least one entry"),
    ],
)
@pytest.mark.parametrize("place", ["path", "step", "playbook"])
def test_what_a_condition_cannot_ask_of_a_field_is_refused_at_its_line(
    asked: str, words: str, place: str
):
    path = (
        PATH.replace("{amount: {from: 1000}, fix: [refused]}", asked) if place == "path" else PATH
    )
    if place == "step":
        path = PATH.replace("{fields: {seen: [yes]}}", f"{{fields: {asked}}}")
    playbook = PLAYBOOK
    if place == "playbook":
        playbook = PLAYBOOK.replace("{fields: {device: [kiosk]}}", f"{{fields: {asked}}}")

    with pytest.raises(ProcessErrors) as refused:
        load_process(document(path=path, playbook=playbook), 1)

    assert any(words in str(error) for error in refused.value.errors)


def test_conditions_about_fields_need_fields():
    with pytest.raises(ProcessErrors, match="is no field of this process; known: none is defined"):
        load_process(document(fields=""), 1)


def test_a_path_for_some_fields_alone_leaves_a_severity_without_a_path():
    one = document().replace("severities: [S1]", "severities: [S2]", 1)
    general = one.replace("  s2_resolution:", "  s2_gone:", 1).replace(
        "    severities: [S2]\n    metric: resolution\n    weight: 40",
        "    severities: [S2]\n    fields: {seen: [yes]}\n    metric: resolution\n    weight: 40",
        1,
    )

    with pytest.raises(ProcessErrors, match="No path is given for the resolution of S2"):
        load_process(general, 1)


def test_the_queue_is_narrowed_to_what_stands_in_fields(desk: SupportDesk):
    refs = [desk.open(name).reference for name in ("One", "Two", "Three", "Four")]
    fill(desk, refs[0], fix="given", seen="yes")
    fill(desk, refs[1], fix="refused", seen="yes")
    fill(desk, refs[2], fix="refused")

    def found(field: str) -> set[str]:
        wanted = filter_of({"field": field, "tier": "all"}, desk.people["agent"])
        return {row.ref for row in desk.see("agent", queue_screen, wanted, desk.now).page.rows}

    assert found("fix:refused") == {refs[1], refs[2]}
    assert found("fix:refused,fix:given") == set(refs[:3])
    assert found("fix:refused,seen:yes") == {refs[1]}
    assert found("fix:lost") == set()
    assert found("nonsense") == set(refs)


def test_what_can_be_asked_of_fields_is_offered_and_shown_as_a_chip(desk: SupportDesk):
    query = {"field": "fix:refused,'; drop:x", "tier": "all"}
    wanted = filter_of(query, desk.people["agent"])
    shown = desk.see("agent", queue_screen, wanted, desk.now)

    (field,) = (one for one in shown.fields if one.key == "field")
    assert [(one.label, one.is_chosen) for one in field.choices] == [
        ("Workaround: Given", False),
        ("Workaround: Refused", True),
        ("Reproduced: Yes", False),
        ("Reproduced: No", False),
    ]
    assert [chip.value for chip in shown.chips if chip.key == "field"] == ["Workaround: Refused"]
    assert wanted.params()["field"] == "fix:refused"
