"""Clocks are set forward and back: the engine holds its fire, says so, and goes on when the new
time has settled or was confirmed; and nothing is early, nothing twice, nothing lost."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation_app.clock import FakeClock, using, utc_now
from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.permissions import ActorKind
from escalation_app.engine.outbox import Dispatcher
from escalation_app.engine.scheduler import Engine
from escalation_app.engine.steady import SteadyClock
from escalation_app.models import EventRow, HeartbeatRow, OutboxRow, PathStepRow, TicketRow
from escalation_app.notifications import channels, posts
from escalation_app.services import engines
from escalation_app.services.process_versions import publish
from escalation_app.services.queries.audit import audit
from escalation_app.services.tables import columns
from escalation_app.settings import read_settings
from tests.support.crash.desk import GRADES, document
from tests.support.desk import SupportDesk, support_desk

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
GRACE = timedelta(seconds=5)

_EVENTS = columns(EventRow)
_BEATS = columns(HeartbeatRow)
_STEPS = columns(PathStepRow)
_OUTBOX = columns(OutboxRow)
_TICKETS = columns(TicketRow)

LARGE = [
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(days=400),
    timedelta(days=-400),
    timedelta(seconds=61),
    timedelta(seconds=-61),
]
SMALL = [timedelta(seconds=by) for by in (1, -1, 30, -30, 59, -59)]


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    """A desk whose promises are seconds long (tests.support.crash.desk)."""
    with support_desk(database, NOON) as opened:
        with database.writing() as session:
            publish(session, document(), "test", NOON)
        yield opened


def rows(desk: SupportDesk, table: Any, *where: Any) -> list[Any]:
    with desk.reading() as session:
        return list(session.execute(select(table).where(*where)).all())


@dataclass
class Shift:
    """An engine at a desk, tick after tick. `fired` has what it put on record at each tick."""

    desk: SupportDesk
    engine: Engine
    fired: list[int] = field(default_factory=list[int])
    _seen: int = 0

    def open(self, count: int = 1) -> None:
        """Tickets of every severity."""
        for number in range(count):
            impact, urgency = list(GRADES.values())[number % len(GRADES)]
            self.desk.open("Down", impact=impact, urgency=urgency)

    def tick(self, seconds: int = 1) -> None:
        """Seconds pass, and after each the engine looks once."""
        for _ in range(seconds):
            self.desk.clock.advance(A_SECOND)
            self.engine._sweep()
            self.engine._send()
            self.fired.append(self._new())

    def jump(self, by: timedelta) -> None:
        self.desk.clock.set_to(self.desk.now + by)

    def _new(self) -> int:
        with self.desk.reading() as session:
            of_ours = select(func.count()).where(_EVENTS.c.actor_kind == ActorKind.ENGINE.value)
            count = session.execute(of_ours).scalar_one()
        self._seen, new = count, count - self._seen
        return new

    @property
    def beat(self) -> Any:
        (found,) = rows(self.desk, _BEATS)
        return found


@pytest.fixture
def shift(desk: SupportDesk) -> Iterator[Shift]:
    unset = read_settings({})
    dispatcher = Dispatcher(desk.database, channels(unset), posts(unset), unset.public_url)
    yield Shift(desk, Engine(desk.database, dispatcher))
    dispatcher.close()


def broken_rules(desk: SupportDesk) -> list[str]:
    with desk.reading() as session:
        findings = audit(session, desk.now, GRACE)
    return [finding.rule.key for finding in findings if finding.count]


# Held ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", LARGE, ids=str)
def test_after_a_jump_nothing_fires_until_it_has_settled_and_then_all_does(
    shift: Shift, by: timedelta
):
    shift.tick()
    shift.open(8)
    shift.jump(by)

    shift.tick(60)
    held = shift.fired[1:]
    shift.tick(5)
    back = max(-by, timedelta(0))
    shift.desk.clock.advance(back)
    shift.tick(90)

    assert held == [0] * 60
    assert sum(shift.fired) > 0
    assert broken_rules(shift.desk) == []
    assert len(rows(shift.desk, _STEPS)) > 8


@pytest.mark.parametrize("by", SMALL, ids=str)
def test_after_a_small_correction_it_goes_on_by_the_corrected_clock(shift: Shift, by: timedelta):
    shift.tick()
    shift.open(8)
    shift.tick(2)

    shift.jump(by)
    shift.tick(90)

    assert shift.beat.held_until is None
    assert broken_rules(shift.desk) == []
    assert len(rows(shift.desk, _STEPS)) > 8


def test_back_and_forth_again_and_again_nothing_is_early_twice_or_lost(shift: Shift):
    shift.tick()
    for by in (3_600, -3_600, 45, -7_200, 7_200, -45, 90, -90):
        shift.open(4)
        shift.tick(3)
        shift.jump(timedelta(seconds=by))
        shift.tick(64)

    shift.tick(120)

    # What was recorded before the clock was set back does lie in the future of some of it.
    assert set(broken_rules(shift.desk)) <= {"from_the_future"}
    with shift.desk.reading() as session:
        assert session.execute(select(func.count()).select_from(_TICKETS)).scalar_one() == 32


def test_a_jump_in_the_middle_of_a_sweep_ends_it(shift: Shift, monkeypatch: pytest.MonkeyPatch):
    """What is due only by the new time is not fired by the batches that were still to come."""
    shift.tick()
    shift.open(4)
    shift.desk.clock.advance(timedelta(milliseconds=900))
    count = shift.engine._count

    def jump_after_a_batch(batch: Any) -> None:
        count(batch)
        shift.jump(timedelta(hours=1))

    monkeypatch.setattr(shift.engine, "_count", jump_after_a_batch)
    shift.tick(30)

    assert sum(shift.fired) <= shift.fired[1]
    assert all(row.recorded_at < NOON + timedelta(minutes=1) for row in rows(shift.desk, _EVENTS))


def test_a_jump_that_makes_leases_look_run_out_sends_nothing_twice(shift: Shift):
    shift.tick()
    with shift.desk.database.writing() as session:
        agent = shift.desk.people["agent"].person_id
        row = {
            "dedupe_key": "one",
            "channel": "email",
            "person_id": agent,
            "kind": "sla_breached",
            "data": {},
            "state": "leased",
            "created_at": shift.desk.now,
            "attempts": 1,
            "lease_owner": "another",
            "lease_until": shift.desk.now + timedelta(minutes=5),
            "note": "",
        }
        session.execute(_OUTBOX.insert().values(row))

    shift.jump(timedelta(hours=1))
    shift.tick(30)

    (message,) = rows(shift.desk, _OUTBOX)
    assert (message.state, message.lease_owner) == ("leased", "another")


# The alarm ---------------------------------------------------------------------------------------


def test_the_sign_of_life_says_within_a_tick_that_it_holds_and_no_longer_than_it_does(shift: Shift):
    shift.tick()
    shift.jump(timedelta(hours=-1))

    shift.tick()
    held = shift.beat
    shift.tick(60)

    assert (held.at, held.jumped_us) == (NOON - timedelta(hours=1) + 2 * A_SECOND, -3_600_000_000)
    assert held.held_until == held.at + timedelta(seconds=60)
    assert shift.beat.held_until is None


def test_an_admin_who_confirms_the_new_time_lets_it_go_on_at_once(shift: Shift):
    shift.tick()
    shift.open(4)
    shift.jump(timedelta(hours=1))
    shift.tick(3)
    held = list(shift.fired)

    shift.desk.act("admin", engines.confirm_clock, shift.beat.engine)
    shift.tick()

    assert sum(held) == 0
    assert shift.fired[-1] > 0
    assert shift.beat.held_until is None
    (event,) = rows(shift.desk, _EVENTS, _EVENTS.c.kind == "clock_confirmed")
    assert event.data == {"engine": shift.beat.engine, "jumped_s": 3600}
    assert event.actor_name == "M. Weiss"


def test_a_confirmation_counts_for_one_jump(shift: Shift):
    shift.tick()
    shift.jump(timedelta(hours=1))
    shift.tick()
    shift.desk.act("admin", engines.confirm_clock, shift.beat.engine)
    shift.tick()

    shift.jump(timedelta(hours=-1))
    shift.tick(2)

    assert shift.beat.held_until is not None


def test_only_an_admin_confirms(shift: Shift):
    shift.tick()
    shift.jump(timedelta(hours=1))
    shift.tick()

    for who in ("customer", "agent", "manager", "executive"):
        with pytest.raises(NotAllowed):
            shift.desk.act(who, engines.confirm_clock, shift.beat.engine)


def test_what_is_not_held_cannot_be_confirmed(shift: Shift):
    shift.tick()

    for engine in (shift.beat.engine, "nobody:1"):
        with pytest.raises(Invalid):
            shift.desk.act("admin", engines.confirm_clock, engine)


# The clock alone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", LARGE, ids=str)
def test_after_a_jump_a_clock_is_trusted_when_it_has_kept_step_for_a_minute(
    by: timedelta, caplog: pytest.LogCaptureFixture
):
    clock = FakeClock(NOON + timedelta(days=500))
    with using(clock):
        steady = SteadyClock()
        before = steady.is_steady()
        clock.set_to(utc_now() + by)
        at_once = steady.is_steady()
        clock.advance(timedelta(seconds=59))
        soon = steady.is_steady()
        clock.advance(timedelta(seconds=2))

        assert (before, at_once, soon, steady.is_steady()) == (True, False, False, True)

    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


@pytest.mark.parametrize("by", SMALL, ids=str)
def test_a_small_correction_of_the_clock_changes_nothing(by: timedelta):
    clock = FakeClock(NOON)
    with using(clock):
        steady = SteadyClock()
        steady.is_steady()
        clock.set_to(utc_now() + by)

        assert steady.is_steady()


def test_a_second_jump_begins_the_minute_anew():
    clock = FakeClock(NOON)
    with using(clock):
        steady = SteadyClock()
        steady.is_steady()
        clock.set_to(utc_now() + timedelta(hours=1))
        steady.is_steady()
        clock.advance(timedelta(seconds=50))
        clock.set_to(utc_now() - timedelta(hours=1))
        steady.is_steady()
        clock.advance(timedelta(seconds=50))
        soon = steady.is_steady()
        clock.advance(timedelta(seconds=11))

        assert (soon, steady.is_steady()) == (False, True)
