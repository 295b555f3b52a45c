"""What is owed in escalated cases: who is late, what is promised next, when the customer hears."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import OWED, ObligationState
from escalation_app.models import ClockRow, ObligationRow, PersonRow
from escalation_app.services.queries.common import METRIC_NAMES, is_clock_of
from escalation_app.services.queries.record import listed
from escalation_app.services.tables import TICKET, columns
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import iso

_CLOCKS: Any = columns(ClockRow)
_OWED: Any = columns(ObligationRow)
_PEOPLE: Any = columns(PersonRow)

SOON = timedelta(hours=24)
"""How far ahead a promise counts as due."""
_HEARD_BY = (Metric.FIRST_RESPONSE.value, Metric.NEXT_REPLY.value, Metric.NEXT_UPDATE.value)
"""The clocks that end with a message of ours."""
_NOTHING = TimeLeft()


@dataclass(frozen=True, slots=True)
class CaseMarks:
    """One case. `late` names who is late with what they owe, `blocked` who says that something
    blocks it; `is_promise_due`: a promise is over,
    or will be within SOON; `is_silent`: the customer should have heard from us by now; `answer`:
    the time left to answer what the customer asked for, due at `answer_due_at`."""

    done: int = 0
    owed: int = 0
    late: str = ""
    blocked: str = ""
    promise: TimeLeft = _NOTHING
    hears: TimeLeft = _NOTHING
    is_promise_due: bool = False
    is_silent: bool = False
    answer: TimeLeft = _NOTHING
    answer_due_at: datetime | None = None

    @property
    def obligations(self) -> str:
        """ "2 of 4 done"; "" when nothing is owed."""
        return f"{self.done} of {self.done + self.owed} done" if self.done + self.owed else ""


def case_marks(session: Session, ids: Iterable[int], now: datetime) -> dict[int, CaseMarks]:
    """The marks of some tickets, by id. The caller may see them."""
    wanted = sorted(set(ids))
    marks = {key: CaseMarks() for key in wanted}
    for row in session.execute(_running(wanted)):
        marks[row.subject_id] = _with_clock(marks[row.subject_id], row, now)
    late: dict[int, list[str]] = {}
    blocked: dict[int, list[str]] = {}
    for row in session.execute(_obligations(wanted)):
        known = marks[row.ticket_id]
        is_done = row.state == ObligationState.DONE
        marks[row.ticket_id] = replace(
            known, done=known.done + is_done, owed=known.owed + (not is_done)
        )
        if not is_done and row.due_at is not None and row.due_at < now:
            late.setdefault(row.ticket_id, []).append(row.name)
        if row.state == ObligationState.BLOCKED:
            blocked.setdefault(row.ticket_id, []).append(row.name)
    return {
        key: replace(one, late=listed(late.get(key, ())), blocked=listed(blocked.get(key, ())))
        for key, one in marks.items()
    }


def _running(ids: list[int]) -> Any:
    """The running clocks of what was promised, by when the customer hears and by when a request is
    answered, the nearest first."""
    return (
        select(_CLOCKS.c.subject_id, _CLOCKS.c.metric, _CLOCKS.c.due_at, _CLOCKS.c.started_at)
        .where(
            _CLOCKS.c.subject_type == TICKET,
            _CLOCKS.c.subject_id.in_(ids),
            _CLOCKS.c.metric.in_((*_HEARD_BY, Metric.PROMISE.value, Metric.TRIAGE.value)),
            _CLOCKS.c.state == ClockState.RUNNING.value,
        )
        .order_by(_CLOCKS.c.due_at)
    )


def _obligations(ids: list[int]) -> Any:
    """What is owed or done, with whose it is and when it is due."""
    states = [state.value for state in (*OWED, ObligationState.DONE)]
    return (
        select(_OWED.c.ticket_id, _OWED.c.state, _PEOPLE.c.name, _CLOCKS.c.due_at)
        .join(_PEOPLE, _PEOPLE.c.id == _OWED.c.person_id)
        .outerjoin(_CLOCKS, is_clock_of(_OWED, Metric.OBLIGATION))
        .where(_OWED.c.ticket_id.in_(ids), _OWED.c.state.in_(states))
        .order_by(_OWED.c.ticket_id, _OWED.c.number)
    )


def _with_clock(marks: CaseMarks, clock: Any, now: datetime) -> CaseMarks:
    left = TimeLeft(state="running", due_at=iso(clock.due_at), from_at=iso(clock.started_at))
    is_over = clock.due_at < now
    if clock.metric == Metric.PROMISE:
        is_due = marks.is_promise_due or clock.due_at < now + SOON
        promise = marks.promise if marks.promise.state else left
        return replace(marks, promise=promise, is_promise_due=is_due)
    if clock.metric == Metric.TRIAGE:
        if marks.answer_due_at is not None:
            return marks
        answer = replace(left, tail="to answer", metric=METRIC_NAMES[Metric.TRIAGE])
        return replace(marks, answer=answer, answer_due_at=clock.due_at)
    hears = marks.hears if marks.hears.state else left
    return replace(marks, hears=hears, is_silent=marks.is_silent or is_over)
