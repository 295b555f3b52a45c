"""Merging: a ticket ends because another one is about the same, and goes on in that one.

The ticket that goes keeps its record and stops: its clocks are cancelled, its path and escalation
end. What the customer was promised in it is not lost: the one that stays takes the harder of two
promises, the harder severity, the escalation, and what people owe. Nothing of it is due later than
before. Why: docs/adr/0012.
"""

from datetime import datetime

from escalation_app.domain.clocks import Clock, ClockState, Metric, start_clock, take_over
from escalation_app.domain.commitments import (
    EscalationRequest,
    Obligation,
    ObligationState,
    Promise,
    PromiseState,
)
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.lifecycle import go_to
from escalation_app.domain.moves import (
    end_escalation,
    open_escalation,
    pause_while_waiting,
    set_manager,
)
from escalation_app.domain.obligations import change_obligation, change_promise
from escalation_app.domain.path_starts import let_owed_step_follow, muted_key, start_owed_paths
from escalation_app.domain.paths import change_severity
from escalation_app.domain.process import AROUND_THE_CLOCK
from escalation_app.domain.tickets import (
    Decision,
    Escalation,
    NewMessage,
    Side,
    Status,
    Ticket,
    words,
)
from escalation_app.domain.values import changed
from escalation_app.domain.wall_time import ZERO

_TO_HEAR = (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY)
"""The clocks of a customer whom nobody has answered yet."""


def require_mergeable(ticket: Ticket, other: Ticket) -> None:
    """Raise Invalid unless the ticket may go on in the other one."""
    if ticket.id == other.id:
        raise Invalid("A ticket cannot be merged into itself.")
    if ticket.organisation_id != other.organisation_id:
        raise Invalid(
            f"{other.reference} is another customer's. Neither must read about the other: "
            "link the two instead."
        )
    for one in (ticket, other):
        if not one.is_open:
            raise Invalid(f"{one.reference} is {words(one.status)}. Only open tickets are merged.")


def merge(
    ticket: Ticket, other: Ticket, desk: Desk, *, by: int, message: NewMessage | None = None
) -> tuple[Decision, Decision]:
    """End the ticket and go on in the other one; what is decided about each, in this order.

    `message` is what the customer reads about it in the ticket that ends. It is no answer: it
    meets no clock. Raises Invalid as `require_mergeable` does.
    """
    require_mergeable(ticket, other)
    goes, stays = begin(ticket, desk), begin(other, desk)
    gone = goes.ticket
    stays.record(
        EventKind.MERGE_RECEIVED,
        told=_concerned(stays.ticket, by),
        merged=gone.reference,
        subject=gone.subject,
    )
    _hear(stays, gone)
    if gone.severity < stays.ticket.severity:
        change_severity(stays, gone.severity, f"as {gone.reference} had it, which is part of it")
    for clock in gone.clocks:
        if not clock.is_over:
            _take_promise(stays, gone, clock, goes)
    if gone.escalation is not None:
        _take_case(stays, gone, gone.escalation)
    _take_owed(stays, gone)
    start_owed_paths(stays)
    let_owed_step_follow(stays, desk.now, is_held=False)
    _leave(goes, other.reference, by, message)
    return goes.decision(), stays.decision()


def _concerned(ticket: Ticket, by: int) -> tuple[int, ...]:
    """Who of ours works on the ticket that stays, but for who merges."""
    case_ = ticket.escalation
    people = (ticket.assignee_id, None if case_ is None else case_.manager_id)
    return tuple(dict.fromkeys(who for who in people if who not in (None, by)))


# What the ticket that stays takes over --------------------------------------------------------


def _hear(stays: Draft, gone: Ticket) -> None:
    """What the customer last said in the other ticket is said in this one too: it ends a wait for
    them."""
    said_at = gone.last_contact_at
    known_at = stays.ticket.last_contact_at
    if said_at is None or (known_at is not None and known_at >= said_at):
        return
    stays.change(last_contact_at=said_at, last_contact_by=gone.last_contact_by)
    is_theirs = gone.last_contact_by is Side.THEM
    if is_theirs and stays.ticket.status is Status.WAITING_CUSTOMER:
        go_to(stays, Status.OPEN)


def _take_promise(stays: Draft, gone: Ticket, theirs: Clock, goes: Draft) -> None:
    """Make a clock of the ticket that stays as hard as the one that ends, starting it where it
    does not run. What a team, an obligation, a promise or a request has is no clock of this."""
    if theirs.metric not in (*_TO_HEAR, Metric.NEXT_UPDATE, Metric.RESOLUTION):
        return
    mine = _answering(stays) if theirs.metric in _TO_HEAR else stays.ticket.clock(theirs.metric)
    calendar = stays.process.calendar(stays.policy.calendar)
    if mine is None or mine.is_over:
        metric = Metric.NEXT_REPLY if theirs.metric in _TO_HEAR else theirs.metric
        latest = stays.ticket.clock(metric)
        cycle = 1 if latest is None else latest.cycle + 1
        target = stays.policy.target(stays.ticket.severity, metric) or theirs.target
        stays.put_clock(start_clock(metric, target, calendar, stays.policy.key, stays.now, cycle))
        if metric not in _TO_HEAR:
            pause_while_waiting(stays, metric)
        mine = stays.ticket.clock(metric)
        assert mine is not None
    taken = take_over(
        mine,
        theirs,
        stays.process.calendar(mine.calendar),
        goes.process.calendar(theirs.calendar),
        stays.now,
    )
    if taken == mine:
        return
    stays.put_clock(taken)
    if muted_key(theirs) in gone.muted:
        stays.change(muted=stays.ticket.muted | {muted_key(taken)})
    stays.record(
        EventKind.DUE_MOVED,
        metric=taken.metric.value,
        cycle=taken.cycle,
        due_at="" if taken.due_at is None else taken.due_at.isoformat(),
        why=f"{gone.reference}, which is part of it now, was promised earlier",
    )


def _answering(stays: Draft) -> Clock | None:
    """The clock that the next answer to the customer meets, if one runs."""
    for metric in _TO_HEAR:
        clock = stays.ticket.clock(metric)
        if clock is not None and not clock.is_over:
            return clock
    return None


def _take_case(stays: Draft, gone: Ticket, theirs: Escalation) -> None:
    """The escalation goes on with the same people; it joins the one that is under way."""
    mine = stays.ticket.escalation
    reason = f"{gone.reference}, which is part of it now, was escalated: {theirs.reason}"
    if mine is None:
        mine = open_escalation(stays, theirs.kind, reason, theirs.requested_by)
        mine = changed(
            mine, acknowledged_at=theirs.acknowledged_at, acknowledged_by=theirs.acknowledged_by
        )
    else:
        stays.record(EventKind.ESCALATION_JOINED, escalation=theirs.kind.value, reason=reason)
        if any(asked.is_open for asked in gone.requests):
            mine = changed(mine, acknowledged_at=None, acknowledged_by=None)
    stays.change(
        escalation=changed(
            mine,
            requested_by=mine.requested_by or theirs.requested_by,
            executive_id=mine.executive_id or theirs.executive_id,
        )
    )
    case_ = stays.ticket.escalation
    if case_ is not None and case_.manager_id is None and theirs.manager_id is not None:
        set_manager(stays, case_, theirs.manager_id)


def _take_owed(stays: Draft, gone: Ticket) -> None:
    """What is still owed, promised and asked for goes on under the same due time."""
    for owed in gone.obligations:
        if owed.is_owed:
            _take_obligation(stays, gone, owed)
    for made in gone.promises:
        if made.state is PromiseState.OPEN:
            _take_pledge(stays, gone, made)
    for asked in gone.requests:
        if asked.is_open:
            _take_request(stays, gone, asked)


def _take_obligation(stays: Draft, gone: Ticket, owed: Obligation) -> None:
    new = changed(owed, number=len(stays.ticket.obligations) + 1)
    due_at = _carry(stays, gone, Metric.OBLIGATION, owed.number, new.number)
    stays.change(obligations=(*stays.ticket.obligations, new))
    stays.record(
        EventKind.OBLIGATION_GIVEN,
        told=(owed.person_id,),
        number=new.number,
        to=stays.desk.roster.name(owed.person_id),
        text=owed.text,
        due_at="" if due_at is None else due_at.isoformat(),
    )


def _take_pledge(stays: Draft, gone: Ticket, made: Promise) -> None:
    new = changed(made, number=len(stays.ticket.promises) + 1, replaces=None)
    _carry(stays, gone, Metric.PROMISE, made.number, new.number)
    stays.change(promises=(*stays.ticket.promises, new))
    stays.record(
        EventKind.PROMISE_MADE,
        told=(made.owner_id,),
        number=new.number,
        owner=stays.desk.roster.name(made.owner_id),
        text=made.text,
        due_at=made.due_at.isoformat(),
    )


def _take_request(stays: Draft, gone: Ticket, asked: EscalationRequest) -> None:
    new = changed(asked, number=len(stays.ticket.requests) + 1)
    _carry(stays, gone, Metric.TRIAGE, asked.number, new.number)
    stays.change(requests=(*stays.ticket.requests, new))
    stays.record(EventKind.ESCALATION_REQUESTED, number=new.number, reason=asked.reason)


def _carry(
    stays: Draft, gone: Ticket, metric: Metric, number: int, new_number: int
) -> datetime | None:
    """Go on with the clock of a part under the part's new number, due when it was, and return
    when. Calendars are those of a process version, so from here on it counts every hour."""
    clock = gone.clock_of(metric, number)
    if clock is None or clock.due_at is None:
        return None
    due_at, started_at = clock.due_at, clock.started_at
    carried = Clock(
        metric=metric,
        cycle=new_number,
        state=ClockState.RUNNING,
        target=due_at - started_at,
        calendar=AROUND_THE_CLOCK.key,
        policy="",
        started_at=started_at,
        running_since=started_at,
        consumed=ZERO,
        stretches=(),
        due_at=due_at,
        breached_at=clock.breached_at,
        noticed_at=clock.noticed_at,
        mark=stays.now - started_at,
    )
    stays.put_clock(carried)
    if carried.is_breached:
        stays.record_breach(carried)
        stays.record(
            EventKind.NO_PATH,
            metric=metric.value,
            why=f"It was late in {gone.reference} already.",
        )
    return due_at


# What becomes of the ticket that ends ---------------------------------------------------------


def _leave(goes: Draft, into: str, by: int, message: NewMessage | None) -> None:
    why = f"It goes on in {into}."
    if message is not None:
        goes.say(message)
        goes.change(last_contact_at=message.at, last_contact_by=message.side)
        goes.record(EventKind.MESSAGE_SENT, by=message.author_name)
    for owed in goes.ticket.obligations:
        if owed.is_owed:
            change_obligation(goes, owed, ObligationState.DROPPED, why)
    for made in goes.ticket.promises:
        if made.state is PromiseState.OPEN:
            change_promise(goes, made, PromiseState.VOID, why)
    goes.change(
        requests=tuple(
            changed(asked, triaged_at=goes.now, triaged_by=by, outcome=why)
            if asked.is_open
            else asked
            for asked in goes.ticket.requests
        )
    )
    stopped = [clock.metric.value for clock in goes.ticket.clocks if not clock.is_over]
    goes.cancel_open_clocks()
    goes.change(status=Status.CLOSED, closed_at=goes.now, close_at=None)
    told = goes.ticket.assignee_id
    goes.record(
        EventKind.TICKET_MERGED,
        told=() if told in (None, by) else (told,),
        into=into,
        stopped=stopped,
    )
    end_escalation(goes, f"merged into {into}")
