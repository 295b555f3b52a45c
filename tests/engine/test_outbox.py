"""The dispatcher: every message is sent once, kept, digested, suppressed with a reason, or dead."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation_app.db import Database
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import EscalationKind
from escalation_app.engine import outbox
from escalation_app.engine.outbox import Dispatcher, retry_after
from escalation_app.models import OutboxRow, PersonRow
from escalation_app.notifications import CHANNELS, Channel, channels
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.in_app import InAppChannel
from escalation_app.notifications.letters import Letter, TryLater, Undeliverable
from escalation_app.services import escalations, tickets
from escalation_app.services.store import columns
from escalation_app.settings import read_settings
from tests.support.desk import SupportDesk, support_desk

OUTBOX = columns(OutboxRow)


class Postman(EmailChannel):
    """A mail server that does what a test wants: it refuses, it is slow, it remembers."""

    def __init__(self) -> None:
        super().__init__("smtp://localhost:1", "Help desk <help@desk.example>")
        self.sent: list[Letter] = []
        self.refusals: list[Exception] = []
        self.slow: dict[str, threading.Event] = {}

    def send(self, letter: Letter) -> None:
        if letter.to_address in self.slow:
            self.slow[letter.to_address].wait(timeout=10)
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(letter)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


@contextmanager
def dispatcher(desk: SupportDesk, mail: Channel, workers: int = 4) -> Iterator[Dispatcher]:
    ways: dict[Delivery, Channel] = {Delivery.IN_APP: InAppChannel(), Delivery.EMAIL: mail}
    opened = Dispatcher(desk.database, ways, "https://help.example/", workers)
    yield opened
    opened.close()
    opened._pool.shutdown(wait=True)


def deliver(desk: SupportDesk, mail: Channel) -> None:
    """Everything that is due now."""
    with dispatcher(desk, mail) as working:
        working.turn()
        working.wait()


def mails(desk: SupportDesk) -> list[Any]:
    wanted = select(OUTBOX).where(OUTBOX.c.channel == "email").order_by(OUTBOX.c.id)
    with desk.database.reading() as session:
        return list(session.execute(wanted).all())


def change_person(desk: SupportDesk, who: str, **values: Any) -> None:
    people = columns(PersonRow)
    key = desk.people[who].person_id
    with desk.database.writing() as session:
        session.execute(update(people).where(people.c.id == key).values(**values))


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

    assert {(row.state, row.note) for row in mails(desk)} == {("kept", outbox.NOT_SET_UP)}


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
    assert {letter.key for letter in mail.sent} == {row.dedupe_key for row in mails(desk)}
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
        threads = [threading.Thread(target=each.turn) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.wait()
        two.wait()
    other.dispose()

    keys = [letter.key for letter in mail.sent]
    assert len(keys) == len(set(keys)) == len(mails(desk))
    assert {row.state for row in mails(desk)} == {"sent"}


def test_a_slow_receiver_holds_up_nobody_else(desk: SupportDesk):
    for _ in range(2):
        answered(desk)
    ref = desk.open(by="stranger").reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    mail = Postman()
    mail.slow = {"customer@example.org": threading.Event()}

    with dispatcher(desk, mail, workers=3) as working:
        working.turn()
        for _ in range(200):
            if any(letter.to_address == "stranger@example.org" for letter in mail.sent):
                break
            threading.Event().wait(0.02)
        before = [letter.to_address for letter in mail.sent]
        mail.slow["customer@example.org"].set()
        working.wait()

    assert "stranger@example.org" in before
    assert "customer@example.org" not in before


def test_what_nobody_began_to_send_is_given_back_at_the_end(desk: SupportDesk):
    for _ in range(2):
        answered(desk)
    mail = Postman()
    go_on = threading.Event()
    mail.slow = {f"{who}@example.org": go_on for who in desk.people}
    with dispatcher(desk, mail, workers=1) as working:
        working._workers = 2  # hands out more than its one thread can begin
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
        "path_step_taken": outbox.RESOLVED,
        "escalation_assigned": outbox.RESOLVED,
    }
    told = [letter.title for letter in mail.sent if letter.to_address == "customer@example.org"]
    assert "Your request is solved" in told


def test_alarms_of_an_escalation_that_ended_are_not_sent(desk: SupportDesk):
    ref = late_answer(desk)
    desk.act("manager", escalations.deescalate, ref, "They are calm")

    deliver(desk, Postman())

    assert suppressed(desk) == {
        "path_step_taken": outbox.CASE_ENDED,
        "escalation_assigned": outbox.CASE_ENDED,
    }


def test_that_a_ticket_is_solved_is_not_told_when_it_was_reopened(desk: SupportDesk):
    ref = answered(desk)
    desk.act("agent", tickets.resolve, ref)
    desk.act("customer", tickets.send_message, ref, "No")

    deliver(desk, Postman())

    assert suppressed(desk) == {"ticket_resolved": outbox.REOPENED}


def test_nobody_disabled_gets_mail(desk: SupportDesk):
    answered(desk)
    change_person(desk, "customer", is_active=False)

    deliver(desk, Postman())

    assert set(suppressed(desk).values()) == {outbox.DISABLED}


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
        session.execute(update(OUTBOX).where(alarms).values(person_id=stranger))
    mail = Postman()

    deliver(desk, mail)

    assert suppressed(desk) == {"path_step_taken": outbox.NOT_OPEN_TO_THEM}


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
    with desk.database.writing() as session:
        session.execute(update(OUTBOX).where(OUTBOX.c.id == bad.id).values(data=["no mapping"]))
    mail = Postman()

    deliver(desk, mail)

    assert [row.state for row in mails(desk)] == ["dead", "sent", "sent"]
    assert f"Message {bad.id} could not be made up" in caplog.text


# Digests -----------------------------------------------------------------------------------------


def overdue(desk: SupportDesk, number: int = 3) -> list[str]:
    """Tickets found long overdue: the agents' and the manager's alarms wait for a digest."""
    refs = []
    for n in range(number):
        refs.append(desk.open(f"Down {n}").reference)
        desk.act("agent", tickets.take, refs[-1])
    desk.wait(days=1)
    return refs


def all_rows(desk: SupportDesk, who: str, channel: str) -> list[Any]:
    wanted = OUTBOX.c.person_id == desk.people[who].person_id, OUTBOX.c.channel == channel
    with desk.database.reading() as session:
        return list(session.execute(select(OUTBOX).where(*wanted).order_by(OUTBOX.c.id)).all())


def test_each_person_gets_one_digest_by_each_way(desk: SupportDesk):
    overdue(desk)
    desk.clock.advance(outbox.DIGEST_WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)
    deliver(desk, mail)

    assert [letter.to_address for letter in mail.sent].count("agent@example.org") == 1
    for channel in ("email", "in_app"):
        found = all_rows(desk, "agent", channel)
        digests = [row for row in found if row.kind == "digest"]
        assert len(digests) == 1
        assert not [row for row in found if row.state == "digest"]
        collected = [row for row in found if row.state == "digested"]
        assert {row.note for row in collected} == {f"In message {digests[0].id}."}
        assert digests[0].data["count"] == len(collected)
        assert digests[0].state == "sent"


def test_a_digest_says_how_late_and_names_the_latest_first(desk: SupportDesk):
    overdue(desk)
    desk.clock.advance(outbox.DIGEST_WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "agent@example.org")
    assert letter.title.endswith("late by up to 23 h 48 min")
    assert letter.text.splitlines()[0].startswith(
        "T-1001 Down 0: Tell the team, late by 23 h 48 min"
    )
    assert letter.link == "https://help.example/"


def test_a_digest_waits_until_no_more_arrives_but_not_for_long(desk: SupportDesk):
    overdue(desk)
    deliver(desk, Postman())
    at_once = [row for row in all_rows(desk, "agent", "email") if row.kind == "digest"]
    for _ in range(8):
        desk.clock.advance(timedelta(seconds=4))
        with desk.database.writing() as session:
            newest = select(OUTBOX.c.id).where(OUTBOX.c.state == "digest")
            newest = newest.order_by(OUTBOX.c.id.desc()).limit(1).scalar_subquery()
            session.execute(update(OUTBOX).where(OUTBOX.c.id == newest).values(created_at=desk.now))
        deliver(desk, Postman())

    assert at_once == []
    assert [row for row in all_rows(desk, "agent", "email") if row.kind == "digest"] != []


def test_what_was_resolved_meanwhile_is_not_in_the_digest(desk: SupportDesk):
    first, *_ = overdue(desk)
    desk.act("manager", tickets.resolve, first)
    desk.clock.advance(outbox.DIGEST_WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "agent@example.org")
    assert first not in letter.text
    reasons = {row.note for row in all_rows(desk, "agent", "email") if row.state == "suppressed"}
    assert reasons == {outbox.RESOLVED}


def test_a_long_digest_is_cut_and_says_how_many_more(desk: SupportDesk):
    overdue(desk, 15)
    desk.clock.advance(outbox.DIGEST_WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "agent@example.org")
    *lines, more = letter.text.splitlines()
    count = int(letter.title.split()[0])
    assert len(lines) == outbox.DIGEST_LINES
    assert more == f"and {count - outbox.DIGEST_LINES} more"


def test_a_digest_for_somebody_disabled_is_suppressed(desk: SupportDesk):
    overdue(desk)
    change_person(desk, "agent", is_active=False)
    desk.clock.advance(outbox.DIGEST_WHEN_QUIET_FOR)

    deliver(desk, Postman())

    assert not [row for row in all_rows(desk, "agent", "email") if row.kind == "digest"]
    notes = {row.note for row in all_rows(desk, "agent", "email") if row.state == "suppressed"}
    assert notes == {outbox.DISABLED}


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


def test_each_way_of_the_process_has_a_channel():
    assert set(CHANNELS) == set(Delivery)


def test_channels_are_made_from_the_settings(tmp_path: Any):
    bare = channels(read_settings({"DATA_DIR": str(tmp_path)}))
    mailing = channels(
        read_settings({"DATA_DIR": str(tmp_path), "SMTP_URL": "smtp://mail.example"})
    )

    assert [way.key for way in bare.values()] == list(bare)
    assert (bare[Delivery.EMAIL].is_ready, mailing[Delivery.EMAIL].is_ready) == (False, True)
