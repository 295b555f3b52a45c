"""The queue: one page of tickets in the order asked for, with all that stands around it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
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
    how_many,
    once,
    person_mark,
    pressing_time_left,
    severity_key,
)
from escalation_app.services.queries.queue_columns import column_choices, shown_columns
from escalation_app.services.queries.queue_counts import (
    PATH_RUNS,
    counted,
    is_counted,
    matching,
)
from escalation_app.services.queries.queue_filter import ME, SORTS, VIEWS, QueueFilter, home_tier
from escalation_app.services.queries.queue_filters import chips, filter_fields
from escalation_app.services.queries.queue_marks import asleep, marked
from escalation_app.services.queries.queue_own import SavedView, own_queue
from escalation_app.services.queries.queue_rail import rail
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.tables import columns
from escalation_app.views.queue import (
    FilterChip,
    FilterField,
    QueueColumn,
    QueuePage,
    QueueRow,
    QueueViewGroup,
    SavedViewMark,
)
from escalation_app.views.words import iso

PAGE_ROWS = 25

_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)


@dataclass(frozen=True, slots=True)
class QueueScreen:
    """Everything on the queue's screen."""

    page: QueuePage
    groups: tuple[QueueViewGroup, ...]
    chips: tuple[FilterChip, ...]
    fields: tuple[FilterField, ...]
    columns: tuple[QueueColumn, ...]
    picker: tuple[QueueColumn, ...]
    saved: SavedViewMark
    title: str
    words: str


def queue_screen(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> QueueScreen:
    """One page of a queue with its rail. Reads made alike for several actors in one session,
    as a push does for everybody who looks at a queue, are made once."""
    process = live_process(session)
    own = own_queue(session, actor)
    saved = own.view(wanted.saved)
    asked = wanted.asked
    off = frozenset(asleep(session, actor, now))
    page = once(
        session,
        ("page", _whose(actor, asked), asked, off),
        lambda: queue_page(session, actor, asked, now, off),
    )
    rows = marked(session, actor, page.rows, now)
    page = page if rows == page.rows else replace(page, rows=rows)
    shown = tuple(wanted.columns.split(",")) if wanted.columns else own.columns
    return QueueScreen(
        page=page,
        groups=rail(session, actor, wanted, now, process),
        chips=chips(session, wanted, process),
        fields=filter_fields(session, actor, wanted, process),
        columns=shown_columns(shown, wanted.sort),
        picker=column_choices(shown),
        saved=_mark(wanted, saved, home_tier(actor), is_default=own.begins_with(saved)),
        title=VIEWS[wanted.view] if saved is None else saved.name,
        words=_words(page.total, wanted),
    )


def queue_scope(actor: Actor, wanted: QueueFilter) -> tuple[object, ...]:
    """Equal for actors who are to be shown the same screen, so that one read serves them."""
    return ("queue", scope_key(actor), actor.person_id, home_tier(actor), wanted)


def _whose(actor: Actor, wanted: QueueFilter) -> tuple[object, ...]:
    personal = wanted.view in ("mine", "solved") or wanted.assignee == ME
    return (scope_key(actor), (actor.person_id, actor.zone) if personal else None)


def _mark(
    wanted: QueueFilter, saved: SavedView | None, home: int, *, is_default: bool
) -> SavedViewMark:
    if saved is None:
        return SavedViewMark()
    return SavedViewMark(
        key=str(saved.key),
        name=saved.name,
        shared_with=saved.shared_with,
        owner=saved.owner,
        is_mine=saved.is_changeable,
        is_changed=saved.wanted.params(home) != replace(wanted, page=1).params(home),
        is_default=is_default,
    )


def _words(total: int, wanted: QueueFilter) -> str:
    count = f"{total:,} ticket{'' if total == 1 else 's'}"
    return f"{count}, {_order_words(wanted)} first"


def _place(tier: int) -> str:
    return f"tier {tier}" if tier else "every tier"


def _order_words(wanted: QueueFilter) -> str:
    is_newest = wanted.view == "solved" and wanted.sort == "time"
    return "newest" if is_newest else SORTS[wanted.sort]


# The page --------------------------------------------------------------------------------------


def queue_page(
    session: Session,
    actor: Actor,
    wanted: QueueFilter,
    now: datetime,
    asleep: frozenset[int] = frozenset(),
) -> QueuePage:
    """The rows of one page, without those that the reader has put off. A page behind the last one
    is the last one."""
    condition = matching(actor, wanted, now, asleep)
    if is_counted(wanted):
        total = counted(session, actor, wanted, now, asleep)[wanted.view]
    else:
        total = how_many(session, condition)
    first = _first_of(wanted.page, total)
    ids = _ids(session, wanted, condition, first) if total else []
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
        caption=f"{VIEWS[wanted.view]}, {_place(wanted.tier)}, {_order_words(wanted)} first",
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
    TICKETS.c.team,
    TICKETS.c.tags,
    TICKETS.c.created_at,
    TICKETS.c.last_contact_at,
    TICKETS.c.last_contact_by,
    TICKETS.c.pressing_state,
    TICKETS.c.pressing_metric,
    TICKETS.c.pressing_due_at,
    TICKETS.c.pressing_from_at,
    TICKETS.c.pressing_soon_at,
    TICKETS.c.is_escalated,
)

_ORDERS: dict[str, tuple[Any, ...]] = {
    "ref": (),
    "severity": (TICKETS.c.severity, TICKETS.c.sort_at),
    "tier": (TICKETS.c.tier, TICKETS.c.sort_at),
    # Said so that SQLite sorts what it finds in the index of the queue.
    "opened": (func.coalesce(TICKETS.c.created_at, TICKETS.c.created_at),),
    "contact": (func.coalesce(TICKETS.c.last_contact_at, TICKETS.c.created_at),),
}


def _order(wanted: QueueFilter) -> tuple[Any, ...]:
    by, is_down = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    if by != "time":
        first, *rest = (*_ORDERS[by], TICKETS.c.id)
        return (first.desc() if is_down else first, *rest)
    order: Any = TICKETS.c.sort_at
    if wanted.view == "solved":
        order, is_down = TICKETS.c.resolved_at, not is_down
    elif wanted.view == "paused" or wanted.clock == "paused":
        # They stand at the end of the index of sort_at, behind all others. SQLite is kept from
        # walking there row by row.
        order = func.coalesce(order, order)
    return (order.desc() if is_down else order, TICKETS.c.id)


def _ids(
    session: Session,
    wanted: QueueFilter,
    condition: Any,
    first: int,
    most: int = PAGE_ROWS,
) -> list[int]:
    keys = select(TICKETS.c.id).where(condition).order_by(*_order(wanted)).limit(most).offset(first)
    return [int(key) for key in session.execute(keys).scalars()]


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
        is_escalated=bool(row.is_escalated),
        team=_team_name(process, row.team),
        tags=tuple(sorted(row.tags.split())),
        opened_at=iso(row.created_at),
        last_contact_at=iso(row.last_contact_at),
        last_contact_by=row.last_contact_by or "",
        is_customer_waiting=row.last_contact_by == "them",
    )


def _team_name(process: Process, key: str) -> str:
    return next((team.name for team in process.teams if team.key == key), key)


def next_in_queue(
    session: Session,
    actor: Actor,
    wanted: QueueFilter,
    now: datetime,
    but: Collection[str] = (),
) -> str:
    """The reference of the first ticket of a queue that is none of `but`; "" when there is none."""
    off = asleep(session, actor, now)
    condition = matching(actor, wanted, now, off) & TICKETS.c.reference.not_in(list(but))
    ids = _ids(session, wanted, condition, 0, most=1)
    if not ids:
        return ""
    found = session.execute(select(TICKETS.c.reference).where(TICKETS.c.id == ids[0]))
    return str(found.scalar_one())


def _why_empty(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime
) -> tuple[str, int]:
    """Why a page has no rows, and how many tickets only the filters leave out."""
    if wanted.is_narrowed:
        every = matching(actor, wanted.everything, now)
        return "nothing_matches", how_many(session, every)
    seen = session.execute(select(TICKETS.c.id).where(visible(actor)).limit(1)).first()
    return ("nothing_yet" if seen is None else "all_done"), 0
