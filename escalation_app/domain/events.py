"""What can happen to a ticket: the words of the record, the notices and the boards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    TICKET_OPENED = "ticket_opened"
    MESSAGE_RECEIVED = "message_received"
    MESSAGE_SENT = "message_sent"
    NOTE_WRITTEN = "note_written"
    TICKET_ASSIGNED = "ticket_assigned"
    STATUS_CHANGED = "status_changed"
    SEVERITY_CHANGED = "severity_changed"
    TICKET_GRADED = "ticket_graded"
    TIER_CHANGED = "tier_changed"
    TICKET_RESOLVED = "ticket_resolved"
    SOLUTION_CONFIRMED = "solution_confirmed"
    TICKET_REOPENED = "ticket_reopened"
    TICKET_CLOSED = "ticket_closed"
    TICKET_MERGED = "ticket_merged"
    MERGE_RECEIVED = "merge_received"
    TICKET_SPLIT = "ticket_split"
    TICKET_LINKED = "ticket_linked"
    TICKET_UNLINKED = "ticket_unlinked"
    RESOLUTION_NOTED = "resolution_noted"
    SLA_WARNING = "sla_warning"
    SLA_BREACHED = "sla_breached"
    TICKET_ESCALATED = "ticket_escalated"
    ESCALATION_STARTED = "escalation_started"
    ESCALATION_JOINED = "escalation_joined"
    ESCALATION_ACKNOWLEDGED = "escalation_acknowledged"
    ESCALATION_ASSIGNED = "escalation_assigned"
    ESCALATION_ENDED = "escalation_ended"
    PATH_STEP_TAKEN = "path_step_taken"
    PATH_ENDED = "path_ended"
    NO_PATH = "no_path"
    ABSENCE_CHANGED = "absence_changed"
    MESSAGE_RETRIED = "message_retried"
    PLAYBOOK_FOLLOWED = "playbook_followed"
    ESCALATION_REQUESTED = "escalation_requested"
    ESCALATION_TRIAGED = "escalation_triaged"
    OBLIGATION_GIVEN = "obligation_given"
    OBLIGATION_CHANGED = "obligation_changed"
    PROMISE_MADE = "promise_made"
    PROMISE_CHANGED = "promise_changed"
    DECISION_RECORDED = "decision_recorded"
    SPONSOR_NAMED = "sponsor_named"
    NUDGED = "nudged"
    CHANNEL_POST = "channel_post"
    DUE_MOVED = "due_moved"
    CALENDAR_DAY_ADDED = "calendar_day_added"
    CALENDAR_DAY_REMOVED = "calendar_day_removed"
    CLOCK_CONFIRMED = "clock_confirmed"
    TIMER_REPAIRED = "timer_repaired"
    TICKET_TAGGED = "ticket_tagged"
    TICKET_SNOOZED = "ticket_snoozed"
    ACT_UNDONE = "act_undone"
    VIEW_CHANGED = "view_changed"
    MENTIONED = "mentioned"
    FIELDS_FILLED = "fields_filled"
    CONTACT_LOGGED = "contact_logged"
    CONTACT_TAKEN_BACK = "contact_taken_back"
    PREVENTION_DUE = "prevention_due"
    PREVENTION_CHANGED = "prevention_changed"
    ARTICLE_CHANGED = "article_changed"


PUBLIC_EVENTS = frozenset(
    {
        EventKind.TICKET_OPENED,
        EventKind.MESSAGE_RECEIVED,
        EventKind.MESSAGE_SENT,
        EventKind.TICKET_ASSIGNED,
        EventKind.STATUS_CHANGED,
        EventKind.TICKET_RESOLVED,
        EventKind.SOLUTION_CONFIRMED,
        EventKind.TICKET_REOPENED,
        EventKind.TICKET_CLOSED,
        EventKind.TICKET_MERGED,
        EventKind.MERGE_RECEIVED,
        EventKind.TICKET_SPLIT,
        EventKind.TICKET_ESCALATED,
        EventKind.ESCALATION_ASSIGNED,
    }
)
"""What a customer may be shown, always in plain words and without its internal data."""
NEVER_TOLD = frozenset(
    {
        EventKind.MESSAGE_RETRIED,
        EventKind.ABSENCE_CHANGED,
        EventKind.CALENDAR_DAY_ADDED,
        EventKind.CALENDAR_DAY_REMOVED,
        EventKind.CLOCK_CONFIRMED,
        EventKind.TICKET_TAGGED,
        EventKind.TICKET_LINKED,
        EventKind.TICKET_UNLINKED,
        EventKind.TICKET_SNOOZED,
        EventKind.ACT_UNDONE,
        EventKind.VIEW_CHANGED,
        EventKind.FIELDS_FILLED,
        EventKind.ARTICLE_CHANGED,
    }
)
"""What is only put on record: a message about a message would go on for ever, who is away is seen
where it matters, neither a calendar nor an engine is a ticket whose people could be told, and what
somebody does for the sake of their own order concerns nobody else."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at `at` (UTC), with plain JSON values in `data`.

    `told` names people the event itself addresses. `is_late` marks what was noticed too long
    after it was due: people get it as part of one digest.
    """

    kind: EventKind
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict[str, object])
    told: tuple[int, ...] = ()
    is_late: bool = False
