"""The tier board, the SLA heatmap, the look ahead and what needs an executive."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process, Tier
from escalation_app.models import ClockRow, EscalationRow, EventRow, OrganisationRow, PersonRow
from escalation_app.routes import queue_url, ticket_url
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import (
    METRIC_NAMES,
    pressing_time_left,
    severity_key,
)
from escalation_app.services.queries.record import reason_words
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.standings import Standing, standings
from escalation_app.services.store import columns
from escalation_app.views import (
    BoardCard,
    Figure,
    FirstToBreak,
    FlowCount,
    HeatCell,
    HeatHead,
    HeatRow,
    HeatTable,
    LookAhead,
    LookAheadCell,
    LookAheadRow,
    NeedsYou,
    TierColumn,
    TimeLeft,
    duration_words,
    iso,
    load_bar,
)

_EVENTS = columns(EventRow)
_CASES = columns(EscalationRow)
_CLOCKS = columns(ClockRow)
_ORGANISATIONS = columns(OrganisationRow)
_PEOPLE = columns(PersonRow)

CARDS = 6
"""Cards a column shows; the rest stands behind a link."""
FRESH = timedelta(seconds=60)
"""How long a moved card keeps its ring."""
HOURS_AHEAD = 8
FIRST_TO_BREAK = 6

_PRESSING = (
    TICKETS.c.pressing_state,
    TICKETS.c.pressing_metric,
    TICKETS.c.pressing_due_at,
    TICKETS.c.pressing_from_at,
    TICKETS.c.pressing_soon_at,
    TICKETS.c.status,
)


def _open(actor: Actor) -> Any:
    return and_(TICKETS.c.is_open.is_(True), visible(actor))


# Tier board ----------------------------------------------------------------------------------


def tier_board(session: Session, actor: Actor, now: datetime) -> tuple[TierColumn, ...]:
    """A column for each tier of the live process, the most pressing tickets first."""
    process = live_process(session)
    counts = standings(session, actor, now)
    oldest = _oldest(session, actor, process)
    flow = _flow_today(session, now)
    return tuple(
        _column(session, actor, process, tier, counts, oldest[tier.level], flow, now)
        for tier in process.tiers
    )


def _oldest(session: Session, actor: Actor, process: Process) -> dict[int, datetime | None]:
    """When the oldest open ticket of each tier was opened."""
    levels = [tier.level for tier in process.tiers]
    row = session.execute(
        select(
            *(
                select(func.min(TICKETS.c.created_at))
                .where(_open(actor), TICKETS.c.tier == level)
                .scalar_subquery()
                for level in levels
            )
        )
    ).one()
    return dict(zip(levels, row, strict=True))


def _running() -> Any:
    return TICKETS.c.pressing_state == "running"


def _column(
    session: Session,
    actor: Actor,
    process: Process,
    tier: Tier,
    counts: Iterable[Standing],
    oldest_at: datetime | None,
    flow: Mapping[tuple[int, str], int],
    now: datetime,
) -> TierColumn:
    here = [one for one in counts if one.tier == tier.level]
    count = sum(one.open for one in here)
    cards = _cards(session, actor, process, tier.level, now) if count else ()
    load_pct, mark_pct, extra_pct = load_bar(count, tier.volume_target)
    more = max(0, count - len(cards))
    pressed = max(0, sum(one.over + one.soon for one in here) - len(cards))
    return TierColumn(
        key=tier.key,
        name=tier.name,
        job=tier.job,
        count=count,
        target=tier.volume_target,
        excess=max(0, count - tier.volume_target),
        load_pct=load_pct,
        mark_pct=mark_pct,
        extra_pct=extra_pct,
        oldest_at=iso(oldest_at),
        flow=tuple(
            FlowCount(word, flow.get((tier.level, word), 0)) for word in ("in", "solved", "up")
        ),
        cards=cards,
        more=more,
        more_words=_more_words(more, pressed),
        url=queue_url(tier=tier.level),
    )


def _more_words(more: int, pressed: int) -> str:
    if not more:
        return ""
    return f"{more} more, {pressed} due soon" if pressed else f"{more} more"


def _cards(
    session: Session, actor: Actor, process: Process, tier: int, now: datetime
) -> tuple[BoardCard, ...]:
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            TICKETS.c.last_move,
            TICKETS.c.last_moved_at,
            _ORGANISATIONS.c.name.label("customer"),
            _PEOPLE.c.name.label("holder"),
            *_PRESSING,
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .outerjoin(_PEOPLE, _PEOPLE.c.id == TICKETS.c.assignee_id)
        .where(_open(actor), TICKETS.c.tier == tier)
        .order_by(TICKETS.c.sort_at, TICKETS.c.id)
        .limit(CARDS)
    )
    return tuple(_card(row, process, now) for row in rows)


def _card(row: Any, process: Process, now: datetime) -> BoardCard:
    key, name = severity_key(process, row.severity)
    fresh = row.last_moved_at is not None and now - row.last_moved_at < FRESH
    return BoardCard(
        ref=row.reference,
        url=ticket_url(row.reference),
        subject=row.subject,
        severity=key,
        severity_name=name,
        customer=row.customer,
        holder=row.holder or "nobody yet",
        time_left=pressing_time_left(row),
        moved_from=_moved_from(row.last_move) if fresh else "",
        moved_at=iso(row.last_moved_at) if fresh else "",
        why=row.last_move.partition(": ")[2] if fresh else "",
        fresh=fresh,
    )


def _moved_from(last_move: str) -> str:
    """The place in "from Tier 1: skill missing"; empty for a move that changed no tier."""
    before, _, _ = last_move.partition(": ")
    return before.removeprefix("from ") if before.startswith("from ") else ""


def _flow_today(session: Session, now: datetime) -> Counter[tuple[int, str]]:
    """What came in, was solved and went up since midnight UTC, by tier."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def today(*kinds: EventKind) -> Any:
        return and_(_EVENTS.c.kind.in_(kinds), _EVENTS.c.at >= midnight)

    flow: Counter[tuple[int, str]] = Counter()
    flow[1, "in"] = session.execute(
        select(func.count()).where(today(EventKind.TICKET_OPENED))
    ).scalar_one()
    for tier, count in session.execute(
        select(TICKETS.c.tier, func.count())
        .select_from(_EVENTS.join(TICKETS, TICKETS.c.id == _EVENTS.c.ticket_id))
        .where(today(EventKind.TICKET_RESOLVED))
        .group_by(TICKETS.c.tier)
    ):
        flow[tier, "solved"] = count
    for kind, data in session.execute(
        select(_EVENTS.c.kind, _EVENTS.c.data).where(
            today(EventKind.TICKET_ESCALATED, EventKind.TIER_CHANGED)
        )
    ):
        flow[data.get("to_tier", 0), "in"] += 1
        if kind == EventKind.TICKET_ESCALATED:
            flow[data.get("from_tier", 0), "up"] += 1
    return flow


# Heatmap -------------------------------------------------------------------------------------


def heat_table(session: Session, actor: Actor, now: datetime) -> HeatTable:
    """Tier by severity: how many are open, and the worst clock of each cell."""
    process = live_process(session)
    cells = {(one.tier, one.severity): one for one in standings(session, actor, now)}
    worst = _worst_clocks(session, actor, cells.values())
    rows = tuple(
        HeatRow(
            head=_tier_head(tier),
            cells=tuple(
                _heat_cell(
                    process,
                    tier,
                    severity.level,
                    cells.get((tier.level, severity.level)),
                    worst.get((tier.level, severity.level)),
                )
                for severity in process.severities
            ),
        )
        for tier in sorted(process.tiers, key=lambda tier: -tier.level)
    )
    return HeatTable(
        caption="Open tickets by tier and severity, with the worst clock of each cell",
        heads=tuple(HeatHead(s.key, s.key, s.name) for s in process.severities),
        rows=rows,
        open=sum(one.open for one in cells.values()),
        over=sum(one.over for one in cells.values()),
    )


def _tier_head(tier: Tier) -> HeatHead:
    return HeatHead(tier.key, tier.name, tier.job.split(",")[0].lower())


def _worst_clocks(
    session: Session, actor: Actor, cells: Collection[Standing]
) -> dict[tuple[int, int], Any]:
    """The most pressing running ticket of each cell."""
    rows = session.execute(
        select(TICKETS.c.tier, TICKETS.c.severity, TICKETS.c.sort_at, *_PRESSING).where(
            _open(actor),
            _running(),
            TICKETS.c.sort_at.in_({cell.worst_at for cell in cells if cell.worst_at}),
        )
    )
    at = {(row.tier, row.severity, row.sort_at): row for row in rows}
    return {
        (cell.tier, cell.severity): at[cell.tier, cell.severity, cell.worst_at]
        for cell in cells
        if cell.worst_at is not None
    }


def _heat_cell(
    process: Process, tier: Tier, severity: int, cell: Standing | None, worst: Any
) -> HeatCell:
    key, name = severity_key(process, severity)
    place = f"{tier.name}, severity {key} {name}"
    if cell is None:
        return HeatCell(key=f"{tier.key}-{key}", words="none", label=f"{place}: none open")
    said = f"{place}: {cell.open} open" + (f", {cell.over} over" if cell.over else "")
    return HeatCell(
        key=f"{tier.key}-{key}",
        count=cell.open,
        worst=pressing_time_left(worst) if worst is not None else TimeLeft(),
        over=cell.over,
        words="" if worst is not None else "paused",
        url=queue_url(tier=tier.level, severity=severity),
        label=said,
    )


def look_ahead(session: Session, actor: Actor, now: datetime) -> LookAhead:
    """What breaks in each of the coming hours if nobody acts, by tier."""
    process = live_process(session)
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    ends = [start + timedelta(hours=number) for number in range(HOURS_AHEAD)]
    counts = _breaks_by_hour(session, actor, process, now, ends)
    tiers = sorted(process.tiers, key=lambda tier: -tier.level)
    return LookAhead(
        caption="What breaks in the coming hours if nobody acts, by tier",
        hours=tuple(iso(end) for end in ends),
        rows=tuple(
            LookAheadRow(
                head=_tier_head(tier),
                cells=tuple(
                    _ahead_cell(process, tier, hour, counts[tier.level, hour])
                    for hour in range(HOURS_AHEAD)
                ),
            )
            for tier in tiers
        ),
        total=sum(cell.total() for cell in counts.values()),
        until_at=iso(ends[-1]),
    )


def _breaks_by_hour(
    session: Session, actor: Actor, process: Process, now: datetime, ends: Sequence[datetime]
) -> dict[tuple[int, int], Counter[int]]:
    """How many tickets of each severity break in each hour, by tier and number of the hour.

    Naming every tier and severity lets the database seek in `ix_ticket_standing`.
    """
    rows = session.execute(
        select(
            TICKETS.c.tier,
            TICKETS.c.severity,
            *(func.count().filter(TICKETS.c.sort_at < end) for end in ends),
        )
        .where(
            _open(actor),
            _running(),
            TICKETS.c.tier.in_([tier.level for tier in process.tiers]),
            TICKETS.c.severity.in_([severity.level for severity in process.severities]),
            TICKETS.c.sort_at >= now,
            TICKETS.c.sort_at < ends[-1],
        )
        .group_by(TICKETS.c.tier, TICKETS.c.severity)
    )
    found: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for tier, severity, *by_end in rows:
        for hour, (until_end, before) in enumerate(zip(by_end, (0, *by_end), strict=False)):
            if until_end > before:
                found[tier, hour][severity] = until_end - before
    return found


def _ahead_cell(process: Process, tier: Tier, hour: int, breaks: Counter[int]) -> LookAheadCell:
    count, words = breaks.total(), ""
    if count:
        level = min(breaks)
        key, _ = severity_key(process, level)
        words = key if breaks[level] == count else f"{breaks[level]} {key}"
    return LookAheadCell(
        key=f"{tier.key}-{hour}",
        count=count,
        level=0 if count == 0 else 1 if count <= 2 else 2 if count <= 5 else 3,
        words=words,
        url=queue_url(tier=tier.level, within=hour + 1) if count else "",
        label=f"{tier.name}: {count or 'nothing'} will break",
    )


def first_to_break(session: Session, actor: Actor, now: datetime) -> tuple[FirstToBreak, ...]:
    """The tickets that break next, and what would save each."""
    process = live_process(session)
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.tier,
            _PEOPLE.c.name.label("holder"),
            *_PRESSING,
        )
        .outerjoin(_PEOPLE, _PEOPLE.c.id == TICKETS.c.assignee_id)
        .where(_open(actor), _running(), TICKETS.c.sort_at >= now)
        .order_by(TICKETS.c.sort_at)
        .limit(FIRST_TO_BREAK)
    )
    return tuple(
        FirstToBreak(
            ref=row.reference,
            url=ticket_url(row.reference),
            subject=row.subject,
            time_left=pressing_time_left(row),
            holder=row.holder or "Nobody",
            tier_name=process.tier(row.tier).name,
            remedy=_remedy(row),
        )
        for row in rows
    )


_WORDS_OF_OURS: Mapping[str, str] = {
    Metric.FIRST_RESPONSE: "A first answer to the customer",
    Metric.NEXT_REPLY: "An answer to the customer",
    Metric.NEXT_UPDATE: "A word to the customer",
}
"""What ends these clocks."""


def _remedy(row: Any) -> str:
    if row.holder is None:
        return "Somebody to take it"
    if row.pressing_metric in _WORDS_OF_OURS:
        return _WORDS_OF_OURS[row.pressing_metric]
    metric = METRIC_NAMES.get(row.pressing_metric, "The promise").lower()
    return f"{metric.capitalize()}, or more skill or authority"


# What needs the reader -----------------------------------------------------------------------


def needs_you(session: Session, actor: Actor, now: datetime) -> tuple[NeedsYou, ...]:
    """The active escalations the reader was brought into and has not acknowledged."""
    mine = (_CASES.c.executive_id == actor.person_id) | (_CASES.c.manager_id == actor.person_id)
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            _CASES.c.started_at,
            _CASES.c.reason,
            _ORGANISATIONS.c.name.label("customer"),
            *_PRESSING,
        )
        .join(TICKETS, TICKETS.c.id == _CASES.c.ticket_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(
            _CASES.c.ended_at.is_(None),
            _CASES.c.acknowledged_at.is_(None),
            mine,
            visible(actor),
        )
        .order_by(TICKETS.c.sort_at)
        .limit(3)
    ).all()
    return tuple(
        NeedsYou(
            key=row.reference,
            time_left=pressing_time_left(row),
            which=row.reference,
            title=row.subject,
            text=f"{row.customer}. {reason_words(row.reason)}",
            url=ticket_url(row.reference),
            action="acknowledge",
            action_label="Acknowledge",
            is_first=number == 0,
        )
        for number, row in enumerate(rows)
    )


# Figures -------------------------------------------------------------------------------------

WEEK = 7


def promise_figures(session: Session, now: datetime) -> tuple[Figure, ...]:
    """How the promises of the last seven days were kept, against the seven days before."""
    begun = now - timedelta(days=2 * WEEK)
    rows = session.execute(
        select(_CLOCKS.c.ended_at, _CLOCKS.c.breached_at, _CLOCKS.c.due_at).where(
            _CLOCKS.c.metric == Metric.RESOLUTION,
            _CLOCKS.c.state == ClockState.MET,
            _CLOCKS.c.ended_at >= begun,
        )
    ).all()
    days: list[list[bool]] = [[] for _ in range(2 * WEEK)]
    late: list[float] = []
    for row in rows:
        day = min(2 * WEEK - 1, (row.ended_at - begun).days)
        days[day].append(row.breached_at is None)
        if row.breached_at is not None and day >= WEEK:
            late.append((row.ended_at - row.breached_at).total_seconds())
    active = session.execute(
        select(
            func.count(), func.sum(case((_CASES.c.acknowledged_at.is_(None), 1), else_=0))
        ).where(_CASES.c.ended_at.is_(None))
    ).one()
    return (
        _kept_figure(days),
        Figure(
            key="late",
            value=duration_words(int(median(late))) if late else "none",
            unit="median" if late else "",
            label="by how much the missed ones were over, 7 days",
        ),
        Figure(
            key="active",
            value=str(active[0]),
            label="escalations under way",
            url="/escalations",
        ),
        Figure(
            key="unacknowledged",
            value=str(active[1] or 0),
            label="of them not acknowledged",
            url="/escalations",
        ),
    )


def _kept_figure(days: list[list[bool]]) -> Figure:
    def rate(some: list[list[bool]]) -> float | None:
        every = [kept for day in some for kept in day]
        return 100 * sum(every) / len(every) if every else None

    this_week, last_week = rate(days[WEEK:]), rate(days[:WEEK])
    if this_week is None:
        return Figure(key="kept", value="none", label="resolved in the last 7 days")
    change = "" if last_week is None else _change(this_week - last_week)
    by_day = tuple(r for day in days[WEEK:] if (r := rate([day])) is not None)
    return Figure(
        key="kept",
        value=f"{this_week:.1f}",
        unit=f"%{change}",
        label="resolved inside the promise, 7 days",
        trend=tuple(round(value, 1) for value in by_day),
        trend_label=f"By day: {', '.join(f'{value:.0f} %' for value in by_day)}",
    )


def _change(by: float) -> str:
    if abs(by) < 0.05:
        return ", level"
    return f", {'up' if by > 0 else 'down'} {abs(by):.1f}"
