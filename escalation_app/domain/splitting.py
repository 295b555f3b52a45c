"""Splitting: a ticket is about two things, and one of them becomes a ticket of its own."""

from collections.abc import Sequence
from datetime import datetime

from escalation_app.domain import lifecycle
from escalation_app.domain.clocks import start_clock, take_over
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.process import TARGET_METRICS
from escalation_app.domain.tickets import Decision, NewMessage, Ticket, words
from escalation_app.domain.values import changed


def counts_from(asked_at: datetime, answered_at: datetime | None, now: datetime) -> datetime:
    """From when the clocks of what is split off count: from when the customer asked for it, since
    they have waited from then on; from now, if a person of ours has answered in between."""
    return asked_at if answered_at is None or answered_at < asked_at else now


def split_off(
    ticket: Ticket, desk: Desk, *, subject: str, taken: Sequence[NewMessage], since: datetime
) -> Decision:
    """A new ticket of the same requester's with the messages `taken`, oldest first, with the same
    team and graded as the ticket is; its clocks count from `since`. One that was due by now is due
    at once.

    Raises Invalid for a ticket that is not open, or when no message is taken.
    """
    if not ticket.is_open:
        raise Invalid(f"{ticket.reference} is {words(ticket.status)}. Only an open one is split.")
    if not taken:
        raise Invalid("Choose what the new ticket is about: at least one message.")
    opened = lifecycle.open_ticket(
        desk,
        process_version=ticket.process_version,
        subject=subject,
        organisation_id=ticket.organisation_id,
        requester_id=ticket.requester_id,
        plan=ticket.plan,
        impact=ticket.impact,
        urgency=ticket.urgency,
        first_message=None,
        category=ticket.category,
        severity=ticket.severity,
        place=(ticket.tier, ticket.team),
    )
    process = desk.process_of(ticket.process_version)
    after = opened.after
    for clock in after.clocks:
        if clock.metric in TARGET_METRICS:
            calendar = process.calendar(clock.calendar)
            waited = start_clock(clock.metric, clock.target, calendar, clock.policy, since)
            after = after.with_clock(take_over(clock, waited, calendar, calendar, desk.now))
    told = Event(EventKind.TICKET_SPLIT, desk.now, {"source": ticket.reference})
    after = changed(after, last_contact_at=taken[-1].at)
    return Decision(None, after, (*opened.events, told), tuple(taken))


def record_split(
    ticket: Ticket, desk: Desk, *, into: str, subject: str, message: NewMessage | None = None
) -> Decision:
    """Put on the record of the ticket what was taken out of it; its own clocks go on. `message` is
    what the customer reads about it: no answer, it meets no clock."""
    draft = begin(ticket, desk)
    draft.record(EventKind.TICKET_SPLIT, into=into, subject=subject)
    if message is not None:
        draft.say(message)
        draft.change(last_contact_at=message.at, last_contact_by=message.side)
        draft.record(EventKind.MESSAGE_SENT, by=message.author_name)
    return draft.decision()
