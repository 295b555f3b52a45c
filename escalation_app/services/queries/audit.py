"""What must hold of the rows whatever happened: nothing lost, nothing doubled, nothing early.

Each rule is one query for the rows that break it, so that a database nobody trusts can be asked.
An operator runs them with `escalation audit check`, and the crash tests after every run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.services.queries import audit_doubled as doubled
from escalation_app.services.queries import audit_early as early
from escalation_app.services.queries import audit_lost as lost
from escalation_app.services.queries.audit_rows import TICKETS, Asked, Rows

EXAMPLES = 10
"""How many tickets a finding names."""


class Fault(StrEnum):
    """What a broken rule means."""

    LOST = "lost"
    DOUBLED = "doubled"
    EARLY = "early"


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
        select(TICKETS.c.reference)
        .where(TICKETS.c.id.in_(select(broken.c.ticket_id)))
        .order_by(TICKETS.c.id)
        .limit(EXAMPLES)
    )
    return Finding(rule, count, tuple(asked.session.execute(named).scalars()))


RULES: tuple[Rule, ...] = (
    Rule(
        "breach_not_noticed",
        Fault.LOST,
        "every clock that ran past its due instant is breached",
        lost.breach_not_noticed,
    ),
    Rule(
        "breach_not_recorded",
        Fault.LOST,
        "every breach is on record",
        lost.breach_not_recorded,
    ),
    Rule(
        "breach_without_path",
        Fault.LOST,
        "every breach has a path that runs, or a record of why there is none",
        lost.breach_without_path,
    ),
    Rule(
        "step_not_recorded",
        Fault.LOST,
        "every step taken is on record",
        lost.step_not_recorded,
    ),
    Rule(
        "record_without_step",
        Fault.LOST,
        "every step on record was taken by its run",
        lost.record_without_step,
    ),
    Rule("steps_skipped", Fault.LOST, "no run has passed over a step", lost.steps_skipped),
    Rule(
        "case_not_recorded",
        Fault.LOST,
        "every escalation's start and end are on record",
        lost.case_not_recorded,
    ),
    Rule(
        "run_without_case",
        Fault.LOST,
        "every path that runs belongs to an escalation under way",
        lost.run_without_case,
    ),
    Rule(
        "ticket_not_recorded",
        Fault.LOST,
        "every ticket's opening is on record",
        lost.ticket_not_recorded,
    ),
    Rule(
        "told_without_message",
        Fault.LOST,
        "whoever a step told has a message",
        lost.told_without_message,
    ),
    Rule(
        "timer_missing",
        Fault.LOST,
        "every ticket with something ahead has a timer",
        lost.timer_missing,
    ),
    Rule("timer_late", Fault.LOST, "no timer stands after what it is for", lost.timer_late),
    Rule("timer_overdue", Fault.LOST, "no timer has been due for long", lost.timer_overdue),
    Rule(
        "message_stuck",
        Fault.LOST,
        "no message has been waiting for long",
        lost.message_stuck,
    ),
    Rule(
        "ticket_opened_twice",
        Fault.DOUBLED,
        "no ticket was opened twice",
        doubled.ticket_opened_twice,
    ),
    Rule(
        "step_taken_twice",
        Fault.DOUBLED,
        "no step of a run was taken twice in a loop",
        doubled.step_taken_twice,
    ),
    Rule(
        "step_recorded_twice",
        Fault.DOUBLED,
        "no step is recorded more often than it was taken",
        doubled.step_recorded_twice,
    ),
    Rule(
        "breach_recorded_twice",
        Fault.DOUBLED,
        "no clock broke twice",
        doubled.breach_recorded_twice,
    ),
    Rule(
        "warned_twice",
        Fault.DOUBLED,
        "no clock warned twice of a threshold of one target",
        doubled.warned_twice,
    ),
    Rule("key_twice", Fault.DOUBLED, "no key of the outbox stands twice", doubled.key_twice),
    Rule(
        "said_twice",
        Fault.DOUBLED,
        "nobody is told of one event twice by one way",
        doubled.said_twice,
    ),
    Rule("step_early", Fault.EARLY, "no step was taken before it was due", early.step_early),
    Rule(
        "step_before_the_last",
        Fault.EARLY,
        "no step was taken before the one it follows",
        early.step_before_the_last,
    ),
    Rule(
        "breach_early",
        Fault.EARLY,
        "no breach was noticed before it was one",
        early.breach_early,
    ),
    Rule(
        "recorded_before_it_was",
        Fault.EARLY,
        "nothing was recorded before it happened",
        early.recorded_before_it_was,
    ),
    Rule(
        "from_the_future",
        Fault.EARLY,
        "nothing is recorded later than it is now",
        early.from_the_future,
    ),
)
"""Everything that must hold."""
