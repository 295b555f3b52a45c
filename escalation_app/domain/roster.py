"""The people of ours whom a decision can name, and how much each of them already has."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escalation_app.domain.path_spec import Audience
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Ticket


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: int
    name: str
    team: str
    tier: int
    is_team_lead: bool
    roles: frozenset[Role]
    skills: tuple[str, ...] = ()
    """What they know, each in the words that a ticket's subject or category would use."""
    zone: str = "UTC"


Count = Callable[[tuple[int, ...]], Mapping[int, int]]
"""How much each of these people has; who has nothing may be missing."""


def _nothing(_people: tuple[int, ...]) -> Mapping[int, int]:
    return {}


@dataclass(slots=True)
class Roster:
    """Active staff, with the number of open tickets (`tickets`) and active cases (`cases`) each
    has. Both are asked for when somebody has to be picked, and it counts what it hands out, so
    that one batch of decisions spreads its work. Whoever is away is never picked, and what would be
    said to them is said to who stands in for them."""

    staff: Mapping[int, StaffMember]
    absent: Mapping[int, int | None] = field(default_factory=dict[int, int | None])
    """Who is away now, and who stands in for them; None: nobody does."""
    back_at: Mapping[int, datetime] = field(default_factory=dict[int, datetime])
    """When those who are away are back."""
    muted: Mapping[tuple[int, Delivery], frozenset[str]] = field(
        default_factory=dict[tuple[int, Delivery], frozenset[str]]
    )
    """The kinds of event that anybody at all wants no message of, by person and way."""
    tickets: dict[int, int] = field(default_factory=dict[int, int])
    cases: dict[int, int] = field(default_factory=dict[int, int])
    count_tickets: Count = _nothing
    count_cases: Count = _nothing
    told: dict[Hashable, Any] = field(
        default_factory=dict[Hashable, Any], init=False, repr=False, compare=False
    )
    """Who is told of what, worked out once for all tickets of which it is the same."""
    _teams: dict[str, tuple[int, ...]] = field(init=False, repr=False)
    _leads: dict[str, tuple[int, ...]] = field(init=False, repr=False)
    _by_role: dict[Role, tuple[int, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        teams: dict[str, list[int]] = {}
        leads: dict[str, list[int]] = {}
        roles: dict[Role, list[int]] = {}
        for person in sorted(self.staff.values(), key=lambda p: p.id):
            if person.team and Role.AGENT in person.roles:
                teams.setdefault(person.team, []).append(person.id)
            if person.team and person.is_team_lead:
                leads.setdefault(person.team, []).append(person.id)
            for role in person.roles:
                roles.setdefault(role, []).append(person.id)
        self._teams = {key: tuple(ids) for key, ids in teams.items()}
        self._leads = {key: tuple(ids) for key, ids in leads.items()}
        self._by_role = {role: tuple(ids) for role, ids in roles.items()}

    def name(self, person_id: int | None) -> str:
        """The person's name, or nobody."""
        member = None if person_id is None else self.staff.get(person_id)
        return "nobody" if member is None else member.name

    def in_role(self, role: Role) -> tuple[int, ...]:
        return self._by_role.get(role, ())

    def in_team(self, team: str) -> tuple[int, ...]:
        return self._teams.get(team, ())

    def stand_in(self, person_id: int) -> int | None:
        """Who is there in this person's place: themselves, or the first of their substitutes who
        is not away too; None when nobody is."""
        seen: set[int] = set()
        who: int | None = person_id
        while who is not None and who in self.absent and who not in seen:
            seen.add(who)
            who = self.absent[who]
        return None if who in seen else who

    def present(self, people: Iterable[int]) -> tuple[int, ...]:
        """These people, each away one replaced by who stands in, each once."""
        if not self.absent:
            return tuple(dict.fromkeys(people))
        there = (self.stand_in(person) for person in people)
        return tuple(dict.fromkeys(person for person in there if person is not None))

    def stand_ins_among(self, people: Iterable[int]) -> dict[str, str]:
        """Of these people, who stands in for somebody who is away: name -> whose place it is, all
        of them where those away had named each other."""
        if not self.absent:
            return {}
        told, away = set(people), dict[int, list[str]]()
        for absent in sorted(self.absent):
            who = self.stand_in(absent)
            if who is not None and who in told:
                away.setdefault(who, []).append(self.name(absent))
        return {self.name(who): " and ".join(names) for who, names in away.items()}

    def place_taken(
        self, person_id: int, audiences: Iterable[Audience], ticket: Ticket
    ) -> int | None:
        """Whose place this person takes among the audiences; None for one who is meant."""
        if not self.absent:
            return None
        meant = [who for audience in audiences for who in self._members(audience, ticket, ())]
        if person_id in meant:
            return None
        return next((away for away in meant if self.stand_in(away) == person_id), None)

    def pick_among(self, people: tuple[int, ...]) -> int | None:
        """Of these people, who has the fewest open tickets."""
        return self._pick(people, self.tickets, self.count_tickets, None)

    def pick_agent(self, team: str, not_this: int | None = None) -> int | None:
        """The team's agent with the fewest open tickets; None when the team has no one else."""
        return self._pick(self.in_team(team), self.tickets, self.count_tickets, not_this)

    def pick_manager(self, not_this: int | None = None) -> int | None:
        """The manager with the fewest active cases; None when there is no other."""
        return self._pick(self.in_role(Role.MANAGER), self.cases, self.count_cases, not_this)

    def pick_executive(self) -> int | None:
        """The executive brought into the fewest active cases; None when there is none."""
        return self._pick(self.in_role(Role.EXECUTIVE), self.cases, self.count_cases, None)

    def resolve(
        self, audiences: Iterable[Audience], ticket: Ticket, told: Iterable[int] = ()
    ) -> tuple[int, ...]:
        """The people meant by `audiences` for this ticket, each once, in order."""
        return self.present(
            person_id
            for audience in audiences
            for person_id in self._members(audience, ticket, told)
        )

    def _members(self, audience: Audience, ticket: Ticket, told: Iterable[int]) -> Iterable[int]:
        match audience:
            case Audience.ASSIGNEE:
                return () if ticket.assignee_id is None else (ticket.assignee_id,)
            case Audience.REQUESTER:
                return (ticket.requester_id,)
            case Audience.TEAM:
                return self.in_team(ticket.team)
            case Audience.TEAM_LEAD:
                return self._leads.get(ticket.team, ())
            case Audience.CASE_MANAGER:
                case = ticket.escalation
                return () if case is None or case.manager_id is None else (case.manager_id,)
            case Audience.MANAGERS:
                return self.in_role(Role.MANAGER)
            case Audience.EXECUTIVES:
                return self.in_role(Role.EXECUTIVE)
            case Audience.ADMINS:
                return self.in_role(Role.ADMIN)
            case Audience.OBLIGED:
                return (owed.person_id for owed in ticket.obligations if owed.is_owed)
            case Audience.TOLD:
                return told

    def tickets_of(self, people: tuple[int, ...]) -> Mapping[int, int]:
        """How many open tickets each of these people has."""
        return self._counted(people, self.tickets, self.count_tickets)

    def cases_of(self, people: tuple[int, ...]) -> Mapping[int, int]:
        """How many active cases each of these people has."""
        return self._counted(people, self.cases, self.count_cases)

    def _counted(
        self, people: tuple[int, ...], load: dict[int, int], count: Count
    ) -> Mapping[int, int]:
        unknown = tuple(person_id for person_id in people if person_id not in load)
        if unknown:
            counted = count(unknown)
            load.update((person_id, counted.get(person_id, 0)) for person_id in unknown)
        return load

    def _pick(
        self,
        candidates: tuple[int, ...],
        load: dict[int, int],
        count: Count,
        not_this: int | None,
    ) -> int | None:
        """Whoever is there and has the least, of those the first; counted as given to them."""
        self._counted(candidates, load, count)
        there = (p for p in candidates if p != not_this and p not in self.absent)
        best = min(there, key=load.__getitem__, default=None)
        if best is not None:
            load[best] += 1
        return best
