"""Whom an escalation should go to, and why: what the dialog proposes before a person decides.

Functional: who has the skill, is working now and has the fewest open tickets. Hierarchical: who
has the authority, and of those the fewest cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from escalation_app.domain.drafts import Desk
from escalation_app.domain.path_spec import Playbook
from escalation_app.domain.permissions import Role
from escalation_app.domain.playbooks import holds, speaks_of
from escalation_app.domain.process import Process, Team
from escalation_app.domain.quiet import quiet_until
from escalation_app.domain.roster import StaffMember
from escalation_app.domain.tickets import EscalationKind, Ticket


class GroundKind(StrEnum):
    """What speaks for or against somebody."""

    SKILL = "skill"
    OTHER_SKILL = "other_skill"
    """They know things, but none that the ticket speaks of."""
    AWAY = "away"
    CLOSED = "closed"
    """Their team's hours are over."""
    NIGHT = "night"
    """It is the quiet time of the process where they are."""
    WORKING = "working"
    LOAD = "load"
    OWNER = "owner"
    """They own the case already."""
    EXECUTIVE = "executive"
    """They stand above who owns the case."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason. `words` are skills or names, `count` is a load, `until` an instant (UTC)."""

    kind: GroundKind
    is_for: bool
    words: tuple[str, ...] = ()
    count: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody it could go to. Who is away cannot be chosen."""

    person_id: int
    team: str
    is_there: bool
    grounds: tuple[Ground, ...]


def functional_candidates(
    ticket: Ticket, desk: Desk, playbook: Playbook | None = None
) -> tuple[Candidate, ...]:
    """The agents it could go to, the best first: of the team above, and of other teams of its
    tier who have a skill the ticket speaks of; with a playbook that names a team, of that one.
    Empty at the top."""
    process = desk.process_of(ticket.process_version)
    home = home_team(process, ticket, playbook)
    if home is None:
        return ()
    found = [
        _Agent(member, process.team(member.team), _skills_for(ticket, member))
        for member in desk.roster.staff.values()
        if _may_take(process, ticket, member, home, is_bound=_is_bound(playbook, home))
    ]
    loads = desk.roster.tickets_of(tuple(one.member.id for one in found))
    weighed = [_weigh(ticket, desk, one, home, loads.get(one.member.id, 0)) for one in found]
    return tuple(candidate for _, candidate in sorted(weighed, key=lambda pair: pair[0]))


def hierarchical_candidates(ticket: Ticket, desk: Desk) -> tuple[Candidate, ...]:
    """The managers, those with the fewest cases first. A case that has its manager keeps them:
    then it is they, or an executive above them."""
    roster, case_ = desk.roster, ticket.escalation
    if case_ is None or case_.manager_id is None:
        return tuple(_by_cases(desk, roster.in_role(Role.MANAGER), ()))
    owner = _candidate(desk, case_.manager_id, (Ground(GroundKind.OWNER, is_for=True),))
    above = roster.in_role(Role.EXECUTIVE) if case_.executive_id is None else (case_.executive_id,)
    because = Ground(GroundKind.EXECUTIVE, is_for=True, words=(roster.name(case_.manager_id),))
    return (owner, *_by_cases(desk, above, (because,)))


def best(candidates: Iterable[Candidate]) -> Candidate | None:
    """The first who is there; None when nobody is."""
    return next((one for one in candidates if one.is_there), None)


def fitting_playbook(process: Process, ticket: Ticket) -> Playbook | None:
    """The first playbook that a person could follow on the ticket, whichever its type."""
    for playbook in process.playbooks:
        kind = EscalationKind(playbook.kind)
        if kind is not EscalationKind.AUTOMATIC and holds(playbook.when, ticket, kind=kind):
            return playbook
    return None


def home_team(process: Process, ticket: Ticket, playbook: Playbook | None = None) -> Team | None:
    """Where a functional escalation goes: the playbook's team, else the team above; None at the
    top."""
    if playbook is not None and playbook.team and playbook.team != ticket.team:
        return process.team(playbook.team)
    above = process.team_above(ticket.team)
    if above is not None:
        return above
    upper = process.next_tier(ticket.tier)
    return None if upper is None else process.team(upper.team)


def _is_bound(playbook: Playbook | None, home: Team) -> bool:
    return playbook is not None and playbook.team == home.key


@dataclass(frozen=True, slots=True)
class _Agent:
    member: StaffMember
    team: Team
    skills: tuple[str, ...]


def _may_take(
    process: Process, ticket: Ticket, member: StaffMember, home: Team, *, is_bound: bool
) -> bool:
    if Role.AGENT not in member.roles or member.id == ticket.assignee_id:
        return False
    if member.team == home.key:
        return True
    if is_bound or member.team not in {team.key for team in process.teams}:
        return False
    return process.team(member.team).tier == home.tier and bool(_skills_for(ticket, member))


def _skills_for(ticket: Ticket, member: StaffMember) -> tuple[str, ...]:
    return tuple(skill for skill in member.skills if speaks_of(ticket, (skill,)))


def _weigh(
    ticket: Ticket, desk: Desk, agent: _Agent, home: Team, load: int
) -> tuple[tuple[object, ...], Candidate]:
    """A candidate, and what orders them: there, skilled, at work, of the home team, least load."""
    member = agent.member
    off = _off_work(ticket, desk, agent)
    grounds = (
        *_skill_grounds(agent),
        off or Ground(GroundKind.WORKING, is_for=True),
        Ground(GroundKind.LOAD, is_for=True, count=load),
    )
    candidate = _candidate(desk, member.id, grounds, agent.team.key)
    order = (
        not candidate.is_there,
        -len(agent.skills),
        off is not None,
        agent.team.key != home.key,
        load,
        member.name,
    )
    return order, candidate


def _skill_grounds(agent: _Agent) -> Iterable[Ground]:
    if agent.skills:
        yield Ground(GroundKind.SKILL, is_for=True, words=agent.skills)
    elif agent.member.skills:
        yield Ground(GroundKind.OTHER_SKILL, is_for=False, words=agent.member.skills)


def _off_work(ticket: Ticket, desk: Desk, agent: _Agent) -> Ground | None:
    """Why they are not at work now, if they are not: their team's hours, else their night."""
    process = desk.process_of(ticket.process_version)
    policy = process.policy_for(ticket.plan, ticket.severity)
    calendar = process.team_calendar(agent.team.key, policy)
    if not calendar.is_open(desk.now):
        opens = calendar.next_opening(desk.now)
        return Ground(GroundKind.CLOSED, is_for=False, until=opens)
    if process.quiet is None:
        return None
    until = quiet_until(process.quiet.hours, agent.member.zone, desk.now)
    return None if until is None else Ground(GroundKind.NIGHT, is_for=False, until=until)


def _candidate(
    desk: Desk, person_id: int, grounds: tuple[Ground, ...], team: str = ""
) -> Candidate:
    roster = desk.roster
    if person_id not in roster.absent:
        return Candidate(person_id, team, is_there=True, grounds=grounds)
    substitute = roster.stand_in(person_id)
    who = () if substitute is None else (roster.name(substitute),)
    away = Ground(GroundKind.AWAY, is_for=False, words=who, until=roster.back_at.get(person_id))
    return Candidate(person_id, team, is_there=False, grounds=(away,))


def _by_cases(
    desk: Desk, people: tuple[int, ...], because: tuple[Ground, ...]
) -> Iterable[Candidate]:
    loads = desk.roster.cases_of(people)
    found = [
        _candidate(
            desk,
            person,
            (*because, Ground(GroundKind.LOAD, is_for=True, count=loads.get(person, 0))),
        )
        for person in people
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.is_there,
            loads.get(one.person_id, 0),
            desk.roster.name(one.person_id),
        ),
    )
