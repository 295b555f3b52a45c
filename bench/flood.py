"""How live the boards stay while ten thousand escalations fall due in the same second."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from sqlalchemy import func, select

from bench.crowd import crowd
from bench.engine import FLOOD, MANY
from bench.people import Clicks, click, people_at_work, percentile
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.launcher.frontend import bundle
from escalation_app.models import PathRunRow
from escalation_app.services.tables import columns
from tests.support.product import running

READY_IN = timedelta(seconds=120)
"""For the seed, the start of the product and the people to come."""
SECONDS_BEFORE = 20
CLICKS_PER_S = 5
"""Each of the people does something every ten seconds. With ten times as many open tickets as at
the desk of bench.live a click costs ten times as much."""
GIVE_UP_AFTER_S = 120

_RUNS = columns(PathRunRow)


def run() -> dict[str, float]:
    """Milliseconds from a click to its answer for 49 people, 5 clicks a second, while the engine
    fires FLOOD of MANY tickets beside them (`flood_event_p95_ms`), and in the seconds before."""
    with tempfile.TemporaryDirectory(prefix="bench-flood-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> dict[str, float]:
    url = f"sqlite:///{folder / 'product.db'}"
    random = Random(11)
    bundle()
    due_at = utc_now() + READY_IN
    seeded = crowd(url, MANY, due=[due_at] * FLOOD)
    database = Database(url)
    with running(folder, "serve", DATABASE_URL=url) as product:
        people = await people_at_work(product, database, seeded)
        ahead = (due_at - utc_now()).total_seconds() - SECONDS_BEFORE
        if ahead < 0:
            raise RuntimeError("this machine is too slow or too busy to measure anything")
        await asyncio.sleep(ahead)
        before, during = Clicks(), Clicks()
        clicking = asyncio.create_task(click(people, before, random, CLICKS_PER_S))
        await asyncio.sleep((due_at - utc_now()).total_seconds())
        clicking.cancel()
        begun = perf_counter()
        clicking = asyncio.create_task(click(people, during, random, CLICKS_PER_S))
        while await asyncio.to_thread(_runs, database) < FLOOD:
            if perf_counter() - begun > GIVE_UP_AFTER_S:
                raise RuntimeError("the engine does not get through")
            await asyncio.sleep(0.2)
        took = perf_counter() - begun
        clicking.cancel()
        for person in people:
            await person.tab.close()
    database.dispose()
    _check(during, took)
    return {
        "flood_event_p50_ms": percentile(during.all, 50),
        "flood_event_p95_ms": percentile(during.all, 95),
        "flood_before_p95_ms": percentile(before.all, 95),
        "flood_took_s": round(took, 2),
    }


def _runs(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(_RUNS)).scalar_one()


def _check(clicks: Clicks, took: float) -> None:
    """Clicks that got no answer at all would make the figure look better than it is."""
    print(f"  {len(clicks.all)} clicks in {took:.1f} s, {len(clicks.failed)} without an answer")
    if len(clicks.failed) > len(clicks.all) / 100:
        raise RuntimeError(f"{len(clicks.failed)} clicks got no answer: {clicks.failed[:5]}")
