"""Clocks follow the days of their calendar: all of them, once, on record, and never early."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select, text, update

from escalation_app.db import Database
from escalation_app.domain.calendar_days import AddedDay, DayKind
from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Decision, Status, Ticket
from escalation_app.engine import recounts as module
from escalation_app.engine.recounts import recounts
from escalation_app.engine.scheduler import Engine
from escalation_app.engine.timers import sweep
from escalation_app.models import CalendarDayRow, ClockRow, EventRow, OrganisationRow, TimerRow
from escalation_app.services import tickets
from escalation_app.services.calendar_days import RETRY_IN, add_day, remove_day
from escalation_app.services.process_versions import publish
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, support_desk
from tests.support.hours import office_document

OFFICE = "london_office"
TUESDAY = date(2026, 3, 3)
HOUR = timedelta(hours=1)
DUE_AT = datetime(2026, 3, 2, 16, 45, tzinfo=UTC)
"""Four open hours from Monday 12:00: half an hour before lunch, the rest after it."""
ON_TUESDAY = datetime(2026, 3, 3, 13, 45, tzinfo=UTC)
"""The same from Tuesday 09:00, when Monday is closed."""
_CLOCKS: Any = columns(ClockRow)
_EVENTS: Any = columns(EventRow)
_DAYS: Any = columns(CalendarDayRow)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """Monday noon, 2 March 2026; Tessel Payments has the basic plan, which counts in office hours.
    Its first answer to an S1 is due four open hours later."""
    with support_desk(database) as opened:
        organisations: Any = columns(OrganisationRow)
        with database.writing() as session:
            publish(session, office_document(), "test", opened.now)
            session.execute(
                update(organisations).where(organisations.c.key == "tessel").values(plan="basic")
            )
        yield opened


def closed(on: date = TUESDAY) -> AddedDay:
    return AddedDay(OFFICE, on, DayKind.CLOSED, "Burst pipe")


def close_today(desk: SupportDesk) -> None:
    desk.act("admin", add_day, closed(desk.now.date()))


def due(desk: SupportDesk, metric: str = "first_response") -> list[datetime | None]:
    """The due times of all tickets, in their order."""
    statement = (
        select(_CLOCKS.c.due_at).where(_CLOCKS.c.metric == metric).order_by(_CLOCKS.c.subject_id)
    )
    with desk.database.reading() as session:
        return list(session.execute(statement).scalars())


def broken(desk: SupportDesk) -> list[str]:
    """The metrics of all clocks that are breached."""
    statement = select(_CLOCKS.c.metric).where(_CLOCKS.c.breached_at.is_not(None))
    with desk.database.reading() as session:
        return list(session.execute(statement).scalars())


def events(desk: SupportDesk, kind: EventKind) -> list[Any]:
    statement = select(_EVENTS).where(_EVENTS.c.kind == kind).order_by(_EVENTS.c.id)
    with desk.database.reading() as session:
        return list(session.execute(statement).all())


def moves(desk: SupportDesk) -> list[tuple[int, str]]:
    return [(event.ticket_id, event.data["metric"]) for event in events(desk, EventKind.DUE_MOVED)]


def day_row(desk: SupportDesk) -> Any:
    with desk.database.reading() as session:
        return session.execute(select(_DAYS)).one()


def test_clocks_follow_a_day_that_closes_and_it_is_on_record(desk: SupportDesk):
    ticket = desk.open(by="stranger")
    assert due(desk) == [DUE_AT]

    close_today(desk)
    done = list(recounts(desk.database))

    assert done == [1]
    assert due(desk) == [ON_TUESDAY]
    first, second = events(desk, EventKind.DUE_MOVED)
    assert {first.data["metric"], second.data["metric"]} == {"first_response", "resolution"}
    assert first.data["was_due_at"] == DUE_AT.isoformat()
    assert first.data["why"] == "2 March 2026, Burst pipe, was added to the calendar"
    assert (first.ticket_id, first.actor_kind) == (ticket.id, "engine")
    assert day_row(desk).applied_at == desk.now


def test_the_timer_of_the_ticket_follows(desk: SupportDesk):
    desk.open(by="stranger")
    timers: Any = columns(TimerRow)

    close_today(desk)
    list(recounts(desk.database))

    with desk.database.reading() as session:
        (wakes_at,) = session.execute(select(timers.c.due_at)).scalars()
    assert wakes_at.date() == TUESDAY


def test_clocks_follow_a_day_that_is_taken_away_again(desk: SupportDesk):
    desk.open(by="stranger")
    close_today(desk)
    list(recounts(desk.database))

    desk.act("admin", remove_day, OFFICE, desk.now.date())
    list(recounts(desk.database))

    assert due(desk) == [DUE_AT]
    assert len(moves(desk)) == 4


def test_tickets_whose_due_times_stay_are_left_alone(desk: SupportDesk):
    desk.open(by="stranger")
    desk.open(by="customer")  # around the clock

    desk.act("admin", add_day, closed(date(2027, 3, 2)))
    done = list(recounts(desk.database))

    assert done == [1]
    assert moves(desk) == []


def test_a_paused_clock_follows_and_is_due_later_when_it_goes_on(desk: SupportDesk):
    ref = desk.open(by="stranger").reference
    desk.act("agent", tickets.send_message, ref, "Which ports?")
    desk.wait(hours=3)
    desk.act("agent", tickets.set_status, ref, Status.WAITING_CUSTOMER)

    close_today(desk)
    list(recounts(desk.database))

    with desk.database.reading() as session:
        used = session.execute(
            select(_CLOCKS.c.consumed_us).where(_CLOCKS.c.metric == "resolution")
        ).scalar_one()
    assert used == 0
    assert [metric for _, metric in moves(desk)] == ["resolution"]


def test_a_due_time_that_a_change_withdrew_is_no_breach_although_it_passes_first(
    desk: SupportDesk,
):
    desk.open(by="stranger")
    desk.clock.set_to(DUE_AT - timedelta(seconds=1))
    close_today(desk)

    desk.clock.set_to(DUE_AT + HOUR)
    sweep(desk.database)

    assert events(desk, EventKind.SLA_BREACHED) == []
    assert broken(desk) == []
    assert due(desk) == [ON_TUESDAY]
    list(recounts(desk.database))
    assert len(moves(desk)) == 2


def test_a_due_time_that_had_passed_before_the_change_stays_broken(desk: SupportDesk):
    desk.open(by="stranger")
    desk.clock.set_to(DUE_AT + timedelta(seconds=1))
    close_today(desk)

    list(recounts(desk.database))

    (breach,) = events(desk, EventKind.SLA_BREACHED)
    assert breach.at == DUE_AT


def test_whoever_touches_a_ticket_first_lets_its_clocks_follow(desk: SupportDesk):
    ref = desk.open(by="stranger").reference
    close_today(desk)

    desk.clock.set_to(DUE_AT + HOUR)
    desk.act("agent", tickets.take, ref)

    assert events(desk, EventKind.SLA_BREACHED) == []
    assert broken(desk) == []
    assert due(desk) == [ON_TUESDAY]
    assert {event.actor_name for event in events(desk, EventKind.DUE_MOVED)} == {"A. Farouk"}


def test_a_ticket_opened_after_the_change_has_nothing_to_follow(desk: SupportDesk):
    close_today(desk)

    desk.open(by="stranger")
    list(recounts(desk.database))

    assert due(desk) == [ON_TUESDAY]
    assert moves(desk) == []


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "LARGEST_BATCH", 2)


@pytest.mark.usefixtures("small_batches")
def test_what_is_cut_short_goes_on_where_it_ended(desk: SupportDesk):
    for _ in range(5):
        desk.open(by="stranger")
    close_today(desk)

    cut_short = recounts(desk.database)
    first = next(cut_short)
    cut_short.close()
    half_way = (day_row(desk).applied_at, len(moves(desk)))
    rest = list(recounts(desk.database))
    again = list(recounts(desk.database))

    assert (first, half_way) == (2, (None, 4))
    assert (rest, again) == ([2, 1], [])
    assert sorted(moves(desk)) == sorted(set(moves(desk)))
    assert len(moves(desk)) == 10


@pytest.mark.usefixtures("small_batches")
def test_a_batch_that_dies_before_its_commit_changes_nothing(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(3):
        desk.open(by="stranger")
    close_today(desk)
    with monkeypatch.context() as dying:
        dying.setattr(module, "put_reached", _die)
        with pytest.raises(RuntimeError):
            list(recounts(desk.database))
    assert (moves(desk), day_row(desk).reached_id) == ([], 0)

    list(recounts(desk.database))

    assert len(moves(desk)) == 6


def _die(*_: object) -> Any:
    raise RuntimeError("killed")


@pytest.mark.usefixtures("small_batches")
def test_two_engines_share_a_change_and_do_nothing_twice(desk: SupportDesk):
    for _ in range(9):
        desk.open(by="stranger")
    close_today(desk)
    elsewhere = Database(desk.database.url)

    turns, done = [recounts(desk.database), recounts(elsewhere)], list[int]()
    while turns:
        one = turns.pop(0)
        for count in islice(one, 1):
            done.append(count)
            turns.append(one)
    elsewhere.dispose()

    assert sum(done) == 9
    assert len(moves(desk)) == 18
    assert sorted(moves(desk)) == sorted(set(moves(desk)))
    assert day_row(desk).applied_at is not None


@pytest.mark.parametrize(
    ("limit", "seconds", "following"), [(25, 0.03, 50), (25, 0.24, 6), (1, 9.0, 1), (400, 0.0, 400)]
)
def test_the_size_of_a_batch_follows_how_long_the_last_one_took(
    limit: int, seconds: float, following: int
):
    assert module._next_limit(limit, seconds) == following


def test_a_ticket_that_fails_holds_up_no_other(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    bad = desk.open(by="stranger")
    desk.open(by="stranger")
    close_today(desk)
    fire = module.fire
    monkeypatch.setattr(
        module, "fire", lambda ticket, on: _die() if ticket.id == bad.id else fire(ticket, on)
    )

    list(recounts(desk.database))

    assert due(desk)[0] == DUE_AT
    assert due(desk)[1] != DUE_AT
    assert f"ticket {bad.id} do not follow" in caplog.text


def test_a_ticket_that_failed_is_tried_again_until_its_clocks_follow(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    bad, fine = desk.open(by="stranger"), desk.open(by="stranger")
    close_today(desk)
    tried: list[int] = []
    fire = module.fire

    def fails(ticket: Ticket, on: Desk) -> Decision:
        tried.append(ticket.id)
        return _die() if ticket.id == bad.id else fire(ticket, on)

    with monkeypatch.context() as broken_engine:
        broken_engine.setattr(module, "fire", fails)
        list(recounts(desk.database))
        list(recounts(desk.database))
        desk.clock.advance(RETRY_IN)
        list(recounts(desk.database))
    still = (day_row(desk).left_out, day_row(desk).applied_at)
    desk.clock.advance(RETRY_IN)
    done = list(recounts(desk.database))

    assert tried == [bad.id, fine.id, bad.id], "once each, and the one alone when it had rested"
    assert still == ([bad.id], None)
    assert done == [1]
    assert due(desk) == [ON_TUESDAY, ON_TUESDAY]
    assert (day_row(desk).left_out, day_row(desk).applied_at) == ([], desk.now)


def test_whoever_touches_a_ticket_that_failed_lets_it_follow(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    bad = desk.open(by="stranger")
    close_today(desk)
    with monkeypatch.context() as broken_engine:
        broken_engine.setattr(module, "fire", _die)
        list(recounts(desk.database))

    desk.act("agent", tickets.take, bad.reference)

    assert due(desk) == [ON_TUESDAY]


def test_a_ticket_that_failed_and_closed_meanwhile_ends_the_change(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    bad = desk.open(by="stranger")
    close_today(desk)
    with monkeypatch.context() as broken_engine:
        broken_engine.setattr(module, "fire", _die)
        list(recounts(desk.database))
    desk.act("agent", tickets.resolve, bad.reference)
    desk.clock.advance(RETRY_IN)

    list(recounts(desk.database))

    assert (day_row(desk).left_out, day_row(desk).applied_at) == ([], desk.now)


def test_a_change_of_the_change_begins_anew(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch):
    desk.open(by="stranger")
    close_today(desk)
    with monkeypatch.context() as broken_engine:
        broken_engine.setattr(module, "fire", _die)
        list(recounts(desk.database))

    desk.act("admin", remove_day, OFFICE, desk.now.date())
    list(recounts(desk.database))

    assert due(desk) == [DUE_AT]
    assert day_row(desk).applied_at == desk.now


def test_the_engine_lets_clocks_follow_by_itself(desk: SupportDesk):
    desk.open(by="stranger")
    close_today(desk)

    Engine(desk.database)._sweep()

    assert due(desk) == [ON_TUESDAY]
    assert day_row(desk).applied_at is not None


def test_a_change_waits_for_whoever_counts_with_the_days_as_they_were(
    postgres_url: str,
):
    """On PostgreSQL writers do not wait for each other: one that had read the days could commit a
    due time which nobody counts again."""
    database = Database(postgres_url)
    with support_desk(database) as desk:
        organisations: Any = columns(OrganisationRow)
        with database.writing() as session:
            publish(session, office_document(), "test", desk.now)
            session.execute(update(organisations).values(plan="basic"))
        adding = threading.Thread(target=lambda: (close_today(desk), list(recounts(database))))

        def open_slowly(uow: Any) -> None:
            new = tickets.NewTicket("Down", "Help", "high", "high")
            tickets.open_ticket(uow, new)
            adding.start()
            while adding.is_alive() and not _somebody_waits(database):
                pass

        desk.act("stranger", open_slowly)
        adding.join()

        assert due(desk) == [ON_TUESDAY]
    database.dispose()


def _somebody_waits(database: Database) -> bool:
    with database.reading() as session:
        waiting = session.execute(
            text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        ).scalar_one()
    return bool(waiting)
