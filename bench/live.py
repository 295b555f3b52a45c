"""How soon a browser shows what fell due, at a desk that is at work."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from playwright.async_api import Page, async_playwright

from bench.raw_client import Delta, RawClient, state_name
from bench.seeding import Seeded, seed
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Role
from escalation_app.launcher.frontend import bundle
from escalation_app.services.identity import begin_session
from escalation_app.services.people import actor_of
from tests.support.browser import CHROMIUM_FLAGS
from tests.support.past import RISES, critical_ticket
from tests.support.product import Product, running
from tests.support.programs import find

TICKETS = 10_000
CLIENTS = 49
CLICKS_PER_S = 25
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

SESSION = state_name("base", "session_state")
TIERS = state_name("boards", "tier_board_state")
HEATMAP = state_name("boards", "heatmap_state")
ESCALATIONS = state_name("escalations", "escalations_state")
QUEUE = state_name("queue", "queue_state")

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


@dataclass(slots=True)
class Clicks:
    """What the people did and how long each answer took, in milliseconds."""

    took: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failed: list[str] = field(default_factory=list[str])

    @property
    def all(self) -> list[float]:
        return [one for some in self.took.values() for one in some]


async def _measure(folder: Path) -> dict[str, float]:
    url = f"sqlite:///{folder / 'product.db'}"
    random = Random(11)
    bundle()
    seeded = seed(url, TICKETS)
    database = Database(url)
    executive = _cookie(database, seeded.people[Role.EXECUTIVE][0])
    with running(folder, "serve", DATABASE_URL=url) as product:
        async with _browser(product, executive) as page:
            alone = _add_rising(database, seeded, random, SECONDS_ALONE, DUE_ALONE)
            quiet = _delays(await _seen(page, alone[-1], len(alone)), alone, 0)
            people = await _people(product, database, seeded)
            busy = _add_rising(database, seeded, random, SECONDS, DUE)
            used, begun, clicks = _cpu_seconds(product.process.pid), perf_counter(), Clicks()
            clicking = asyncio.create_task(_click(people, clicks, random))
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
        "due_to_browser_p50_ms": _percentile(delays, 50),
        "due_to_browser_p95_ms": _percentile(delays, 95),
        "due_to_browser_p99_ms": _percentile(delays, 99),
        "due_to_browser_alone_p95_ms": _percentile(quiet, 95),
        "click_round_trip_p50_ms": _percentile(clicks.all, 50),
        "click_round_trip_p95_ms": _percentile(clicks.all, 95),
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


def _cookie(database: Database, person_id: int) -> str:
    with database.writing() as session:
        return begin_session(session, person_id, utc_now())


@dataclass(slots=True)
class Person:
    """A raw client and what its person does."""

    tab: RawClient
    role: Role
    home: str
    sees: Callable[[Delta], bool]
    """Whether a delta brings the page that `home` opens."""


async def _people(product: Product, database: Database, seeded: Seeded) -> list[Person]:
    """Signed in and connected, a quarter each on the queue, both boards and the escalations."""
    staff = seeded.people
    homes: list[tuple[Role, str, Callable[[Delta], bool]]] = [
        (Role.AGENT, "/queue", _brings(QUEUE, "page")),
        (Role.MANAGER, "/tiers", _brings(TIERS, "columns")),
        (Role.EXECUTIVE, "/heatmap", _brings(HEATMAP, "table")),
        (Role.MANAGER, "/escalations", _brings(ESCALATIONS, "groups")),
    ]
    people: list[Person] = []
    for number in range(CLIENTS):
        role, home, sees = homes[number % len(homes)]
        cookie = _cookie(database, staff[role][number // len(homes) % len(staff[role])])
        tab = RawClient(product.url, cookie, home, keeps_vars=home in ("/queue", "/escalations"))
        await tab.open()
        people.append(Person(tab, role, home, sees))
    await asyncio.sleep(2)
    return people


def _brings(state: str, name: str) -> Callable[[Delta], bool]:
    return lambda delta: f"{name}_rx_state_" in delta.get(state, {})


# People at work ------------------------------------------------------------------------------


async def _click(people: list[Person], clicks: Clicks, random: Random) -> None:
    """Somebody does something CLICKS_PER_S times a second, until cancelled."""
    running_clicks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    following = loop.time()
    while True:
        following += 1 / CLICKS_PER_S
        await asyncio.sleep(max(0, following - loop.time()))
        task = loop.create_task(_one_click(random.choice(people), clicks, random))
        running_clicks.add(task)
        task.add_done_callback(running_clicks.discard)


async def _one_click(person: Person, clicks: Clicks, random: Random) -> None:
    act = random.choice(_ACTS[person.role])
    begun = perf_counter()
    try:
        answered_at = await act(person, random)
    except Exception as error:  # noqa: BLE001 - counted, and too many of them are an error
        clicks.failed.append(f"{act.__name__}: {error!r}")
    else:
        clicks.took.setdefault(act.__name__, []).append(1000 * (answered_at - begun))


async def _open_page(person: Person, random: Random) -> float:
    answer = person.tab.until(person.sees)
    await person.tab.go(person.home)
    return await answer


async def _turn_page(person: Person, random: Random) -> float:
    answer = person.tab.until(person.sees)
    await person.tab.go(f"/queue?tier={random.randint(1, 3)}&page={random.randint(1, 5)}")
    return await answer


async def _take(person: Person, random: Random) -> float:
    rows = person.tab.shown(QUEUE, "page")["rows"]
    answer = person.tab.until(_brings(SESSION, "toasts"))
    await person.tab.send(f"{QUEUE}.choose", reference=random.choice(rows)["ref"])
    await person.tab.send(f"{QUEUE}.take_chosen")
    return await answer


async def _acknowledge(person: Person, random: Random) -> float:
    """Whatever is on the list; the second time is an error, told in a toast."""
    if person.home != "/escalations":
        return await _open_page(person, random)
    rows = [row for group in person.tab.shown(ESCALATIONS, "groups") for row in group["rows"]]
    answer = person.tab.until(
        lambda delta: _brings(ESCALATIONS, "groups")(delta) or _brings(SESSION, "toasts")(delta)
    )
    await person.tab.send(f"{ESCALATIONS}.acknowledge", reference=random.choice(rows)["ref"])
    return await answer


async def _close_toast(person: Person, random: Random) -> float:
    """The shortest way through: guard, handler, answer."""
    answer = person.tab.until(_brings(SESSION, "toasts"))
    await person.tab.send(f"{SESSION}.close_toast", key="none")
    return await answer


Act = Callable[[Person, Random], Awaitable[float]]

_ACTS: dict[Role, Sequence[Act]] = {
    Role.AGENT: (_open_page, _turn_page, _take, _take, _close_toast),
    Role.MANAGER: (_open_page, _acknowledge, _close_toast),
    Role.EXECUTIVE: (_open_page, _close_toast),
}


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


def _percentile(values: Sequence[float], share: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[share - 1], 1)


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
        p50, p95 = _percentile(took, 50), _percentile(took, 95)
        print(f"  {name.strip('_'):12} {len(took):5}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")
