"""A draft of the next word to a customer, made from what happened since the last one.

It is only ever a proposal: it may quote what people of ours wrote for themselves, so a person
reads it before it is sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Side, Ticket
from escalation_app.models import EventRow, MessageRow
from escalation_app.services.customer_time import day_and_time, zone_of_customer
from escalation_app.services.tables import columns

MOST_LINES = 8
NOTHING_NEW = "We are still working on it. Nothing has changed since we last wrote."
FIRST_WORD = "We have your request and are looking into it."

_EVENTS = columns(EventRow)
_MESSAGES = columns(MessageRow)


def update_draft(session: Session, ticket: Ticket, now: datetime) -> str:
    """What could be said to the customer now, in their own zone; empty for a closed ticket."""
    if not ticket.is_open:
        return ""
    zone = zone_of_customer(session, ticket)
    wrote_at = _last_wrote_at(session, ticket)
    since = ticket.created_at if wrote_at is None else wrote_at
    happened = list(dict.fromkeys(_happened(session, ticket, since)))[-MOST_LINES:]
    if wrote_at is None:
        happened.insert(0, FIRST_WORD)
    lines = [*(happened or [NOTHING_NEW]), *_ahead(ticket, now, zone)]
    return "\n".join(lines)


def _last_wrote_at(session: Session, ticket: Ticket) -> datetime | None:
    """When somebody of ours last wrote to the customer; None before their first word."""
    return session.execute(
        select(_MESSAGES.c.at)
        .where(
            _MESSAGES.c.ticket_id == ticket.id,
            _MESSAGES.c.side == Side.US.value,
            _MESSAGES.c.is_public.is_(True),
            _MESSAGES.c.is_automatic.is_(False),
        )
        .order_by(_MESSAGES.c.at.desc())
        .limit(1)
    ).scalar_one_or_none()


def _happened(session: Session, ticket: Ticket, since: datetime) -> Iterable[str]:
    """What happened since then, oldest first."""
    rows = session.execute(
        select(_EVENTS.c.kind, _EVENTS.c.data)
        .where(
            _EVENTS.c.ticket_id == ticket.id,
            _EVENTS.c.at > since,
            _EVENTS.c.kind.in_([kind.value for kind in _SAID]),
        )
        .order_by(_EVENTS.c.at, _EVENTS.c.id)
    )
    for row in rows:
        words = _SAID[EventKind(row.kind)](row.data)
        if words:
            yield words


def _sentence(text: Any) -> str:
    """A text of ours as a sentence."""
    said = str(text or "").strip()
    return f"{said.rstrip('.')}." if said else ""


def _done(data: Mapping[str, Any]) -> str:
    if data.get("state") != ObligationState.DONE:
        return ""
    return f"Done: {_sentence(data.get('text'))}"


def _promise(data: Mapping[str, Any]) -> str:
    match data.get("state"):
        case PromiseState.KEPT:
            return f"As promised: {_sentence(data.get('text'))}"
        case PromiseState.BROKEN:
            return f"We are sorry, we have not kept this in time: {_sentence(data.get('text'))}"
        case _:
            return ""


def _moved(data: Mapping[str, Any]) -> str:
    team = data.get("team_name")
    return f"{team} works on it now." if team else ""


def _owner(data: Mapping[str, Any]) -> str:
    manager = data.get("manager")
    return f"{manager} looks after your case." if manager else ""


def _decided(data: Mapping[str, Any]) -> str:
    return f"We have decided: {_sentence(data.get('text'))}"


_SAID = {
    EventKind.OBLIGATION_CHANGED: _done,
    EventKind.PROMISE_CHANGED: _promise,
    EventKind.TICKET_ESCALATED: _moved,
    EventKind.TIER_CHANGED: _moved,
    EventKind.ESCALATION_ASSIGNED: _owner,
    EventKind.DECISION_RECORDED: _decided,
}


def _ahead(ticket: Ticket, now: datetime, zone: ZoneInfo) -> Iterable[str]:
    """What is promised next, and by when they hear from us again."""
    ahead = [made for made in ticket.promises if made.state is PromiseState.OPEN]
    for made in sorted(ahead, key=lambda made: made.due_at):
        yield f"By {day_and_time(made.due_at, zone)}: {_sentence(made.text)}"
    clock = ticket.clock(Metric.NEXT_UPDATE)
    if clock is not None:
        yield f"You hear from us again by {day_and_time(now + clock.target, zone)}."
