"""A log as a simulation takes it: read as an import reads it, without the product's database."""

from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush

from escalation_app.domain.errors import BusinessError
from escalation_app.domain.history import require_order
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.roster import StaffMember
from escalation_app.domain.simulation import Recorded
from escalation_app.services.importing.cells import instant
from escalation_app.services.importing.log import ImportOrder, stage_rows
from escalation_app.services.importing.parties import Parties
from escalation_app.services.importing.publishing import Progress
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.importing.rows import Fact
from escalation_app.services.importing.staging import Stage
from escalation_app.services.importing.telling import Teller, Told, assignee_of, read_ticket

UNSHIFTED = timedelta(0)
AGENTS_WHERE_NOBODY_IS = 2
MANAGERS, EXECUTIVES, ADMINS = 2, 1, 1


def no_word(doing: str, done: int, total: int | None) -> None:
    """Say nothing about progress."""


@dataclass(slots=True)
class Recording:
    """A log that has been read. `staff` are those it names and stand-ins for those it does not;
    `ends_at` is its latest event. `refused` counts tickets of which no history can be made."""

    rows: int
    staff: Mapping[int, StaffMember]
    ends_at: datetime
    until: datetime
    order: ImportOrder
    rejects: Rejects
    stage: Stage
    parties: Parties
    refused: int = 0
    _references: set[str] = field(default_factory=set[str])

    def tickets(self, progress: Progress = no_word) -> Iterator[Recorded]:
        """Every ticket in order of opening. What is wrong with one is told to the rejects, in the
        words of an import."""
        ahead: list[tuple[datetime, str, Recorded]] = []
        for done, (first, record) in enumerate(self._recorded()):
            progress("tickets simulated", done, self.stage.tickets)
            # The next ones may open later than they might have, but not before `first`.
            while ahead and ahead[0][0] <= first:
                yield heappop(ahead)[2]
            opening = record.opening
            heappush(ahead, (opening.at, opening.reference, record))
        while ahead:
            yield heappop(ahead)[2]

    def _recorded(self) -> Iterator[tuple[datetime, Recorded]]:
        teller = Teller(self.order.mapping, self.parties, UNSHIFTED)
        for staged in self.stage.read():
            told = read_ticket(staged, self.order.mapping, self.rejects)
            record = None if told is None else self._record(told, teller)
            if record is None:
                self.refused += 1
            else:
                yield instant(staged.first, UNSHIFTED), record

    def _record(self, told: Told, teller: Teller) -> Recorded | None:
        self.parties.pretend(teller.parties_of(told))
        try:
            opening, moments = teller.opening(told), teller.moments(told)
            require_order(opening, moments, self.until)
        except (BusinessError, ValueError, OverflowError) as wrong:
            self._refuse(told, f"has a history that cannot be: {wrong}")
            return None
        if told.reference in self._references:
            self._refuse(told, f"cannot be {told.reference}: another ticket here is.")
            return None
        self._references.add(told.reference)
        return Recorded(opening, moments)

    def _refuse(self, told: Told, said: str) -> None:
        self.rejects.reject(told.line, f"Ticket {told.ref!r} {said}")


@contextmanager
def recording(
    order: ImportOrder,
    process: Process,
    rejects: Rejects,
    until: datetime,
    progress: Progress = no_word,
) -> Generator[Recording]:
    """Read the log of an order, for the length of the block.

    `until` is the latest instant that a log can honestly have. Memory does not grow with the rows.
    Raises Invalid for a file or mapping that cannot be used.
    """
    mapping = order.mapping
    plan = mapping.plans.empty or process.default_plan
    parties = Parties(mapping.source, plan, process, mapping.unknown_organisation)
    with Stage() as stage:
        rows, _ = stage_rows(order, rejects, stage, until, progress)
        last_at = stage.last_at()
        yield Recording(
            rows=rows,
            staff=with_stand_ins(process, _named(stage.facts(), parties, process)),
            ends_at=until if last_at is None else instant(last_at, UNSHIFTED),
            until=until,
            order=order,
            rejects=rejects,
            stage=stage,
            parties=parties,
        )


def _named(facts: Iterable[Fact], parties: Parties, process: Process) -> Mapping[int, StaffMember]:
    """Everybody who had a ticket, in the team in which the log names them most."""
    teams: defaultdict[int, Counter[str]] = defaultdict(Counter)
    names: dict[int, str] = {}
    first_line = min(process.tiers, key=lambda tier: tier.level).team
    for fact in facts:
        if fact.assignee:
            party = assignee_of(fact)
            parties.pretend((party,))
            person_id = parties.person_id(party)
            teams[person_id][fact.team or first_line] += 1
            names.setdefault(person_id, fact.assignee)
    return {
        person_id: _member(process, person_id, names[person_id], max(often, key=often.__getitem__))
        for person_id, often in teams.items()
    }


def with_stand_ins(process: Process, named: Mapping[int, StaffMember]) -> Mapping[int, StaffMember]:
    """Those named, and those without whom a path has nobody to turn to: a lead of each team, who
    takes no tickets; AGENTS_WHERE_NOBODY_IS in a team without agents; managers, executives and
    admins where there are none. Stand-ins have negative ids."""
    staff = dict(named)

    def add(name: str, *roles: Role, team: str = "", is_lead: bool = False) -> None:
        key = -1 - len(staff) + len(named)
        tier = process.team(team).tier if team else 0
        staff[key] = StaffMember(key, name, team, tier, is_lead, frozenset(roles))

    manned = {member.team for member in named.values() if Role.AGENT in member.roles}
    led = {member.team for member in named.values() if member.is_team_lead}
    for team in process.teams:
        if team.key not in led:
            add(f"Lead of {team.name}", team=team.key, is_lead=True)
        for number in range(1, 1 + AGENTS_WHERE_NOBODY_IS if team.key not in manned else 1):
            add(f"Agent {number} of {team.name}", Role.AGENT, team=team.key)
    roles = {role for member in named.values() for role in member.roles}
    for role, count in (
        (Role.MANAGER, MANAGERS),
        (Role.EXECUTIVE, EXECUTIVES),
        (Role.ADMIN, ADMINS),
    ):
        for number in range(1, 1 + count if role not in roles else 1):
            add(f"{role.value.capitalize()} {number}", role)
    return staff


def _member(process: Process, person_id: int, name: str, team: str) -> StaffMember:
    tier = process.team(team).tier
    return StaffMember(person_id, name, team, tier, False, frozenset({Role.AGENT}))
