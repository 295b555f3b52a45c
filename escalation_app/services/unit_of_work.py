"""One transaction of one actor at one fixed instant. Services use it; only the edge commits."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database, database
from escalation_app.domain.calendar_days import CalendarChange
from escalation_app.domain.drafts import Desk
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.services import effects
from escalation_app.services.added_days import added_days, hold_days
from escalation_app.services.people import RosterMemory, load_roster, remembered_roster
from escalation_app.services.process_versions import live_version, process_of
from escalation_app.services.store import load_tickets

T = TypeVar("T")


@dataclass(slots=True)
class UnitOfWork:
    """What a service works with. `desk` is what the domain decides with."""

    session: Session
    actor: Actor
    now: datetime
    desk: Desk
    is_live: bool = False
    """Whether `now` is the present, and not an instant that somebody named."""

    @property
    def process_version(self) -> int:
        """The version new tickets start under."""
        return live_version(self.session)

    def hold(self, ticket_ids: Iterable[int]) -> dict[int, Ticket]:
        """The tickets by id, locked until the transaction ends.

        What waited for one that somebody else held is done after them: `now` is not before the
        change that was waited for. On SQLite it never is, since the whole database is held.
        """
        found = load_tickets(self.session, ticket_ids)
        if self.is_live and any(self.now < ticket.updated_at for ticket in found.values()):
            self.now = utc_now()
            self.desk = replace(self.desk, now=self.now)
        return found

    def apply(self, decisions: Sequence[Decision], **options: Any) -> list[Ticket]:
        """Write what the domain decided (services.effects.apply)."""
        return effects.apply(self.session, self.desk, self.actor, decisions, **options)

    def apply_one(self, decision: Decision, **options: Any) -> Ticket:
        return self.apply([decision], **options)[0]


def make_desk(session: Session, now: datetime, memory: RosterMemory | None = None) -> Desk:
    """A desk whose processes and people come from this session's database. No day of a calendar
    changes before the session ends."""

    @cache
    def known_process(version: int) -> Process:
        hold_days(session)
        return process_of(session, version)

    def changes() -> tuple[CalendarChange, ...]:
        hold_days(session)
        return added_days(session).changes

    return Desk(
        process_of=known_process,
        load_roster=lambda: (
            load_roster(session, now) if memory is None else remembered_roster(session, memory, now)
        ),
        now=now,
        load_changes=changes,
    )


@contextmanager
def unit_of_work(
    actor: Actor, *, now: datetime | None = None, on: Database | None = None
) -> Generator[UnitOfWork]:
    """A writing transaction, committed at the end of the block, undone by any exception.

    `now` is taken once the write lock is held, so that instants follow the order of commits.
    """
    with (on or database()).writing() as session:
        at = now or utc_now()
        yield UnitOfWork(session, actor, at, make_desk(session, at), is_live=now is None)


def run(actor: Actor, service: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run one service in a unit of work of its own: what a click does."""
    with unit_of_work(actor) as uow:
        return service(uow, *args, **kwargs)
