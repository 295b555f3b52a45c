"""What a person wants to be told of, and when: within what the process forces."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from escalation_app.domain.events import EventKind
from escalation_app.domain.process import Delivery
from escalation_app.domain.quiet import QuietHours, QuietRule


class NoticeGroup(StrEnum):
    """What people turn off together."""

    TICKETS = "tickets"
    CONVERSATION = "conversation"
    HANDLING = "handling"
    PROMISES = "promises"
    ESCALATIONS = "escalations"
    COMMITMENTS = "commitments"


GROUP_OF: Mapping[EventKind, NoticeGroup] = MappingProxyType(
    {
        EventKind.TICKET_OPENED: NoticeGroup.TICKETS,
        EventKind.TICKET_RESOLVED: NoticeGroup.TICKETS,
        EventKind.SOLUTION_CONFIRMED: NoticeGroup.TICKETS,
        EventKind.TICKET_REOPENED: NoticeGroup.TICKETS,
        EventKind.TICKET_CLOSED: NoticeGroup.TICKETS,
        EventKind.TICKET_MERGED: NoticeGroup.TICKETS,
        EventKind.MERGE_RECEIVED: NoticeGroup.TICKETS,
        EventKind.TICKET_SPLIT: NoticeGroup.TICKETS,
        EventKind.RESOLUTION_NOTED: NoticeGroup.ESCALATIONS,
        EventKind.MESSAGE_RECEIVED: NoticeGroup.CONVERSATION,
        EventKind.MESSAGE_SENT: NoticeGroup.CONVERSATION,
        EventKind.NOTE_WRITTEN: NoticeGroup.CONVERSATION,
        EventKind.MENTIONED: NoticeGroup.CONVERSATION,
        EventKind.CONTACT_LOGGED: NoticeGroup.CONVERSATION,
        EventKind.CONTACT_TAKEN_BACK: NoticeGroup.CONVERSATION,
        EventKind.TICKET_ASSIGNED: NoticeGroup.HANDLING,
        EventKind.STATUS_CHANGED: NoticeGroup.HANDLING,
        EventKind.SEVERITY_CHANGED: NoticeGroup.HANDLING,
        EventKind.TICKET_GRADED: NoticeGroup.HANDLING,
        EventKind.TIER_CHANGED: NoticeGroup.HANDLING,
        EventKind.SLA_WARNING: NoticeGroup.PROMISES,
        EventKind.SLA_BREACHED: NoticeGroup.PROMISES,
        EventKind.DUE_MOVED: NoticeGroup.PROMISES,
        EventKind.NO_PATH: NoticeGroup.PROMISES,
        EventKind.TIMER_REPAIRED: NoticeGroup.PROMISES,
        EventKind.TICKET_ESCALATED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_STARTED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_JOINED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_ACKNOWLEDGED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_ASSIGNED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_ENDED: NoticeGroup.ESCALATIONS,
        EventKind.PATH_STEP_TAKEN: NoticeGroup.ESCALATIONS,
        EventKind.PATH_ENDED: NoticeGroup.ESCALATIONS,
        EventKind.PLAYBOOK_FOLLOWED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_REQUESTED: NoticeGroup.ESCALATIONS,
        EventKind.ESCALATION_TRIAGED: NoticeGroup.ESCALATIONS,
        EventKind.CHANNEL_POST: NoticeGroup.ESCALATIONS,
        EventKind.OBLIGATION_GIVEN: NoticeGroup.COMMITMENTS,
        EventKind.OBLIGATION_CHANGED: NoticeGroup.COMMITMENTS,
        EventKind.PROMISE_MADE: NoticeGroup.COMMITMENTS,
        EventKind.PROMISE_CHANGED: NoticeGroup.COMMITMENTS,
        EventKind.NUDGED: NoticeGroup.COMMITMENTS,
        EventKind.PREVENTION_DUE: NoticeGroup.COMMITMENTS,
        EventKind.PREVENTION_CHANGED: NoticeGroup.COMMITMENTS,
        EventKind.DECISION_RECORDED: NoticeGroup.ESCALATIONS,
        EventKind.SPONSOR_NAMED: NoticeGroup.ESCALATIONS,
    }
)


class Pace(StrEnum):
    """How a person gets e-mail."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    OFF = "off"


class QuietChoice(StrEnum):
    """Whose quiet hours count."""

    PROCESS = "process"
    """Those that the process gives people of ours; a customer has none."""
    OWN = "own"
    NONE = "none"


A_NIGHT = QuietHours(timedelta(hours=22), timedelta(hours=7))
"""Own quiet hours before they are changed."""


@dataclass(frozen=True, slots=True)
class NoticePreference:
    """What one person has set."""

    muted_in_app: frozenset[NoticeGroup] = frozenset()
    muted_email: frozenset[NoticeGroup] = frozenset()
    pace: Pace = Pace.AT_ONCE
    quiet: QuietChoice = QuietChoice.PROCESS
    own: QuietHours = A_NIGHT

    def muted(self, way: Delivery) -> frozenset[NoticeGroup]:
        return self.muted_in_app if way is Delivery.IN_APP else self.muted_email

    def muted_kinds(self, way: Delivery) -> frozenset[str]:
        """The kinds of event that are turned off by a way."""
        return frozenset(kind for kind, group in GROUP_OF.items() if group in self.muted(way))


NOTHING_SET = NoticePreference()

NO_EMAIL = "This person has turned e-mail off."
MUTED = "This person has turned off notices of this kind."
IN_QUIET_HOURS = "It is quiet for this person; it comes with all else when that ends."
HOURLY = "This person gets e-mail once an hour."


def why_silent(preference: NoticePreference, way: Delivery, kind: str) -> str:
    """Why a person is not told of an event of this kind by a way, as a sentence; empty when they
    are. What is forced is never asked about."""
    if way is Delivery.EMAIL and preference.pace is Pace.OFF:
        return NO_EMAIL
    return MUTED if kind in preference.muted_kinds(way) else ""


def quiet_hours_of(
    preference: NoticePreference, rule: QuietRule | None, *, is_staff: bool
) -> QuietHours | None:
    """The quiet hours that count for a person; None when there are none."""
    if preference.quiet is QuietChoice.OWN:
        return preference.own
    if rule is None or not is_staff or preference.quiet is QuietChoice.NONE:
        return None
    return rule.hours


def next_hour(now: datetime) -> datetime:
    """When mail that is collected by the hour goes out next."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
