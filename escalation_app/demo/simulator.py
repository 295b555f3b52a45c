"""Keeps the demo at work: customers, agents and managers act through the services people use.

Outside the demo it refuses to exist. It never acts for the people a visitor can be, and leaves
alone what a visitor has just touched.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.demo import stories
from escalation_app.demo.history import DEPARTMENTS, TOLD_BY
from escalation_app.demo.people import ORGANISATIONS, SEATS, Organisation
from escalation_app.demo.seed import SEED, is_demo
from escalation_app.demo.stories import Details, Story, stories_for, story_of
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import OWED
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Role
from escalation_app.domain.tickets import EscalationKind, Side, Status
from escalation_app.models import (
    AuthSessionRow,
    ClockRow,
    EscalationRow,
    EventRow,
    ObligationRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services import escalations, tickets
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import live_process
from escalation_app.services.store import TICKET, columns
from escalation_app.services.unit_of_work import UnitOfWork, unit_of_work
from escalation_app.settings import Mode, settings

log = logging.getLogger(__name__)

PAUSE = (2.0, 4.0)
"""Seconds between two acts, at least and at most."""
HANDS_OFF = timedelta(minutes=10)
"""How long a ticket is left alone after a visitor acted on it."""
ABOUT_TO = timedelta(minutes=45)
"""What escalates by itself this soon is left to do so."""
LOOK_BACK = 500
"""Events looked at when the simulator starts, to see what visitors did just before."""

SHAPE: Mapping[int, int] = {1: 118, 2: 41, 3: 19, 4: 4}
"""Open tickets by tier that the acts steer to."""
UNANSWERED = 18
WAITING = 18
ESCALATED = 34
OVER = 5
LEFT_TO_BREAK = 2
"""One of so many new tickets with a first answer due within the hour is answered by nobody, until
its path has given it to a manager."""
LEFT_TO_RUN, RUNS_UNTIL = 3, 0.93
"""One of so many critical tickets of the first plan is not solved before that share of its time is
used, so that its path has a manager call the customer and then moves it."""
UNACKNOWLEDGED = 8
SILENT = 14
"""One of so many times to the next word runs out: whoever should write then has forgotten."""
TIME_TO_WRITE, TIME_TO_CALL = 0.4, 0.15
"""The share of the promised time that is used when people begin to see to it."""
MOST_OF_A_SEAT = 10
LEFT_FOR = timedelta(hours=1)
"""Colleagues step in when a visitor's own seat has more tickets than this, or one that has been
over for longer than this."""

_TICKETS = columns(TicketRow)
_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_CASES = columns(EscalationRow)
_EVENTS = columns(EventRow)
_CLOCKS = columns(ClockRow)
_OWED = columns(ObligationRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_SESSIONS = columns(AuthSessionRow)
_ORGANISATIONS = columns(OrganisationRow)

_BY_KEY = {each.key: each for each in ORGANISATIONS}
_PATH_SHARES = {Metric.FIRST_RESPONSE: (0.75, 1.0), Metric.RESOLUTION: (0.75, 0.9, 1.0)}
"""Where the shipped paths take steps that boards show."""


class NotTheDemo(RuntimeError):
    """Somebody tried to simulate people where real ones work."""

    def __init__(self, mode: Mode) -> None:
        super().__init__(f"The simulator runs in the demo alone, not in mode {mode.value!r}.")


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    key: str
    organisation: str
    team: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Promised:
    """A running clock."""

    metric: Metric
    cycle: int
    from_at: datetime
    due_at: datetime

    def share(self, now: datetime) -> float:
        """How much of it is used; over 1 when it is over."""
        if self.due_at <= self.from_at:
            return 1.0
        return (now - self.from_at) / (self.due_at - self.from_at)

    def next_step(self, now: datetime) -> timedelta | None:
        """How long until its path takes a step; None when none is ahead."""
        length = self.due_at - self.from_at
        ahead = (self.from_at + share * length - now for share in _PATH_SHARES.get(self.metric, ()))
        return min((each for each in ahead if each > timedelta()), default=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """An open ticket as the simulated people see it."""

    id: int
    reference: str
    subject: str
    category: str
    organisation: Organisation
    requester_id: int
    severity: int
    status: Status
    tier: int
    team: str
    assignee_id: int | None
    created_at: datetime
    customer_spoke_last: bool
    contact_at: datetime
    state: str
    metric: str
    due_at: datetime | None
    solving: Promised | None
    """Its first response while that is owed, then its resolution."""
    word: Promised | None
    """Its next reply or next update, whichever is due first."""
    triage: Promised | None
    call: Promised | None
    """The time in which `caller_id` is to call the customer."""
    caller_id: int | None
    told: frozenset[int]
    """Whom the steps of its path have told."""
    is_escalated: bool
    is_functional: bool
    manager_id: int | None
    executive_id: int | None
    is_acknowledged: bool
    escalated_at: datetime | None

    @property
    def details(self) -> Details:
        return Details.of(self.organisation, self.created_at)

    @property
    def story(self) -> Story | None:
        return story_of(self.subject, self.details)

    def is_over(self, now: datetime) -> bool:
        return self.state == "running" and self.due_at is not None and self.due_at < now

    def share(self, now: datetime) -> float:
        """How much of the time to its answer or resolution is used; 0 while that stands still."""
        return 0.0 if self.solving is None else self.solving.share(now)

    def is_about_to_escalate(self, now: datetime) -> bool:
        """Whether its path is near a step that visitors should see happen by itself."""
        if self.is_left_to_break and not self.is_over(now):
            return True
        if self.solving is None or self.share(now) > 1:
            return False
        used = 0.7 if self.metric == Metric.FIRST_RESPONSE else 0.55
        ahead = self.solving.next_step(now)
        return ahead is not None and ahead < ABOUT_TO and self.share(now) > used

    @property
    def is_left_to_run(self) -> bool:
        return (
            self.severity == 1
            and self.organisation.plan == "enterprise"
            and self.id % LEFT_TO_RUN == 0
        )

    def waits_for_word(self, now: datetime) -> bool:
        """Whether it is time to write to the customer. Some are forgotten until it is over."""
        if self.word is None:
            return False
        is_forgotten = (self.id + self.word.cycle) % SILENT == 0
        return self.word.share(now) > (1.0 if is_forgotten else TIME_TO_WRITE)

    def acknowledgement_is_due(self, now: datetime) -> float:
        """How much it matters that somebody acknowledges it: more than 1 for what is late."""
        waited = now - (self.escalated_at or now)
        asked = 0.0 if self.triage is None else self.triage.share(now)
        return max(asked, waited / timedelta(minutes=30))

    @property
    def is_left_to_break(self) -> bool:
        return (
            self.metric == "first_response" and self.severity <= 2 and self.id % LEFT_TO_BREAK == 0
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the next act is chosen from."""

    now: datetime
    people: Mapping[int, Person]
    open: Sequence[Seen]
    """What anybody may act on."""
    visited: Sequence[Seen]
    """What is left to the visitors, but not touched lately."""
    by_tier: Mapping[int, int]
    waiting: int
    unanswered: int
    escalated: int
    unacknowledged: int
    over: int
    impacts: Mapping[int, Sequence[tuple[str, str]]]

    def agents_of(self, team: str) -> list[Person]:
        return [
            person
            for person in self.people.values()
            if person.team == team and Role.AGENT in person.roles
        ]

    @property
    def managers(self) -> list[Person]:
        return [person for person in self.people.values() if Role.MANAGER in person.roles]

    @property
    def customers(self) -> list[Person]:
        return [person for person in self.people.values() if person.organisation]


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
        people = _load_people(session)
        visitors = _visitors(session, now)
        self._remember_visitors(session, visitors)
        every = _load_open(session)
        free = [
            each
            for each in every
            if now - self._touched.get(each.id, now - 2 * HANDS_OFF) > HANDS_OFF
        ]
        theirs = _left_to(visitors, every, now)
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
        organisation = _BY_KEY[customer.organisation]
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
    return lambda uow: tickets.resolve(uow, ticket.reference, fix)


# Rows ----------------------------------------------------------------------------------------


def _load_people(session: Session) -> dict[int, Person]:
    rows = session.execute(
        select(_PEOPLE.c.id, _PEOPLE.c.key, _PEOPLE.c.team, _ORGANISATIONS.c.key, _ROLES.c.role)
        .join(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
        .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.id == _PEOPLE.c.organisation_id)
        .where(_PEOPLE.c.is_active.is_(True))
        .order_by(_PEOPLE.c.id, _ROLES.c.role)
    )
    people: dict[int, Person] = {}
    for key, name, team, organisation, role in rows:
        if organisation is not None and organisation not in _BY_KEY:
            continue
        known = people.get(key)
        roles = frozenset({role}) if known is None else known.roles | {role}
        people[key] = Person(key, name, organisation or "", team, roles)
    return people


def _visitors(session: Session, now: datetime) -> frozenset[int]:
    """The seats, and whoever else is signed in."""
    seats = session.execute(
        select(_PEOPLE.c.id).where(_PEOPLE.c.key.in_(sorted(SEATS.values())))
    ).scalars()
    signed_in = session.execute(
        select(_SESSIONS.c.person_id).where(
            _SESSIONS.c.ended_at.is_(None), _SESSIONS.c.expires_at > now
        )
    ).scalars()
    return frozenset(seats) | frozenset(signed_in)


def _left_to(visitors: frozenset[int], every: Sequence[Seen], now: datetime) -> set[int]:
    """The tickets that are a visitor's own to deal with: what they reported, and of what they
    hold, manage or are told of the newest MOST_OF_A_SEAT."""
    theirs = {each.id for each in every if each.requester_id in visitors}
    for visitor in visitors:
        held = [
            each
            for each in every
            if visitor in (each.assignee_id, each.manager_id, each.executive_id)
            and not each.is_over(now - LEFT_FOR)
        ]
        held.sort(key=lambda each: (each.created_at, each.id))
        theirs.update(each.id for each in held[-MOST_OF_A_SEAT:])
    return theirs


_READ = (
    *("id", "reference", "subject", "category", "requester_id", "severity", "status", "tier"),
    *("team", "assignee_id", "created_at", "last_contact_by", "last_contact_at"),
    *("pressing_state", "pressing_metric", "pressing_due_at"),
)


def _load_open(session: Session) -> list[Seen]:
    rows = session.execute(
        select(
            *(_TICKETS.c[name] for name in _READ),
            _ORGANISATIONS.c.key.label("organisation"),
            _CASES.c.id.label("case_id"),
            _CASES.c.kind,
            _CASES.c.manager_id,
            _CASES.c.executive_id,
            _CASES.c.acknowledged_at,
            _CASES.c.started_at.label("escalated_at"),
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _TICKETS.c.organisation_id)
        .outerjoin(_CASES, (_CASES.c.ticket_id == _TICKETS.c.id) & _CASES.c.ended_at.is_(None))
        .where(_TICKETS.c.is_open.is_(True), _ORGANISATIONS.c.key.in_(sorted(_BY_KEY)))
        .order_by(_TICKETS.c.id)
    ).mappings()
    clocks, calls, told = _load_clocks(session), _load_calls(session), _load_told(session)
    return [
        _seen(dict(row), clocks.get(row["id"], ()), calls.get(row["id"]), told.get(row["id"], ()))
        for row in rows
    ]


_OPEN = select(_TICKETS.c.id).where(_TICKETS.c.is_open.is_(True))


def _load_clocks(session: Session) -> dict[int, list[Promised]]:
    """The running clocks of each open ticket."""
    rows = session.execute(
        select(_CLOCKS).where(
            _CLOCKS.c.subject_type == TICKET,
            _CLOCKS.c.subject_id.in_(_OPEN),
            _CLOCKS.c.state == ClockState.RUNNING.value,
        )
    )
    clocks: dict[int, list[Promised]] = {}
    for row in rows:
        clock = Promised(Metric(row.metric), row.cycle, row.started_at, row.due_at)
        clocks.setdefault(row.subject_id, []).append(clock)
    return clocks


def _load_calls(session: Session) -> dict[int, tuple[int, int]]:
    """Of each open ticket the call that a manager owes first: its number and who."""
    rows = session.execute(
        select(_OWED.c.ticket_id, _OWED.c.number, _OWED.c.person_id)
        .where(
            _OWED.c.ticket_id.in_(_OPEN),
            _OWED.c.is_call.is_(True),
            _OWED.c.state.in_(sorted(state.value for state in OWED)),
        )
        .order_by(_OWED.c.number.desc())
    )
    return {row.ticket_id: (row.number, row.person_id) for row in rows}


def _load_told(session: Session) -> dict[int, frozenset[int]]:
    """Whom the steps of each active run have told."""
    rows = session.execute(
        select(_RUNS.c.ticket_id, _STEPS.c.told)
        .join(_STEPS, _STEPS.c.run_id == _RUNS.c.id)
        .where(_RUNS.c.ended_at.is_(None))
    )
    told: dict[int, frozenset[int]] = {}
    for row in rows:
        told[row.ticket_id] = told.get(row.ticket_id, frozenset()) | frozenset(row.told)
    return told


def _first(clocks: Sequence[Promised], *metrics: Metric) -> Promised | None:
    """Of these metrics' clocks the one that is due first."""
    found = (clock for clock in clocks if clock.metric in metrics)
    return min(found, key=lambda clock: clock.due_at, default=None)


def _seen(
    row: dict[Any, Any],
    clocks: Sequence[Promised],
    call: tuple[int, int] | None,
    told: Collection[int],
) -> Seen:
    number, caller_id = (None, None) if call is None else call
    owed = [each for each in clocks if each.metric is Metric.OBLIGATION and each.cycle == number]
    return Seen(
        id=row["id"],
        reference=row["reference"],
        subject=row["subject"],
        category=row["category"],
        organisation=_BY_KEY[row["organisation"]],
        requester_id=row["requester_id"],
        severity=row["severity"],
        status=Status(row["status"]),
        tier=row["tier"],
        team=row["team"],
        assignee_id=row["assignee_id"],
        created_at=row["created_at"],
        customer_spoke_last=row["last_contact_by"] == Side.THEM.value,
        contact_at=row["last_contact_at"] or row["created_at"],
        state=row["pressing_state"],
        metric=row["pressing_metric"],
        due_at=row["pressing_due_at"],
        solving=_first(clocks, Metric.FIRST_RESPONSE) or _first(clocks, Metric.RESOLUTION),
        word=_first(clocks, *TOLD_BY),
        triage=_first(clocks, Metric.TRIAGE),
        call=owed[0] if owed else None,
        caller_id=caller_id,
        told=frozenset(told),
        is_escalated=row["case_id"] is not None,
        is_functional=row["kind"] == EscalationKind.FUNCTIONAL,
        manager_id=row["manager_id"],
        executive_id=row["executive_id"],
        is_acknowledged=row["acknowledged_at"] is not None,
        escalated_at=row["escalated_at"],
    )


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
