"""Where something happened twice that happens once.

Each query is that of the rule of its name in `audit.RULES`, which says what must hold.
"""

from typing import Any

from sqlalchemy import and_, func, select

from escalation_app.domain.events import EventKind
from escalation_app.services.queries.audit_rows import (
    EVENTS,
    OUTBOX,
    RUNS,
    STEPS,
    Asked,
    Rows,
    said,
)


def _twice(rows: Rows) -> Rows:
    """The rows, the first column of which is `ticket_id`, that are found more than once."""
    found = rows.subquery()
    return select(found.c.ticket_id).group_by(*found.c).having(func.count() > 1)


def _events(kind: EventKind, *same: Any) -> Rows:
    told_apart_by = (value.label(f"same_{number}") for number, value in enumerate(same))
    return select(EVENTS.c.ticket_id, *told_apart_by).where(EVENTS.c.kind == kind.value)


def ticket_opened_twice(asked: Asked) -> Rows:
    return _twice(_events(EventKind.TICKET_OPENED))


def step_taken_twice(asked: Asked) -> Rows:
    steps = select(RUNS.c.ticket_id, STEPS.c.run_id, STEPS.c.step, STEPS.c.loop)
    return _twice(steps.join_from(STEPS, RUNS, RUNS.c.id == STEPS.c.run_id))


def step_recorded_twice(asked: Asked) -> Rows:
    """The record tells of no more steps of a path than were taken."""
    events = _events(EventKind.PATH_STEP_TAKEN, said("path")).subquery()
    recorded = select(*events.c, func.count().label("times")).group_by(*events.c).subquery()
    taken = (
        select(RUNS.c.ticket_id, RUNS.c.path, func.count().label("times"))
        .join_from(STEPS, RUNS, RUNS.c.id == STEPS.c.run_id)
        .group_by(RUNS.c.ticket_id, RUNS.c.path)
        .subquery()
    )
    same = and_(taken.c.ticket_id == recorded.c.ticket_id, taken.c.path == recorded.c.same_0)
    return select(recorded.c.ticket_id).join(taken, same).where(recorded.c.times > taken.c.times)


def breach_recorded_twice(asked: Asked) -> Rows:
    return _twice(_events(EventKind.SLA_BREACHED, said("metric"), said("cycle")))


def warned_twice(asked: Asked) -> Rows:
    cycle = func.coalesce(said("cycle"), said("due_at"))
    threshold = func.coalesce(said("threshold"), said("share"))
    same = (said("metric"), cycle, threshold, said("revision"))
    return _twice(_events(EventKind.SLA_WARNING, *same))


def key_twice(asked: Asked) -> Rows:
    keys = select(OUTBOX.c.ticket_id, OUTBOX.c.dedupe_key)
    return _twice(keys.where(OUTBOX.c.dedupe_key.is_not(None)))


def said_twice(asked: Asked) -> Rows:
    said = select(OUTBOX.c.ticket_id, OUTBOX.c.event_id, OUTBOX.c.person_id, OUTBOX.c.channel)
    return _twice(said.where(OUTBOX.c.event_id.is_not(None)))
