"""The tier board: a column for each tier, with its most pressing tickets."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process, Tier
from escalation_app.models import EventRow, OrganisationRow, PersonRow
from escalation_app.routes import queue_url, ticket_url
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import pressing_time_left, severity_key
from escalation_app.services.queries.pressing import PRESSING, is_open_to
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.standings import Standing, standings
from escalation_app.services.tables import columns
from escalation_app.views.boards import BoardCard, FlowCount, TierColumn, load_bar
from escalation_app.views.words import iso

_EVENTS = columns(EventRow)
_ORGANISATIONS = columns(OrganisationRow)
_PEOPLE = columns(PersonRow)

CARDS = 6
"""Cards a column shows; the rest stands behind a link."""
FRESH = timedelta(seconds=60)
"""How long a moved card keeps its ring."""


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
                .where(is_open_to(actor), TICKETS.c.tier == level)
                .scalar_subquery()
                for level in levels
            )
        )
    ).one()
    return dict(zip(levels, row, strict=True))


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
            *PRESSING,
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .outerjoin(_PEOPLE, _PEOPLE.c.id == TICKETS.c.assignee_id)
        .where(is_open_to(actor), TICKETS.c.tier == tier)
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
