"""Pieces that several screens read the same way."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import STATUS_WORDS, Status
from escalation_app.models import ClockRow, PersonRow
from escalation_app.services.tables import TICKET, columns
from escalation_app.views.common import PersonMark, TimeLeft
from escalation_app.views.words import iso, time_left_words

METRIC_NAMES: Mapping[str, str] = {
    Metric.FIRST_RESPONSE: "First response",
    Metric.NEXT_REPLY: "Next reply",
    Metric.NEXT_UPDATE: "Next update",
    Metric.RESOLUTION: "Resolution",
    Metric.TEAM: "Team's stay",
    Metric.TRIAGE: "Triage",
    Metric.OBLIGATION: "Obligation",
    Metric.PROMISE: "Promise",
}

ROLE_NAMES: Mapping[str, str] = {
    Role.CUSTOMER: "Customer",
    Role.CUSTOMER_LEAD: "Customer lead",
    Role.AGENT: "Agent",
    Role.MANAGER: "Manager",
    Role.EXECUTIVE: "Executive",
    Role.ADMIN: "Admin",
}

_CLOCKS: Any = columns(ClockRow)
_PEOPLE = columns(PersonRow)

T = TypeVar("T")


def once(session: Session, key: tuple[object, ...], read: Callable[[], T]) -> T:
    """What this session read before under the same key, or reads now."""
    known: dict[tuple[object, ...], T] = session.info.setdefault("read once", {})
    if key not in known:
        known[key] = read()
    return known[key]


def is_clock_of(part: Any, metric: Metric) -> ColumnElement[bool]:
    """SQL: `clock` is that of a numbered part of a ticket, such as an obligation or a request."""
    return and_(
        _CLOCKS.c.subject_type == TICKET,
        _CLOCKS.c.subject_id == part.c.ticket_id,
        _CLOCKS.c.metric == metric.value,
        _CLOCKS.c.cycle == part.c.number,
    )


def how_many(session: Session, condition: ColumnElement[bool]) -> int:
    """The number of rows under a condition that names their table."""
    return int(session.execute(select(func.count()).where(condition)).scalar_one())


def latest(session: Session, table: Any, condition: ColumnElement[bool], shown: int) -> list[Any]:
    """The newest rows of what has an instant `at`, up to `shown`, the newest first."""
    newest = select(table).where(condition).order_by(table.c.at.desc(), table.c.id.desc())
    return list(session.execute(newest.limit(shown)))


def initials(name: str) -> str:
    """At most two letters: the first of the first and of the last word."""
    parts = [word for word in name.replace(".", " ").split() if word]
    if not parts:
        return "?"
    ends = parts[:1] if len(parts) == 1 else [parts[0], parts[-1]]
    return "".join(word[0] for word in ends).upper()


def person_mark(key: int | None, name: str | None, hint: str = "") -> PersonMark:
    """The mark of a person, or of nobody."""
    if key is None or not name:
        return PersonMark()
    return PersonMark(str(key), name, initials(name), hint)


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of people by id."""
    wanted = sorted({key for key in ids if key is not None})
    if not wanted:
        return {}
    rows = session.execute(select(_PEOPLE.c.id, _PEOPLE.c.name).where(_PEOPLE.c.id.in_(wanted)))
    return {int(row.id): str(row.name) for row in rows}


def pressing_time_left(row: Any) -> TimeLeft:
    """The badge of a ticket's most pressing clock, from the ticket row's `pressing_*`."""
    if row.pressing_state == "none":
        return TimeLeft(state="none", words="no clock runs")
    is_running = row.pressing_state == "running"
    reason = "" if is_running else STATUS_WORDS[Status(row.status)]
    over = row.pressing_state == "overpaused"
    left = row.pressing_due_at - row.pressing_from_at if over else timedelta(0)
    return TimeLeft(
        state=row.pressing_state,
        due_at=iso(row.pressing_due_at),
        from_at=iso(row.pressing_from_at),
        soon_at=iso(row.pressing_soon_at),
        metric=METRIC_NAMES.get(row.pressing_metric, ""),
        words=""
        if is_running
        else time_left_words(row.pressing_state, round(left.total_seconds()), reason),
        pause_reason=reason,
        breached=over,
    )


def severity_key(process: Process, level: int) -> tuple[str, str]:
    """Key and name of a severity level: ("S1", "critical")."""
    severity = process.severity(level)
    return severity.key, severity.name
