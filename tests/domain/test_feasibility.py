"""What speaks against a promise before it is made."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.feasibility import (
    BUSY,
    LEAST,
    Burden,
    Doubt,
    DoubtKind,
    doubts_about,
    free_time,
)
from escalation_app.domain.wall_time import Span

OFFICE = BusinessCalendar(
    "office", "UTC", {day: (Span.between("09:00", "17:00"),) for day in range(5)}
)
FRIDAY = datetime(2026, 3, 6, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def kinds(due_at: datetime, burden: Burden, now: datetime = FRIDAY) -> list[DoubtKind]:
    return [doubt.kind for doubt in doubts_about(due_at, burden, now)]


def always(**more: object) -> Burden:
    return Burden(BusinessCalendar.always(), **more)  # type: ignore[arg-type]


def test_nothing_speaks_against_what_there_is_time_for():
    assert doubts_about(FRIDAY + HOUR, Burden(OFFICE), FRIDAY) == ()


def test_nobody_works_at_the_weekend():
    saturday = FRIDAY + 18 * HOUR

    assert kinds(saturday + 5 * HOUR, Burden(OFFICE), saturday) == [DoubtKind.CLOSED]


def test_only_open_hours_count():
    """Friday 16:50 to Monday 09:10 is 20 minutes of work."""
    now, due_at = FRIDAY + timedelta(minutes=50), FRIDAY + 3 * DAY - timedelta(hours=6, minutes=50)

    assert doubts_about(due_at, Burden(OFFICE), now) == (
        Doubt(DoubtKind.SHORT, timedelta(minutes=20)),
    )


def test_exactly_the_least_time_is_enough_and_a_second_less_is_not():
    assert kinds(FRIDAY + LEAST, always()) == []
    assert kinds(FRIDAY + LEAST - timedelta(seconds=1), always()) == [DoubtKind.SHORT]


def test_an_owner_who_is_away_all_the_time_cannot_keep_it():
    away = ((FRIDAY - DAY, FRIDAY + DAY),)

    assert doubts_about(FRIDAY + 2 * HOUR, always(away=away), FRIDAY) == (
        Doubt(DoubtKind.AWAY, 2 * HOUR),
    )


def test_an_absence_takes_its_working_time_only():
    """Away from Friday 16:30 to Monday noon: 3.5 of the 9 hours until Monday's end."""
    away = ((FRIDAY + HOUR / 2, FRIDAY + 3 * DAY - 4 * HOUR),)
    burden = Burden(OFFICE, away=away)

    found = doubts_about(FRIDAY + 3 * DAY + HOUR, burden, FRIDAY)

    assert found == (Doubt(DoubtKind.AWAY_PARTLY, 3.5 * HOUR),)
    assert free_time(FRIDAY + 3 * DAY + HOUR, burden, FRIDAY) == 5.5 * HOUR


@pytest.mark.parametrize("away", [(FRIDAY - DAY, FRIDAY), (FRIDAY + HOUR, FRIDAY + DAY)])
def test_an_absence_before_or_after_does_not_matter(away: tuple[datetime, datetime]):
    assert kinds(FRIDAY + HOUR, always(away=(away,))) == []


def test_what_is_late_already_counts_against_another_promise():
    owed = (FRIDAY - HOUR, FRIDAY - DAY, FRIDAY + DAY)

    assert doubts_about(FRIDAY + 2 * HOUR, always(owed=owed), FRIDAY) == (
        Doubt(DoubtKind.LATE, count=2),
    )


def test_what_is_due_before_shares_the_time():
    owed = (FRIDAY + HOUR, FRIDAY + HOUR)

    assert doubts_about(FRIDAY + HOUR, always(owed=owed), FRIDAY) == (
        Doubt(DoubtKind.CROWDED, timedelta(minutes=20), count=2),
    )
    assert kinds(FRIDAY + 2 * HOUR, always(owed=owed)) == []


def test_twice_what_colleagues_have_is_much_from_a_number_on():
    assert kinds(FRIDAY + HOUR, always(has=BUSY - 1, usual=1.0)) == []
    assert kinds(FRIDAY + HOUR, always(has=BUSY, usual=BUSY / 2)) == [DoubtKind.LOADED]
    assert kinds(FRIDAY + HOUR, always(has=BUSY, usual=BUSY / 2 + 0.1)) == []


def test_a_promise_after_the_resolution_is_odd_unless_that_is_over():
    assert kinds(FRIDAY + 2 * HOUR, always(resolution_due_at=FRIDAY + HOUR)) == [
        DoubtKind.AFTER_RESOLUTION
    ]
    assert kinds(FRIDAY + 2 * HOUR, always(resolution_due_at=FRIDAY - HOUR)) == []


def test_everything_that_speaks_against_it_is_said():
    burden = Burden(
        OFFICE,
        away=((FRIDAY, FRIDAY + HOUR / 4),),
        owed=(FRIDAY - HOUR, FRIDAY + HOUR / 2),
        has=20,
        usual=5,
        resolution_due_at=FRIDAY + HOUR / 4,
    )

    assert kinds(FRIDAY + HOUR * 2 / 3, burden) == [
        DoubtKind.AWAY_PARTLY,
        DoubtKind.SHORT,
        DoubtKind.LATE,
        DoubtKind.CROWDED,
        DoubtKind.LOADED,
        DoubtKind.AFTER_RESOLUTION,
    ]
