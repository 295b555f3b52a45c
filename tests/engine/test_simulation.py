"""The same story, lived through the services and told to a simulation, must come out the same."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from escalation_app.db import Database
from escalation_app.domain.events import EventKind
from escalation_app.domain.history import Moment, Opening
from escalation_app.domain.permissions import Actor, Role
from escalation_app.domain.simulation import Happened, Recorded, walk
from escalation_app.domain.tickets import PathRun, Status, StepTaken, Ticket
from escalation_app.engine.timers import next_due_at, sweep
from escalation_app.models import EventRow, OutboxRow, PathRunRow, PathStepRow, TicketRow
from escalation_app.services import tickets
from escalation_app.services.people import NewPerson, actor_of, add_person, load_roster
from escalation_app.services.process_versions import live_process, shipped_document
from escalation_app.services.tables import columns
from tests.support.desk import MONDAY_NOON, SupportDesk, support_desk, without_criteria

BY_PEOPLE_ONLY = {EventKind.MESSAGE_SENT.value, EventKind.STATUS_CHANGED.value}
"""What a log does not say in so many words: a message, and that who takes a ticket begins."""

MORE_STAFF = (
    ("front_lead", "F. Lead", Role.AGENT, "service_desk", 1, True),
    ("specialist_2", "T. Okoye", Role.AGENT, "application_support", 2, False),
    ("expert", "E. Xpert", Role.AGENT, "platform_engineering", 3, False),
    ("manager_2", "O. Brandt", Role.MANAGER, "", 0, False),
    ("executive_2", "P. Quist", Role.EXECUTIVE, "", 0, False),
)


@dataclass(slots=True)
class Play:
    """People act at the desk, the engine is woken whenever something is due, and a log is kept."""

    desk: SupportDesk
    references: list[str] = field(default_factory=list[str])
    openings: list[Opening] = field(default_factory=list[Opening])
    moments: list[list[Moment]] = field(default_factory=list[list[Moment]])

    def go_on(self, hours: float) -> datetime:
        """Let the engine do what falls due until then, each at its very instant."""
        until = MONDAY_NOON + timedelta(hours=hours)
        while (due_at := self._due_at()) is not None and due_at <= until:
            self.desk.clock.set_to(due_at)
            sweep(self.desk.database)
        self.desk.clock.set_to(until)
        return until

    def _due_at(self) -> datetime | None:
        with self.desk.reading() as session:
            return next_due_at(session)

    def opens(self, hours: float, who: str, impact: str, urgency: str) -> int:
        at = self.go_on(hours)
        ticket = self.desk.open(
            f"Ticket {len(self.moments)}", by=who, impact=impact, urgency=urgency
        )
        self.references.append(ticket.reference)
        self.openings.append(
            Opening(
                at=at,
                reference=ticket.reference,
                subject=ticket.subject,
                organisation_id=ticket.organisation_id,
                requester_id=ticket.requester_id,
                requester_name=self.desk.people[who].name,
                plan=ticket.plan,
                impact=impact,
                urgency=urgency,
                team=ticket.team,
            )
        )
        self.moments.append([])
        return len(self.moments) - 1

    def acts(
        self,
        hours: float,
        who: str,
        number: int,
        service: Callable[..., Any],
        *said: Any,
        **moment: Any,
    ) -> None:
        """Somebody does something, and the log has a moment for it."""
        at = self.go_on(hours)
        self.desk.act(who, service, self.references[number], *said)
        self.moments[number].append(Moment(at, self.desk.people[who].name, **moment))

    def takes(self, hours: float, who: str, number: int) -> None:
        mine = self.desk.people[who].person_id
        self.acts(hours, who, number, tickets.take, assignee_id=mine, status=Status.OPEN)

    def answers(self, hours: float, who: str, number: int) -> None:
        self.acts(
            hours, who, number, tickets.send_message, "We see.", answers=True, status=Status.OPEN
        )

    def becomes(self, hours: float, who: str, number: int, status: Status) -> None:
        self.acts(hours, who, number, tickets.set_status, status, status=status)

    def resolves(self, hours: float, who: str, number: int) -> None:
        self.acts(hours, who, number, tickets.resolve, status=Status.RESOLVED)

    def reopens(self, hours: float, who: str, number: int) -> None:
        self.acts(hours, who, number, tickets.reopen, status=Status.OPEN)

    @property
    def log(self) -> list[Recorded]:
        return [
            Recorded(opening, moments)
            for opening, moments in zip(self.openings, self.moments, strict=True)
        ]


def story(play: Play) -> None:
    """Tickets of two customers: unanswered, late, paused, resolved in time, reopened; one is
    answered while its path is under way, which ends that."""
    unanswered = play.opens(0, "customer", "high", "high")
    paused = play.opens(0.2, "stranger", "high", "medium")
    play.takes(0.3, "agent", paused)
    play.answers(0.4, "agent", paused)
    quick = play.opens(0.5, "customer", "medium", "medium")
    play.takes(0.6, "front_lead", quick)
    late = play.opens(1, "lead", "high", "high")
    play.takes(1.05, "colleague", late)
    play.answers(1.1, "colleague", late)
    also_late = play.opens(1.5, "customer", "high", "high")
    play.resolves(2, "front_lead", quick)
    play.becomes(3, "agent", paused, Status.WAITING_CUSTOMER)
    play.answers(6, "front_lead", unanswered)
    play.becomes(30, "agent", paused, Status.OPEN)
    play.reopens(31, "manager", quick)
    play.resolves(32, "manager", unanswered)
    never = play.opens(33, "stranger", "low", "low")
    stopped = play.opens(34, "stranger", "medium", "medium")
    play.answers(38.5, "manager", stopped)
    play.resolves(40, "manager_2", late)
    play.resolves(90, "manager", also_late)
    play.resolves(100, "manager", paused)
    play.takes(101, "agent", never)
    play.takes(102, "manager_2", stopped)
    play.go_on(400)


def hired(desk: SupportDesk) -> None:
    with desk.database.writing() as session:
        for key, name, role, team, tier, leads in MORE_STAFF:
            person = NewPerson(
                key, f"{key}@example.org", name, frozenset({role}), None, team, tier, leads
            )
            actor = actor_of(session, add_person(session, person, MONDAY_NOON))
            assert isinstance(actor, Actor)
            desk.people[key] = actor


@dataclass(slots=True)
class Outcome:
    """What came of a story, in plain values: one list of each kind, in order."""

    events: list[Any] = field(default_factory=list[Any])
    steps: list[Any] = field(default_factory=list[Any])
    notices: list[Any] = field(default_factory=list[Any])
    tickets: list[Any] = field(default_factory=list[Any])


def lived(database: Database, numbers: dict[str, int]) -> Outcome:
    event, outbox, step, run, ticket = map(
        columns, (EventRow, OutboxRow, PathStepRow, PathRunRow, TicketRow)
    )
    with database.reading() as session:
        number = {
            row.id: numbers[row.reference]
            for row in session.execute(select(ticket.c.id, ticket.c.reference))
        }
        return Outcome(
            events=sorted(
                (number[row.ticket_id], row.recorded_at, row.kind, plain(row.data))
                for row in session.execute(select(event))
                if row.kind not in BY_PEOPLE_ONLY
            ),
            steps=sorted(
                (
                    number[row.ticket_id],
                    row.path,
                    row.step,
                    row.taken_at,
                    row.due_at,
                    row.outcome,
                    tuple(row.told),
                )
                for row in session.execute(
                    select(step, run.c.path, run.c.ticket_id).join(run, run.c.id == step.c.run_id)
                )
            ),
            notices=sorted(
                (number[row.ticket_id], row.created_at, row.kind, row.person_id, row.channel)
                for row in session.execute(select(outbox))
                if row.kind not in BY_PEOPLE_ONLY
            ),
            tickets=sorted(
                (number[row.id], row.status, row.tier, row.team, row.severity)
                for row in session.execute(select(ticket))
            ),
        )


def simulated(happened: list[Happened]) -> Outcome:
    came = Outcome()
    left: dict[int, Ticket] = {}
    for each in happened:
        decision, number = each.decision, each.decision.after.id - 1
        left[number] = decision.after
        for event, told in zip(decision.events, each.told, strict=True):
            if event.kind.value in BY_PEOPLE_ONLY:
                continue
            data = {**event.data, **({"told": list(event.told)} if event.told else {})}
            came.events.append((number, each.at, event.kind.value, plain(data)))
            came.notices += [
                (number, each.at, event.kind.value, person_id, way.value) for person_id, way in told
            ]
        runs = [run for run in (*decision.ended, decision.after.run) if isinstance(run, PathRun)]
        came.steps += [step_facts(number, run, step) for run in runs for step in run.taken]
    came.tickets = [
        (number, ticket.status, ticket.tier, ticket.team, ticket.severity)
        for number, ticket in left.items()
    ]
    for values in (came.events, came.steps, came.notices, came.tickets):
        values.sort()
    return came


def step_facts(number: int, run: PathRun, step: StepTaken) -> tuple[Any, ...]:
    return number, run.path, step.step, step.taken_at, step.due_at, step.outcome.value, step.told


def plain(data: Any) -> str:
    """Data in a form that can be sorted, without who did it, which a log only names."""
    return repr(sorted((key, value) for key, value in data.items() if key != "by"))


def without_messages() -> str:
    """The shipped process without the promises that only messages start, which no log tells of."""
    return re.sub(r", next_(reply|update): \w+", "", without_criteria(shipped_document()))


def test_a_simulation_decides_what_the_live_engine_decides(database: Database):
    with support_desk(database, document=without_messages()) as desk:
        hired(desk)
        play = Play(desk)
        story(play)
        with database.reading() as session:
            process, staff = live_process(session), load_roster(session).staff
        until = desk.now
    live = lived(database, {name: number for number, name in enumerate(play.references)})

    came = simulated(list(walk(play.log, process, staff, until)))

    assert came.steps == live.steps
    assert came.events == live.events
    assert came.notices == live.notices
    assert came.tickets == live.tickets
    outcomes = {outcome for *_, outcome, _told in live.steps}
    assert outcomes == {"done", "unanswered"}
    assert {kind for _, _, kind, _ in live.events} >= {"path_ended", "obligation_given"}
    assert len(live.steps) > 30
