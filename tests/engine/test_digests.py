"""Digests: what waits to be collected arrives as one message for each person and way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from escalation_app.db import Database
from escalation_app.engine import digests, warrants
from escalation_app.services import tickets
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import OUTBOX, Postman, change_person, deliver, rows_of


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def overdue(desk: SupportDesk, number: int = 3) -> list[str]:
    """Tickets found long overdue: the agents' and the manager's alarms wait for a digest."""
    refs = []
    for n in range(number):
        refs.append(desk.open(f"Down {n}").reference)
        desk.act("agent", tickets.take, refs[-1])
    desk.wait(days=1)
    return refs


def test_each_person_gets_one_digest_by_each_way(desk: SupportDesk):
    overdue(desk)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)
    deliver(desk, mail)

    assert [letter.to_address for letter in mail.sent].count("agent@example.org") == 1
    for channel in ("email", "in_app"):
        found = rows_of(desk, "agent", channel)
        made = [row for row in found if row.kind == "digest"]
        assert len(made) == 1
        assert not [row for row in found if row.state == "digest"]
        collected = [row for row in found if row.state == "digested"]
        assert {row.note for row in collected} == {f"In message {made[0].id}."}
        assert made[0].data["count"] == len(collected)
        assert made[0].state == "sent"


def test_a_digest_says_how_late_and_names_the_latest_first(desk: SupportDesk):
    overdue(desk)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
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
    at_once = [row for row in rows_of(desk, "agent", "email") if row.kind == "digest"]
    for _ in range(8):
        desk.clock.advance(timedelta(seconds=4))
        with desk.database.writing() as session:
            newest = select(OUTBOX.c.id).where(OUTBOX.c.state == "digest")
            newest = newest.order_by(OUTBOX.c.id.desc()).limit(1).scalar_subquery()
            session.execute(update(OUTBOX).where(OUTBOX.c.id == newest).values(created_at=desk.now))
        deliver(desk, Postman())

    assert at_once == []
    assert [row for row in rows_of(desk, "agent", "email") if row.kind == "digest"] != []


def test_what_was_resolved_meanwhile_is_not_in_the_digest(desk: SupportDesk):
    first, *_ = overdue(desk)
    desk.act("manager", tickets.resolve, first)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "agent@example.org")
    assert first not in letter.text
    reasons = {row.note for row in rows_of(desk, "agent", "email") if row.state == "suppressed"}
    assert reasons == {warrants.RESOLVED}


def test_a_long_digest_is_cut_and_says_how_many_more(desk: SupportDesk):
    overdue(desk, 15)
    desk.clock.advance(digests.WHEN_QUIET_FOR)
    mail = Postman()

    deliver(desk, mail)

    (letter,) = (one for one in mail.sent if one.to_address == "agent@example.org")
    *lines, more = letter.text.splitlines()
    count = int(letter.title.split()[0])
    assert len(lines) == digests.LINES
    assert more == f"and {count - digests.LINES} more"


def test_a_digest_for_somebody_disabled_is_suppressed(desk: SupportDesk):
    overdue(desk)
    change_person(desk, "agent", is_active=False)
    desk.clock.advance(digests.WHEN_QUIET_FOR)

    deliver(desk, Postman())

    assert not [row for row in rows_of(desk, "agent", "email") if row.kind == "digest"]
    notes = {row.note for row in rows_of(desk, "agent", "email") if row.state == "suppressed"}
    assert notes == {warrants.DISABLED}
