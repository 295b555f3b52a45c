"""Plays scripts of what people did, ticket beside ticket in the order of time, through the same
decisions that people and the engine take. What a script asks and the domain refuses does not
happen, and neither does what lies ahead of `until`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random

from escalation_app.demo import beside, phrases
from escalation_app.demo.case_steps import CaseStep
from escalation_app.demo.lines import Line
from escalation_app.demo.people import SEATS
from escalation_app.demo.scripts import (
    CUSTOMER_DOES,
    DEPARTMENTS,
    MANAGER_DOES,
    TOLD_BY,
    Do,
    Script,
    Step,
)
from escalation_app.demo.war_rooms import WarRooms
from escalation_app.domain import escalations, firing, lifecycle
from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import ENGINE, Actor, Permission, Role, require
from escalation_app.domain.process import Process
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Decision, EscalationKind, Status, Ticket
from escalation_app.services.effects import Act

_PERMISSIONS = {
    Do.TAKE: Permission.TICKET_TAKE,
    Do.REPLY: Permission.MESSAGE_SEND,
    Do.CALL: Permission.CONTACT_LOG,
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

COLLEAGUES = ("sato", "iyer", "brandt")
"""Of the agent whom a visitor can be."""
FREE_MANAGERS = ("tan", "moreau")

FORGOTTEN = 0.04
"""How often they hear it too late."""


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
        self.keys = {actor.person_id: key for key, actor in house.actors.items()}
        ids = {key: actor.person_id for key, actor in house.actors.items() if actor.person_id}
        self.rooms = WarRooms(ids, until)
        self.lines = [
            Line(script, sorted(script.steps, key=lambda step: step.at, reverse=True))
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

    def _plan(self, ahead: list[tuple[datetime, int]], number: int, line: Line) -> None:
        at = line.next_at()
        if at is not None and at <= self.until:
            heappush(ahead, (at, number))

    def _turn(self, line: Line, at: datetime) -> None:
        desk = Desk(lambda _: self.house.process, lambda: self.house.roster, at)
        if line.ticket is None:
            actor = self.house.actors[line.script.requester]
            opened = self._open(line.script, desk, actor)
            self._keep(line, desk, actor, opened)
            known = beside.known_at_opening(line.script, opened.after, desk)
            self._keep(line, desk, actor, known)
        elif line.wakes_at is not None and line.wakes_at <= at:
            self._keep(line, desk, ENGINE, firing.fire(line.ticket, desk))
        else:
            step = line.steps.pop()
            if isinstance(step, Step) and step.about and not _runs(line.ticket, *step.about):
                return
            actor = self._actor(step, line)
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

    def _actor(self, step: Step | CaseStep, line: Line) -> Actor:
        ticket = line.ticket
        assert ticket is not None
        if isinstance(step, CaseStep) or step.who:
            return self.house.actors[step.who]
        if step.do in CUSTOMER_DOES:
            return self.by_id[ticket.requester_id]
        if step.do in MANAGER_DOES:
            case_ = ticket.escalation
            if case_ is not None and case_.manager_id is not None:
                return self.by_id[case_.manager_id]
            told = self._told_agent(line) if step.do is Do.ACKNOWLEDGE else None
            return told or self.house.actors[self.rng.choice(FREE_MANAGERS)]
        if ticket.assignee_id is not None:
            return self.by_id[ticket.assignee_id]
        team = self.house.roster.in_team(ticket.team)
        loads = self.house.roster.tickets
        return self.by_id[min(team, key=lambda person: loads.get(person, 0))]

    def _asked_executive(self, ticket: Ticket) -> str:
        """The key of the case's executive if the path has asked them to acknowledge it."""
        run, case_ = ticket.run, ticket.escalation
        if run is None or run.ask is None or case_ is None or case_.executive_id is None:
            return ""
        is_asked = case_.executive_id in run.ask.told
        return self.keys[case_.executive_id] if is_asked else ""

    def _told_agent(self, line: Line) -> Actor | None:
        """Of those whom the escalation told, an agent who is no visitor's seat."""
        told = (self.by_id[person] for person in line.told)
        return next((each for each in told if self._may_act(each, Role.AGENT)), None)

    def _may_act(self, actor: Actor, role: Role) -> bool:
        return role in actor.roles and self.keys[actor.person_id] not in SEATS.values()

    def _decide(
        self, step: Step | CaseStep, line: Line, desk: Desk, actor: Actor
    ) -> list[Decision]:
        """What the step comes to. Raises BusinessError when the domain refuses it."""
        ticket = line.ticket
        assert ticket is not None and actor.person_id is not None
        if isinstance(step, CaseStep):
            require(actor, step.permission, ticket)
            return [step.decide(ticket, desk, actor.person_id)]
        require(actor, _PERMISSIONS[step.do], ticket)
        match step.do:
            case Do.TAKE:
                return [lifecycle.assign(ticket, desk, actor.person_id, actor.name)]
            case Do.ASSIGN:
                to = self.house.actors[step.to]
                assert to.person_id is not None
                return [lifecycle.assign(ticket, desk, to.person_id, to.name)]
            case Do.REPLY | Do.WRITE:
                return [_say(step, ticket, desk, actor)]
            case Do.NOTE:
                noted = _say(step, ticket, desk, actor)
                return [noted, beside.found_out(line.script, noted.after, desk)]
            case Do.CALL:
                whom = self.by_id[ticket.requester_id].name
                call = beside.called(line.acts, ticket, desk, actor, whom, step.text)
                return [call or _say(step, ticket, desk, actor)]
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

    def _keep(self, line: Line, desk: Desk, actor: Actor, decision: Decision) -> None:
        """Put the act on record, and let the next one count with it."""
        self._count(line.ticket, decision.after)
        line.ticket = decision.after
        line.wakes_at = firing.wakes_at(decision.after, desk)
        if not decision.is_change:
            return
        line.acts.append(Act(desk, actor, decision))
        self._answer_for_it(line, desk, decision)
        self._call(line, desk, decision)
        self._mind_the_customer(line, desk)
        kinds = {event.kind for event in decision.events}
        if EventKind.TICKET_ESCALATED in kinds:
            self._pass_on(line, decision.after, desk.now)
        if EventKind.ESCALATION_ASSIGNED in kinds and not line.is_furnished:
            self._furnish(line, decision.after, desk.now)

    def _furnish(self, line: Line, ticket: Ticket, now: datetime) -> None:
        """A manager who leads the case from now on sees to it that something is done."""
        ends = {step.do: step.at for step in line.steps if isinstance(step, Step)}
        case_ = ticket.escalation
        if case_ is None or case_.manager_id is None or Do.SETTLE in ends:
            return
        manager = self.keys[case_.manager_id]
        steps = self.rooms.furnish(line.script, manager, now, ends.get(Do.RESOLVE))
        line.is_furnished = bool(steps)
        line.add(*steps)

    def _answer_for_it(self, line: Line, desk: Desk, decision: Decision) -> None:
        """Somebody whom an escalation told acknowledges it, and again when they are asked again;
        now and then a manager takes what nobody owns, and acknowledges it with that."""
        script, ticket = line.script, decision.after
        is_new = decision.before is None or decision.before.escalation is None
        for event in decision.events:
            if event.kind in _TELLING and event.told:
                line.told = event.told
        case_ = ticket.escalation
        if case_ is None or not script.is_acknowledged or not (is_new or _asks(decision)):
            return
        who = self._asked_executive(ticket)
        if who == SEATS["executive"]:
            return
        soon = timedelta(seconds=self.rng.randint(90, 1800 if is_new else 800))
        may_be_taken = case_.manager_id is None and script.may_be_taken and is_new
        if may_be_taken and self.rng.random() < 0.6:
            line.add(Step(desk.now + soon, Do.TAKE_CASE, who=self.rng.choice(FREE_MANAGERS)))
            soon += timedelta(seconds=1)
        line.add(Step(desk.now + soon, Do.ACKNOWLEDGE, who=who))

    def _call(self, line: Line, desk: Desk, decision: Decision) -> None:
        """A manager who is to call the customer does, and writes down what was said. A visitor's
        seat has done so without delay, but the call to the other seat's ticket is left to them."""
        given = {e.data["number"] for e in decision.events if e.kind is EventKind.OBLIGATION_GIVEN}
        for owed in decision.after.obligations:
            clock = decision.after.clock_of(Metric.OBLIGATION, owed.number)
            if owed.number not in given or not owed.is_call or clock is None:
                continue
            key = self.keys[owed.person_id]
            is_seat = key in SEATS.values()
            is_ahead = clock.due_at is not None and clock.due_at > self.until
            if is_seat and is_ahead and line.script.requester == SEATS["customer"]:
                continue
            at = desk.now + clock.target * self.rng.uniform(0.15, 0.3 if is_seat else 0.8)
            about = (Metric.OBLIGATION, owed.number)
            line.add(Step(at, Do.CALL, self.rng.choice(phrases.CALLS), key, about=about))

    def _mind_the_customer(self, line: Line, desk: Desk) -> None:
        """Whoever has the ticket writes before the time to the next word is over, most often."""
        ticket = line.ticket
        assert ticket is not None
        for clock in _awaited(ticket):
            since, due_at = clock.running_since, clock.due_at
            assert since is not None and due_at is not None
            stretch = (clock.metric, clock.cycle, since)
            if stretch in line.minded:
                continue
            line.minded.add(stretch)
            is_late = self.rng.random() < FORGOTTEN
            share = self.rng.uniform(1.02, 1.2) if is_late else self.rng.uniform(0.35, 0.8)
            at = max(desk.now, since + share * (due_at - since))
            text = self.rng.choice(TOLD_BY[clock.metric])
            line.add(Step(at, Do.REPLY, text, about=(clock.metric, clock.cycle)))

    def _pass_on(self, line: Line, ticket: Ticket, now: datetime) -> None:
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


_TELLING = frozenset(
    {EventKind.PATH_STEP_TAKEN, EventKind.TICKET_ESCALATED, EventKind.ESCALATION_ASSIGNED}
)


def _asks(decision: Decision) -> bool:
    """Whether a step of the path has just asked to be acknowledged, for the first time."""
    run, before = decision.after.run, decision.before
    if run is None or run.ask is None or run.ask.loop:
        return False
    earlier = None if before is None or before.run is None else before.run.ask
    return earlier is None or earlier.step != run.ask.step


def _awaited(ticket: Ticket) -> Iterator[Clock]:
    """The running clocks that a word of ours to the customer ends."""
    for metric in TOLD_BY:
        clock = ticket.clock(metric)
        if clock is not None and clock.running_since is not None and clock.due_at is not None:
            yield clock


def _runs(ticket: Ticket, metric: Metric, cycle: int) -> bool:
    clock = ticket.clock_of(metric, cycle)
    return clock is not None and clock.is_running


def _say(step: Step, ticket: Ticket, desk: Desk, actor: Actor) -> Decision:
    assert actor.person_id is not None
    if actor.is_staff:
        is_public = step.do in (Do.REPLY, Do.CALL, Do.ASK)
        message = lifecycle.message_from_us(
            desk.now, actor.person_id, actor.name, step.text, is_public=is_public
        )
    else:
        message = lifecycle.message_from_customer(desk.now, actor.person_id, actor.name, step.text)
    return lifecycle.add_message(ticket, desk, message)
