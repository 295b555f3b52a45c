"""The queue: what is in a page, in which order, and what the views beside it count."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.services import escalations, tickets
from escalation_app.services.queries import queue
from escalation_app.services.queries.queue import PAGE_ROWS, QueueScreen
from escalation_app.services.queries.queue_filter import QueueFilter, filter_of
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def screen(desk: SupportDesk, who: str = "agent", **query: str) -> QueueScreen:
    wanted = filter_of(query, desk.people[who])
    return desk.see(who, queue.queue_screen, wanted, desk.now)


def refs(shown: QueueScreen) -> list[str]:
    return [row.ref for row in shown.page.rows]


def count(shown: QueueScreen, view: str) -> int:
    return next(one.count for group in shown.groups for one in group.views if one.key == view)


def test_the_most_pressing_ticket_is_first_and_a_paused_one_last(desk: SupportDesk):
    paused = desk.open("Waits")
    slow = desk.open("Slow", urgency="low")
    urgent = desk.open("Urgent")
    desk.act("agent", tickets.send_message, paused.reference, "Which port?")
    desk.act("agent", tickets.set_status, paused.reference, Status.WAITING_CUSTOMER)

    shown = screen(desk)

    assert refs(shown) == [urgent.reference, slow.reference, paused.reference]
    assert shown.page.rows[2].time_left.words == "paused: waiting for customer"


def test_a_row_says_who_has_it_and_who_spoke_last(desk: SupportDesk):
    ticket = desk.open("Card terminals decline")
    desk.act("agent", tickets.take, ticket.reference)

    row = screen(desk).page.rows[0]

    assert (row.customer, row.plan, row.severity, row.tier) == (
        "Halden Ferries",
        "Enterprise",
        "S1",
        "T1",
    )
    assert (row.assignee.name, row.last_contact_by, row.is_customer_waiting) == (
        "A. Farouk",
        "them",
        True,
    )
    assert row.time_left.metric == "First response"
    assert row.url == f"/tickets/{ticket.reference}"


def test_an_agent_begins_with_their_tier_and_a_manager_with_every_one(desk: SupportDesk):
    moved, stays = desk.open("Moves"), desk.open("Stays")
    desk.act(
        "agent",
        escalations.escalate,
        moved.reference,
        EscalationKind.FUNCTIONAL,
        "Needs a database person",
    )

    assert refs(screen(desk, "agent")) == [stays.reference]
    assert refs(screen(desk, "specialist")) == [moved.reference]
    assert len(refs(screen(desk, "manager"))) == 2
    assert refs(screen(desk, "agent", tier="2")) == [moved.reference]
    assert len(refs(screen(desk, "agent", tier="all"))) == 2


def test_the_views_count_what_they_hold(desk: SupportDesk):
    late, taken, waiting, solved = (desk.open(name) for name in ("late", "taken", "wait", "solved"))
    desk.wait(minutes=1)
    for ticket in (taken, waiting, solved):
        desk.act("agent", tickets.take, ticket.reference)
        desk.act("agent", tickets.send_message, ticket.reference, "We look into it.")
    desk.act("agent", tickets.set_status, waiting.reference, Status.WAITING_CUSTOMER)
    desk.act("agent", tickets.resolve, solved.reference)
    desk.wait(minutes=20)

    shown = screen(desk)

    expected = {"mine": 2, "nobody": 1, "open": 3, "over": 1, "soon": 0, "path": 1, "paused": 1}
    assert {view: count(shown, view) for view in (*expected, "solved")} == {**expected, "solved": 1}
    for view in (*expected, "solved"):
        assert screen(desk, view=view).page.total == count(shown, view), view
    assert refs(screen(desk, view="over")) == [late.reference]
    assert refs(screen(desk, view="paused")) == [waiting.reference]


def test_yesterdays_solved_tickets_are_not_solved_today(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference)
    desk.wait(days=1)

    assert screen(desk, view="solved").page.total == 0


def test_a_search_finds_reference_subject_and_customer(desk: SupportDesk):
    ours = desk.open("Settlement file is missing")
    theirs = desk.open("Login loop", by="stranger")

    assert refs(screen(desk, q="SETTLEMENT")) == [ours.reference]
    assert refs(screen(desk, q="tessel")) == [theirs.reference]
    assert refs(screen(desk, q=ours.reference.lower())) == [ours.reference]


@pytest.mark.parametrize("search", ["%", "_", "100%", "'; drop table ticket; --", "\\"])
def test_a_search_takes_every_character_as_it_is(desk: SupportDesk, search: str):
    desk.open("Login loop")

    assert screen(desk, q=search).page.empty == "nothing_matches"


def test_filters_narrow_and_say_what_they_hide(desk: SupportDesk):
    urgent, slow = desk.open("Urgent"), desk.open("Slow", urgency="low", by="stranger")

    assert refs(screen(desk, severity="1")) == [urgent.reference]
    assert refs(screen(desk, severity="S3")) == [slow.reference]
    assert refs(screen(desk, plan="pro")) == [slow.reference]
    assert refs(screen(desk, customer="halden")) == [urgent.reference]
    assert refs(screen(desk, team="service_desk", severity="1")) == [urgent.reference]
    hidden = screen(desk, severity="2")
    assert (hidden.page.empty, hidden.page.hidden) == ("nothing_matches", 2)
    assert [(chip.key, chip.label, chip.value) for chip in hidden.chips] == [
        ("tier", "Tier", "1"),
        ("severity", "Severity", "S2 high"),
    ]


def test_what_breaks_within_an_hour_is_what_the_heatmap_counts(desk: SupportDesk):
    soon, later = desk.open("Soon"), desk.open("Later", urgency="medium", by="stranger")

    assert refs(screen(desk, within="1")) == [soon.reference]
    assert refs(screen(desk, within="3")) == [later.reference]


def test_the_three_empty_states_differ(desk: SupportDesk):
    before = screen(desk).page.empty
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference)

    assert before == "nothing_yet"
    assert screen(desk).page.empty == "all_done"
    assert screen(desk, q="nothing like this").page.empty == "nothing_matches"


def test_pages_hold_25_rows_and_a_page_behind_the_last_is_the_last(desk: SupportDesk):
    opened = [desk.open(f"Number {number}").reference for number in range(PAGE_ROWS + 3)]

    first, last = screen(desk), screen(desk, page="9999")

    assert (len(first.page.rows), first.page.has_next, first.page.has_previous) == (25, True, False)
    assert (last.page.first, last.page.last, last.page.total) == (26, 28, 28)
    assert {*refs(first), *refs(last)} == {*opened}
    assert not last.page.has_next


def test_a_breach_stays_visible_while_its_clock_is_paused(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.send_message, ticket.reference, "Which port?")
    desk.wait(hours=8)
    desk.act("agent", tickets.set_status, ticket.reference, Status.WAITING_CUSTOMER)

    row = screen(desk, tier="all").page.rows[0]

    assert (row.time_left.state, row.time_left.words) == ("overpaused", "1h over, paused")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, QueueFilter(tier=1)),
        ({"tier": "2", "page": "3"}, QueueFilter(tier=2, page=3)),
        ({"tier": "all", "view": "mine"}, QueueFilter(view="mine", tier=0)),
        ({"tier": "-1", "severity": "critical", "page": "0", "view": "x"}, QueueFilter(tier=1)),
        ({"tier": ["2"], "q": None, "page": {"a": 1}}, QueueFilter(tier=1)),
        ({"q": "  a\x00b   c  "}, QueueFilter(tier=1, search="ab c")),
        ({"q": "x" * 5000}, QueueFilter(tier=1, search="x" * 100)),
        ({"page": "9" * 5000, "within": "49"}, QueueFilter(tier=1)),
        ({"page": "²"}, QueueFilter(tier=1)),
    ],
)
def test_an_address_is_read_for_what_it_means_and_no_more(
    desk: SupportDesk, query: dict[str, object], expected: QueueFilter
):
    assert filter_of(query, desk.people["agent"]) == expected


def test_a_filter_survives_its_address(desk: SupportDesk):
    agent = desk.people["agent"]
    wanted = QueueFilter("over", 2, "1", "service_desk", "pro", "halden", 3, "a&b=c", 4)

    assert filter_of(wanted.params(1), agent) == wanted
    assert filter_of(QueueFilter(tier=0).params(1), agent) == QueueFilter(tier=0)
    assert QueueFilter(tier=1).url(1) == "/queue"


def test_a_customer_sees_only_their_own_in_a_queue(desk: SupportDesk):
    mine = desk.open()
    desk.open(by="stranger")

    assert refs(screen(desk, "customer", tier="all")) == [mine.reference]


def test_actors_with_the_same_rights_share_one_read_of_a_page(desk: SupportDesk):
    desk.open()
    everything = QueueFilter()
    with desk.reading() as session:
        first = queue.queue_screen(session, desk.people["agent"], everything, desk.now)
        second = queue.queue_screen(session, desk.people["colleague"], everything, desk.now)

    assert first.page is second.page
    agent, colleague = desk.people["agent"], desk.people["colleague"]
    assert queue.queue_scope(agent, everything) != queue.queue_scope(colleague, everything)
    assert queue.queue_scope(agent, everything) != queue.queue_scope(
        agent, replace(everything, page=2)
    )


def test_a_screen_is_the_same_a_little_later(desk: SupportDesk):
    desk.open()
    before = screen(desk)
    desk.clock.advance(timedelta(seconds=30))

    assert screen(desk) == before
