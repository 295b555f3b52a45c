"""A support organisation with the shipped process, people on every tier, and time that is moved."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.clock import FakeClock, using, utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Actor, Role
from escalation_app.domain.tickets import Ticket
from escalation_app.engine.timers import sweep
from escalation_app.services import tickets
from escalation_app.services.people import NewPerson, actor_of, add_organisation, add_person
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.rows import Rows, copy_of

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

_MORE = re.compile(r", (?:next_reply|next_update|team|triage): \w+")
_CRITERIA = re.compile(r"\nresolution:\n(?: .*\n)+")
_AGAIN = re.compile(r"\n +(?:repeat|otherwise|task|within): .*")


def plain_document() -> str:
    """The shipped process with a first response and a resolution promised and nothing else, and
    steps that are not repeated and oblige nobody, so that a test sees the clocks and steps it is
    about."""
    plain = without_criteria(_AGAIN.sub("", _MORE.sub("", shipped_document())))
    return plain.replace("do: reach_out", "do: assign_manager")


def without_criteria(document: str) -> str:
    """A process in which an escalated ticket is resolved without more ado."""
    return _CRITERIA.sub("", document)


_STAFF = (
    ("agent", "A. Farouk", Role.AGENT, "service_desk", 1),
    ("colleague", "J. Lind", Role.AGENT, "service_desk", 1),
    ("specialist", "S. Iyer", Role.AGENT, "application_support", 2),
    ("manager", "L. Moreau", Role.MANAGER, "", 0),
    ("executive", "D. Ames", Role.EXECUTIVE, "", 0),
    ("admin", "M. Weiss", Role.ADMIN, "", 0),
)
_CUSTOMERS = (
    ("customer", "N. Diaz", Role.CUSTOMER, "halden"),
    ("lead", "B. Solberg", Role.CUSTOMER_LEAD, "halden"),
    ("stranger", "R. Verhoeven", Role.CUSTOMER, "tessel"),
)


@dataclass(frozen=True, slots=True)
class SupportDesk:
    """The people by a short name: agent, colleague, specialist, manager, executive, admin,
    customer, lead (of Halden Ferries, Enterprise) and stranger (of Tessel Payments, Pro)."""

    database: Database
    clock: FakeClock
    people: dict[str, Actor]

    def act(self, who: str, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a use case as somebody, now."""
        with unit_of_work(self.people[who], on=self.database) as uow:
            return service(uow, *args, **kwargs)

    def open(
        self,
        subject: str = "Down",
        *,
        by: str = "customer",
        impact: str = "high",
        urgency: str = "high",
    ) -> Ticket:
        """A customer opens a ticket; high and high is S1."""
        new = tickets.NewTicket(subject, f"{subject}, please help.", impact, urgency)
        return self.act(by, tickets.open_ticket, new)

    def wait(self, **length: float) -> None:
        """Let time pass, and the engine do what fell due."""
        self.clock.advance(timedelta(**length))
        sweep(self.database)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.database.reading() as session:
            yield session

    def see(self, who: str, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Read for a screen as somebody."""
        with self.database.reading() as session:
            return query(session, self.people[who], *args, **kwargs)

    @property
    def now(self) -> datetime:
        return utc_now()


@dataclass(frozen=True, slots=True)
class _Found:
    """An organisation that was founded once, and stands in other databases by its rows."""

    rows: Rows
    people: dict[str, Actor]


_found: dict[tuple[str, datetime], _Found] = {}


@contextmanager
def support_desk(
    database: Database, at: datetime = MONDAY_NOON, document: str = ""
) -> Iterator[SupportDesk]:
    """The organisation in an empty database, for the block; without a document, with
    `plain_document`."""
    document = document or plain_document()
    with using(FakeClock(at)) as clock:
        found = _found.get((document, at))
        if found is None:
            with database.writing() as session:
                publish(session, document, "test", at)
                keys = _hire(session, at)
                people = {key: actor_of(session, number) for key, number in keys.items()}
            found = _Found(copy_of(database), {key: one for key, one in people.items() if one})
            _found[document, at] = found
        else:
            found.rows.write_to(database)
        yield SupportDesk(database, clock, dict(found.people))  # type: ignore[arg-type]


@contextmanager
def desk_after(story: Callable[[SupportDesk], None], database: Database) -> Iterator[SupportDesk]:
    """The organisation with a plain document once a story is over, which is played once for each
    kind of database."""
    key = (story, database.is_sqlite)
    if key in _told:
        people, now, rows = _told[key]
        with using(FakeClock(now)) as clock:
            rows.write_to(database)
            yield SupportDesk(database, clock, dict(people))  # type: ignore[arg-type]
    else:
        with support_desk(database) as desk:
            story(desk)
            _told[key] = (dict(desk.people), desk.now, copy_of(database))
            yield desk


_told: dict[
    tuple[Callable[[SupportDesk], None], bool], tuple[dict[str, Actor], datetime, Rows]
] = {}


def _hire(session: Session, at: datetime) -> dict[str, int]:
    customers = {
        "halden": add_organisation(session, "halden", "Halden Ferries", "enterprise"),
        "tessel": add_organisation(session, "tessel", "Tessel Payments", "pro"),
    }
    keys: dict[str, int] = {}
    for key, name, role, team, tier in _STAFF:
        person = NewPerson(key, f"{key}@example.org", name, frozenset({role}), team=team, tier=tier)
        keys[key] = add_person(session, person, at)
    for key, name, role, organisation in _CUSTOMERS:
        person = NewPerson(
            key,
            f"{key}@example.org",
            name,
            frozenset({role}),
            organisation_id=customers[organisation],
        )
        keys[key] = add_person(session, person, at)
    return keys


def rows(desk: SupportDesk, model: Any, *conditions: Any) -> list[Any]:
    """The rows of a table that meet the conditions."""
    with desk.reading() as session:
        return list(session.execute(select(columns(model)).where(*conditions)).all())
