"""What the rules of the audit ask of: the tables, an instant, and the events about a clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import ActorKind
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    ProcessVersionRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.tables import TICKET, columns

TICKETS: Any = columns(TicketRow)
CLOCKS: Any = columns(ClockRow)
CASES: Any = columns(EscalationRow)
RUNS: Any = columns(PathRunRow)
STEPS: Any = columns(PathStepRow)
EVENTS: Any = columns(EventRow)
OUTBOX: Any = columns(OutboxRow)
TIMERS: Any = columns(TimerRow)
VERSIONS: Any = columns(ProcessVersionRow)

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`now` is when it is asked (UTC), by the clock of the database where it has one (`clock_of`);
    what was to be done within `grace` of it is not missed."""

    session: Session
    now: datetime
    grace: timedelta

    @property
    def is_sqlite(self) -> bool:
        return self.session.get_bind().dialect.name == "sqlite"


THEIRS = (CLOCKS.c.subject_type == TICKET,)


def said(key: str) -> Any:
    """A text of an event's data."""
    return EVENTS.c.data[key].as_string()


def of_clock(kind: EventKind) -> tuple[ColumnElement[bool], ...]:
    """Events of a kind that tell of the clock beside them."""
    return (
        EVENTS.c.ticket_id == CLOCKS.c.subject_id,
        EVENTS.c.kind == kind.value,
        said("metric") == CLOCKS.c.metric,
    )


ITS_BREACH = (
    *of_clock(EventKind.SLA_BREACHED),
    EVENTS.c.data["cycle"].as_integer() == CLOCKS.c.cycle,
)
BROKE_ELSEWHERE = exists().where(*ITS_BREACH, EVENTS.c.actor_kind == ActorKind.IMPORT.value)
