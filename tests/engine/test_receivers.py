"""A receiver that hangs or fails takes its share of the dispatcher and no more."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from escalation_app.clock import FakeClock
from escalation_app.db import Database
from escalation_app.engine.receivers import (
    FAILURES_TO_PAUSE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Receiver,
    Receivers,
)
from escalation_app.notifications.letters import TryLater, Undeliverable
from escalation_app.services import tickets
from tests.support.desk import MONDAY_NOON, SupportDesk, support_desk
from tests.support.outbox import (
    OUTBOX,
    Postman,
    Room,
    change_person,
    change_process,
    deliver,
    dispatcher,
    finish,
    mails,
    rows_of,
    rows_where,
    turn_until,
)

CHANNELS = """
channels:
  ops: {kind: slack, name: Operations room}
  pager: {kind: webhook, name: The pager}
"""
HANGING, HEALTHY = "customer@slow.example", "stranger@quick.example"


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        change_person(opened, "customer", email=HANGING)
        change_person(opened, "stranger", email=HEALTHY)
        yield opened


def answer(desk: SupportDesk, who: str, times: int) -> list[str]:
    """Mails to a customer that are due now, each about another ticket."""
    references = [desk.open(by=who).reference for _ in range(times)]
    for ref in references:
        desk.act("agent", tickets.send_message, ref, "We look into it.")
    return references


def test_a_domain_that_hangs_holds_up_nobody_else_for_as_long_as_it_hangs(desk: SupportDesk):
    answer(desk, "customer", 6)
    answer(desk, "stranger", 6)
    mail = Postman()
    mail.slow[HANGING] = threading.Event()

    with dispatcher(desk, mail) as working:
        turn_until(working, lambda: mail.addresses() == [HEALTHY] * 6)
        while_it_hangs = [row.state for row in rows_of(desk, "customer", "email")]
        mail.slow[HANGING].set()
        finish(working)

    assert sorted(while_it_hangs) == ["leased"] + ["pending"] * 5
    assert {row.state for row in mails(desk)} == {"sent"}


def test_a_channel_that_hangs_holds_up_neither_another_channel_nor_mail(desk: SupportDesk):
    rule = "{on: message_sent, post: [ops, pager]}"
    change_process(desk, rule, more=CHANNELS)
    answer(desk, "stranger", 5)
    mail, room = Postman(), Room()
    room.slow["ops"] = threading.Event()

    with dispatcher(desk, mail, room, workers=6) as working:
        turn_until(working, lambda: (len(mail.sent), len(room.sent.get("pager", []))) == (5, 5))
        while_it_hangs = dict(room.sent)
        room.slow["ops"].set()
        finish(working)

    assert "ops" not in while_it_hangs
    assert len(room.sent["ops"]) == 5


def test_mail_to_many_slow_domains_leaves_workers_to_the_channels(desk: SupportDesk):
    change_process(desk, "{on: message_sent, post: [ops]}", more=CHANNELS)
    mail, room = Postman(), Room()
    hang = threading.Event()
    for n, who in enumerate(("customer", "lead", "stranger")):
        change_person(desk, who, email=f"somebody@slow{n}.example")
        mail.slow[f"somebody@slow{n}.example"] = hang
        answer(desk, who, 2)

    with dispatcher(desk, mail, room, workers=3) as working:
        turn_until(working, lambda: len(room.sent.get("ops", [])) == 6)
        while_they_hang = len(mail.sent)
        hang.set()
        finish(working)

    assert (while_they_hang, len(mail.sent)) == (0, 6)


def test_a_receiver_that_fails_again_and_again_is_left_alone_and_the_row_says_so(
    desk: SupportDesk,
):
    answer(desk, "customer", 6)
    answer(desk, "stranger", 2)
    mail = Postman()
    mail.refusing["slow.example"] = TryLater("451 come back later")

    deliver(desk, mail)

    rows = rows_of(desk, "customer", "email")
    tried, left_alone = rows[:FAILURES_TO_PAUSE], rows[FAILURES_TO_PAUSE:]
    assert [row.attempts for row in rows] == [1] * FAILURES_TO_PAUSE + [0] * len(left_alone)
    for row in (tried[-1], *left_alone):
        assert row.note.startswith("slow.example failed 3 times in a row and is left alone until")
        assert row.note.endswith("UTC. Last: 451 come back later")
        assert FIRST_PAUSE * 0.7 <= row.next_attempt_at - desk.now <= FIRST_PAUSE * 1.3
    assert tried[0].note == "451 come back later"
    assert mail.addresses() == [HEALTHY] * 2


def test_what_is_due_at_the_same_instant_goes_in_the_order_in_which_it_was_written(
    desk: SupportDesk,
):
    written = answer(desk, "stranger", 4)
    first = [row.id for row in mails(desk)[:2]]
    for due_at in (desk.now - timedelta(hours=1), desk.now):
        # PostgreSQL then holds them behind the others.
        moved = update(OUTBOX).where(OUTBOX.c.id.in_(first)).values(next_attempt_at=due_at)
        with desk.database.writing() as session:
            session.execute(moved)
    mail = Postman()

    with dispatcher(desk, mail, workers=1) as working:
        finish(working)

    assert [letter.thread for letter in mail.sent] == written


def test_after_its_pause_a_receiver_is_tried_and_one_success_forgives_all(desk: SupportDesk):
    answer(desk, "customer", 6)
    mail = Postman()
    mail.refusing["slow.example"] = TryLater("down")

    with dispatcher(desk, mail) as working:
        finish(working)
        desk.clock.advance(FIRST_PAUSE * 2)
        finish(working)
        still_down = sum(row.attempts for row in mails(desk))
        mail.refusing.clear()
        desk.clock.advance(LONGEST_PAUSE)
        finish(working)

    assert still_down == FAILURES_TO_PAUSE + 1, "one message to see whether it is up again"
    assert {row.state for row in mails(desk)} == {"sent"}


def test_a_refusal_for_good_says_nothing_against_the_receiver(desk: SupportDesk):
    answer(desk, "customer", 6)
    mail = Postman()
    mail.refusing["slow.example"] = Undeliverable("550 no such user")

    deliver(desk, mail)

    assert {row.state for row in rows_of(desk, "customer", "email")} == {"dead"}


def test_a_receiver_that_says_how_long_to_wait_is_waited_for(desk: SupportDesk):
    change_process(desk, "{on: message_sent, post: [ops]}", more=CHANNELS)
    answer(desk, "stranger", 1)
    room = Room()
    room.refusing["ops"] = TryLater("Answered 429", timedelta(minutes=4))

    deliver(desk, Postman(), room)

    (row,) = rows_where(desk, OUTBOX.c.channel == "post:ops")
    assert row.next_attempt_at == desk.now + timedelta(minutes=4)


# What a dispatcher knows of them ------------------------------------------------------------------

ONE, TWO, ROOM = (
    Receiver("email", "a.example"),
    Receiver("email", "b.example"),
    Receiver("post:", "x"),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY_NOON)


def test_a_receiver_has_a_third_of_the_workers_and_mail_two_thirds():
    room = Receivers(12).room([])

    assert [room.take(ONE) for _ in range(5)] == [True] * 4 + [False]
    assert [room.take(TWO) for _ in range(5)] == [True] * 4 + [False]
    assert not room.take(Receiver("email", "c.example"))
    assert [room.take(ROOM) for _ in range(5)] == [True] * 4 + [False]
    assert room.free == 0


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_with_few_workers_everybody_still_gets_one(workers: int):
    assert Receivers(workers).room([]).take(ONE)
    assert Receivers(workers).room([]).take(ROOM)


def test_a_receiver_that_failed_has_one_worker_until_it_succeeds(clock: FakeClock):
    receivers = Receivers(12)
    receivers.failed(ONE, "down", clock.utc_now())
    failing = receivers.share(ONE)
    receivers.succeeded(ONE)

    assert (failing, receivers.share(ONE), receivers.share(TWO)) == (1, 4, 4)


def test_each_pause_is_twice_as_long_and_none_longer_than_a_quarter_of_an_hour(clock: FakeClock):
    receivers = Receivers(12)
    lengths: list[timedelta] = []
    for _ in range(12):
        paused = receivers.failed(ONE, "down", clock.utc_now())
        if paused is not None:
            lengths.append(paused[0] - clock.utc_now())
            clock.set_to(paused[0])

    for number, length in enumerate(lengths):
        meant = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert meant * 0.75 <= length <= meant * 1.25
    assert len(lengths) == 12 - FAILURES_TO_PAUSE + 1


def test_what_was_under_way_when_the_pause_began_does_not_lengthen_it(clock: FakeClock):
    receivers = Receivers(12)
    for _ in range(FAILURES_TO_PAUSE):
        first = receivers.failed(ONE, "down", clock.utc_now())

    assert receivers.failed(ONE, "down too", clock.utc_now()) == first
