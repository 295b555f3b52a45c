"""Calls, meetings and visits: what they end, when they count, who logs them, and the tools of a
tier."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.contacts import ContactKind
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Side, Ticket
from escalation_app.models import ContactRow, EventRow
from escalation_app.services import escalations, tickets
from escalation_app.services.contacts import NewContact, log_contact, take_back_contact
from escalation_app.services.process_document import ProcessErrors, load_process
from escalation_app.services.process_text import process_sections
from escalation_app.services.process_versions import publish
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.queries.ticket_choices import contact_to_log
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, plain_document, rows, support_desk

MINUTES = timedelta(minutes=1)
FIRST_TIER = "channels: [portal, email]\n"
PHONES = plain_document().replace(FIRST_TIER, "channels: [portal, phone, face_to_face]\n", 1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """The first tier has a phone, and goes to see people."""
    with support_desk(database, document=PHONES) as opened:
        yield opened


def a_call(desk: SupportDesk, **other: Any) -> NewContact:
    """Ten minutes, over a minute ago."""
    call = NewContact(
        ContactKind.CALL, "N. Diaz", desk.now - 11 * MINUTES, 10, "They can work again."
    )
    return replace(call, **other)


def opened(desk: SupportDesk) -> str:
    """A ticket that is half an hour old."""
    ref = desk.open().reference
    desk.clock.advance(30 * MINUTES)
    return ref


def now(desk: SupportDesk, ref: str) -> Ticket:
    with desk.database.writing() as session:
        return load_ticket(session, ticket_id_of(session, ref))


def test_a_call_that_reached_the_customer_ends_their_waits(desk: SupportDesk):
    ref = desk.open().reference
    desk.clock.advance(12 * MINUTES)

    desk.act("agent", log_contact, ref, a_call(desk))

    ticket = now(desk, ref)
    first = ticket.clock(Metric.FIRST_RESPONSE)
    assert first is not None and first.state is ClockState.MET
    assert (ticket.last_contact_at, ticket.last_contact_by) == (desk.now - MINUTES, Side.US)


def test_a_call_that_did_not_reach_the_customer_ends_nothing(desk: SupportDesk):
    ref = desk.open().reference
    before = now(desk, ref)
    desk.clock.advance(12 * MINUTES)

    desk.act("agent", log_contact, ref, a_call(desk, reached=False, with_whom="The supplier"))

    ticket = now(desk, ref)
    assert [clock.state for clock in ticket.clocks] == [clock.state for clock in before.clocks]
    assert (ticket.last_contact_at, ticket.last_contact_by) == (before.last_contact_at, Side.THEM)
    assert ticket.status is before.status


def test_a_call_that_is_logged_late_leaves_the_promise_broken(desk: SupportDesk):
    ref = desk.open().reference
    desk.wait(hours=3)

    desk.act("agent", log_contact, ref, a_call(desk, began_at=desk.now - timedelta(hours=2.9)))

    first = now(desk, ref).clock(Metric.FIRST_RESPONSE)
    assert first is not None and first.is_breached
    assert rows(desk, EventRow, columns(EventRow).c.kind == EventKind.SLA_BREACHED)


def test_the_process_says_which_waits_a_call_ends(database: Database):
    document = PHONES.replace(
        "contacts_end: [first_response, next_reply, next_update]", "contacts_end: []"
    )
    with support_desk(database, document=document) as desk:
        ref = opened(desk)

        desk.act("agent", log_contact, ref, a_call(desk))

        first = now(desk, ref).clock(Metric.FIRST_RESPONSE)
        assert first is not None and not first.is_over
        assert now(desk, ref).last_contact_by is Side.US


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"began_at": 5}, "has not begun"),
        ({"began_at": -5}, "not be over yet"),
        ({"began_at": -60 * 24 * 31}, "more than 30 days ago"),
        ({"began_at": -60}, "before this ticket was opened"),
        ({"minutes": 0}, "from a minute to 12 hours"),
        ({"minutes": 721}, "from a minute to 12 hours"),
        ({"outcome": " "}, "outcome is empty"),
        ({"with_whom": ""}, "whom it was is empty"),
    ],
)
def test_what_cannot_have_been_is_refused(desk: SupportDesk, other: dict[str, Any], words: str):
    ref = opened(desk)
    if "began_at" in other:
        other = {"began_at": desk.now + other["began_at"] * MINUTES}

    with pytest.raises(Invalid, match=words):
        desk.act("agent", log_contact, ref, a_call(desk, **other))

    assert rows(desk, ContactRow) == []


def test_the_same_call_is_not_logged_twice(desk: SupportDesk):
    ref = opened(desk)
    desk.act("agent", log_contact, ref, a_call(desk))

    with pytest.raises(Invalid, match="already"):
        desk.act("agent", log_contact, ref, a_call(desk))
    desk.act("colleague", log_contact, ref, a_call(desk))

    assert [row.number for row in rows(desk, ContactRow)] == [1, 2]


def test_visits_are_counted(desk: SupportDesk):
    ref = opened(desk)
    visit = a_call(desk, kind=ContactKind.FACE_TO_FACE)
    desk.act("agent", log_contact, ref, visit)
    desk.act("manager", log_contact, ref, visit)
    desk.act("agent", log_contact, ref, a_call(desk))
    desk.act(
        "agent", log_contact, ref, a_call(desk, reached=False, began_at=desk.now - 20 * MINUTES)
    )

    page = desk.see("agent", ticket_page, ref, desk.now)

    facts = {fact.label: fact.value for fact in page.facts}
    assert facts["Spoken with"] == "1 call, 2 visits face to face"
    assert page.contacts[0].title == "Call with N. Diaz"


def test_a_customer_reads_what_is_public_and_nothing_else(desk: SupportDesk):
    ref = opened(desk)
    desk.act("agent", log_contact, ref, a_call(desk, outcome="Between us."))
    desk.act("manager", log_contact, ref, a_call(desk, outcome="It works.", is_public=True))

    status = desk.see("customer", customer_status, ref, desk.now)

    said = [(item.title, item.text) for item in status.history]
    assert ("L. Moreau called you", "It works.") in said
    assert "Between us." not in str(status)


def test_what_was_taken_back_counts_no_more_and_stays_on_record(desk: SupportDesk):
    ref = opened(desk)
    before = now(desk, ref)
    number = desk.act("agent", log_contact, ref, a_call(desk, is_public=True))

    desk.act("agent", take_back_contact, ref, number, "Another ticket's")

    ticket = now(desk, ref)
    assert ticket.last_contact_at == before.last_contact_at
    assert ticket.last_contact_by is Side.THEM
    page = desk.see("agent", ticket_page, ref, desk.now)
    assert page.contacts[0].is_taken_back
    assert "Spoken with" not in {fact.label for fact in page.facts}
    assert "Call with N. Diaz taken back" in [item.title for item in page.timeline]
    history = desk.see("customer", customer_status, ref, desk.now).history
    assert "This stood here by mistake." in [item.text for item in history]
    with pytest.raises(Invalid, match="already"):
        desk.act("agent", take_back_contact, ref, number)
    desk.act("agent", log_contact, ref, a_call(desk))


def test_nobody_takes_back_what_somebody_else_logged_but_a_manager_does(desk: SupportDesk):
    ref = opened(desk)
    number = desk.act("agent", log_contact, ref, a_call(desk))

    with pytest.raises(NotAllowed, match="Somebody else"):
        desk.act("colleague", take_back_contact, ref, number)
    with pytest.raises(NotFound):
        desk.act("agent", take_back_contact, ref, number + 1)
    desk.act("manager", take_back_contact, ref, number)


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
def test_who_may_not_log(desk: SupportDesk, who: str, error: type[Exception]):
    ref = opened(desk)
    desk.act("agent", log_contact, ref, a_call(desk))

    with pytest.raises(error):
        desk.act(who, log_contact, ref, a_call(desk))
    with pytest.raises(error):
        desk.act(who, take_back_contact, ref, 1)
    with pytest.raises(error):
        desk.see(who, contact_to_log, ref)


# The tools of a tier -------------------------------------------------------------------------


def test_a_tier_logs_what_it_has_the_tools_for_and_nothing_else(database: Database):
    with support_desk(database) as desk:
        ref = opened(desk)

        with pytest.raises(Invalid, match="A call is not among the tools of Tier 1"):
            desk.act("agent", log_contact, ref, a_call(desk))
        page = desk.see("agent", ticket_page, ref, desk.now)
        desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "A skill")

        assert (page.may.can_log, page.may.can_reply) == (False, True)
        assert page.tools == "portal, e-mail"
        assert desk.see("specialist", contact_to_log, ref)[1][0].value == "call"
        with pytest.raises(Invalid, match="A visit is not among"):
            desk.act("specialist", log_contact, ref, a_call(desk, kind=ContactKind.FACE_TO_FACE))
        desk.act("specialist", log_contact, ref, a_call(desk))


def test_a_changed_process_changes_the_tools_of_new_tickets(database: Database):
    with support_desk(database) as desk:
        old = opened(desk)
        with desk.database.writing() as session:
            publish(session, PHONES, "test", desk.now)
        new = opened(desk)

        with pytest.raises(Invalid, match="not among the tools"):
            desk.act("agent", log_contact, old, a_call(desk))
        desk.act("agent", log_contact, new, a_call(desk))


def test_a_tier_without_written_tools_does_not_answer_in_writing(database: Database):
    document = plain_document().replace(
        "channels: [portal, email, chat, phone]", "channels: [phone]", 1
    )
    with support_desk(database, document=document) as desk:
        ref = opened(desk)
        desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "A skill")

        with pytest.raises(Invalid, match="Tier 2 does not answer in writing"):
            desk.act("specialist", tickets.send_message, ref, "Hello")
        desk.act("specialist", tickets.write_note, ref, "Called them")
        desk.act("customer", tickets.send_message, ref, "Hello?")

        assert not desk.see("specialist", ticket_page, ref, desk.now).may.can_reply


def test_the_first_tier_must_be_written_to():
    with pytest.raises(ProcessErrors, match="the first tier needs portal, email or chat"):
        load_process(PHONES.replace("channels: [portal, phone,", "channels: [phone,", 1), 1)
    with pytest.raises(ProcessErrors, match="no wait that a contact can end"):
        load_process(PHONES.replace("contacts_end: [first_response", "contacts_end: [team"), 1)


def test_the_process_says_in_words_what_the_tools_are_for(desk: SupportDesk):
    process = load_process(PHONES, 1)

    (tiers,) = (one for one in process_sections(process, desk.now.date()) if one.key == "tiers")

    assert "calls and meetings need the phone" in tiers.paragraphs[1]
    assert "ends the first response and the wait for a reply" in tiers.paragraphs[2]
    assert "phone" in tiers.rows[0].cells[2]
