"""People at work: raw clients that are signed in and click, and how long the answers take."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from bench.raw_client import Delta, RawClient, state_name
from bench.seeding import Seeded
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Role
from escalation_app.services.identity import begin_session
from tests.support.product import Product

CLIENTS = 49
CLICKS_PER_S = 25

SESSION = state_name("base", "session_state")
TIERS = state_name("boards", "tier_board_state")
HEATMAP = state_name("boards", "heatmap_state")
ESCALATIONS = state_name("escalations", "escalations_state")
QUEUE = state_name("queue", "queue_state")
BULK = state_name("queue_bulk", "queue_bulk_state")


@dataclass(slots=True)
class Clicks:
    """What the people did and how long each answer took, in milliseconds."""

    took: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failed: list[str] = field(default_factory=list[str])

    @property
    def all(self) -> list[float]:
        return [one for some in self.took.values() for one in some]


def percentile(values: Sequence[float], share: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[share - 1], 1)


def cookie_of(database: Database, person_id: int) -> str:
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


async def people_at_work(product: Product, database: Database, seeded: Seeded) -> list[Person]:
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
        cookie = cookie_of(database, staff[role][number // len(homes) % len(staff[role])])
        tab = RawClient(product.url, cookie, home, keeps_vars=home in ("/queue", "/escalations"))
        await tab.open()
        people.append(Person(tab, role, home, sees))
    await asyncio.sleep(2)
    return people


def _brings(state: str, name: str) -> Callable[[Delta], bool]:
    return lambda delta: f"{name}_rx_state_" in delta.get(state, {})


# People at work ------------------------------------------------------------------------------


async def click(
    people: list[Person], clicks: Clicks, random: Random, per_s: float = CLICKS_PER_S
) -> None:
    """Somebody does something `per_s` times a second, until cancelled."""
    running_clicks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    following = loop.time()
    while True:
        following += 1 / per_s
        await asyncio.sleep(max(0, following - loop.time()))
        task = loop.create_task(_oneclick(random.choice(people), clicks, random))
        running_clicks.add(task)
        task.add_done_callback(running_clicks.discard)


async def _oneclick(person: Person, clicks: Clicks, random: Random) -> None:
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
    await person.tab.send(f"{BULK}.take_chosen")
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
