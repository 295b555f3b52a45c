"""Plays scripts of what people did, ticket beside ticket in the order of time, through the same
decisions that people and the engine take. What a script asks and the domain refuses does not
happen, and neither does what lies ahead of `until`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappop, heappush
from random import Random

from escalation_app.demo.people import SEATS, Organisation
from escalation_app.demo.stories import Details, Story
from escalation_app.domain import escalations, lifecycle
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import ENGINE, Actor, Permission, require
from escalation_app.domain.process import Process
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Decision, EscalationKind, Status, Ticket
from escalation_app.services.effects import Act


class Do(StrEnum):
    """What somebody does to a ticket in a script."""

    TAKE = "take"
    REPLY = "reply"
    NOTE = "note"
    ASK = "ask"
    WAIT_FOR_SUPPLIER = "wait_for_supplier"
    HAND_UP = "hand_up"
    ASK_MANAGER = "ask_manager"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    WRITE = "write"
    REQUEST = "request"
    ACKNOWLEDGE = "acknowledge"
    TAKE_CASE = "take_case"
    SETTLE = "settle"


CUSTOMER_DOES = frozenset({Do.WRITE, Do.REQUEST})
MANAGER_DOES = frozenset({Do.ACKNOWLEDGE, Do.TAKE_CASE, Do.SETTLE})

_PERMISSIONS = {
    Do.TAKE: Permission.TICKET_TAKE,
    Do.REPLY: Permission.MESSAGE_SEND,
    Do.NOTE: Permission.NOTE_WRITE,
    Do.ASK: Permission.TICKET_WAIT,
    Do.WAIT_FOR_SUPPLIER: Permission.TICKET_WAIT,
    Do.HAND_UP: Permission.TICKET_ESCALATE,
    Do.ASK_MANAGER: Permission.TICKET_ESCALATE,
    Do.ASSIGN: Permission.TICKET_ASSIGN,
    Do.RESOLVE: Permission.TICKET_RESOLVE,
    Do.WRITE: Permission.MESSAGE_SEND,
    Do.REQUEST: Permission.ESCALATION_REQUEST,
    Do.ACKNOWLEDGE: Permission.ESCALATION_ACKNOWLEDGE,
    Do.TAKE_CASE: Permission.ESCALATION_ASSIGN,
    Do.SETTLE: Permission.ESCALATION_END,
}

_IT, _MONEY, _SALES = "bauer", "park", "costa"
DEPARTMENTS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    2: ("sato", {"Devices": _IT, "Files": _IT, "Payments": _MONEY}),
    3: ("osei", {"Payments": "sorel", "Accounts": "sorel", "Contract": _SALES, "Bookings": _SALES}),
}
"""By tier: the lead of its team, and who knows a category better than the team does."""
COLLEAGUES = ("sato", "iyer", "brandt")
"""Of the agent whom a visitor can be."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done at `at`. `who` is a person's key; without it whoever holds the ticket, its
    customer or the manager of its case acts. `to` is the key of whom it is given to."""

    at: datetime
    do: Do
    text: str = ""
    who: str = ""
    to: str = ""


@dataclass(slots=True)
class Script:
    """A ticket from its opening on. With `is_acknowledged`, a manager acknowledges its escalation
    within half an hour; with `may_be_taken` some of them take the case before its path says so."""

    organisation: Organisation
    requester: str
    story: Story
    severity: int
    opened_at: datetime
    steps: list[Step]
    channel: str = "portal"
    is_acknowledged: bool = True
    may_be_taken: bool = True

    @property
    def details(self) -> Details:
        return Details.of(self.organisation, self.opened_at)


@dataclass(frozen=True, slots=True)
class House:
    """Where scripts are played: the process, the people, and whom of them a key means."""

    process: Process
    roster: Roster
    actors: Mapping[str, Actor]
    organisations: Mapping[str, int]


def play(scripts: Sequence[Script], house: House, until: datetime, rng: Random) -> list[list[Act]]:
    """The acts of each script up to `until`, one list for each script, in the same order."""
    return _Player(scripts, house, until, rng).play()


@dataclass(slots=True)
class _Line:
    """One ticket being played. The steps are kept with the earliest last."""

    script: Script
    steps: list[Step]
    ticket: Ticket | None = None
    wakes_at: datetime | None = None
    acts: list[Act] = field(default_factory=list[Act])

    def next_at(self) -> datetime | None:
        """When something happens next; what the engine does comes before what people do."""
        if self.ticket is None:
            return self.script.opened_at
        step_at = self.steps[-1].at if self.steps else None
        if self.wakes_at is None or step_at is None:
            return self.wakes_at or step_at
        return min(self.wakes_at, step_at)

    def add(self, step: Step) -> None:
        self.steps.append(step)
        self.steps.sort(key=lambda each: each.at, reverse=True)


class _Player:
    def __init__(
        self, scripts: Sequence[Script], house: House, until: datetime, rng: Random
    ) -> None:
        self.house = house
        self.until = until
        self.rng = rng
        self.tickets = Counter(house.roster.tickets)
        self.cases = Counter(house.roster.cases)
        self.by_id = {actor.person_id: actor for actor in house.actors.values()}
        self.lines = [
            _Line(script, sorted(script.steps, key=lambda step: step.at, reverse=True))
            for script in scripts
        ]

    def play(self) -> list[list[Act]]:
        ahead: list[tuple[datetime, int]] = []
        for number, line in enumerate(self.lines):
            self._plan(ahead, number, line)
        while ahead:
            at, number = heappop(ahead)
            line = self.lines[number]
            self._turn(line, at)
            self._plan(ahead, number, line)
        return [line.acts for line in self.lines]

    def _plan(self, ahead: list[tuple[datetime, int]], number: int, line: _Line) -> None:
        at = line.next_at()
        if at is not None and at <= self.until:
            heappush(ahead, (at, number))

    def _turn(self, line: _Line, at: datetime) -> None:
        desk = Desk(lambda _: self.house.process, lambda: self.house.roster, at)
        if line.ticket is None:
            actor = self.house.actors[line.script.requester]
            self._keep(line, desk, actor, self._open(line.script, desk, actor))
        elif line.wakes_at is not None and line.wakes_at <= at:
            self._keep(line, desk, ENGINE, escalations.fire(line.ticket, desk))
        else:
            step = line.steps.pop()
            actor = self._actor(step, line.ticket)
            try:
                for decision in self._decide(step, line, desk, actor):
                    self._keep(line, desk, actor, decision)
            except BusinessError:
                return

    def _open(self, script: Script, desk: Desk, actor: Actor) -> Decision:
        assert actor.person_id is not None
        require(actor, Permission.TICKET_OPEN)
        matrix = self.house.process.matrix
        impact, urgency = self.rng.choice(
            sorted(pair for pair, severity in matrix.items() if severity == script.severity)
        )
        body = script.details.tell(script.story.report)
        return lifecycle.open_ticket(
            desk,
            process_version=self.house.process.version,
            subject=script.details.tell(script.story.subject),
            organisation_id=self.house.organisations[script.organisation.key],
            requester_id=actor.person_id,
            plan=script.organisation.plan,
            impact=impact,
            urgency=urgency,
            first_message=lifecycle.message_from_customer(
                desk.now, actor.person_id, actor.name, body
            ),
        )

    def _actor(self, step: Step, ticket: Ticket) -> Actor:
        if step.who:
            return self.house.actors[step.who]
        if step.do in CUSTOMER_DOES:
            return self.by_id[ticket.requester_id]
        if step.do in MANAGER_DOES:
            case_ = ticket.escalation
            if case_ is not None and case_.manager_id is not None:
                return self.by_id[case_.manager_id]
            return self.house.actors[self.rng.choice(("tan", "moreau"))]
        if ticket.assignee_id is not None:
            return self.by_id[ticket.assignee_id]
        team = self.house.roster.in_team(ticket.team)
        loads = self.house.roster.tickets
        return self.by_id[min(team, key=lambda person: loads.get(person, 0))]

    def _decide(self, step: Step, line: _Line, desk: Desk, actor: Actor) -> list[Decision]:
        """What the step comes to. Raises BusinessError when the domain refuses it."""
        ticket = line.ticket
        assert ticket is not None and actor.person_id is not None
        require(actor, _PERMISSIONS[step.do], ticket)
        match step.do:
            case Do.TAKE:
                return [lifecycle.assign(ticket, desk, actor.person_id, actor.name)]
            case Do.ASSIGN:
                to = self.house.actors[step.to]
                assert to.person_id is not None
                return [lifecycle.assign(ticket, desk, to.person_id, to.name)]
            case Do.REPLY | Do.NOTE | Do.WRITE:
                return [_say(step, ticket, desk, actor)]
            case Do.ASK:
                asked = _say(step, ticket, desk, actor)
                waiting = lifecycle.set_status(asked.after, desk, Status.WAITING_CUSTOMER)
                return [asked, waiting]
            case Do.WAIT_FOR_SUPPLIER:
                noted = _say(step, ticket, desk, actor)
                waiting = lifecycle.set_status(noted.after, desk, Status.WAITING_SUPPLIER)
                return [noted, waiting]
            case Do.RESOLVE:
                message = lifecycle.message_from_us(
                    desk.now, actor.person_id, actor.name, step.text, is_public=True
                )
                return [lifecycle.resolve(ticket, desk, message)]
            case Do.HAND_UP | Do.ASK_MANAGER | Do.REQUEST:
                is_functional = step.do is Do.HAND_UP
                return [
                    escalations.escalate(
                        ticket,
                        desk,
                        kind=EscalationKind.FUNCTIONAL
                        if is_functional
                        else EscalationKind.HIERARCHICAL,
                        reason=step.text,
                        requested_by=actor.person_id,
                        by_customer=step.do is Do.REQUEST,
                    )
                ]
            case Do.ACKNOWLEDGE:
                return [escalations.acknowledge(ticket, desk, actor.person_id)]
            case Do.TAKE_CASE:
                return [escalations.assign_case(ticket, desk, actor.person_id)]
            case Do.SETTLE:
                return [escalations.deescalate(ticket, desk, step.text)]

    def _keep(self, line: _Line, desk: Desk, actor: Actor, decision: Decision) -> None:
        """Put the act on record, and let the next one count with it."""
        self._count(line.ticket, decision.after)
        line.ticket = decision.after
        line.wakes_at = escalations.wakes_at(decision.after, desk)
        if not decision.is_change:
            return
        line.acts.append(Act(desk, actor, decision))
        kinds = {event.kind for event in decision.events}
        if EventKind.ESCALATION_STARTED in kinds and line.script.is_acknowledged:
            soon = timedelta(seconds=self.rng.randint(90, 1800))
            line.add(Step(desk.now + soon, Do.ACKNOWLEDGE))
            if line.script.may_be_taken and self.rng.random() < 0.6:
                line.add(Step(desk.now + 2 * soon, Do.TAKE_CASE))
        if EventKind.TICKET_ESCALATED in kinds:
            self._pass_on(line, decision.after, desk.now)

    def _pass_on(self, line: _Line, ticket: Ticket, now: datetime) -> None:
        """The lead of the team that got it gives it to the department that knows it; or, since a
        visitor's seat begins with a few tickets only, to a colleague of whoever sits there."""
        lead, departments = DEPARTMENTS.get(ticket.tier, ("", {}))
        to = departments.get(line.script.story.category)
        seat = self.house.actors[SEATS["agent"]].person_id
        if to is None and ticket.assignee_id == seat and self.rng.random() < 0.7:
            to = self.rng.choice(COLLEAGUES)
        if to is not None:
            soon = timedelta(seconds=self.rng.randint(60, 600))
            line.add(Step(now + soon, Do.ASSIGN, who=lead, to=to))

    def _count(self, before: Ticket | None, after: Ticket) -> None:
        """Keep the roster's loads what a fresh read of the rows would give: a decision that picked
        somebody has counted them already."""
        for ticket, step in ((before, -1), (after, 1)):
            if ticket is None:
                continue
            if ticket.is_open and ticket.assignee_id is not None:
                self.tickets[ticket.assignee_id] += step
            if ticket.escalation is not None:
                for person_id in (ticket.escalation.manager_id, ticket.escalation.executive_id):
                    if person_id is not None:
                        self.cases[person_id] += step
        self.house.roster.tickets.clear()
        self.house.roster.tickets.update(self.tickets)
        self.house.roster.cases.clear()
        self.house.roster.cases.update(self.cases)


def _say(step: Step, ticket: Ticket, desk: Desk, actor: Actor) -> Decision:
    assert actor.person_id is not None
    if actor.is_staff:
        is_public = step.do in (Do.REPLY, Do.ASK)
        message = lifecycle.message_from_us(
            desk.now, actor.person_id, actor.name, step.text, is_public=is_public
        )
    else:
        message = lifecycle.message_from_customer(desk.now, actor.person_id, actor.name, step.text)
    return lifecycle.add_message(ticket, desk, message)
