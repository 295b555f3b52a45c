"""One's own queue: what is put off and comes back, what was seen, and which ticket is next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.putting_off import Until, instant_of, local_instant
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.models import EventRow, SnoozeRow, TicketRow
from escalation_app.services import own_queue, tickets
from escalation_app.services.queries import queue
from escalation_app.services.queries.queue import QueueScreen, next_in_queue
from escalation_app.services.queries.queue_filter import QueueFilter, filter_of
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def screen(desk: SupportDesk, who: str = "agent", **query: str) -> QueueScreen:
    wanted = filter_of({"tier": "all", **query}, desk.people[who])
    return desk.see(who, queue.queue_screen, wanted, desk.now)


def refs(desk: SupportDesk, who: str = "agent", **query: str) -> list[str]:
    return [row.ref for row in screen(desk, who, **query).page.rows]


def count(shown: QueueScreen, view: str) -> int:
    return next(one.count for group in shown.groups for one in group.views if one.key == view)


def put_off(desk: SupportDesk, ticket: Ticket, until_at: datetime | None = None) -> None:
    desk.act("agent", own_queue.snooze, ticket.reference, until_at)


def answered(desk: SupportDesk, subject: str) -> Ticket:
    """A ticket of a slow kind whose first answer was given: no clock of it is over for hours."""
    ticket = desk.open(subject, urgency="low")
    desk.act("agent", tickets.send_message, ticket.reference, "We look into it.")
    return ticket


def test_what_is_put_off_is_out_of_ones_own_queue_alone_and_its_clocks_run_on(desk: SupportDesk):
    off, stays = answered(desk, "Off"), answered(desk, "Stays")
    before = rows(desk, TicketRow)[0].sort_at

    put_off(desk, off)

    assert refs(desk) == [stays.reference]
    assert refs(desk, "colleague") == [off.reference, stays.reference]
    assert refs(desk, view="snoozed") == [off.reference]
    assert refs(desk, q="off") == [off.reference]
    assert screen(desk, view="snoozed").page.rows[0].is_snoozed
    assert rows(desk, TicketRow)[0].sort_at == before


def test_the_views_count_without_what_is_put_off(desk: SupportDesk):
    off = answered(desk, "Off")
    desk.act("agent", tickets.take, off.reference)
    answered(desk, "Stays")

    put_off(desk, off)

    shown = screen(desk)
    for view in ("open", "soon", "over", "mine", "nobody", "snoozed"):
        assert count(shown, view) == screen(desk, view=view).page.total, view
    assert (count(shown, "open"), count(shown, "mine"), count(shown, "snoozed")) == (1, 0, 1)
    assert count(screen(desk, "colleague"), "open") == 2


def test_it_comes_back_at_its_instant(desk: SupportDesk):
    ticket = answered(desk, "Off")
    put_off(desk, ticket, desk.now + timedelta(hours=1))

    desk.clock.advance(timedelta(minutes=59))
    early = refs(desk)
    desk.clock.advance(timedelta(minutes=1))

    assert early == []
    assert refs(desk) == [ticket.reference]


@pytest.mark.parametrize("until", [None, timedelta(hours=4)])
def test_it_comes_back_when_its_customer_answers(desk: SupportDesk, until: timedelta | None):
    ticket = answered(desk, "Off")
    desk.clock.advance(timedelta(minutes=1))
    put_off(desk, ticket, None if until is None else desk.now + until)
    desk.clock.advance(timedelta(minutes=1))
    desk.act("agent", tickets.write_note, ticket.reference, "A note wakes nobody.")
    asleep = refs(desk)

    desk.act("customer", tickets.send_message, ticket.reference, "It is still down.")

    assert asleep == []
    assert refs(desk) == [ticket.reference]


def test_a_broken_promise_is_never_hidden(desk: SupportDesk):
    ticket = desk.open()
    put_off(desk, ticket)

    desk.wait(hours=1)

    assert refs(desk, view="over") == [ticket.reference]


def test_it_is_taken_up_again_before_its_time_on_record(desk: SupportDesk):
    ticket = answered(desk, "Off")
    put_off(desk, ticket)
    put_off(desk, ticket, desk.now + timedelta(hours=1))

    said = desk.act("agent", own_queue.take_up, ticket.reference)
    desk.act("agent", own_queue.take_up, ticket.reference)

    assert said == f"{ticket.reference} is in your queue again."
    assert refs(desk) == [ticket.reference]
    assert rows(desk, SnoozeRow) == []
    events = columns(EventRow)
    assert len(rows(desk, EventRow, events.c.kind == EventKind.TICKET_SNOOZED)) == 3


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-1), timedelta(days=91)])
def test_a_time_that_is_past_or_too_far_is_refused(desk: SupportDesk, ahead: timedelta):
    with pytest.raises(Invalid):
        put_off(desk, answered(desk, "Off"), desk.now + ahead)


def test_what_is_solved_cannot_be_put_off(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference)

    with pytest.raises(Invalid):
        put_off(desk, ticket)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_has_no_queue_puts_nothing_off(desk: SupportDesk, who: str, refusal: type[Exception]):
    ticket = desk.open()

    for service in (own_queue.snooze, own_queue.take_up):
        with pytest.raises(refusal):
            desk.act(who, service, ticket.reference)


def test_several_are_put_off_and_taken_up_together(desk: SupportDesk):
    both = [answered(desk, name) for name in ("One", "Two")]
    for ticket in both:
        put_off(desk, ticket)

    said = desk.act("agent", own_queue.take_up_each, [ticket.reference for ticket in both])

    assert said == "2 tickets are in your queue again."
    assert len(refs(desk)) == 2


@pytest.mark.parametrize(
    ("until", "zone", "expected"),
    [
        (Until.ANSWER, "UTC", None),
        (Until.HOUR, "UTC", datetime(2026, 3, 27, 23, 30, tzinfo=UTC)),
        (Until.TOMORROW, "UTC", datetime(2026, 3, 28, 9, tzinfo=UTC)),
        # There it is Saturday already, and summer time begins on Sunday.
        (Until.TOMORROW, "Europe/Helsinki", datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (Until.MONDAY, "Europe/Helsinki", datetime(2026, 3, 30, 6, tzinfo=UTC)),
        (Until.MONDAY, "No/Such", datetime(2026, 3, 30, 9, tzinfo=UTC)),
    ],
)
def test_until_when_is_counted_in_the_readers_zone(
    until: Until, zone: str, expected: datetime | None
):
    assert instant_of(until, datetime(2026, 3, 27, 22, 30, tzinfo=UTC), zone) == expected


def test_a_written_time_is_the_readers_own():
    assert local_instant("2026-07-01T09:00", "Europe/Oslo") == datetime(2026, 7, 1, 7, tzinfo=UTC)
    for wrong in ("", "tomorrow", "2026-07-01", "2026-13-01T09:00"):
        with pytest.raises(Invalid):
            local_instant(wrong, "UTC")


# What was seen ---------------------------------------------------------------------------------


def changed(desk: SupportDesk, who: str = "agent") -> set[str]:
    return {row.ref for row in screen(desk, who).page.rows if row.is_changed}


def test_what_others_did_since_is_marked_until_it_is_seen(desk: SupportDesk):
    first, second, third = (desk.open(name) for name in ("1", "2", "3"))
    desk.act("agent", own_queue.saw_everything)
    desk.clock.advance(timedelta(minutes=1))
    desk.act("customer", tickets.send_message, first.reference, "Hello?")
    desk.act("colleague", tickets.take, second.reference)
    desk.act("agent", tickets.write_note, third.reference, "My own doing.")

    before = changed(desk)
    desk.act("agent", own_queue.saw, first.reference)
    between = changed(desk)
    desk.act("customer", tickets.send_message, first.reference, "Again!")

    assert before == {first.reference, second.reference}
    assert between == {second.reference}
    assert changed(desk) == {first.reference, second.reference}
    desk.clock.advance(timedelta(minutes=1))
    desk.act("agent", own_queue.saw_everything)
    assert changed(desk) == set()


def test_what_one_has_seen_stays_marked_for_others_and_nothing_is_before_they_begin(
    desk: SupportDesk,
):
    ticket = desk.open()
    for who in ("agent", "colleague"):
        desk.act(who, own_queue.saw_everything)
    desk.clock.advance(timedelta(minutes=1))
    desk.act("customer", tickets.send_message, ticket.reference, "Hello?")

    desk.act("agent", own_queue.saw, ticket.reference)

    assert (changed(desk), changed(desk, "colleague")) == (set(), {ticket.reference})
    assert changed(desk, "manager") == set()


def test_what_the_engine_did_is_marked_too(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", own_queue.saw_everything)

    desk.wait(hours=1)

    assert changed(desk) == {ticket.reference}


def test_what_is_not_open_to_somebody_cannot_be_seen_by_them(desk: SupportDesk):
    with pytest.raises(NotFound):
        desk.act("stranger", own_queue.saw, desk.open().reference)


# The next one ----------------------------------------------------------------------------------


def following(desk: SupportDesk, wanted: QueueFilter, *but: Ticket) -> str:
    visited = [ticket.reference for ticket in but]
    return desk.see("agent", next_in_queue, wanted, desk.now, visited)


def test_the_next_ticket_is_the_most_pressing_that_one_was_not_at(desk: SupportDesk):
    slow, fast = desk.open("Slow", urgency="low"), desk.open("Fast")
    waits = answered(desk, "Waits")
    desk.act("agent", tickets.set_status, waits.reference, Status.WAITING_CUSTOMER)
    wanted = QueueFilter(tier=1)

    assert following(desk, wanted) == fast.reference
    assert following(desk, wanted, fast) == slow.reference
    assert following(desk, QueueFilter(tier=1, severity="1"), fast) == ""
    assert following(desk, wanted, fast, slow, waits) == ""


def test_the_next_ticket_is_none_that_is_put_off(desk: SupportDesk):
    first, second = answered(desk, "First"), answered(desk, "Second")
    put_off(desk, first)

    assert following(desk, QueueFilter(tier=1)) == second.reference
