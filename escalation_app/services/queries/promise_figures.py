"""How well promises are kept, this week and the week before."""

from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.models import ClockRow, EscalationRow
from escalation_app.services.tables import columns
from escalation_app.views.common import Figure
from escalation_app.views.words import duration_words

_CASES = columns(EscalationRow)
_CLOCKS = columns(ClockRow)

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
