"""What people do to make one ticket of two, who may, and what the customer can still do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Overtaken, Stale
from escalation_app.domain.links import LinkKind
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.models import EventRow, MessageRow, OutboxRow, TicketLinkRow, TimerRow
from escalation_app.services import escalations, tickets
from escalation_app.services.composing import Writing, keep_draft
from escalation_app.services.merging import merge
from escalation_app.services.queries.audit import audit
from escalation_app.services.store import load_ticket, ticket_id_of
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def read(desk: SupportDesk, reference: str) -> Ticket:
    with desk.database.writing() as session:
        return load_ticket(session, ticket_id_of(session, reference))


def two(desk: SupportDesk, **length: float) -> tuple[str, str]:
    """A ticket, and one that the same customer opened later."""
    first = desk.open("No invoices").reference
    desk.wait(**(length or {"minutes": 5}))
    return first, desk.open("Invoices are missing").reference


def test_a_merged_ticket_is_closed_and_linked_and_has_no_timer(desk: SupportDesk):
    goes, stays = two(desk)

    kept = desk.act("agent", merge, goes, stays)

    gone = read(desk, goes)
    assert kept.reference == stays
    assert gone.status is Status.CLOSED
    [link] = rows(desk, TicketLinkRow)
    assert (link.ticket_id, link.other_id, link.kind) == (gone.id, kept.id, LinkKind.MERGED_INTO)
    assert [row.subject_id for row in rows(desk, TimerRow)] == [kept.id]


def test_nothing_stale_comes_from_a_merged_ticket_and_all_rules_hold(desk: SupportDesk):
    goes, stays = two(desk, minutes=14)
    desk.act("manager", merge, goes, stays)
    gone = read(desk, goes)
    events = EventRow.__table__.c  # type: ignore[attr-defined]
    before = len(rows(desk, EventRow, events.ticket_id == gone.id))

    for _ in range(20):
        desk.wait(hours=3)

    assert len(rows(desk, EventRow, events.ticket_id == gone.id)) == before
    with desk.reading() as session:
        broken = [
            (found.rule.key, found.tickets)
            for found in audit(session, desk.now, timedelta(minutes=5))
            if found.count and "message" not in found.rule.key
        ]
    assert broken == []


def test_the_customer_reads_about_it_and_colleagues_are_told(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("colleague", tickets.take, stays)

    desk.act("agent", merge, goes, stays, f"We go on in {stays}.")

    said = [row.body for row in rows(desk, MessageRow) if row.side == "us"]
    assert said == [f"We go on in {stays}."]
    kinds = {
        row.person_id: row.kind for row in rows(desk, OutboxRow) if row.kind == "merge_received"
    }
    assert list(kinds) == [desk.people["colleague"].person_id]


def test_what_the_customer_writes_in_the_merged_ticket_is_said_where_it_goes_on(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("agent", merge, goes, stays)

    landed = desk.act("customer", tickets.send_message, goes, "And the credit notes too")

    assert landed.reference == stays
    messages = MessageRow.__table__.c  # type: ignore[attr-defined]
    bodies = [row.body for row in rows(desk, MessageRow, messages.ticket_id == landed.id)]
    assert bodies[-1] == "And the credit notes too"


def test_it_follows_a_ticket_that_was_merged_again(desk: SupportDesk):
    first, second = two(desk)
    third = desk.open("All of it").reference
    desk.act("agent", merge, first, second)
    desk.act("agent", merge, second, third)

    landed = desk.act("customer", tickets.send_message, first, "Still nothing")

    assert landed.reference == third


def test_one_of_us_is_told_to_write_where_it_goes_on(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("agent", merge, goes, stays)

    with pytest.raises(Invalid, match=f"merged into {stays}"):
        desk.act("agent", tickets.send_message, goes, "We look into it")


@pytest.mark.parametrize("which", [0, 1])
def test_a_reply_that_was_begun_before_the_merge_is_overtaken(desk: SupportDesk, which: int):
    both = two(desk)
    since = read(desk, both[which]).revision
    desk.act("agent", keep_draft, both[which], Writing.REPLY, "We look", since)
    desk.act("colleague", merge, *both)

    with pytest.raises(Overtaken, match=r"J\. Lind merged"):
        desk.act("agent", tickets.send_message, both[which], "We look", since)


def test_twice_at_once_it_is_merged_once(desk: SupportDesk):
    goes, stays = two(desk)
    other = desk.open("All of it").reference
    desk.act("agent", merge, goes, stays)

    with pytest.raises(Invalid, match=f"{goes} was merged into {stays} already"):
        desk.act("colleague", merge, goes, other)


def test_it_is_not_merged_in_a_circle(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("agent", merge, goes, stays)

    with pytest.raises(Invalid, match=f"{goes} was merged into {stays} already"):
        desk.act("agent", merge, stays, goes)


def test_it_is_not_merged_into_itself_or_into_what_there_is_not(desk: SupportDesk):
    goes, _ = two(desk)

    with pytest.raises(Invalid, match="into itself"):
        desk.act("agent", merge, goes, goes)
    with pytest.raises(NotFound):
        desk.act("agent", merge, goes, "T-99999")


def test_a_closed_ticket_is_not_merged(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("agent", tickets.resolve, stays)

    with pytest.raises(Invalid, match=f"{stays} is resolved"):
        desk.act("agent", merge, goes, stays)


def test_another_customers_ticket_is_not_merged(desk: SupportDesk):
    goes, _ = two(desk)
    theirs = desk.open(by="stranger").reference

    with pytest.raises(Invalid, match="another customer's"):
        desk.act("manager", merge, goes, theirs)


def test_whoever_reported_it_must_be_able_to_read_on(desk: SupportDesk):
    mine, leads = desk.open("Mine").reference, desk.open("The lead's", by="lead").reference

    with pytest.raises(Invalid, match="could not read on"):
        desk.act("agent", merge, mine, leads)

    assert desk.act("agent", merge, leads, mine).reference == mine


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("lead", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_merge(desk: SupportDesk, who: str, error: type[Exception]):
    both = two(desk)

    with pytest.raises(error):
        desk.act(who, merge, *both)

    assert rows(desk, TicketLinkRow) == []


def test_another_teams_ticket_takes_a_manager(desk: SupportDesk):
    goes, stays = two(desk)
    desk.act("agent", escalations.escalate, stays, EscalationKind.FUNCTIONAL, "Beyond us")

    with pytest.raises(NotAllowed, match="another team's"):
        desk.act("colleague", merge, goes, stays)

    assert desk.act("manager", merge, goes, stays).reference == stays


def test_what_changed_meanwhile_is_not_merged_unseen(desk: SupportDesk):
    goes, stays = two(desk)
    since = read(desk, goes).revision
    desk.act("customer", tickets.send_message, goes, "It is the printer")

    with pytest.raises(Stale):
        desk.act("agent", merge, goes, stays, "", since)


def test_the_promise_of_the_ticket_that_goes_stands_in_the_one_that_stays(desk: SupportDesk):
    goes, stays = two(desk)
    promised = read(desk, goes).clock(Metric.RESOLUTION)
    assert promised is not None

    desk.act("agent", merge, goes, stays)

    clock = read(desk, stays).clock(Metric.RESOLUTION)
    assert clock is not None and clock.due_at == promised.due_at
