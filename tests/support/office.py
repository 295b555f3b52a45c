"""Who acts in a served demo beside the browser: in a process of their own, as an engine or a
colleague on another machine would."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import and_, select

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    ObligationRow,
    PathRunRow,
    PathStepRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services import tickets
from escalation_app.services.identity import begin_session
from escalation_app.services.people import actor_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.past import critical_ticket
from tests.support.product import Product

_PEOPLE: Any = columns(PersonRow)
_TICKETS: Any = columns(TicketRow)
_CLOCKS: Any = columns(ClockRow)
_CASES: Any = columns(EscalationRow)
_OWED: Any = columns(ObligationRow)
_RUNS: Any = columns(PathRunRow)
_STEPS: Any = columns(PathStepRow)


@dataclass(slots=True)
class Office:
    """The people of the demo by the name of their seat, and what they do."""

    database: Database
    url: str

    def person(self, seat: str) -> Actor:
        """Who sits on a seat of the demo: customer, agent, manager, executive or admin."""
        with self.database.reading() as session:
            key = select(_PEOPLE.c.id).where(_PEOPLE.c.key == f"demo-{seat}")
            actor = actor_of(session, session.execute(key).scalar_one())
        assert actor is not None
        return actor

    def act(self, seat: str, service: Callable[..., Any], *args: Any) -> Any:
        """Run a use case as the person on a seat."""
        with unit_of_work(self.person(seat), on=self.database) as uow:
            return service(uow, *args)

    def critical(self, subject: str, at: datetime, share: float, tier: int = 1) -> str:
        """The reference of a critical ticket, `share` of whose time is used up at `at`."""
        customer, manager = self.person("customer"), self.person("manager")
        with self.database.writing() as session:
            return critical_ticket(
                session, customer, manager, at, share=share, subject=subject, tier=tier
            )

    def opens(self, subject: str) -> str:
        """The customer on the seat opens a critical ticket."""
        new = tickets.NewTicket(subject, "Please help.", "high", "high")
        return self.act("customer", tickets.open_ticket, new).reference

    def stranger_opens(self, subject: str) -> str:
        """A customer of another organisation than the seat's opens a ticket."""
        own = self.person("customer").organisation_id
        with unit_of_work(self.person("customer"), on=self.database) as uow:
            key = uow.session.execute(
                select(_PEOPLE.c.id)
                .where(_PEOPLE.c.organisation_id.is_not(None), _PEOPLE.c.organisation_id != own)
                .limit(1)
            ).scalar_one()
            stranger = actor_of(uow.session, key)
            assert stranger is not None
            uow.actor = stranger
            new = tickets.NewTicket(subject, "Please help.", "high", "high")
            return tickets.open_ticket(uow, new).reference

    def open_in(self, tier: int) -> list[str]:
        """The open tickets of a tier, the most pressing ones first."""
        with self.database.reading() as session:
            return list(
                session.execute(
                    select(_TICKETS.c.reference)
                    .where(_TICKETS.c.is_open.is_(True), _TICKETS.c.tier == tier)
                    .order_by(_TICKETS.c.sort_at, _TICKETS.c.id)
                ).scalars()
            )

    def case(self, reference: str) -> Any:
        """The newest escalation of a ticket as a row; None when it has none."""
        with self.database.reading() as session:
            return session.execute(
                select(_CASES)
                .join(_TICKETS, _TICKETS.c.id == _CASES.c.ticket_id)
                .where(_TICKETS.c.reference == reference)
                .order_by(_CASES.c.id.desc())
            ).first()

    def owes_call(self, seat: str) -> str:
        """The ticket whose customer the person on a seat is to call, with the most time left."""
        its_clock = and_(
            _CLOCKS.c.subject_id == _OWED.c.ticket_id,
            _CLOCKS.c.metric == Metric.OBLIGATION.value,
            _CLOCKS.c.cycle == _OWED.c.number,
        )
        with self.database.reading() as session:
            return session.execute(
                select(_TICKETS.c.reference)
                .join(_OWED, _OWED.c.ticket_id == _TICKETS.c.id)
                .join(_CLOCKS, its_clock)
                .where(
                    _OWED.c.is_call.is_(True),
                    _OWED.c.state == "open",
                    _OWED.c.person_id == self.person(seat).person_id,
                    _CLOCKS.c.due_at > utc_now(),
                )
                .order_by(_CLOCKS.c.due_at.desc())
                .limit(1)
            ).scalar_one()

    def asked_again(self, executive: str) -> str:
        """A ticket whose path has asked the executive on a seat more than once."""
        with self.database.reading() as session:
            return (
                session.execute(
                    select(_TICKETS.c.reference)
                    .join(_CASES, _CASES.c.ticket_id == _TICKETS.c.id)
                    .join(_RUNS, _RUNS.c.ticket_id == _TICKETS.c.id)
                    .join(_STEPS, _STEPS.c.run_id == _RUNS.c.id)
                    .where(
                        _CASES.c.ended_at.is_(None),
                        _CASES.c.acknowledged_at.is_(None),
                        _CASES.c.executive_id == self.person(executive).person_id,
                        _RUNS.c.ended_at.is_(None),
                        _STEPS.c.loop > 0,
                    )
                    .order_by(_TICKETS.c.id)
                )
                .scalars()
                .first()
            ) or ""

    def browser_of(self, person_id: int, browser: Browser) -> BrowserContext:
        """A browser in which somebody has signed in."""
        with self.database.writing() as session:
            token = begin_session(session, person_id, utc_now())
        context = browser.new_context(
            base_url=self.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        context.add_cookies([{"name": "sid", "value": token, "url": self.url}])
        return context

    @contextmanager
    def sitting(self, browser: Browser, seat: str) -> Iterator[Page]:
        """The page of whoever sits on a seat, signed in already."""
        person = self.person(seat).person_id
        assert person is not None
        context = self.browser_of(person, browser)
        yield context.new_page()
        context.close()


@pytest.fixture
def office(product: Product) -> Iterator[Office]:
    """Whoever acts beside the browser."""
    opened = Office(Database(product.database_url), product.url)
    yield opened
    opened.database.dispose()
