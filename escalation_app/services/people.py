"""People and organisations: who they are to the domain, and how they come in."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import STAFF_ROLES, Actor, ActorKind, Role
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.models import (
    AbsenceRow,
    EscalationRow,
    OrganisationRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services.preferences import muted_kinds
from escalation_app.services.tables import columns

_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_TICKETS = columns(TicketRow)
_CASES = columns(EscalationRow)
_ABSENCES = columns(AbsenceRow)


REMEMBERED_FOR = timedelta(seconds=2)
"""How long a sweep goes by what it knows of the people."""


@dataclass(slots=True)
class RosterMemory:
    """What a sweep remembers of the people from one batch to the next."""

    roster: Roster | None = None
    read_at: datetime | None = None


def load_roster(session: Session, now: datetime | None = None) -> Roster:
    """The active staff, and who of them is away at `now`; what each has to do is read when
    somebody has to be picked."""
    roles: dict[int, set[Role]] = {}
    rows: dict[int, Any] = {}
    for row in session.execute(
        select(
            _PEOPLE.c.id,
            _PEOPLE.c.name,
            _PEOPLE.c.team,
            _PEOPLE.c.tier,
            _PEOPLE.c.is_team_lead,
            _PEOPLE.c.skills,
            _PEOPLE.c.zone,
            _ROLES.c.role,
        )
        .join(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
        .where(_PEOPLE.c.is_active.is_(True), _ROLES.c.role.in_(sorted(STAFF_ROLES)))
    ):
        rows[row.id] = row
        roles.setdefault(row.id, set()).add(Role(row.role))
    absent, back_at = ({}, {}) if now is None else _absent(session, now, rows)
    return Roster(
        staff={
            key: StaffMember(
                row.id,
                row.name,
                row.team,
                row.tier,
                row.is_team_lead,
                frozenset(roles[key]),
                tuple(row.skills),
                row.zone,
            )
            for key, row in rows.items()
        },
        absent=absent,
        back_at=back_at,
        muted=muted_kinds(session),
        count_tickets=partial(_open_tickets, session),
        count_cases=partial(_active_cases, session),
    )


def _absent(
    session: Session, now: datetime, staff: Container[int]
) -> tuple[dict[int, int | None], dict[int, datetime]]:
    """Who is away, and who stands in: somebody who still works here, or nobody. And until when."""
    away = session.execute(
        select(_ABSENCES.c.person_id, _ABSENCES.c.substitute_id, _ABSENCES.c.until_at)
        .where(_ABSENCES.c.until_at > now, _ABSENCES.c.from_at <= now)
        .order_by(_ABSENCES.c.id)
    ).all()
    absent = {
        row.person_id: row.substitute_id if row.substitute_id in staff else None for row in away
    }
    return absent, {row.person_id: row.until_at for row in away}


def remembered_roster(session: Session, memory: RosterMemory, now: datetime) -> Roster:
    """The roster of the batch before, unless it is too old."""
    is_fresh = memory.read_at is not None and abs(now - memory.read_at) <= REMEMBERED_FOR
    if memory.roster is None or not is_fresh:
        memory.roster, memory.read_at = load_roster(session, now), now
    memory.roster.count_tickets = partial(_open_tickets, session)
    memory.roster.count_cases = partial(_active_cases, session)
    return memory.roster


def _open_tickets(session: Session, people: tuple[int, ...]) -> dict[int, int]:
    wanted = (_TICKETS.c.assignee_id.in_(people), _TICKETS.c.is_open.is_(True))
    return _counted(session, _TICKETS.c.assignee_id, *wanted)


def _active_cases(session: Session, people: tuple[int, ...]) -> dict[int, int]:
    active = _CASES.c.ended_at.is_(None)
    loads = _counted(session, _CASES.c.manager_id, _CASES.c.manager_id.in_(people), active)
    executives = _CASES.c.executive_id
    for key, count in _counted(session, executives, executives.in_(people), active).items():
        loads[key] = loads.get(key, 0) + count
    return loads


def _counted(session: Session, column: Any, *conditions: Any) -> dict[int, int]:
    found = session.execute(select(column, func.count()).where(*conditions).group_by(column))
    return {int(key): int(count) for key, count in found}


def actor_of(session: Session, person_id: int) -> Actor | None:
    """The signed-in person as an actor; None when unknown or disabled."""
    person = session.get(PersonRow, person_id)
    if person is None or not person.is_active:
        return None
    roles = session.execute(select(_ROLES.c.role).where(_ROLES.c.person_id == person_id)).scalars()
    return Actor(
        kind=ActorKind.PERSON,
        name=person.name,
        person_id=person_id,
        roles=frozenset(Role(role) for role in roles),
        organisation_id=person.organisation_id,
        team=person.team,
        tier=person.tier,
        zone=person.zone,
    )


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added. `key` is stable across imports and seeds."""

    key: str
    email: str
    name: str
    roles: frozenset[Role]
    organisation_id: int | None = None
    team: str = ""
    tier: int = 0
    is_team_lead: bool = False
    skills: tuple[str, ...] = ()
    """Each in the words that a ticket's subject or category would use."""
    zone: str = "UTC"
    password_hash: str = ""
    is_active: bool = True


def add_organisation(session: Session, key: str, name: str, plan: str, zone: str = "UTC") -> int:
    """Add a customer's organisation, or give the id of the one with this key."""
    known = session.execute(
        select(columns(OrganisationRow).c.id).where(columns(OrganisationRow).c.key == key)
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    row = OrganisationRow(key=key, name=name, plan=plan, zone=zone)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def add_person(session: Session, person: NewPerson, now: datetime) -> int:
    """Add a person with their roles, or give the id of the one with this key."""
    known = session.execute(
        select(_PEOPLE.c.id).where(_PEOPLE.c.key == person.key)
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    row = PersonRow(
        key=person.key,
        email=person.email.strip().lower(),
        name=person.name,
        organisation_id=person.organisation_id,
        team=person.team,
        tier=person.tier,
        is_team_lead=person.is_team_lead,
        skills=[skill for given in person.skills if (skill := " ".join(given.split()))],
        zone=person.zone,
        password_hash=person.password_hash,
        is_active=person.is_active,
        created_at=now,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add_all(PersonRoleRow(person_id=row.id, role=role.value) for role in person.roles)
    session.flush()
    return row.id
