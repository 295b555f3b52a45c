from datetime import UTC, datetime, timedelta, timezone

import pytest

from escalation_app import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc():
    assert clock.utc_now().utcoffset() == timedelta(0)


def test_a_fake_clock_moves_when_it_is_told_to():
    with clock.using(fake := clock.FakeClock(NOON)):
        fake.advance(timedelta(hours=2))

        assert clock.utc_now() == NOON + timedelta(hours=2)
        assert clock.monotonic() == timedelta(hours=2).total_seconds()


def test_setting_the_wall_clock_back_leaves_the_monotonic_one_alone():
    with clock.using(fake := clock.FakeClock(NOON)):
        fake.advance(timedelta(minutes=1))
        fake.set_to(NOON - timedelta(days=1))

        assert clock.utc_now() == NOON - timedelta(days=1)
        assert clock.monotonic() == 60


def test_the_system_clock_is_back_after_the_block():
    with clock.using(clock.FakeClock(NOON)):
        pass

    assert clock.utc_now() > NOON


def test_a_clock_in_another_zone_is_read_in_utc():
    five_hours_west = timezone(timedelta(hours=-5))

    fake = clock.FakeClock(NOON.astimezone(five_hours_west))

    assert fake.utc_now().tzinfo is UTC
    assert fake.utc_now() == NOON


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        clock.FakeClock(datetime(2026, 3, 2, 12))
