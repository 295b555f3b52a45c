"""Fills a database with the demo's organisation and its past, and decides when to do it anew."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from escalation_app.db import Database
from escalation_app.demo.articles import write_articles
from escalation_app.demo.beside import put_beside
from escalation_app.demo.history import House, play
from escalation_app.demo.people import HOUSE, ORGANISATIONS, STAFF, Organisation, address
from escalation_app.demo.population import DAYS_BACK, about_to_escalate, population
from escalation_app.demo.scripts import Script
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import fire
from escalation_app.domain.permissions import Role
from escalation_app.models import (
    CounterRow,
    EventRow,
    HeartbeatRow,
    OrganisationRow,
    OutboxRow,
    PersonRow,
    ProcessVersionRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services import effects
from escalation_app.services.people import (
    NewPerson,
    actor_of,
    add_organisation,
    add_person,
    load_roster,
)
from escalation_app.services.process_versions import (
    live_version,
    process_of,
    publish,
    shipped_document,
)
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import make_desk
from escalation_app.settings import OperatorError

SEED = 20
"""Of the random choices: the same seed and the same `now` give the same rows."""

BEFORE = timedelta(days=DAYS_BACK + 30)
"""The process and the people are older than the first ticket."""
UNREAD_FOR = timedelta(minutes=50)
"""Older notices have been read."""
STALE_AFTER = timedelta(days=1)
SILENT_FOR = timedelta(minutes=30)
"""A demo that stood still for longer would begin with a storm of late escalations."""

SOON = timedelta(minutes=1)
_SEEN_ON_BOARDS = (EventKind.TICKET_ESCALATED, EventKind.ESCALATION_ASSIGNED)

_MARKER = "demo_seeded_at"
"""The counter that says a database was filled here, and when, in seconds since 1970."""

_COUNTERS = columns(CounterRow)
_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)
_TIMERS = columns(TimerRow)
_VERSIONS = columns(ProcessVersionRow)


def prepare(database: Database, now: datetime) -> bool:
    """Make the demo ready to be shown at `now`; True when it was filled anew.

    An empty database is filled. What an earlier demo left is gone on with while it is less than a
    day old, under the shipped process, and was at work in the last half hour; else it is replaced.
    Where nothing would escalate by itself within a minute, tickets that do are added.

    Raises OperatorError for a database with data that no demo made: it is left as it is.
    """
    with database.reading() as session:
        seeded_at = _seeded_at(session)
        if seeded_at is None and _holds_data(session):
            raise OperatorError(
                "This database holds data that no demo made, so the demo leaves it alone. "
                "Name another one with DATABASE_URL=, or none."
            )
        goes_on = seeded_at is not None and _goes_on(session, seeded_at, now)
        is_lively = goes_on and _escalates_soon(session, now)
    if not goes_on:
        seed(database, now)
    elif not is_lively:
        _enliven(database, now)
    return not goes_on


def is_demo(database: Database) -> bool:
    """Whether this database was filled by the demo."""
    with database.reading() as session:
        return _seeded_at(session) is not None


def seed(database: Database, now: datetime, random_seed: int = SEED) -> None:
    """Replace whatever the database holds by the demo as it stands at `now`, in one transaction."""
    rng = Random(f"{random_seed}")  # noqa: S311  # choices of a story, not secrets
    with database.writing() as session:
        _empty(session)
        version = publish(session, shipped_document(), "E. Kwan", now - BEFORE, "As shipped")
        house = _move_in(session, version, now - BEFORE)
        scripts = population(house.process, now, rng)
        _write(session, scripts, house, now, rng)
        write_articles(session, scripts, house, now)
        session.execute(insert(_COUNTERS).values(name=_MARKER, value=int(now.timestamp())))


def _write(
    session: Session, scripts: Sequence[Script], house: House, now: datetime, rng: Random
) -> None:
    before = session.execute(select(func.max(_OUTBOX.c.id))).scalar_one() or 0
    histories = play(scripts, house, now, rng)
    tickets = effects.apply_histories(
        session,
        make_desk(session, now),
        histories,
        extra=[
            {"channel": script.channel, "category": script.story.category} for script in scripts
        ],
    )
    put_beside(session, tickets, histories)
    _settle_outbox(session, before, now)


def _escalates_soon(session: Session, now: datetime) -> bool:
    """Whether within a minute the engine moves a ticket or gives a case to a manager. What is
    late already is not counted: it is caught up before anybody looks."""
    due = session.execute(
        select(_TIMERS.c.subject_id).where(_TIMERS.c.due_at.between(now, now + SOON))
    ).scalars()
    desk = make_desk(session, now + SOON)
    return any(
        event.kind in _SEEN_ON_BOARDS
        for ticket in load_tickets(session, due).values()
        for event in fire(ticket, desk).events
    )


def _enliven(database: Database, now: datetime) -> None:
    """Add tickets that escalate by themselves from now on."""
    rng = Random(f"{SEED} {now.isoformat()}")  # noqa: S311  # choices of a story, not secrets
    with database.writing() as session:
        house = _house(session, live_version(session))
        _write(session, about_to_escalate(house.process, now, rng), house, now, rng)


def _seeded_at(session: Session) -> datetime | None:
    value = session.execute(
        select(_COUNTERS.c.value).where(_COUNTERS.c.name == _MARKER)
    ).scalar_one_or_none()
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _holds_data(session: Session) -> bool:
    return any(
        session.execute(select(columns(model)).limit(1)).first() is not None
        for model in (ProcessVersionRow, TicketRow)
    )


def _goes_on(session: Session, seeded_at: datetime, now: datetime) -> bool:
    checksum = session.execute(
        select(_VERSIONS.c.checksum).order_by(_VERSIONS.c.version.desc()).limit(1)
    ).scalar_one_or_none()
    if checksum != hashlib.sha256(shipped_document().encode()).hexdigest():
        return False
    signs = [
        seeded_at,
        *session.execute(select(func.max(columns(HeartbeatRow).c.at))).scalars(),
        *session.execute(
            select(_EVENTS.c.recorded_at).order_by(_EVENTS.c.id.desc()).limit(1)
        ).scalars(),
    ]
    at_work = max(sign for sign in signs if sign is not None)
    return seeded_at <= now < seeded_at + STALE_AFTER and now - at_work <= SILENT_FOR


def _empty(session: Session) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        session.execute(delete(table))


def _move_in(session: Session, version: int, since: datetime) -> House:
    """Add the organisations and the people."""
    for member in STAFF:
        person = NewPerson(
            key=member.key,
            email=address(member.name, HOUSE),
            name=member.name,
            roles=member.roles,
            team=member.team,
            tier=member.tier,
            is_team_lead=member.is_team_lead,
            skills=member.skills,
            zone=member.zone,
        )
        add_person(session, person, since)
    for organisation in ORGANISATIONS:
        _add_customers(session, organisation, since)
    return _house(session, version)


def _house(session: Session, version: int) -> House:
    """The process, and whom a key of the demo's people means."""
    keys = [member.key for member in STAFF]
    keys += [customer.key for each in ORGANISATIONS for customer in each.people]
    people = session.execute(select(_PEOPLE.c.key, _PEOPLE.c.id).where(_PEOPLE.c.key.in_(keys)))
    actors = {row.key: actor_of(session, row.id) for row in people}
    organisations = session.execute(select(_ORGANISATIONS.c.key, _ORGANISATIONS.c.id))
    return House(
        process=process_of(session, version),
        roster=load_roster(session),
        actors={key: actor for key, actor in actors.items() if actor is not None},
        organisations={row.key: row.id for row in organisations},
    )


def _add_customers(session: Session, organisation: Organisation, since: datetime) -> None:
    organisation_id = add_organisation(
        session, organisation.key, organisation.name, organisation.plan, organisation.zone
    )
    for customer in organisation.people:
        role = Role.CUSTOMER_LEAD if customer.is_lead else Role.CUSTOMER
        person = NewPerson(
            key=customer.key,
            email=address(customer.name, f"{organisation.key}.example"),
            name=customer.name,
            roles=frozenset({role}),
            organisation_id=organisation_id,
            zone=organisation.zone,
        )
        add_person(session, person, since)


def _settle_outbox(session: Session, before: int, now: datetime) -> None:
    """Of the rows after `before`: mail of the past stays here, and old notices have been read."""
    kept: dict[str, Any] = {"state": "kept", "next_attempt_at": None, "note": "Before the demo"}
    is_new = _OUTBOX.c.id > before
    is_notice = _OUTBOX.c.channel == "in_app"
    session.execute(update(_OUTBOX).where(is_new, ~is_notice).values(kept))
    session.execute(
        update(_OUTBOX)
        .where(is_new, is_notice, _OUTBOX.c.created_at < now - UNREAD_FOR)
        .values(read_at=_OUTBOX.c.created_at, state="sent", next_attempt_at=None)
    )
