"""The auditor finds what was planted, and nothing else."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from escalation_app.db import Database
from escalation_app.domain.tickets import Status
from escalation_app.engine import auditor
from escalation_app.engine.auditor import Auditor
from escalation_app.engine.timers import sweep
from escalation_app.models import ClockRow, EventRow, OutboxRow, TicketRow, TimerRow
from escalation_app.services import tickets
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk

TIMERS = columns(TimerRow)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def timers(desk: SupportDesk) -> dict[int, Any]:
    return {row.subject_id: row.due_at for row in rows(desk, TimerRow)}


def repaired(desk: SupportDesk) -> list[Any]:
    return [row for row in rows(desk, EventRow) if row.kind == "timer_repaired"]


def change_timer(desk: SupportDesk, ticket_id: int, **values: Any) -> None:
    with desk.database.writing() as session:
        session.execute(update(TIMERS).where(TIMERS.c.subject_id == ticket_id).values(**values))


def test_it_finds_nothing_where_nothing_is_wrong(desk: SupportDesk):
    answered, waiting, solved = (desk.open(f"Down {n}").reference for n in range(3))
    desk.open("Down for long")
    desk.act("agent", tickets.send_message, answered, "We look into it.")
    desk.act("agent", tickets.send_message, waiting, "Which of them?")
    desk.act("agent", tickets.set_status, waiting, Status.WAITING_CUSTOMER)
    desk.act("agent", tickets.resolve, solved, "Done.")
    before, events = timers(desk), len(rows(desk, EventRow))
    audit = Auditor(desk.database)

    for hours in (0, 1, 30):
        desk.clock.advance(timedelta(hours=hours))
        assert audit.look(desk.now) == 0

    assert audit.audited_total == 3 * 4
    assert timers(desk) == before
    assert len(rows(desk, EventRow)) == events


def test_a_missing_timer_and_one_that_is_too_late_are_set_on_record(
    desk: SupportDesk, caplog: pytest.LogCaptureFixture
):
    lost, late, well = desk.open("Lost"), desk.open("Late"), desk.open("Well")
    right = timers(desk)
    change_timer(desk, late.id, due_at=desk.now + timedelta(days=3))
    with desk.database.writing() as session:
        session.execute(delete(TIMERS).where(TIMERS.c.subject_id == lost.id))
    audit = Auditor(desk.database)

    with caplog.at_level(logging.ERROR):
        found = audit.look(desk.now)

    assert (found, audit.repaired_total) == (2, 2)
    assert timers(desk) == right
    was = {row.ticket_id: row.data["was"] for row in repaired(desk)}
    assert was == {lost.id: "", late.id: (desk.now + timedelta(days=3)).isoformat()}
    assert len(caplog.records) == 2
    told = [row for row in rows(desk, OutboxRow) if row.kind == "timer_repaired"]
    admin = desk.people["admin"].person_id
    assert {(row.person_id, row.channel) for row in told} == {(admin, "in_app")}
    assert len(told) == 2
    assert well.id not in was


def test_what_it_finds_overdue_is_fired(desk: SupportDesk):
    lost = desk.open()
    with desk.database.writing() as session:
        session.execute(delete(TIMERS))
    desk.clock.advance(timedelta(minutes=20))
    nothing = sweep(desk.database)

    Auditor(desk.database).look(desk.now)
    (batch,) = sweep(desk.database)

    assert nothing == []
    assert (batch.claimed, batch.changed) == (1, 1)
    assert lost.id in timers(desk)


def test_a_timer_that_failed_is_put_off_on_purpose(desk: SupportDesk):
    ticket = desk.open()
    change_timer(desk, ticket.id, due_at=desk.now + timedelta(days=1), failures=3)

    assert Auditor(desk.database).look(desk.now) == 0


def test_a_ticket_that_cannot_be_decided_about_hides_no_other(desk: SupportDesk):
    bad, lost = desk.open("Bad"), desk.open("Lost")
    clocks = columns(ClockRow)
    with desk.database.writing() as session:
        spoilt = update(clocks).where(clocks.c.subject_id == bad.id)
        session.execute(spoilt.values(calendar="on_the_moon"))
        session.execute(delete(TIMERS))

    assert Auditor(desk.database).look(desk.now) == 1
    assert set(timers(desk)) == {lost.id}


def test_each_look_goes_on_where_the_last_one_stopped_whichever_engine_it_was(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auditor, "SPAN", 2)
    for number in range(5):
        desk.open(f"Down {number}")
    one, other = Auditor(desk.database), Auditor(desk.database)

    looks: list[int] = []
    for audit in (one, other, one, other):
        before = audit.audited_total
        audit.look(desk.now)
        looks.append(audit.audited_total - before)

    assert looks == [2, 2, 1, 2], "the fourth begins anew"


def test_a_closed_ticket_needs_no_timer(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference, "Done.")
    desk.wait(days=60)
    assert rows(desk, TicketRow)[0].status == Status.CLOSED

    audit = Auditor(desk.database)
    audit.look(desk.now)

    assert (audit.audited_total, repaired(desk)) == (0, [])
