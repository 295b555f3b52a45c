"""How soon a browser shows what fell due, at a desk that is at work."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from playwright.async_api import Page, async_playwright

from bench.people import Clicks, click, cookie_of, people_at_work, percentile
from bench.seeding import Seeded, seed
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Role
from escalation_app.launcher.frontend import bundle
from escalation_app.services.people import actor_of
from tests.support.browser import CHROMIUM_FLAGS
from tests.support.past import RISES, critical_ticket
from tests.support.product import Product, running
from tests.support.programs import find

TICKETS = 10_000
DUE = 120
"""Escalations that fall due while people click."""
DUE_ALONE = 30
"""Escalations that fall due at a desk where nobody else is: the baseline."""
SECONDS = 60
SECONDS_ALONE = 15
PREPARED_IN = timedelta(seconds=0.15)
"""For each ticket that is to escalate: the time to write it, on a machine that is not idle."""
SETTLE = timedelta(seconds=5)
"""For what the preparation has set off, before the first of them falls due."""

WATCH_BOARD = """() => {
  const up = () => [...document.querySelectorAll('.board .col .cf')].reduce(
    (sum, foot) => sum + Number((foot.textContent.match(/up (\\d+)/) || [0, 0])[1]), 0);
  window.seen = [[performance.timeOrigin + performance.now(), up()]];
  new MutationObserver(() => {
    const count = up();
    if (count !== window.seen.at(-1)[1])
      window.seen.push([performance.timeOrigin + performance.now(), count]);
  }).observe(document.querySelector('.board'),
             {childList: true, subtree: true, characterData: true});
}"""
"""Notes the instant of every change of the number of tickets that went up a tier today."""


def run() -> dict[str, float]:
    """Milliseconds from an escalation's due instant to the change of the tier board's DOM, while
    49 others are connected and click; the same at a desk where nobody else is; and how long the
    clicks took."""
    with tempfile.TemporaryDirectory(prefix="bench-live-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> dict[str, float]:
    url = f"sqlite:///{folder / 'product.db'}"
    random = Random(11)
    bundle()
    seeded = seed(url, TICKETS)
    database = Database(url)
    executive = cookie_of(database, seeded.people[Role.EXECUTIVE][0])
    with running(folder, "serve", DATABASE_URL=url) as product:
        async with _browser(product, executive) as page:
            alone = _add_rising(database, seeded, random, SECONDS_ALONE, DUE_ALONE)
            quiet = _delays(await _seen(page, alone[-1], len(alone)), alone, 0)
            people = await people_at_work(product, database, seeded)
            busy = _add_rising(database, seeded, random, SECONDS, DUE)
            used, begun, clicks = _cpu_seconds(product.process.pid), perf_counter(), Clicks()
            clicking = asyncio.create_task(click(people, clicks, random))
            seen = await _seen(page, busy[-1], len(alone) + len(busy))
            clicking.cancel()
            used = (_cpu_seconds(product.process.pid) - used) / (perf_counter() - begun)
            delays = _delays(seen, busy, len(alone))
            for person in people:
                await person.tab.close()
    database.dispose()
    _explain(clicks, delays)
    _check(clicks, delays)
    return {
        "due_to_browser_p50_ms": percentile(delays, 50),
        "due_to_browser_p95_ms": percentile(delays, 95),
        "due_to_browser_p99_ms": percentile(delays, 99),
        "due_to_browser_alone_p95_ms": percentile(quiet, 95),
        "click_round_trip_p50_ms": percentile(clicks.all, 50),
        "click_round_trip_p95_ms": percentile(clicks.all, 95),
        "live_cpu_share": round(used, 2),
    }


# The desk ------------------------------------------------------------------------------------


def _add_rising(
    database: Database, seeded: Seeded, random: Random, seconds: float, count: int
) -> list[datetime]:
    """Critical tickets that have lived as any other and move up a tier at random instants of the
    coming `seconds`; returns the instants, in order."""
    with database.reading() as session:
        customer = actor_of(session, seeded.people[Role.CUSTOMER][0])
        agent = actor_of(session, seeded.people[Role.AGENT][0])
    assert customer is not None and agent is not None
    begins_at = utc_now() + SETTLE + count * PREPARED_IN
    instants = sorted(
        begins_at + timedelta(seconds=seconds) * random.random() for _ in range(count)
    )
    for at in instants:
        with database.writing() as session:
            critical_ticket(
                session, customer, agent, at, share=RISES, subject="Everything stands still"
            )
    if utc_now() > begins_at:
        raise RuntimeError("this machine is too slow or too busy to measure anything")
    return instants


# The browser ---------------------------------------------------------------------------------


@asynccontextmanager
async def _browser(product: Product, cookie: str) -> AsyncGenerator[Page]:
    """A Chromium on the tier board, signed in, that notes when tickets go up."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=find("chromium"), args=CHROMIUM_FLAGS
        )
        context = await chromium.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": "sid", "value": cookie, "url": product.url}])
        page = await context.new_page()
        await page.goto(f"{product.url}/tiers")
        await page.wait_for_selector(".board .col .strip")
        await page.evaluate(WATCH_BOARD)
        yield page
        await chromium.close()


async def _seen(page: Page, last_due: datetime, count: int) -> list[tuple[float, int]]:
    """What the browser has noted, as soon as it has seen `count` tickets go up."""
    await asyncio.sleep(max(0, (last_due - utc_now()).total_seconds()))
    await page.wait_for_function("count => window.seen.at(-1)[1] >= count", arg=count)
    return await page.evaluate("window.seen")


def _delays(seen: list[tuple[float, int]], due: Sequence[datetime], before: int) -> list[float]:
    """Milliseconds from each due instant to the first sight of as many tickets gone up.

    The engine fires in the order of the due instants, so that the nth to fall due is on the
    board once n have gone up.
    """
    return [
        next(at for at, count in seen if count >= number) - due_at.timestamp() * 1000
        for number, due_at in enumerate(due, before + 1)
    ]


# Figures -------------------------------------------------------------------------------------


def _check(clicks: Clicks, delays: Sequence[float]) -> None:
    if min(delays) < 0:
        raise RuntimeError(f"an escalation was seen {-min(delays):.1f} ms before it was due")
    if len(clicks.failed) > len(clicks.all) / 100:
        raise RuntimeError(f"{len(clicks.failed)} clicks got no answer: {clicks.failed[:5]}")


def _cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far, all threads (Linux; elsewhere 0)."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _explain(clicks: Clicks, delays: Sequence[float]) -> None:
    """What stands behind the figures, for whoever wants to make them better."""
    print(f"  {len(delays)} escalations, the last one seen {max(delays):.0f} ms after it was due")
    for name, took in sorted(clicks.took.items()):
        p50, p95 = percentile(took, 50), percentile(took, 95)
        print(f"  {name.strip('_'):12} {len(took):5}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")
