"""A served database with a person for each role, signed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from escalation_app import db, settings
from escalation_app.clock import FakeClock, using
from escalation_app.db import Database
from escalation_app.domain.permissions import Role
from escalation_app.services.identity import begin_session
from escalation_app.services.people import NewPerson, add_organisation, add_person
from tests.support.rows import Rows, copy_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person and the token of a session of theirs."""

    id: int
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class House:
    """The database that settings name, the clock, and a signed-in person for each role."""

    database: Database
    clock: FakeClock
    people: dict[Role, Someone]

    def token(self, role: Role) -> str:
        return self.people[role].token


@pytest.fixture
def house(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A process whose settings name a database with people in it, and whose clock stands still."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("PUBLIC_URL", "http://localhost:8000")
    settings.settings.cache_clear()
    db.database.cache_clear()
    with using(FakeClock(NOON)) as clock:
        yield House(db.database(), clock, _people(db.database()))  # type: ignore[arg-type]
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


def _people(database: Database) -> dict[Role, Someone]:
    if _hired:
        _hired[0].rows.write_to(database)
    else:
        people = _hire(database)
        _hired.append(_Hired(copy_of(database), people))
    return dict(_hired[0].people)


@dataclass(frozen=True, slots=True)
class _Hired:
    """People who were hired once, and stand in other databases by their rows."""

    rows: Rows
    people: dict[Role, Someone]


_hired: list[_Hired] = []


def _hire(database: Database) -> dict[Role, Someone]:
    people: dict[Role, Someone] = {}
    with database.writing() as session:
        organisation = add_organisation(session, "acme", "Acme", "basic")
        for role in Role:
            is_customer = role in (Role.CUSTOMER, Role.CUSTOMER_LEAD)
            email = f"{role}@example.org"
            person = NewPerson(
                key=role.value,
                email=email,
                name=f"{role.value.replace('_', ' ').title()} One",
                roles=frozenset({role}),
                organisation_id=organisation if is_customer else None,
                team="" if is_customer else "service_desk",
                tier=0 if is_customer else 1,
            )
            key = add_person(session, person, NOON)
            people[role] = Someone(key, email, begin_session(session, key, NOON))
    return people
