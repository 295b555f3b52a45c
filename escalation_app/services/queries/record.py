"""The record of a ticket in the words of people who work on it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.events import EventKind
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import process_words
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.views.words import as_sentence

KIND_NAMES: Mapping[str, str] = {
    EscalationKind.FUNCTIONAL: "a skill is missing",
    EscalationKind.HIERARCHICAL: "authority is missing",
    EscalationKind.AUTOMATIC: "by the process",
}
SPOKEN = (
    EventKind.MESSAGE_SENT,
    EventKind.MESSAGE_RECEIVED,
    EventKind.NOTE_WRITTEN,
    EventKind.MENTIONED,
)
"""Events whose message stands in the conversation itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a line: what happened, and the rest of the sentence."""

    title: str
    text: str = ""
    icon: str = "history"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event row with what is needed to put it in words. `names` knows everybody it cites."""

    kind: str
    actor: str
    data: Mapping[str, Any]
    process: Process
    names: Mapping[int, str]

    def says(self, key: str) -> str:
        """A text of the event's data, "" when it has none."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        value = self.data.get(key)
        return value if isinstance(value, int) else 0

    @property
    def told(self) -> str:
        """Who was told, as a list in words."""
        return listed(self.names.get(key, "somebody") for key in told_ids(self.data))

    @property
    def clock(self) -> str:
        metric = self.says("metric")
        return METRIC_NAMES.get(metric, metric or "A clock")


def told_ids(data: Mapping[str, Any]) -> list[int]:
    """The people an event's data names as told."""
    told = data.get("told")
    return [key for key in told if isinstance(key, int)] if isinstance(told, list) else []  # pyright: ignore[reportUnknownVariableType]


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, each once: "A, B and C"."""
    return process_words.listed(dict.fromkeys(names))


def in_words(event: Happening) -> Told:
    """What an event says on a ticket's page; an unknown kind speaks for itself."""
    words = _WORDS.get(event.kind)
    return Told(event.kind.replace("_", " ").capitalize()) if words is None else words(event)


def _opened(event: Happening) -> Told:
    level = event.number("severity")
    known = {severity.level: severity for severity in event.process.severities}
    severity = known.get(level)
    as_what = f"as {severity.key} {severity.name}, " if severity else ""
    return Told("Opened", f"{as_what}by {event.actor}", "inbox")


def _assigned(event: Happening) -> Told:
    to = event.says("assignee")
    if to == event.actor:
        return Told(f"{to} took it", "", "user")
    return Told(f"Assigned to {to}", f"by {event.actor}", "user")


def _status(event: Happening) -> Told:
    name = event.says("status") or event.says("to_status").replace("_", " ")
    waits = event.says("to_status").startswith("waiting")
    return Told(name.capitalize(), f"set by {event.actor}", "pause" if waits else "play")


def _severity(event: Happening) -> Told:
    key = {severity.level: severity.key for severity in event.process.severities}
    before, after = event.number("from_severity"), event.number("to_severity")
    title = f"Severity {key.get(before, before)} to {key.get(after, after)}"
    return Told(title, event.says("why"), "sliders")


def _resolution(event: Happening) -> Told:
    return Told("How it is solved", f"{event.says('noted')}, by {event.actor}", "check")


def _graded(event: Happening) -> Told:
    return Told("Graded anew", f"{event.says('changes')}, by {event.actor}", "sliders")


def _moved(event: Happening) -> Told:
    title = f"Moved to Tier {event.number('to_tier')}, {event.says('team_name')}".rstrip(", ")
    holder = event.says("assignee")
    has_it = f"{holder} has it" if holder else "nobody has it yet"
    return Told(
        title, ": ".join(part for part in (event.says("why").rstrip("."), has_it) if part), "up"
    )


def _by(title: str, icon: str) -> Callable[[Happening], Told]:
    return lambda event: Told(title, f"by {event.actor}", icon)


def _merged(event: Happening) -> Told:
    stopped = event.data.get("stopped")
    clocks = cast("list[object]", stopped) if isinstance(stopped, list) else []
    names = listed(METRIC_NAMES.get(str(each), str(each)).lower() for each in clocks)
    ended = f"; stopped with it: {names}" if names else ""
    return Told(f"Merged into {event.says('into')}", f"by {event.actor}{ended}", "merge")


def _merge_received(event: Happening) -> Told:
    title = f"{event.says('merged')} was merged into this"
    return Told(title, f"by {event.actor}: {event.says('subject')}", "arrow")


def _split(event: Happening) -> Told:
    if into := event.says("into"):
        return Told(f"{into} was split off", f"by {event.actor}: {event.says('subject')}", "out")
    return Told(f"Split off {event.says('source')}", f"by {event.actor}", "out")


def _linked(event: Happening) -> Told:
    title = f"{event.says('says').capitalize()} {event.says('other')}"
    return Told(title, f"said by {event.actor}: {event.says('subject')}", "merge")


def _unlinked(event: Happening) -> Told:
    return Told(f"Link to {event.says('other')} taken away", f"by {event.actor}", "x")


def _warning(event: Happening) -> Told:
    threshold = event.says("threshold") or f"{event.number('share')}%"
    if not threshold.endswith("%"):
        return Told(f"{event.clock} due soon" if "before" in threshold else event.clock, threshold)
    return Told(f"{event.clock} {threshold[:-1]} % used", "", "clock")


def _breached(event: Happening) -> Told:
    return Told(f"{event.clock} missed", "the promised time is over", "over")


def _started(event: Happening) -> Told:
    kind = KIND_NAMES.get(event.says("escalation"), "")
    title = f"Escalated, {kind}" if kind else "Escalated"
    return Told(title, reason_words(event.says("reason")), "up")


def _joined(event: Happening) -> Told:
    kind = KIND_NAMES.get(event.says("escalation"), "")
    return Told(
        "Joined the escalation",
        event.says("reason") or kind or trigger_words(event.says("trigger")),
        "up",
    )


def _ended(event: Happening) -> Told:
    return Told("Escalation ended", event.says("reason"), "check")


def _owned(event: Happening) -> Told:
    return Told(f"{event.says('manager')} owns the case", "", "brief")


def _stepped(event: Happening) -> Told:
    told = event.told
    if event.says("outcome") == "no_recipient":
        text = f"nobody was there to tell, so {told or 'nobody'} was told instead"
    elif event.says("outcome") == "not_fitting":
        text = "passed over: its condition did not hold"
    elif event.says("outcome") == "unanswered":
        text = f"nobody acknowledged it, so {told} told"
    else:
        text = f"{told} told" if told else ""
    stand_ins = event.data.get("stand_ins")
    if isinstance(stand_ins, Mapping):
        pairs = cast("Mapping[str, str]", stand_ins).items()
        text += "".join(f", {who} in place of {away}" for who, away in pairs)
    is_again = event.number("loop") and event.says("outcome") == "done"
    return Told(f"{'Asked again' if is_again else 'Path step'}: {event.says('name')}", text, "up")


def _acknowledged(event: Happening) -> Told:
    missing = event.data.get("missing")
    if isinstance(missing, list) and missing:
        names = listed(str(name) for name in cast("list[object]", missing))
        return Told(
            "Escalation acknowledged in part", f"by {event.actor}; {names} still to", "check"
        )
    return Told("Escalation acknowledged", f"by {event.actor}", "check")


def _path_ended(event: Happening) -> Told:
    return Told(f"Path ended: {event.says('name')}", f"because {event.says('why')}", "check")


def _playbook(event: Happening) -> Told:
    return Told(f"Playbook followed: {event.says('name')}", "", "book")


def _requested(event: Happening) -> Told:
    return Told("The customer asked for an escalation", event.says("reason"), "up")


def _triaged(event: Happening) -> Told:
    return Told("Request looked at", f"by {event.says('by')}: {event.says('outcome')}", "check")


def _obliged(event: Happening) -> Told:
    away = event.says("instead_of")
    place = f", who stands in for {away}" if away else ""
    return Told(f"Asked of {event.says('to')}{place}", event.says("text"), "user")


_OWED = {
    ObligationState.ACCEPTED: "{} accepted it",
    ObligationState.BLOCKED: "{} is blocked",
    ObligationState.DONE: "{} has done it",
    ObligationState.RELEASED: "{} is released from it",
    ObligationState.DROPPED: "{} owes it no more",
}


def _owed(event: Happening) -> Told:
    state, who, reason = event.says("state"), event.says("to"), event.says("reason")
    title = _OWED[ObligationState(state)].format(who) if state in _OWED else f"{who}: {state}"
    is_done = state == ObligationState.DONE
    text = event.says("text")
    if reason:
        text = f"{text} {reason[:1].upper()}{reason[1:]}."
    return Told(title, text, "check" if is_done else "user")


def _promised(event: Happening) -> Told:
    return Told(f"Promised by {event.says('owner')}", event.says("text"), "pledge")


def _promise(event: Happening) -> Told:
    state = event.says("state")
    is_broken = state == PromiseState.BROKEN
    title = "Promise no longer due" if state == PromiseState.VOID else f"Promise {state}"
    return Told(title, event.says("text"), "over" if is_broken else "pledge")


def _decision(event: Happening) -> Told:
    why = event.says("why")
    said = f"{as_sentence(event.says('text'))} {why}".strip()
    return Told(f"Decided by {event.says('decided_by')}", said, "scale")


def _sponsor(event: Happening) -> Told:
    return Told(f"{event.says('sponsor')} sponsors the case", f"named by {event.actor}", "brief")


def _nudged(event: Happening) -> Told:
    what = event.says("text") or "to acknowledge the escalation"
    return Told(f"{event.says('to')} reminded by {event.actor}", what, "bell")


def _prevention_due(event: Happening) -> Told:
    when = "late with" if event.says("state") == "late" else "reminded of"
    return Told(f"{event.says('to')} is {when} the prevention", event.says("text"), "bell")


def _prevention(event: Happening) -> Told:
    text, reason = event.says("text"), event.says("reason")
    said = f"{text}: {reason}" if reason else text
    match event.says("state"):
        case "done":
            return Told(f"The prevention is done, says {event.actor}", said, "check")
        case "moved":
            return Told(f"The prevention was moved by {event.actor}", said, "clock")
        case _:
            return Told(f"The prevention is to be done again, says {event.actor}", said, "history")


def _article(event: Happening) -> Told:
    return Told(
        f"An article was {event.says('what')} by {event.actor}", event.says("title"), "book"
    )


def _posted(event: Happening) -> Told:
    return Told(f"Posted to {event.says('channel')}", event.says("says"), "send")


def _absence(event: Happening) -> Told:
    return Told(f"{event.says('person')} is away", f"set by {event.actor}", "user")


def _no_path(event: Happening) -> Told:
    return Told(
        "No escalation path", f"the process has none for this {event.clock.lower()}", "info"
    )


def _retried(event: Happening) -> Told:
    return Told("A message is tried again", f"by {event.actor}", "mail")


def _due_moved(event: Happening) -> Told:
    at = event.says("due_at")
    moved = "is due at another time" if at else "has another time left"
    return Told(f"{event.clock} {moved}", event.says("why"), "clock")


def _day(title: str) -> Callable[[Happening], Told]:
    return lambda event: Told(title, f"{event.says('on')} {event.says('name')}, by {event.actor}")


def _repaired(event: Happening) -> Told:
    was = "it was too late" if event.says("was") else "it was missing"
    return Told("The auditor set a timer", was, "pulse")


def _clock_confirmed(event: Happening) -> Told:
    return Told("The new time of an engine was confirmed", f"by {event.actor}", "clock")


def _tagged(event: Happening) -> Told:
    added, removed = event.says("added"), event.says("removed")
    words = [f"Tagged {added}"] if added else []
    words += [f"{'tag' if added else 'Tag'} {removed} taken off"] if removed else []
    return Told(", ".join(words), f"by {event.actor}", "star")


def _snoozed(event: Happening) -> Told:
    if event.says("ended"):
        return Told("Taken up again", f"by {event.actor}, in their own queue", "play")
    until = "until an instant" if event.says("until_at") else "until the customer answers"
    return Told("Put off", f"by {event.actor}, in their own queue, {until}", "pause")


def _filled(event: Happening) -> Told:
    changes: list[Mapping[str, str]] = event.data["changes"]
    said = [_field_change(one) for one in changes]
    return Told("Fields changed", f"{'; '.join(said)}, by {event.actor}", "sliders")


def _field_change(change: Mapping[str, str]) -> str:
    was, now = change["from"], change["to"]
    if not now:
        return f"{change['label']} emptied, was {was}"
    return f"{change['label']}: {was} to {now}" if was else f"{change['label']}: {now}"


_CONTACTS = {"call": "Call", "meeting": "Meeting", "face_to_face": "Visit"}


def _contacted(event: Happening) -> Told:
    kind = _CONTACTS.get(event.says("contact"), "Contact")
    reached = "" if event.data.get("reached") else ", the customer was not reached"
    seen = ", the customer reads it" if event.data.get("is_public") else ""
    said = f"{event.number('minutes')} min{reached}: {event.says('outcome')}"
    return Told(f"{kind} with {event.says('with_whom')}", f"{said} ({event.actor}{seen})", "phone")


def _contact_gone(event: Happening) -> Told:
    kind = _CONTACTS.get(event.says("contact"), "Contact")
    why = event.says("why")
    text = f"by {event.actor}{f': {why}' if why else ''}"
    return Told(f"{kind} with {event.says('with_whom')} taken back", text, "history")


def _undone(event: Happening) -> Told:
    return Told(f"Undone: {event.says('what')}", f"by {event.actor}", "history")


def _view(event: Happening) -> Told:
    return Told(f"View {event.says('name')} {event.says('what')}", f"by {event.actor}", "list")


def trigger_words(trigger: str) -> str:
    """What started a path: "resolution 75%" becomes "75 % of the resolution time was used"."""
    metric, _, share = trigger.partition(" ")
    name = METRIC_NAMES.get(metric)
    if name is None or not share:
        return trigger
    time = _TIMES.get(metric, f"the {name.lower()} time")
    if not share.endswith("%"):
        return f"it was {share} {time} was over"
    if share == "100%":
        return f"{time} was over"
    return f"{share.removesuffix('%')} % of {time} was used"


def reason_words(reason: str) -> str:
    """Why a case began; what an engine gave as its reason ends in what started its path."""
    path, _, trigger = reason.removesuffix(" used").rpartition(": ")
    words = trigger_words(trigger)
    return reason if not path or words == trigger else f"{path}: {words}"


_TIMES: Mapping[str, str] = {
    Metric.TEAM: "the time of one team",
    Metric.TRIAGE: "the time to look at a request",
    Metric.OBLIGATION: "the time for an obligation",
    Metric.PROMISE: "the time of a promise",
}


_WORDS: Mapping[str, Callable[[Happening], Told]] = MappingProxyType(
    {
        EventKind.TICKET_OPENED: _opened,
        EventKind.MESSAGE_RECEIVED: _by("Message received", "mail"),
        EventKind.MESSAGE_SENT: _by("Message sent", "send"),
        EventKind.NOTE_WRITTEN: _by("Note written", "lock"),
        EventKind.TICKET_ASSIGNED: _assigned,
        EventKind.STATUS_CHANGED: _status,
        EventKind.SEVERITY_CHANGED: _severity,
        EventKind.TICKET_GRADED: _graded,
        EventKind.TIER_CHANGED: _moved,
        EventKind.TICKET_ESCALATED: _moved,
        EventKind.TICKET_RESOLVED: _by("Resolved", "check"),
        EventKind.SOLUTION_CONFIRMED: _by("The customer says it works", "check"),
        EventKind.TICKET_REOPENED: _by("Reopened", "play"),
        EventKind.TICKET_CLOSED: _by("Closed", "lock"),
        EventKind.TICKET_MERGED: _merged,
        EventKind.MERGE_RECEIVED: _merge_received,
        EventKind.RESOLUTION_NOTED: _resolution,
        EventKind.SLA_WARNING: _warning,
        EventKind.SLA_BREACHED: _breached,
        EventKind.ESCALATION_STARTED: _started,
        EventKind.ESCALATION_JOINED: _joined,
        EventKind.ESCALATION_ACKNOWLEDGED: _acknowledged,
        EventKind.ESCALATION_ASSIGNED: _owned,
        EventKind.ESCALATION_ENDED: _ended,
        EventKind.PATH_STEP_TAKEN: _stepped,
        EventKind.PATH_ENDED: _path_ended,
        EventKind.NO_PATH: _no_path,
        EventKind.ABSENCE_CHANGED: _absence,
        EventKind.MESSAGE_RETRIED: _retried,
        EventKind.PLAYBOOK_FOLLOWED: _playbook,
        EventKind.ESCALATION_REQUESTED: _requested,
        EventKind.ESCALATION_TRIAGED: _triaged,
        EventKind.OBLIGATION_GIVEN: _obliged,
        EventKind.OBLIGATION_CHANGED: _owed,
        EventKind.PROMISE_MADE: _promised,
        EventKind.PROMISE_CHANGED: _promise,
        EventKind.DECISION_RECORDED: _decision,
        EventKind.SPONSOR_NAMED: _sponsor,
        EventKind.NUDGED: _nudged,
        EventKind.PREVENTION_DUE: _prevention_due,
        EventKind.PREVENTION_CHANGED: _prevention,
        EventKind.CHANNEL_POST: _posted,
        EventKind.DUE_MOVED: _due_moved,
        EventKind.CALENDAR_DAY_ADDED: _day("A day of a calendar was added"),
        EventKind.CALENDAR_DAY_REMOVED: _day("A day of a calendar was removed"),
        EventKind.CLOCK_CONFIRMED: _clock_confirmed,
        EventKind.TIMER_REPAIRED: _repaired,
        EventKind.TICKET_SPLIT: _split,
        EventKind.TICKET_LINKED: _linked,
        EventKind.TICKET_UNLINKED: _unlinked,
        EventKind.TICKET_TAGGED: _tagged,
        EventKind.TICKET_SNOOZED: _snoozed,
        EventKind.ACT_UNDONE: _undone,
        EventKind.VIEW_CHANGED: _view,
        EventKind.FIELDS_FILLED: _filled,
        EventKind.CONTACT_LOGGED: _contacted,
        EventKind.CONTACT_TAKEN_BACK: _contact_gone,
        EventKind.ARTICLE_CHANGED: _article,
    }
)
