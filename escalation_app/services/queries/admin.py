"""What an admin watches: people and their roles, the engines, the messages that go out.

Of a message an admin reads to whom it goes, how and what kind it is, never what is written in it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import POST, Process
from escalation_app.models import (
    AuthSessionRow,
    EventRow,
    HeartbeatRow,
    OrganisationRow,
    OutboxRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
    TimerRow,
)
from escalation_app.notifications.texts import notice_text
from escalation_app.routes import ticket_url
from escalation_app.services.notices import DATA, IS_UNSENT, MESSAGES
from escalation_app.services.outbox import STUCK
from escalation_app.services.process_names import DELIVERY_NAMES
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import ROLE_NAMES, how_many, person_mark
from escalation_app.services.tables import columns
from escalation_app.views.admin import EngineBeat, EngineView, OutboxPage, PeoplePage
from escalation_app.views.admin import OutboxRow as OutboxLine
from escalation_app.views.admin import PersonRow as PersonLine
from escalation_app.views.common import Choice, Figure
from escalation_app.views.words import iso

PAGE = 50
"""People or messages on one page."""
MAX_SEARCH = 100
GRACE = timedelta(seconds=5)
"""What was due less than this ago is not overdue: an engine is taking it."""
NEWEST_EVENTS = 20_000
"""How many events are looked at to count those of today."""
MOST_COUNTED = 10_000
"""Messages of one state are counted up to here."""

_PEOPLE: Any = columns(PersonRow)
_ROLES: Any = columns(PersonRoleRow)
_ORGANISATIONS: Any = columns(OrganisationRow)
_SESSIONS: Any = columns(AuthSessionRow)
_BEATS: Any = columns(HeartbeatRow)
_TIMERS: Any = columns(TimerRow)
_EVENTS: Any = columns(EventRow)
_OUTBOX: Any = columns(OutboxRow)
_TICKETS: Any = columns(TicketRow)


# People --------------------------------------------------------------------------------------


def people_page(session: Session, actor: Actor, search: str = "", number: int = 0) -> PeoplePage:
    """A page of people by name. `search` is part of a name, an address or an organisation's name;
    `number` counts pages from 0, one past the end gives the last."""
    require(actor, Permission.PEOPLE_SEE)
    people = _PEOPLE.outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.id == _PEOPLE.c.organisation_id)
    wanted = _found_by(search)
    everybody = int(session.execute(select(func.count()).select_from(_PEOPLE)).scalar_one())
    total = int(
        session.execute(select(func.count()).select_from(people).where(wanted)).scalar_one()
    )
    number = _page_within(number, total)
    rows = session.execute(
        select(_PEOPLE, _ORGANISATIONS.c.name.label("organisation"))
        .select_from(people)
        .where(wanted)
        .order_by(_PEOPLE.c.name, _PEOPLE.c.id)
        .limit(PAGE)
        .offset(number * PAGE)
    ).all()
    ids = [row.id for row in rows]
    roles, seen = _roles_of(session, ids), _last_seen(session, ids)
    teams, tiers = _team_names(session)
    return PeoplePage(
        rows=tuple(
            PersonLine(
                key=str(row.id),
                person=person_mark(row.id, row.name),
                email=row.email,
                role_name=", ".join(ROLE_NAMES[one] for one in ROLE_NAMES if one in roles[row.id]),
                organisation=row.organisation or "",
                team=teams.get(row.team, row.team) + (", lead" if row.is_team_lead else ""),
                tier_name=tiers.get(row.tier, f"Tier {row.tier}") if row.tier else "",
                is_active=row.is_active,
                seen_at=iso(seen.get(row.id)),
            )
            for row in rows
        ),
        total=total,
        number=number,
        first=number * PAGE + 1 if rows else 0,
        last=number * PAGE + len(rows),
        has_previous=number > 0,
        has_next=(number + 1) * PAGE < total,
        everybody=everybody,
    )


def _found_by(search: str) -> ColumnElement[bool]:
    wanted = " ".join(search.split()).lower()[:MAX_SEARCH]
    if not wanted:
        return true()
    return or_(
        *(
            func.lower(column).contains(wanted, autoescape=True)
            for column in (_PEOPLE.c.name, _PEOPLE.c.email, _ORGANISATIONS.c.name)
        )
    )


def _page_within(number: int, total: int) -> int:
    return max(0, min(number, (total - 1) // PAGE))


def _roles_of(session: Session, ids: Iterable[int]) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {key: set() for key in ids}
    for row in session.execute(
        select(_ROLES.c.person_id, _ROLES.c.role).where(_ROLES.c.person_id.in_(list(held)))
    ):
        held[row.person_id].add(row.role)
    return held


def _last_seen(session: Session, ids: list[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(_SESSIONS.c.person_id, func.max(_SESSIONS.c.last_seen_at).label("at"))
        .where(_SESSIONS.c.person_id.in_(ids))
        .group_by(_SESSIONS.c.person_id)
    )
    return {int(row.person_id): row.at for row in rows}


def _team_names(session: Session) -> tuple[Mapping[str, str], Mapping[int, str]]:
    process = live_process(session)
    return (
        {team.key: team.name for team in process.teams},
        {tier.level: tier.name for tier in process.tiers},
    )


# The engines ---------------------------------------------------------------------------------

_TODAY: tuple[tuple[EventKind, str], ...] = (
    (EventKind.TICKET_OPENED, "tickets opened"),
    (EventKind.SLA_WARNING, "warnings"),
    (EventKind.SLA_BREACHED, "promises broken"),
    (EventKind.PATH_STEP_TAKEN, "steps of paths taken"),
    (EventKind.ESCALATION_STARTED, "escalations started"),
    (EventKind.TICKET_RESOLVED, "tickets resolved"),
)


def engine_view(session: Session, actor: Actor, now: datetime) -> EngineView:
    """How the engines do, what waits for them, and what happened today in the actor's zone."""
    require(actor, Permission.ENGINE_SEE)
    rows = session.execute(select(_BEATS).order_by(_BEATS.c.at.desc())).all()
    next_due, waiting = session.execute(
        select(func.min(_TIMERS.c.due_at), func.count()).where(_TIMERS.c.due_at > now - GRACE)
    ).one()
    since = _midnight(actor.zone, now)
    return EngineView(
        heartbeat_at=iso(rows[0].at) if rows else "",
        beats=tuple(_beat(row, actor) for row in rows),
        next_due_at=iso(next_due),
        waiting=int(waiting),
        overdue=how_many(session, _TIMERS.c.due_at <= now - GRACE),
        failing=how_many(session, _TIMERS.c.failures > 0),
        today=_today(session, since),
        today_from=iso(since),
    )


def _beat(row: Any, actor: Actor) -> EngineBeat:
    is_held = row.held_until is not None
    return EngineBeat(
        key=row.engine,
        name=row.engine,
        at=iso(row.at),
        started_at=iso(row.started_at),
        sweep=_milliseconds(row.sweep_us),
        lag=_milliseconds(row.lag_us),
        fired=row.fired_total,
        failed=row.failed_total,
        audited=_audited(row.audited_total, row.repaired_total),
        jumped=_jump(timedelta(microseconds=row.jumped_us)) if is_held else "",
        held_until=iso(row.held_until),
        may_confirm=is_held
        and row.confirmed_hold != row.held_until
        and actor.may(Permission.ENGINE_CONFIRM),
    )


def _audited(looked_at: int, repaired: int) -> str:
    return f"{looked_at:,}, {repaired:,} set" if repaired else f"{looked_at:,}"


def _jump(by: timedelta) -> str:
    """`1 h 0 min ahead`, or back."""
    minutes, seconds = divmod(round(abs(by.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    length = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
    return f"{length} {'ahead' if by > timedelta(0) else 'back'}"


def _milliseconds(microseconds: int) -> str:
    if microseconds >= 10_000_000:
        return f"{microseconds // 1_000_000:,} s"
    return (
        f"{microseconds / 1000:.1f} ms" if microseconds < 100_000 else f"{microseconds // 1000} ms"
    )


def _midnight(zone: str, now: datetime) -> datetime:
    try:
        here = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        here = now.astimezone(UTC)
    return datetime.combine(here.date(), time(), here.tzinfo).astimezone(UTC)


def _today(session: Session, since: datetime) -> tuple[Figure, ...]:
    """Counts of the newest events that were recorded since then."""
    newest = session.execute(select(func.max(_EVENTS.c.id))).scalar_one() or 0
    counts = {
        str(kind): int(count)
        for kind, count in session.execute(
            select(_EVENTS.c.kind, func.count())
            .where(_EVENTS.c.id > newest - NEWEST_EVENTS, _EVENTS.c.recorded_at >= since)
            .group_by(_EVENTS.c.kind)
        )
    }
    more = "+" if sum(counts.values()) >= NEWEST_EVENTS else ""
    return tuple(
        Figure(key=kind, value=f"{counts.get(kind, 0):,}{more}", label=name)
        for kind, name in _TODAY
    )


# The outbox ----------------------------------------------------------------------------------

STATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pending": ("Pending", ("pending", "leased", "digest")),
    "sent": ("Sent", ("sent",)),
    "kept": ("Kept", ("kept",)),
    "digested": ("In a digest", ("digested",)),
    "suppressed": ("Suppressed", ("suppressed",)),
    "dead": ("Dead", ("dead",)),
}
"""What an admin chooses: its name, and the states of the table it stands for."""
_SHOWN_AS = {stored: shown for shown, (_, every) in STATES.items() for stored in every}


def outbox_page(session: Session, actor: Actor, state: str = "", number: int = 0) -> OutboxPage:
    """A page of messages, newest first; `state` is a key of STATES, or "" for all."""
    require(actor, Permission.OUTBOX_SEE)
    counts = {key: _count_up_to(session, stored) for key, (_, stored) in STATES.items()}
    counted = counts.get(state, sum(counts.values()))
    is_capped = any(
        counts[key] >= MOST_COUNTED for key in ((state,) if state in counts else counts)
    )
    number = max(0, number) if is_capped else _page_within(number, counted)
    rows = _messages(session, state, is_capped, number)
    may_retry = actor.may(Permission.OUTBOX_RETRY)
    process = live_process(session)
    return OutboxPage(
        rows=tuple(_line(row, actor, process) for row in rows[:PAGE]),
        state=state if state in STATES else "",
        states=(
            Choice("", "All"),
            *(Choice(key, name, _up_to(counts[key])) for key, (name, _) in STATES.items()),
        ),
        stuck_by=_stuck_by_channel(session, process, state) if may_retry else (),
        total=f"{counted:,}+" if is_capped else f"{counted:,}",
        number=number,
        first=number * PAGE + 1 if rows else 0,
        last=number * PAGE + min(len(rows), PAGE),
        has_previous=number > 0,
        has_next=len(rows) > PAGE,
    )


def _count_up_to(session: Session, stored: tuple[str, ...]) -> int:
    some = select(_OUTBOX.c.id).where(_in_states(stored)).limit(MOST_COUNTED).subquery()
    return int(session.execute(select(func.count()).select_from(some)).scalar_one())


def _stuck_by_channel(session: Session, process: Process, state: str) -> tuple[Choice, ...]:
    if state not in STUCK:
        return ()
    some = select(_OUTBOX.c.channel).where(_in_states((state,))).limit(MOST_COUNTED).subquery()
    counts = session.execute(
        select(some.c.channel, func.count()).group_by(some.c.channel).order_by(some.c.channel)
    )
    return tuple(
        Choice(way, _room(way, process) or _way_name(way), _up_to(count)) for way, count in counts
    )


def _in_states(stored: tuple[str, ...]) -> ColumnElement[bool]:
    states = _OUTBOX.c.state.in_(stored)
    return states if "sent" in stored else and_(states, IS_UNSENT)


def _up_to(count: int) -> str:
    return f"{count:,}+" if count >= MOST_COUNTED else f"{count:,}"


def _messages(session: Session, state: str, is_common: bool, number: int) -> list[Any]:
    """One more than a page, to know whether there is another one."""
    statement = (
        select(
            _OUTBOX.c.id,
            _OUTBOX.c.created_at,
            _OUTBOX.c.channel,
            _OUTBOX.c.kind,
            DATA,
            _OUTBOX.c.state,
            _OUTBOX.c.attempts,
            _OUTBOX.c.next_attempt_at,
            _OUTBOX.c.sent_at,
            _OUTBOX.c.note,
            _PEOPLE.c.name,
            _PEOPLE.c.email,
            _PEOPLE.c.organisation_id,
            _TICKETS.c.reference,
        )
        .select_from(
            MESSAGES.outerjoin(_PEOPLE, _PEOPLE.c.id == _OUTBOX.c.person_id).outerjoin(
                _TICKETS, _TICKETS.c.id == _OUTBOX.c.ticket_id
            )
        )
        .order_by(_OUTBOX.c.id.desc())
        .limit(PAGE + 1)
        .offset(number * PAGE)
    )
    if state in STATES:
        # Of a common state the newest are near the end: SQLite must walk back from there instead
        # of sorting all that the index on the state finds.
        stored = STATES[state][1]
        statement = statement.where(
            (_OUTBOX.c.state + "").in_(stored) if is_common else _in_states(stored)
        )
    return list(session.execute(statement))


def _line(row: Any, actor: Actor, process: Process) -> OutboxLine:
    state = _SHOWN_AS.get(str(row.state), str(row.state))
    audience = "staff" if row.organisation_id is None else "customer"
    title, _ = notice_text(row.kind, row.data, "", "", audience)
    address = f" <{row.email}>" if row.channel == "email" else ""
    return OutboxLine(
        key=str(row.id),
        number=row.id,
        at=iso(row.created_at),
        recipient=_room(row.channel, process) or f"{row.name}{address}",
        channel=_way_name(row.channel),
        subject=title,
        state=state,
        state_name=STATES[state][0] if state in STATES else row.state,
        state_at=iso(row.sent_at if state == "sent" else row.next_attempt_at)
        if state in ("sent", "pending")
        else "",
        attempts=row.attempts,
        note=row.note,
        ref=row.reference or "",
        url=ticket_url(row.reference) if row.reference and actor.may(Permission.QUEUE_SEE) else "",
        is_wrong=state == "dead" or (row.state == "pending" and bool(row.note)),
        may_retry=state in STUCK and actor.may(Permission.OUTBOX_RETRY),
    )


def _room(way: str, process: Process) -> str:
    """The name of the channel that a way leads to; empty for a way to a person."""
    if not way.startswith(POST):
        return ""
    key = way.removeprefix(POST)
    channel = process.channel(key)
    return key if channel is None else channel.name


def _way_name(way: str) -> str:
    if way.startswith(POST):
        return "Post"
    names = {delivery.value: name for delivery, name in DELIVERY_NAMES.items()}
    name = names.get(way, way).removeprefix("by ")
    return name[0].upper() + name[1:]
