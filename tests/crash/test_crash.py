"""Engines are killed at random while people work, and nothing is lost, doubled or early.

`make bench` does the same hundreds of times. Each kind of fault is planted once, to see that it
would be found.
"""

from pathlib import Path

import pytest

from escalation_app.services.queries.audit import Fault
from tests.support.crash.run import crash

KILLS = 10


@pytest.mark.slow
def test_engines_killed_at_random_lose_double_and_hasten_nothing(database_url: str, tmp_path: Path):
    outcome = crash(database_url, tmp_path, KILLS, seed=1)

    assert outcome.wrong == []
    assert len(outcome.kills) == KILLS
    assert outcome.in_flight_share >= 0.5  # and 0.9 where `make bench` measures it


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "found", "kills", "settles"),
    [
        (
            Fault.LOST,
            {
                "every breach is on record",
                "every step taken is on record",
                "every escalation's start and end are on record",
            },
            4,
            False,
        ),
        (Fault.DOUBLED, {"a mail went out again without a crash"}, 0, True),
        (Fault.EARLY, {"the database saw it before it was due"}, 0, False),
    ],
    ids=["lost", "doubled", "early"],
)
def test_a_planted_fault_is_found(
    sqlite_url: str, tmp_path: Path, fault: Fault, found: set[str], kills: int, settles: bool
):
    outcome = crash(sqlite_url, tmp_path, kills, seed=1, fault=fault.value, settles=settles)

    assert {wrong.what for wrong in outcome.wrong if wrong.fault is fault} & found
