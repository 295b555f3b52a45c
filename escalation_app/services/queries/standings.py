"""How the open tickets stand, counted: the one read behind the situation line, the views beside a
queue and the boards. The index `ix_ticket_standing` holds all of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.services.queries.common import once
from escalation_app.services.queries.scope import TICKETS, scope_key, visible


@dataclass(frozen=True, slots=True)
class Standing:
    """The open tickets of one tier and severity. Each is over, soon, calm, paused or idle (no
    clock runs); `nobody` of them have no assignee."""

    tier: int
    severity: int
    over: int = 0
    soon: int = 0
    calm: int = 0
    paused: int = 0
    idle: int = 0
    nobody: int = 0
    worst_at: datetime | None = None
    """When the most pressing running clock is or was due."""

    @property
    def open(self) -> int:
        return self.over + self.soon + self.calm + self.paused + self.idle


def standings(session: Session, actor: Actor, now: datetime) -> tuple[Standing, ...]:
    """Every tier and severity that has open tickets the actor sees; read once in a session.

    Groups come in the order of the index and the sums are made on the way: no row of the table
    is read, and nothing is sorted.
    """
    key = ("standings", scope_key(actor))
    return once(session, key, lambda: _read(session, actor, now))


def _read(session: Session, actor: Actor, now: datetime) -> tuple[Standing, ...]:
    columns = TICKETS.c
    rows = session.execute(
        select(
            columns.tier,
            columns.severity,
            columns.pressing_state,
            func.count().label("all"),
            func.count().filter(columns.sort_at < now).label("over"),
            func.count().filter(columns.pressing_soon_at <= now).label("soon"),
            func.count(columns.assignee_id).label("held"),
            func.min(columns.sort_at).label("worst_at"),
        )
        .where(columns.is_open.is_(True), visible(actor))
        .group_by(columns.tier, columns.severity, columns.pressing_state)
    )
    found: dict[tuple[int, int], dict[str, int]] = {}
    worst: dict[tuple[int, int], datetime] = {}
    for row in rows:
        place = (row.tier, row.severity)
        counts = found.setdefault(place, {})
        for key, count in _counts(row).items():
            counts[key] = counts.get(key, 0) + count
        if row.pressing_state == "running":
            worst[place] = row.worst_at
    return tuple(
        Standing(*place, **counts, worst_at=worst.get(place))
        for place, counts in sorted(found.items())
    )


def _counts(row: Any) -> dict[str, int]:
    nobody = {"nobody": row.all - row.held}
    match row.pressing_state:
        case "running":
            # What is over is past the instant when a quarter was left, too.
            soon = max(0, row.soon - row.over)
            return {"over": row.over, "soon": soon, "calm": row.all - row.over - soon, **nobody}
        case "paused" | "overpaused":
            return {"paused": row.all, **nobody}
        case _:
            return {"idle": row.all, **nobody}
