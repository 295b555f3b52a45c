"""When a scope may be read again."""

import pytest

from escalation_app.live.shown import CALM, RESTS, RESTS_AT_MOST, URGENT, Scope, Watch


async def nothing(*_: object) -> None:
    """Shows nothing."""


@pytest.mark.parametrize(
    ("took", "is_urgent", "rest", "expected"),
    [
        (0.001, False, 0.0, CALM),
        (0.001, True, 0.0, URGENT),
        (0.03, True, 0.0, RESTS * 0.03),
        (0.05, False, 0.0, RESTS * 0.05),
        (30.0, True, 0.0, RESTS_AT_MOST),
        (0.03, True, 2.0, 2.0),
    ],
)
def test_a_scope_rests_for_ten_times_as_long_as_reading_it_took(
    took: float, is_urgent: bool, rest: float, expected: float
):
    watch = Watch("board", lambda _: None, nothing, lambda _: True, rest)
    scope = Scope(watch, stale_since=99.0, is_urgent=is_urgent, read_until=100.0, took=took)

    assert scope.due_at() == pytest.approx(100.0 + expected)
