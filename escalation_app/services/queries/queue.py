"""The queue: one page of tickets, most pressing first, and its views with their counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process
from escalation_app.models import OrganisationRow, PersonRow
from escalation_app.routes import ticket_url
from escalation_app.services.process_versions import live_process, process_of
from escalation_app.services.queries.common import (
    once,
    person_mark,
    pressing_time_left,
    severity_key,
)
from escalation_app.services.queries.queue_counts import (
    PATH_RUNS,
    counted,
    how_many,
    is_counted,
    matching,
    standings_of,
)
from escalation_app.services.queries.queue_filter import EVERY, VIEWS, QueueFilter, home_tier
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.queries.standings import Standing
from escalation_app.services.store import columns
from escalation_app.views import (
    Choice,
    FilterChip,
    FilterField,
    QueuePage,
    QueueRow,
    QueueView,
    QueueViewGroup,
    iso,
)

PAGE_ROWS = 25
_TIER_VIEWS = ("open", "over", "soon", "path", "paused", "solved")

_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)


@dataclass(frozen=True, slots=True)
class QueueScreen:
    """Everything on the queue's screen."""

    page: QueuePage
    groups: tuple[QueueViewGroup, ...]
    chips: tuple[FilterChip, ...]
    fields: tuple[FilterField, ...]
    title: str
    words: str


def queue_screen(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> QueueScreen:
    """One page of a queue with its rail. Reads made alike for several actors in one session,
    as a push does for everybody who looks at a queue, are made once."""
    process = live_process(session)
    page = once(
        session,
        ("page", _whose(actor, wanted), wanted),
        lambda: queue_page(session, actor, wanted, now),
    )
    return QueueScreen(
        page=page,
        groups=_rail(session, actor, wanted, now, process),
        chips=_chips(session, wanted, process),
        fields=_fields(process, wanted),
        title=VIEWS[wanted.view],
        words=_words(page.total, wanted),
    )


def queue_scope(actor: Actor, wanted: QueueFilter) -> tuple[object, ...]:
    """Equal for actors who are to be shown the same screen, so that one read serves them."""
    return ("queue", scope_key(actor), actor.person_id, home_tier(actor), wanted)


def _whose(actor: Actor, wanted: QueueFilter) -> tuple[object, ...]:
    personal = wanted.view in ("mine", "solved")
    return (scope_key(actor), (actor.person_id, actor.zone) if personal else None)


# The page --------------------------------------------------------------------------------------


def queue_page(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> QueuePage:
    """The rows of one page. A page behind the last one is the last one."""
    if is_counted(wanted):
        total = counted(session, actor, wanted, now)[wanted.view]
        first = _first_of(wanted.page, total)
        ids = _ids(session, actor, wanted, now, first) if total else []
    else:
        first = (wanted.page - 1) * PAGE_ROWS
        ids, total = _ids_andhow_many(session, actor, wanted, now, first)
        if total and not ids:
            first = _first_of(wanted.page, total)
            ids = _ids(session, actor, wanted, now, first)
    rows = _rows(session, ids)
    empty, hidden = ("", 0) if rows else _why_empty(session, actor, wanted, now)
    return QueuePage(
        rows=rows,
        total=total,
        first=first + 1 if rows else 0,
        last=first + len(rows),
        has_previous=bool(rows) and first > 0,
        has_next=first + len(rows) < total,
        empty=empty,
        hidden=hidden,
        caption=f"{VIEWS[wanted.view]}, {_place(wanted.tier)}, most pressing first",
    )


def _first_of(page: int, total: int) -> int:
    """How many rows come before that page, or before the last one there is."""
    last = max(1, -(-total // PAGE_ROWS))
    return (min(page, last) - 1) * PAGE_ROWS


_COLUMNS = (
    TICKETS.c.id,
    TICKETS.c.reference,
    TICKETS.c.subject,
    TICKETS.c.plan,
    TICKETS.c.severity,
    TICKETS.c.status,
    TICKETS.c.tier,
    TICKETS.c.process_version,
    TICKETS.c.assignee_id,
    TICKETS.c.last_contact_at,
    TICKETS.c.last_contact_by,
    TICKETS.c.pressing_state,
    TICKETS.c.pressing_metric,
    TICKETS.c.pressing_due_at,
    TICKETS.c.pressing_from_at,
    TICKETS.c.pressing_soon_at,
)


def _keys(actor: Actor, wanted: QueueFilter, now: datetime, first: int, *columns: Any) -> Any:
    order: Any = TICKETS.c.sort_at
    if wanted.view == "solved":
        order = TICKETS.c.resolved_at.desc()
    elif wanted.view == "paused":
        # They stand at the end of the index of sort_at, behind all others. SQLite is kept from
        # walking there row by row.
        order = func.coalesce(order, order)
    return (
        select(TICKETS.c.id, *columns)
        .where(matching(actor, wanted, now))
        .order_by(order, TICKETS.c.id)
        .limit(PAGE_ROWS)
        .offset(first)
    )


def _ids(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, first: int
) -> list[int]:
    return [int(key) for key in session.execute(_keys(actor, wanted, now, first)).scalars()]


def _ids_andhow_many(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, first: int
) -> tuple[list[int], int]:
    """The ids of one page, and how many there are on all of them, in one pass over the tickets."""
    total = func.count().over().label("total")
    found = session.execute(_keys(actor, wanted, now, first, total)).all()
    if not found and first:
        return [], how_many(session, matching(actor, wanted, now))
    return [int(row.id) for row in found], int(found[0].total) if found else 0


def _rows(session: Session, ids: list[int]) -> tuple[QueueRow, ...]:
    if not ids:
        return ()
    found = {
        row.id: row
        for row in session.execute(
            select(
                *_COLUMNS,
                _ORGANISATIONS.c.name.label("customer"),
                _PEOPLE.c.name.label("assignee"),
                case((PATH_RUNS, 1), else_=0).label("has_path"),
            )
            .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
            .outerjoin(_PEOPLE, _PEOPLE.c.id == TICKETS.c.assignee_id)
            .where(TICKETS.c.id.in_(ids))
        )
    }
    return tuple(_row(session, found[key]) for key in ids)


def _row(session: Session, row: Any) -> QueueRow:
    process = process_of(session, row.process_version)
    severity, severity_name = severity_key(process, row.severity)
    return QueueRow(
        ref=row.reference,
        url=ticket_url(row.reference),
        subject=row.subject,
        customer=row.customer,
        plan=process.plan(row.plan).name,
        severity=severity,
        severity_name=severity_name,
        tier=f"T{row.tier}",
        status_name=process.status_name(row.status),
        assignee=person_mark(row.assignee_id, row.assignee),
        time_left=pressing_time_left(row),
        has_path=bool(row.has_path),
        last_contact_at=iso(row.last_contact_at),
        last_contact_by=row.last_contact_by or "",
        is_customer_waiting=row.last_contact_by == "them",
    )


def _why_empty(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime
) -> tuple[str, int]:
    """Why a page has no rows, and how many tickets only the filters leave out."""
    if wanted.is_narrowed:
        every = QueueFilter(view=wanted.view, tier=wanted.tier)
        return "nothing_matches", how_many(session, matching(actor, every, now))
    seen = session.execute(select(TICKETS.c.id).where(visible(actor)).limit(1)).first()
    return ("nothing_yet" if seen is None else "all_done"), 0


# The rail --------------------------------------------------------------------------------------


def _rail(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, process: Process
) -> tuple[QueueViewGroup, ...]:
    known = counted(session, actor, QueueFilter(tier=wanted.tier), now)
    home = home_tier(actor)

    def view(key: str) -> QueueView:
        there = QueueFilter(view=key, tier=wanted.tier)
        return QueueView(
            key=key,
            name=VIEWS[key],
            count=known[key],
            over=key == "over" and known[key] > 0,
            url=there.url(home),
            is_current=wanted.view == key,
        )

    return (
        QueueViewGroup("Mine", (view("mine"), view("nobody"))),
        QueueViewGroup(_tier_name(process, wanted.tier), tuple(view(key) for key in _TIER_VIEWS)),
        QueueViewGroup("Tiers", _tier_views(process, standings_of(session, actor, now), home)),
    )


def _tier_views(process: Process, standing: Iterable[Standing], home: int) -> tuple[QueueView, ...]:
    """The ways to the open tickets of each tier, and of all of them."""
    counts: dict[int, int] = {}
    for one in standing:
        counts[one.tier] = counts.get(one.tier, 0) + one.open
    known = [(0, EVERY, "Every tier", sum(counts.values()))]
    known += [
        (tier.level, tier.key, tier.name, counts.get(tier.level, 0)) for tier in process.tiers
    ]
    return tuple(
        QueueView(
            key=key,
            name=name,
            count=count,
            url=QueueFilter(tier=level).url(home),
        )
        for level, key, name, count in known
    )


# Words -----------------------------------------------------------------------------------------


def _tier_name(process: Process, tier: int) -> str:
    if not tier:
        return "Every tier"
    return next((one.name for one in process.tiers if one.level == tier), f"Tier {tier}")


def _place(tier: int) -> str:
    return f"tier {tier}" if tier else "every tier"


def _words(total: int, wanted: QueueFilter) -> str:
    count = f"{total:,} ticket{'' if total == 1 else 's'}"
    return f"{count}, {'newest' if wanted.view == 'solved' else 'most pressing'} first"


def _chips(session: Session, wanted: QueueFilter, process: Process) -> tuple[FilterChip, ...]:
    chips: list[FilterChip] = []
    if wanted.tier and wanted.view != "mine":
        name = _tier_name(process, wanted.tier)
        chips.append(FilterChip("tier", "Tier", name.removeprefix("Tier ")))
    for field in _fields(process, wanted):
        if field.value and field.key != "tier":
            label = next((c.label for c in field.choices if c.value == field.value), field.value)
            chips.append(FilterChip(field.key, field.label, label))
    if wanted.customer:
        name = session.execute(
            select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.key == wanted.customer)
        ).scalar_one_or_none()
        chips.append(FilterChip("customer", "Customer", name or wanted.customer))
    if wanted.within:
        when = "this hour" if wanted.within == 1 else f"in {wanted.within} hours at most"
        chips.append(FilterChip("within", "Breaks", when))
    if wanted.search:
        chips.append(FilterChip("search", "Search", wanted.search))
    return tuple(chips)


def _fields(process: Process, wanted: QueueFilter) -> tuple[FilterField, ...]:
    tiers = [Choice(str(tier.level), tier.name) for tier in process.tiers]
    teams = [team for team in process.teams if wanted.tier in (0, team.tier)]
    severities = [Choice(str(one.level), f"{one.key} {one.name}") for one in process.severities]
    plans = [Choice(plan.key, plan.name) for plan in process.plans]
    return (
        FilterField("tier", "Tier", tuple(tiers), str(wanted.tier or "")),
        FilterField(
            "team", "Team", tuple(Choice(team.key, team.name) for team in teams), wanted.team
        ),
        FilterField("severity", "Severity", tuple(severities), wanted.severity),
        FilterField("plan", "Plan", tuple(plans), wanted.plan),
    )
