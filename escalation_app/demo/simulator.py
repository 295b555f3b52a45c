"""Keeps the demo at work: customers, agents and managers act through the services people use.

Outside the demo it refuses to exist. It never acts for the people a visitor can be, and leaves
alone what a visitor has just touched.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.demo import agent_acts, case_acts, customer_acts, manager_acts
from escalation_app.demo.chance import HANDS_OFF, SHAPE, Chance, Choice
from escalation_app.demo.scene import (
    Scene,
    left_to,
    load_open,
    load_people,
    load_visitors,
)
from escalation_app.demo.scripts import DEPARTMENTS
from escalation_app.demo.seed import SEED, is_demo
from escalation_app.domain.commitments import PromiseState
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.tickets import Status
from escalation_app.models import EventRow
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from escalation_app.settings import Mode, settings

log = logging.getLogger(__name__)

PAUSE = (2.0, 4.0)
"""Seconds between two acts, at least and at most."""
LOOK_BACK = 500
"""Events looked at when the simulator starts, to see what visitors did just before."""

_EVENTS = columns(EventRow)


class NotTheDemo(RuntimeError):
    """Somebody tried to simulate people where real ones work."""

    def __init__(self, mode: Mode) -> None:
        super().__init__(f"The simulator runs in the demo alone, not in mode {mode.value!r}.")


class Simulator:
    """Acts in one database. The same seed and the same instants make the same choices."""

    def __init__(self, database: Database, seed: int = SEED, *, mode: Mode | None = None) -> None:
        """Raises NotTheDemo unless `mode`, by default that of the settings, is the demo."""
        mode = mode or settings().mode
        if mode is not Mode.DEMO:
            raise NotTheDemo(mode)
        self.database = database
        self._chance = Chance(Random(f"{seed}"))  # noqa: S311  # choices of a story, not secrets
        self._touched: dict[int, datetime] = {}
        self._last_event = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Act every few seconds until told to stop. No failure ends it."""
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._chance.rng.uniform(*PAUSE))
            if not stop.is_set():
                await asyncio.to_thread(self.act)

    def act(self) -> str:
        """Do one thing at the clock's present instant and name it; "" when nothing was done.

        A refusal is expected, since others act at the same time. Whatever else fails is logged.
        """
        name = ""
        try:
            now = utc_now()
            with self.database.reading() as session:
                scene = self._look(session, now)
                choice = self._choose(scene)
                actor = None if choice is None else actor_of(session, choice.actor_id)
            if choice is None or actor is None:
                return ""
            name = choice.name
            with unit_of_work(actor, on=self.database) as uow:
                choice.do(uow)
        except BusinessError as refusal:
            log.debug("%s was refused: %s", name, refusal)
            return ""
        except Exception:
            log.exception("The simulator could not %s", name or "look around")
            return ""
        return name

    # What there is ----------------------------------------------------------------------

    def _look(self, session: Session, now: datetime) -> Scene:
        people = load_people(session)
        visitors = load_visitors(session, now)
        self._remember_visitors(session, visitors)
        every = load_open(session)
        free = [
            each
            for each in every
            if now - self._touched.get(each.id, now - 2 * HANDS_OFF) > HANDS_OFF
        ]
        theirs = left_to(visitors, every, now)
        matrix = live_process(session).matrix
        return Scene(
            now=now,
            people={key: person for key, person in people.items() if key not in visitors},
            open=[each for each in free if each.id not in theirs],
            visited=[each for each in free if each.id in theirs],
            by_tier=Counter(each.tier for each in every),
            waiting=sum(each.status is Status.WAITING_CUSTOMER for each in every),
            unanswered=sum(each.metric == "first_response" for each in every),
            escalated=sum(each.is_escalated for each in every),
            unacknowledged=sum(each.is_escalated and not each.is_acknowledged for each in every),
            over=sum(each.is_over(now) for each in every),
            at_work=sum(bool(each.owed) for each in every),
            promised=sum(
                pledge.state is PromiseState.OPEN for each in every for pledge in each.pledges
            ),
            impacts={
                severity: sorted(pair for pair, level in matrix.items() if level == severity)
                for severity in set(matrix.values())
            },
        )

    def _remember_visitors(self, session: Session, visitors: frozenset[int]) -> None:
        """Note which tickets visitors acted on since the last look."""
        newest = session.execute(select(func.max(_EVENTS.c.id))).scalar_one() or 0
        since = self._last_event or newest - LOOK_BACK
        acts = session.execute(
            select(_EVENTS.c.ticket_id, _EVENTS.c.recorded_at).where(
                _EVENTS.c.id > since, _EVENTS.c.actor_id.in_(sorted(visitors))
            )
        )
        for row in acts:
            if row.ticket_id is not None:
                self._touched[row.ticket_id] = row.recorded_at
        self._last_event = newest

    # What could be done -----------------------------------------------------------------

    def _choose(self, scene: Scene) -> Choice | None:
        choices = [choice for choice in self._choices(scene) if choice is not None]
        if not choices:
            return None
        return self._chance.rng.choices(choices, [choice.weight for choice in choices])[0]

    def _choices(self, scene: Scene) -> list[Choice | None]:
        return [
            customer_acts.open(self._chance, scene),
            agent_acts.answer_first(self._chance, scene),
            agent_acts.reply(self._chance, scene),
            agent_acts.keep_told(self._chance, scene),
            manager_acts.call(self._chance, scene),
            agent_acts.ask(self._chance, scene),
            customer_acts.answer(self._chance, scene),
            customer_acts.nudge(self._chance, scene),
            agent_acts.note(self._chance, scene),
            agent_acts.wait_for_supplier(self._chance, scene),
            agent_acts.go_on(self._chance, scene),
            agent_acts.rescue(self._chance, scene),
            *(agent_acts.resolve(self._chance, scene, tier) for tier in SHAPE),
            *(agent_acts.hand_up(self._chance, scene, tier) for tier in (1, 2, 3)),
            *(agent_acts.pass_on(self._chance, scene, tier) for tier in DEPARTMENTS),
            customer_acts.request(self._chance, scene),
            agent_acts.ask_manager(self._chance, scene),
            manager_acts.acknowledge(self._chance, scene),
            manager_acts.settle(self._chance, scene),
            case_acts.ask(self._chance, scene),
            case_acts.accept(self._chance, scene),
            case_acts.finish(self._chance, scene),
            case_acts.be_blocked(self._chance, scene),
            case_acts.promise(self._chance, scene),
            case_acts.keep(self._chance, scene),
            case_acts.move(self._chance, scene),
        ]


@asynccontextmanager
async def lifespan(database: Database) -> AsyncGenerator[None]:
    """Let the simulator act while the demo is served. Raises NotTheDemo in any other mode; in a
    database that no demo filled nobody acts."""
    simulator = Simulator(database)
    if not await asyncio.to_thread(is_demo, database):
        log.warning("No demo filled this database, so nobody is simulated in it")
        yield
        return
    stop = asyncio.Event()
    acting = asyncio.create_task(simulator.run(stop), name="simulator")
    try:
        yield
    finally:
        stop.set()
        await acting
