"""The life of a ticket: opened, answered, taken, kept waiting, resolved, reopened."""

from datetime import datetime

from escalation_app.domain.clock_reopening import grant_on_reopening, reopen_clock
from escalation_app.domain.clocks import ClockState, Metric, pause_clock, resume_clock
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin, close
from escalation_app.domain.moves import end_escalation, restart_clock, restart_stay
from escalation_app.domain.obligations import do_calls, void_promises
from escalation_app.domain.path_spec import StopWhen
from escalation_app.domain.paths import note_activity, stop_run
from escalation_app.domain.tickets import (
    OPEN_STATUSES,
    WAITING_STATUSES,
    Decision,
    NewMessage,
    Side,
    Status,
    Ticket,
    require_transition,
    words,
)

_PAUSING = (Metric.RESOLUTION, Metric.NEXT_UPDATE, Metric.TEAM)
_CLOSED = "This ticket is closed. Open a new one, and name this one in it."
_CLOSED_ALREADY = "This ticket is closed already, so there is nothing left to say of it."


def open_ticket(
    desk: Desk,
    *,
    process_version: int,
    subject: str,
    organisation_id: int,
    requester_id: int,
    plan: str,
    impact: str,
    urgency: str,
    first_message: NewMessage | None,
    category: str = "",
    severity: int | None = None,
    place: tuple[int, str] | None = None,
) -> Decision:
    """A new ticket with its clocks running: on the first tier unless another `place`, a tier's
    level and a team of it, is named; of the severity that its impact and urgency give unless
    another is named. Its id and reference are given when it is written. Raises Invalid for an
    impact or urgency the process does not know."""
    process = desk.process_of(process_version)
    try:
        by_matrix = process.severity_for(impact, urgency)
    except KeyError:
        raise Invalid("Choose an impact and an urgency from the lists.") from None
    severity = by_matrix if severity is None else severity
    first = min(process.tiers, key=lambda tier: tier.level)
    level, team = (first.level, first.team) if place is None else place
    ticket = Ticket(
        id=0,
        reference="",
        subject=subject,
        organisation_id=organisation_id,
        requester_id=requester_id,
        plan=plan,
        impact=impact,
        urgency=urgency,
        severity=severity,
        status=Status.NEW,
        tier=level,
        team=team,
        assignee_id=None,
        process_version=process_version,
        created_at=desk.now,
        updated_at=desk.now,
        last_contact_at=desk.now,
        last_contact_by=Side.THEM,
        category=category,
    )
    draft = Draft(ticket, desk, is_new=True)
    draft.start_clocks()
    draft.record(EventKind.TICKET_OPENED, subject=subject, severity=severity)
    if first_message is not None:
        draft.say(first_message)
    return draft.decision()


def add_message(
    ticket: Ticket, desk: Desk, message: NewMessage, mentions: tuple[int, ...] = ()
) -> Decision:
    """A public message or an internal note joins the conversation; `mentions` are the people whom
    a note names.

    Only a public message by a person of ours meets the first response. One by the customer
    ends a wait for them, and reopens a resolved ticket. Raises Invalid on a closed ticket.
    """
    draft = begin(ticket, desk)
    if draft.ticket.status is Status.CLOSED:
        raise Invalid(_CLOSED)
    draft.say(message)
    if not message.is_public:
        draft.record(EventKind.NOTE_WRITTEN, by=message.author_name)
        if mentions:
            draft.record(EventKind.MENTIONED, told=mentions, by=message.author_name)
        return draft.decision()
    draft.change(last_contact_at=message.at, last_contact_by=message.side)
    if message.side is Side.US:
        if not message.is_automatic:
            _answered(draft, message.author_id)
        if draft.ticket.status is Status.NEW:
            draft.change(status=Status.OPEN)
        draft.record(EventKind.MESSAGE_SENT, by=message.author_name)
        if not message.is_automatic:
            note_activity(draft)
            stop_run(draft, StopWhen.ANSWERED)
        return draft.decision()
    draft.record(EventKind.MESSAGE_RECEIVED, by=message.author_name)
    if draft.ticket.status is Status.RESOLVED:
        take_up_again(draft)
    elif draft.ticket.status is Status.WAITING_CUSTOMER:
        go_to(draft, Status.OPEN)
    _await_reply(draft)
    return draft.decision()


def _answered(draft: Draft, author_id: int | None) -> None:
    """A person of ours has written to the customer: what they waited for has come, and the time
    to the next update begins anew unless the ticket is resolved."""
    draft.meet(Metric.FIRST_RESPONSE)
    draft.meet(Metric.NEXT_REPLY)
    draft.meet(Metric.NEXT_UPDATE)
    if draft.ticket.is_open:
        restart_clock(draft, Metric.NEXT_UPDATE)
    do_calls(draft, author_id)


def _await_reply(draft: Draft) -> None:
    """The customer has written after our first response: the first message that is not answered
    starts the time to our reply, a second one does not move it."""
    first = draft.ticket.clock(Metric.FIRST_RESPONSE)
    waiting = draft.ticket.clock(Metric.NEXT_REPLY)
    is_answered = first is None or first.is_over
    if is_answered and (waiting is None or waiting.is_over):
        draft.start_clock(Metric.NEXT_REPLY)


def assign(ticket: Ticket, desk: Desk, assignee_id: int, assignee_name: str) -> Decision:
    """Give the ticket to one person of ours; they begin on it. No change if they have it."""
    _require_open(ticket)
    if ticket.assignee_id == assignee_id:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    draft.change(assignee_id=assignee_id)
    draft.record(EventKind.TICKET_ASSIGNED, told=(assignee_id,), assignee=assignee_name)
    if draft.ticket.status is Status.NEW:
        draft.change(status=Status.OPEN)
    note_activity(draft)
    stop_run(draft, StopWhen.ASSIGNED)
    return draft.decision()


def set_status(ticket: Ticket, desk: Desk, status: Status) -> Decision:
    """Wait for somebody, or go on working. Raises Invalid for other changes of status."""
    if status not in (*WAITING_STATUSES, Status.OPEN) or ticket.status is Status.RESOLVED:
        raise Invalid(f"Use resolve or reopen to make a ticket {words(status)}.")
    if ticket.status is status:
        return Decision(ticket, ticket)
    require_transition(ticket.status, status)
    draft = begin(ticket, desk)
    go_to(draft, status)
    if status in WAITING_STATUSES:
        stop_run(draft, StopWhen.WAITING)
    return draft.decision()


def resolve(ticket: Ticket, desk: Desk, message: NewMessage | None = None) -> Decision:
    """The problem is solved: clocks stop, the escalation ends, the ticket closes later by
    itself. A public message to the customer may come with it and counts as a response."""
    require_transition(ticket.status, Status.RESOLVED)
    draft = begin(ticket, desk)
    if message is not None:
        draft.say(message)
        draft.change(last_contact_at=message.at, last_contact_by=message.side)
        draft.record(EventKind.MESSAGE_SENT, by=message.author_name)
        draft.meet(Metric.FIRST_RESPONSE)
        draft.meet(Metric.NEXT_REPLY)
        draft.meet(Metric.NEXT_UPDATE)
        do_calls(draft, message.author_id)
    draft.meet(Metric.RESOLUTION)
    draft.meet(Metric.TEAM)
    void_promises(draft, "the ticket was resolved first")
    draft.cancel_open_clocks()
    draft.change(
        status=Status.RESOLVED,
        resolved_at=desk.now,
        close_at=desk.now + draft.process.close_after,
    )
    draft.record(EventKind.TICKET_RESOLVED)
    end_escalation(draft, "resolved")
    return draft.decision()


def reopen(ticket: Ticket, desk: Desk) -> Decision:
    """Take up a resolved ticket again: a new cycle of its resolution clock."""
    require_transition(ticket.status, Status.OPEN)
    if ticket.status is not Status.RESOLVED:
        raise Invalid("Only a resolved ticket can be reopened.")
    draft = begin(ticket, desk)
    if draft.ticket.status is Status.CLOSED:
        raise Invalid(_CLOSED)
    take_up_by_us(draft)
    return draft.decision()


def confirm(ticket: Ticket, desk: Desk, by: str, told: tuple[int, ...] = ()) -> Decision:
    """The customer says that what was resolved works: it is closed now, as it would have been by
    itself. `told` are people of ours who should know besides those the process names. Raises
    Invalid for a ticket that is not resolved, or whose time to close has come."""
    draft = begin(ticket, desk)
    if draft.ticket.status is Status.CLOSED:
        raise Invalid(_CLOSED_ALREADY)
    if draft.ticket.status is not Status.RESOLVED:
        raise Invalid("It is not solved yet, so nobody can say that it works.")
    draft.record(EventKind.SOLUTION_CONFIRMED, told=told, by=by)
    close(draft)
    return draft.decision()


def close_now(ticket: Ticket, desk: Desk) -> Decision:
    """Close a resolved ticket before its time."""
    require_transition(ticket.status, Status.CLOSED)
    draft = begin(ticket, desk)
    if draft.ticket.status is not Status.CLOSED:
        draft.change(status=Status.CLOSED, closed_at=desk.now, close_at=None)
        draft.record(EventKind.TICKET_CLOSED)
    return draft.decision()


def take_up_by_us(draft: Draft) -> None:
    """As `take_up_again`, by one of us. A customer whom nobody had answered when it was resolved
    without a word waits on, with the time that was left; what was late then stays late."""
    unanswered = [
        clock
        for clock in draft.ticket.clocks
        if clock.metric in (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY)
        and (clock.state, clock.ended_at) == (ClockState.CANCELLED, draft.ticket.resolved_at)
        and not clock.is_breached
    ]
    take_up_again(draft)
    for clock in unanswered:
        calendar = draft.process.calendar(clock.calendar)
        draft.put_clock(reopen_clock(clock, calendar, draft.now, floor_used=True))


def take_up_again(draft: Draft) -> None:
    """Open a resolved ticket again, with a new cycle of its resolution clock."""
    earlier = draft.ticket.clock(Metric.RESOLUTION)
    draft.change(status=Status.OPEN, resolved_at=None, close_at=None)
    if earlier is not None:
        policy = draft.process.policy(earlier.policy)
        share = 0.25 if policy is None else policy.floor_share / 100
        is_full = policy is not None and policy.reopens_in_full
        calendar = draft.process.calendar(earlier.calendar)
        used = draft.ticket.floor_used
        grant = grant_on_reopening(
            earlier, calendar, draft.now, share, floor_used=used, full=is_full
        )
        draft.put_clock(
            reopen_clock(earlier, calendar, draft.now, share, floor_used=used, full=is_full)
        )
        draft.change(floor_used=used or grant.by_floor)
    restart_stay(draft)
    if draft.ticket.clock(Metric.NEXT_UPDATE) is not None:
        restart_clock(draft, Metric.NEXT_UPDATE)
    draft.record(EventKind.TICKET_REOPENED)


def go_to(draft: Draft, status: Status) -> None:
    """Change between working and waiting; the clocks of the resolution, of the next update and of
    the team's stay stand still where their policy says so."""
    before = draft.ticket.status
    for metric in _PAUSING:
        clock = draft.ticket.clock(metric)
        if clock is None or clock.is_over:
            continue
        policy = draft.process.policy(clock.policy)
        calendar = draft.process.calendar(clock.calendar)
        if policy is not None and status in policy.pause_in:
            draft.put_clock(pause_clock(clock, calendar, draft.now, words(status)))
        else:
            draft.put_clock(resume_clock(clock, calendar, draft.now))
    draft.change(status=status)
    draft.record(
        EventKind.STATUS_CHANGED,
        from_status=before.value,
        to_status=status.value,
        status=draft.process.status_name(status.value),
    )


def _require_open(ticket: Ticket) -> None:
    if ticket.status not in OPEN_STATUSES:
        raise Invalid(f"This ticket is {words(ticket.status)}.")


def message_from_us(
    at: datetime, author_id: int, author_name: str, body: str, *, is_public: bool
) -> NewMessage:
    """A message or note written by a person of ours."""
    return NewMessage(at, author_id, author_name, Side.US, is_public, False, body)


def message_from_customer(at: datetime, author_id: int, author_name: str, body: str) -> NewMessage:
    """A message written by the customer; always public."""
    return NewMessage(at, author_id, author_name, Side.THEM, True, False, body)
