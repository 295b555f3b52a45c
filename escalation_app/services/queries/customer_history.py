"""What a customer reads of what was said and done on their ticket."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from escalation_app.domain.events import PUBLIC_EVENTS, EventKind
from escalation_app.domain.tickets import Side, Status, Ticket
from escalation_app.models import EventRow, MessageRow
from escalation_app.routes import status_url
from escalation_app.services.contacts import contacts_of
from escalation_app.services.escalations import NO_REASON
from escalation_app.services.queries.common import how_many, latest, names_of
from escalation_app.services.queries.customer_reader import (
    ASKED,
    CustomerReader,
    asked_by_customer,
)
from escalation_app.services.queries.files import files_of
from escalation_app.services.queries.links import merged_references
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.text_parts import references_in, text_parts
from escalation_app.services.queries.undone import undone_revisions
from escalation_app.services.tables import columns
from escalation_app.views.customer import HistoryItem
from escalation_app.views.words import iso

PART = 50
"""Entries of the history at first; as many more each time earlier ones are asked for."""
QUOTED = 400
"""Characters of what we asked that stand above the box to answer."""
_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)
_SPOKEN = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT})
"""Their messages stand in the history themselves."""
_TOLD = sorted(PUBLIC_EVENTS - _SPOKEN)


def customer_history(
    session: Session, reader: CustomerReader, shown: int
) -> tuple[tuple[HistoryItem, ...], int]:
    """The latest public messages and events, newest first, and how many lie before them. Of people
    who got the ticket one after the other, with nothing else between, the last alone is told."""
    ticket = reader.ticket
    places = merged_references(session, ticket.id, visible(reader.actor))
    said = and_(_MESSAGES.c.ticket_id.in_([ticket.id, *places]), _MESSAGES.c.is_public.is_(True))
    happened = and_(
        _EVENTS.c.ticket_id == ticket.id,
        or_(_EVENTS.c.kind.in_(_TOLD), asked_by_customer(ticket)),
        _is_first_said(session, ticket),
        ~_is_taken_back(session, ticket),
    )
    messages = latest(session, _MESSAGES, said, shown)
    files = files_of(session, [row.id for row in messages])
    dated: list[tuple[Any, HistoryItem]] = [
        (
            (row.at, 0, row.id),
            replace(
                _message(row, reader, places.get(row.ticket_id, "")), files=files.get(row.id, ())
            ),
        )
        for row in messages
    ]
    handed: set[str] = set()
    for row in latest(session, _EVENTS, happened, shown):
        item = _happening(row, reader)
        dated.append(((row.at, 1, row.id), item))
        if row.kind == EventKind.TICKET_ASSIGNED:
            handed.add(item.key)
    spoken = [row for row in contacts_of(session, ticket.id) if row.is_public]
    names = names_of(session, [row.logged_by for row in spoken])
    dated += [((row.began_at, 2, row.number), _contact(row, reader, names)) for row in spoken]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    latest_ones = [item for _, item in dated[:shown]]
    total = how_many(session, said) + how_many(session, happened) + len(spoken)
    items = [
        item
        for item, newer in zip(latest_ones, [None, *latest_ones], strict=False)
        if newer is None or not {item.key, newer.key} <= handed
    ]
    return _linked(session, reader, items), total - len(latest_ones)


def _linked(
    session: Session, reader: CustomerReader, items: list[HistoryItem]
) -> tuple[HistoryItem, ...]:
    """The same with links to the other tickets that they name and the reader sees."""
    said = (references_in(f"{one.title} {one.text}") for one in items)
    named = frozenset[str]().union(*said) - {reader.ticket.reference}
    seen = select(TICKETS.c.reference).where(TICKETS.c.reference.in_(named), visible(reader.actor))
    references = session.execute(seen).scalars() if named else ()
    urls = {reference: status_url(reference) for reference in references}

    def url_of(reference: str) -> str:
        return urls.get(reference, "")

    return tuple(
        replace(
            one,
            parts=text_parts(one.text, url_of=url_of),
            title_parts=text_parts(one.title, url_of=url_of),
        )
        for one in items
    )


def last_question(session: Session, ticket: Ticket) -> tuple[str, str]:
    """What one of ours wrote last to the customer, shortened, and who did; "" while the ticket does
    not wait for them."""
    if ticket.status is not Status.WAITING_CUSTOMER:
        return "", ""
    by_us = and_(
        _MESSAGES.c.ticket_id == ticket.id,
        _MESSAGES.c.is_public.is_(True),
        _MESSAGES.c.side == Side.US,
        _MESSAGES.c.is_automatic.is_(False),
    )
    for row in latest(session, _MESSAGES, by_us, 1):
        is_long = len(row.body) > QUOTED
        text = f"{row.body[:QUOTED].rstrip()}…" if is_long else row.body
        return text, row.author_name
    return "", ""


def _is_taken_back(session: Session, ticket: Ticket) -> ColumnElement[bool]:
    """SQL: it belongs to a confirmation that was taken back, and is not so any more."""
    return and_(
        _EVENTS.c.kind.in_((EventKind.SOLUTION_CONFIRMED, EventKind.TICKET_CLOSED)),
        _EVENTS.c.revision.in_(undone_revisions(session, ticket.id)),
    )


def _is_first_said(session: Session, ticket: Ticket) -> ColumnElement[bool]:
    """SQL: leave out that the ticket was opened when its first message says so."""
    first = session.execute(
        select(_MESSAGES.c.id).where(
            _MESSAGES.c.ticket_id == ticket.id,
            _MESSAGES.c.is_public.is_(True),
            _MESSAGES.c.at == ticket.created_at,
            _MESSAGES.c.side == Side.THEM,
        )
    ).first()
    return _EVENTS.c.kind != EventKind.TICKET_OPENED if first else true()


def _message(row: Any, reader: CustomerReader, place: str) -> HistoryItem:
    """A message; `place` is the reference of the ticket it was written in, if another one."""
    is_yours = row.author_id is not None and row.author_id == reader.actor.person_id
    is_theirs = row.side == Side.THEM
    is_first = is_theirs and not place and row.at == reader.ticket.created_at
    verb = "reported it" if is_first else "wrote"
    if is_theirs:
        title = f"{'You' if is_yours else row.author_name} {verb}"
    elif row.is_automatic:
        title = "Automatic answer"
    else:
        title = f"{row.author_name} answered"
    if place:
        title = f"{title} in {place}"
    return HistoryItem(
        key=f"m{row.id}",
        at=iso(row.at),
        title=title,
        text=row.body,
        is_yours=is_yours,
    )


_SPOKE = {"call": "called", "meeting": "met", "face_to_face": "visited"}


def _contact(row: Any, reader: CustomerReader, names: Mapping[int, str]) -> HistoryItem:
    """A call, a meeting or a visit whose outcome the customer reads."""
    is_me = reader.actor.person_id == reader.ticket.requester_id
    whom = "you" if is_me and row.with_whom == reader.requester else row.with_whom
    did = _SPOKE[row.kind] if row.reached else "tried to reach"
    title = f"{names.get(row.logged_by, 'We')} {did} {whom}"
    text = "This stood here by mistake." if row.taken_back_at is not None else row.outcome
    return HistoryItem(f"c{row.number}", iso(row.began_at), title, text, False)


def _happening(row: Any, reader: CustomerReader) -> HistoryItem:
    title, text = _event_words(row, reader)
    is_reader = row.actor_id is not None and row.actor_id == reader.actor.person_id
    is_yours = is_reader and row.kind in (*ASKED, EventKind.SOLUTION_CONFIRMED)
    return HistoryItem(f"e{row.id}", iso(row.at), title, text, is_yours)


def _event_words(row: Any, reader: CustomerReader) -> tuple[str, str]:
    """An event in the customer's words."""
    data: Mapping[str, Any] = row.data
    who = "You" if row.actor_id == reader.actor.person_id else row.actor_name
    match EventKind(row.kind):
        case EventKind.TICKET_OPENED:
            return "We have it", ""
        case EventKind.TICKET_ASSIGNED:
            return f"{_name(data, 'assignee')} has it now", ""
        case EventKind.STATUS_CHANGED:
            return _status_words(data)
        case EventKind.TICKET_RESOLVED:
            return "We believe it is solved", "If it is not, answer and it opens again."
        case EventKind.SOLUTION_CONFIRMED:
            return f"{who} said that it works", ""
        case EventKind.TICKET_REOPENED:
            return "It was opened again", ""
        case EventKind.TICKET_CLOSED:
            return "Closed", ""
        case EventKind.TICKET_MERGED:
            return f"It goes on in {_name(data, 'into')}", "We look after both together there."
        case EventKind.TICKET_SPLIT if "into" in data:
            return f"A part of it goes on in {_name(data, 'into')}", "We look after both."
        case EventKind.TICKET_SPLIT:
            return f"We took it out of {_name(data, 'source')}", "We look after both."
        case EventKind.MERGE_RECEIVED:
            return f"We joined {_name(data, 'merged')} with this", "We look after both together."
        case EventKind.TICKET_ESCALATED:
            holder = str(data.get("assignee") or "")
            return "More experienced people took it over", f"{holder} has it now." if holder else ""
        case EventKind.ESCALATION_ASSIGNED:
            return f"{_name(data, 'manager')} answers for it now", "A manager looks after it."
        case _:
            return f"{who} escalated", _own_reason(data)


def _name(data: Mapping[str, Any], key: str) -> str:
    return str(data.get(key) or "Somebody")


def _own_reason(data: Mapping[str, Any]) -> str:
    """What the customer wrote when they escalated."""
    reason = str(data.get("reason") or "")
    return "" if reason == NO_REASON else reason


def _status_words(data: Mapping[str, Any]) -> tuple[str, str]:
    match data.get("to_status"):
        case Status.WAITING_CUSTOMER:
            return "We asked you something", "We go on as soon as you answer."
        case Status.WAITING_SUPPLIER:
            return "We are waiting for a supplier", ""
        case _:
            return "We went on with it", ""
