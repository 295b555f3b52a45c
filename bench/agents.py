"""Twenty agents at work in the demo, each acting every three seconds: how soon each sees what they
did, how soon others see it, what was refused, and whether anything broke."""

import asyncio
import os
import re
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from sqlalchemy import select

from bench.people import cookie_of, percentile
from bench.raw_client import Delta, RawClient, state_name
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.launcher.frontend import bundle
from escalation_app.models import PersonRow
from escalation_app.services.tables import columns
from escalation_app.views.words import iso
from tests.support.product import Product, running

AGENTS = 20
SECONDS = float(os.environ.get("AGENTS_S", "600"))
"""How long they work; AGENTS_S sets it."""
EVERY_S = 3.0
"""Seconds between two acts of one agent, on the average."""
ONLOOKERS = ("demo-manager", "demo-executive")
"""Whose queues, sorted by last contact, are to show what the agents write."""
NEWEST = "/queue?tier=all&sort=-contact"

SESSION = state_name("base", "session_state")
QUEUE = state_name("queue", "queue_state")
BULK = state_name("queue_bulk", "queue_bulk_state")
TICKET = state_name("ticket", "ticket_state")
ACTS = state_name("ticket_acts", "ticket_acts_state")
WAIT = state_name("waiting", "wait_state")
SOLVE = state_name("solving", "solve_state")
ESCALATE = state_name("escalate", "escalate_state")
RESOLUTION = state_name("resolution", "resolution_state")
WORK = state_name("work", "work_state")

_REFUSALS = [(state, "error") for state in (TICKET, ACTS, WAIT, SOLVE, ESCALATE)]
_BROKEN = re.compile(r" (ERROR|CRITICAL) |^Traceback ", re.MULTILINE)
_NUMBERS = re.compile(r"\d+")
_PEOPLE: Any = columns(PersonRow)

Sees = Callable[[Delta], bool]


@dataclass(slots=True)
class Tally:
    """What was done; what was refused, and what got no answer."""

    took: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Milliseconds from a click to what it brings, by event. An act takes one to three clicks."""
    acts: Counter[str] = field(default_factory=Counter[str])
    seen: list[float] = field(default_factory=list[float])
    """Milliseconds from somebody's click to another's queue."""
    refused: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])

    @property
    def all(self) -> list[float]:
        return [one for some in self.took.values() for one in some]


def run() -> dict[str, float]:
    """Milliseconds from a click to its own update and to the queues of others, how many acts and
    clicks there were, and how many were refused or failed."""
    bundle()
    with (
        tempfile.TemporaryDirectory(prefix="bench-agents-") as folder,
        running(Path(folder), "demo") as product,
    ):
        tally = asyncio.run(_work(product))
        broken = len(_BROKEN.findall(product.log.read_text(errors="replace")))
        if broken or tally.failed:
            print(f"  the end of its log:\n{product.log.read_text(errors='replace')[-3000:]}")
    _explain(tally)
    return {
        "agents_actions": tally.acts.total(),
        "agents_events": len(tally.all),
        "agents_log_errors": broken,
        "agents_unanswered": len(tally.failed),
        "agents_refused": tally.refused.total(),
        "agents_event_p50_ms": percentile(tally.all, 50),
        "agents_event_p95_ms": percentile(tally.all, 95),
        "agents_event_p99_ms": percentile(tally.all, 99),
        "agents_seen_by_others_p95_ms": percentile(tally.seen, 95),
    }


async def _work(product: Product) -> Tally:
    """Everybody comes in, works for SECONDS and goes home."""
    database = Database(product.database_url)
    tally, random = Tally(), Random(20)
    agents = _keys(database, _PEOPLE.c.team != "", _PEOPLE.c.is_active.is_(True))
    onlookers = _keys(database, _PEOPLE.c.key.in_(ONLOOKERS))
    watching = [await _tab(product, database, key, NEWEST) for key in onlookers]
    desks = [
        Desk(await _tab(product, database, agents[number % len(agents)], "/queue"), tally, watching)
        for number in range(AGENTS)
    ]
    await asyncio.sleep(2)
    end = perf_counter() + SECONDS
    await asyncio.gather(*(desk.work(Random(random.random()), end) for desk in desks))
    for tab in (*watching, *(desk.tab for desk in desks)):
        await tab.close()
    database.dispose()
    return tally


def _keys(database: Database, *conditions: Any) -> list[int]:
    with database.reading() as session:
        found = session.execute(select(_PEOPLE.c.id).where(*conditions).order_by(_PEOPLE.c.id))
        return list(found.scalars())


async def _tab(product: Product, database: Database, person_id: int, path: str) -> RawClient:
    tab = RawClient(product.url, cookie_of(database, person_id), path)
    return await tab.open()


# One agent -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Desk:
    """An agent's tab, and what they do in it."""

    tab: RawClient
    tally: Tally
    others: list[RawClient]
    told: set[str] = field(default_factory=set[str])
    """Keys of the toasts that have come."""

    async def work(self, random: Random, end: float) -> None:
        """Do something every EVERY_S seconds until `end`."""
        await asyncio.sleep(EVERY_S * random.random())
        while perf_counter() < end:
            following = perf_counter() + EVERY_S * random.uniform(0.5, 1.5)
            (act,) = random.choices(_ACTS, [weight for _, weight in _MIX])
            try:
                await act(self, random)
            except Exception as error:  # noqa: BLE001 - counted, and shown at the end
                self.tally.failed.append(f"{act.__name__}: {error!r}")
            else:
                self._note(act.__name__.strip("_"))
            await asyncio.sleep(max(0.0, following - perf_counter()))

    def _note(self, act: str) -> None:
        self.tally.acts[act] += 1
        for state, name in _REFUSALS:
            if words := self.tab.shown(state, name):
                self.tally.refused[f"{act}: {_NUMBERS.sub('N', words)}"] += 1
                self.tab.vars[state][f"{name}_rx_state_"] = ""
        for toast in self.tab.shown(SESSION, "toasts") or []:
            if toast["is_alert"] and toast["key"] not in self.told:
                self.tally.refused[f"{act}: {_NUMBERS.sub('N', toast['title'])}"] += 1
            self.told.add(toast["key"])

    async def ask(self, sees: Sees, handler: str, **payload: Any) -> None:
        """Send an event, and wait for what it brings."""
        answer = self.tab.until(lambda delta: sees(delta) or self._is_refused(delta))
        begun = perf_counter()
        await self.tab.send(handler, **payload)
        self._took(handler.rpartition(".")[2], await answer - begun)

    def _is_refused(self, delta: Delta) -> bool:
        toasts = delta.get(SESSION, {}).get("toasts_rx_state_") or []
        return any(one["is_alert"] and one["key"] not in self.told for one in toasts)

    async def open(self, path: str, sees: Sees) -> None:
        """Open another page, and wait for what it shows."""
        answer = self.tab.until(sees)
        begun = perf_counter()
        await self.tab.go(path)
        self._took(f"open {path[1:].partition('/')[0].partition('?')[0]}", await answer - begun)

    def _took(self, event: str, seconds: float) -> None:
        self.tally.took.setdefault(event, []).append(1000 * seconds)

    async def at_a_ticket(self, random: Random) -> dict[str, Any]:
        """The ticket that is open; another one of the queue now and then."""
        if self.tab.path.startswith("/tickets/") and random.random() < 0.7:
            return self.tab.shown(TICKET, "page")
        await self.open_one(random)
        return self.tab.shown(TICKET, "page")

    async def open_one(self, random: Random) -> None:
        """Open a ticket of the queue."""
        path = f"/tickets/{await self.one_of_the_queue(random)}"
        return await self.open(path, _brings(TICKET, "related", "is_missing"))

    async def one_of_the_queue(self, random: Random) -> str:
        rows = self.tab.shown(QUEUE, "page")["rows"]
        if not rows:
            await self.open("/queue?tier=all", _brings(QUEUE, "page"))
            rows = self.tab.shown(QUEUE, "page")["rows"]
        return random.choice(rows)["ref"]


def _brings(state: str, *names: str) -> Sees:
    keys = {f"{name}_rx_state_" for name in names}
    return lambda delta: not keys.isdisjoint(delta.get(state, {}))


# What agents do --------------------------------------------------------------------------------


async def _open_queue(desk: Desk, random: Random) -> None:
    path = random.choice(("/queue", "/queue?view=mine", f"/queue?page={random.randint(1, 2)}"))
    return await desk.open(path, _brings(QUEUE, "page"))


async def _open_work(desk: Desk, random: Random) -> None:
    return await desk.open("/work", _brings(WORK, "page"))


async def _open_ticket(desk: Desk, random: Random) -> None:
    return await desk.open_one(random)


async def _answer(desk: Desk, random: Random) -> None:
    return await _write(desk, random, "reply")


async def _note(desk: Desk, random: Random) -> None:
    return await _write(desk, random, "note")


async def _write(desk: Desk, random: Random, mode: str) -> None:
    page = await desk.at_a_ticket(random)
    if not page["may"]["can_reply" if mode == "reply" else "can_note"]:
        return await _open_queue(desk, random)
    sent_at, begun = iso(utc_now()), perf_counter()
    if mode == "reply":
        for other in desk.others:
            seen = other.until(lambda delta: _shows(delta, page["head"]["ref"], sent_at))
            seen.add_done_callback(lambda seen: _saw(desk.tally, seen, begun))
    texts = {"reply": "", "note": "", mode: "We look into it, and tell you by noon."}
    form = {"draft": str(desk.tab.shown(TICKET, "draft")), "mode": mode, "files": "", **texts}
    return await desk.ask(_brings(TICKET, "draft", "error"), f"{TICKET}.send", form=form)


def _shows(delta: Delta, reference: str, sent_at: str) -> bool:
    page = delta.get(QUEUE, {}).get("page_rx_state_") or {"rows": []}
    return any(
        row["ref"] == reference and row["last_contact_at"] >= sent_at for row in page["rows"]
    )


def _saw(tally: Tally, seen: asyncio.Future[float], begun: float) -> None:
    if seen.cancelled() or seen.exception() is not None:
        return  # refused, or further down in the list by then
    tally.seen.append(1000 * (seen.result() - begun))


async def _take(desk: Desk, random: Random) -> None:
    page = await desk.at_a_ticket(random)
    if not page["may"]["can_take"]:
        return await _take_chosen(desk, random)
    return await desk.ask(_brings(TICKET, "page"), f"{ACTS}.take")


async def _take_chosen(desk: Desk, random: Random) -> None:
    await desk.open("/queue", _brings(QUEUE, "page"))
    reference = await desk.one_of_the_queue(random)
    await desk.tab.send(f"{QUEUE}.choose", reference=reference)
    return await desk.ask(_brings(SESSION, "toasts"), f"{BULK}.take_chosen")


async def _assign(desk: Desk, random: Random) -> None:
    page = await desk.at_a_ticket(random)
    if not page["may"]["can_assign"]:
        return await _open_queue(desk, random)
    await desk.ask(_brings(ACTS, "form"), f"{ACTS}.open_dialog")
    people = [one["value"] for one in desk.tab.shown(ACTS, "people") or []]
    form = {"assignee": random.choice(people or ["0"])}
    return await desk.ask(_brings(ACTS, "is_open", "error"), f"{ACTS}.assign", form=form)


async def _escalate(desk: Desk, random: Random) -> None:
    page = await desk.at_a_ticket(random)
    if not page["may"]["can_escalate"]:
        return await _open_queue(desk, random)
    await desk.ask(_brings(ESCALATE, "form"), f"{ESCALATE}.open_dialog")
    form = {"reason": "Nobody here has the skill", "decision": "Who pays for it?"}
    return await desk.ask(_brings(ESCALATE, "is_open", "error"), f"{ESCALATE}.escalate", form=form)


async def _pause(desk: Desk, random: Random) -> None:
    page = await desk.at_a_ticket(random)
    if page["may"]["can_resume"]:
        return await desk.ask(_brings(TICKET, "page"), f"{ACTS}.resume")
    if not page["may"]["can_wait"]:
        return await _open_queue(desk, random)
    status = random.choice(("waiting_customer", "waiting_supplier"))
    await desk.ask(_brings(WAIT, "form"), f"{WAIT}.open_dialog", status=status)
    return await desk.ask(_brings(WAIT, "is_open", "error"), f"{WAIT}.wait", form={})


async def _resolve(desk: Desk, random: Random) -> None:
    """What is not escalated is resolved; what is, is looked at with what it still needs."""
    page = await desk.at_a_ticket(random)
    if not page["may"]["can_resolve"]:
        return await _open_queue(desk, random)
    if page["may"]["is_gated"]:
        return await desk.ask(_brings(RESOLUTION, "form"), f"{RESOLUTION}.open_dialog")
    await desk.ask(_brings(SOLVE, "form"), f"{SOLVE}.open_dialog")
    form = {"tells": "on", "message": "Done."}
    return await desk.ask(_brings(SOLVE, "is_open", "error"), f"{SOLVE}.resolve", form=form)


Act = Callable[[Desk, Random], Awaitable[None]]

_MIX: tuple[tuple[Act, int], ...] = (
    (_open_queue, 3),
    (_open_work, 1),
    (_open_ticket, 4),
    (_answer, 4),
    (_note, 2),
    (_take, 2),
    (_assign, 1),
    (_escalate, 1),
    (_pause, 1),
    (_resolve, 1),
)
_ACTS = [act for act, _ in _MIX]


def _explain(tally: Tally) -> None:
    """What stands behind the figures, for whoever wants to make them better."""
    for name, took in sorted(tally.took.items()):
        p50, p95 = (percentile(took, share) if len(took) > 1 else took[0] for share in (50, 95))
        print(f"  {name:16} {len(took):5}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")
    for words, count in tally.refused.most_common():
        print(f"  refused {count:4}   {words}")
    for words, count in Counter(tally.failed).most_common(5):
        print(f"  no answer {count:4}   {words}")
