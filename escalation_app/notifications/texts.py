"""What people are told, in one place: a headline and one or two sentences for each kind of event.

Customers read plain words made for them, never a reason, a note or a name of somebody else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal, cast

from escalation_app.domain.events import EventKind

Audience = Literal["staff", "customer"]
Data = Mapping[str, object]
Words = tuple[str, str]

DIGEST = "digest"
"""The kind of a message that collects others which came late."""

_METRICS = {
    "first_response": "first answer",
    "next_reply": "next answer",
    "next_update": "next update",
    "resolution": "resolution",
    "team": "time in the team",
    "triage": "decision about the request",
    "obligation": "obligation",
    "promise": "promise",
}


def notice_text(
    kind: str, data: Data, reference: str, subject: str, audience: Audience
) -> tuple[str, str]:
    """The headline and the text of a message about an event of `kind`.

    `data` is the event's. For a customer nothing of it is used but what is public. A kind that
    nobody knows any more still gets words.
    """
    if kind == DIGEST:
        return _digest(data, audience)
    if audience == "customer":
        words = _CUSTOMER.get(kind, _customer_news)
    else:
        words = _STAFF.get(kind, _staff_news)
    title, text = words(data)
    return title, f"{text}\n{reference}: {subject}" if text else f"{reference}: {subject}"


def public_data(kind: str, data: Data) -> dict[str, object]:
    """The part of an event's data that a customer may ever be sent."""
    return {key: data[key] for key in _PUBLIC_DATA.get(kind, ()) if key in data}


def span_words(length: timedelta) -> str:
    """A length as people say it, in its two largest units: "2 h 10 min"."""
    seconds = max(int(length.total_seconds()), 0)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in units:
        if seconds >= size and len(parts) < 2:
            parts.append(f"{seconds // size} {name}")
            seconds %= size
    return " ".join(parts) or "0 s"


def _of(data: Data, key: str, default: str = "") -> str:
    value = data.get(key)
    return default if value is None or value == "" else str(value)


def _instant(data: Data, key: str) -> str:
    try:
        at = datetime.fromisoformat(_of(data, key))
    except ValueError:
        return "then"
    return f"{at:%d %b %Y, %H:%M} UTC"


def _metric(data: Data) -> str:
    return _METRICS.get(_of(data, "metric"), "promise")


def _why(data: Data, key: str = "why") -> str:
    reason = _of(data, key)
    return f" Reason: {reason}" if reason else ""


# For people of ours ---------------------------------------------------------------------------


def _opened(data: Data) -> Words:
    return f"New ticket, severity {_of(data, 'severity', '?')}", "A customer needs help."


def _received(data: Data) -> Words:
    return f"{_of(data, 'by', 'The customer')} wrote", "There is a new message by the customer."


def _sent(data: Data) -> Words:
    return f"{_of(data, 'by', 'Somebody')} answered", "There is a new answer to the customer."


def _note(data: Data) -> Words:
    return f"{_of(data, 'by', 'Somebody')} wrote a note", "There is a new internal note."


def _assigned(data: Data) -> Words:
    return f"Now with {_of(data, 'assignee', 'somebody else')}", "The ticket has an owner."


def _status(data: Data) -> Words:
    return f"Now {_of(data, 'status', 'in another status')}", "The status of the ticket changed."


def _severity(data: Data) -> Words:
    was, now = _of(data, "from_severity", "?"), _of(data, "to_severity", "?")
    return f"Severity {now}", f"The severity was {was} and is {now} now.{_why(data)}"


def _moved(data: Data) -> Words:
    owner = _of(data, "assignee", "nobody yet")
    text = f"It comes from tier {_of(data, 'from_tier', '?')} and is with {owner}.{_why(data)}"
    return f"Moved to {_of(data, 'team_name', 'another team')}", text


def _resolved(data: Data) -> Words:
    return "Resolved", "The problem is solved."


def _reopened(data: Data) -> Words:
    return "Reopened", "The problem is back, and a new clock runs."


def _closed(data: Data) -> Words:
    return "Closed", "The ticket is closed for good."


def _merged(data: Data) -> Words:
    into = _of(data, "into", "another ticket")
    return f"Merged into {into}", f"This ticket has ended. It goes on in {into}."


def _merge_received(data: Data) -> Words:
    merged = _of(data, "merged", "Another ticket")
    return f"{merged} was merged into it", f"What was promised in {merged} counts here now."


def _split(data: Data) -> Words:
    if into := _of(data, "into"):
        return f"{into} was split off", f"A part of this ticket goes on in {into}."
    source = _of(data, "source", "another ticket")
    return f"Split off {source}", f"It was a part of {source}."


def _linked(data: Data) -> Words:
    return "Linked to another ticket", f"It {_of(data, 'says')} {_of(data, 'other')}."


def _unlinked(data: Data) -> Words:
    return "A link was taken away", f"It said: {_of(data, 'says')} {_of(data, 'other')}."


def _warning(data: Data) -> Words:
    threshold = _of(data, "threshold", f"{_of(data, 'share', '?')}%")
    is_share = threshold.endswith("%")
    title = f"{threshold[:-1]} % of the time is used up" if is_share else f"{threshold} it is due"
    return (
        title,
        f"The {_metric(data)} is due at {_instant(data, 'due_at')}.",
    )


def _breached(data: Data) -> Words:
    return (
        "A promise is broken",
        f"The {_metric(data)} was due at {_instant(data, 'due_at')}.",
    )


def _started(data: Data) -> Words:
    kind = _of(data, "escalation", "new")
    return f"Escalated ({kind})", f"An escalation has started.{_why(data, 'reason')}"


def _joined(data: Data) -> Words:
    why = _of(data, "trigger") or _of(data, "reason")
    return "One more reason to escalate", f"It joins the escalation under way: {why or 'unknown'}."


def _acknowledged(data: Data) -> Words:
    return f"Seen by {_of(data, 'by', 'somebody')}", "The escalation was acknowledged."


def _manager(data: Data) -> Words:
    return f"{_of(data, 'manager', 'A manager')} owns the case", "An escalated case has a manager."


def _ended(data: Data) -> Words:
    return "Escalation ended", f"The escalation is over.{_why(data, 'reason')}"


def _step(data: Data) -> Words:
    says = _of(data, "says", "A step of the escalation path was taken.")
    if _of(data, "outcome") == "no_recipient":
        says += " Nobody the path names could be reached, so it comes to you."
    elif _of(data, "outcome") == "unanswered":
        says += " Nobody has acknowledged it in time, so it comes to you."
    elif _of(data, "outcome") == "nothing_above":
        says += " There is nothing above it, so it stays where it is."
    if data.get("loop") and _of(data, "outcome") == "done":
        says += " Nobody has acknowledged it yet."
    says += _began(data)
    stand_ins = data.get("stand_ins")
    if isinstance(stand_ins, Mapping):
        pairs = cast("Mapping[str, str]", stand_ins).items()
        says += "".join(f" {who} stands in for {away}." for who, away in pairs)
    return _of(data, "name", "Escalation step"), says


def _began(data: Data) -> str:
    """What the path of a step began with, as a sentence: whoever reads of the step has no other
    message of that."""
    metric, _, reached = _of(data, "trigger").partition(" ")
    if metric not in _METRICS or not reached:
        return ""
    time = f"the time for the {_METRICS[metric]}"
    if not reached.endswith("%"):
        return f" It began {reached} {time} was over."
    if reached == "100%":
        return f" It began when {time} was over."
    return f" It began when {reached.removesuffix('%')} % of {time} was used."


def _path_ended(data: Data) -> Words:
    return f"{_of(data, 'name', 'The path')} has ended", f"It ended because {_of(data, 'why')}."


def _playbook(data: Data) -> Words:
    return f"Playbook: {_of(data, 'name', 'a foreseen case')}", "The ticket follows a playbook."


def _requested(data: Data) -> Words:
    text = f"The customer asks for an escalation.{_why(data, 'reason')}"
    return "The customer escalates", text


def _triaged(data: Data) -> Words:
    return f"{_of(data, 'by', 'Somebody')} looked at the request", _of(data, "outcome")


def _obliged(data: Data) -> Words:
    due = f" It is due at {_instant(data, 'due_at')}." if _of(data, "due_at") else ""
    away = _of(data, "instead_of")
    place = f" {away} is away." if away else ""
    return f"To be done by {_of(data, 'to', 'somebody')}", f"{_of(data, 'text')}{due}{place}"


def _obligation(data: Data) -> Words:
    what = f"{_of(data, 'to', 'Somebody')}: {_of(data, 'text')}"
    return f"An obligation is {_of(data, 'state', 'changed')}", f"{what}{_why(data, 'reason')}"


def _promised(data: Data) -> Words:
    owner = _of(data, "owner", "Somebody")
    return (
        f"{owner} made a promise",
        f"{_of(data, 'text')} It is due at {_instant(data, 'due_at')}.",
    )


def _promise(data: Data) -> Words:
    text = f"{_of(data, 'owner', 'Somebody')}: {_of(data, 'text')}{_why(data, 'reason')}"
    return f"A promise is {_of(data, 'state', 'changed')}", text


def _decision(data: Data) -> Words:
    who = _of(data, "decided_by", "Somebody")
    return f"Decided: {_of(data, 'text', 'see the case')}", f"{who} decided.{_why(data)}"


def _sponsor(data: Data) -> Words:
    text = "The case has an executive who stands for it."
    return f"{_of(data, 'sponsor', 'An executive')} sponsors the case", text


def _nudged(data: Data) -> Words:
    by = _of(data, "by", "Somebody")
    away = _of(data, "instead_of")
    place = f" You stand in for {away}." if away else ""
    if _of(data, "about") == "acknowledgement":
        return f"{by} asks you to acknowledge", f"The escalation waits for your word.{place}"
    due = f" It was due at {_instant(data, 'due_at')}." if _of(data, "due_at") else ""
    return f"{by} reminds you of what you owe", f"{_of(data, 'text')}{due}{place}"


def _prevention_due(data: Data) -> Words:
    away = _of(data, "instead_of")
    place = f" You stand in for {away}." if away else ""
    is_late = _of(data, "state") == "late"
    due = f" It {'was' if is_late else 'is'} due at {_instant(data, 'due_at')}."
    title = "A prevention of yours is late" if is_late else "A prevention of yours is due soon"
    return title, f"{_of(data, 'text')}{due}{place}"


def _prevention_changed(data: Data) -> Words:
    what = _of(data, "text")
    match _of(data, "state"):
        case "done":
            return "A prevention is done", f"{what}{_why(data, 'reason')}"
        case "moved":
            to = f" Now due at {_instant(data, 'due_at')}."
            return "A prevention has another date", f"{what}{to}{_why(data, 'reason')}"
        case _:
            return "A prevention is to be done again", what


def _article(data: Data) -> Words:
    return f"An article was {_of(data, 'what', 'changed')}", _of(data, "title")


def _absence(data: Data) -> Words:
    return f"{_of(data, 'person', 'Somebody')} is away", "Somebody else stands in meanwhile."


def _no_path(data: Data) -> Words:
    text = f"The {_metric(data)} was missed and no escalation path was started.{_why(data)}"
    return "A broken promise escalated nobody", text


def _posted(data: Data) -> Words:
    return _of(data, "name", "Escalation step"), _of(data, "says", "The escalation goes on.")


def _retried(data: Data) -> Words:
    return "Tried again", "A message that had not arrived is tried again."


def _due_moved(data: Data) -> Words:
    return "Due at another time", f"The {_metric(data)} follows its calendar.{_why(data)}"


def _calendar_day(data: Data) -> Words:
    return "A calendar was changed", f"{_of(data, 'name', 'A day')} in {_of(data, 'calendar')}."


def _repaired(data: Data) -> Words:
    was = "too late" if _of(data, "was") else "missing"
    return "Timer set", f"The timer of a ticket was {was}. The auditor has set it."


def _clock_confirmed(data: Data) -> Words:
    return "The new time of an engine was confirmed", f"It is {_of(data, 'engine', 'an engine')}."


def _resolution(data: Data) -> Words:
    return "How it is solved was noted", f"{_of(data, 'noted')}."


def _graded(data: Data) -> Words:
    return "The ticket was graded anew", f"{_of(data, 'changes')}.{_why(data, 'why')}"


def _tagged(data: Data) -> Words:
    return "Tags changed", "A tag was put on this ticket, or taken off."


def _snoozed(data: Data) -> Words:
    return "Put off, or taken up again", "It was only moved out of, or into, somebody's own queue."


def _filled(data: Data) -> Words:
    return "Fields changed", "Fields of this ticket were filled in or changed."


def _mentioned(data: Data) -> Words:
    who = _of(data, "by", "A colleague")
    return f"{who} names you in a note", "It is on the ticket, for people of ours alone."


def _contacted(data: Data) -> Words:
    outcome = _of(data, "outcome", "")
    return f"Spoken with {_of(data, 'with_whom', 'the customer')}", str(outcome)


def _contact_gone(data: Data) -> Words:
    who = _of(data, "with_whom", "the customer")
    return "A contact was taken back", f"What was logged with {who} counts no more."


def _undone(data: Data) -> Words:
    return "Undone", f"{_of(data, 'what', 'What was done')} was undone."


def _view(data: Data) -> Words:
    return (
        "A view was changed",
        f"{_of(data, 'name', 'A view')} was {_of(data, 'what', 'changed')}.",
    )


def _staff_news(data: Data) -> Words:
    return "News", "Something happened to this ticket."


_STAFF: Mapping[str, Callable[[Data], Words]] = {
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


# For customers --------------------------------------------------------------------------------


def _customer_opened(data: Data) -> Words:
    return "We have your request", "We have received your request and will answer it."


def _customer_received(data: Data) -> Words:
    return "We have your message", "We have received your message."


def _customer_sent(data: Data) -> Words:
    return "We have answered you", "There is a new answer to your request."


def _customer_assigned(data: Data) -> Words:
    return "Somebody is looking at it", "One of our people has taken up your request."


def _customer_status(data: Data) -> Words:
    status = _of(data, "status")
    return f"Your request is {status}" if status else "Your request goes on", ""


def _customer_resolved(data: Data) -> Words:
    return (
        "Your request is solved",
        "We believe your request is solved. If it is not, answer, and we take it up again.",
    )


def _customer_reopened(data: Data) -> Words:
    return "We are looking at it again", "Your request was taken up again."


def _customer_closed(data: Data) -> Words:
    return "Your request is closed", "Your request is closed. Open a new one if you need more."


def _customer_merged(data: Data) -> Words:
    into = _of(data, "into", "your other request")
    return f"It goes on in {into}", f"We look after this together with {into}. Answer there."


def _customer_merge_received(data: Data) -> Words:
    merged = _of(data, "merged", "another request")
    return f"We joined {merged} with it", f"We look after {merged} together with this request."


def _customer_split(data: Data) -> Words:
    if into := _of(data, "into"):
        return f"A part of it goes on in {into}", f"We look after that part in {into}."
    source = _of(data, "source", "another request")
    return "It has a request of its own", f"It was a part of {source}. We look after both."


def _customer_escalated(data: Data) -> Words:
    return "Your request was moved up", "More experienced people are looking at your request now."


def _customer_manager(data: Data) -> Words:
    return "A manager looks after your request", "A manager looks after your request personally."


def _customer_late(data: Data) -> Words:
    return "We are late", "We have not kept the time we promised you, and we are working on it."


def _customer_news(data: Data) -> Words:
    return "News about your request", "There is news about your request."


_CUSTOMER: Mapping[str, Callable[[Data], Words]] = {
    EventKind.TICKET_OPENED: _customer_opened,
    EventKind.MESSAGE_RECEIVED: _customer_received,
    EventKind.MESSAGE_SENT: _customer_sent,
    EventKind.NOTE_WRITTEN: _customer_news,
    EventKind.TICKET_ASSIGNED: _customer_assigned,
    EventKind.STATUS_CHANGED: _customer_status,
    EventKind.SEVERITY_CHANGED: _customer_news,
    EventKind.TICKET_GRADED: _customer_news,
    EventKind.TIER_CHANGED: _customer_news,
    EventKind.TICKET_RESOLVED: _customer_resolved,
    EventKind.TICKET_REOPENED: _customer_reopened,
    EventKind.TICKET_CLOSED: _customer_closed,
    EventKind.TICKET_MERGED: _customer_merged,
    EventKind.MERGE_RECEIVED: _customer_merge_received,
    EventKind.RESOLUTION_NOTED: _customer_news,
    EventKind.SLA_WARNING: _customer_news,
    EventKind.SLA_BREACHED: _customer_late,
    EventKind.TICKET_ESCALATED: _customer_escalated,
    EventKind.ESCALATION_STARTED: _customer_escalated,
    EventKind.ESCALATION_JOINED: _customer_news,
    EventKind.ESCALATION_ACKNOWLEDGED: _customer_news,
    EventKind.ESCALATION_ASSIGNED: _customer_manager,
    EventKind.ESCALATION_ENDED: _customer_news,
    EventKind.PATH_STEP_TAKEN: _customer_escalated,
    EventKind.PATH_ENDED: _customer_news,
    EventKind.NO_PATH: _customer_news,
    EventKind.ABSENCE_CHANGED: _customer_news,
    EventKind.MESSAGE_RETRIED: _customer_news,
    EventKind.PLAYBOOK_FOLLOWED: _customer_news,
    EventKind.ESCALATION_REQUESTED: _customer_news,
    EventKind.ESCALATION_TRIAGED: _customer_news,
    EventKind.OBLIGATION_GIVEN: _customer_news,
    EventKind.OBLIGATION_CHANGED: _customer_news,
    EventKind.PROMISE_MADE: _customer_news,
    EventKind.PROMISE_CHANGED: _customer_news,
    EventKind.DECISION_RECORDED: _customer_news,
    EventKind.SPONSOR_NAMED: _customer_news,
    EventKind.NUDGED: _customer_news,
    EventKind.PREVENTION_DUE: _customer_news,
    EventKind.PREVENTION_CHANGED: _customer_news,
    EventKind.CHANNEL_POST: _customer_news,
    EventKind.DUE_MOVED: _customer_news,
    EventKind.CALENDAR_DAY_ADDED: _customer_news,
    EventKind.CALENDAR_DAY_REMOVED: _customer_news,
    EventKind.CLOCK_CONFIRMED: _customer_news,
    EventKind.TIMER_REPAIRED: _customer_news,
    EventKind.TICKET_SPLIT: _customer_split,
    EventKind.TICKET_LINKED: _customer_news,
    EventKind.TICKET_UNLINKED: _customer_news,
    EventKind.TICKET_TAGGED: _customer_news,
    EventKind.TICKET_SNOOZED: _customer_news,
    EventKind.ACT_UNDONE: _customer_news,
    EventKind.VIEW_CHANGED: _customer_news,
    EventKind.MENTIONED: _customer_news,
    EventKind.FIELDS_FILLED: _customer_news,
    EventKind.CONTACT_LOGGED: _customer_news,
    EventKind.CONTACT_TAKEN_BACK: _customer_news,
    EventKind.ARTICLE_CHANGED: _customer_news,
}
_PUBLIC_DATA: Mapping[str, tuple[str, ...]] = {EventKind.STATUS_CHANGED: ("status",)}


# Digests --------------------------------------------------------------------------------------


def _digest(data: Data, audience: Audience) -> Words:
    """`items` are lines made by `digest_line` for `data`'s own audience, at most a few dozen;
    `count` is how many there were; `late_s` is by how many seconds the latest of them was late,
    if all of them were."""
    count = data.get("count", 0)
    given = data.get("items")
    items: list[object] = list(given) if isinstance(given, list) else []  # type: ignore[reportUnknownArgumentType]
    lines = [str(item) for item in items]
    if isinstance(count, int) and count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    if audience == "customer":
        told = f"There are {count} pieces of news for you."
        is_theirs = data.get("audience") == "customer"
        return "News about your requests", "\n".join(lines) if is_theirs else told
    things = "1 thing" if count == 1 else f"{count} things"
    if not _of(data, "late_s"):
        return f"{things} for you", "\n".join(lines)
    late = span_words(timedelta(seconds=float(_of(data, "late_s"))))
    return f"{things} late by up to {late}", "\n".join(lines)


def digest_line(kind: str, data: Data, reference: str, subject: str, audience: Audience) -> str:
    """One line of a digest. `data` is the message's own: `late_s` is by how many seconds it was
    late, if it was."""
    title, _ = notice_text(kind, data, reference, "", audience)
    line = f"{reference} {subject[:80]}: {title}"
    if not _of(data, "late_s"):
        return line
    return f"{line}, late by {span_words(timedelta(seconds=float(_of(data, 'late_s'))))}"
