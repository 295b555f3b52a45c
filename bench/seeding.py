"""A database as a busy help desk has it: open tickets with clocks, messages, timers and people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain import escalations, firing, lifecycle
from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.path_spec import ShareAnchor
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.migrations import migrate
from escalation_app.models import (
    ClockRow,
    CounterRow,
    EscalationRow,
    EventRow,
    MessageRow,
    PathRunRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.people import NewPerson, add_organisation, add_person, load_roster
from escalation_app.services.process_versions import live_process, publish, shipped_document
from escalation_app.services.row_values import (
    clock_values,
    escalation_values,
    new_ticket_values,
    run_values,
)
from escalation_app.services.tables import TICKET, columns

CHUNK = 5_000
QUIET = timedelta(hours=1)
"""How long nothing is due but what was asked for."""
AGES_TRIED = 20
AGENTS_PER_TEAM = 8
ORGANISATIONS = 200
GRADES = (("high", "high"), ("high", "medium"), ("medium", "medium"), ("low", "low"))
"""An impact and an urgency for each severity from 1 to 4."""
MIX = (1, 2, 2, 3, 3, 3, 3, 4, 4, 4)
"""How often each severity occurs."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made; people by role, and the tickets that escalate at the instants asked for."""

    people: dict[Role, list[int]]
    organisations: list[int]
    due_tickets: list[int]


def seed(
    url: str,
    tickets: int,
    *,
    due: Sequence[datetime] = (),
    now: datetime | None = None,
    key: int = 7,
) -> Seeded:
    """Fill an empty or missing database with open tickets that sleep for QUIET after `now`.

    Each instant in `due` adds one ticket whose escalation path starts then. The same `key` makes
    the same tickets. Everything is committed at the end.
    """
    migrate(url)
    database = Database(url)
    now = now or utc_now()
    with database.writing() as session:
        publish(session, shipped_document(), "Benchmark", now)
        process = live_process(session)
        people, organisations = _people(session, process, now)
        _Seeder(session, process, people, organisations, now, Random(key)).run(tickets, due)
        first_due = tickets + 1
    database.dispose()
    return Seeded(people, organisations, list(range(first_due, first_due + len(due))))


def _people(
    session: Session, process: Process, now: datetime
) -> tuple[dict[Role, list[int]], list[int]]:
    people: dict[Role, list[int]] = {role: [] for role in Role}

    def add(role: Role, name: str, **more: Any) -> None:
        key = name.lower().replace(" ", ".")
        person = NewPerson(key, f"{key}@bench.invalid", name, frozenset({role}), **more)
        people[role].append(add_person(session, person, now))

    for team in process.teams:
        for number in range(AGENTS_PER_TEAM):
            place = {"team": team.key, "tier": team.tier, "is_team_lead": number == 0}
            add(Role.AGENT, f"{team.name} {number}", **place)
    for number in range(6):
        add(Role.MANAGER, f"Manager {number}")
    for number in range(3):
        add(Role.EXECUTIVE, f"Executive {number}")
    add(Role.ADMIN, "Admin")
    plans = [plan.key for plan in process.plans]
    organisations = [
        add_organisation(session, f"org-{n}", f"Organisation {n}", plans[n % len(plans)])
        for n in range(ORGANISATIONS)
    ]
    for number, organisation in enumerate(organisations):
        add(Role.CUSTOMER, f"Customer {number}", organisation_id=organisation)
    return people, organisations


class _Seeder:
    def __init__(
        self,
        session: Session,
        process: Process,
        people: dict[Role, list[int]],
        organisations: list[int],
        now: datetime,
        random: Random,
    ) -> None:
        self.session = session
        self.process = process
        self.people = people
        self.organisations = organisations
        self.now = now
        self.random = random
        self.roster = load_roster(session)
        self.due = range(0)

    def run(self, tickets: int, due: Sequence[datetime]) -> None:
        self.due = range(tickets + 1, tickets + 1 + len(due))
        self.session.add(CounterRow(name="ticket", value=1_000 + tickets + len(due)))
        chunk: list[Ticket] = []
        for ticket in self._tickets(tickets, due):
            chunk.append(ticket)
            if len(chunk) == CHUNK:
                self._write(chunk)
                chunk = []
        self._write(chunk)

    def _tickets(self, tickets: int, due: Sequence[datetime]) -> Iterator[Ticket]:
        for number in range(1, tickets + 1):
            severity = self.random.choice(MIX)
            yield self._sleeping(number, severity)
        for number, at in enumerate(due, tickets + 1):
            yield self._due(number, 1 + number % 4, at)

    def _desk(self, at: datetime) -> Desk:
        return Desk(lambda _: self.process, lambda: self.roster, at, is_history=True)

    def _sleeping(self, number: int, severity: int) -> Ticket:
        """A ticket of any age up to nearly its time at which nothing falls due for QUIET; one that
        has no such age waits for its customer. Every twentieth is escalated."""
        plan = self.process.plans[number % len(self.process.plans)].key
        target = self.process.policy_for(plan, severity).target(severity, Metric.RESOLUTION)
        assert target is not None
        ages = (target * self.random.uniform(0, 0.99) for _ in range(AGES_TRIED))
        aged = (self._aged(number, severity, plan, age) for age in ages)
        found = next(filter(self._sleeps, aged), None)
        if found is not None:
            return found
        restless = self._aged(number, severity, plan, target / 2)
        return lifecycle.set_status(restless, self._desk(self.now), Status.WAITING_CUSTOMER).after

    def _sleeps(self, ticket: Ticket) -> bool:
        wakes_at = firing.wakes_at(ticket, self._desk(self.now))
        return wakes_at is None or wakes_at > self.now + QUIET

    def _aged(self, number: int, severity: int, plan: str, age: timedelta) -> Ticket:
        ticket = self._answered(number, severity, plan, self.now - age)
        ticket = firing.fire(ticket, self._desk(self.now)).after
        if number % 20:
            return ticket
        asked = escalations.escalate(
            ticket,
            self._desk(self.now),
            kind=EscalationKind.HIERARCHICAL,
            reason="Somebody has to decide.",
            requested_by=ticket.assignee_id or 0,
            by_customer=False,
        )
        return asked.after

    def _due(self, number: int, severity: int, at: datetime) -> Ticket:
        """A ticket whose first path step falls due at an instant."""
        plan = self.process.plans[number % len(self.process.plans)].key
        target = self.process.policy_for(plan, severity).target(severity, Metric.RESOLUTION)
        path = self.process.path_for(severity, Metric.RESOLUTION)
        assert target is not None and path is not None
        anchor = path.steps[0].anchor
        assert isinstance(anchor, ShareAnchor)
        created_at = at - target * anchor.share / 100 - timedelta(microseconds=anchor.share == 100)
        ticket = self._answered(number, severity, plan, created_at)
        return firing.fire(ticket, self._desk(at - timedelta(seconds=1))).after

    def _answered(self, number: int, severity: int, plan: str, created_at: datetime) -> Ticket:
        """Opened, answered at once and given to an agent of some tier, as history."""
        impact, urgency = GRADES[severity - 1]
        organisation = number % len(self.organisations)
        desk = self._desk(created_at)
        opened = lifecycle.open_ticket(
            desk,
            process_version=self.process.version,
            subject=f"Ticket {number}: the service does not answer as it should",
            organisation_id=self.organisations[organisation],
            requester_id=self.people[Role.CUSTOMER][organisation],
            plan=plan,
            impact=impact,
            urgency=urgency,
            first_message=None,
        ).after
        team = self.random.choice(self.process.teams)
        agent = self.random.choice(self.roster.in_team(team.key))
        ticket = replace(
            opened, id=number, reference=f"T-{1_000 + number}", team=team.key, tier=team.tier
        )
        ticket = lifecycle.assign(ticket, desk, agent, self.roster.name(agent)).after
        answer = lifecycle.message_from_us(
            created_at, agent, self.roster.name(agent), "We look into it.", is_public=True
        )
        return lifecycle.add_message(ticket, desk, answer).after

    def _write(self, tickets: list[Ticket]) -> None:
        if not tickets:
            return
        connection = self.session.connection()
        rows: dict[Any, list[dict[str, Any]]] = {
            TicketRow: [{"id": t.id, **new_ticket_values(t)} for t in tickets],
            ClockRow: [
                {"subject_type": TICKET, "subject_id": t.id, **clock_values(clock)}
                for t in tickets
                for clock in t.clocks
            ],
            EscalationRow: [
                {"ticket_id": t.id, **escalation_values(t.escalation)}
                for t in tickets
                if t.escalation
            ],
            PathRunRow: [{"ticket_id": t.id, **run_values(t.run)} for t in tickets if t.run],
            MessageRow: [row for t in tickets for row in _messages(t)],
            EventRow: [_event(t) for t in tickets],
            TimerRow: [row for t in tickets for row in self._timer(t)],
        }
        for model, values in rows.items():
            if values:
                connection.execute(insert(columns(model)), values)

    def _timer(self, ticket: Ticket) -> Iterator[dict[str, Any]]:
        due_at = firing.wakes_at(ticket, self._desk(self.now))
        if due_at is not None:
            if ticket.id not in self.due and due_at <= self.now + QUIET:
                raise RuntimeError(f"{ticket.reference} does not sleep until {QUIET} from now")
            yield {"subject_type": TICKET, "subject_id": ticket.id, "due_at": due_at}


def _messages(ticket: Ticket) -> Iterator[dict[str, Any]]:
    told = {
        "ticket_id": ticket.id,
        "at": ticket.created_at,
        "is_public": True,
        "is_automatic": False,
    }
    customer = {"author_id": ticket.requester_id, "author_name": "Customer", "side": "them"}
    agent = {"author_id": ticket.assignee_id, "author_name": "Agent", "side": "us"}
    yield {**told, **customer, "body": "The service does not answer as it should. " * 8}
    yield {**told, **agent, "body": "We look into it."}


def _event(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket_id": ticket.id,
        "at": ticket.created_at,
        "recorded_at": ticket.created_at,
        "kind": "ticket_opened",
        "actor_kind": "person",
        "actor_id": ticket.requester_id,
        "actor_name": "Customer",
        "data": {"subject": ticket.subject, "severity": ticket.severity},
    }
