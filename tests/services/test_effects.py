"""What is written for a decision is what was decided, once, on both databases."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain import firing
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services import effects, escalations, tickets
from escalation_app.services.bulk import changing, insert_rows, is_sqlite, run
from escalation_app.services.row_values import new_ticket_values
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def stored(desk: SupportDesk, ticket: Ticket) -> Ticket:
    with desk.database.reading() as session:
        return load_tickets(session, [ticket.id], to_change=False)[ticket.id]


def without_keys(ticket: Ticket) -> Ticket:
    """The ticket as it would be without the keys that rows have."""
    run, case = ticket.run, ticket.escalation
    return replace(
        ticket,
        clocks=tuple(replace(clock, id=None) for clock in ticket.clocks),
        run=None if run is None else replace(run, id=None, taken=()),
        escalation=None if case is None else replace(case, id=None),
    )


def test_a_ticket_reads_back_as_it_was_decided_through_its_whole_life(desk: SupportDesk):
    ticket = desk.open()
    ref = ticket.reference
    seen = [(without_keys(ticket), without_keys(stored(desk, ticket)))]

    def does(who: str, service: Any, *args: Any) -> None:
        after = desk.act(who, service, ref, *args)
        seen.append((without_keys(after), without_keys(stored(desk, ticket))))

    does("agent", tickets.take)
    does("agent", tickets.send_message, "We look into it.")
    desk.wait(hours=4)
    does("agent", tickets.set_status, Status.WAITING_CUSTOMER)
    desk.wait(hours=1)
    does("customer", tickets.send_message, "It is still down.")
    does("agent", escalations.escalate, EscalationKind.FUNCTIONAL, "It is the database")
    desk.wait(hours=5)
    does("manager", escalations.acknowledge)
    does("manager", escalations.deescalate, "They are calm")
    does("manager", tickets.resolve, "It runs again")
    desk.wait(hours=1)
    does("customer", tickets.send_message, "It is down again.")

    for decided, read in seen:
        assert read == decided


def test_the_columns_of_the_boards_repeat_the_ticket_after_every_change(desk: SupportDesk):
    """A change writes only columns that differ; this holds them against all of them."""
    ticket = desk.open()
    steps: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("agent", tickets.take, ()),
        ("agent", tickets.send_message, ("We look into it.",)),
        ("agent", tickets.set_status, (Status.WAITING_CUSTOMER,)),
        ("manager", tickets.set_status, (Status.OPEN,)),
        ("manager", escalations.escalate, (EscalationKind.HIERARCHICAL, "They are angry")),
        ("manager", tickets.resolve, ()),
    ]

    for who, service, arguments in steps:
        desk.wait(hours=2)
        desk.act(who, service, ticket.reference, *arguments)
        wanted = new_ticket_values(stored(desk, ticket))
        (row,) = rows(desk, TicketRow)
        assert {name: row._mapping[name] for name in wanted} == wanted


def test_a_decision_that_changes_nothing_writes_nothing(desk: SupportDesk):
    ticket = desk.open()
    before = [len(rows(desk, model)) for model in (EventRow, OutboxRow, ClockRow)]

    desk.act("agent", tickets.take, ticket.reference)
    once = [len(rows(desk, model)) for model in (EventRow, OutboxRow, ClockRow)]
    desk.act("agent", tickets.take, ticket.reference)

    assert before != once
    assert once == [len(rows(desk, model)) for model in (EventRow, OutboxRow, ClockRow)]


def test_each_change_sets_the_timer_to_what_is_next(desk: SupportDesk):
    ticket = desk.open()
    seen = [row.due_at - desk.now for row in rows(desk, TimerRow)]
    desk.act("agent", tickets.send_message, ticket.reference, "We look into it.")
    seen += [row.due_at - desk.now for row in rows(desk, TimerRow)]
    desk.act("agent", tickets.set_status, ticket.reference, Status.WAITING_CUSTOMER)
    paused = rows(desk, TimerRow)

    assert seen == [timedelta(minutes=7, seconds=30), timedelta(hours=3, minutes=30)]
    assert paused == []


def test_the_same_decision_cannot_be_written_twice(desk: SupportDesk):
    ticket = desk.open()
    desk.clock.advance(timedelta(hours=1))
    with unit_of_work(ENGINE, on=desk.database) as uow:
        decision = firing.fire(stored(desk, ticket), uow.desk)
        uow.apply_one(decision)

    with pytest.raises(IntegrityError), unit_of_work(ENGINE, on=desk.database) as uow:
        uow.apply_one(decision)

    assert len(rows(desk, PathRunRow)) == 1


def test_a_second_active_run_a_second_case_and_a_second_step_are_impossible(desk: SupportDesk):
    ticket = desk.open()
    desk.wait(minutes=12)
    (run,), (case,), (step,) = (
        rows(desk, model) for model in (PathRunRow, EscalationRow, PathStepRow)
    )

    for model, row in ((PathRunRow, run), (EscalationRow, case)):
        values = {**row._mapping}
        del values["id"]
        with pytest.raises(IntegrityError), desk.database.writing() as session:
            session.execute(insert(columns(model)), [values])
    with pytest.raises(IntegrityError), desk.database.writing() as session:
        session.execute(insert(columns(PathStepRow)), [{**step._mapping}])
    assert ticket.id == run.ticket_id == case.ticket_id


def test_two_notes_in_a_row_are_told_apart(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("agent", tickets.write_note, ref, "First")
    desk.act("agent", tickets.write_note, ref, "Second")

    assert [row.kind for row in rows(desk, EventRow)][-2:] == ["note_written", "note_written"]


def test_a_whole_batch_is_written_with_one_apply(desk: SupportDesk):
    opened = [desk.open(f"Down {n}", by=by) for n in range(5) for by in ("customer", "stranger")]
    desk.clock.advance(timedelta(hours=1))

    with unit_of_work(ENGINE, on=desk.database) as uow:
        loaded = load_tickets(uow.session, [ticket.id for ticket in opened])
        effects.apply(
            uow.session, uow.desk, ENGINE, [firing.fire(t, uow.desk) for t in loaded.values()]
        )

    runs = {row.ticket_id: row.id for row in rows(desk, PathRunRow)}
    assert set(runs) == {ticket.id for ticket in opened}
    steps = [row.run_id for row in rows(desk, PathStepRow)]
    assert sorted(steps) == sorted(runs.values())


def test_nobody_is_told_what_they_did_themselves(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    told = rows(desk, OutboxRow, columns(OutboxRow).c.kind == "ticket_assigned")

    assert told == []


def test_the_requester_gets_no_internal_data_and_no_digest(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    customer = desk.people["customer"].person_id
    desk.clock.advance(timedelta(days=1))
    for _ in range(5):
        desk.wait(minutes=2)

    told = rows(desk, OutboxRow, columns(OutboxRow).c.person_id == customer)

    assert {row.kind for row in told} >= {"message_sent", "escalation_assigned"}
    assert {row.state for row in told} <= {"sent", "pending"}
    assert all(set(row.data) <= {"at", "status"} for row in told)


def test_late_events_wait_for_a_digest_from_when_they_fell_due(desk: SupportDesk):
    desk.open()
    desk.wait(hours=1)

    late = rows(desk, OutboxRow, columns(OutboxRow).c.state == "digest")

    assert late != []
    assert all(row.next_attempt_at < row.created_at - timedelta(minutes=1) for row in late)


def test_rows_with_different_keys_are_refused(sqlite_url: str):
    wrong = [{"name": "a", "value": 1}, {"name": "b"}]
    database = Database(sqlite_url)

    with pytest.raises(ValueError, match="different keys"), database.writing() as session:
        insert_rows(session, columns(TimerRow), wrong)

    database.dispose()


def test_a_naive_instant_is_refused(desk: SupportDesk):
    ticket = desk.open()
    naive = utc_now().replace(tzinfo=None)
    change = [{"row_id": ticket.id, "updated_at": naive}]

    with pytest.raises(Exception, match="naive"), desk.database.writing() as session:
        run(session, changing(columns(TicketRow), change, is_sqlite=is_sqlite(session)))


def test_what_is_loaded_has_all_its_parts_and_no_others(desk: SupportDesk):
    ticket = desk.open()
    desk.wait(minutes=12)

    loaded = stored(desk, ticket)

    for value in (loaded, *loaded.clocks, loaded.run, loaded.escalation):
        assert value is not None
        assert set(vars(value)) == {field.name for field in fields(value)}
        assert value == type(value)(**vars(value))
