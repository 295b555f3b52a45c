"""What the simulator sees of the demo at an instant: people, open tickets, and what presses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.demo.owed import (
    Pledge,
    Promised,
    Task,
    load_clocks,
    load_pledges,
    load_tasks,
)
from escalation_app.demo.people import ORGANISATIONS, SEATS, Organisation
from escalation_app.demo.scripts import TOLD_BY
from escalation_app.demo.stories import Details, Story, story_of
from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Role
from escalation_app.domain.tickets import EscalationKind, Side, Status
from escalation_app.models import (
    AuthSessionRow,
    EscalationRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services.tables import columns

ABOUT_TO = timedelta(minutes=45)
"""What escalates by itself this soon is left to do so."""
LEFT_TO_BREAK = 2
"""One of so many new tickets with a first answer due within the hour is answered by nobody, until
its path has given it to a manager."""
LEFT_TO_RUN, RUNS_UNTIL = 3, 0.93
"""One of so many critical tickets of the first plan is not solved before that share of its time is
used, so that its path has a manager call the customer and then moves it."""
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
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_SESSIONS = columns(AuthSessionRow)
_ORGANISATIONS = columns(OrganisationRow)

BY_KEY = {each.key: each for each in ORGANISATIONS}


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    key: str
    organisation: str
    team: str
    roles: frozenset[str]


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
    tasks: Sequence[Task]
    pledges: Sequence[Pledge]
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

    @property
    def call(self) -> Promised | None:
        """The time in which `caller_id` is to call the customer."""
        call = self._call
        return None if call is None else call.clock

    @property
    def caller_id(self) -> int | None:
        call = self._call
        return None if call is None else call.person_id

    @property
    def _call(self) -> Task | None:
        return next((each for each in self.tasks if each.is_call and each.is_owed), None)

    @property
    def work(self) -> Sequence[Task]:
        """What people were asked for, besides calls."""
        return [each for each in self.tasks if not each.is_call]

    @property
    def owed(self) -> Sequence[Task]:
        return [each for each in self.work if each.is_owed]

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
    at_work: int
    """How many tickets people owe something to, besides calls."""
    promised: int
    """How many promises are neither kept nor over."""
    impacts: Mapping[int, Sequence[tuple[str, str]]]

    def is_held(self, ticket: Seen) -> bool:
        """Whether it is left as it is until what is owed is done and what is promised is kept.
        What a visitor owes counts no more once it has been late for LEFT_FOR."""
        return any(self._is_waited_for(task.person_id, task.clock) for task in ticket.owed) or any(
            self._is_waited_for(pledge.owner_id, pledge.clock) for pledge in ticket.pledges
        )

    def _is_waited_for(self, person_id: int, clock: Promised | None) -> bool:
        if clock is None:
            return False
        return person_id in self.people or clock.due_at > self.now - LEFT_FOR

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


# Rows ----------------------------------------------------------------------------------------


def load_people(session: Session) -> dict[int, Person]:
    rows = session.execute(
        select(_PEOPLE.c.id, _PEOPLE.c.key, _PEOPLE.c.team, _ORGANISATIONS.c.key, _ROLES.c.role)
        .join(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
        .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.id == _PEOPLE.c.organisation_id)
        .where(_PEOPLE.c.is_active.is_(True))
        .order_by(_PEOPLE.c.id, _ROLES.c.role)
    )
    people: dict[int, Person] = {}
    for key, name, team, organisation, role in rows:
        if organisation is not None and organisation not in BY_KEY:
            continue
        known = people.get(key)
        roles = frozenset({role}) if known is None else known.roles | {role}
        people[key] = Person(key, name, organisation or "", team, roles)
    return people


def load_visitors(session: Session, now: datetime) -> frozenset[int]:
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


def left_to(visitors: frozenset[int], every: Sequence[Seen], now: datetime) -> set[int]:
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


def load_open(session: Session) -> list[Seen]:
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
        .where(_TICKETS.c.is_open.is_(True), _ORGANISATIONS.c.key.in_(sorted(BY_KEY)))
        .order_by(_TICKETS.c.id)
    ).mappings()
    clocks, told = load_clocks(session), _load_told(session)
    tasks, pledges = load_tasks(session, clocks), load_pledges(session, clocks)
    return [
        _seen(
            dict(row),
            clocks.get(row["id"], ()),
            tasks.get(row["id"], ()),
            pledges.get(row["id"], ()),
            told.get(row["id"], ()),
        )
        for row in rows
    ]


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
    tasks: Sequence[Task],
    pledges: Sequence[Pledge],
    told: Collection[int],
) -> Seen:
    return Seen(
        id=row["id"],
        reference=row["reference"],
        subject=row["subject"],
        category=row["category"],
        organisation=BY_KEY[row["organisation"]],
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
        tasks=tasks,
        pledges=pledges,
        told=frozenset(told),
        is_escalated=row["case_id"] is not None,
        is_functional=row["kind"] == EscalationKind.FUNCTIONAL,
        manager_id=row["manager_id"],
        executive_id=row["executive_id"],
        is_acknowledged=row["acknowledged_at"] is not None,
        escalated_at=row["escalated_at"],
    )
