"""The manager's list: every active escalation, grouped by what it needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Role, require
from escalation_app.domain.tickets import WAITING_STATUSES, EscalationKind
from escalation_app.models import (
    EscalationRequestRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PersonRow,
)
from escalation_app.models import EscalationRow as CaseRow
from escalation_app.routes import case_url
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import live_process, process_of
from escalation_app.services.queries.case_marks import CaseMarks, case_marks
from escalation_app.services.queries.common import (
    once,
    person_mark,
    pressing_time_left,
    severity_key,
)
from escalation_app.services.queries.escalation_panel import late_duties
from escalation_app.services.queries.escalations_filter import EVERYTHING, BoardFilter
from escalation_app.services.queries.record import reason_words
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice, Figure
from escalation_app.views.escalations import EscalationBoard, EscalationGroup, EscalationRow
from escalation_app.views.words import iso

_CASES = columns(CaseRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_REQUESTS = columns(EscalationRequestRow)
_ORGANISATIONS = columns(OrganisationRow)
_MANAGERS = columns(PersonRow).alias("manager")
_EXECUTIVES = columns(PersonRow).alias("executive")
_ACKNOWLEDGERS = columns(PersonRow).alias("acknowledger")

FRESH = timedelta(seconds=60)
AT_MOST = 60
"""Escalations the list shows, the most pressing ones; the figures count all of them."""
LOOKED_AT = 500
"""Among how many, the most pressing ones, those are looked for to which the list is narrowed."""

KIND_NAMES: Mapping[str, str] = {
    EscalationKind.FUNCTIONAL: "Functional",
    EscalationKind.HIERARCHICAL: "Hierarchical",
    EscalationKind.AUTOMATIC: "Automatic",
}
Rights = tuple[bool, bool, bool, bool]


def active_escalations(
    session: Session, actor: Actor, now: datetime, wanted: BoardFilter = EVERYTHING
) -> EscalationBoard:
    """Every escalation that is wanted and the reader sees, in lanes, the figures above them, and
    who is late in them. Raises NotAllowed."""
    require(actor, Permission.ESCALATION_SEE)
    mine = actor.person_id if wanted.whose == "mine" else None
    listed = (wanted.whose, wanted.kind, wanted.department, wanted.only == "all")
    rows = once(
        session,
        ("escalations", scope_key(actor), listed, mine),
        lambda: session.execute(_listed(session, actor, wanted)).all(),
    )
    told = _told_by_steps(session, rows)
    ids = tuple(row.id for row in rows)
    marks = once(session, ("case marks", ids), lambda: case_marks(session, ids, now))
    drawn = once(session, ("escalation rows",), dict[tuple[str, Rights], EscalationRow])
    places = _places(session, actor, now)
    lane_of, is_shown = _LANES[wanted.lanes], _ONLY[wanted.only][1]
    found: dict[tuple[int, str], list[EscalationRow]] = {}
    for row in [row for row in rows if is_shown(marks[row.id])][:AT_MOST]:
        key = (row.reference, _rights(row, actor, places, told.get(row.id, frozenset())))
        if key not in drawn:
            drawn[key] = _row(session, row, key[1], now, marks[row.id])
        found.setdefault(lane_of(Seen(session, actor, row, now)), []).append(drawn[key])
    return EscalationBoard(
        groups=tuple(
            EscalationGroup(f"{place}{name}", name, tuple(found[place, name]))
            for place, name in sorted(found)
        ),
        figures=_figures(session, actor, now),
        only=tuple(_choices(marks, is_cut=len(rows) == _most(wanted))),
        kinds=tuple(Choice(key, name) for key, name in KIND_NAMES.items()),
        departments=tuple(Choice(one.key, one.name) for one in live_process(session).departments),
        late=late_duties(session, actor, {row.id: row for row in rows}, now),
    )


def _choices(marks: Mapping[int, CaseMarks], *, is_cut: bool) -> Iterator[Choice]:
    """What it can be narrowed to, and how many that would be among those looked at; with "+" when
    there may be more behind them."""
    for key, (label, is_one) in _ONLY.items():
        count = sum(map(is_one, marks.values()))
        yield Choice(key, label, f"{count}+" if is_cut else str(count))


def _most(wanted: BoardFilter) -> int:
    """How many of the most pressing ones are read."""
    return AT_MOST if wanted.only == "all" else LOOKED_AT


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the list, and who looks at it when."""

    session: Session
    actor: Actor
    row: Any
    now: datetime


Lane = tuple[int, str]
"""Its place among the lanes, and its name."""


def _need(seen: Seen) -> Lane:
    """Unacknowledged and mine or nobody's: now. Over, or unacknowledged: running."""
    row = seen.row
    is_over = row.pressing_state == "running" and row.pressing_due_at < seen.now
    is_waiting = row.acknowledged_at is None or row.is_asked
    if is_waiting and row.manager_id in (None, seen.actor.person_id):
        return 0, "Needs you now"
    if is_over or row.acknowledged_at is None:
        return 1, "Running"
    return 2, "Acknowledged, on time"


def _stage(seen: Seen) -> Lane:
    """How far the case has come, the least first."""
    row = seen.row
    if row.status in WAITING_STATUSES:
        return 3, "Waits for the customer or a supplier"
    if row.acknowledged_at is None:
        return 0, "Not acknowledged"
    return (2, "With an executive") if row.executive_id else (1, "With a manager")


def _department(seen: Seen) -> Lane:
    process = process_of(seen.session, seen.row.process_version)
    team = next((one for one in process.teams if one.key == seen.row.team), None)
    names = {one.key: one.name for one in process.departments}
    return 0, names.get(team.department if team else "", "No department")


_LANES: Mapping[str, Callable[[Seen], Lane]] = MappingProxyType(
    {
        "need": _need,
        "stage": _stage,
        "customer": lambda seen: (0, str(seen.row.customer)),
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


def _listed(session: Session, actor: Actor, wanted: BoardFilter) -> Any:
    statement = (
        select(
            TICKETS.c.id,
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            TICKETS.c.tier,
            TICKETS.c.team,
            TICKETS.c.plan,
            TICKETS.c.process_version,
            TICKETS.c.last_contact_at,
            TICKETS.c.last_contact_by,
            TICKETS.c.status,
            TICKETS.c.pressing_state,
            TICKETS.c.pressing_metric,
            TICKETS.c.pressing_due_at,
            TICKETS.c.pressing_from_at,
            TICKETS.c.pressing_soon_at,
            _CASES.c.kind,
            _CASES.c.reason,
            _CASES.c.started_at,
            _CASES.c.manager_id,
            _CASES.c.executive_id,
            _CASES.c.acknowledged_at,
            _MANAGERS.c.name.label("manager"),
            _EXECUTIVES.c.name.label("executive"),
            _ACKNOWLEDGERS.c.name.label("acknowledged_by"),
            _ORGANISATIONS.c.name.label("customer"),
            _RUNS.c.path,
            _RUNS.c.process_version.label("run_version"),
            _RUNS.c.next_step,
            exists()
            .where(_REQUESTS.c.ticket_id == TICKETS.c.id, _REQUESTS.c.triaged_at.is_(None))
            .label("is_asked"),
        )
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .outerjoin(_MANAGERS, _MANAGERS.c.id == _CASES.c.manager_id)
        .outerjoin(_EXECUTIVES, _EXECUTIVES.c.id == _CASES.c.executive_id)
        .outerjoin(_ACKNOWLEDGERS, _ACKNOWLEDGERS.c.id == _CASES.c.acknowledged_by)
        .outerjoin(_RUNS, (_RUNS.c.ticket_id == TICKETS.c.id) & _RUNS.c.ended_at.is_(None))
        .where(_CASES.c.ended_at.is_(None), visible(actor))
        .order_by(TICKETS.c.sort_at, TICKETS.c.id)
        .limit(_most(wanted))
    )
    if wanted.whose == "mine":
        statement = statement.where(_CASES.c.manager_id == actor.person_id)
    elif wanted.whose == "nobody":
        statement = statement.where(_CASES.c.manager_id.is_(None))
    if wanted.kind:
        statement = statement.where(_CASES.c.kind == wanted.kind)
    if wanted.department:
        teams = live_process(session).teams
        theirs = [team.key for team in teams if team.department == wanted.department]
        statement = statement.where(TICKETS.c.team.in_(theirs))
    return statement


def _told_by_steps(session: Session, rows: Sequence[Any]) -> dict[int, frozenset[int]]:
    """Whom the steps of each ticket's active run have told so far."""
    ids = tuple(sorted({row.id for row in rows if row.path is not None}))
    taken = once(
        session,
        ("told by steps", ids),
        lambda: session.execute(
            select(_RUNS.c.ticket_id, _STEPS.c.told)
            .join(_STEPS, _STEPS.c.run_id == _RUNS.c.id)
            .where(_RUNS.c.ticket_id.in_(ids), _RUNS.c.ended_at.is_(None))
        ).all(),
    )
    told: dict[int, frozenset[int]] = {}
    for row in taken:
        told[row.ticket_id] = told.get(row.ticket_id, frozenset()) | frozenset(row.told)
    return told


def _places(session: Session, actor: Actor, now: datetime) -> frozenset[int]:
    """The reader, and those who are away and in whose place they are."""
    assert actor.person_id is not None
    roster = once(session, ("roster",), lambda: load_roster(session, now))
    away = (one for one in roster.absent if roster.stand_in(one) == actor.person_id)
    return frozenset((actor.person_id, *away))


def _rights(row: Any, actor: Actor, places: frozenset[int], told: frozenset[int]) -> Rights:
    """Whether the reader may acknowledge (services.escalations), assign, de-escalate it, and
    answer what the customer asked for."""
    is_free = row.manager_id is None and Role.MANAGER in actor.roles
    concerns = is_free or not places.isdisjoint({row.manager_id, row.executive_id, *told})
    return (
        row.acknowledged_at is None and concerns,
        actor.may(Permission.ESCALATION_ASSIGN),
        actor.may(Permission.ESCALATION_END),
        bool(row.is_asked) and actor.may(Permission.ESCALATION_TRIAGE),
    )


def _row(
    session: Session, row: Any, rights: Rights, now: datetime, marks: CaseMarks
) -> EscalationRow:
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
        time_left=pressing_time_left(row),
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
        can_acknowledge=rights[0],
        can_assign=rights[1],
        can_deescalate=rights[2],
        can_triage=rights[3],
        is_asked=bool(row.is_asked),
        is_fresh=now - row.started_at < FRESH,
        obligations=marks.obligations,
        late=marks.late,
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
        lambda: session.execute(_counted(actor, now)).all(),
    )

    def total(name: str, whose: Callable[[int | None], bool] = lambda _: True) -> str:
        return str(sum(getattr(row, name) for row in counted if whose(row.manager_id)))

    return (
        Figure(key="active", value=total("active"), label="escalations under way"),
        Figure(
            key="mine",
            value=total("active", lambda owner: owner == actor.person_id),
            label="are yours",
        ),
        Figure(
            key="nobody", value=total("active", lambda owner: owner is None), label="have no owner"
        ),
        Figure(key="waits", value=total("waits"), label="not acknowledged"),
        Figure(key="over", value=total("late"), label="over their promise"),
    )


def _counted(actor: Actor, now: datetime) -> Any:
    """The active escalations of each owner, how many wait and how many are late."""
    late = (TICKETS.c.pressing_state == "running") & (TICKETS.c.sort_at < now)
    return (
        select(
            _CASES.c.manager_id,
            func.count().label("active"),
            func.count().filter(_CASES.c.acknowledged_at.is_(None)).label("waits"),
            func.count().filter(late).label("late"),
        )
        .select_from(_CASES)
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .where(_CASES.c.ended_at.is_(None), visible(actor))
        .group_by(_CASES.c.manager_id)
    )


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
