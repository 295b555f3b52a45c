"""The manager's list: every active escalation, grouped by what it needs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Role, require
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import (
    EscalationRequestRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PersonRow,
)
from escalation_app.models import EscalationRow as CaseRow
from escalation_app.routes import ticket_url
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.common import (
    once,
    person_mark,
    pressing_time_left,
    severity_key,
)
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.store import columns
from escalation_app.views import Choice, EscalationGroup, EscalationRow, Figure, iso

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

KIND_NAMES: Mapping[str, str] = {
    EscalationKind.FUNCTIONAL: "Functional",
    EscalationKind.HIERARCHICAL: "Hierarchical",
    EscalationKind.AUTOMATIC: "Automatic",
}
Rights = tuple[bool, bool, bool, bool]
WHOSE = ("all", "mine", "nobody")
"""Which escalations: all, those the reader owns, those nobody owns."""


def active_escalations(
    session: Session, actor: Actor, now: datetime, whose: str = "all"
) -> tuple[tuple[EscalationGroup, ...], tuple[Figure, ...]]:
    """Groups (needs you now, running, acknowledged and quiet) and the figures above them.

    Raises NotAllowed. An unknown `whose` means all.
    """
    require(actor, Permission.ESCALATION_SEE)
    mine = actor.person_id if whose == "mine" else None
    rows = once(
        session,
        ("escalations", scope_key(actor), whose, mine),
        lambda: session.execute(_listed(actor, whose)).all(),
    )
    told = _told_by_steps(session, rows)
    drawn = once(session, ("escalation rows",), dict[tuple[str, Rights], EscalationRow])
    groups: dict[str, list[EscalationRow]] = {"now": [], "running": [], "quiet": []}
    for row in rows:
        key = (row.reference, _rights(row, actor, told.get(row.id, frozenset())))
        if key not in drawn:
            drawn[key] = _row(session, row, key[1], now)
        groups[_group_of(row, actor, now)].append(drawn[key])
    names = {"now": "Needs you now", "running": "Running", "quiet": "Acknowledged, on time"}
    return (
        tuple(
            EscalationGroup(key, names[key], tuple(found)) for key, found in groups.items() if found
        ),
        _figures(session, actor, now),
    )


def _listed(actor: Actor, whose: str) -> Any:
    statement = (
        select(
            TICKETS.c.id,
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            TICKETS.c.tier,
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
        .limit(AT_MOST)
    )
    if whose == "mine":
        statement = statement.where(_CASES.c.manager_id == actor.person_id)
    elif whose == "nobody":
        statement = statement.where(_CASES.c.manager_id.is_(None))
    return statement


def _group_of(row: Any, actor: Actor, now: datetime) -> str:
    """Unacknowledged and mine or nobody's: now. Over, or unacknowledged: running."""
    is_over = row.pressing_state == "running" and row.pressing_due_at < now
    is_waiting = row.acknowledged_at is None or row.is_asked
    if is_waiting and row.manager_id in (None, actor.person_id):
        return "now"
    return "running" if is_over or row.acknowledged_at is None else "quiet"


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


def _rights(row: Any, actor: Actor, told: frozenset[int]) -> Rights:
    """Whether the reader may acknowledge (services.escalations), assign, de-escalate it, and
    answer what the customer asked for."""
    is_free = row.manager_id is None and Role.MANAGER in actor.roles
    concerns = is_free or actor.person_id in {row.manager_id, row.executive_id, *told}
    return (
        row.acknowledged_at is None and concerns,
        actor.may(Permission.ESCALATION_ASSIGN),
        actor.may(Permission.ESCALATION_END),
        bool(row.is_asked) and actor.may(Permission.ESCALATION_TRIAGE),
    )


def _row(session: Session, row: Any, rights: Rights, now: datetime) -> EscalationRow:
    process = process_of(session, row.process_version)
    key, name = severity_key(process, row.severity)
    dots, label, words = _path(session, row)
    return EscalationRow(
        key=row.reference,
        ref=row.reference,
        url=ticket_url(row.reference),
        subject=row.subject,
        severity=key,
        severity_name=name,
        customer=row.customer,
        plan=process.plan(row.plan).name,
        tier=f"T{row.tier}",
        time_left=pressing_time_left(row),
        kind=row.kind,
        kind_name=KIND_NAMES[row.kind],
        why=row.reason,
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
