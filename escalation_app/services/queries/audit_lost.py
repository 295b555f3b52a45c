"""Where something got lost: a breach, a step, a record, a message, a timer.

Each query is that of the rule of its name in `audit.RULES`, which says what must hold.
"""

from typing import Any

from sqlalchemy import and_, exists, func, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.permissions import ActorKind
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.audit_rows import (
    BROKE_ELSEWHERE,
    CASES,
    CLOCKS,
    EVENTS,
    ITS_BREACH,
    OUTBOX,
    RUNS,
    STEPS,
    THEIRS,
    TICKETS,
    TIMERS,
    VERSIONS,
    Asked,
    Rows,
    of_clock,
    said,
)
from escalation_app.services.tables import TICKET


def breach_not_noticed(asked: Asked) -> Rows:
    ran_over = and_(CLOCKS.c.state == "running", CLOCKS.c.due_at < asked.now - asked.grace)
    met_late = and_(CLOCKS.c.state == "met", CLOCKS.c.due_at < CLOCKS.c.ended_at)
    return select(CLOCKS.c.subject_id.label("ticket_id")).where(
        *THEIRS, CLOCKS.c.breached_at.is_(None), or_(ran_over, met_late)
    )


def breach_not_recorded(asked: Asked) -> Rows:
    return select(CLOCKS.c.subject_id.label("ticket_id")).where(
        *THEIRS, CLOCKS.c.breached_at.is_not(None), ~exists().where(*ITS_BREACH)
    )


def breach_without_path(asked: Asked) -> Rows:
    """What broke at another desk, before an import, started no path there."""
    ran = exists().where(
        RUNS.c.ticket_id == CLOCKS.c.subject_id,
        RUNS.c.started_at <= CLOCKS.c.noticed_at,
        or_(RUNS.c.ended_at.is_(None), RUNS.c.ended_at >= CLOCKS.c.noticed_at),
    )
    why_not = exists().where(*of_clock(EventKind.NO_PATH))
    return select(CLOCKS.c.subject_id.label("ticket_id")).where(
        *THEIRS, CLOCKS.c.breached_at.is_not(None), ~ran, ~why_not, ~BROKE_ELSEWHERE
    )


def step_not_recorded(asked: Asked) -> Rows:
    recorded = exists().where(
        EVENTS.c.ticket_id == RUNS.c.ticket_id,
        EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value,
        EVENTS.c.recorded_at == STEPS.c.taken_at,
        said("path") == RUNS.c.path,
        said("name") == STEPS.c.text,
    )
    return (
        select(RUNS.c.ticket_id)
        .join_from(STEPS, RUNS, RUNS.c.id == STEPS.c.run_id)
        .where(~recorded)
    )


def record_without_step(asked: Asked) -> Rows:
    taken = exists().where(
        RUNS.c.ticket_id == EVENTS.c.ticket_id,
        STEPS.c.run_id == RUNS.c.id,
        STEPS.c.taken_at == EVENTS.c.recorded_at,
        STEPS.c.text == said("name"),
    )
    return select(EVENTS.c.ticket_id).where(
        EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value, ~taken
    )


def steps_skipped(asked: Asked) -> Rows:
    """A run has taken every step before its next one."""
    first = (STEPS.c.run_id == RUNS.c.id, STEPS.c.loop == 0)
    taken = select(func.count()).select_from(STEPS).where(*first).scalar_subquery()
    return select(RUNS.c.ticket_id).where(taken < RUNS.c.next_step)


def case_not_recorded(asked: Asked) -> Rows:
    def recorded(kind: EventKind, at: Any) -> Any:
        return exists().where(
            EVENTS.c.ticket_id == CASES.c.ticket_id,
            EVENTS.c.kind == kind.value,
            EVENTS.c.recorded_at == at,
        )

    return select(CASES.c.ticket_id).where(
        or_(
            ~recorded(EventKind.ESCALATION_STARTED, CASES.c.started_at),
            and_(
                CASES.c.ended_at.is_not(None),
                ~recorded(EventKind.ESCALATION_ENDED, CASES.c.ended_at),
            ),
        )
    )


def run_without_case(asked: Asked) -> Rows:
    active = exists().where(CASES.c.ticket_id == RUNS.c.ticket_id, CASES.c.ended_at.is_(None))
    return select(RUNS.c.ticket_id).where(RUNS.c.ended_at.is_(None), ~active)


def ticket_not_recorded(asked: Asked) -> Rows:
    opened = exists().where(
        EVENTS.c.ticket_id == TICKETS.c.id, EVENTS.c.kind == EventKind.TICKET_OPENED.value
    )
    return select(TICKETS.c.id.label("ticket_id")).where(~opened)


def told_without_message(asked: Asked) -> Rows:
    """Whom a step told has a message of it, whatever became of that, where the ticket's process
    tells them so; nobody is told of what their own click set off."""
    if asked.is_sqlite:
        each = func.json_each(EVENTS.c.data, "$.told").table_valued("value")
    else:
        each = func.jsonb_array_elements_text(EVENTS.c.data["told"]).table_valued("value")
    person = each.c.value.cast(EVENTS.c.id.type)
    written = exists().where(OUTBOX.c.event_id == EVENTS.c.id, OUTBOX.c.person_id == person)
    return (
        select(EVENTS.c.ticket_id)
        .join_from(EVENTS, TICKETS, TICKETS.c.id == EVENTS.c.ticket_id)
        .join(each, true())
        .where(
            EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value,
            TICKETS.c.process_version.in_(_tell_those_told(asked.session)),
            EVENTS.c.actor_kind != ActorKind.IMPORT.value,
            or_(EVENTS.c.actor_id.is_(None), EVENTS.c.actor_id != person),
            ~written,
        )
    )


def _tell_those_told(session: Session) -> list[int]:
    """The versions of the process with a rule that tells the people a step names."""
    step = EventKind.PATH_STEP_TAKEN.value
    return [
        version
        for version in session.execute(select(VERSIONS.c.version)).scalars()
        if any(Audience.TOLD in rule.to for rule in process_of(session, version).rules_for(step))
    ]


def timer_missing(asked: Asked) -> Rows:
    ahead = _ahead().subquery()
    has_timer = exists().where(
        TIMERS.c.subject_type == TICKET, TIMERS.c.subject_id == ahead.c.ticket_id
    )
    return select(ahead.c.ticket_id).where(~has_timer).distinct()


def timer_late(asked: Asked) -> Rows:
    """A timer that failed is put off, and shows that it failed."""
    ahead = _ahead().subquery()
    return (
        select(ahead.c.ticket_id)
        .join(
            TIMERS,
            and_(TIMERS.c.subject_type == TICKET, TIMERS.c.subject_id == ahead.c.ticket_id),
        )
        .where(
            ahead.c.at <= asked.now - asked.grace,
            TIMERS.c.due_at > asked.now + asked.grace,
            TIMERS.c.failures == 0,
        )
        .distinct()
    )


def _ahead() -> Any:
    """What a ticket's timer must not come after: the breach of a running clock, the next step of
    a run, and the closing. A run that waits for an acknowledgement says only that it does."""
    return union_all(
        select(CLOCKS.c.subject_id.label("ticket_id"), CLOCKS.c.due_at.label("at")).where(
            *THEIRS, CLOCKS.c.state == "running", CLOCKS.c.breached_at.is_(None)
        ),
        select(RUNS.c.ticket_id, RUNS.c.next_due_at).where(
            RUNS.c.ended_at.is_(None), RUNS.c.next_due_at.is_not(None)
        ),
        select(RUNS.c.ticket_id, null()).where(
            RUNS.c.ended_at.is_(None), RUNS.c.ask["due_at"].as_string().is_not(None)
        ),
        select(TICKETS.c.id, TICKETS.c.close_at).where(TICKETS.c.close_at.is_not(None)),
    )


def timer_overdue(asked: Asked) -> Rows:
    return select(TIMERS.c.subject_id.label("ticket_id")).where(
        TIMERS.c.due_at < asked.now - asked.grace
    )


def message_stuck(asked: Asked) -> Rows:
    late = asked.now - asked.grace
    return select(OUTBOX.c.ticket_id).where(
        or_(
            and_(OUTBOX.c.state == "pending", OUTBOX.c.next_attempt_at < late),
            and_(OUTBOX.c.state == "leased", OUTBOX.c.lease_until < late),
            and_(
                OUTBOX.c.state == "digest",
                OUTBOX.c.created_at < late,
                OUTBOX.c.next_attempt_at < late,
            ),
        )
    )
