"""A customer says that what we resolved works, and takes that back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.models import OutboxRow
from escalation_app.services import confirming, escalations, tickets
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def solved(desk: SupportDesk) -> str:
    """A ticket of the customer's that the agent has, and has resolved."""
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.resolve, ref, "Fixed.")
    desk.clock.advance(timedelta(minutes=5))
    return ref


def ticket_of(desk: SupportDesk, ref: str) -> Ticket:
    with desk.reading() as session:
        return load_ticket(session, ticket_id_of(session, ref))


def history(desk: SupportDesk, ref: str, who: str = "customer") -> list[str]:
    return [item.title for item in desk.see(who, customer_status, ref, desk.now).history]


def told(desk: SupportDesk) -> set[tuple[int | None, str]]:
    kind = columns(OutboxRow).c.kind == EventKind.SOLUTION_CONFIRMED
    return {(row.person_id, row.channel) for row in rows(desk, OutboxRow, kind)}


@pytest.mark.parametrize("who", ["customer", "lead"])
def test_what_its_customer_says_works_is_closed_and_says_who_did(desk: SupportDesk, who: str):
    ref = solved(desk)

    desk.act(who, confirming.confirm, ref)

    name = desk.people[who].name
    seen = desk.see("agent", ticket_page, ref, desk.now)
    lines = [(one.title, one.text) for one in seen.timeline if one.kind == "event"]
    assert ticket_of(desk, ref).status is Status.CLOSED
    assert lines[-2:] == [
        ("The customer says it works", f"by {name}"),
        ("Closed", f"by {name}"),
    ]
    assert history(desk, ref, who)[:2] == ["Closed", "You said that it works"]
    other = "lead" if who == "customer" else "customer"
    assert history(desk, ref, other)[:2] == ["Closed", f"{name} said that it works"]


def test_who_had_it_and_who_had_its_case_are_told_in_the_app_alone(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")
    holder = ticket_of(desk, ref).assignee_id
    desk.act("manager", tickets.resolve, ref, "Fixed.")

    desk.act("customer", confirming.confirm, ref)

    assert told(desk) == {(holder, "in_app"), (desk.people["manager"].person_id, "in_app")}


@pytest.mark.parametrize("who", ["agent", "manager", "executive", "admin"])
def test_nobody_of_ours_says_that_it_works(desk: SupportDesk, who: str):
    ref = solved(desk)

    with pytest.raises(NotAllowed):
        desk.act(who, confirming.confirm, ref)

    assert ticket_of(desk, ref).status is Status.RESOLVED


def test_a_ticket_of_somebody_else_s_is_unknown(desk: SupportDesk):
    ref = solved(desk)
    desk.act("lead", confirming.confirm, by_lead := solved_by(desk, "lead"))

    for who, which in (("stranger", ref), ("customer", by_lead), ("customer", "T-99999")):
        with pytest.raises(NotFound):
            desk.act(who, confirming.confirm, which)

    assert ticket_of(desk, ref).status is Status.RESOLVED


def solved_by(desk: SupportDesk, who: str) -> str:
    """A resolved ticket of another customer's."""
    ref = desk.open(by=who).reference
    desk.act("agent", tickets.resolve, ref, "Fixed.")
    return ref


def test_what_is_not_resolved_or_closed_already_is_refused_in_words(desk: SupportDesk):
    open_one, closed = desk.open().reference, solved(desk)
    desk.act("customer", confirming.confirm, closed)

    with pytest.raises(Invalid, match="It is not solved yet"):
        desk.act("customer", confirming.confirm, open_one)
    with pytest.raises(Invalid, match="This ticket is closed already"):
        desk.act("lead", confirming.confirm, closed)


def test_that_it_works_is_taken_back_as_if_it_had_not_been_said(desk: SupportDesk):
    ref = solved(desk)
    before, read = ticket_of(desk, ref), history(desk, ref)
    done = desk.act("customer", confirming.confirm, ref)

    desk.clock.advance(timedelta(seconds=5))
    said = desk.act("customer", confirming.take_back, done)

    after = ticket_of(desk, ref)
    assert said == f"Undone. {ref} is not closed."
    assert as_it_stands(after) == as_it_stands(before)
    assert history(desk, ref) == read
    desk.act("customer", confirming.take_back, desk.act("customer", confirming.confirm, ref))
    desk.wait(days=5)
    assert ticket_of(desk, ref).closed_at is not None
    assert history(desk, ref)[0] == "Closed"


def as_it_stands(ticket: Ticket) -> Any:
    return ticket.status, ticket.close_at, ticket.closed_at, ticket.resolved_at, ticket.clocks


def test_it_is_answered_after_it_was_taken_back(desk: SupportDesk):
    ref = solved(desk)
    done = desk.act("customer", confirming.confirm, ref)
    desk.act("customer", confirming.take_back, done)

    desk.act("customer", tickets.send_message, ref, "Dark again.")

    assert ticket_of(desk, ref).status is Status.OPEN


def test_only_who_said_it_takes_it_back_and_not_once_more_has_happened(desk: SupportDesk):
    ref = solved(desk)
    done = desk.act("customer", confirming.confirm, ref)

    for who in ("lead", "agent", "manager", "stranger"):
        with pytest.raises((NotAllowed, NotFound)):
            desk.act(who, confirming.take_back, done)
    desk.act("customer", confirming.take_back, done)
    desk.act("lead", confirming.confirm, ref)
    with pytest.raises(Stale):
        desk.act("customer", confirming.take_back, done)

    assert ticket_of(desk, ref).status is Status.CLOSED
