"""What is promised and owed on the demo's open tickets, as its people see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import OWED, ObligationState, PromiseState
from escalation_app.models import ClockRow, ObligationRow, PromiseRow, TicketRow
from escalation_app.services.tables import TICKET, columns

_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_OWED = columns(ObligationRow)
_MADE = columns(PromiseRow)
_OPEN = select(_TICKETS.c.id).where(_TICKETS.c.is_open.is_(True))

_PATH_SHARES = {Metric.FIRST_RESPONSE: (0.75, 1.0), Metric.RESOLUTION: (0.75, 0.9, 1.0)}
"""Where the shipped paths take steps that boards show."""


@dataclass(frozen=True, slots=True)
class Promised:
    """A running clock."""

    metric: Metric
    cycle: int
    from_at: datetime
    due_at: datetime

    def share(self, now: datetime) -> float:
        """How much of it is used; over 1 when it is over."""
        if self.due_at <= self.from_at:
            return 1.0
        return (now - self.from_at) / (self.due_at - self.from_at)

    def next_step(self, now: datetime) -> timedelta | None:
        """How long until its path takes a step; None when none is ahead."""
        length = self.due_at - self.from_at
        ahead = (self.from_at + share * length - now for share in _PATH_SHARES.get(self.metric, ()))
        return min((each for each in ahead if each > timedelta()), default=None)


@dataclass(frozen=True, slots=True)
class Task:
    """What one person is to do for a case. The clock runs while it is owed."""

    ticket_id: int
    number: int
    person_id: int
    text: str
    state: ObligationState
    is_call: bool
    nudged_at: datetime | None
    clock: Promised | None

    @property
    def is_owed(self) -> bool:
        return self.state in OWED


@dataclass(frozen=True, slots=True)
class Pledge:
    """What was promised to a customer. The clock runs while it is neither kept nor moved."""

    ticket_id: int
    number: int
    owner_id: int
    text: str
    state: PromiseState
    replaces: int | None
    clock: Promised | None


Clocks = Mapping[int, Sequence[Promised]]


def load_clocks(session: Session) -> dict[int, list[Promised]]:
    """The running clocks of each open ticket."""
    rows = session.execute(
        select(_CLOCKS).where(
            _CLOCKS.c.subject_type == TICKET,
            _CLOCKS.c.subject_id.in_(_OPEN),
            _CLOCKS.c.state == ClockState.RUNNING.value,
        )
    )
    clocks: dict[int, list[Promised]] = {}
    for row in rows:
        clock = Promised(Metric(row.metric), row.cycle, row.started_at, row.due_at)
        clocks.setdefault(row.subject_id, []).append(clock)
    return clocks


def _in_order(table: Any) -> Any:
    """The numbered parts of each open ticket."""
    of_open = select(table).where(table.c.ticket_id.in_(_OPEN))
    return of_open.order_by(table.c.ticket_id, table.c.number)


def load_tasks(session: Session, clocks: Clocks) -> dict[int, list[Task]]:
    """What was ever to be done for each open ticket, in the order it was asked for."""
    running = _by_number(clocks, Metric.OBLIGATION)
    rows = session.execute(_in_order(_OWED))
    tasks: dict[int, list[Task]] = {}
    for row in rows:
        task = Task(
            row.ticket_id,
            row.number,
            row.person_id,
            row.text,
            ObligationState(row.state),
            row.is_call,
            row.nudged_at,
            running.get((row.ticket_id, row.number)),
        )
        tasks.setdefault(row.ticket_id, []).append(task)
    return tasks


def load_pledges(session: Session, clocks: Clocks) -> dict[int, list[Pledge]]:
    """What was ever promised on each open ticket, in order."""
    running = _by_number(clocks, Metric.PROMISE)
    rows = session.execute(_in_order(_MADE))
    pledges: dict[int, list[Pledge]] = {}
    for row in rows:
        pledge = Pledge(
            row.ticket_id,
            row.number,
            row.owner_id,
            row.text,
            PromiseState(row.state),
            row.replaces,
            running.get((row.ticket_id, row.number)),
        )
        pledges.setdefault(row.ticket_id, []).append(pledge)
    return pledges


def _by_number(clocks: Clocks, metric: Metric) -> dict[tuple[int, int], Promised]:
    return {
        (ticket_id, clock.cycle): clock
        for ticket_id, running in clocks.items()
        for clock in running
        if clock.metric is metric
    }
