"""What a customer reads: the tickets they reported, and where each of them stands.

Everything here is in plain words and made from what a customer may know: public messages, public
events, who has the ticket, what was promised. Nothing of an event's data is passed on as it is
but the name of whoever has the ticket now, and a customer's own words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.errors import NotFound
from escalation_app.domain.events import PUBLIC_EVENTS, EventKind
from escalation_app.domain.paths import step_times
from escalation_app.domain.permissions import Actor, Permission, Scope, covers, require
from escalation_app.domain.playbooks import path_of
from escalation_app.domain.process import (
    EscalationPath,
    Grade,
    PathStep,
    Process,
    ShareAnchor,
)
from escalation_app.domain.tickets import Side, Status, Ticket
from escalation_app.models import (
    EscalationRow,
    EventRow,
    MessageRow,
    OrganisationRow,
    PersonRow,
)
from escalation_app.routes import status_url
from escalation_app.services.contacts import contacts_of
from escalation_app.services.escalations import NO_REASON
from escalation_app.services.links import goes_on_in, reference_of
from escalation_app.services.process_for_customers import customer_step
from escalation_app.services.process_versions import live_process, process_of
from escalation_app.services.promise_text import target_in_words
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import names_of, pressing_time_left
from escalation_app.services.queries.fields import customer_facts, new_fields
from escalation_app.services.queries.files import files_of
from escalation_app.services.queries.links import merged_references
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.store import columns, load_tickets
from escalation_app.views import (
    Choice,
    CustomerPage,
    CustomerStatus,
    CustomerTicketRow,
    FieldView,
    HistoryItem,
    PlainStep,
    Sentence,
    TimeLeft,
    iso,
    time_left_words,
)

PAGE = 25
"""Tickets on one page of the list."""
PART = 50
"""Entries of the history at first; as many more each time earlier ones are asked for."""
STEPS_AHEAD = 2
"""How many steps of the path ahead are told."""

_ASKED = (EventKind.ESCALATION_STARTED, EventKind.ESCALATION_JOINED)
"""How an escalation that somebody asked for is recorded."""

_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)
_PEOPLE = columns(PersonRow)
_CASES = columns(EscalationRow)
_ORGANISATIONS = columns(OrganisationRow)

STATUS_WORDS: Mapping[Status, str] = {
    Status.NEW: "received",
    Status.OPEN: "being worked on",
    Status.WAITING_CUSTOMER: "waiting for your answer",
    Status.WAITING_SUPPLIER: "waiting for a supplier",
    Status.RESOLVED: "solved",
    Status.CLOSED: "closed",
}
_DONE = (Status.RESOLVED, Status.CLOSED)
WAITS_FOR_YOU = "waiting for your answer"


# The list ------------------------------------------------------------------------------------


def my_tickets(session: Session, actor: Actor, view: str = "open", number: int = 0) -> CustomerPage:
    """A page of the tickets the actor reported; of all their organisation's for a lead.

    `view`: open, done, or mine (a lead's own, open and done). `number` counts pages from 0; one
    past the end gives the last. What waits for an answer comes first, then the latest news.
    """
    require(actor, Permission.TICKET_OPEN)
    counts = {
        bool(is_open): int(count)
        for is_open, count in session.execute(
            select(TICKETS.c.is_open, func.count())
            .where(visible(actor))
            .group_by(TICKETS.c.is_open)
        )
    }
    wanted = _wanted(actor, view)
    total = int(session.execute(select(func.count()).where(wanted)).scalar_one())
    number = max(0, min(number, (total - 1) // PAGE))
    rows = _ticket_rows(session, actor, wanted, number)
    return CustomerPage(
        rows=rows,
        view=view,
        open=counts.get(True, 0),
        done=counts.get(False, 0),
        total=total,
        number=number,
        first=number * PAGE + 1 if rows else 0,
        last=number * PAGE + len(rows),
        has_previous=number > 0,
        has_next=(number + 1) * PAGE < total,
        empty="" if rows else "nothing_yet" if not counts else "nothing_here",
        organisation=_organisation_of_lead(session, actor),
    )


def _wanted(actor: Actor, view: str) -> ColumnElement[bool]:
    if view == "mine":
        return and_(visible(actor), TICKETS.c.requester_id == actor.person_id)
    return and_(visible(actor), TICKETS.c.is_open.is_(view != "done"))


def _ticket_rows(
    session: Session, actor: Actor, wanted: ColumnElement[bool], number: int
) -> tuple[CustomerTicketRow, ...]:
    news_at: Any = func.coalesce(
        TICKETS.c.closed_at, TICKETS.c.resolved_at, TICKETS.c.last_contact_at, TICKETS.c.created_at
    )
    waits = case((TICKETS.c.status == Status.WAITING_CUSTOMER, 0), (TICKETS.c.is_open, 1), else_=2)
    rows = session.execute(
        select(
            TICKETS,
            _PEOPLE.c.name.label("reporter"),
            _has_manager().label("has_manager"),
        )
        .join(_PEOPLE, _PEOPLE.c.id == TICKETS.c.requester_id)
        .where(wanted)
        .order_by(waits, news_at.desc(), TICKETS.c.id.desc())
        .limit(PAGE)
        .offset(number * PAGE)
    )
    return tuple(_ticket_row(row, actor) for row in rows)


def _has_manager() -> ColumnElement[bool]:
    """SQL: a manager answers for the ticket, which its customer is told."""
    return exists().where(
        _CASES.c.ticket_id == TICKETS.c.id,
        _CASES.c.ended_at.is_(None),
        _CASES.c.manager_id.is_not(None),
    )


_TO_HEAR = (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.NEXT_UPDATE)
"""The clocks that end with a message of ours."""


def _ticket_row(row: Any, actor: Actor) -> CustomerTicketRow:
    status = Status(row.status)
    awaits_answer = row.pressing_metric in _TO_HEAR
    return CustomerTicketRow(
        ref=row.reference,
        url=status_url(row.reference),
        subject=row.subject,
        status_words=STATUS_WORDS[status],
        reporter=row.reporter,
        is_mine=row.requester_id == actor.person_id,
        is_open=row.is_open,
        needs_answer=status is Status.WAITING_CUSTOMER,
        is_escalated=row.is_open and row.has_manager,
        promised=_to_customer(pressing_time_left(row)) if row.is_open else TimeLeft(),
        next_update_at=iso(row.pressing_due_at) if row.is_open and awaits_answer else "",
        changed_at=iso(row.closed_at or row.resolved_at or row.last_contact_at or row.created_at),
    )


def _organisation_of_lead(session: Session, actor: Actor) -> str:
    """The organisation whose tickets the actor sees; "" for one who sees their own."""
    if actor.grants.get(Permission.TICKET_SEE) is not Scope.ORGANISATION:
        return ""
    name = session.execute(
        select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.id == actor.organisation_id)
    ).scalar_one_or_none()
    return name or ""


def _to_customer(left: TimeLeft) -> TimeLeft:
    """A badge in the customer's words."""
    if left.state == "paused":
        return replace(
            left,
            words=time_left_words("paused", 0, WAITS_FOR_YOU),
            pause_reason=WAITS_FOR_YOU,
            metric="",
        )
    if left.state == "overpaused":
        return replace(left, pause_reason=WAITS_FOR_YOU, metric="")
    if left.state == "met":
        return replace(left, words="kept", metric="")
    if left.state == "none":
        return TimeLeft()
    return replace(left, metric="")


# Opening one ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewTicketForm:
    """What the form asks, in the words of the live process, and what each answer promises."""

    impacts: tuple[Choice, ...]
    urgencies: tuple[Choice, ...]
    promises: Mapping[str, str]
    """By "impact urgency"."""
    fields: tuple[FieldView, ...]


def new_ticket_form(session: Session, actor: Actor) -> NewTicketForm:
    """The short form for the actor's plan."""
    require(actor, Permission.TICKET_OPEN)
    process = live_process(session)
    plan = session.execute(
        select(_ORGANISATIONS.c.plan).where(_ORGANISATIONS.c.id == actor.organisation_id)
    ).scalar_one_or_none()
    return NewTicketForm(
        impacts=tuple(_choice(grade) for grade in process.impacts),
        urgencies=tuple(_choice(grade) for grade in process.urgencies),
        promises={
            f"{impact.key} {urgency.key}": _promise(process, plan, impact.key, urgency.key)
            for impact in process.impacts
            for urgency in process.urgencies
        },
        fields=new_fields(process),
    )


def _choice(grade: Grade) -> Choice:
    return Choice(value=grade.key, label=grade.meaning.rstrip("."), hint=grade.name)


def _promise(process: Process, plan: str | None, impact: str, urgency: str) -> str:
    severity = process.severity_for(impact, urgency)
    policy = process.policy_for(plan, severity)
    first, solved = (
        policy.target(severity, metric) for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION)
    )
    said = [
        f"{what} within {target_in_words(process, policy, target)}"
        for what, target in (("a first answer", first), ("a solution", solved))
        if target
    ]
    return f"You get {' and '.join(said)}." if said else ""


# One ticket ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    """A ticket and who reads about it."""

    ticket: Ticket
    process: Process
    run_process: Process
    actor: Actor
    requester: str
    names: Mapping[int, str]
    asked_at: datetime | None
    """When a customer last asked for the escalation that is under way."""
    goes_on_in: str
    """The reference of the ticket it was merged into, "" when it was not."""

    @property
    def holder(self) -> str:
        return self._name(self.ticket.assignee_id)

    @property
    def manager(self) -> str:
        return self._name(
            None if self.ticket.escalation is None else self.ticket.escalation.manager_id
        )

    def _name(self, key: int | None) -> str:
        return "" if key is None else self.names.get(key, "")

    def clock(self, metric: Metric) -> Clock | None:
        """The metric's latest clock, unless it was cancelled."""
        clock = self.ticket.clock(metric)
        return None if clock is None or clock.state is ClockState.CANCELLED else clock


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
    reader = _reader(session, actor, ticket_key(session, actor, reference))
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
        what_next=_what_is_happening(reader, now) if is_asked else _what_will_happen(reader, now),
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


def _reader(session: Session, actor: Actor, key: int) -> _Reader:
    ticket = load_tickets(session, [key], to_change=False)[key]
    case_ = ticket.escalation
    people = [ticket.assignee_id, ticket.requester_id]
    if case_ is not None:
        people += [case_.manager_id, case_.acknowledged_by]
    people += [asked.triaged_by for asked in ticket.requests]
    names = names_of(session, people)
    run = ticket.run
    return _Reader(
        ticket=ticket,
        process=process_of(session, ticket.process_version),
        run_process=process_of(
            session, ticket.process_version if run is None else run.process_version
        ),
        actor=actor,
        requester=names.get(ticket.requester_id, ""),
        names=names,
        asked_at=_asked_at(session, ticket),
        goes_on_in=_goes_on_in(session, ticket),
    )


def _goes_on_in(session: Session, ticket: Ticket) -> str:
    if ticket.status is not Status.CLOSED:
        return ""
    into = goes_on_in(session, ticket.id)
    return "" if into == ticket.id else reference_of(session, into)


def _asked_at(session: Session, ticket: Ticket) -> datetime | None:
    if ticket.escalation is None:
        return None
    return session.execute(
        select(func.max(_EVENTS.c.at)).where(
            _EVENTS.c.ticket_id == ticket.id,
            _asked_by_customer(ticket),
            _EVENTS.c.at >= ticket.escalation.started_at,
        )
    ).scalar_one_or_none()


def _asked_by_customer(ticket: Ticket) -> ColumnElement[bool]:
    """SQL: an event by which somebody of the customer's escalated."""
    theirs = select(_PEOPLE.c.id).where(_PEOPLE.c.organisation_id == ticket.organisation_id)
    return and_(
        _EVENTS.c.kind.in_(_ASKED),
        or_(_EVENTS.c.actor_id == ticket.requester_id, _EVENTS.c.actor_id.in_(theirs)),
    )


def _headline(reader: _Reader) -> str:
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


def _text(reader: _Reader) -> str:
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


def _is_late(reader: _Reader) -> bool:
    """Whether a promise that still runs is broken."""
    clocks = (reader.clock(metric) for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION))
    return any(clock is not None and clock.is_running and clock.is_breached for clock in clocks)


def _is_unanswered(reader: _Reader) -> bool:
    clock = reader.clock(Metric.FIRST_RESPONSE)
    return clock is not None and not clock.is_over


def _stands_still(reader: _Reader) -> bool:
    clock = reader.clock(Metric.RESOLUTION)
    return clock is not None and clock.state is ClockState.PAUSED


def _steps(reader: _Reader) -> tuple[PlainStep, ...]:
    """The line: we have it, first answer, being worked on, you check it, closed."""
    ticket = reader.ticket
    steps = [PlainStep("have", "done", "We have it", iso(ticket.created_at)), *_answer_step(reader)]
    is_now = ticket.is_open and not any(step.state == "now" for step in steps)
    steps += [_work_step(ticket, is_now), _check_step(reader), _closed_step(ticket)]
    return tuple(steps)


def _answer_step(reader: _Reader) -> Iterator[PlainStep]:
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


def _check_step(reader: _Reader) -> PlainStep:
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


# What was promised -----------------------------------------------------------------------------


def _promised(reader: _Reader) -> Sentence:
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


def _promised_left(reader: _Reader, now: datetime) -> TimeLeft:
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None:
        return TimeLeft()
    return _to_customer(clock_time_left(clock, reader.process.calendar(clock.calendar), now))


def _next_update(reader: _Reader) -> Sentence:
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


def _next_update_hint(reader: _Reader) -> str:
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


def _holder_hint(reader: _Reader) -> str:
    if reader.manager and reader.manager != reader.holder:
        return f"{reader.manager} answers for the whole of it"
    if not reader.holder and reader.ticket.is_open:
        return "somebody takes it up soon"
    return ""


# Escalating ------------------------------------------------------------------------------------


def _what_will_happen(reader: _Reader, now: datetime) -> tuple[Sentence, ...]:
    """What follows when the customer escalates."""
    if not reader.ticket.is_open:
        return ()
    if reader.manager:
        told = [Sentence(f"{reader.manager}, who answers for it, is told at once.")]
    else:
        told = [
            Sentence("A manager gets it at once and answers for it."),
            Sentence("You see here who it is, and what happens by when."),
        ]
    return (*told, *_ahead(reader, now, has_manager=True))


def _what_is_happening(reader: _Reader, now: datetime) -> tuple[Sentence, ...]:
    """Who answers for an escalation of the customer's, and what comes by when."""
    case_ = reader.ticket.escalation
    said: list[Sentence] = []
    if case_ is None or not reader.manager:
        said.append(Sentence("No manager could be found at once. Our team knows that you asked."))
    elif case_.acknowledged_at is not None and case_.acknowledged_by == case_.manager_id:
        said.append(
            Sentence(
                f"{reader.manager} answers for it, and saw it", iso(case_.acknowledged_at), "."
            )
        )
    else:
        said.append(Sentence(f"{reader.manager} answers for it and has been told."))
    has_manager = bool(reader.manager)
    looked = _looked_at(reader)
    return (*said, *looked, *_promise_line(reader), *_ahead(reader, now, has_manager=has_manager))


def _looked_at(reader: _Reader) -> Iterator[Sentence]:
    """By when somebody looks at what the customer asked for, or who has."""
    if not reader.ticket.requests:
        return
    asked, clock = reader.ticket.requests[-1], reader.clock(Metric.TRIAGE)
    if asked.triaged_at is not None:
        who = reader.names.get(asked.triaged_by or 0, "A manager")
        yield Sentence(f"{who} looked at your request", iso(asked.triaged_at), ".")
    elif clock is not None and clock.is_breached:
        yield Sentence(
            "Somebody should have looked at your request by",
            iso(clock.due_at),
            ", and we are on it.",
        )
    elif clock is not None and clock.is_running:
        yield Sentence("Somebody looks at your request by", iso(clock.due_at), ".")


def _promise_line(reader: _Reader) -> Iterator[Sentence]:
    clock = reader.clock(Metric.RESOLUTION)
    if clock is None:
        return
    if clock.state is ClockState.PAUSED:
        yield Sentence("We need your answer to go on.")
    elif clock.is_breached:
        yield Sentence("It should be solved since", iso(clock.due_at), ", and we are on it.")
    elif clock.is_running:
        yield Sentence("It is promised to be solved by", iso(clock.due_at), ".")


def _ahead(reader: _Reader, now: datetime, *, has_manager: bool) -> tuple[Sentence, ...]:
    """The next steps that are taken by themselves and mean something to a customer."""
    ticket, process = reader.ticket, reader.run_process
    run = ticket.run
    path = path_of(process, ticket, Metric.RESOLUTION) if run is None else process.path(run.path)
    if path is None:
        return ()
    times = step_times(ticket, path, process, now)
    if run is None and (times[0] is None or times[0] <= now):
        return ()  # its time has passed without it: it was ended by a person
    found = [
        Sentence(_until(path, step), iso(at), f", {words}.")
        for step, at in zip(path.steps, times, strict=True)
        if at is not None
        and at > now
        and (words := _step_words(reader, step, has_manager=has_manager))
    ]
    return tuple(found[:STEPS_AHEAD])


def _until(path: EscalationPath, step: PathStep) -> str:
    anchor = step.anchor
    metric = anchor.metric if isinstance(anchor, ShareAnchor) else path.metrics[0]
    return _IF_NOT.get(metric, "If it is not solved by")


_IF_NOT = {
    Metric.FIRST_RESPONSE: "If you have no answer by",
    Metric.NEXT_REPLY: "If you have no answer by",
    Metric.NEXT_UPDATE: "If you have heard nothing new by",
    Metric.TRIAGE: "If nobody has looked at your request by",
    Metric.PROMISE: "If what we promised has not happened by",
}


def _step_words(reader: _Reader, step: PathStep, *, has_manager: bool) -> str:
    """What a step will change for this ticket's customer; "" for nothing."""
    ticket, process = reader.ticket, reader.process
    match step.action:
        case StepAction.ASSIGN_MANAGER if has_manager:
            return ""
        case StepAction.REASSIGN_NEXT_TIER if process.next_tier(ticket.tier) is None:
            return ""
        case StepAction.RAISE_SEVERITY if ticket.severity == 1:
            return ""
        case _:
            return customer_step(step)


# What happened ---------------------------------------------------------------------------------

_SPOKEN = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT})
"""Their messages stand in the history themselves."""
_TOLD = sorted(PUBLIC_EVENTS - _SPOKEN)


def _history(session: Session, reader: _Reader, shown: int) -> tuple[tuple[HistoryItem, ...], int]:
    """The latest public messages and events, newest first, and how many lie before them."""
    ticket = reader.ticket
    places = merged_references(session, ticket.id, visible(reader.actor))
    said = and_(_MESSAGES.c.ticket_id.in_([ticket.id, *places]), _MESSAGES.c.is_public.is_(True))
    happened = and_(
        _EVENTS.c.ticket_id == ticket.id,
        or_(_EVENTS.c.kind.in_(_TOLD), _asked_by_customer(ticket)),
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


def _message(row: Any, reader: _Reader, place: str) -> HistoryItem:
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
    return HistoryItem(f"m{row.id}", iso(row.at), title, row.body, is_yours)


_SPOKE = {"call": "called", "meeting": "met", "face_to_face": "visited"}


def _contact(row: Any, reader: _Reader, names: Mapping[int, str]) -> HistoryItem:
    """A call, a meeting or a visit whose outcome the customer reads."""
    is_me = reader.actor.person_id == reader.ticket.requester_id
    whom = "you" if is_me and row.with_whom == reader.requester else row.with_whom
    did = _SPOKE[row.kind] if row.reached else "tried to reach"
    title = f"{names.get(row.logged_by, 'We')} {did} {whom}"
    text = "This stood here by mistake." if row.taken_back_at is not None else row.outcome
    return HistoryItem(f"c{row.number}", iso(row.began_at), title, text, False)


def _happening(row: Any, reader: _Reader) -> HistoryItem:
    title, text = _event_words(row, reader)
    is_reader = row.actor_id is not None and row.actor_id == reader.actor.person_id
    is_yours = is_reader and row.kind in _ASKED
    return HistoryItem(f"e{row.id}", iso(row.at), title, text, is_yours)


def _event_words(row: Any, reader: _Reader) -> tuple[str, str]:
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
