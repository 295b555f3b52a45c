"""The sweep on both databases: everything due once, nothing early, nothing in anybody's way."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from escalation_app.db import Database
from escalation_app.domain import lifecycle
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Status
from escalation_app.engine import timers
from escalation_app.engine.timers import (
    Batch,
    batches,
    fire_batch,
    next_due_at,
    next_limit,
    sweep,
)
from escalation_app.models import (
    ClockRow,
    EventRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services import effects, tickets
from escalation_app.services.tables import TICKET, columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def count(desk: SupportDesk, model: Any) -> int:
    with desk.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(columns(model))).scalar_one())


def damage(desk: SupportDesk, ticket_id: int, **values: Any) -> None:
    with desk.database.writing() as session:
        table = columns(TicketRow)
        session.execute(update(table).where(table.c.id == ticket_id).values(**values))


def test_nothing_fires_before_it_is_due(desk: SupportDesk):
    desk.open()
    due_at = rows(desk, TimerRow)[0].due_at
    desk.clock.set_to(due_at - timedelta(microseconds=1))

    assert sweep(desk.database) == []


def test_what_is_due_fires_once_and_its_timer_goes_ahead(desk: SupportDesk):
    desk.open()
    desk.clock.advance(timedelta(minutes=7, seconds=30))

    (batch,) = sweep(desk.database)
    again = sweep(desk.database)

    assert (batch.claimed, batch.changed, batch.failed) == (1, 1, 0)
    assert again == []
    assert rows(desk, TimerRow)[0].due_at > desk.now


def test_the_lag_is_how_late_the_earliest_was_noticed(desk: SupportDesk):
    desk.open()
    desk.clock.advance(timedelta(minutes=8))

    (batch,) = sweep(desk.database)

    assert batch.lag == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("impact", "urgency", "names"),
    [
        (
            "high",
            "high",
            [
                "Tell the owner and the team lead",
                "A senior manager takes the case",
                "Move to the next tier",
                "Bring in an executive",
                "Call in every manager",
            ],
        ),
        (
            "high",
            "medium",
            [
                "Tell the owner and the team lead",
                "A manager takes the case",
                "Move to the next tier",
                "Tell an executive",
            ],
        ),
        (
            "medium",
            "medium",
            [
                "Tell the owner and the team lead",
                "Move to the next tier",
                "A manager takes the case",
                "Tell an executive",
            ],
        ),
        ("low", "low", ["Tell the owner and the team lead", "A manager takes the case"]),
    ],
    ids=["S1", "S2", "S3", "S4"],
)
def test_the_path_of_each_severity_runs_from_timer_to_timer(
    desk: SupportDesk, impact: str, urgency: str, names: list[str]
):
    ref = desk.open(impact=impact, urgency=urgency).reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")

    for _ in range(20):
        with desk.database.reading() as session:
            due_at = next_due_at(session)
        if due_at is None:
            break
        desk.clock.set_to(due_at)
        sweep(desk.database)

    assert [row.text for row in rows(desk, PathStepRow)] == names
    assert count(desk, TimerRow) == 0


def test_a_timer_that_is_stale_does_nothing_but_right_itself(desk: SupportDesk):
    ticket = desk.open()
    right = rows(desk, TimerRow)[0].due_at
    with desk.database.writing() as session:
        session.execute(update(columns(TimerRow)).values(due_at=desk.now - timedelta(hours=1)))
    events = count(desk, EventRow)

    (batch,) = sweep(desk.database)

    assert (batch.claimed, batch.changed) == (1, 0)
    assert rows(desk, TimerRow)[0].due_at == right
    assert count(desk, EventRow) == events
    assert ticket.id == rows(desk, TimerRow)[0].subject_id


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (columns(TicketRow), {"status": "unheard_of"}),
        (columns(ClockRow), {"calendar": "on_the_moon"}),
    ],
    ids=["unreadable", "undecidable"],
)
def test_a_poisoned_ticket_blocks_nobody_and_is_moved_ahead(
    desk: SupportDesk, table: Any, values: dict[str, Any]
):
    opened = [desk.open(f"Down {n}") for n in range(9)]
    bad = opened[4]
    desk.clock.advance(timedelta(days=1))
    with desk.database.writing() as session:
        key = table.c.id if table is columns(TicketRow) else table.c.subject_id
        session.execute(update(table).where(key == bad.id).values(**values))

    batches = sweep(desk.database)

    timer = {row.subject_id: row for row in rows(desk, TimerRow)}
    assert sum(batch.failed for batch in batches) == 1
    assert {row.ticket_id for row in rows(desk, PathRunRow)} == {t.id for t in opened if t != bad}
    assert (timer[bad.id].failures, timer[bad.id].due_at) == (1, desk.now + timers.RETRY_AFTER)


def test_a_ticket_that_keeps_failing_is_tried_less_and_less_often(desk: SupportDesk):
    bad = desk.open()
    desk.clock.advance(timedelta(days=1))
    damage(desk, bad.id, status="unheard_of")

    waits = []
    for _ in range(12):
        sweep(desk.database)
        due_at = rows(desk, TimerRow)[0].due_at
        waits.append((due_at - desk.now).total_seconds())
        desk.clock.set_to(due_at)

    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600]


def test_a_ticket_that_is_mended_goes_on_where_it_stood(desk: SupportDesk):
    bad = desk.open()
    desk.clock.advance(timedelta(days=1))
    damage(desk, bad.id, status="unheard_of")
    sweep(desk.database)
    damage(desk, bad.id, status=Status.NEW.value)
    desk.clock.advance(timers.RETRY_AFTER)

    sweep(desk.database)

    assert rows(desk, TimerRow)[0].failures == 0
    assert count(desk, PathRunRow) > 0


def test_a_row_that_cannot_be_written_costs_only_its_own_ticket(desk: SupportDesk):
    """Another writer has put the breach on record: the batch fails as a whole at first."""
    opened = [desk.open(f"Down {n}") for n in range(5)]
    desk.clock.advance(timedelta(minutes=16))
    blocked = opened[2]
    with desk.database.writing() as session:
        session.execute(
            insert(columns(EventRow)).values(
                ticket_id=blocked.id,
                once=f"breach:{blocked.id}:first_response:1",
                at=desk.now,
                recorded_at=desk.now,
                kind="sla_breached",
                actor_kind="engine",
                actor_name="Somebody",
                data={},
            )
        )

    batches = sweep(desk.database)

    assert sum(batch.failed for batch in batches) == 1
    escalated = {row.ticket_id for row in rows(desk, PathRunRow)}
    assert escalated == {ticket.id for ticket in opened if ticket != blocked}


def test_a_timer_without_a_ticket_is_removed(desk: SupportDesk):
    with desk.database.writing() as session:
        session.execute(
            insert(columns(TimerRow)).values(
                subject_type=TICKET, subject_id=12_345, due_at=desk.now, failures=0
            )
        )

    sweep(desk.database)

    assert count(desk, TimerRow) == 0


def test_after_downtime_each_sweep_takes_one_step_of_each_run(desk: SupportDesk):
    for number in range(4):
        ref = desk.open(f"Down {number}").reference
        desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.clock.advance(timedelta(days=1))

    taken = []
    for _ in range(3):
        sweep(desk.database)
        taken.append(count(desk, PathStepRow))
        desk.clock.advance(timedelta(seconds=60))

    assert taken == [4, 8, 12]


def test_the_batch_size_follows_how_long_the_lock_was_held():
    held = Batch(claimed=400, seconds=0.12)
    quick = Batch(claimed=400, seconds=0.01)
    endless = Batch(claimed=50, seconds=9.0)

    assert next_limit(400, held) == 200
    assert next_limit(400, quick) == 800
    assert next_limit(50, endless) == timers.SMALLEST_BATCH
    assert next_limit(2_000, Batch(2_000, seconds=0.001)) == timers.LARGEST_BATCH


def test_a_batch_takes_no_more_than_it_may(desk: SupportDesk):
    for number in range(5):
        desk.open(f"Down {number}")
    desk.clock.advance(timedelta(days=1))

    batch = fire_batch(desk.database, limit=2)

    assert batch.claimed == 2
    assert len({row.ticket_id for row in rows(desk, PathRunRow)}) == 2


def test_two_engines_at_once_fire_everything_exactly_once(desk: SupportDesk):
    opened = [desk.open(f"Down {n}", by=by) for n in range(40) for by in ("customer", "stranger")]
    desk.clock.advance(timedelta(hours=2))
    other = Database(desk.database.url)
    begin = threading.Barrier(2)

    def engine(database: Database) -> int:
        begin.wait()
        fired = 0
        while batch := fire_batch(database, limit=7).claimed:
            fired += batch
        return fired

    with ThreadPoolExecutor(2) as engines:
        fired = list(engines.map(engine, (desk.database, other)))
    other.dispose()

    assert sum(fired) >= len(opened)
    active = [row.ticket_id for row in rows(desk, PathRunRow) if row.ended_at is None]
    assert sorted(active) == [ticket.id for ticket in opened]
    steps = [(row.run_id, row.step, row.loop) for row in rows(desk, PathStepRow)]
    assert len(steps) == len(set(steps)) == len(opened)
    broken = [row for row in rows(desk, EventRow) if row.kind == "sla_breached"]
    assert len(broken) == len({row.ticket_id for row in broken})
    assert all(row.due_at > desk.now for row in rows(desk, TimerRow))


def test_clicks_and_engine_at_once_lose_nothing(desk: SupportDesk):
    opened = [desk.open(f"Down {n}") for n in range(30)]
    desk.clock.advance(timedelta(minutes=20))

    def clicks() -> None:
        for ticket in opened:
            desk.act("agent", tickets.send_message, ticket.reference, "We look into it.")

    with ThreadPoolExecutor(1) as people:
        clicking = people.submit(clicks)
        for _ in range(30):
            fire_batch(desk.database, limit=3)
        clicking.result()
    sweep(desk.database)

    clocks = rows(desk, ClockRow, columns(ClockRow).c.metric == "first_response")
    assert all(row.breached_at is not None and row.state == "met" for row in clocks)
    broken = [row.ticket_id for row in rows(desk, EventRow) if row.kind == "sla_breached"]
    assert sorted(broken) == [ticket.id for ticket in opened]
    assert len(rows(desk, PathRunRow)) == len(opened)


def open_many(desk: SupportDesk, who: str, count: int) -> list[int]:
    """Critical tickets of somebody's, opened now in one transaction; returns their keys."""
    with unit_of_work(desk.people[who], on=desk.database) as uow:
        organisation_id = uow.actor.organisation_id
        assert organisation_id is not None and uow.actor.person_id is not None
        opened = lifecycle.open_ticket(
            uow.desk,
            process_version=1,
            subject="Down",
            organisation_id=organisation_id,
            requester_id=uow.actor.person_id,
            plan="enterprise",
            impact="high",
            urgency="high",
            first_message=None,
        )
        return [ticket.id for ticket in uow.apply([opened] * count)]


def fired_in_order(desk: SupportDesk) -> list[int]:
    """The tickets in the order in which the engine warned about them."""
    table = columns(EventRow)
    warned = rows(desk, EventRow, table.c.kind == EventKind.SLA_WARNING)
    return [row.ticket_id for row in sorted(warned, key=lambda row: row.id)]


def test_a_flood_of_one_customer_does_not_delay_another(desk: SupportDesk):
    open_many(desk, "customer", 5_000)
    desk.clock.advance(timedelta(seconds=1))
    (other,) = open_many(desk, "stranger", 1)
    desk.clock.advance(timedelta(minutes=8))

    first = next(batches(desk.database))

    assert first.claimed < 1_000
    assert fired_in_order(desk).index(other) < timers.AT_ONCE_ON_POSTGRES * first.claimed


def test_two_engines_serve_customers_in_turn(desk: SupportDesk):
    flood = open_many(desk, "customer", 1_500)
    desk.clock.advance(timedelta(seconds=1))
    others = open_many(desk, "stranger", 20)
    desk.clock.advance(timedelta(minutes=8))
    other = Database(desk.database.url)
    begin = threading.Barrier(2)

    def engine(database: Database) -> int:
        begin.wait()
        return sum(batch.changed for batch in sweep(database))

    with ThreadPoolExecutor(2) as engines:
        changed = sum(engines.map(engine, (desk.database, other)))
    other.dispose()

    order = fired_in_order(desk)
    assert sorted(order) == sorted(flood + others)
    assert changed == len(order)
    assert max(map(order.index, others)) < 2 * timers.AT_ONCE_ON_POSTGRES * timers.BATCH


def test_what_is_changed_while_it_is_decided_about_is_decided_anew(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    with support_desk(Database(sqlite_url)) as desk:
        calm, solved = desk.open("Calm"), desk.open("Solved")
        desk.clock.advance(timedelta(minutes=8))
        prepare = effects.prepare

        def prepare_while_somebody_clicks(*args: Any, **kwargs: Any) -> effects.Prepared:
            prepared = prepare(*args, **kwargs)
            monkeypatch.undo()
            desk.act("agent", tickets.resolve, solved.reference, "Done.")
            return prepared

        monkeypatch.setattr(effects, "prepare", prepare_while_somebody_clicks)
        (batch,) = sweep(desk.database)
        warned = fired_in_order(desk)
        stored = {row.id: row.status for row in rows(desk, TicketRow)}
        timer = {row.subject_id: row.due_at for row in rows(desk, TimerRow)}
        desk.database.dispose()

    assert (batch.claimed, batch.changed, batch.failed) == (1, 1, 0)
    assert sorted(warned) == [calm.id, solved.id], "each once: by the engine and by the click"
    assert stored == {calm.id: "new", solved.id: "resolved"}
    assert timer[solved.id] > timer[calm.id]


def test_a_ticket_that_somebody_else_holds_is_passed_over_for_a_moment(postgres_url: str):
    with support_desk(Database(postgres_url)) as desk:
        held, free = desk.open(), desk.open()
        desk.clock.advance(timedelta(hours=1))
        with desk.database.writing() as session:
            session.execute(text(f"SELECT 1 FROM ticket WHERE id = {held.id} FOR UPDATE"))
            (batch,) = sweep(desk.database)
        meanwhile = {row.ticket_id for row in rows(desk, PathRunRow)}
        desk.clock.advance(timers.LOCKED_FOR)
        sweep(desk.database)
        afterwards = {row.ticket_id for row in rows(desk, PathRunRow)}
        desk.database.dispose()

    assert (batch.claimed, batch.failed) == (2, 0)
    assert (meanwhile, afterwards) == ({free.id}, {held.id, free.id})


def test_an_idle_sweep_takes_no_write_lock(desk: SupportDesk):
    desk.open()

    with desk.database.writing(), ThreadPoolExecutor(1) as engines:
        done = engines.submit(sweep, desk.database).result(timeout=5)

    assert done == []
