"""Where a customer's ticket stands: what they read on its page.

Everything here and beside it is in plain words and made from what a customer may know: public
messages, public events, who has the ticket, what was promised. Nothing of an event's data is passed
on as it is but the name of whoever has the ticket now, and a customer's own words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.errors import NotFound
from escalation_app.domain.events import PUBLIC_EVENTS, EventKind
from escalation_app.domain.permissions import Actor, Permission, covers
from escalation_app.domain.tickets import Side, Status, Ticket
from escalation_app.models import EventRow, MessageRow
from escalation_app.routes import status_url
from escalation_app.services.contacts import contacts_of
from escalation_app.services.escalations import NO_REASON
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import names_of
from escalation_app.services.queries.customer_escalating import what_is_happening, what_will_happen
from escalation_app.services.queries.customer_reader import (
    ASKED,
    CustomerReader,
    asked_by_customer,
    in_their_words,
    reader_of,
)
from escalation_app.services.queries.fields import customer_facts
from escalation_app.services.queries.files import files_of
from escalation_app.services.queries.links import merged_references
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.text_parts import text_parts
from escalation_app.services.store import columns
from escalation_app.views import (
    CustomerStatus,
    HistoryItem,
    PlainStep,
    Sentence,
    TimeLeft,
    iso,
)

PART = 50
"""Entries of the history at first; as many more each time earlier ones are asked for."""

_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)


def ticket_key(session: Session, actor: Actor, reference: str) -> int:
    """The id of a ticket the actor sees; raises NotFound like `customer_status`."""
    key = session.execute(
        select(TICKETS.c.id).where(TICKETS.c.reference == reference, visible(actor))
    ).scalar_one_or_none()
    if key is None or not actor.may(Permission.TICKET_OPEN):
        raise NotFound("That ticket")
    return int(key)


def customer_status(
    session: Session, actor: Actor, reference: str, now: datetime, shown: int = PART
) -> CustomerStatus:
    """Where a problem stands, with the latest `shown` entries of its history.

    Raises NotFound for a reference nobody has, and for a ticket the actor does not see.
    """
    reader = reader_of(session, actor, ticket_key(session, actor, reference))
    ticket = reader.ticket
    history, earlier = _history(session, reader, shown)
    is_asked = reader.asked_at is not None
    goes_on = reader.goes_on_in
    return CustomerStatus(
        ref=ticket.reference,
        subject=ticket.subject,
        reported_at=iso(ticket.created_at),
        reporter="you" if ticket.requester_id == actor.person_id else reader.requester,
        headline=_headline(reader),
        text=_text(reader),
        steps=_steps(reader),
        promised=_promised(reader),
        promised_left=_promised_left(reader, now),
        next_update=_next_update(reader),
        next_update_hint=_next_update_hint(reader),
        holder=reader.holder,
        holder_hint=_holder_hint(reader),
        history=history,
        earlier=earlier,
        what_next=what_is_happening(reader, now) if is_asked else what_will_happen(reader, now),
        is_escalated=is_asked,
        escalated_at=iso(reader.asked_at),
        is_resolved=ticket.status is Status.RESOLVED,
        is_closed=ticket.status is Status.CLOSED,
        goes_on_in=goes_on,
        goes_on_url=status_url(goes_on) if goes_on else "",
        can_answer=ticket.status is not Status.CLOSED
        and covers(actor, Permission.MESSAGE_SEND, ticket),
        can_escalate=ticket.is_open and covers(actor, Permission.ESCALATION_REQUEST, ticket),
        facts=customer_facts(session, ticket, reader.process),
    )


def _headline(reader: CustomerReader) -> str:
    ticket = reader.ticket
    match ticket.status:
        case Status.WAITING_CUSTOMER:
            return "We need your answer to go on."
        case Status.WAITING_SUPPLIER:
            return "We are waiting for a supplier."
        case Status.RESOLVED:
            return "We believe it is solved."
        case Status.CLOSED if reader.goes_on_in:
            return f"It goes on in {reader.goes_on_in}."
        case Status.CLOSED:
            return "This ticket is closed."
        case _ if _is_late(reader):
            return "We are late, and we are on it."
        case _ if not reader.holder:
            return "We have it. Somebody takes it up soon."
        case _ if _is_unanswered(reader):
            return f"{reader.holder} has it and answers you first."
        case _:
            return "We are working on it."


def _text(reader: CustomerReader) -> str:
    ticket = reader.ticket
    match ticket.status:
        case Status.WAITING_CUSTOMER if _stands_still(reader):
            return "The promised time stands still until you answer."
        case Status.WAITING_CUSTOMER:
            return "Answer below, and we take it up again at once."
        case Status.WAITING_SUPPLIER:
            return "We stay on it, and the promised time goes on."
        case Status.RESOLVED:
            return "Not solved? Answer below and it opens again."
        case Status.CLOSED if reader.goes_on_in:
            return f"We look after both together. Follow it, and answer, in {reader.goes_on_in}."
        case Status.CLOSED:
            return f"If it comes back, open a new ticket and name {ticket.reference} in it."
        case _ if reader.manager:
            return f"{reader.manager}, a manager, answers for the whole of it."
        case _:
            return "You are told as soon as there is news."


def _is_late(reader: CustomerReader) -> bool:
    """Whether a promise that still runs is broken."""
    clocks = (reader.clock(metric) for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION))
    return any(clock is not None and clock.is_running and clock.is_breached for clock in clocks)


def _is_unanswered(reader: CustomerReader) -> bool:
    clock = reader.clock(Metric.FIRST_RESPONSE)
    return clock is not None and not clock.is_over


def _stands_still(reader: CustomerReader) -> bool:
    clock = reader.clock(Metric.RESOLUTION)
    return clock is not None and clock.state is ClockState.PAUSED


def _steps(reader: CustomerReader) -> tuple[PlainStep, ...]:
    """The line: we have it, first answer, being worked on, you check it, closed."""
    ticket = reader.ticket
    steps = [PlainStep("have", "done", "We have it", iso(ticket.created_at)), *_answer_step(reader)]
    is_now = ticket.is_open and not any(step.state == "now" for step in steps)
    steps += [_work_step(ticket, is_now), _check_step(reader), _closed_step(ticket)]
    return tuple(steps)


def _answer_step(reader: CustomerReader) -> Iterator[PlainStep]:
    clock = reader.clock(Metric.FIRST_RESPONSE)
    if clock is None:
        return
    if clock.state is ClockState.MET:
        yield PlainStep("answer", "done", "First answer", iso(clock.ended_at))
    elif reader.ticket.status in (Status.NEW, Status.OPEN):
        words = "was due" if clock.is_breached else "by"
        yield PlainStep("answer", "now", "First answer", iso(clock.due_at), words, "reply")


def _work_step(ticket: Ticket, is_now: bool) -> PlainStep:
    if not ticket.is_open:
        return PlainStep("work", "done", "We worked on it")
    if not is_now:
        return PlainStep("work", "todo", "We work on it")
    name, icon = {
        Status.WAITING_CUSTOMER: ("Waiting for you", "pause"),
        Status.WAITING_SUPPLIER: ("Waiting for a supplier", "pause"),
    }.get(ticket.status, ("We work on it", "play"))
    return PlainStep("work", "now", name, "", "now", icon)


def _check_step(reader: CustomerReader) -> PlainStep:
    ticket = reader.ticket
    if reader.goes_on_in:
        return PlainStep("check", "done", f"Goes on in {reader.goes_on_in}", iso(ticket.closed_at))
    if ticket.status is Status.CLOSED:
        return PlainStep("check", "done", "Solved", iso(ticket.resolved_at))
    if ticket.status is Status.RESOLVED:
        return PlainStep("check", "now", "You check it", "", "now", "eye")
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None or clock.due_at is None:
        return PlainStep("check", "todo", "You check it", "", "when it is solved")
    words = "was due" if clock.is_breached else "by"
    return PlainStep("check", "todo", "You check it", iso(clock.due_at), words)


def _closed_step(ticket: Ticket) -> PlainStep:
    if ticket.status is Status.CLOSED:
        return PlainStep("closed", "done", "Closed", iso(ticket.closed_at))
    if ticket.close_at is not None:
        return PlainStep("closed", "todo", "Closed", iso(ticket.close_at), "by itself")
    return PlainStep("closed", "todo", "Closed", "", "when it is solved")


def _promised(reader: CustomerReader) -> Sentence:
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None:
        return Sentence()
    if clock.state is ClockState.MET:
        return Sentence("Solved", iso(clock.ended_at))
    if clock.state is ClockState.PAUSED:
        return Sentence("Stands still while we wait for you")
    if clock.is_breached:
        return Sentence("Should be solved since", iso(clock.due_at))
    return Sentence("Solved by", iso(clock.due_at))


def _promised_left(reader: CustomerReader, now: datetime) -> TimeLeft:
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None:
        return TimeLeft()
    return in_their_words(clock_time_left(clock, reader.process.calendar(clock.calendar), now))


def _next_update(reader: CustomerReader) -> Sentence:
    ticket = reader.ticket
    if ticket.status is Status.CLOSED:
        return Sentence(f"In {reader.goes_on_in}" if reader.goes_on_in else "None, it is closed")
    if ticket.status is Status.RESOLVED:
        return Sentence("Closes by itself", iso(ticket.close_at))
    if ticket.status is Status.WAITING_CUSTOMER:
        return Sentence("After your answer")
    for metric, name in _WAITED_FOR.items():
        clock = reader.clock(metric)
        if clock is not None and clock.is_running and clock.due_at is not None:
            late, in_time = name
            return Sentence(late if clock.is_breached else in_time, iso(clock.due_at))
    return Sentence()


_WAITED_FOR = {
    Metric.FIRST_RESPONSE: ("First answer, due since", "First answer by"),
    Metric.NEXT_REPLY: ("An answer to you, due since", "An answer to you by"),
    Metric.NEXT_UPDATE: ("You should have heard by", "You hear from us by"),
}
"""What a customer hears next, in the order in which it is said."""


def _next_update_hint(reader: CustomerReader) -> str:
    match reader.ticket.status:
        case Status.CLOSED:
            return ""
        case Status.RESOLVED:
            return "unless you answer"
        case Status.WAITING_CUSTOMER:
            return "we go on as soon as you write"
        case _ if _is_unanswered(reader):
            return "then whenever there is news"
        case _:
            return "you see it here at once"


def _holder_hint(reader: CustomerReader) -> str:
    if reader.manager and reader.manager != reader.holder:
        return f"{reader.manager} answers for the whole of it"
    if not reader.holder and reader.ticket.is_open:
        return "somebody takes it up soon"
    return ""


_SPOKEN = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT})
"""Their messages stand in the history themselves."""
_TOLD = sorted(PUBLIC_EVENTS - _SPOKEN)


def _history(
    session: Session, reader: CustomerReader, shown: int
) -> tuple[tuple[HistoryItem, ...], int]:
    """The latest public messages and events, newest first, and how many lie before them."""
    ticket = reader.ticket
    places = merged_references(session, ticket.id, visible(reader.actor))
    said = and_(_MESSAGES.c.ticket_id.in_([ticket.id, *places]), _MESSAGES.c.is_public.is_(True))
    happened = and_(
        _EVENTS.c.ticket_id == ticket.id,
        or_(_EVENTS.c.kind.in_(_TOLD), asked_by_customer(ticket)),
        _is_first_said(session, ticket),
    )
    messages = _latest(session, _MESSAGES, said, shown)
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
    for row in _latest(session, _EVENTS, happened, shown):
        dated.append(((row.at, 1, row.id), _happening(row, reader)))
    spoken = [row for row in contacts_of(session, ticket.id) if row.is_public]
    names = names_of(session, [row.logged_by for row in spoken])
    dated += [((row.began_at, 2, row.number), _contact(row, reader, names)) for row in spoken]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    items = tuple(item for _, item in dated[:shown])
    total = _count(session, said) + _count(session, happened) + len(spoken)
    return items, total - len(items)


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


def _latest(session: Session, table: Any, condition: Any, shown: int) -> list[Any]:
    return list(
        session.execute(
            select(table)
            .where(condition)
            .order_by(table.c.at.desc(), table.c.id.desc())
            .limit(shown)
        )
    )


def _count(session: Session, condition: Any) -> int:
    return int(session.execute(select(func.count()).where(condition)).scalar_one())


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
        parts=text_parts(row.body, links_tickets=False),
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
    is_yours = is_reader and row.kind in ASKED
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
