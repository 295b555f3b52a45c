"""What customers are told of each kind of event, in plain words made for them: never a reason, a
note or a name of somebody else."""

from collections.abc import Callable, Mapping

from escalation_app.domain.events import EventKind
from escalation_app.notifications.words import (
    Data,
    Words,
    part,
)


def _customer_opened(data: Data) -> Words:
    return "We have your ticket", "We have received your ticket and will answer it."


def _customer_received(data: Data) -> Words:
    return "We have your message", "We have received your message."


def _customer_sent(data: Data) -> Words:
    return "We have answered you", "There is a new answer to your ticket."


def _customer_assigned(data: Data) -> Words:
    return "Somebody is looking at it", "One of our people has taken up your ticket."


def _customer_status(data: Data) -> Words:
    status = part(data, "status")
    return f"Your ticket is {status}" if status else "Your ticket goes on", ""


def _customer_resolved(data: Data) -> Words:
    return (
        "Your ticket is solved",
        "We believe your ticket is solved. If it is not, answer, and we take it up again.",
    )


def _customer_confirmed(data: Data) -> Words:
    return "It works, you say", "Somebody of yours says that it works, and your ticket is closed."


def _customer_reopened(data: Data) -> Words:
    return "We are looking at it again", "Your ticket was taken up again."


def _customer_closed(data: Data) -> Words:
    return "Your ticket is closed", "Your ticket is closed. Open a new one if you need more."


def _customer_merged(data: Data) -> Words:
    into = part(data, "into", "your other ticket")
    return f"It goes on in {into}", f"We look after this together with {into}. Answer there."


def _customer_merge_received(data: Data) -> Words:
    merged = part(data, "merged", "another ticket")
    return f"We joined {merged} with it", f"We look after {merged} together with this ticket."


def _customer_split(data: Data) -> Words:
    if into := part(data, "into"):
        return f"A part of it goes on in {into}", f"We look after that part in {into}."
    source = part(data, "source", "another ticket")
    return "It has a ticket of its own", f"It was a part of {source}. We look after both."


def _customer_escalated(data: Data) -> Words:
    return "Your ticket was moved up", "More experienced people are looking at your ticket now."


def _customer_manager(data: Data) -> Words:
    return "A manager looks after your ticket", "A manager looks after your ticket personally."


def _customer_late(data: Data) -> Words:
    return "We are late", "We have not kept the time we promised you, and we are working on it."


def customer_news(data: Data) -> Words:
    """What is said of a kind that has no words of its own."""
    return "News about your ticket", "There is news about your ticket."


CUSTOMER: Mapping[str, Callable[[Data], Words]] = {
    EventKind.TICKET_OPENED: _customer_opened,
    EventKind.MESSAGE_RECEIVED: _customer_received,
    EventKind.MESSAGE_SENT: _customer_sent,
    EventKind.NOTE_WRITTEN: customer_news,
    EventKind.TICKET_ASSIGNED: _customer_assigned,
    EventKind.STATUS_CHANGED: _customer_status,
    EventKind.SEVERITY_CHANGED: customer_news,
    EventKind.TICKET_GRADED: customer_news,
    EventKind.TIER_CHANGED: customer_news,
    EventKind.TICKET_RESOLVED: _customer_resolved,
    EventKind.SOLUTION_CONFIRMED: _customer_confirmed,
    EventKind.TICKET_REOPENED: _customer_reopened,
    EventKind.TICKET_CLOSED: _customer_closed,
    EventKind.TICKET_MERGED: _customer_merged,
    EventKind.MERGE_RECEIVED: _customer_merge_received,
    EventKind.RESOLUTION_NOTED: customer_news,
    EventKind.SLA_WARNING: customer_news,
    EventKind.SLA_BREACHED: _customer_late,
    EventKind.TICKET_ESCALATED: _customer_escalated,
    EventKind.ESCALATION_STARTED: _customer_escalated,
    EventKind.ESCALATION_JOINED: customer_news,
    EventKind.ESCALATION_ACKNOWLEDGED: customer_news,
    EventKind.ESCALATION_ASSIGNED: _customer_manager,
    EventKind.ESCALATION_ENDED: customer_news,
    EventKind.PATH_STEP_TAKEN: _customer_escalated,
    EventKind.PATH_ENDED: customer_news,
    EventKind.NO_PATH: customer_news,
    EventKind.ABSENCE_CHANGED: customer_news,
    EventKind.MESSAGE_RETRIED: customer_news,
    EventKind.PLAYBOOK_FOLLOWED: customer_news,
    EventKind.ESCALATION_REQUESTED: customer_news,
    EventKind.ESCALATION_TRIAGED: customer_news,
    EventKind.OBLIGATION_GIVEN: customer_news,
    EventKind.OBLIGATION_CHANGED: customer_news,
    EventKind.PROMISE_MADE: customer_news,
    EventKind.PROMISE_CHANGED: customer_news,
    EventKind.DECISION_RECORDED: customer_news,
    EventKind.SPONSOR_NAMED: customer_news,
    EventKind.NUDGED: customer_news,
    EventKind.PREVENTION_DUE: customer_news,
    EventKind.PREVENTION_CHANGED: customer_news,
    EventKind.CHANNEL_POST: customer_news,
    EventKind.DUE_MOVED: customer_news,
    EventKind.CALENDAR_DAY_ADDED: customer_news,
    EventKind.CALENDAR_DAY_REMOVED: customer_news,
    EventKind.CLOCK_CONFIRMED: customer_news,
    EventKind.TIMER_REPAIRED: customer_news,
    EventKind.TICKET_SPLIT: _customer_split,
    EventKind.TICKET_LINKED: customer_news,
    EventKind.TICKET_UNLINKED: customer_news,
    EventKind.TICKET_TAGGED: customer_news,
    EventKind.TICKET_SNOOZED: customer_news,
    EventKind.ACT_UNDONE: customer_news,
    EventKind.VIEW_CHANGED: customer_news,
    EventKind.MENTIONED: customer_news,
    EventKind.FIELDS_FILLED: customer_news,
    EventKind.CONTACT_LOGGED: customer_news,
    EventKind.CONTACT_TAKEN_BACK: customer_news,
    EventKind.ARTICLE_CHANGED: customer_news,
}


PUBLIC_DATA: Mapping[str, tuple[str, ...]] = {EventKind.STATUS_CHANGED: ("status",)}
