"""Keeps the demo at work: customers, agents and managers act through the services people use.

Outside the demo it refuses to exist. It never acts for the people a visitor can be, and leaves
alone what a visitor has just touched.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.demo import stories
from escalation_app.demo.history import DEPARTMENTS, TOLD_BY
from escalation_app.demo.scene import (
    BY_KEY,
    RUNS_UNTIL,
    TIME_TO_CALL,
    Promised,
    Scene,
    Seen,
    left_to,
    load_open,
    load_people,
    load_visitors,
)
from escalation_app.demo.seed import SEED, is_demo
from escalation_app.demo.stories import Details, Story, stories_for
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.resolution import CauseSide, Resolution, rules_for
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import EventRow
from escalation_app.services import escalations, resolution, tickets
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import live_process
from escalation_app.services.store import columns, load_ticket
from escalation_app.services.unit_of_work import UnitOfWork, unit_of_work
from escalation_app.settings import Mode, settings

log = logging.getLogger(__name__)

PAUSE = (2.0, 4.0)
"""Seconds between two acts, at least and at most."""
HANDS_OFF = timedelta(minutes=10)
"""How long a ticket is left alone after a visitor acted on it."""
LOOK_BACK = 500
"""Events looked at when the simulator starts, to see what visitors did just before."""

SHAPE: Mapping[int, int] = {1: 118, 2: 41, 3: 19, 4: 4}
"""Open tickets by tier that the acts steer to."""
UNANSWERED = 18
WAITING = 18
ESCALATED = 34
OVER = 5
UNACKNOWLEDGED = 8

_EVENTS = columns(EventRow)


class NotTheDemo(RuntimeError):
    """Somebody tried to simulate people where real ones work."""

    def __init__(self, mode: Mode) -> None:
        super().__init__(f"The simulator runs in the demo alone, not in mode {mode.value!r}.")


Doing = Callable[[UnitOfWork], object]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that could be done now: by whom, and how much it is wanted."""

    name: str
    weight: float
    actor_id: int
    do: Doing


class Simulator:
    """Acts in one database. The same seed and the same instants make the same choices."""

    def __init__(self, database: Database, seed: int = SEED, *, mode: Mode | None = None) -> None:
        """Raises NotTheDemo unless `mode`, by default that of the settings, is the demo."""
        mode = mode or settings().mode
        if mode is not Mode.DEMO:
            raise NotTheDemo(mode)
        self.database = database
        self._rng = Random(f"{seed}")  # noqa: S311  # choices of a story, not secrets
        self._touched: dict[int, datetime] = {}
        self._last_event = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Act every few seconds until told to stop. No failure ends it."""
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._rng.uniform(*PAUSE))
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
        return self._rng.choices(choices, [choice.weight for choice in choices])[0]

    def _choices(self, scene: Scene) -> list[Choice | None]:
        return [
            self._open(scene),
            self._answer_first(scene),
            self._reply(scene),
            self._keep_told(scene),
            self._call(scene),
            self._ask(scene),
            self._answer(scene),
            self._nudge(scene),
            self._note(scene),
            self._wait_for_supplier(scene),
            self._go_on(scene),
            self._rescue(scene),
            *(self._resolve(scene, tier) for tier in SHAPE),
            *(self._hand_up(scene, tier) for tier in (1, 2, 3)),
            *(self._pass_on(scene, tier) for tier in DEPARTMENTS),
            self._request(scene),
            self._ask_manager(scene),
            self._acknowledge(scene),
            self._settle(scene),
        ]

    def _open(self, scene: Scene) -> Choice | None:
        customers = scene.customers
        if not customers:
            return None
        customer = self._rng.choice(customers)
        organisation = BY_KEY[customer.organisation]
        is_first_rate = organisation.plan == "enterprise"
        weights = (8, 40, 34, 18) if is_first_rate else (4, 18, 49, 29)
        severity = self._rng.choices((1, 2, 3, 4), weights)[0]
        story = self._rng.choice(stories_for(organisation, severity))
        impact, urgency = self._rng.choice(scene.impacts[severity])
        channel = self._rng.choice(("portal", "portal", "portal", "email", "phone"))

        def do(uow: UnitOfWork) -> object:
            tell = Details.of(organisation, uow.now).tell
            return tickets.open_ticket(
                uow,
                tickets.NewTicket(
                    subject=tell(story.subject),
                    description=tell(story.report),
                    impact=impact,
                    urgency=urgency,
                    channel=channel,
                    category=story.category,
                ),
            )

        missing = sum(SHAPE.values()) - sum(scene.by_tier.values())
        return Choice("open", _bounded(1.6 + missing / 5, 0.2, 5), customer.id, do)

    def _answer_first(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: (
                each.metric == "first_response" and not each.is_about_to_escalate(scene.now)
            ),
            by=lambda each: each.share(scene.now),
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        text = self._rng.choice(stories.FIRST_REPLIES)

        def do(uow: UnitOfWork) -> object:
            if ticket.assignee_id is None:
                tickets.take(uow, ticket.reference)
            return tickets.send_message(uow, ticket.reference, text)

        weight = _bounded(1.8 * (scene.unanswered / UNANSWERED) ** 3, 0.1, 12)
        return Choice("answer_first", weight, agent, do)

    def _reply(self, scene: Scene) -> Choice | None:
        def is_waited_for(each: Seen) -> bool:
            return (
                each.status is Status.OPEN
                and each.customer_spoke_last
                and each.metric != "first_response"
            )

        long_ago = scene.now - HANDS_OFF
        of_visitors = [each for each in scene.visited if each.contact_at < long_ago]
        ticket = self._pick([*scene.open, *of_visitors], is_waited_for, by=_quiet_for(scene))
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        text = self._rng.choice(stories.UPDATES)
        return Choice("reply", 1.6, agent, _saying(ticket, text))

    def _keep_told(self, scene: Scene) -> Choice | None:
        """Whoever has it writes before the time to the next reply or update is over."""
        now = scene.now
        waiting = [each for each in scene.open if each.waits_for_word(now)]
        ticket = max(waiting, key=lambda each: _share_of(each.word, now), default=None)
        agent = self._agent(scene, ticket)
        if ticket is None or ticket.word is None or agent is None:
            return None
        text = self._rng.choice(TOLD_BY[ticket.word.metric])
        soon = sum(_share_of(each.word, now) > 0.7 for each in waiting)
        weight = _bounded(0.3 + 0.5 * soon, 0.3, 8)
        return Choice("keep_told", weight, agent, _saying(ticket, text))

    def _call(self, scene: Scene) -> Choice | None:
        """The manager who owes it calls the customer and writes down what was said."""
        now = scene.now
        owed = [
            each
            for each in (*scene.open, *scene.visited)
            if each.caller_id in scene.people and _share_of(each.call, now) > TIME_TO_CALL
        ]
        ticket = max(owed, key=lambda each: _share_of(each.call, now), default=None)
        if ticket is None or ticket.caller_id is None:
            return None
        text = self._rng.choice(stories.CALLS)
        weight = _bounded(4 * _share_of(ticket.call, now) ** 2, 0.1, 6)
        return Choice("call", weight, ticket.caller_id, _saying(ticket, text))

    def _ask(self, scene: Scene) -> Choice | None:
        ticket = self._pick(scene.open, lambda each: _is_in_work(each, scene.now))
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        text = _told(ticket, lambda story: story.question, "Could you tell us when it began?")

        def do(uow: UnitOfWork) -> object:
            tickets.send_message(uow, ticket.reference, text)
            return tickets.set_status(uow, ticket.reference, Status.WAITING_CUSTOMER)

        return Choice("ask", _bounded(2 - scene.waiting / WAITING, 0.05, 2), agent, do)

    def _answer(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            [*scene.open, *scene.visited],
            lambda each: (
                each.status is Status.WAITING_CUSTOMER and each.requester_id in scene.people
            ),
            by=_quiet_for(scene),
        )
        if ticket is None:
            return None
        text = _told(ticket, lambda story: story.answer, "Since this morning.")
        return Choice(
            "answer",
            1.1 * (scene.waiting / WAITING) ** 2,
            ticket.requester_id,
            _saying(ticket, text),
        )

    def _nudge(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            [*scene.open, *scene.visited],
            lambda each: (
                each.status is Status.OPEN
                and not each.customer_spoke_last
                and each.requester_id in scene.people
            ),
        )
        if ticket is None:
            return None
        text = self._rng.choice(stories.CUSTOMER_NUDGES)
        return Choice(
            "nudge",
            0.5,
            ticket.requester_id,
            _saying(ticket, text),
        )

    def _note(self, scene: Scene) -> Choice | None:
        ticket = self._pick(scene.open, lambda each: each.status is Status.OPEN)
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        text = _told(ticket, lambda story: story.note, self._rng.choice(stories.NOTES))
        return Choice(
            "note", 0.4, agent, lambda uow: tickets.write_note(uow, ticket.reference, text)
        )

    def _wait_for_supplier(self, scene: Scene) -> Choice | None:
        ticket = self._pick(scene.open, lambda each: _is_in_work(each, scene.now))
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        text = self._rng.choice(stories.WAITS_FOR_SUPPLIER)

        def do(uow: UnitOfWork) -> object:
            tickets.write_note(uow, ticket.reference, text)
            return tickets.set_status(uow, ticket.reference, Status.WAITING_SUPPLIER)

        return Choice("wait_for_supplier", 0.12, agent, do)

    def _go_on(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: each.status is Status.WAITING_SUPPLIER,
            by=_quiet_for(scene),
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        return Choice(
            "go_on", 0.15, agent, lambda uow: tickets.set_status(uow, ticket.reference, Status.OPEN)
        )

    def _rescue(self, scene: Scene) -> Choice | None:
        """When too much is over, what has been over longest is answered or resolved."""
        if scene.over <= OVER:
            return None
        ticket = self._pick(
            scene.open,
            lambda each: each.is_over(scene.now) and each.status is not Status.WAITING_CUSTOMER,
            by=lambda each: (scene.now - (each.due_at or scene.now)).total_seconds(),
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        texts = _ENDS_WAITING.get(ticket.metric)
        do = _resolving(ticket) if texts is None else _saying(ticket, self._rng.choice(texts))
        return Choice("rescue", 0.8 * (scene.over - OVER), agent, do)

    def _resolve(self, scene: Scene, tier: int) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: (
                each.tier == tier
                and _is_in_work(each, scene.now)
                and scene.now - each.created_at > HANDS_OFF
                and not (each.is_left_to_run and each.share(scene.now) < RUNS_UNTIL)
            ),
            by=lambda each: each.share(scene.now),
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        fullness = scene.by_tier.get(tier, 0) / SHAPE[tier]
        weight = {1: 1.0, 2: 0.4, 3: 0.2, 4: 0.08}[tier] * fullness**8
        return Choice(f"resolve_{tier}", _bounded(weight, 0, 4), agent, _resolving(ticket))

    def _hand_up(self, scene: Scene, tier: int) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: (
                each.tier == tier
                and _is_in_work(each, scene.now)
                and each.severity <= 4 - tier // 2
            ),
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        reason = self._rng.choice(stories.NEEDS_SKILL)
        room = SHAPE[tier + 1] / max(scene.by_tier.get(tier + 1, 0), 1)
        weight = {1: 0.35, 2: 0.2, 3: 0.06}[tier] * room**8
        return Choice(
            f"hand_up_{tier}",
            _bounded(weight, 0, 3),
            agent,
            lambda uow: escalations.escalate(
                uow, ticket.reference, EscalationKind.FUNCTIONAL, reason
            ),
        )

    def _pass_on(self, scene: Scene, tier: int) -> Choice | None:
        """The lead of a tier gives a ticket to the department that knows it."""
        lead, departments = DEPARTMENTS[tier]
        by_key = {person.key: person.id for person in scene.people.values()}
        ticket = self._pick(
            scene.open,
            lambda each: (
                each.tier == tier
                and each.category in departments
                and each.assignee_id != by_key.get(departments[each.category])
                and _is_in_work(each, scene.now)
            ),
        )
        if ticket is None or lead not in by_key:
            return None
        to = by_key.get(departments[ticket.category])
        if to is None:
            return None
        return Choice(
            "pass_on", 0.1, by_key[lead], lambda uow: tickets.assign(uow, ticket.reference, to)
        )

    def _request(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: (
                not each.is_escalated
                and each.status is Status.OPEN
                and scene.now - each.created_at > HANDS_OFF
            ),
            by=lambda each: each.share(scene.now),
        )
        if ticket is None:
            return None
        reason = self._rng.choice(stories.CUSTOMER_REASONS)
        return Choice(
            "request",
            0.15 * _room_for_cases(scene),
            ticket.requester_id,
            lambda uow: escalations.request_escalation(uow, ticket.reference, reason),
        )

    def _ask_manager(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open, lambda each: not each.is_escalated and _is_in_work(each, scene.now)
        )
        agent = self._agent(scene, ticket)
        if ticket is None or agent is None:
            return None
        reason = self._rng.choice(stories.NEEDS_AUTHORITY)
        return Choice(
            "ask_manager",
            0.08 * _room_for_cases(scene),
            agent,
            lambda uow: escalations.escalate(
                uow, ticket.reference, EscalationKind.HIERARCHICAL, reason
            ),
        )

    def _acknowledge(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: each.is_escalated and not each.is_acknowledged,
            by=lambda each: each.acknowledgement_is_due(scene.now),
        )
        if ticket is None:
            return None
        told = self._told(scene, ticket)
        is_near = ticket.is_about_to_escalate(scene.now)
        is_taken = ticket.manager_id is None and not is_near and self._rng.random() < 0.6
        takes_it = is_taken or (told is None and not is_near)
        who = self._manager(scene, ticket) if takes_it else told
        if who is None:
            return None

        def do(uow: UnitOfWork) -> object:
            if takes_it:
                escalations.assign_case(uow, ticket.reference, who)
            return escalations.acknowledge(uow, ticket.reference)

        weight = _bounded(0.8 * (scene.unacknowledged / UNACKNOWLEDGED) ** 2, 0.1, 4)
        return Choice("acknowledge", weight, who, do)

    def _settle(self, scene: Scene) -> Choice | None:
        ticket = self._pick(
            scene.open,
            lambda each: (
                each.is_acknowledged
                and each.call is None
                and not each.is_left_to_run
                and each.share(scene.now) < 0.7
                and not each.is_about_to_escalate(scene.now)
            ),
            by=lambda each: (scene.now - (each.escalated_at or scene.now)).total_seconds(),
        )
        manager = self._manager(scene, ticket)
        if ticket is None or manager is None:
            return None
        reason = self._rng.choice(stories.SETTLED)
        return Choice(
            "settle",
            _bounded(0.5 * (scene.escalated / ESCALATED) ** 4, 0, 3),
            manager,
            lambda uow: escalations.deescalate(uow, ticket.reference, reason),
        )

    # Who and which ----------------------------------------------------------------------

    def _pick(
        self,
        among: Sequence[Seen],
        fits: Callable[[Seen], bool],
        by: Callable[[Seen], float] | None = None,
    ) -> Seen | None:
        """One that fits: any, or the one with the highest `by` among three."""
        fitting = [each for each in among if fits(each)]
        if not fitting:
            return None
        if by is None:
            return self._rng.choice(fitting)
        return max(self._rng.sample(fitting, min(3, len(fitting))), key=by)

    def _agent(self, scene: Scene, ticket: Seen | None) -> int | None:
        """Who of ours acts on it: who has it, else somebody of the team."""
        if ticket is None:
            return None
        if ticket.assignee_id in scene.people:
            return ticket.assignee_id
        team = scene.agents_of(ticket.team)
        return self._rng.choice(team).id if team else None

    def _told(self, scene: Scene, ticket: Seen) -> int | None:
        """Who of those whom its escalation told acknowledges it: its manager, else its executive,
        else whoever has it, else anybody."""
        first = (ticket.manager_id, ticket.executive_id, ticket.assignee_id)
        told = ticket.told | {ticket.manager_id, ticket.executive_id}
        if ticket.is_functional:
            told |= {ticket.assignee_id}
        wanted = (*first, *sorted(ticket.told))
        return next((who for who in wanted if who in told and who in scene.people), None)

    def _manager(self, scene: Scene, ticket: Seen | None) -> int | None:
        if ticket is None:
            return None
        if ticket.manager_id in scene.people:
            return ticket.manager_id
        managers = scene.managers
        return self._rng.choice(managers).id if managers else None


def _bounded(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))


_ENDS_WAITING: Mapping[str, Sequence[str]] = {
    Metric.FIRST_RESPONSE: stories.FIRST_REPLIES,
    **TOLD_BY,
}
"""What is written when these clocks are over."""


def _share_of(clock: Promised | None, now: datetime) -> float:
    return 0.0 if clock is None else clock.share(now)


def _room_for_cases(scene: Scene) -> float:
    return _bounded((ESCALATED / max(scene.escalated, 1)) ** 3, 0, 2)


def _quiet_for(scene: Scene) -> Callable[[Seen], float]:
    return lambda each: (scene.now - each.contact_at).total_seconds()


def _is_in_work(ticket: Seen, now: datetime) -> bool:
    """Answered, not waiting, and not about to escalate by itself."""
    return (
        ticket.status is Status.OPEN
        and ticket.metric != "first_response"
        and not ticket.is_about_to_escalate(now)
    )


def _told(ticket: Seen, part: Callable[[Story], str], otherwise: str) -> str:
    story = ticket.story
    return otherwise if story is None else ticket.details.tell(part(story))


def _saying(ticket: Seen, text: str) -> Doing:
    return lambda uow: tickets.send_message(uow, ticket.reference, text)


def _resolving(ticket: Seen) -> Doing:
    fix = _told(ticket, lambda story: story.fix, "The cause is found and taken away.")

    def resolve(uow: UnitOfWork) -> object:
        found = load_ticket(uow.session, ticket.id)
        rules = rules_for(found, uow.desk.process_of(found.process_version))
        if rules is not None:
            solved = Resolution(
                held=frozenset(rules.criteria),
                cause=fix,
                side=CauseSide.BUSINESS,
                category=next(iter(rules.causes)),
            )
            resolution.note_resolution(uow, ticket.reference, solved)
        return tickets.resolve(uow, ticket.reference, fix)

    return resolve


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
