"""What the parts of a process are called in texts about it."""

from collections.abc import Mapping

from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.process import ChannelKind, Delivery

METRIC_NAMES: Mapping[Metric, str] = {
    Metric.FIRST_RESPONSE: "first response",
    Metric.NEXT_REPLY: "next reply",
    Metric.NEXT_UPDATE: "next update",
    Metric.RESOLUTION: "resolution",
    Metric.TEAM: "team's stay",
    Metric.TRIAGE: "triage of a request",
    Metric.OBLIGATION: "obligation",
    Metric.PROMISE: "promise",
}
AUDIENCE_NAMES: Mapping[Audience, str] = {
    Audience.ASSIGNEE: "the owner",
    Audience.REQUESTER: "the customer",
    Audience.TEAM: "the team",
    Audience.TEAM_LEAD: "the team lead",
    Audience.CASE_MANAGER: "the manager of the case",
    Audience.MANAGERS: "all managers",
    Audience.EXECUTIVES: "the executives",
    Audience.ADMINS: "the administrators",
    Audience.OBLIGED: "those who owe something to the case",
    Audience.TOLD: "the people concerned",
}
DELIVERY_NAMES: Mapping[Delivery, str] = {
    Delivery.IN_APP: "in the app",
    Delivery.EMAIL: "by e-mail",
}
CHANNEL_KIND_NAMES: Mapping[ChannelKind, str] = {
    ChannelKind.SLACK: "a Slack channel",
    ChannelKind.WEBHOOK: "another system of ours",
}
EVENT_NAMES: Mapping[EventKind, str] = {
    EventKind.TICKET_OPENED: "A ticket is opened",
    EventKind.MESSAGE_RECEIVED: "The customer writes",
    EventKind.MESSAGE_SENT: "We write to the customer",
    EventKind.NOTE_WRITTEN: "An internal note is written",
    EventKind.TICKET_ASSIGNED: "A ticket gets an owner",
    EventKind.STATUS_CHANGED: "A ticket's status changes",
    EventKind.SEVERITY_CHANGED: "A ticket's severity changes",
    EventKind.TICKET_GRADED: "A ticket's nature, impact or urgency changes",
    EventKind.TIER_CHANGED: "A ticket changes tier",
    EventKind.TICKET_RESOLVED: "A ticket is resolved",
    EventKind.SOLUTION_CONFIRMED: "A customer says that what was resolved works",
    EventKind.TICKET_REOPENED: "A ticket is reopened",
    EventKind.RESOLUTION_NOTED: "It is noted how an escalated ticket is solved",
    EventKind.TICKET_CLOSED: "A ticket is closed",
    EventKind.TICKET_MERGED: "A ticket is merged into another one",
    EventKind.MERGE_RECEIVED: "Another ticket is merged into a ticket",
    EventKind.SLA_WARNING: "A promised time runs low",
    EventKind.SLA_BREACHED: "A promise is broken",
    EventKind.TICKET_ESCALATED: "Somebody escalates a ticket",
    EventKind.ESCALATION_STARTED: "An escalation starts",
    EventKind.ESCALATION_JOINED: "Another reason joins an escalation",
    EventKind.ESCALATION_ACKNOWLEDGED: "An escalation is acknowledged",
    EventKind.ESCALATION_ASSIGNED: "A manager takes a case",
    EventKind.ESCALATION_ENDED: "An escalation ends",
    EventKind.PATH_STEP_TAKEN: "A step of a path is taken",
    EventKind.PATH_ENDED: "A path ends by itself",
    EventKind.ABSENCE_CHANGED: "Somebody is away, or back",
    EventKind.NO_PATH: "No path fits a broken promise",
    EventKind.MESSAGE_RETRIED: "A message is tried again by hand",
    EventKind.PLAYBOOK_FOLLOWED: "A playbook is followed",
    EventKind.ESCALATION_REQUESTED: "A customer asks for an escalation",
    EventKind.ESCALATION_TRIAGED: "A customer's request is looked at",
    EventKind.OBLIGATION_GIVEN: "Somebody gets an obligation",
    EventKind.OBLIGATION_CHANGED: "An obligation changes",
    EventKind.PROMISE_MADE: "A promise is made to a customer",
    EventKind.PROMISE_CHANGED: "A promise is kept, broken or renegotiated",
    EventKind.DECISION_RECORDED: "A decision about a case is recorded",
    EventKind.SPONSOR_NAMED: "An executive becomes a case's sponsor",
    EventKind.NUDGED: "Somebody is reminded of what they owe",
    EventKind.PREVENTION_DUE: "What keeps a case from coming back is due soon, or late",
    EventKind.PREVENTION_CHANGED: "What keeps a case from coming back is done, or moved",
    EventKind.CHANNEL_POST: "A path posts to a channel",
    EventKind.DUE_MOVED: "A due time follows its calendar",
    EventKind.CALENDAR_DAY_ADDED: "A day is added to a calendar",
    EventKind.CALENDAR_DAY_REMOVED: "A day is taken out of a calendar",
    EventKind.CLOCK_CONFIRMED: "The new time of an engine's clock is confirmed",
    EventKind.TIMER_REPAIRED: "A timer that was missing or late is set",
    EventKind.TICKET_SPLIT: "A ticket is made of a part of another one",
    EventKind.TICKET_LINKED: "Two tickets are linked",
    EventKind.TICKET_UNLINKED: "Two tickets are linked no more",
    EventKind.TICKET_TAGGED: "A ticket gets or loses a tag",
    EventKind.TICKET_SNOOZED: "Somebody puts a ticket off, or takes it up again",
    EventKind.ACT_UNDONE: "What somebody did to a ticket is undone",
    EventKind.VIEW_CHANGED: "A view of the queue is saved, changed or deleted",
    EventKind.MENTIONED: "Somebody is named in an internal note",
    EventKind.FIELDS_FILLED: "Fields of a ticket are filled in or changed",
    EventKind.CONTACT_LOGGED: "A call, a meeting or a visit is logged",
    EventKind.CONTACT_TAKEN_BACK: "A call, a meeting or a visit is taken back",
    EventKind.ARTICLE_CHANGED: "An article is drafted, changed, published or withdrawn",
}
CHANNEL_NAMES: Mapping[str, str] = {
    "portal": "portal",
    "email": "e-mail",
    "chat": "chat",
    "phone": "phone",
    "crm": "CRM",
    "face_to_face": "face to face",
}
