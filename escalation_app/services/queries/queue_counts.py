"""Which tickets a queue holds, as conditions on their rows, and how many there are."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.models import OrganisationRow, PathRunRow
from escalation_app.services.queries.common import once
from escalation_app.services.queries.queue_filter import QueueFilter
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.queries.standings import Standing, standings
from escalation_app.services.store import columns

_ORGANISATIONS = columns(OrganisationRow)
_RUNS = columns(PathRunRow)
PATH_RUNS = exists().where(_RUNS.c.ticket_id == TICKETS.c.id, _RUNS.c.ended_at.is_(None))
"""The condition that an escalation path is under way on a ticket."""


def matching(actor: Actor, wanted: QueueFilter, now: datetime) -> ColumnElement[bool]:
    """The condition on `ticket` under which a row is in the queue."""
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
            return [is_open, PATH_RUNS]
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


def how_many(session: Session, condition: ColumnElement[bool]) -> int:
    """The number of tickets under a condition."""
    return int(session.execute(select(func.count()).where(condition)).scalar_one())


def is_counted(wanted: QueueFilter) -> bool:
    """Whether `counted` knows how many there are: no more is asked than it counts by."""
    plain = QueueFilter(
        view=wanted.view, tier=wanted.tier, severity=wanted.severity, page=wanted.page
    )
    by_severity = wanted.view not in ("mine", "path", "solved")
    return wanted == plain and (by_severity or not wanted.severity)


def counted(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> dict[str, int]:
    """How many tickets each view holds in the tier and severity wanted; those by person, path and
    day in the tier alone."""
    standing = [
        one
        for one in standings_of(session, actor, now)
        if wanted.tier in (0, one.tier) and wanted.severity in ("", str(one.severity))
    ]
    paths = once(session, ("paths", scope_key(actor)), lambda: _paths_by_tier(session, actor))
    return {
        "mine": _count_view(session, actor, QueueFilter(view="mine"), now),
        "nobody": sum(one.nobody for one in standing),
        "open": sum(one.open for one in standing),
        "over": sum(one.over for one in standing),
        "soon": sum(one.soon for one in standing),
        "calm": sum(one.calm for one in standing),
        "path": sum(count for tier, count in paths.items() if wanted.tier in (0, tier)),
        "paused": sum(one.paused for one in standing),
        "solved": once(
            session,
            ("solved", scope_key(actor), wanted.tier, actor.zone),
            lambda: _count_view(session, actor, QueueFilter("solved", wanted.tier), now),
        ),
    }


def standings_of(session: Session, actor: Actor, now: datetime) -> tuple[Standing, ...]:
    """How all that the actor sees stands, read once."""
    key = ("standings", scope_key(actor))
    return once(session, key, lambda: standings(session, actor, now))


def _count_view(session: Session, actor: Actor, wanted: QueueFilter, now: datetime) -> int:
    return how_many(session, matching(actor, wanted, now))


def _paths_by_tier(session: Session, actor: Actor) -> dict[int, int]:
    rows = session.execute(
        select(TICKETS.c.tier, func.count())
        .join_from(_RUNS, TICKETS, TICKETS.c.id == _RUNS.c.ticket_id)
        .where(_RUNS.c.ended_at.is_(None), TICKETS.c.is_open.is_(True), visible(actor))
        .group_by(TICKETS.c.tier)
    )
    return {int(tier): int(count) for tier, count in rows}
