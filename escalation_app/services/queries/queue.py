"""The queue: one page of tickets, most pressing first, and its views with their counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Role
from escalation_app.domain.process import Process
from escalation_app.models import OrganisationRow, PathRunRow, PersonRow
from escalation_app.routes import queue_url, ticket_url
from escalation_app.services.process_versions import live_process, process_of
from escalation_app.services.queries.common import person_mark, pressing_time_left, severity_key
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.queries.standings import Standing, standings
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

T = TypeVar("T")

PAGE_ROWS = 25
MAX_SEARCH = 100
"""Characters of a search that count."""
MAX_PAGE = 1_000_000
MAX_HOURS = 48
EVERY = "all"
"""The value of the tier filter that means every tier."""

VIEWS: Mapping[str, str] = {
    "mine": "My tickets",
    "nobody": "Nobody's yet",
    "open": "All open",
    "over": "Over",
    "soon": "Due soon",
    "calm": "Calm",
    "path": "Path running",
    "paused": "Paused",
    "solved": "Solved today",
}
_TIER_VIEWS = ("open", "over", "soon", "path", "paused", "solved")

_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)
_RUNS = columns(PathRunRow)
_PATH_RUNS = exists().where(_RUNS.c.ticket_id == TICKETS.c.id, _RUNS.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which tickets a queue shows. `tier` 0 means every tier; the other filters "" mean any."""

    view: str = "open"
    tier: int = 0
    severity: str = ""
    team: str = ""
    plan: str = ""
    customer: str = ""
    """Key of an organisation."""
    within: int = 0
    """The coming hour in which they break, as the heatmap counts them: 1 is what is left of this
    one. 0 is any."""
    search: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked for than a view and a tier."""
        narrow = (self.search, self.severity, self.team, self.plan, self.customer, self.within)
        return any(narrow)

    def params(self, home_tier: int) -> dict[str, str]:
        """The query of its address, without what stands for the default."""
        tier = EVERY if self.tier == 0 else str(self.tier)
        wanted = {
            "view": "" if self.view == "open" else self.view,
            "tier": "" if self.tier == home_tier else tier,
            "severity": self.severity,
            "team": self.team,
            "plan": self.plan,
            "customer": self.customer,
            "within": str(self.within or ""),
            "q": self.search,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {key: value for key, value in wanted.items() if value}

    def url(self, home_tier: int) -> str:
        """The address of this queue for somebody of that tier."""
        return queue_url(**self.params(home_tier))


def home_tier(actor: Actor) -> int:
    """The tier whose queue the actor begins with; 0 is every tier."""
    return 0 if Role.MANAGER in actor.roles or Role.AGENT not in actor.roles else actor.tier


def filter_of(query: Mapping[str, object], actor: Actor) -> QueueFilter:
    """The filter of an address. Whatever it does not understand is left out."""

    def text(key: str, limit: int = 120) -> str:
        value = query.get(key)
        return value.replace("\x00", "").strip()[:limit] if isinstance(value, str) else ""

    view = text("view")
    tier = text("tier")
    severity = text("severity").upper().removeprefix("S")
    return QueueFilter(
        view=view if view in VIEWS else "open",
        tier=0 if tier == EVERY else _number(tier, 9) or home_tier(actor),
        severity=str(_number(severity, 9) or ""),
        team=text("team"),
        plan=text("plan"),
        customer=text("customer"),
        within=_number(text("within"), MAX_HOURS),
        search=" ".join(text("q", MAX_SEARCH).split()),
        page=_number(text("page"), MAX_PAGE) or 1,
    )


def _number(text: str, largest: int) -> int:
    """A number from 1 to `largest`, else 0."""
    return int(text) if text.isdecimal() and len(text) < 10 and 1 <= int(text) <= largest else 0


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
    page = _once(
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


def _once(session: Session, key: tuple[object, ...], read: Callable[[], T]) -> T:
    """What this session read before under the same key, or reads now."""
    known: dict[tuple[object, ...], T] = session.info.setdefault("queue", {})
    if key not in known:
        known[key] = read()
    return known[key]


# The page --------------------------------------------------------------------------------------


def queue_page(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> QueuePage:
    """The rows of one page. A page behind the last one is the last one."""
    condition = _condition(actor, wanted, now)
    total = _total(session, condition)
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(wanted.page, pages)
    first = (page - 1) * PAGE_ROWS
    rows = _rows(session, condition, wanted, first) if total else ()
    empty, hidden = ("", 0) if rows else _why_empty(session, actor, wanted, now)
    return QueuePage(
        rows=rows,
        total=total,
        first=first + 1 if rows else 0,
        last=first + len(rows),
        has_previous=page > 1,
        has_next=page < pages,
        empty=empty,
        hidden=hidden,
        caption=f"{VIEWS[wanted.view]}, {_place(wanted.tier)}, most pressing first",
    )


def _condition(actor: Actor, wanted: QueueFilter, now: datetime) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [visible(actor), *_view_condition(actor, wanted.view, now)]
    if wanted.tier and wanted.view != "mine":
        parts.append(TICKETS.c.tier == wanted.tier)
    if wanted.severity:
        parts.append(TICKETS.c.severity == int(wanted.severity))
    if wanted.team:
        parts.append(TICKETS.c.team == wanted.team)
    if wanted.plan:
        parts.append(TICKETS.c.plan == wanted.plan)
    if wanted.customer:
        parts.append(_of_organisations(_ORGANISATIONS.c.key == wanted.customer))
    if wanted.within:
        parts += _breaks_within(wanted.within, now)
    if wanted.search:
        parts.append(
            or_(
                TICKETS.c.reference.icontains(wanted.search, autoescape=True),
                TICKETS.c.subject.icontains(wanted.search, autoescape=True),
                _of_organisations(_ORGANISATIONS.c.name.icontains(wanted.search, autoescape=True)),
            )
        )
    return and_(*parts)


def _breaks_within(hour: int, now: datetime) -> list[ColumnElement[bool]]:
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    until = next_hour + timedelta(hours=hour - 1)
    return [
        TICKETS.c.pressing_state == "running",
        TICKETS.c.sort_at >= max(now, until - timedelta(hours=1)),
        TICKETS.c.sort_at < until,
    ]


def _of_organisations(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = TICKETS.c.organisation_id.in_(
        select(_ORGANISATIONS.c.id).where(condition)
    )
    return found


def _view_condition(actor: Actor, view: str, now: datetime) -> list[ColumnElement[bool]]:
    if view == "solved":
        return [TICKETS.c.resolved_at >= _start_of_day(actor, now)]
    is_open = TICKETS.c.is_open.is_(True)
    running = TICKETS.c.pressing_state == "running"
    match view:
        case "mine":
            return [is_open, TICKETS.c.assignee_id == actor.person_id]
        case "nobody":
            return [is_open, TICKETS.c.assignee_id.is_(None)]
        case "over":
            return [is_open, running, TICKETS.c.sort_at < now]
        case "soon":
            return [is_open, running, TICKETS.c.sort_at >= now, TICKETS.c.pressing_soon_at <= now]
        case "calm":
            return [is_open, running, TICKETS.c.pressing_soon_at > now]
        case "path":
            return [is_open, _PATH_RUNS]
        case "paused":
            return [is_open, TICKETS.c.pressing_state.in_(("paused", "overpaused"))]
        case _:
            return [is_open]


def _start_of_day(actor: Actor, now: datetime) -> datetime:
    try:
        zone = ZoneInfo(actor.zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _total(session: Session, condition: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).where(condition)).scalar_one())


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


def _rows(
    session: Session, condition: ColumnElement[bool], wanted: QueueFilter, first: int
) -> tuple[QueueRow, ...]:
    order = TICKETS.c.resolved_at.desc() if wanted.view == "solved" else TICKETS.c.sort_at
    keys: Select[Any] = (
        select(TICKETS.c.id)
        .where(condition)
        .order_by(order, TICKETS.c.id)
        .limit(PAGE_ROWS)
        .offset(first)
    )
    ids = [int(key) for key in session.execute(keys).scalars()]
    found = {
        row.id: row
        for row in session.execute(
            select(
                *_COLUMNS,
                _ORGANISATIONS.c.name.label("customer"),
                _PEOPLE.c.name.label("assignee"),
                case((_PATH_RUNS, 1), else_=0).label("has_path"),
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
        return "nothing_matches", _total(session, _condition(actor, every, now))
    seen = session.execute(select(TICKETS.c.id).where(visible(actor)).limit(1)).first()
    return ("nothing_yet" if seen is None else "all_done"), 0


# The rail --------------------------------------------------------------------------------------


def _rail(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, process: Process
) -> tuple[QueueViewGroup, ...]:
    standing = _once(
        session, ("standings", scope_key(actor)), lambda: standings(session, actor, now)
    )
    paths = _once(session, ("paths", scope_key(actor)), lambda: _paths_by_tier(session, actor))
    solved = _once(
        session,
        ("solved", scope_key(actor), wanted.tier, actor.zone),
        lambda: _count_view(session, actor, QueueFilter(view="solved", tier=wanted.tier), now),
    )
    mine = _count_view(session, actor, QueueFilter(view="mine"), now)
    here = [one for one in standing if wanted.tier in (0, one.tier)]
    known = {
        "mine": mine,
        "nobody": sum(one.nobody for one in here),
        "open": sum(one.open for one in here),
        "over": sum(one.over for one in here),
        "soon": sum(one.soon for one in here),
        "path": sum(count for tier, count in paths.items() if wanted.tier in (0, tier)),
        "paused": sum(one.paused for one in here),
        "solved": solved,
    }
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
        QueueViewGroup("Tiers", _tier_views(process, standing, home)),
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


def _count_view(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> int:
    return _total(session, _condition(actor, wanted, now))


def _paths_by_tier(session: Session, actor: Actor) -> dict[int, int]:
    rows = session.execute(
        select(TICKETS.c.tier, func.count())
        .join_from(_RUNS, TICKETS, TICKETS.c.id == _RUNS.c.ticket_id)
        .where(_RUNS.c.ended_at.is_(None), TICKETS.c.is_open.is_(True), visible(actor))
        .group_by(TICKETS.c.tier)
    )
    return {int(tier): int(count) for tier, count in rows}


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
