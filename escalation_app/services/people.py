"""People and organisations: who they are to the domain, and how they come in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import STAFF_ROLES, Actor, ActorKind, Role
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.models import (
    EscalationRow,
    OrganisationRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services.store import columns

_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_TICKETS = columns(TicketRow)
_CASES = columns(EscalationRow)


def load_roster(session: Session) -> Roster:
    """The active staff and what each has to do."""
    roles: dict[int, set[Role]] = {}
    rows: dict[int, Any] = {}
    for row in session.execute(
        select(
            _PEOPLE.c.id,
            _PEOPLE.c.name,
            _PEOPLE.c.team,
            _PEOPLE.c.tier,
            _PEOPLE.c.is_team_lead,
            _ROLES.c.role,
        )
        .join(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
        .where(_PEOPLE.c.is_active.is_(True), _ROLES.c.role.in_(sorted(STAFF_ROLES)))
    ):
        rows[row.id] = row
        roles.setdefault(row.id, set()).add(Role(row.role))
    return Roster(
        staff={
            key: StaffMember(
                row.id, row.name, row.team, row.tier, row.is_team_lead, frozenset(roles[key])
            )
            for key, row in rows.items()
        },
        tickets=_loads(session, _TICKETS.c.assignee_id, _TICKETS.c.is_open.is_(True)),
        cases=_case_loads(session),
    )


def _loads(session: Session, column: Any, condition: Any) -> dict[int, int]:
    found = session.execute(
        select(column, func.count()).where(condition, column.is_not(None)).group_by(column)
    )
    return {int(key): int(count) for key, count in found}


def _case_loads(session: Session) -> dict[int, int]:
    active = _CASES.c.ended_at.is_(None)
    loads = _loads(session, _CASES.c.manager_id, active)
    for key, count in _loads(session, _CASES.c.executive_id, active).items():
        loads[key] = loads.get(key, 0) + count
    return loads


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
