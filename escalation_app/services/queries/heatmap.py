"""The SLA heatmap: how late each tier and severity is, and what breaks in the hours ahead."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process, Tier
from escalation_app.routes import queue_url
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import pressing_time_left, severity_key
from escalation_app.services.queries.pressing import PRESSING, is_open_to, is_running
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.standings import Standing, standings
from escalation_app.views.boards import (
    HeatCell,
    HeatHead,
    HeatRow,
    HeatTable,
    LookAhead,
    LookAheadCell,
    LookAheadRow,
)
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import iso

HOURS_AHEAD = 8


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
    """The most pressing running ticket of each cell; of many that are due at once the first."""
    columns = TICKETS.c
    worst_at = {cell.worst_at for cell in cells if cell.worst_at}
    first = (
        select(func.min(columns.id))
        .where(is_open_to(actor), is_running(), columns.sort_at.in_(worst_at))
        .group_by(columns.tier, columns.severity, columns.sort_at)
    )
    rows = session.execute(
        select(columns.tier, columns.severity, columns.sort_at, *PRESSING).where(
            columns.id.in_(first)
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
            is_open_to(actor),
            is_running(),
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
