"""The dispatcher: every message is sent once, kept, digested, suppressed with a reason, or dead."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from escalation_app.db import Database
from escalation_app.domain.process import ChannelKind, ChannelSpec, Delivery
from escalation_app.domain.tickets import EscalationKind
from escalation_app.engine import outbox, warrants
from escalation_app.engine.outbox import retry_after
from escalation_app.notifications import CHANNELS, POSTS, channels, posts
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.letters import TryLater, Undeliverable
from escalation_app.services import escalations, tickets
from escalation_app.services.notices import message_key
from escalation_app.settings import read_settings
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import (
    OUTBOX,
    Postman,
    change_person,
    deliver,
    dispatcher,
    finish,
    mails,
)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def answered(desk: SupportDesk) -> str:
    """A ticket with one mail to its customer waiting."""
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "It will run again at six.")
    return ref


def test_a_mail_is_sent_once_and_says_so(desk: SupportDesk):
    answered(desk)
    mail = Postman()

    deliver(desk, mail)
    deliver(desk, mail)

    (row,) = [row for row in mails(desk) if row.kind == "message_sent"]
    assert [letter.to_address for letter in mail.sent].count("customer@example.org") >= 1
    assert len(mail.sent) == len(mails(desk))
    assert (row.state, row.attempts, row.sent_at) == ("sent", 1, desk.now)
    assert (row.lease_owner, row.lease_until) == ("", None)


def test_the_customers_mail_quotes_our_answer_and_leads_to_their_page(desk: SupportDesk):
    ref = answered(desk)
    mail = Postman()

    deliver(desk, mail)

    letter = next(one for one in mail.sent if one.title == "We have answered you")
    assert letter.quote == "It will run again at six."
    assert letter.link == f"https://help.example/mine/{ref}"
    assert letter.thread == ref


def test_an_agent_is_led_to_the_page_of_staff(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("customer", tickets.send_message, ref, "Are you there?")
    mail = Postman()

    deliver(desk, mail)

    letter = next(one for one in mail.sent if one.to_address == "agent@example.org")
    assert letter.link == f"https://help.example/tickets/{ref}"
    assert letter.quote == "Are you there?"


def test_without_a_mail_server_mail_is_kept(desk: SupportDesk):
    answered(desk)

    deliver(desk, EmailChannel(None, "help@desk.example"))

    assert {(row.state, row.note) for row in mails(desk)} == {
        ("kept", "No mail server is set (SMTP_URL), so this stays here.")
    }


def test_a_temporary_refusal_is_tried_again_later_and_later(desk: SupportDesk):
    answered(desk)
    mail = Postman()
    mail.refusals = [TryLater("busy")] * 40
    waits = []

    for _ in range(3):
        deliver(desk, mail)
        row = mails(desk)[0]
        assert (row.state, row.note) == ("pending", "busy")
        waits.append((row.next_attempt_at - desk.now).total_seconds())
        desk.clock.advance(timedelta(minutes=2))

    assert 7.5 <= waits[0] <= 12.5
    assert 15 <= waits[1] <= 25
    assert 30 <= waits[2] <= 50


def test_the_wait_between_attempts_grows_no_further_than_an_hour_and_is_spread():
    waits = {retry_after(attempt) for attempt in range(12, 60)}

    assert max(waits) <= timedelta(hours=1.25)
    assert min(waits) >= timedelta(hours=0.75)
    assert len(waits) > 40


def test_a_permanent_refusal_is_dead_at_once_and_visible(desk: SupportDesk):
    answered(desk)
    mail = Postman()
    mail.refusals = [Undeliverable("550 no such user")] * 9

    deliver(desk, mail)

    assert {(row.state, row.note, row.attempts) for row in mails(desk)} == {
        ("dead", "550 no such user", 1)
    }


def test_a_message_is_given_up_in_the_end(desk: SupportDesk):
    answered(desk)
    with desk.database.writing() as session:
        session.execute(update(OUTBOX).values(attempts=outbox.MOST_ATTEMPTS - 1))
    mail = Postman()
    mail.refusals = [TryLater("busy")] * 9

    deliver(desk, mail)

    assert {row.state for row in mails(desk)} == {"dead"}
    assert mails(desk)[0].note == f"Given up after {outbox.MOST_ATTEMPTS} attempts. busy"


def test_a_failure_of_our_own_is_tried_again(desk: SupportDesk, caplog: pytest.LogCaptureFixture):
    answered(desk)
    mail = Postman()
    mail.refusals = [KeyError("oops")] * 9

    deliver(desk, mail)

    assert {row.state for row in mails(desk)} == {"pending"}
    assert f"Message {mails(desk)[0].id} could not be sent" in caplog.text


def test_a_lease_that_ran_out_is_taken_over_under_the_same_key(desk: SupportDesk):
    answered(desk)
    with desk.database.writing() as session:
        until = desk.now + outbox.LEASE
        session.execute(
            update(OUTBOX)
            .where(OUTBOX.c.channel == "email")
            .values(state="leased", lease_owner="dead", lease_until=until, attempts=1)
        )
    mail = Postman()
    deliver(desk, mail)
    too_early = list(mail.sent)
    desk.clock.advance(outbox.LEASE)

    deliver(desk, mail)

    assert too_early == []
    assert {letter.key for letter in mail.sent} == {message_key(row) for row in mails(desk)}
    assert {(row.state, row.attempts) for row in mails(desk)} == {("sent", 2)}


def test_a_sender_that_lost_its_lease_settles_nothing(
    desk: SupportDesk, caplog: pytest.LogCaptureFixture
):
    answered(desk)
    mail = Postman()
    go_on = threading.Event()
    mail.slow = {f"{who}@example.org": go_on for who in desk.people}
    with dispatcher(desk, mail) as working:
        working.turn()
        with desk.database.writing() as session:
            session.execute(update(OUTBOX).values(lease_owner="another"))
        go_on.set()
        working.wait()

    assert {row.lease_owner for row in mails(desk)} == {"another"}
    assert "taken over by another engine" in caplog.text


def test_two_dispatchers_at_once_send_everything_once(desk: SupportDesk):
    for _ in range(20):
        answered(desk)
    mail = Postman()
    other = Database(desk.database.url)
    twin = SupportDesk(other, desk.clock, desk.people)

    with dispatcher(desk, mail) as one, dispatcher(twin, mail) as two:
        threads = [threading.Thread(target=finish, args=[each]) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        finish(one)
    other.dispose()

    keys = [letter.key for letter in mail.sent]
    assert len(keys) == len(set(keys)) == len(mails(desk))
    assert {row.state for row in mails(desk)} == {"sent"}


def test_what_nobody_began_to_send_is_given_back_at_the_end(desk: SupportDesk):
    answered(desk)
    change_person(desk, "stranger", email="stranger@elsewhere.example")
    ref = desk.open(by="stranger").reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    mail = Postman()
    go_on = threading.Event()
    mail.slow = dict.fromkeys(("customer@example.org", "stranger@elsewhere.example"), go_on)
    with dispatcher(desk, mail, workers=1) as working:
        working._receivers.workers = 3  # hands out more than its one thread can begin
        working._claim()
        working.close()
        states = sorted(row.state for row in mails(desk))
        go_on.set()

    assert states == ["leased", "pending"]


# No longer warranted -----------------------------------------------------------------------------


def suppressed(desk: SupportDesk) -> dict[str, str]:
    return {row.kind: row.note for row in mails(desk) if row.state == "suppressed"}


def late_answer(desk: SupportDesk) -> str:
    """A ticket whose broken first promise is on its way to the team by mail."""
    ref = desk.open().reference
    desk.wait(minutes=11, seconds=15)
    desk.wait(minutes=3, seconds=46)
    return ref


def test_alarms_about_a_ticket_that_was_resolved_meanwhile_are_not_sent(desk: SupportDesk):
    ref = late_answer(desk)
    desk.act("agent", tickets.resolve, ref, "It runs again")
    mail = Postman()

    deliver(desk, mail)

    assert suppressed(desk) == {
        "path_step_taken": warrants.RESOLVED,
        "escalation_assigned": warrants.RESOLVED,
    }
    told = [letter.title for letter in mail.sent if letter.to_address == "customer@example.org"]
    assert "Your ticket is solved" in told


def test_alarms_of_an_escalation_that_ended_are_not_sent(desk: SupportDesk):
    ref = late_answer(desk)
    desk.act("manager", escalations.deescalate, ref, "They are calm")

    deliver(desk, Postman())

    assert suppressed(desk) == {
        "path_step_taken": warrants.CASE_ENDED,
        "escalation_assigned": warrants.CASE_ENDED,
    }


def test_that_a_ticket_is_solved_is_not_told_when_it_was_reopened(desk: SupportDesk):
    ref = answered(desk)
    desk.act("agent", tickets.resolve, ref)
    desk.act("customer", tickets.send_message, ref, "No")

    deliver(desk, Postman())

    assert suppressed(desk) == {"ticket_resolved": warrants.REOPENED}


def test_nobody_disabled_gets_mail(desk: SupportDesk):
    answered(desk)
    change_person(desk, "customer", is_active=False)

    deliver(desk, Postman())

    assert set(suppressed(desk).values()) == {warrants.DISABLED}


@pytest.mark.parametrize("address", ["", "c-77@import.invalid", "no address", "a@b\nBcc: x@y"])
def test_addresses_that_reach_nobody_are_not_tried(desk: SupportDesk, address: str):
    answered(desk)
    change_person(desk, "customer", email=address)
    mail = Postman()

    deliver(desk, mail)

    assert mail.sent == []
    assert {row.state for row in mails(desk)} == {"suppressed"}
    assert all(row.note for row in mails(desk))


def test_an_alarm_for_somebody_who_is_not_of_ours_any_more_is_not_sent(desk: SupportDesk):
    late_answer(desk)
    stranger = desk.people["stranger"].person_id
    with desk.database.writing() as session:
        alarms = OUTBOX.c.kind == "path_step_taken"
        one = select(func.min(OUTBOX.c.id)).where(alarms, OUTBOX.c.channel == "email")
        session.execute(delete(OUTBOX).where(alarms, OUTBOX.c.id != one.scalar_subquery()))
        session.execute(update(OUTBOX).where(alarms).values(person_id=stranger))
    mail = Postman()

    deliver(desk, mail)

    assert suppressed(desk) == {"path_step_taken": warrants.NOT_OPEN_TO_THEM}


def test_a_channel_nobody_knows_is_dead(desk: SupportDesk):
    answered(desk)
    with desk.database.writing() as session:
        session.execute(update(OUTBOX).where(OUTBOX.c.state == "pending").values(channel="pigeon"))

    deliver(desk, Postman())

    with desk.database.reading() as session:
        pigeons = session.execute(select(OUTBOX).where(OUTBOX.c.channel == "pigeon")).all()
    assert {(row.state, row.note) for row in pigeons} == {("dead", outbox.NO_CHANNEL)}


def test_a_message_that_cannot_be_made_up_is_dead_and_holds_up_no_other(
    desk: SupportDesk, caplog: pytest.LogCaptureFixture
):
    for _ in range(3):
        answered(desk)
    bad = mails(desk)[0]
    spoilt = {"kind": "status_changed", "data": ["no mapping"]}
    with desk.database.writing() as session:
        session.execute(update(OUTBOX).where(OUTBOX.c.id == bad.id).values(spoilt))
    mail = Postman()

    deliver(desk, mail)

    assert [row.state for row in mails(desk)] == ["dead", "sent", "sent"]
    assert f"Message {bad.id} could not be made up" in caplog.text


# Markers -----------------------------------------------------------------------------------------


def test_nothing_internal_and_nobody_else_reaches_a_requesters_mail(desk: SupportDesk):
    """Markers stand in everything that people of ours and other customers write."""
    ref = desk.open("Ours").reference
    other = desk.act(
        "stranger",
        tickets.open_ticket,
        tickets.NewTicket("MARKER-other-subject", "MARKER-other-body", "high", "high"),
    ).reference
    desk.act("agent", tickets.write_note, ref, "MARKER-note")
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "MARKER-reason")
    desk.act("manager", tickets.send_message, ref, "We are on it.")
    desk.act("manager", tickets.send_message, other, "MARKER-other-answer")
    desk.act("manager", escalations.deescalate, ref, "MARKER-end")
    for _ in range(30):
        desk.wait(hours=1)
    desk.act("manager", tickets.resolve, ref, "All is well.")
    mail = Postman()

    deliver(desk, mail)
    desk.clock.advance(timedelta(minutes=2))
    deliver(desk, mail)

    theirs = [one for one in mail.sent if one.to_address == "customer@example.org"]
    composed = "".join(str(mail.compose(letter)) for letter in theirs) + repr(theirs)
    assert len(theirs) >= 3
    assert "We are on it." in composed
    assert "MARKER" not in composed
    assert "R. Verhoeven" not in composed
    assert "MARKER" in "".join(repr(one) for one in mail.sent)


def test_each_way_and_each_kind_of_channel_has_a_module():
    assert set(CHANNELS) == set(Delivery)
    assert set(POSTS) == set(ChannelKind)


def test_channels_are_made_from_the_settings(tmp_path: Any):
    where = {"DATA_DIR": str(tmp_path)}
    set_up = where | {
        "SMTP_URL": "smtp://mail.example",
        "CHANNEL_OPS_ROOM_URL": "https://hooks.example/x",
    }
    room = ChannelSpec("ops_room", ChannelKind.SLACK, "Operations room")

    bare, ready = (read_settings(environ) for environ in (where, set_up))

    assert "SMTP_URL" in channels(bare)[Delivery.EMAIL].missing
    assert channels(ready)[Delivery.EMAIL].missing == ""
    assert "CHANNEL_OPS_ROOM_URL" in posts(bare)(room).missing
    assert posts(ready)(room).missing == ""
