"""Engines killed at random under load, on each database, and what was lost, doubled or early.

Kills, load and checks are those of the tests (tests/support/crash); here there are more of them,
and PostgreSQL waits for the disk at every commit, as it does for real.
"""

import random
import tempfile
import time
from pathlib import Path

from escalation_app.migrations import migrate
from escalation_app.services.queries.audit import Fault
from tests.support import postgres
from tests.support.crash.run import Outcome, crash

KILLS = 200


def run(kills: int = KILLS) -> dict[str, float]:
    """For SQLite, and with `_pg` for PostgreSQL: `crash_kills`; `crash_in_flight_share`, the share
    of them at which the engine was inside the transaction that writes, or held messages it had
    leased and not settled (`crash_in_transaction_share` for the former alone); how many things
    were lost, doubled and early; `crash_steps`, path steps taken meanwhile; `crash_resent`, mails
    that went out again under the same key; and the seconds all took.
    """
    with tempfile.TemporaryDirectory(prefix="bench-crash-") as folder:
        found = _measure(f"sqlite:///{folder}/crash.db", Path(folder), kills, "")
    with (
        tempfile.TemporaryDirectory(prefix="bench-crash-") as folder,
        postgres.running(durable=True) as server,
    ):
        if server is not None:
            server.execute("CREATE DATABASE crash")
            found |= _measure(server.url("crash"), Path(folder), kills, "_pg")
    return found


def _measure(url: str, folder: Path, kills: int, suffix: str) -> dict[str, float]:
    migrate(url)
    seed = random.SystemRandom().randrange(1_000_000)
    begun = time.monotonic()
    outcome = crash(url, folder, kills, seed=seed)
    for wrong in outcome.wrong:
        print(f"{wrong.fault}: {wrong.what}: {wrong.count} times ({', '.join(wrong.examples)})")
    figures = _figures(outcome) | {"s": round(time.monotonic() - begun, 1)}
    return {f"crash_{name}{suffix}": value for name, value in figures.items()}


def _figures(outcome: Outcome) -> dict[str, float]:
    return {
        "kills": len(outcome.kills),
        "in_flight_share": outcome.in_flight_share,
        "in_transaction_share": outcome.in_transaction_share,
        "lost": outcome.count(Fault.LOST),
        "doubled": outcome.count(Fault.DOUBLED),
        "early": outcome.count(Fault.EARLY),
        "steps": outcome.steps,
        "resent": outcome.sent_again,
    }
