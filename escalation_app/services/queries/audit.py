"""What must hold of the rows whatever happened: nothing lost, nothing doubled, nothing early.

Each rule is one query for the rows that break it, so that a database nobody trusts can be asked.
An operator runs them with `escalation audit check`, and the crash tests after every run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
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
from escalation_app.services.process_versions import process_of
from escalation_app.services.tables import TICKET, columns

EXAMPLES = 10
"""How many tickets a finding names."""
SKEW = timedelta(seconds=1)
"""By how much the clocks of machines that work on one database may differ."""

_TICKETS: Any = columns(TicketRow)
_CLOCKS: Any = columns(ClockRow)
_CASES: Any = columns(EscalationRow)
_RUNS: Any = columns(PathRunRow)
_STEPS: Any = columns(PathStepRow)
_EVENTS: Any = columns(EventRow)
_OUTBOX: Any = columns(OutboxRow)
_TIMERS: Any = columns(TimerRow)
_VERSIONS: Any = columns(ProcessVersionRow)

Rows = Select[*tuple[Any, ...]]


class Fault(StrEnum):
    """What a broken rule means."""

    LOST = "lost"
    DOUBLED = "doubled"
    EARLY = "early"


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


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` is what must hold; `broken` selects, as `ticket_id`, where it does not."""

    key: str
    fault: Fault
    holds: str
    broken: Callable[[Asked], Rows]


@dataclass(frozen=True, slots=True)
class Finding:
    """How often a rule is broken, and the references of at most EXAMPLES tickets where."""

    rule: Rule
    count: int
    tickets: tuple[str, ...]


def clock_of(session: Session, now: datetime) -> datetime:
    """What PostgreSQL's own clock shows; a SQLite file has none but that of whoever asks, `now`."""
    if session.get_bind().dialect.name == "sqlite":
        return now
    return session.execute(select(func.clock_timestamp())).scalar_one()


def audit(
    session: Session, now: datetime, grace: timedelta, rules: Sequence[Rule] = ()
) -> list[Finding]:
    """Ask every rule, or those that are given; a count of 0 is a rule that holds."""
    asked = Asked(session, now, grace)
    return [_ask(asked, rule) for rule in rules or RULES]


def _ask(asked: Asked, rule: Rule) -> Finding:
    broken = rule.broken(asked).subquery()
    count = int(asked.session.execute(select(func.count()).select_from(broken)).scalar_one())
    if count == 0:
        return Finding(rule, 0, ())
    named = (
        select(_TICKETS.c.reference)
        .where(_TICKETS.c.id.in_(select(broken.c.ticket_id)))
        .order_by(_TICKETS.c.id)
        .limit(EXAMPLES)
    )
    return Finding(rule, count, tuple(asked.session.execute(named).scalars()))


# Lost ----------------------------------------------------------------------------------------

_THEIRS = (_CLOCKS.c.subject_type == TICKET,)


def _said(key: str) -> Any:
    """A text of an event's data."""
    return _EVENTS.c.data[key].as_string()


def _of_clock(kind: EventKind) -> tuple[ColumnElement[bool], ...]:
    """Events of a kind that tell of the clock beside them."""
    return (
        _EVENTS.c.ticket_id == _CLOCKS.c.subject_id,
        _EVENTS.c.kind == kind.value,
        _said("metric") == _CLOCKS.c.metric,
    )


_ITS_BREACH = (
    *_of_clock(EventKind.SLA_BREACHED),
    _EVENTS.c.data["cycle"].as_integer() == _CLOCKS.c.cycle,
)
_BROKE_ELSEWHERE = exists().where(*_ITS_BREACH, _EVENTS.c.actor_kind == ActorKind.IMPORT.value)


def _breach_not_noticed(asked: Asked) -> Rows:
    ran_over = and_(_CLOCKS.c.state == "running", _CLOCKS.c.due_at < asked.now - asked.grace)
    met_late = and_(_CLOCKS.c.state == "met", _CLOCKS.c.due_at < _CLOCKS.c.ended_at)
    return select(_CLOCKS.c.subject_id.label("ticket_id")).where(
        *_THEIRS, _CLOCKS.c.breached_at.is_(None), or_(ran_over, met_late)
    )


def _breach_not_recorded(asked: Asked) -> Rows:
    return select(_CLOCKS.c.subject_id.label("ticket_id")).where(
        *_THEIRS, _CLOCKS.c.breached_at.is_not(None), ~exists().where(*_ITS_BREACH)
    )


def _breach_without_path(asked: Asked) -> Rows:
    """What broke at another desk, before an import, started no path there."""
    ran = exists().where(
        _RUNS.c.ticket_id == _CLOCKS.c.subject_id,
        _RUNS.c.started_at <= _CLOCKS.c.noticed_at,
        or_(_RUNS.c.ended_at.is_(None), _RUNS.c.ended_at >= _CLOCKS.c.noticed_at),
    )
    why_not = exists().where(*_of_clock(EventKind.NO_PATH))
    return select(_CLOCKS.c.subject_id.label("ticket_id")).where(
        *_THEIRS, _CLOCKS.c.breached_at.is_not(None), ~ran, ~why_not, ~_BROKE_ELSEWHERE
    )


def _step_not_recorded(asked: Asked) -> Rows:
    recorded = exists().where(
        _EVENTS.c.ticket_id == _RUNS.c.ticket_id,
        _EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value,
        _EVENTS.c.recorded_at == _STEPS.c.taken_at,
        _said("path") == _RUNS.c.path,
        _said("name") == _STEPS.c.text,
    )
    return (
        select(_RUNS.c.ticket_id)
        .join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id)
        .where(~recorded)
    )


def _record_without_step(asked: Asked) -> Rows:
    taken = exists().where(
        _RUNS.c.ticket_id == _EVENTS.c.ticket_id,
        _STEPS.c.run_id == _RUNS.c.id,
        _STEPS.c.taken_at == _EVENTS.c.recorded_at,
        _STEPS.c.text == _said("name"),
    )
    return select(_EVENTS.c.ticket_id).where(
        _EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value, ~taken
    )


def _steps_skipped(asked: Asked) -> Rows:
    """A run has taken every step before its next one."""
    first = (_STEPS.c.run_id == _RUNS.c.id, _STEPS.c.loop == 0)
    taken = select(func.count()).select_from(_STEPS).where(*first).scalar_subquery()
    return select(_RUNS.c.ticket_id).where(taken < _RUNS.c.next_step)


def _case_not_recorded(asked: Asked) -> Rows:
    def recorded(kind: EventKind, at: Any) -> Any:
        return exists().where(
            _EVENTS.c.ticket_id == _CASES.c.ticket_id,
            _EVENTS.c.kind == kind.value,
            _EVENTS.c.recorded_at == at,
        )

    return select(_CASES.c.ticket_id).where(
        or_(
            ~recorded(EventKind.ESCALATION_STARTED, _CASES.c.started_at),
            and_(
                _CASES.c.ended_at.is_not(None),
                ~recorded(EventKind.ESCALATION_ENDED, _CASES.c.ended_at),
            ),
        )
    )


def _run_without_case(asked: Asked) -> Rows:
    active = exists().where(_CASES.c.ticket_id == _RUNS.c.ticket_id, _CASES.c.ended_at.is_(None))
    return select(_RUNS.c.ticket_id).where(_RUNS.c.ended_at.is_(None), ~active)


def _ticket_not_recorded(asked: Asked) -> Rows:
    opened = exists().where(
        _EVENTS.c.ticket_id == _TICKETS.c.id, _EVENTS.c.kind == EventKind.TICKET_OPENED.value
    )
    return select(_TICKETS.c.id.label("ticket_id")).where(~opened)


def _told_without_message(asked: Asked) -> Rows:
    """Whom a step told has a message of it, whatever became of that, where the ticket's process
    tells them so; nobody is told of what their own click set off."""
    if asked.is_sqlite:
        each = func.json_each(_EVENTS.c.data, "$.told").table_valued("value")
    else:
        each = func.jsonb_array_elements_text(_EVENTS.c.data["told"]).table_valued("value")
    person = each.c.value.cast(_EVENTS.c.id.type)
    written = exists().where(_OUTBOX.c.event_id == _EVENTS.c.id, _OUTBOX.c.person_id == person)
    return (
        select(_EVENTS.c.ticket_id)
        .join_from(_EVENTS, _TICKETS, _TICKETS.c.id == _EVENTS.c.ticket_id)
        .join(each, true())
        .where(
            _EVENTS.c.kind == EventKind.PATH_STEP_TAKEN.value,
            _TICKETS.c.process_version.in_(_tell_those_told(asked.session)),
            _EVENTS.c.actor_kind != ActorKind.IMPORT.value,
            or_(_EVENTS.c.actor_id.is_(None), _EVENTS.c.actor_id != person),
            ~written,
        )
    )


def _tell_those_told(session: Session) -> list[int]:
    """The versions of the process with a rule that tells the people a step names."""
    step = EventKind.PATH_STEP_TAKEN.value
    return [
        version
        for version in session.execute(select(_VERSIONS.c.version)).scalars()
        if any(Audience.TOLD in rule.to for rule in process_of(session, version).rules_for(step))
    ]


def _timer_missing(asked: Asked) -> Rows:
    ahead = _ahead().subquery()
    has_timer = exists().where(
        _TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id == ahead.c.ticket_id
    )
    return select(ahead.c.ticket_id).where(~has_timer).distinct()


def _timer_late(asked: Asked) -> Rows:
    """A timer that failed is put off, and shows that it failed."""
    ahead = _ahead().subquery()
    return (
        select(ahead.c.ticket_id)
        .join(
            _TIMERS,
            and_(_TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id == ahead.c.ticket_id),
        )
        .where(
            ahead.c.at <= asked.now - asked.grace,
            _TIMERS.c.due_at > asked.now + asked.grace,
            _TIMERS.c.failures == 0,
        )
        .distinct()
    )


def _ahead() -> Any:
    """What a ticket's timer must not come after: the breach of a running clock, the next step of
    a run, and the closing. A run that waits for an acknowledgement says only that it does."""
    return union_all(
        select(_CLOCKS.c.subject_id.label("ticket_id"), _CLOCKS.c.due_at.label("at")).where(
            *_THEIRS, _CLOCKS.c.state == "running", _CLOCKS.c.breached_at.is_(None)
        ),
        select(_RUNS.c.ticket_id, _RUNS.c.next_due_at).where(
            _RUNS.c.ended_at.is_(None), _RUNS.c.next_due_at.is_not(None)
        ),
        select(_RUNS.c.ticket_id, null()).where(
            _RUNS.c.ended_at.is_(None), _RUNS.c.ask["due_at"].as_string().is_not(None)
        ),
        select(_TICKETS.c.id, _TICKETS.c.close_at).where(_TICKETS.c.close_at.is_not(None)),
    )


def _timer_overdue(asked: Asked) -> Rows:
    return select(_TIMERS.c.subject_id.label("ticket_id")).where(
        _TIMERS.c.due_at < asked.now - asked.grace
    )


def _message_stuck(asked: Asked) -> Rows:
    late = asked.now - asked.grace
    return select(_OUTBOX.c.ticket_id).where(
        or_(
            and_(_OUTBOX.c.state == "pending", _OUTBOX.c.next_attempt_at < late),
            and_(_OUTBOX.c.state == "leased", _OUTBOX.c.lease_until < late),
            and_(
                _OUTBOX.c.state == "digest",
                _OUTBOX.c.created_at < late,
                _OUTBOX.c.next_attempt_at < late,
            ),
        )
    )


# Doubled -------------------------------------------------------------------------------------


def _twice(rows: Rows) -> Rows:
    """The rows, the first column of which is `ticket_id`, that are found more than once."""
    found = rows.subquery()
    return select(found.c.ticket_id).group_by(*found.c).having(func.count() > 1)


def _events(kind: EventKind, *same: Any) -> Rows:
    told_apart_by = (value.label(f"same_{number}") for number, value in enumerate(same))
    return select(_EVENTS.c.ticket_id, *told_apart_by).where(_EVENTS.c.kind == kind.value)


def _ticket_opened_twice(asked: Asked) -> Rows:
    return _twice(_events(EventKind.TICKET_OPENED))


def _step_taken_twice(asked: Asked) -> Rows:
    steps = select(_RUNS.c.ticket_id, _STEPS.c.run_id, _STEPS.c.step, _STEPS.c.loop)
    return _twice(steps.join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id))


def _step_recorded_twice(asked: Asked) -> Rows:
    """The record tells of no more steps of a path than were taken."""
    events = _events(EventKind.PATH_STEP_TAKEN, _said("path")).subquery()
    recorded = select(*events.c, func.count().label("times")).group_by(*events.c).subquery()
    taken = (
        select(_RUNS.c.ticket_id, _RUNS.c.path, func.count().label("times"))
        .join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id)
        .group_by(_RUNS.c.ticket_id, _RUNS.c.path)
        .subquery()
    )
    same = and_(taken.c.ticket_id == recorded.c.ticket_id, taken.c.path == recorded.c.same_0)
    return select(recorded.c.ticket_id).join(taken, same).where(recorded.c.times > taken.c.times)


def _breach_recorded_twice(asked: Asked) -> Rows:
    return _twice(_events(EventKind.SLA_BREACHED, _said("metric"), _said("cycle")))


def _warned_twice(asked: Asked) -> Rows:
    cycle = func.coalesce(_said("cycle"), _said("due_at"))
    threshold = func.coalesce(_said("threshold"), _said("share"))
    same = (_said("metric"), cycle, threshold, _said("revision"))
    return _twice(_events(EventKind.SLA_WARNING, *same))


def _key_twice(asked: Asked) -> Rows:
    keys = select(_OUTBOX.c.ticket_id, _OUTBOX.c.dedupe_key)
    return _twice(keys.where(_OUTBOX.c.dedupe_key.is_not(None)))


def _said_twice(asked: Asked) -> Rows:
    said = select(_OUTBOX.c.ticket_id, _OUTBOX.c.event_id, _OUTBOX.c.person_id, _OUTBOX.c.channel)
    return _twice(said.where(_OUTBOX.c.event_id.is_not(None)))


# Early ---------------------------------------------------------------------------------------


def _step_early(asked: Asked) -> Rows:
    return (
        select(_RUNS.c.ticket_id)
        .join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id)
        .where(_STEPS.c.taken_at < _STEPS.c.due_at)
    )


def _step_before_the_last(asked: Asked) -> Rows:
    before = _STEPS.alias()
    return (
        select(_RUNS.c.ticket_id)
        .join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id)
        .join(before, and_(before.c.run_id == _STEPS.c.run_id, before.c.step < _STEPS.c.step))
        .where(_STEPS.c.loop == 0, before.c.loop == 0, _STEPS.c.taken_at < before.c.taken_at)
    )


def _breach_early(asked: Asked) -> Rows:
    """What is met at its due instant is met, so a breach is noticed after it."""
    return select(_CLOCKS.c.subject_id.label("ticket_id")).where(
        *_THEIRS, _CLOCKS.c.noticed_at <= _CLOCKS.c.breached_at, ~_BROKE_ELSEWHERE
    )


def _recorded_before_it_was(asked: Asked) -> Rows:
    return select(_EVENTS.c.ticket_id).where(_EVENTS.c.recorded_at < _EVENTS.c.at)


def _from_the_future(asked: Asked) -> Rows:
    return select(_EVENTS.c.ticket_id).where(_EVENTS.c.recorded_at > asked.now + SKEW)


RULES: tuple[Rule, ...] = (
    Rule(
        "breach_not_noticed",
        Fault.LOST,
        "every clock that ran past its due instant is breached",
        _breach_not_noticed,
    ),
    Rule("breach_not_recorded", Fault.LOST, "every breach is on record", _breach_not_recorded),
    Rule(
        "breach_without_path",
        Fault.LOST,
        "every breach has a path that runs, or a record of why there is none",
        _breach_without_path,
    ),
    Rule("step_not_recorded", Fault.LOST, "every step taken is on record", _step_not_recorded),
    Rule(
        "record_without_step",
        Fault.LOST,
        "every step on record was taken by its run",
        _record_without_step,
    ),
    Rule("steps_skipped", Fault.LOST, "no run has passed over a step", _steps_skipped),
    Rule(
        "case_not_recorded",
        Fault.LOST,
        "every escalation's start and end are on record",
        _case_not_recorded,
    ),
    Rule(
        "run_without_case",
        Fault.LOST,
        "every path that runs belongs to an escalation under way",
        _run_without_case,
    ),
    Rule(
        "ticket_not_recorded",
        Fault.LOST,
        "every ticket's opening is on record",
        _ticket_not_recorded,
    ),
    Rule(
        "told_without_message",
        Fault.LOST,
        "whoever a step told has a message",
        _told_without_message,
    ),
    Rule(
        "timer_missing", Fault.LOST, "every ticket with something ahead has a timer", _timer_missing
    ),
    Rule("timer_late", Fault.LOST, "no timer stands after what it is for", _timer_late),
    Rule("timer_overdue", Fault.LOST, "no timer has been due for long", _timer_overdue),
    Rule("message_stuck", Fault.LOST, "no message has been waiting for long", _message_stuck),
    Rule("ticket_opened_twice", Fault.DOUBLED, "no ticket was opened twice", _ticket_opened_twice),
    Rule(
        "step_taken_twice",
        Fault.DOUBLED,
        "no step of a run was taken twice in a loop",
        _step_taken_twice,
    ),
    Rule(
        "step_recorded_twice",
        Fault.DOUBLED,
        "no step is recorded more often than it was taken",
        _step_recorded_twice,
    ),
    Rule("breach_recorded_twice", Fault.DOUBLED, "no clock broke twice", _breach_recorded_twice),
    Rule(
        "warned_twice",
        Fault.DOUBLED,
        "no clock warned twice of a threshold of one target",
        _warned_twice,
    ),
    Rule("key_twice", Fault.DOUBLED, "no key of the outbox stands twice", _key_twice),
    Rule(
        "said_twice",
        Fault.DOUBLED,
        "nobody is told of one event twice by one way",
        _said_twice,
    ),
    Rule("step_early", Fault.EARLY, "no step was taken before it was due", _step_early),
    Rule(
        "step_before_the_last",
        Fault.EARLY,
        "no step was taken before the one it follows",
        _step_before_the_last,
    ),
    Rule("breach_early", Fault.EARLY, "no breach was noticed before it was one", _breach_early),
    Rule(
        "recorded_before_it_was",
        Fault.EARLY,
        "nothing was recorded before it happened",
        _recorded_before_it_was,
    ),
    Rule(
        "from_the_future",
        Fault.EARLY,
        "nothing is recorded later than it is now",
        _from_the_future,
    ),
)
"""Everything that must hold."""
