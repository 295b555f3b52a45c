"""What people have set, and quiet hours, as the dispatcher heeds them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.preferences import (
    HOURLY,
    IN_QUIET_HOURS,
    MUTED,
    NO_EMAIL,
    NoticeGroup,
    Pace,
    QuietChoice,
)
from escalation_app.domain.process import Delivery
from escalation_app.engine import digests
from escalation_app.notifications.texts import DIGEST, notice_text
from escalation_app.services import tickets
from escalation_app.services.my_notices import be_quiet, mail_me, set_quiet_hours, tell_me
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import (
    OUTBOX,
    Postman,
    change_person,
    change_process,
    deliver,
    rows_of,
    rows_where,
)

LOW = {"impact": "low", "urgency": "low"}
FORCED = "{on: message_received, to: [assignee], channels: [email], forced: true}"


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """It is Monday noon in London, where the agent sits."""
    with support_desk(database) as opened:
        change_person(opened, "agent", zone="Europe/London")
        yield opened


def go_to(desk: SupportDesk, at: str) -> None:
    desk.clock.set_to(datetime.fromisoformat(at).replace(tzinfo=UTC))


def taken(desk: SupportDesk, **grades: str) -> str:
    """A ticket that the agent has."""
    ref = desk.open(**grades).reference
    desk.act("agent", tickets.take, ref)
    return ref


def write(desk: SupportDesk, ref: str, text: str = "Are you there?") -> None:
    """The customer writes: the agent gets a notice and a mail."""
    desk.act("customer", tickets.send_message, ref, text)


def agents_mails(desk: SupportDesk) -> list[tuple[str, str]]:
    return [(row.state, row.note) for row in rows_of(desk, "agent", "email")]


def to_agent(mail: Postman) -> list[Any]:
    return [letter for letter in mail.sent if letter.to_address == "agent@example.org"]


# Turned off ---------------------------------------------------------------------------------------


def test_a_mail_of_a_kind_that_was_turned_off_is_suppressed_and_says_so(desk: SupportDesk):
    ref = taken(desk)
    desk.act("agent", tell_me, NoticeGroup.CONVERSATION, Delivery.EMAIL, is_told=False)
    write(desk, ref)

    deliver(desk, Postman())

    assert agents_mails(desk) == [("suppressed", MUTED)]
    assert [row.state for row in rows_of(desk, "agent", "in_app")][-1] == "sent"


def test_what_was_turned_off_after_it_was_written_is_not_sent_either(desk: SupportDesk):
    ref = taken(desk)
    write(desk, ref)
    desk.act("agent", mail_me, Pace.OFF)

    deliver(desk, Postman())

    assert agents_mails(desk) == [("suppressed", NO_EMAIL)]


def test_turning_one_kind_off_leaves_the_others_and_other_people_alone(desk: SupportDesk):
    ref = taken(desk)
    desk.act("agent", tell_me, NoticeGroup.PROMISES, Delivery.EMAIL, is_told=False)
    desk.act("colleague", mail_me, Pace.OFF)
    write(desk, ref)
    mail = Postman()

    deliver(desk, mail)

    assert [letter.title for letter in to_agent(mail)] == ["N. Diaz wrote"]


def test_a_notice_in_the_app_that_was_turned_off_is_suppressed_as_it_is_written(
    desk: SupportDesk,
):
    ref = taken(desk)
    desk.act("agent", tell_me, NoticeGroup.CONVERSATION, Delivery.IN_APP, is_told=False)

    write(desk, ref)

    row = rows_of(desk, "agent", "in_app")[-1]
    assert (row.kind, row.state, row.note) == ("message_received", "suppressed", MUTED)
    assert (row.sent_at, row.next_attempt_at) == (None, None)


def test_a_late_notice_in_the_app_that_was_turned_off_is_in_no_digest(desk: SupportDesk):
    taken(desk)
    for group in NoticeGroup:
        desk.act("agent", tell_me, group, Delivery.IN_APP, is_told=False)
    desk.wait(days=1)
    desk.clock.advance(digests.WHEN_QUIET_FOR)

    deliver(desk, Postman())

    late = [row for row in rows_of(desk, "agent", "in_app") if "late_s" in (row.data or {})]
    assert late
    assert {(row.state, row.note) for row in late} == {("suppressed", MUTED)}


def test_a_customer_turns_mail_off_for_themselves(desk: SupportDesk):
    ref = taken(desk)
    desk.act("customer", mail_me, Pace.OFF)
    desk.act("agent", tickets.send_message, ref, "Here is the answer.")

    deliver(desk, Postman())

    assert [row.note for row in rows_of(desk, "customer", "email")] == [NO_EMAIL]


@pytest.mark.parametrize("more", ["rule", "must_reach"])
def test_nothing_a_person_sets_silences_or_delays_what_the_process_forces(
    desk: SupportDesk, more: str
):
    if more == "rule":
        change_process(desk, FORCED)
    else:
        change_process(desk, replacing=("must_reach: [", "must_reach: [message_received, "))
    ref = taken(desk, **LOW)
    desk.act("agent", mail_me, Pace.OFF)
    desk.act("agent", tell_me, NoticeGroup.CONVERSATION, Delivery.EMAIL, is_told=False)
    desk.act("agent", tell_me, NoticeGroup.CONVERSATION, Delivery.IN_APP, is_told=False)
    go_to(desk, "2026-03-03 02:00")
    write(desk, ref)
    mail = Postman()

    deliver(desk, mail)

    assert [letter.title for letter in to_agent(mail)] == ["N. Diaz wrote"]


# Once an hour -------------------------------------------------------------------------------------


def test_mail_by_the_hour_is_collected_at_the_full_hour(desk: SupportDesk):
    ref = taken(desk, **LOW)
    desk.act("agent", mail_me, Pace.HOURLY)
    mail = Postman()
    for minute in (5, 25, 55):
        go_to(desk, f"2026-03-02 12:{minute:02}")
        write(desk, ref)
        deliver(desk, mail)
    before = to_agent(mail), {row.note for row in rows_of(desk, "agent", "email")}
    go_to(desk, "2026-03-02 13:00")

    deliver(desk, mail)

    assert before == ([], {HOURLY})
    (letter,) = to_agent(mail)
    assert letter.title == "3 things for you"
    assert letter.text.splitlines() == [f"{ref} Down: N. Diaz wrote"] * 3


def test_one_message_alone_is_a_digest_too_and_sent_once(desk: SupportDesk):
    ref = taken(desk)
    desk.act("agent", mail_me, Pace.HOURLY)
    write(desk, ref)
    mail = Postman()
    deliver(desk, mail)
    for _ in range(3):
        desk.clock.advance(timedelta(hours=1))
        deliver(desk, mail)

    assert [letter.title for letter in to_agent(mail)] == ["1 thing for you"]


def test_late_mail_waits_for_the_hour_as_well(desk: SupportDesk):
    taken(desk)
    desk.act("agent", mail_me, Pace.HOURLY)
    desk.wait(hours=24, minutes=20)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    mail = Postman()
    deliver(desk, mail)
    before = to_agent(mail)
    desk.clock.advance(timedelta(minutes=40))

    deliver(desk, mail)

    (letter,) = to_agent(mail)
    assert before == []
    assert "late by up to" in letter.title
    assert "late by" in letter.text.splitlines()[0]


def test_what_is_no_longer_true_at_the_hour_is_not_in_it(desk: SupportDesk):
    first, second = taken(desk), taken(desk)
    desk.act("colleague", tickets.write_note, first, "So that it has a colleague")
    desk.act("agent", mail_me, Pace.HOURLY)
    desk.wait(minutes=14)
    desk.wait(minutes=2)
    deliver(desk, Postman())
    desk.act("manager", tickets.resolve, first)
    go_to(desk, "2026-03-02 13:00")
    mail = Postman()

    deliver(desk, mail)

    (letter,) = to_agent(mail)
    assert second in letter.text
    assert first not in letter.text


def test_turning_mail_off_before_the_hour_suppresses_what_waits(desk: SupportDesk):
    ref = taken(desk)
    desk.act("agent", mail_me, Pace.HOURLY)
    write(desk, ref)
    deliver(desk, Postman())
    desk.act("agent", mail_me, Pace.OFF)
    go_to(desk, "2026-03-02 13:00")

    deliver(desk, Postman())

    assert agents_mails(desk) == [("suppressed", NO_EMAIL)]


def test_a_customers_digest_names_their_tickets_in_words_for_them(desk: SupportDesk):
    ref = taken(desk)
    desk.act("customer", mail_me, Pace.HOURLY)
    desk.act("agent", tickets.send_message, ref, "MARKER-answer")
    desk.act("agent", tickets.write_note, ref, "MARKER-note")
    deliver(desk, Postman())
    go_to(desk, "2026-03-02 13:00")
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "customer@example.org")
    assert (letter.title, letter.text) == (
        "News about your tickets",
        f"{ref} Down: We have answered you",
    )
    assert "MARKER" not in repr(letter)


def test_lines_that_were_made_for_staff_are_not_shown_to_a_customer():
    data = {"count": 2, "audience": "staff", "items": ["MARKER", "MARKER"]}

    assert "MARKER" not in repr(notice_text(DIGEST, data, "", "", "customer"))


# Quiet hours --------------------------------------------------------------------------------------


def test_at_night_a_mail_to_staff_waits_for_the_morning_where_they_are(desk: SupportDesk):
    """It is 07:00 in London when it is 06:00 UTC: summer time begins that night."""
    go_to(desk, "2026-03-28 23:30")
    ref = taken(desk, **LOW)
    write(desk, ref)
    mail = Postman()
    deliver(desk, mail)
    (row,) = rows_of(desk, "agent", "email")
    go_to(desk, "2026-03-29 05:59:59")
    deliver(desk, mail)
    too_early = to_agent(mail)
    go_to(desk, "2026-03-29 06:00")

    deliver(desk, mail)

    assert (row.state, row.note) == ("digest", IN_QUIET_HOURS)
    assert row.next_attempt_at == datetime(2026, 3, 29, 6, tzinfo=UTC)
    assert too_early == []
    assert [letter.title for letter in to_agent(mail)] == ["1 thing for you"]


def test_what_piles_up_in_a_night_arrives_as_one_message(desk: SupportDesk):
    go_to(desk, "2026-03-03 04:00")
    ref = taken(desk, **LOW)
    mail = Postman()
    for at in ("2026-03-03 04:10", "2026-03-03 05:00", "2026-03-03 06:59"):
        go_to(desk, at)
        write(desk, ref)
        deliver(desk, mail)
    go_to(desk, "2026-03-03 07:00")

    deliver(desk, mail)
    deliver(desk, mail)

    assert [letter.title for letter in to_agent(mail)] == ["3 things for you"]
    assert [row.state for row in rows_of(desk, "agent", "email")] == ["digested"] * 3 + ["sent"]


def test_in_a_night_notices_in_the_app_come_at_once(desk: SupportDesk):
    ref = taken(desk, **LOW)
    go_to(desk, "2026-03-03 02:00")

    write(desk, ref)

    row = rows_of(desk, "agent", "in_app")[-1]
    assert (row.kind, row.state, row.sent_at) == ("message_received", "sent", desk.now)


def test_a_severity_that_the_process_exempts_does_not_wait(desk: SupportDesk):
    ref = taken(desk)
    go_to(desk, "2026-03-03 02:00")
    write(desk, ref)
    mail = Postman()

    deliver(desk, mail)

    assert len(to_agent(mail)) == 1


def test_at_night_a_mail_to_a_customer_does_not_wait(desk: SupportDesk):
    ref = taken(desk, **LOW)
    go_to(desk, "2026-03-03 02:00")
    desk.act("agent", tickets.send_message, ref, "Here is the answer.")
    mail = Postman()

    deliver(desk, mail)

    assert mail.addresses() == ["customer@example.org"]


def test_own_hours_replace_those_of_the_process(desk: SupportDesk):
    ref = taken(desk, **LOW)
    desk.act("agent", be_quiet, QuietChoice.OWN)
    desk.act("agent", set_quiet_hours, starts="12:00", ends="13:30")
    mail = Postman()
    write(desk, ref)
    deliver(desk, mail)
    at_noon = to_agent(mail)
    go_to(desk, "2026-03-03 02:00")
    write(desk, ref)

    deliver(desk, mail)

    assert at_noon == []
    assert len(to_agent(mail)) == 2, "the digest of noon, and one at once in the night"


def test_a_weekend_can_be_quiet_as_a_whole(desk: SupportDesk):
    go_to(desk, "2026-03-07 12:00")
    ref = taken(desk, **LOW)
    desk.act("agent", be_quiet, QuietChoice.OWN)
    desk.act("agent", set_quiet_hours, weekends=True)
    write(desk, ref)

    deliver(desk, Postman())

    (row,) = rows_of(desk, "agent", "email")
    assert row.next_attempt_at == datetime(2026, 3, 9, 7, tzinfo=UTC)


def test_who_wants_no_quiet_hours_gets_mail_at_night(desk: SupportDesk):
    ref = taken(desk, **LOW)
    desk.act("agent", be_quiet, QuietChoice.NONE)
    go_to(desk, "2026-03-03 02:00")
    write(desk, ref)
    mail = Postman()

    deliver(desk, mail)

    assert len(to_agent(mail)) == 1


def test_what_waits_is_held_on_when_the_hours_were_made_longer_meanwhile(desk: SupportDesk):
    ref = taken(desk, **LOW)
    go_to(desk, "2026-03-03 02:00")
    write(desk, ref)
    deliver(desk, Postman())
    desk.act("agent", be_quiet, QuietChoice.OWN)
    desk.act("agent", set_quiet_hours, ends="09:00")
    go_to(desk, "2026-03-03 07:00")
    mail = Postman()
    deliver(desk, mail)
    at_seven = to_agent(mail)
    go_to(desk, "2026-03-03 09:00")

    deliver(desk, mail)

    assert at_seven == []
    assert len(to_agent(mail)) == 1


def test_what_is_found_late_at_night_is_divided_by_whether_it_may_wait(desk: SupportDesk):
    """After a standstill: the critical ones at once, the others with all else in the morning."""
    grave = [taken(desk) for _ in range(2)]
    slight = [taken(desk, **LOW) for _ in range(2)]
    go_to(desk, "2026-03-10 02:00")
    desk.wait(seconds=1)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    mail = Postman()
    deliver(desk, mail)
    (at_night,) = to_agent(mail)
    write(desk, slight[0])
    deliver(desk, mail)
    go_to(desk, "2026-03-10 07:00")

    deliver(desk, mail)

    (_, in_the_morning) = to_agent(mail)
    assert all(ref in at_night.text for ref in grave)
    assert not any(ref in at_night.text for ref in slight)
    assert all(ref in in_the_morning.text for ref in slight)
    assert "late by" in in_the_morning.text
    assert f"{slight[0]} Down: N. Diaz wrote" in in_the_morning.text.splitlines()
    assert in_the_morning.title.endswith("for you"), "not everything in it was late"


def test_nothing_is_lost_on_the_way(desk: SupportDesk):
    """Every mail of a wild day ends sent, digested into one that was sent, or with a reason."""
    refs = [taken(desk, **grades) for grades in ({}, LOW) for _ in range(2)]
    desk.act("agent", mail_me, Pace.HOURLY)
    for hour in range(30):
        desk.wait(minutes=59)
        write(desk, refs[hour % 4])
        deliver(desk, Postman())
        desk.wait(minutes=1)
        deliver(desk, Postman())
    desk.wait(hours=12)
    for _ in range(2):
        desk.clock.advance(timedelta(hours=1))
        deliver(desk, Postman())

    rows = rows_where(desk, OUTBOX.c.channel == "email")
    sent = {f"In message {row.id}." for row in rows if row.state == "sent"}
    assert {row.state for row in rows} <= {"sent", "digested", "suppressed"}
    assert all(row.note in sent for row in rows if row.state == "digested")
    assert all(row.note for row in rows if row.state == "suppressed")
