"""Which tickets a queue holds, as conditions on their rows, and how many there are."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.models import OrganisationRow, PathRunRow, PersonRow, TicketFieldRow
from escalation_app.services.queries.common import how_many, once
from escalation_app.services.queries.queue_filter import ME, NOBODY, QueueFilter
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.queries.standings import Standing, standings
from escalation_app.services.tables import columns

_ORGANISATIONS = columns(OrganisationRow)
_RUNS = columns(PathRunRow)
_PEOPLE = columns(PersonRow)
_FIELDS: Any = columns(TicketFieldRow)
PATH_RUNS = exists().where(_RUNS.c.ticket_id == TICKETS.c.id, _RUNS.c.ended_at.is_(None))
"""The condition that an escalation path is under way on a ticket."""
TAGGED: ColumnElement[bool] = TICKETS.c.tags != literal_column("''")
"""The condition that a ticket has tags, said as the index of those few has it."""


def matching(
    actor: Actor, wanted: QueueFilter, now: datetime, asleep: Iterable[int] = ()
) -> ColumnElement[bool]:
    """The condition on `ticket` under which a row is in the queue. What the reader has put off is
    found by its own view and by a search alone."""
    parts: list[ColumnElement[bool]] = [visible(actor), *_view_condition(actor, wanted.view, now)]
    sleeping = list(asleep)
    if wanted.view == "snoozed":
        parts.append(TICKETS.c.id.in_(sleeping))
    elif sleeping and not wanted.search:
        parts.append(TICKETS.c.id.not_in(sleeping))
    if wanted.tier and wanted.view not in ("mine", "snoozed"):
        parts.append(TICKETS.c.tier == wanted.tier)
    if wanted.severity:
        parts.append(_one_of(TICKETS.c.severity, [int(one) for one in wanted.values("severity")]))
    if wanted.team:
        parts.append(TICKETS.c.team == wanted.team)
    if wanted.plan:
        parts.append(TICKETS.c.plan == wanted.plan)
    if wanted.customer:
        parts.append(_of_organisations(_ORGANISATIONS.c.key == wanted.customer))
    if wanted.within:
        parts += _breaks_within(wanted.within, now)
    parts += _more_conditions(actor, wanted, now)
    parts += [_says(word) for word in dict.fromkeys(wanted.search.split())]
    return and_(*parts)


def _says(word: str) -> ColumnElement[bool]:
    """Whether a word, or a part of one, stands in a ticket's reference, subject or customer."""
    return or_(
        TICKETS.c.subject.icontains(word, autoescape=True),
        TICKETS.c.reference.icontains(word, autoescape=True),
        _of_organisations(_ORGANISATIONS.c.name.icontains(word, autoescape=True)),
    )


def _more_conditions(actor: Actor, wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if wanted.status:
        parts.append(_one_of(TICKETS.c.status, list(wanted.values("status"))))
    if wanted.assignee:
        parts.append(_held_by(actor, wanted.assignee))
    if wanted.clock:
        parts += _clock_condition(wanted.clock, now)
    if wanted.age:
        # Said so that SQLite looks through the index of the queue, and does not fetch each row.
        opened_at = func.coalesce(TICKETS.c.created_at, TICKETS.c.created_at)
        parts.append(opened_at <= now - timedelta(days=wanted.age))
    if wanted.tag:
        parts.append(TAGGED)
        parts += [
            TICKETS.c.tags.contains(f" {one} ", autoescape=True) for one in wanted.values("tag")
        ]
    if wanted.field:
        parts += _filled(wanted.values("field"))
    return parts


def _filled(asked: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """For each field that something must stand in, that one of the values does."""
    by_key: dict[str, list[str]] = {}
    for one in asked:
        key, _, value = one.partition(":")
        by_key.setdefault(key, []).append(value)
    for key, values in by_key.items():
        yield exists().where(
            _FIELDS.c.ticket_id == TICKETS.c.id,
            _FIELDS.c.key == key,
            _one_of(_FIELDS.c.value, values),
        )


def _one_of(column: Any, values: list[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _held_by(actor: Actor, assignee: str) -> ColumnElement[bool]:
    holder: Any = TICKETS.c.assignee_id
    its_key: Any = select(_PEOPLE.c.id).where(_PEOPLE.c.key == assignee).scalar_subquery()
    if assignee == ME:
        its_key = actor.person_id
    held: ColumnElement[bool] = holder.is_(None) if assignee == NOBODY else holder == its_key
    return held


def _clock_condition(clock: str, now: datetime) -> list[ColumnElement[bool]]:
    running = TICKETS.c.pressing_state == "running"
    match clock:
        case "over":
            return [running, TICKETS.c.sort_at < now]
        case "soon":
            return [running, TICKETS.c.sort_at >= now, TICKETS.c.pressing_soon_at <= now]
        case "calm":
            return [running, TICKETS.c.pressing_soon_at > now]
        case "paused":
            return [TICKETS.c.pressing_state.in_(("paused", "overpaused"))]
        case _:
            return [TICKETS.c.pressing_state == "none"]


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
    match view:
        case "mine":
            return [is_open, TICKETS.c.assignee_id == actor.person_id]
        case "nobody":
            return [is_open, TICKETS.c.assignee_id.is_(None)]
        case "over" | "soon" | "calm" | "paused":
            return [is_open, *_clock_condition(view, now)]
        case "path":
            return [is_open, PATH_RUNS]
        case _:
            return [is_open]


def _start_of_day(actor: Actor, now: datetime) -> datetime:
    try:
        zone = ZoneInfo(actor.zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def is_counted(wanted: QueueFilter) -> bool:
    """Whether `counted` knows how many there are: no more is asked than it counts by."""
    asked = replace(wanted.asked, page=1, sort="time")
    plain = replace(wanted.everything, severity=wanted.severity)
    by_severity = wanted.view not in ("mine", "path", "solved", "snoozed")
    return asked == plain and (by_severity or not wanted.severity)


def counted(
    session: Session,
    actor: Actor,
    wanted: QueueFilter,
    now: datetime,
    asleep: Collection[int] = (),
) -> dict[str, int]:
    """How many tickets each view holds in the tier and severity wanted; those by person, path and
    day in the tier alone. What the reader has put off counts in its own view alone."""
    counts = _all_counted(session, actor, wanted, now)
    if asleep:
        off = _counted_among(session, actor, wanted, now, asleep)
        counts = {view: count - off.get(view, 0) for view, count in counts.items()}
    return {**counts, "snoozed": len(asleep)}


def _counted_among(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, asleep: Collection[int]
) -> dict[str, int]:
    """How many of a few tickets each view would hold."""
    views = ("mine", "nobody", "open", "over", "soon", "calm", "path", "paused")
    among = TICKETS.c.id.in_(list(asleep))
    conditions = {
        view: matching(actor, replace(wanted.everything, view=view, severity=severity), now)
        for view in views
        for severity in ("" if view in ("mine", "path") else wanted.severity,)
    }
    row = session.execute(
        select(
            *(func.count().filter(condition).label(view) for view, condition in conditions.items())
        ).where(among)
    ).one()
    return {view: int(count) for view, count in zip(views, row, strict=True)}


def _all_counted(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime
) -> dict[str, int]:
    standing = [
        one
        for one in standings_of(session, actor, now)
        if wanted.tier in (0, one.tier)
        and (not wanted.severity or str(one.severity) in wanted.values("severity"))
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
