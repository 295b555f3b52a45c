"""Fields of a ticket as the process defines them: who fills them in, when they must be, and two at
once."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.models import EventRow, TicketFieldRow, TicketRow
from escalation_app.services import escalations, tickets
from escalation_app.services.process_document import ProcessErrors, load_process
from escalation_app.services.process_text import Readers, process_sections
from escalation_app.services.process_versions import publish
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.customer_new import new_ticket_form
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.queries.ticket_choices import fields_to_fill
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, plain_document, rows, support_desk

SHIPPED = plain_document()
FIELDS = SHIPPED[SHIPPED.index("\nfields:") : SHIPPED.index("\n# When nobody of ours")]
MINE = """
fields:
  device: {label: Device, kind: text, customers: fill, required: opening}
  since: {label: Since when, kind: date, customers: fill}
  version: {label: Version, kind: number, customers: see}
  fix:
    {label: Fixed by, kind: choice, required: resolving, choices: {patch: A patch, rest: A restart}}
  amount: {label: Amount, kind: number, natures: [billing]}
  record: {label: Record, kind: text, tool: chat, required: resolving}
"""


def with_fields(fields: str) -> str:
    return SHIPPED.replace(FIELDS, fields)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=with_fields(MINE)) as opened:
        yield opened


def opened(desk: SupportDesk, **fields: str) -> Ticket:
    new = tickets.NewTicket("Down", "Help", "high", "high", fields={"device": "K-7", **fields})
    return desk.act("customer", tickets.open_ticket, new)


def fill(desk: SupportDesk, who: str, ref: str, seen: dict[str, str], **written: str) -> Ticket:
    return desk.act(who, tickets.fill_fields, ref, written, seen)


def stored(desk: SupportDesk) -> dict[str, str]:
    return {row.key: row.value for row in rows(desk, TicketFieldRow)}


def changes(desk: SupportDesk) -> list[list[dict[str, str]]]:
    kind = columns(EventRow).c.kind == EventKind.FIELDS_FILLED
    return [row.data["changes"] for row in rows(desk, EventRow, kind)]


def test_a_customer_fills_in_what_is_asked_of_them_and_sees_it(desk: SupportDesk):
    asked = desk.see("customer", new_ticket_form).fields
    ref = opened(desk, since="2026-03-01").reference

    assert [one.key for one in asked] == ["device", "since"]
    facts = desk.see("customer", customer_status, ref, desk.now).facts
    assert [(fact.label, fact.value) for fact in facts] == [
        ("Device", "K-7"),
        ("Since when", "1 March 2026"),
    ]


def test_a_ticket_is_not_opened_without_what_must_be_filled_in(desk: SupportDesk):
    with pytest.raises(Invalid, match="fill in “Device”"):
        opened(desk, device=" ")

    assert rows(desk, TicketRow) == []


def test_a_ticket_is_not_opened_with_a_value_of_the_wrong_kind(desk: SupportDesk):
    with pytest.raises(Invalid, match="“Since when” must be a date"):
        opened(desk, since="yesterday")

    assert rows(desk, TicketRow) == []


def test_a_customer_cannot_fill_in_what_is_not_asked_of_them(desk: SupportDesk):
    with pytest.raises(Invalid, match="Reload"):
        opened(desk, version="4")


def test_each_change_is_on_record_with_what_stood_there(desk: SupportDesk):
    ref = opened(desk).reference

    fill(desk, "agent", ref, {}, version="4.0", fix="patch")
    fill(desk, "manager", ref, {"version": "4", "fix": "patch"}, version="", fix="rest")

    assert stored(desk) == {"device": "K-7", "fix": "rest"}
    first, second, third = changes(desk)
    assert [one["label"] for one in first] == ["Device"]
    assert [(one["from"], one["to"]) for one in second] == [("", "4"), ("", "A patch")]
    assert [(one["from"], one["to"]) for one in third] == [("4", ""), ("A patch", "A restart")]
    page = desk.see("agent", ticket_page, ref, desk.now)
    told = [item.text for item in page.timeline if item.title == "Fields changed"]
    assert "Version emptied, was 4; Fixed by: A patch to A restart, by L. Moreau" in told


def test_the_same_again_changes_nothing_and_no_clock_moves(desk: SupportDesk):
    ticket = opened(desk)
    first = fill(desk, "agent", ticket.reference, {}, version="4")

    again = fill(desk, "agent", ticket.reference, {"version": "4"}, version="4.0")

    assert again.revision == first.revision
    assert [clock.due_at for clock in first.clocks] == [clock.due_at for clock in ticket.clocks]


def test_a_stale_save_is_refused_and_overwrites_nothing(desk: SupportDesk):
    ref = opened(desk).reference
    seen = {"version": "", "fix": ""}
    fill(desk, "colleague", ref, seen, version="5")

    with pytest.raises(Stale, match="“Version” changed"):
        fill(desk, "agent", ref, seen, version="4", fix="patch")

    assert stored(desk) == {"device": "K-7", "version": "5"}


def test_two_who_fill_in_different_fields_do_not_disturb_each_other(desk: SupportDesk):
    ref = opened(desk).reference
    seen = {"version": "", "fix": ""}

    fill(desk, "colleague", ref, seen, version="5", fix="")
    fill(desk, "agent", ref, seen, version="", fix="patch")

    assert stored(desk) == {"device": "K-7", "version": "5", "fix": "patch"}


def test_a_ticket_is_not_resolved_before_what_must_be_filled_in_is(desk: SupportDesk):
    ref = opened(desk).reference

    with pytest.raises(Invalid, match="cannot be resolved yet: fill in “Fixed by”"):
        desk.act("agent", tickets.resolve, ref)
    fill(desk, "agent", ref, {}, fix="rest")

    assert desk.act("agent", tickets.resolve, ref).status is Status.RESOLVED


def test_a_field_of_another_nature_is_not_there(desk: SupportDesk):
    ref = opened(desk).reference

    with pytest.raises(Invalid, match="does not have all of these fields"):
        fill(desk, "agent", ref, {}, amount="3")

    assert "amount" not in [one.key for one in desk.see("agent", fields_to_fill, ref)]


def test_a_field_of_a_tool_is_there_and_asked_for_on_tiers_that_have_it(desk: SupportDesk):
    ref = opened(desk).reference
    fill(desk, "agent", ref, {}, fix="rest")
    with pytest.raises(Invalid, match="does not have all of these fields"):
        fill(desk, "agent", ref, {}, record="A-1")

    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Needs a specialist")

    assert "record" in [one.key for one in desk.see("specialist", fields_to_fill, ref)]
    with pytest.raises(Invalid, match="cannot be resolved yet: fill in “Record”"):
        desk.act("specialist", tickets.resolve, ref)
    fill(desk, "specialist", ref, {"fix": "rest"}, fix="rest", record="A-1")
    assert desk.act("specialist", tickets.resolve, ref).status is Status.RESOLVED


def test_an_old_ticket_keeps_the_fields_of_its_version(desk: SupportDesk):
    ref = opened(desk).reference
    fill(desk, "agent", ref, {}, fix="patch")
    with desk.database.writing() as session:
        publish(session, with_fields("\n"), "test", desk.now)

    shown = {one.label: one.shown for one in desk.see("agent", ticket_page, ref, desk.now).fields}
    fill(desk, "agent", ref, {}, version="3")

    assert shown == {"Device": "K-7", "Since when": "", "Version": "", "Fixed by": "A patch"}
    assert stored(desk)["version"] == "3"
    new = desk.open().reference
    assert desk.see("agent", ticket_page, new, desk.now).fields == ()


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_fill_in_fields(desk: SupportDesk, who: str, error: type[Exception]):
    ref = opened(desk).reference

    with pytest.raises(error):
        fill(desk, who, ref, {}, version="4")
    with pytest.raises(error):
        desk.see(who, fields_to_fill, ref)


def test_a_closed_ticket_keeps_its_fields(desk: SupportDesk):
    ref = opened(desk).reference
    fill(desk, "agent", ref, {}, fix="rest")
    desk.act("agent", tickets.resolve, ref)
    desk.wait(days=6)

    with pytest.raises(Invalid, match="closed"):
        fill(desk, "manager", ref, {}, version="4")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("a: {label: A, kind: colour}", "is no kind of field"),
        ("a: {label: A, kind: choice}", "has choices"),
        ("a: {label: A, kind: text, choices: {x: X}}", "has choices"),
        ("a: {label: A, kind: text, required: opening}", "could not fill it in"),
        ("a: {label: A, kind: text, required: sometimes}", "is no moment"),
        ("a: {label: A, kind: text, customers: fill, natures: [x]}", "no category yet"),
        ("a: {label: A, kind: text, tool: fax}", "is no tool of a tier"),
        ("a: {label: A, kind: text, customers: fill, tool: crm}", "is for people of ours"),
        ("a: {label: A, kind: text}\n  b: {label: a, kind: text}", "Another field"),
        ("A: {label: A, kind: text}", "A key is"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_line(wrong: str, words: str):
    with pytest.raises(ProcessErrors, match=words):
        load_process(with_fields(f"\nfields:\n  {wrong}\n"), 1)


def test_the_process_says_in_words_what_is_filled_in(desk: SupportDesk):
    process = load_process(with_fields(MINE), 1)

    sections = {one.key: one for one in process_sections(process, desk.now.date())}
    cells = [row.cells for row in sections["fields"].rows]

    assert cells[0] == (
        "Device",
        "text",
        "fill it in when they open a ticket",
        "when a ticket is opened",
    )
    assert cells[3][1] == "one of A patch, A restart"
    assert "only about billing" in cells[4][1]
    assert "on tiers that have the chat" in cells[5][1]
    for_customers = process_sections(process, desk.now.date(), Readers.CUSTOMERS)
    assert "fields" not in {one.key for one in for_customers}
