"""A draft of the next word to a customer, made from what happened since the last one.

It is only ever a proposal: it may quote what people of ours wrote for themselves, so a person
reads it before it is sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Side, Ticket
from escalation_app.models import EventRow, MessageRow
from escalation_app.services.customer_time import day_and_time, zone_of_customer
from escalation_app.services.queries.common import latest
from escalation_app.services.queries.undone import undone_revisions
from escalation_app.services.tables import columns

MOST_LINES = 8
NOTHING_NEW = "We are still working on it. Nothing has changed since we last wrote."
ANSWER = "We are looking into this."
MOST_QUOTED = 120
"""Characters of what the customer wrote last, on one line, cut between words."""
FIRST_WORD = "We have your ticket and are looking into it."

_EVENTS = columns(EventRow)
_MESSAGES = columns(MessageRow)


def update_draft(session: Session, ticket: Ticket, now: datetime) -> str:
    """What could be said to the customer now, in their own zone; empty for a closed ticket.

    What happened counts from the last message that somebody wrote for its own sake: a word that
    goes with a step, such as a promise, tells of that step alone.
    """
    if not ticket.is_open:
        return ""
    zone = zone_of_customer(session, ticket)
    said = _said_at(session, ticket)
    stepped = _steps_at(session, ticket)
    ours = [at for at, side in said if side == Side.US.value]
    since = max((at for at in ours if at not in stepped), default=ticket.created_at)
    told = stepped.intersection(ours)
    happened = list(_happened(session, ticket, since, told))[-MOST_LINES:]
    if ours and said[-1][1] == Side.THEM.value:
        asked = shorten(_last_said(session, ticket), MOST_QUOTED, placeholder="…")
        happened.insert(0, f"You wrote: \u201c{asked}\u201d {ANSWER}")
    if not ours:
        happened.insert(0, FIRST_WORD)
    lines = [*(happened or [NOTHING_NEW]), *_ahead(ticket, now, zone)]
    return "\n".join(lines)


def _by_people(ticket: Ticket) -> ColumnElement[bool]:
    """The public messages that people wrote."""
    return and_(
        _MESSAGES.c.ticket_id == ticket.id,
        _MESSAGES.c.is_public.is_(True),
        _MESSAGES.c.is_automatic.is_(False),
    )


def _said_at(session: Session, ticket: Ticket) -> list[tuple[datetime, str]]:
    """When people wrote in public, and of which side they are, oldest first."""
    rows = session.execute(
        select(_MESSAGES.c.at, _MESSAGES.c.side)
        .where(_by_people(ticket))
        .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
    )
    return [(row.at, row.side) for row in rows]


def _last_said(session: Session, ticket: Ticket) -> str:
    (row,) = latest(session, _MESSAGES, _by_people(ticket), 1)
    return str(row.body)


def _steps_at(session: Session, ticket: Ticket) -> frozenset[datetime]:
    """When a step was taken that a word to the customer may go with: both are of one instant."""
    rows = session.execute(
        select(_EVENTS.c.at).where(
            _EVENTS.c.ticket_id == ticket.id,
            _EVENTS.c.kind.in_([kind.value for kind in _STEPS]),
        )
    )
    return frozenset(rows.scalars())


def _happened(
    session: Session, ticket: Ticket, since: datetime, told: frozenset[datetime]
) -> Iterable[str]:
    """What happened since then, oldest first, without what was `told` when it happened, what the
    customer was called for, and what has been taken back."""
    rows = session.execute(
        select(_EVENTS.c.kind, _EVENTS.c.data, _EVENTS.c.at, _EVENTS.c.revision)
        .where(
            _EVENTS.c.ticket_id == ticket.id,
            _EVENTS.c.at > since,
            _EVENTS.c.kind.in_([kind.value for kind in _SAID]),
        )
        .order_by(_EVENTS.c.at, _EVENTS.c.id)
    )
    undone = undone_revisions(session, ticket.id)
    calls = {owed.number for owed in ticket.obligations if owed.is_call}
    lines: dict[str, str] = {}
    for row in rows:
        is_call = row.kind == EventKind.OBLIGATION_CHANGED and row.data["number"] in calls
        is_known = is_call or row.at in told or row.revision in undone
        words = "" if is_known else _SAID[EventKind(row.kind)](row.data)
        if words:
            # Of those who had it in a row, the last alone is of use to the customer.
            key = row.kind if row.kind == EventKind.ESCALATION_ASSIGNED else words
            lines.pop(key, "")
            lines[key] = words
    return lines.values()


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
_STEPS = (
    EventKind.PROMISE_MADE,
    EventKind.PROMISE_CHANGED,
    EventKind.ESCALATION_STARTED,
    EventKind.ESCALATION_JOINED,
    EventKind.ESCALATION_ENDED,
    EventKind.ESCALATION_TRIAGED,
    EventKind.TICKET_ESCALATED,
    EventKind.SEVERITY_CHANGED,
    EventKind.TICKET_REOPENED,
    EventKind.TICKET_SPLIT,
    EventKind.MERGE_RECEIVED,
    EventKind.STATUS_CHANGED,
)
"""What a word to the customer may go with."""


def _ahead(ticket: Ticket, now: datetime, zone: ZoneInfo) -> Iterable[str]:
    """What is promised next, and by when they hear from us again."""
    ahead = [made for made in ticket.promises if made.state is PromiseState.OPEN]
    for made in sorted(ahead, key=lambda made: made.due_at):
        yield f"By {day_and_time(made.due_at, zone)}: {_sentence(made.text)}"
    clock = ticket.clock(Metric.NEXT_UPDATE)
    if clock is not None:
        yield f"You hear from us again by {day_and_time(now + clock.target, zone)}."
