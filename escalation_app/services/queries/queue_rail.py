"""The views beside a queue, with how many tickets each holds."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.process import Process
from escalation_app.services.queries.queue_counts import counted, matching, standings_of
from escalation_app.services.queries.queue_filter import EVERY, VIEWS, QueueFilter, home_tier
from escalation_app.services.queries.queue_marks import asleep
from escalation_app.services.queries.queue_own import SavedView, own_queue
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.standings import Standing
from escalation_app.views.queue import QueueView, QueueViewGroup

MOST_SAID = 99
"""Tickets of a saved view that are counted; of more it says "99+"."""
MOST_COUNTED = 12
"""Saved views that are counted."""
_MINE = ("mine", "nobody")
_TIER_VIEWS = ("open", "over", "soon", "path", "paused", "solved")


def rail(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, process: Process
) -> tuple[QueueViewGroup, ...]:
    """The views beside a queue: one's own, those of the tier shown, the tiers, and saved ones."""
    off = asleep(session, actor, now)
    known = counted(session, actor, QueueFilter(tier=wanted.tier), now, off)
    mine = ("mine", "nobody", "snoozed") if actor.may(Permission.TICKET_SNOOZE) else _MINE
    home = home_tier(actor)

    def view(key: str) -> QueueView:
        there = QueueFilter(view=key, tier=wanted.tier)
        return QueueView(
            key=key,
            name=VIEWS[key],
            count=known[key],
            over=key == "over" and known[key] > 0,
            url=there.url(home),
            is_current=wanted.view == key and not wanted.saved,
        )

    return (
        QueueViewGroup("Mine", tuple(view(key) for key in mine)),
        QueueViewGroup(tier_name(process, wanted.tier), tuple(view(key) for key in _TIER_VIEWS)),
        QueueViewGroup("Tiers", _tier_views(process, standings_of(session, actor, now), home)),
        *_saved(session, actor, wanted, now, frozenset(off)),
    )


def _saved(
    session: Session, actor: Actor, wanted: QueueFilter, now: datetime, off: frozenset[int]
) -> Iterator[QueueViewGroup]:
    own, home = own_queue(session, actor), home_tier(actor)
    known = _held(session, actor, own.views, now, off)

    def view(one: SavedView) -> QueueView:
        return QueueView(
            key=f"saved-{one.key}",
            name=one.name,
            count=known.get(one.key, -1),
            is_bounded=True,
            url=one.wanted.url(home),
            is_current=wanted.saved == one.key,
            hint=f"Shared by {one.owner}" if one.owner else "",
            is_default=own.begins_with(one),
        )

    mine = tuple(view(one) for one in own.views if not one.owner)
    shared = tuple(view(one) for one in own.views if one.owner)
    if actor.may(Permission.VIEW_SAVE):
        yield QueueViewGroup("Saved", mine, is_saved=True)
    if shared:
        yield QueueViewGroup("Shared", shared)


def _held(
    session: Session,
    actor: Actor,
    views: Iterable[SavedView],
    now: datetime,
    off: frozenset[int],
) -> dict[int, int]:
    """How many tickets each saved view holds, counted up to one more than is said, all in one
    query. One that searches is not counted: that would read every ticket."""
    counts: list[Any] = []
    for one in [view for view in views if not view.wanted.search][:MOST_COUNTED]:
        first = select(TICKETS.c.id).where(matching(actor, one.wanted, now, off))
        some = first.limit(MOST_SAID + 1).subquery()
        counts.append(
            select(literal(one.key).label("key"), func.count().label("held")).select_from(some)
        )
    if not counts:
        return {}
    return {row.key: row.held for row in session.execute(union_all(*counts))}


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


def tier_name(process: Process, tier: int) -> str:
    """The name of a tier; of 0, that of every one."""
    if not tier:
        return "Every tier"
    return next((one.name for one in process.tiers if one.level == tier), f"Tier {tier}")
