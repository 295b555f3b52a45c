"""The manager's list: every active escalation, grouped by what it needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Role, require
from escalation_app.domain.tickets import WAITING_STATUSES, EscalationKind
from escalation_app.models import EscalationRow as CaseRow
from escalation_app.routes import case_url
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import live_process, process_of
from escalation_app.services.queries.case_marks import CaseMarks
from escalation_app.services.queries.common import how_many, once, person_mark, severity_key
from escalation_app.services.queries.escalation_panel import late_duties
from escalation_app.services.queries.escalations_filter import EVERYTHING, BoardFilter
from escalation_app.services.queries.listed_cases import (
    ListedCase,
    Rights,
    listed_cases,
    most_read,
    most_shown,
    places_of,
)
from escalation_app.services.queries.record import reason_words
from escalation_app.services.queries.scope import TICKETS, scope_key, sees_all, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice, Figure
from escalation_app.views.escalations import EscalationBoard, EscalationGroup, EscalationRow
from escalation_app.views.words import iso

_CASES = columns(CaseRow)

FRESH = timedelta(seconds=60)

KIND_NAMES: Mapping[str, str] = {
    EscalationKind.FUNCTIONAL: "Functional",
    EscalationKind.HIERARCHICAL: "Hierarchical",
    EscalationKind.AUTOMATIC: "Automatic",
}


def active_escalations(
    session: Session, actor: Actor, now: datetime, wanted: BoardFilter = EVERYTHING
) -> EscalationBoard:
    """Every escalation that is wanted and the reader sees, in lanes, the figures above them, and
    who is late in them. Raises NotAllowed."""
    require(actor, Permission.ESCALATION_SEE)
    cases = listed_cases(session, actor, now, wanted)
    drawn = once(session, ("escalation rows",), dict[tuple[str, Rights], EscalationRow])
    lane_of, is_shown = _LANES[wanted.lanes], _ONLY[wanted.only][1]
    found: dict[tuple[int, str], list[EscalationRow]] = {}
    is_cut, room = len(cases) >= most_read(wanted), most_shown(wanted)
    fitting = [case_ for case_ in cases if is_shown(case_.marks)]
    for case_ in fitting[:room]:
        key = (case_.row.reference, case_.rights)
        if key not in drawn:
            drawn[key] = _row(session, case_, now)
        found.setdefault(lane_of(Seen(session, case_, now)), []).append(drawn[key])
    return EscalationBoard(
        groups=tuple(
            EscalationGroup(f"{place}{name}", name, tuple(found[place, name]))
            for place, name in sorted(found)
        ),
        figures=_figures(session, actor, now),
        only=tuple(_choices([case_.marks for case_ in cases], is_cut)),
        kinds=tuple(Choice(key, name) for key, name in KIND_NAMES.items()),
        departments=tuple(Choice(one.key, one.name) for one in live_process(session).departments),
        late=late_duties(session, actor, {case_.row.id: case_.row for case_ in cases}, now),
        has_more=len(fitting) > room or (is_cut and len(fitting) == room),
    )


def _choices(marks: Sequence[CaseMarks], is_cut: bool) -> Iterator[Choice]:
    """What it can be narrowed to, and how many that would be among those looked at; with "+" when
    there may be more behind them."""
    for key, (label, is_one) in _ONLY.items():
        count = sum(map(is_one, marks))
        yield Choice(key, label, f"{count}+" if is_cut else str(count))


@dataclass(frozen=True, slots=True)
class Seen:
    """A case of the list, and when it is looked at."""

    session: Session
    case_: ListedCase
    now: datetime


Lane = tuple[int, str]
"""Its place among the lanes, and its name."""


def _need(seen: Seen) -> Lane:
    """What the reader is to acknowledge or to answer: now. Over, or unacknowledged: running."""
    row = seen.case_.row
    is_over = row.pressing_state == "running" and row.pressing_due_at < seen.now
    if seen.case_.rights.needs_reader:
        return 0, "Needs you now"
    if is_over or row.pressing_state == "overpaused" or row.acknowledged_at is None:
        return 1, "Running"
    return 2, "Acknowledged, on time"


def _stage(seen: Seen) -> Lane:
    """How far the case has come, the least first."""
    row = seen.case_.row
    if row.status in WAITING_STATUSES:
        return 3, "Waits for the customer or a supplier"
    if row.acknowledged_at is None:
        return 0, "Not acknowledged"
    return (2, "With an executive") if row.executive_id else (1, "With a manager")


def _department(seen: Seen) -> Lane:
    process = process_of(seen.session, seen.case_.row.process_version)
    team = next((one for one in process.teams if one.key == seen.case_.row.team), None)
    names = {one.key: one.name for one in process.departments}
    return 0, names.get(team.department if team else "", "No department")


_LANES: Mapping[str, Callable[[Seen], Lane]] = MappingProxyType(
    {
        "need": _need,
        "stage": _stage,
        "customer": lambda seen: (0, str(seen.case_.row.customer)),
        "department": _department,
    }
)
_ONLY: Mapping[str, tuple[str, Callable[[CaseMarks], bool]]] = MappingProxyType(
    {
        "all": ("All", lambda _marks: True),
        "late": ("Somebody is late", lambda marks: marks.late != ""),
        "promise": ("Promise due in a day", lambda marks: marks.is_promise_due),
        "silent": ("Customer waits to hear", lambda marks: marks.is_silent),
    }
)
"""What the list can be narrowed to, in the words of its buttons."""


def _row(session: Session, case_: ListedCase, now: datetime) -> EscalationRow:
    row, rights, marks = case_.row, case_.rights, case_.marks
    process = process_of(session, row.process_version)
    key, name = severity_key(process, row.severity)
    dots, label, words = _path(session, row)
    return EscalationRow(
        key=row.reference,
        ref=row.reference,
        url=case_url(row.reference),
        subject=row.subject,
        severity=key,
        severity_name=name,
        customer=row.customer,
        plan=process.plan(row.plan).name,
        tier=f"T{row.tier}",
        time_left=case_.time_left,
        kind=row.kind,
        kind_name=KIND_NAMES[row.kind],
        why=reason_words(row.reason),
        since_at=iso(row.started_at),
        owner=person_mark(row.manager_id, row.manager),
        sponsor=row.executive or "",
        dots=dots,
        dots_label=label,
        path_words=words,
        acknowledged_by=row.acknowledged_by or "",
        last_contact_at=iso(row.last_contact_at),
        last_contact_by=row.last_contact_by or "",
        can_acknowledge=rights.acknowledge,
        can_assign=rights.assign,
        can_deescalate=rights.end,
        can_triage=rights.triage,
        is_asked=bool(row.is_asked),
        is_fresh=now - row.started_at < FRESH,
        obligations=marks.obligations,
        late=marks.late,
        blocked=marks.blocked,
        promise=marks.promise,
        hears=marks.hears,
    )


def _path(session: Session, row: Any) -> tuple[tuple[str, ...], str, str]:
    """The steps as dots, their text equivalent, and what the path does next."""
    path = None if row.path is None else process_of(session, row.run_version).path(row.path)
    if path is None:
        return (), "no path", "no path, a person escalated"
    done, total = int(row.next_step), len(path.steps)
    dots = tuple("done" if n < done else "now" if n == done else "todo" for n in range(total))
    words = f"next: {path.steps[done].name.lower()}" if done < total else "all steps done"
    return dots, f"{done} of {total} steps done", words


def _figures(session: Session, actor: Actor, now: datetime) -> tuple[Figure, ...]:
    counted = once(
        session,
        ("escalations counted", scope_key(actor)),
        lambda: session.execute(_counted(actor)).all(),
    )
    over = once(session, ("escalations over", scope_key(actor)), lambda: _over(session, actor, now))
    mine = places_of(session, actor, now)

    def total(name: str, is_meant: Callable[[Any], bool] = lambda _: True) -> str:
        return str(sum(getattr(row, name) for row in counted if is_meant(row)))

    return (
        Figure(key="active", value=total("active"), label="escalations under way"),
        Figure(
            key="mine",
            value=total(
                "active", lambda row: not mine.isdisjoint({row.manager_id, row.executive_id})
            ),
            label="are yours",
        ),
        Figure(
            key="nobody",
            value=total("active", lambda row: row.manager_id is None),
            label="have no owner",
        ),
        Figure(key="waits", value=total("waits"), label="not acknowledged"),
        Figure(key="over", value=str(over), label="over their promise"),
    )


def _counted(actor: Actor) -> Any:
    """The active escalations of each owner and sponsor, and how many wait."""
    statement = (
        select(
            _CASES.c.manager_id,
            _CASES.c.executive_id,
            func.count().label("active"),
            func.count().filter(_CASES.c.acknowledged_at.is_(None)).label("waits"),
        )
        .where(_CASES.c.ended_at.is_(None))
        .group_by(_CASES.c.manager_id, _CASES.c.executive_id)
    )
    if sees_all(actor):
        return statement
    return statement.join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id).where(visible(actor))


def _over(session: Session, actor: Actor, now: datetime) -> int:
    """How many of the escalated tickets are late; `ix_ticket_escalated` holds all of it."""
    columns = TICKETS.c
    is_late = (columns.pressing_state == "running") & (columns.sort_at < now)
    return how_many(session, columns.is_escalated.is_(True) & is_late & visible(actor))


def managers(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """Who can own a case, the least loaded suggested. Raises NotAllowed."""
    require(actor, Permission.ESCALATION_ASSIGN)
    roster = load_roster(session)
    ids = roster.in_role(Role.MANAGER)
    cases = roster.count_cases(ids)
    least = min(ids, key=lambda key: cases.get(key, 0), default=None)
    return tuple(
        Choice(
            value=str(key),
            label=f"{roster.name(key)}, {cases.get(key, 0)} cases",
            is_suggested=key == least,
        )
        for key in ids
    )
