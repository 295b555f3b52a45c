"""What an admin watches: people, engines, the outbox; and the process for every reader."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.permissions import Role
from escalation_app.domain.tickets import EscalationKind
from escalation_app.engine import heartbeat
from escalation_app.engine.heartbeat import Beat
from escalation_app.models import AuthSessionRow, OutboxRow, PersonRow, TimerRow
from escalation_app.services import engines, escalations, tickets
from escalation_app.services.identity import begin_session
from escalation_app.services.people import NewPerson, add_person
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.queries import admin
from escalation_app.services.queries.process import process_document
from escalation_app.services.tables import columns
from escalation_app.views.admin import EngineView, OutboxPage, PeoplePage
from escalation_app.views.process import ProcessDocument
from tests.support.desk import SupportDesk, support_desk

MARK = "xMARKERx"
_OUTBOX: Any = columns(OutboxRow)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def people(desk: SupportDesk, search: str = "", number: int = 0) -> PeoplePage:
    return desk.see("admin", admin.people_page, search, number)


def engine(desk: SupportDesk) -> EngineView:
    return desk.see("admin", admin.engine_view, desk.now)


def outbox(desk: SupportDesk, state: str = "", number: int = 0) -> OutboxPage:
    return desk.see("admin", admin.outbox_page, state, number)


def document(desk: SupportDesk, who: str) -> ProcessDocument:
    return desk.see(who, process_document, desk.now)


def names(page: PeoplePage) -> list[str]:
    return [row.person.name for row in page.rows]


def beat(desk: SupportDesk, name: str, **values: Any) -> None:
    sign = Beat(name, desk.now, desk.now - timedelta(hours=1), **values)
    with desk.database.writing() as session:
        heartbeat.beat(session, sign)


def add_message(desk: SupportDesk, number: int, **values: Any) -> None:
    row = {
        "dedupe_key": f"test {number}",
        "channel": "email",
        "person_id": desk.people["manager"].person_id,
        "kind": "sla_breached",
        "data": {},
        "state": "sent",
        "created_at": desk.now,
        "attempts": 0,
        "lease_owner": "",
        "note": "",
    }
    with desk.database.writing() as session:
        session.execute(insert(_OUTBOX).values(row | values))


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive"])
def test_only_an_admin_watches(desk: SupportDesk, who: str) -> None:
    for query, *rest in (
        (admin.people_page,),
        (admin.engine_view, desk.now),
        (admin.outbox_page,),
    ):
        with pytest.raises(NotAllowed):
            desk.see(who, query, *rest)


# People


def test_people_are_listed_with_their_roles_team_and_organisation(desk: SupportDesk) -> None:
    page = people(desk)

    rows = {row.person.name: row for row in page.rows}
    assert names(page) == sorted(names(page))
    assert page.everybody == page.total == 9
    farouk, solberg = rows["A. Farouk"], rows["B. Solberg"]
    assert (farouk.role_name, farouk.team, farouk.tier_name) == ("Agent", "Service desk", "Tier 1")
    assert (solberg.role_name, solberg.organisation) == ("Customer lead", "Halden Ferries")
    assert (farouk.seen_at, farouk.is_active) == ("", True)


def test_several_roles_a_disabled_account_and_the_last_visit_are_shown(desk: SupportDesk) -> None:
    both = frozenset({Role.MANAGER, Role.AGENT})
    with desk.database.writing() as session:
        key = add_person(
            session, NewPerson("g", "g@x.org", "G. Tan", both, is_active=False), desk.now
        )
        begin_session(session, key, desk.now - timedelta(days=3))
        begin_session(session, key, desk.now - timedelta(days=1))

    (row,) = people(desk, "tan").rows

    assert row.role_name == "Agent, Manager"
    assert not row.is_active
    assert row.seen_at == (desk.now - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("  solb ", ["B. Solberg"]),
        ("HALDEN ferries", ["B. Solberg", "N. Diaz"]),
        ("executive@", ["D. Ames"]),
        ("%", []),
        ("_", []),
        ("x" * 500, []),
    ],
)
def test_people_are_found_by_name_address_and_organisation(
    desk: SupportDesk, search: str, found: list[str]
) -> None:
    assert names(people(desk, search)) == found
    assert people(desk, search).everybody == 9


def test_people_have_pages(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "PAGE", 4)

    first, last, beyond = (people(desk, number=number) for number in (0, 2, 7))

    assert (first.first, first.last, first.has_previous, first.has_next) == (1, 4, False, True)
    assert (last.first, last.last, last.has_next) == (9, 9, False)
    assert beyond == last


def test_no_secret_of_a_person_is_read(desk: SupportDesk) -> None:
    person: Any = columns(PersonRow)
    session_row: Any = columns(AuthSessionRow)
    with desk.database.writing() as session:
        begin_session(session, desk.people["agent"].person_id or 0, desk.now)
        session.execute(update(person).values(password_hash=MARK))
        session.execute(update(session_row).values(token_hash=MARK, user_agent=MARK))

    assert MARK not in json.dumps(asdict(people(desk)))


# The engines


def test_without_an_engine_there_is_no_sign_of_life(desk: SupportDesk) -> None:
    shown = engine(desk)

    assert (shown.heartbeat_at, shown.beats) == ("", ())


def test_every_engine_is_shown_with_its_figures_the_latest_sign_first(desk: SupportDesk) -> None:
    beat(desk, "old:1")
    desk.wait(seconds=30)
    lag = timedelta(milliseconds=12.5)
    beat(desk, "new:2", sweep_seconds=0.0031, lag=lag, fired_total=64, failed_total=2)

    shown = engine(desk)

    assert [one.name for one in shown.beats] == ["new:2", "old:1"]
    assert shown.heartbeat_at == desk.now.isoformat()
    first = shown.beats[0]
    assert (first.sweep, first.lag, first.fired, first.failed) == ("3.1 ms", "12.5 ms", 64, 2)
    assert first.started_at == (desk.now - timedelta(hours=1)).isoformat()


def test_an_engine_whose_clock_was_set_says_so_to_whoever_can_confirm_it(
    desk: SupportDesk,
) -> None:
    until = desk.now + timedelta(minutes=1)
    beat(desk, "host:1", held_until=until, jumped_by=timedelta(hours=-1))
    (held,) = engine(desk).beats
    desk.act("admin", engines.confirm_clock, "host:1")
    (confirmed,) = engine(desk).beats
    beat(desk, "host:1", jumped_by=timedelta(hours=-1))
    (over,) = engine(desk).beats

    assert (held.jumped, held.held_until) == ("1 h 0 min back", until.isoformat())
    assert (held.may_confirm, confirmed.may_confirm) == (True, False)
    assert (over.jumped, over.held_until, over.may_confirm) == ("", "", False)


def test_what_waits_what_is_overdue_and_what_fails_is_counted(desk: SupportDesk) -> None:
    desk.open()
    soon = engine(desk)
    desk.clock.advance(timedelta(hours=1))
    late = engine(desk)
    timers: Any = columns(TimerRow)
    with desk.database.writing() as session:
        session.execute(update(timers).values(failures=3, due_at=desk.now))
    taken_now = engine(desk)

    assert (soon.waiting, soon.overdue, soon.failing) == (1, 0, 0)
    assert soon.next_due_at != ""
    assert (late.waiting, late.overdue, late.next_due_at) == (0, 1, "")
    assert (taken_now.overdue, taken_now.failing) == (0, 1)


def test_today_begins_at_midnight_where_the_admin_is(desk: SupportDesk) -> None:
    desk.open()
    desk.wait(hours=13)  # 01:00 of the next day in UTC
    desk.open()

    today = {figure.key: figure.value for figure in engine(desk).today}

    assert today["ticket_opened"] == "1"
    assert engine(desk).today_from == "2026-03-03T00:00:00+00:00"


# The outbox


def test_a_message_says_to_whom_how_and_what_became_of_it(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.send_message, ticket.reference, "We look.")
    add_message(desk, 1, state="dead", attempts=20, note="550 no such mailbox")
    add_message(desk, 2, state="pending", attempts=2, note="timed out", next_attempt_at=desk.now)

    retried, dead, *others = outbox(desk).rows

    assert (dead.state_name, dead.attempts, dead.note) == ("Dead", 20, "550 no such mailbox")
    assert (dead.recipient, dead.channel) == ("L. Moreau <manager@example.org>", "E-mail")
    assert (retried.state, retried.state_at) == ("pending", desk.now.isoformat())
    assert dead.is_wrong
    assert retried.is_wrong
    answered = [row for row in others if row.recipient == "N. Diaz"]
    assert [(row.channel, row.subject, row.url) for row in answered] == [
        ("In the app", "We have answered you", f"/tickets/{ticket.reference}")
    ]


def test_messages_are_chosen_by_state_with_their_counts(desk: SupportDesk) -> None:
    stored = ("pending", "leased", "digest", "sent", "kept", "digested", "suppressed", "dead")
    for number, state in enumerate(stored):
        add_message(desk, number, state=state)

    shown = outbox(desk, "pending")

    assert len(shown.rows) == 3
    assert {row.state_name for row in shown.rows} == {"Pending"}
    assert shown.total == "3"
    assert {one.value: one.hint for one in outbox(desk).states if one.value} == {
        "pending": "3",
        "sent": "1",
        "kept": "1",
        "digested": "1",
        "suppressed": "1",
        "dead": "1",
    }
    assert [len(outbox(desk, state).rows) for state in admin.STATES] == [3, 1, 1, 1, 1, 1]


def test_a_long_outbox_has_pages_and_counts_only_so_far(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "PAGE", 2)
    monkeypatch.setattr(admin, "MOST_COUNTED", 4)
    for number in range(5):
        add_message(desk, number)
    add_message(desk, 9, state="dead")

    first, second, third = (outbox(desk, "sent", number) for number in range(3))
    rare = outbox(desk, "dead", 7)

    assert (first.total, first.has_next) == ("4+", True)
    assert [len(page.rows) for page in (first, second, third)] == [2, 2, 1]
    assert (third.first, third.last, third.has_next) == (5, 5, False)
    assert (rare.total, rare.number, len(rare.rows)) == ("1", 0, 1)


def test_an_admin_reads_nothing_of_what_is_written_on_a_ticket(desk: SupportDesk) -> None:
    ticket = desk.open(f"{MARK} subject")
    desk.act("agent", tickets.take, ticket.reference)
    desk.act("agent", tickets.send_message, ticket.reference, f"{MARK} message")
    desk.act(
        "agent", escalations.escalate, ticket.reference, EscalationKind.FUNCTIONAL, f"{MARK} why"
    )
    desk.act("customer", escalations.request_escalation, ticket.reference, f"{MARK} reason")
    desk.wait(hours=9)

    shown = outbox(desk)

    assert ticket.reference in json.dumps(asdict(shown))
    assert len(shown.rows) > 10
    assert MARK not in json.dumps(asdict(shown))


# The process


def test_staff_read_the_whole_process_with_who_published_it(desk: SupportDesk) -> None:
    shown = document(desk, "agent")

    assert (shown.version, shown.published_by) == (1, "test")
    assert {"tiers", "plans", "notices"} <= {section.key for section in shown.sections}


@pytest.mark.parametrize("who", ["customer", "lead"])
def test_customers_read_their_part_only(desk: SupportDesk, who: str) -> None:
    changed = shipped_document().replace("close_after: 5d", "close_after: 3d")
    with desk.database.writing() as session:
        publish(session, changed, f"{MARK} somebody", desk.now, f"{MARK} note")

    shown = document(desk, who)

    assert (shown.version, shown.published_at) == (2, desk.now.isoformat())
    keys = {section.key for section in shown.sections}
    assert {"plans", "severities", "at-risk", "escalation", "closing"} <= keys
    assert not keys & {"tiers", "notices"}
    assert MARK not in repr(shown)
    assert "after 3 days" in repr(shown)


def test_a_post_is_shown_with_the_name_of_its_channel(desk: SupportDesk) -> None:
    document = shipped_document() + "\nchannels: {ops: {kind: slack, name: Operations room}}\n"
    with desk.database.writing() as session:
        publish(session, document, "test", desk.now)
    add_message(desk, 1, channel="post:ops", person_id=None, state="dead")
    add_message(desk, 2, channel="post:gone", person_id=None, state="dead")

    page = outbox(desk, "dead")

    assert [(row.recipient, row.channel) for row in page.rows] == [
        ("gone", "Post"),
        ("Operations room", "Post"),
    ]
    assert [way.label for way in page.stuck_by] == ["gone", "Operations room"]
