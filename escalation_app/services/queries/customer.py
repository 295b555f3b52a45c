"""Where a customer's ticket stands: what they read on its page.

Everything here and beside it is in plain words and made from what a customer may know: public
messages, public events, who has the ticket, what was promised. Nothing of an event's data is passed
on as it is but the name of whoever has the ticket now, and a customer's own words.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Actor, Permission, covers
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.routes import status_url
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.customer_escalating import what_is_happening, what_will_happen
from escalation_app.services.queries.customer_history import PART, customer_history, last_question
from escalation_app.services.queries.customer_promises import is_promise_late, promises_to
from escalation_app.services.queries.customer_reader import (
    CustomerReader,
    in_their_words,
    reader_of,
)
from escalation_app.services.queries.fields import customer_facts
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.customer import CustomerStatus, PlainStep
from escalation_app.views.words import iso


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
    history, earlier = customer_history(session, reader, shown)
    question, asked_by = last_question(session, ticket)
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
        promises=promises_to(reader, now),
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
        can_confirm=ticket.status is Status.RESOLVED
        and covers(actor, Permission.SOLUTION_CONFIRM, ticket),
        closes=Sentence("closes by itself", iso(ticket.close_at)),
        can_escalate=ticket.is_open and covers(actor, Permission.ESCALATION_REQUEST, ticket),
        facts=customer_facts(session, ticket, reader.process),
        question=question,
        asked_by=asked_by,
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
            return "Please try it, and say whether it works for you."
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
    return is_promise_late(reader) or any(
        clock is not None and clock.is_running and clock.is_breached for clock in clocks
    )


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
    if reader.goes_on_in:
        return Sentence(f"In {reader.goes_on_in}")
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
    if clock is None or reader.goes_on_in:
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
