"""What a ticket could be merged into, what that would do, and what both pages show afterwards."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations, tickets
from escalation_app.services.merging import merge
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.merging import merge_choices, merge_preview
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.views.linking import MergePreview, TicketChoice
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def choices(desk: SupportDesk, ref: str, words: str = "") -> tuple[TicketChoice, ...]:
    return desk.see("agent", merge_choices, ref, words)


def preview(desk: SupportDesk, ref: str, into: str) -> MergePreview:
    return desk.see("agent", merge_preview, ref, into, desk.now)


def test_open_tickets_of_the_same_person_come_first_those_of_the_same_words_before_others(
    desk: SupportDesk,
):
    leads = desk.open("Invoices missing", by="lead").reference
    same = desk.open("Invoices are missing").reference
    desk.open("Of another customer", by="stranger")
    over = desk.open("Invoices, over").reference
    desk.act("agent", tickets.resolve, over)
    other = desk.open("Login").reference
    ref = desk.open("No invoices missing").reference

    found = choices(desk, ref)

    assert [one.value for one in found] == [same, other, leads]
    assert "could not read on" in found[2].text


def test_one_is_found_by_its_number_or_its_words(desk: SupportDesk):
    wanted = desk.open("Invoices").reference
    ref = desk.open("Login").reference
    desk.open("Printer")

    assert [one.value for one in choices(desk, ref, "invoi")] == [wanted]
    assert [one.value for one in choices(desk, ref, wanted.removeprefix("T-"))] == [wanted]


def test_another_customers_is_found_by_its_reference_alone_and_cannot_be_chosen(desk: SupportDesk):
    theirs = desk.open("Theirs", by="stranger").reference
    ref = desk.open("Mine").reference

    [found] = choices(desk, ref, theirs)

    assert found.is_disabled
    assert "two customers" in found.text


def test_whoever_may_not_merge_is_offered_nothing(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(NotAllowed):
        desk.see("executive", merge_choices, ref, "")


def test_the_preview_says_what_stops_and_what_becomes_due_earlier(desk: SupportDesk):
    goes = desk.open("First").reference
    desk.wait(minutes=5)
    stays = desk.open("Second", impact="low", urgency="low").reference

    shown = preview(desk, goes, stays)

    assert shown.refusal == ""
    assert shown.goes[0].before == "Its clocks stop for good: first response and resolution."
    said = [f"{one.before}{one.after}" for one in shown.stays]
    assert "Its severity becomes S1, critical: the harder of the two." in said
    assert any(one.before.startswith("Resolution: due earlier") and one.at for one in shown.stays)
    assert stays in shown.message


def test_the_preview_says_that_the_escalation_goes_on(desk: SupportDesk):
    goes, stays = desk.open("First").reference, desk.open("Second").reference
    desk.act("agent", escalations.escalate, goes, EscalationKind.HIERARCHICAL, "Above us")

    said = [one.before for one in preview(desk, goes, stays).stays]

    assert "It is escalated from now on: L. Moreau owns the case." in said


def test_the_preview_writes_nothing(desk: SupportDesk):
    goes, stays = desk.open("First").reference, desk.open("Second").reference
    before = desk.see("agent", ticket_page, stays, desk.now)

    preview(desk, goes, stays)

    assert desk.see("agent", ticket_page, stays, desk.now) == before


def test_both_pages_lead_to_each_other_and_the_one_that_stays_shows_both_conversations(
    desk: SupportDesk,
):
    goes, stays = desk.open("First").reference, desk.open("Second").reference
    desk.act("agent", merge, goes, stays, "It goes on there.")

    gone = desk.see("agent", ticket_page, goes, desk.now)
    kept = desk.see("agent", ticket_page, stays, desk.now)

    assert (gone.goes_on_in.ref, gone.may.can_merge, gone.may.can_reply) == (stays, False, False)
    assert [(link.ref, link.said) for link in kept.links] == [(goes, "merged into this")]
    said = {(item.text, item.place) for item in kept.timeline if item.kind in ("ours", "theirs")}
    assert ("First, please help.", f"in {goes}") in said
    assert ("Second, please help.", "") in said


def test_the_customer_reads_in_both_places_where_it_went(desk: SupportDesk):
    goes, stays = desk.open("First").reference, desk.open("Second").reference
    desk.act("agent", merge, goes, stays)

    gone = desk.see("customer", customer_status, goes, desk.now)
    kept = desk.see("customer", customer_status, stays, desk.now)

    assert (gone.headline, gone.goes_on_in) == (f"It goes on in {stays}.", stays)
    assert f"It goes on in {stays}" in [item.title for item in gone.history]
    assert f"We joined {goes} with this" in [item.title for item in kept.history]
    assert f"You wrote in {goes}" in [item.title for item in kept.history]


def test_a_customer_does_not_read_what_another_one_wrote_in_a_ticket_that_was_not_theirs(
    desk: SupportDesk,
):
    leads, mine = desk.open("The lead's", by="lead").reference, desk.open("Mine").reference
    desk.act("agent", merge, leads, mine)

    read = desk.see("customer", customer_status, mine, desk.now)

    assert all("The lead's" not in item.text for item in read.history)
