"""Where something happened before its time.

Each query is that of the rule of its name in `audit.RULES`, which says what must hold.
"""

from datetime import timedelta

from sqlalchemy import and_, select

from escalation_app.services.queries.audit_rows import (
    BROKE_ELSEWHERE,
    CLOCKS,
    EVENTS,
    RUNS,
    STEPS,
    THEIRS,
    Asked,
    Rows,
)

SKEW = timedelta(seconds=1)
"""By how much the clocks of machines that work on one database may differ."""


def step_early(asked: Asked) -> Rows:
    return (
        select(RUNS.c.ticket_id)
        .join_from(STEPS, RUNS, RUNS.c.id == STEPS.c.run_id)
        .where(STEPS.c.taken_at < STEPS.c.due_at)
    )


def step_before_the_last(asked: Asked) -> Rows:
    before = STEPS.alias()
    return (
        select(RUNS.c.ticket_id)
        .join_from(STEPS, RUNS, RUNS.c.id == STEPS.c.run_id)
        .join(before, and_(before.c.run_id == STEPS.c.run_id, before.c.step < STEPS.c.step))
        .where(STEPS.c.loop == 0, before.c.loop == 0, STEPS.c.taken_at < before.c.taken_at)
    )


def breach_early(asked: Asked) -> Rows:
    """What is met at its due instant is met, so a breach is noticed after it."""
    return select(CLOCKS.c.subject_id.label("ticket_id")).where(
        *THEIRS, CLOCKS.c.noticed_at <= CLOCKS.c.breached_at, ~BROKE_ELSEWHERE
    )


def recorded_before_it_was(asked: Asked) -> Rows:
    return select(EVENTS.c.ticket_id).where(EVENTS.c.recorded_at < EVENTS.c.at)


def from_the_future(asked: Asked) -> Rows:
    return select(EVENTS.c.ticket_id).where(EVENTS.c.recorded_at > asked.now + SKEW)
