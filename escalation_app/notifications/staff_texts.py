"""What people of ours are told of each kind of event: a headline and one or two sentences."""

from collections.abc import Callable, Mapping
from typing import cast

from escalation_app.domain.events import EventKind
from escalation_app.notifications.words import (
    METRICS,
    Data,
    Words,
    instant_words,
    metric_of,
    part,
    reason,
)
from escalation_app.views.words import as_sentence


def _opened(data: Data) -> Words:
    return f"New ticket, severity {part(data, 'severity', '?')}", "A customer needs help."


def _received(data: Data) -> Words:
    return f"{part(data, 'by', 'The customer')} wrote", "There is a new message by the customer."


def _sent(data: Data) -> Words:
    return f"{part(data, 'by', 'Somebody')} answered", "There is a new answer to the customer."


def _note(data: Data) -> Words:
    return f"{part(data, 'by', 'Somebody')} wrote a note", "There is a new internal note."


def _assigned(data: Data) -> Words:
    return f"Now with {part(data, 'assignee', 'somebody else')}", "The ticket has an owner."


def _status(data: Data) -> Words:
    return (
        f"Now {part(data, 'status', 'in another status')}",
        "The status of the ticket changed.",
    )


def _severity(data: Data) -> Words:
    was, now = part(data, "from_severity", "?"), part(data, "to_severity", "?")
    return f"Severity {now}", f"The severity was {was} and is {now} now.{reason(data)}"


def _moved(data: Data) -> Words:
    owner = part(data, "assignee", "nobody yet")
    text = f"It comes from tier {part(data, 'from_tier', '?')} and is with {owner}.{reason(data)}"
    return f"Moved to {part(data, 'team_name', 'another team')}", text


def _resolved(data: Data) -> Words:
    return "Resolved", "The problem is solved."


def _confirmed(data: Data) -> Words:
    who = part(data, "by", "The customer")
    return "The customer says it works", f"{who} has checked it, and the ticket is closed."


def _reopened(data: Data) -> Words:
    return "Reopened", "The problem is back, and a new clock runs."


def _closed(data: Data) -> Words:
    return "Closed", "The ticket is closed for good."


def _merged(data: Data) -> Words:
    into = part(data, "into", "another ticket")
    return f"Merged into {into}", f"This ticket has ended. It goes on in {into}."


def _merge_received(data: Data) -> Words:
    merged = part(data, "merged", "Another ticket")
    return f"{merged} was merged into it", f"What was promised in {merged} counts here now."


def _split(data: Data) -> Words:
    if into := part(data, "into"):
        return f"{into} was split off", f"A part of this ticket goes on in {into}."
    source = part(data, "source", "another ticket")
    return f"Split off {source}", f"It was a part of {source}."


def _linked(data: Data) -> Words:
    return "Linked to another ticket", f"It {part(data, 'says')} {part(data, 'other')}."


def _unlinked(data: Data) -> Words:
    return "A link was taken away", f"It said: {part(data, 'says')} {part(data, 'other')}."


def _warning(data: Data) -> Words:
    threshold = part(data, "threshold", f"{part(data, 'share', '?')}%")
    is_share = threshold.endswith("%")
    title = f"{threshold[:-1]} % of the time is used up" if is_share else f"{threshold} it is due"
    return (
        title,
        f"The {metric_of(data)} is due at {instant_words(data, 'due_at')}.",
    )


def _breached(data: Data) -> Words:
    return (
        "A promise is broken",
        f"The {metric_of(data)} was due at {instant_words(data, 'due_at')}.",
    )


def _started(data: Data) -> Words:
    kind = part(data, "escalation", "new")
    return f"Escalated ({kind})", f"An escalation has started.{reason(data, 'reason')}"


def _joined(data: Data) -> Words:
    why = part(data, "trigger") or part(data, "reason")
    return "One more reason to escalate", f"It joins the escalation under way: {why or 'unknown'}."


def _acknowledged(data: Data) -> Words:
    return f"Seen by {part(data, 'by', 'somebody')}", "The escalation was acknowledged."


def _manager(data: Data) -> Words:
    return (
        f"{part(data, 'manager', 'A manager')} owns the case",
        "An escalated case has a manager.",
    )


def _ended(data: Data) -> Words:
    return "Escalation ended", f"The escalation is over.{reason(data, 'reason')}"


def _step(data: Data) -> Words:
    says = part(data, "says", "A step of the escalation path was taken.")
    if part(data, "outcome") == "no_recipient":
        says += " Nobody the path names could be reached, so it comes to you."
    elif part(data, "outcome") == "unanswered":
        says += " Nobody has acknowledged it in time, so it comes to you."
    elif part(data, "outcome") == "nothing_above":
        says += " There is nothing above it, so it stays where it is."
    if data.get("loop") and part(data, "outcome") == "done":
        says += " Nobody has acknowledged it yet."
    says += _began(data)
    stand_ins = data.get("stand_ins")
    if isinstance(stand_ins, Mapping):
        pairs = cast("Mapping[str, str]", stand_ins).items()
        says += "".join(f" {who} stands in for {away}." for who, away in pairs)
    return part(data, "name", "Escalation step"), says


def _began(data: Data) -> str:
    """What the path of a step began with, as a sentence: whoever reads of the step has no other
    message of that."""
    metric, _, reached = part(data, "trigger").partition(" ")
    if metric not in METRICS or not reached:
        return ""
    time = f"the time for the {METRICS[metric]}"
    if not reached.endswith("%"):
        return f" It began {reached} {time} was over."
    if reached == "100%":
        return f" It began when {time} was over."
    return f" It began when {reached.removesuffix('%')} % of {time} was used."


def _path_ended(data: Data) -> Words:
    return (
        f"{part(data, 'name', 'The path')} has ended",
        f"It ended because {part(data, 'why')}.",
    )


def _playbook(data: Data) -> Words:
    return f"Playbook: {part(data, 'name', 'a foreseen case')}", "The ticket follows a playbook."


def _requested(data: Data) -> Words:
    text = f"The customer asks for an escalation.{reason(data, 'reason')}"
    return "The customer escalates", text


def _triaged(data: Data) -> Words:
    return f"{part(data, 'by', 'Somebody')} looked at the request", part(data, "outcome")


def _obliged(data: Data) -> Words:
    due = f" It is due at {instant_words(data, 'due_at')}." if part(data, "due_at") else ""
    away = part(data, "instead_of")
    place = f" {away} is away." if away else ""
    return (
        f"To be done by {part(data, 'to', 'somebody')}",
        f"{as_sentence(part(data, 'text'))}{due}{place}",
    )


def _obligation(data: Data) -> Words:
    what = as_sentence(f"{part(data, 'to', 'Somebody')}: {part(data, 'text')}")
    return (
        f"An obligation is {part(data, 'state', 'changed')}",
        f"{what}{reason(data, 'reason')}",
    )


def _promised(data: Data) -> Words:
    owner = part(data, "owner", "Somebody")
    return (
        f"Promised to the customer; {owner} answers for it",
        f"{as_sentence(part(data, 'text'))} It is due at {instant_words(data, 'due_at')}.",
    )


def _promise(data: Data) -> Words:
    what = as_sentence(f"{part(data, 'owner', 'Somebody')}: {part(data, 'text')}")
    text = f"{what}{reason(data, 'reason')}"
    return f"A promise is {part(data, 'state', 'changed')}", text


def _decision(data: Data) -> Words:
    who = part(data, "decided_by", "Somebody")
    return f"Decided: {part(data, 'text', 'see the case')}", f"{who} decided.{reason(data)}"


def _sponsor(data: Data) -> Words:
    text = "The case has an executive who stands for it."
    return f"{part(data, 'sponsor', 'An executive')} sponsors the case", text


def _nudged(data: Data) -> Words:
    by = part(data, "by", "Somebody")
    away = part(data, "instead_of")
    place = f" You stand in for {away}." if away else ""
    if part(data, "about") == "acknowledgement":
        return f"{by} asks you to acknowledge", f"The escalation waits for your word.{place}"
    due = f" It was due at {instant_words(data, 'due_at')}." if part(data, "due_at") else ""
    return f"{by} reminds you of what you owe", f"{as_sentence(part(data, 'text'))}{due}{place}"


def _prevention_due(data: Data) -> Words:
    away = part(data, "instead_of")
    place = f" You stand in for {away}." if away else ""
    is_late = part(data, "state") == "late"
    due = f" It {'was' if is_late else 'is'} due at {instant_words(data, 'due_at')}."
    title = "A prevention of yours is late" if is_late else "A prevention of yours is due soon"
    return title, f"{as_sentence(part(data, 'text'))}{due}{place}"


def _prevention_changed(data: Data) -> Words:
    what = part(data, "text")
    match part(data, "state"):
        case "done":
            return "A prevention is done", f"{what}{reason(data, 'reason')}"
        case "moved":
            to = f" Now due at {instant_words(data, 'due_at')}."
            return "A prevention has another date", f"{what}{to}{reason(data, 'reason')}"
        case _:
            return "A prevention is to be done again", what


def _article(data: Data) -> Words:
    return f"An article was {part(data, 'what', 'changed')}", part(data, "title")


def _absence(data: Data) -> Words:
    return f"{part(data, 'person', 'Somebody')} is away", "Somebody else stands in meanwhile."


def _no_path(data: Data) -> Words:
    text = f"The {metric_of(data)} was missed and no escalation path was started.{reason(data)}"
    return "A broken promise escalated nobody", text


def _posted(data: Data) -> Words:
    return part(data, "name", "Escalation step"), part(data, "says", "The escalation goes on.")


def _retried(data: Data) -> Words:
    return "Tried again", "A message that had not arrived is tried again."


def _due_moved(data: Data) -> Words:
    return "Due at another time", f"The {metric_of(data)} follows its calendar.{reason(data)}"


def _calendar_day(data: Data) -> Words:
    return (
        "A calendar was changed",
        f"{part(data, 'name', 'A day')} in {part(data, 'calendar')}.",
    )


def _repaired(data: Data) -> Words:
    was = "too late" if part(data, "was") else "missing"
    return "Timer set", f"The timer of a ticket was {was}. The auditor has set it."


def _clock_confirmed(data: Data) -> Words:
    return (
        "The new time of an engine was confirmed",
        f"It is {part(data, 'engine', 'an engine')}.",
    )


def _resolution(data: Data) -> Words:
    return "How it is solved was noted", f"{part(data, 'noted')}."


def _graded(data: Data) -> Words:
    return "The ticket was graded anew", f"{part(data, 'changes')}.{reason(data, 'why')}"


def _tagged(data: Data) -> Words:
    return "Tags changed", "A tag was put on this ticket, or taken off."


def _snoozed(data: Data) -> Words:
    return "Put off, or taken up again", "It was only moved out of, or into, somebody's own queue."


def _filled(data: Data) -> Words:
    return "Fields changed", "Fields of this ticket were filled in or changed."


def _mentioned(data: Data) -> Words:
    who = part(data, "by", "A colleague")
    return f"{who} names you in a note", "It is on the ticket, for people of ours alone."


def _contacted(data: Data) -> Words:
    outcome = part(data, "outcome", "")
    return f"Spoken with {part(data, 'with_whom', 'the customer')}", str(outcome)


def _contact_gone(data: Data) -> Words:
    who = part(data, "with_whom", "the customer")
    return "A contact was taken back", f"What was logged with {who} counts no more."


def _undone(data: Data) -> Words:
    return "Undone", f"{part(data, 'what', 'What was done')} was undone."


def _view(data: Data) -> Words:
    return (
        "A view was changed",
        f"{part(data, 'name', 'A view')} was {part(data, 'what', 'changed')}.",
    )


def staff_news(data: Data) -> Words:
    """What is said of a kind that has no words of its own."""
    return "News", "Something happened to this ticket."


STAFF: Mapping[str, Callable[[Data], Words]] = {
    EventKind.TICKET_OPENED: _opened,
    EventKind.MESSAGE_RECEIVED: _received,
    EventKind.MESSAGE_SENT: _sent,
    EventKind.NOTE_WRITTEN: _note,
    EventKind.TICKET_ASSIGNED: _assigned,
    EventKind.STATUS_CHANGED: _status,
    EventKind.SEVERITY_CHANGED: _severity,
    EventKind.TICKET_GRADED: _graded,
    EventKind.TIER_CHANGED: _moved,
    EventKind.TICKET_RESOLVED: _resolved,
    EventKind.SOLUTION_CONFIRMED: _confirmed,
    EventKind.TICKET_REOPENED: _reopened,
    EventKind.TICKET_CLOSED: _closed,
    EventKind.TICKET_MERGED: _merged,
    EventKind.MERGE_RECEIVED: _merge_received,
    EventKind.RESOLUTION_NOTED: _resolution,
    EventKind.SLA_WARNING: _warning,
    EventKind.SLA_BREACHED: _breached,
    EventKind.TICKET_ESCALATED: _moved,
    EventKind.ESCALATION_STARTED: _started,
    EventKind.ESCALATION_JOINED: _joined,
    EventKind.ESCALATION_ACKNOWLEDGED: _acknowledged,
    EventKind.ESCALATION_ASSIGNED: _manager,
    EventKind.ESCALATION_ENDED: _ended,
    EventKind.PATH_STEP_TAKEN: _step,
    EventKind.PATH_ENDED: _path_ended,
    EventKind.NO_PATH: _no_path,
    EventKind.ABSENCE_CHANGED: _absence,
    EventKind.MESSAGE_RETRIED: _retried,
    EventKind.PLAYBOOK_FOLLOWED: _playbook,
    EventKind.ESCALATION_REQUESTED: _requested,
    EventKind.ESCALATION_TRIAGED: _triaged,
    EventKind.OBLIGATION_GIVEN: _obliged,
    EventKind.OBLIGATION_CHANGED: _obligation,
    EventKind.PROMISE_MADE: _promised,
    EventKind.PROMISE_CHANGED: _promise,
    EventKind.DECISION_RECORDED: _decision,
    EventKind.SPONSOR_NAMED: _sponsor,
    EventKind.NUDGED: _nudged,
    EventKind.PREVENTION_DUE: _prevention_due,
    EventKind.PREVENTION_CHANGED: _prevention_changed,
    EventKind.CHANNEL_POST: _posted,
    EventKind.DUE_MOVED: _due_moved,
    EventKind.CALENDAR_DAY_ADDED: _calendar_day,
    EventKind.CALENDAR_DAY_REMOVED: _calendar_day,
    EventKind.CLOCK_CONFIRMED: _clock_confirmed,
    EventKind.TIMER_REPAIRED: _repaired,
    EventKind.TICKET_SPLIT: _split,
    EventKind.TICKET_LINKED: _linked,
    EventKind.TICKET_UNLINKED: _unlinked,
    EventKind.TICKET_TAGGED: _tagged,
    EventKind.TICKET_SNOOZED: _snoozed,
    EventKind.ACT_UNDONE: _undone,
    EventKind.VIEW_CHANGED: _view,
    EventKind.MENTIONED: _mentioned,
    EventKind.FIELDS_FILLED: _filled,
    EventKind.CONTACT_LOGGED: _contacted,
    EventKind.CONTACT_TAKEN_BACK: _contact_gone,
    EventKind.ARTICLE_CHANGED: _article,
}
