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
from escalation_app.services.queries.queue_columns import USUAL
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


def test_filters_combine_with_each_other_and_with_a_search(desk: SupportDesk):
    mine, nobodys, waits = (desk.open(name) for name in ("Ferry mine", "Ferry free", "Ferry waits"))
    desk.open("Train", by="stranger")
    for ticket in (mine, waits):
        desk.act("agent", tickets.take, ticket.reference)
    desk.act("agent", tickets.set_status, waits.reference, Status.WAITING_CUSTOMER)

    assert refs(screen(desk, q="ferry", assignee="nobody")) == [nobodys.reference]
    assert refs(screen(desk, assignee="me", status="open")) == [mine.reference]
    assert {*refs(screen(desk, q="ferry", status="open,waiting_customer"))} == {
        mine.reference,
        waits.reference,
    }
    assert refs(screen(desk, "colleague", assignee="agent", clock="paused")) == []
    assert screen(desk, assignee="me", severity="4").page.empty == "nothing_matches"


def test_a_filter_on_me_is_each_ones_own(desk: SupportDesk):
    mine, theirs = desk.open("Mine"), desk.open("Theirs")
    desk.act("agent", tickets.take, mine.reference)
    desk.act("colleague", tickets.take, theirs.reference)
    wanted = QueueFilter(tier=1, assignee="me")

    with desk.reading() as session:
        shown = [
            refs(queue.queue_screen(session, desk.people[who], wanted, desk.now))
            for who in ("agent", "colleague")
        ]

    assert shown == [[mine.reference], [theirs.reference]]


def test_several_severities_are_one_filter(desk: SupportDesk):
    first, third = desk.open("Urgent"), desk.open("Slow", urgency="low")
    desk.open("Middling", urgency="medium")

    shown = screen(desk, severity="S1,3,nonsense")

    assert {*refs(shown)} == {first.reference, third.reference}
    assert [chip.value for chip in shown.chips] == ["1", "S1 critical, S3 normal"]


def test_a_ticket_has_all_the_tags_that_are_asked_for(desk: SupportDesk):
    both, one, none = (desk.open(name) for name in ("Both", "One", "None"))
    desk.act("agent", tickets.tag, both.reference, frozenset({"vip", "night-shift"}))
    desk.act("agent", tickets.tag, one.reference, frozenset({"vip"}))

    assert {*refs(screen(desk, tag="vip"))} == {both.reference, one.reference}
    assert refs(screen(desk, tag="VIP, night shift")) == [both.reference]
    assert screen(desk, tag="vi").page.empty == "nothing_matches"
    field = next(one for one in screen(desk).fields if one.key == "tag")
    assert [(one.value, one.hint) for one in field.choices] == [("night-shift", "1"), ("vip", "2")]
    assert none.reference in refs(screen(desk))


def test_age_counts_from_when_a_ticket_was_opened(desk: SupportDesk):
    old = desk.open("Old", urgency="low")
    desk.wait(days=3)
    desk.open("New")

    assert refs(screen(desk, age="3", tier="all")) == [old.reference]
    assert refs(screen(desk, age="7", tier="all")) == []


def test_the_clock_filter_agrees_with_the_views(desk: SupportDesk):
    desk.open("Late")
    desk.wait(hours=1)
    desk.open("Fresh", urgency="low")

    for clock in ("over", "soon", "calm", "paused"):
        by_filter = screen(desk, clock=clock, tier="all")
        assert refs(by_filter) == refs(screen(desk, view=clock, tier="all")), clock
    assert screen(desk, clock="over", tier="all").page.total == 1


def test_words_are_found_wherever_they_stand(desk: SupportDesk):
    wanted = desk.open("Settlement file is missing")
    desk.open("Settlement was late", by="stranger")

    assert refs(screen(desk, q="missing settlement")) == [wanted.reference]
    assert refs(screen(desk, q="settlement halden")) == [wanted.reference]
    assert refs(screen(desk, q=f"{wanted.reference} file")) == [wanted.reference]


@pytest.mark.parametrize("sort", ["time", "ref", "opened", "contact"])
def test_an_order_goes_both_ways(desk: SupportDesk, sort: str):
    for number, urgency in enumerate(("low", "high", "medium")):
        ticket = desk.open(f"Number {number}", urgency=urgency)
        desk.wait(minutes=1)
    desk.act("agent", tickets.send_message, ticket.reference, "We look into it.")

    up, down = screen(desk, sort=sort, tier="all"), screen(desk, sort=f"-{sort}", tier="all")

    assert refs(up) == list(reversed(refs(down)))
    assert len(refs(up)) == 3


def test_the_head_of_a_column_says_how_it_is_sorted_and_the_rest_goes_by_time(desk: SupportDesk):
    slow, soon, sooner = desk.open("Slow", urgency="low"), desk.open("Soon"), desk.open("Sooner")

    worst, mildest = screen(desk, sort="severity"), screen(desk, sort="-severity")

    assert refs(worst) == [soon.reference, sooner.reference, slow.reference]
    assert refs(mildest) == [slow.reference, soon.reference, sooner.reference]
    orders = [[(one.key, one.order) for one in it.columns if one.order] for it in (worst, mildest)]
    assert orders == [[("severity", "ascending")], [("severity", "descending")]]
    assert mildest.words == "3 tickets, least severe first"


def test_columns_are_those_of_the_address_else_the_usual_ones(desk: SupportDesk):
    desk.open()

    keys = [column.key for column in screen(desk, columns="tags,password_hash,tier,tags").columns]

    assert keys == ["time", "ref", "subject", "tags", "tier"]
    assert [column.key for column in screen(desk).columns][3:] == list(USUAL)


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
        ({"severity": "S2,9,x,1"}, QueueFilter(tier=1, severity="1,2,9")),
        ({"status": "open,deleted", "clock": "fast"}, QueueFilter(tier=1, status="open")),
        ({"age": "2", "sort": "password"}, QueueFilter(tier=1)),
        ({"tag": "VIP, night shift,;drop"}, QueueFilter(tier=1, tag="night-shift,vip")),
        ({"saved": "9" * 30, "columns": "x,,tier"}, QueueFilter(tier=1, columns="tier")),
    ],
)
def test_an_address_is_read_for_what_it_means_and_no_more(
    desk: SupportDesk, query: dict[str, object], expected: QueueFilter
):
    assert filter_of(query, desk.people["agent"]) == expected


def test_a_filter_survives_its_address(desk: SupportDesk):
    agent = desk.people["agent"]
    wanted = QueueFilter(
        "over",
        2,
        "1,3",
        "service_desk",
        "pro",
        "halden",
        3,
        "a&b=c",
        4,
        status="open,waiting_customer",
        assignee="nobody",
        clock="soon",
        age=7,
        tag="night-shift,vip",
        sort="-opened",
        columns="tags,tier",
        saved=12,
    )

    assert filter_of(wanted.params(1), agent) == wanted
    assert filter_of(QueueFilter(tier=0).params(1), agent) == QueueFilter(tier=0)
    assert QueueFilter(tier=1).url(1) == "/queue?view=open"


def test_a_customer_sees_only_their_own_in_a_queue(desk: SupportDesk):
    mine = desk.open()
    desk.open(by="stranger")

    assert refs(screen(desk, "customer", tier="all")) == [mine.reference]


def test_what_a_person_escalated_is_marked_as_long_as_it_is_escalated(desk: SupportDesk):
    ref = desk.open().reference
    before = screen(desk, "manager").page.rows[0]
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Needs code.")
    meanwhile = screen(desk, "manager").page.rows[0]
    desk.act("manager", escalations.deescalate, ref, "It works")

    assert (meanwhile.is_escalated, meanwhile.has_path) == (True, False)
    assert [before.is_escalated, screen(desk, "manager").page.rows[0].is_escalated] == [
        False,
        False,
    ]


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
