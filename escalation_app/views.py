"""The shapes screens read: services fill them, state holds them, components draw them.

Everything here is frozen, JSON-able and has defaults, so that a state can start empty. Instants are
ISO 8601 text in UTC (``"2026-03-12T14:41:00+00:00"``, see :func:`iso`), ``""`` when there is none:
the browser writes them in the viewer's zone. Lengths are whole seconds. ``url`` is a path within
this site. Names of severities, plans and tiers come from the process; nothing here is a rule.
Sequences are tuples inside a shape; a state variable that holds many is a ``list`` of them.
No field is called what a Reflex Var calls its own methods (``items``, ``to``, ``length``, ...).

The module is read at run time by Reflex, which needs real annotations: no
``from __future__ import annotations`` here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def iso(at: datetime | None) -> str:
    """An aware instant as UTC text for a view; ``""`` for none.

    Raises ValueError for a naive datetime.
    """
    if at is None:
        return ""
    if at.tzinfo is None:
        raise ValueError("a view takes aware instants only")
    return at.astimezone(UTC).isoformat()


def duration_words(seconds: int) -> str:
    """A length in at most two units, rounded down: ``"42s"``, ``"9m"``, ``"1h 06m"``, ``"1d 3h"``;
    from ten days on in days alone.

    The sign is ignored. The browser has the same function (``durationWords`` in
    ``assets/elements.js``); one table of cases tests both.
    """
    rest = abs(int(seconds))
    if rest < MINUTE:
        return f"{rest}s"
    if rest < HOUR:
        return f"{rest // MINUTE}m"
    if rest < DAY:
        hours, minutes = rest // HOUR, rest % HOUR // MINUTE
        return f"{hours}h {minutes:02d}m" if minutes else f"{hours}h"
    days, hours = rest // DAY, rest % DAY // HOUR
    return f"{days}d {hours}h" if hours and days < 10 else f"{days}d"


def time_left_words(state: str, seconds_left: int, reason: str = "", tail: str = "") -> str:
    """What a time-left badge says. ``seconds_left`` is negative when over or met late.

    ``reason`` is why a paused clock stands still, or why there is no clock at all; ``tail`` follows
    "left" (``"to acknowledge"``).
    """
    length = duration_words(seconds_left)
    match state:
        case "running" if seconds_left < 0:
            return f"{length} over"
        case "running" if seconds_left == 0:
            return "due now"
        case "running":
            return f"{length} left {tail}".strip()
        case "paused":
            return f"paused: {reason}" if reason else "paused"
        case "overpaused":
            return f"{length} over, paused"
        case "met":
            return "met"
        case "late":
            return f"met {length} late"
        case "none":
            return reason or "no target"
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How one clock stands. A running one ticks in the browser; the others show ``words``.

    ``state``: ``running``, ``paused``, ``overpaused`` (broken, then paused), ``met``, ``late`` (met
    after it was due), ``none`` (no target, or cancelled), or ``""``: nothing is drawn.
    """

    state: str = ""
    due_at: str = ""
    from_at: str = ""
    """Start of the clock, for the share that is left."""
    soon_at: str = ""
    """When a quarter is left, by the clock's calendar; without it, by the plain share."""
    opens_at: str = ""
    """The next opening while the calendar is closed: the badge then says "opens Mon 09:00"."""
    metric: str = ""
    """Which clock: ``"Resolution"``."""
    words: str = ""
    """Text of :func:`time_left_words` when this was read; a running clock says it anew."""
    tail: str = ""
    """Follows "left": ``"to acknowledge"``."""
    pause_reason: str = ""
    breached: bool = False


@dataclass(frozen=True, slots=True)
class PersonMark:
    """A person as others see them. No name means nobody."""

    key: str = ""
    name: str = ""
    initials: str = ""
    hint: str = ""
    """Organisation, department or role, in grey behind the name."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with at most one instant in it, so that the browser can write it in its zone."""

    before: str = ""
    at: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, a radio group or a filter."""

    value: str = ""
    label: str = ""
    hint: str = ""
    is_disabled: bool = False
    is_suggested: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the mast; on a phone, of the tab bar."""

    title: str = ""
    url: str = ""
    count: str = ""
    is_current: bool = False
    icon: str = ""
    """A name of ``components.icons``."""
    go: str = ""
    """The letter after ``g`` that opens it."""


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is signed in."""

    name: str = ""
    initials: str = ""
    role_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line under the bell."""

    key: str = ""
    at: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    icon: str = "bell"
    is_unread: bool = True


@dataclass(frozen=True, slots=True)
class Toast:
    """Something that happened elsewhere. One that asks for something stays until it is closed."""

    key: str = ""
    title: str = ""
    text: str = ""
    icon: str = "check"
    url: str = ""
    link: str = "Open"
    undo: str = ""
    """The words of a button that takes back what the toast tells of; ``""`` for none."""
    stays: bool = False
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class SituationLine:
    """The line under the mast: how many clocks stand how, and what breaks next."""

    over: int = 0
    soon: int = 0
    calm: int = 0
    paused: int = 0
    over_url: str = ""
    soon_url: str = ""
    calm_url: str = ""
    paused_url: str = ""
    next_ref: str = ""
    next_url: str = ""
    next_metric: str = ""
    next_due_at: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket in a queue. ``time_left`` is its most pressing clock."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    customer: str = ""
    plan: str = ""
    severity: str = ""
    """Key, ``"S1"`` to ``"S4"``: its number gives the weight of ink."""
    severity_name: str = ""
    tier: str = ""
    """Short: ``"T2"``."""
    status_name: str = ""
    assignee: PersonMark = PersonMark()
    time_left: TimeLeft = TimeLeft()
    has_path: bool = False
    has_promise: bool = False
    team: str = ""
    tags: tuple[str, ...] = ()
    opened_at: str = ""
    last_contact_at: str = ""
    last_contact_by: str = ""
    """``"us"`` or ``"them"``."""
    is_customer_waiting: bool = False
    """The customer spoke last."""
    is_fresh: bool = False
    """Changed elsewhere a moment ago."""
    is_changed: bool = False
    """Changed by others since the reader last saw it."""
    is_snoozed: bool = False
    """Out of the reader's own queue: until an instant, else until the customer answers."""
    snoozed_until: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a queue, most pressing first. ``first`` and ``last`` count from 1."""

    rows: tuple[QueueRow, ...] = ()
    total: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
    empty: str = ""
    """Why there are no rows: ``nothing_yet``, ``nothing_matches`` or ``all_done``."""
    hidden: int = 0
    """Tickets that the filters leave out, for ``nothing_matches``."""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """A column of a queue, or one that could be. ``sort``: what it is sorted by, ``""`` if it
    cannot be; ``order``: ``ascending``, ``descending``, or ``""`` when another decides."""

    key: str = ""
    name: str = ""
    sort: str = ""
    order: str = ""
    is_shown: bool = True
    can_go_up: bool = False
    can_go_down: bool = False


@dataclass(frozen=True, slots=True)
class QueueView:
    """A view in the rail. ``over`` marks its count as a matter of time; one below zero is not
    known. ``is_default``: the reader begins with it."""

    key: str = ""
    name: str = ""
    count: int = 0
    over: bool = False
    url: str = ""
    is_current: bool = False
    hint: str = ""
    is_default: bool = False
    is_bounded: bool = False
    """More than 99 are not counted."""


@dataclass(frozen=True, slots=True)
class QueueViewGroup:
    """A heading of the rail with its views."""

    name: str = ""
    views: tuple[QueueView, ...] = ()
    is_saved: bool = False
    """The reader's own saved views, to which more can be added."""


@dataclass(frozen=True, slots=True)
class SavedViewMark:
    """The saved view that is open. No key means none. ``is_changed``: what is shown is not what it
    holds any more; ``is_mine``: the reader may change it."""

    key: str = ""
    name: str = ""
    shared_with: str = ""
    owner: str = ""
    is_mine: bool = False
    is_changed: bool = False
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """Somewhere the command palette leads. ``kind``: ``ticket``, ``view`` or ``page``."""

    kind: str = ""
    title: str = ""
    hint: str = ""
    url: str = ""
    icon: str = "arrow"


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is set: ``Tier  1 to 3``."""

    key: str = ""
    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter that can be set, with its choices; ``value`` is the one that is set, ``""`` none.

    ``kind``: ``one`` of the choices, or ``several`` of them (those that are ``is_chosen``).
    """

    key: str = ""
    label: str = ""
    choices: tuple[Choice, ...] = ()
    value: str = ""
    kind: str = "one"


@dataclass(frozen=True, slots=True)
class FileChip:
    """A file of a message."""

    key: str = ""
    url: str = ""
    name: str = ""
    size: str = ""
    is_image: bool = False
    """Whether it can be shown where it stands."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a text; a mention is the name of a colleague with its sign. With a `url` it is a
    link, which leads away from this site if it `is_outside`."""

    text: str = ""
    is_mention: bool = False
    url: str = ""
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A message or an event of a ticket, oldest first.

    ``kind``: ``theirs`` (public, from the customer), ``ours`` (public, from us), ``note``
    (internal), ``event``, ``folded`` (several warnings, told apart in ``folded``). ``title`` is an
    event's bold part, ``text`` its rest or a message's body.
    """

    key: str = ""
    kind: str = "event"
    at: str = ""
    author: PersonMark = PersonMark()
    audience: str = ""
    title: str = ""
    text: str = ""
    icon: str = "history"
    folded: tuple[Sentence, ...] = ()
    files: tuple[FileChip, ...] = ()
    parts: tuple[TextPart, ...] = ()
    """The text of a note that names somebody, in pieces."""
    place: str = ""
    """The ticket it was said in, if that was merged into this one: ``"in T-1042"``."""


@dataclass(frozen=True, slots=True)
class AlsoHere:
    """Somebody else who has the ticket open. ``doing`` follows the name: "is typing a reply"."""

    who: PersonMark = PersonMark()
    doing: str = ""


@dataclass(frozen=True, slots=True)
class RelatedTicket:
    """A ticket beside another one; ``customer`` where it may be another's."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    status: str = ""
    customer: str = ""
    opened_at: str = ""


@dataclass(frozen=True, slots=True)
class RelatedTickets:
    """Tickets about the same, and of the same customer, of whom so many are open."""

    similar: tuple[RelatedTicket, ...] = ()
    of_customer: tuple[RelatedTicket, ...] = ()
    open_of_customer: int = 0


@dataclass(frozen=True, slots=True)
class ReplyChoice:
    """A reply of the process, filled in for a ticket. ``hint``: ``"first answer, warm"``."""

    key: str = ""
    name: str = ""
    hint: str = ""
    text: str = ""
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class MacroChoice:
    """Several acts in one: what it does, and what the customer would read."""

    key: str = ""
    name: str = ""
    text: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingChoice:
    """What letting a ticket wait (``status``) would do. ``message`` is what its customer would
    read, "" where the tier does not write, and ``is_told`` whether that is proposed."""

    status: str = ""
    status_name: str = ""
    effects: tuple[Sentence, ...] = ()
    message: str = ""
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class GaugeNotch:
    """A warning on a gauge, in percent of the way from start to due."""

    at_pct: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class GaugePause:
    """A stretch that was not counted, in percent of the way from start to due."""

    from_pct: float = 0.0
    width_pct: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class WhyDetail:
    """A date, or several alike, with what of them counted."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of the sum that makes a due time; ``details`` say how its time counted."""

    label: Sentence = Sentence()
    value: str = ""
    is_total: bool = False
    details: tuple[WhyDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock of a ticket with its gauge and the answer to "why then?".

    ``used_pct`` is where the gauge stands while the clock is not running; a running one moves by
    itself between ``started_at`` and ``time_left.due_at``.
    """

    key: str = ""
    name: str = ""
    time_left: TimeLeft = TimeLeft()
    started_at: str = ""
    ended_at: str = ""
    """Right end of the gauge: when it is due, or was; ``""`` while paused."""
    used_pct: float = 0.0
    label: str = ""
    """Text equivalent of the gauge: ``"77 % of 7 hours used, paused 43 minutes"``."""
    notches: tuple[GaugeNotch, ...] = ()
    pauses: tuple[GaugePause, ...] = ()
    why: tuple[WhyLine, ...] = ()
    why_note: str = ""
    text: str = ""
    """What an obligation or a promise is about."""


@dataclass(frozen=True, slots=True)
class PathStepView:
    """A step of a path. ``state``: ``done``, ``now``, ``todo``, ``skip``, ``nobody``."""

    key: str = ""
    number: int = 0
    state: str = "todo"
    at: str = ""
    at_hint: str = ""
    """Under the time: ``"if silent"``, ``"2 of 3"``."""
    title: str = ""
    text: str = ""
    icon: str = "check"
    time_left: TimeLeft = TimeLeft()
    can_acknowledge: bool = False
    notes: tuple[Sentence, ...] = ()
    """What came after it: when it was asked again, what follows."""


@dataclass(frozen=True, slots=True)
class PathView:
    """A path run on a ticket. Without a title there is none."""

    key: str = ""
    title: str = ""
    text: str = ""
    progress: str = ""
    """``"2 of 5"``."""
    steps: tuple[PathStepView, ...] = ()
    is_active: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands behind it."""

    label: str = ""
    value: str = ""
    url: str = ""
    at: str = ""
    time_left: TimeLeft = TimeLeft()


@dataclass(frozen=True, slots=True)
class TicketHead:
    """The top of a ticket page."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    severity: str = ""
    severity_name: str = ""
    customer: str = ""
    plan: str = ""
    tier: str = ""
    tier_name: str = ""
    team: str = ""
    status: str = ""
    status_name: str = ""
    assignee: PersonMark = PersonMark()
    has_path: bool = False
    is_escalated: bool = False
    case_url: str = ""
    """Where its case is driven, while it is escalated."""
    position: str = ""
    """Place in the queue it was opened from: ``"5 of 19"``."""
    version: int = 0
    """What the reader has seen; an action that finds another one changes nothing."""


@dataclass(frozen=True, slots=True)
class TicketOwn:
    """A ticket's tags, and what is the reader's own about it."""

    tags: tuple[str, ...] = ()
    proposed: tuple[Choice, ...] = ()
    """Tags that other open tickets have."""
    is_snoozed: bool = False
    snoozed_until: str = ""
    """``""`` until the customer answers."""
    is_changed: bool = False
    may_tag: bool = False
    may_snooze: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field that the process defines for a ticket. ``value`` is what is kept, ``shown`` what
    people read; ``choices`` has something for a choice alone. ``required`` says when it must be
    filled in, after the label, and is ``""`` when it never must."""

    key: str = ""
    label: str = ""
    kind: str = "text"
    value: str = ""
    shown: str = ""
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    required: str = ""


@dataclass(frozen=True, slots=True)
class ContactView:
    """A call, a meeting or a visit that somebody logged. ``title``: ``"Call with N. Diaz"``;
    ``text``: the outcome; ``more``: length, who logged it, who reads it."""

    number: int = 0
    title: str = ""
    text: str = ""
    more: str = ""
    at: str = ""
    icon: str = "phone"
    is_taken_back: bool = False
    can_take_back: bool = False


@dataclass(frozen=True, slots=True)
class TicketAbilities:
    """What the reader may do with this ticket now. The service decides again."""

    can_assign: bool = False
    can_take: bool = False
    can_reply: bool = False
    can_note: bool = False
    can_wait: bool = False
    can_resume: bool = False
    can_resolve: bool = False
    can_reopen: bool = False
    can_escalate: bool = False
    can_acknowledge: bool = False
    can_deescalate: bool = False
    can_reescalate: bool = False
    can_triage: bool = False
    can_grade: bool = False
    can_log: bool = False
    """Log calls, meetings or visits."""
    can_fill: bool = False
    """Fill in the fields of the process."""
    can_merge: bool = False
    can_link: bool = False
    can_split: bool = False
    is_gated: bool = False
    """Resolving it is held to criteria of the process."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """An escalation that the customer asked for and that nobody has looked at yet."""

    who: str = ""
    at: str = ""
    reason: str = ""
    time_left: TimeLeft = TimeLeft()


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A ticket that belongs to the one shown. ``said`` goes before it: ``"merged into"``; ``kind``
    is there when the link can be taken away."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    status: str = ""
    said: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Everything on a ticket page."""

    head: TicketHead = TicketHead()
    may: TicketAbilities = TicketAbilities()
    timeline: tuple[TimelineItem, ...] = ()
    earlier: int = 0
    """Items before the first one shown."""
    clocks: tuple[ClockView, ...] = ()
    """The most pressing ones, and the resolution wherever it stands."""
    calendar: str = ""
    """``"24 x 7"``."""
    path: PathView = PathView()
    facts: tuple[Fact, ...] = ()
    audience: str = ""
    """Who reads a public reply: ``"N. Diaz and 2 more"``."""
    reply_effect: Sentence = Sentence()
    """What a reply ends: ``"Is the next update, due 15:41"``."""
    note_effect: Sentence = Sentence()
    more_clocks: tuple[ClockView, ...] = ()
    """The clocks besides the most pressing ones, folded away."""
    request: RequestView = RequestView()
    """Without a name when none waits."""
    fields: tuple[FieldView, ...] = ()
    contacts: tuple[ContactView, ...] = ()
    """What was logged, the latest first."""
    tools: str = ""
    """What the ticket's tier has to reach its customer: ``"portal, e-mail and phone"``."""
    goes_on_in: LinkedTicket = LinkedTicket()
    """What it was merged into; without a reference when it was not."""
    links: tuple[LinkedTicket, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionView:
    """Something that must hold before an escalated ticket is resolved."""

    key: str = ""
    text: str = ""
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class ResolutionForm:
    """What the dialog that resolves an escalated ticket asks, and what is known already.
    ``prevention_on`` is a date as a browser's date field has it, in the reader's zone."""

    criteria: tuple[CriterionView, ...] = ()
    categories: tuple[Choice, ...] = ()
    sides: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    cause: str = ""
    side: str = ""
    category: str = ""
    prevention: str = ""
    prevention_owner: str = ""
    prevention_on: str = ""
    can_draft: bool = False
    """There is no article from the ticket yet, and the reader may write one."""


@dataclass(frozen=True, slots=True)
class GradingChoices:
    """What a ticket can be graded as, and what it is now."""

    categories: tuple[str, ...] = ()
    """Those that tickets have already."""
    impacts: tuple[Choice, ...] = ()
    urgencies: tuple[Choice, ...] = ()
    severities: tuple[Choice, ...] = ()
    category: str = ""
    impact: str = ""
    urgency: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What grading would do to a clock."""

    name: str = ""
    was: str = ""
    now: str = ""
    was_at: str = ""
    due_at: str = ""
    is_over_at_once: bool = False
    """More than the new time is used up already."""


@dataclass(frozen=True, slots=True)
class GradingPreview:
    """What grading would do."""

    severity: str = ""
    severity_name: str = ""
    words: str = ""
    changes: tuple[ClockChange, ...] = ()
    needs_reason: bool = False
    message: str = ""
    """What the customer would be told of it."""
    has_news: bool = False
    """Whether there is something to tell them."""


@dataclass(frozen=True, slots=True)
class EscalateReason:
    """What speaks for somebody (``check``), against them (``minus``), or who stands in
    (``arrow``)."""

    icon: str = ""
    said: Sentence = Sentence()


@dataclass(frozen=True, slots=True)
class EscalateCandidate:
    """Somebody an escalation could go to, why, and what it would do."""

    key: str = ""
    name: str = ""
    initials: str = ""
    place: str = ""
    """Team and tier, where it is not that of the whole list."""
    badge: str = ""
    is_best: bool = False
    is_disabled: bool = False
    reasons: tuple[EscalateReason, ...] = ()
    effects: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalateOption:
    """One way to escalate: its type, who it could go to, and what will happen whoever it is."""

    value: str = ""
    """``playbook``, ``functional`` or ``hierarchical``."""
    title: str = ""
    text: str = ""
    goes_to: str = ""
    """A team and its tier, or whose decision it is."""
    is_suggested: bool = False
    is_disabled: bool = False
    candidates: tuple[EscalateCandidate, ...] = ()
    effects: tuple[Sentence, ...] = ()
    kind: str = ""
    """``functional`` or ``hierarchical``, also of a playbook."""
    playbook: str = ""
    message: str = ""
    """What the customer would read."""
    decide_by: Sentence = Sentence()
    """When a decision that is asked for would be due; without an instant none can be asked for."""


@dataclass(frozen=True, slots=True)
class EscalateChoices:
    """What the dialog offers, and what the engine does besides, which nobody picks."""

    options: tuple[EscalateOption, ...] = ()
    automatic: Sentence = Sentence()
    resolution: TimeLeft = TimeLeft()


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """An escalated ticket. ``dots`` are the states of its steps: ``done``, ``now``, ``todo``."""

    key: str = ""
    ref: str = ""
    url: str = ""
    subject: str = ""
    severity: str = ""
    severity_name: str = ""
    customer: str = ""
    plan: str = ""
    tier: str = ""
    time_left: TimeLeft = TimeLeft()
    kind: str = ""
    kind_name: str = ""
    why: str = ""
    since_at: str = ""
    owner: PersonMark = PersonMark()
    sponsor: str = ""
    dots: tuple[str, ...] = ()
    dots_label: str = ""
    path_words: str = ""
    acknowledge: TimeLeft = TimeLeft()
    """The wait for an acknowledgement."""
    acknowledged_by: str = ""
    last_contact_at: str = ""
    last_contact_by: str = ""
    can_acknowledge: bool = False
    can_assign: bool = False
    can_deescalate: bool = False
    can_triage: bool = False
    is_asked: bool = False
    """The customer asked for it, and nobody has looked at that yet."""
    is_fresh: bool = False
    obligations: str = ""
    """``"2 of 4 done"``."""
    late: str = ""
    """Who is late with what they owe."""
    promise: TimeLeft = TimeLeft()
    """The next thing that was promised."""
    hears: TimeLeft = TimeLeft()
    """By when the customer hears from us."""


@dataclass(frozen=True, slots=True)
class EscalationGroup:
    """Escalations that need the same: ``"Needs you now"``, ``"Running"``, ``"Quiet"``."""

    key: str = ""
    name: str = ""
    rows: tuple[EscalationRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A large number. ``trend`` is drawn as a line when it has two points or more."""

    key: str = ""
    value: str = ""
    unit: str = ""
    label: str = ""
    trend: tuple[float, ...] = ()
    trend_label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A ticket on a tier board. ``moved_from`` and ``why`` say how it came here."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    severity: str = ""
    severity_name: str = ""
    customer: str = ""
    holder: str = ""
    time_left: TimeLeft = TimeLeft()
    moved_from: str = ""
    moved_at: str = ""
    why: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class FlowCount:
    """A count of today's flow: ``in 14``."""

    word: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class TierColumn:
    """A tier with its count against its target. Percentages are of the load bar's width."""

    key: str = ""
    name: str = ""
    job: str = ""
    count: int = 0
    target: int = 0
    excess: int = 0
    load_pct: float = 0.0
    mark_pct: float = 0.0
    extra_pct: float = 0.0
    oldest_at: str = ""
    flow: tuple[FlowCount, ...] = ()
    cards: tuple[BoardCard, ...] = ()
    more: int = 0
    more_words: str = ""
    url: str = ""


def load_bar(count: int, target: int) -> tuple[float, float, float]:
    """``(load_pct, mark_pct, extra_pct)`` of a tier's load bar: solid, mark at target, hatched.

    The mark stands at 88 % until the target is passed; then the bar is full length and the mark
    moves left.
    """
    if target <= 0:
        return (0.0, 0.0, 0.0) if count <= 0 else (0.0, 0.0, 100.0)
    whole = max(count, target / 0.88)
    mark = 100.0 * target / whole
    solid = 100.0 * min(count, target) / whole
    return (round(solid, 1), round(mark, 1), round(max(0.0, 100.0 * count / whole - mark), 1))


@dataclass(frozen=True, slots=True)
class HeatHead:
    """Head of a column or a row: ``S1 critical``, ``Tier 3 experts``."""

    key: str = ""
    name: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A count with its worst clock. Its level follows the clock in the browser.

    ``words`` stand in place of the clock (``"none"``, ``"paused"``); ``url`` is ``""`` when empty.
    """

    key: str = ""
    count: int = 0
    worst: TimeLeft = TimeLeft()
    over: int = 0
    words: str = ""
    url: str = ""
    label: str = ""
    """For those who hear the table: ``"Tier 3, severity 1: 4 open, 2 over"``."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of the heatmap."""

    head: HeatHead = HeatHead()
    cells: tuple[HeatCell, ...] = ()


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Tier by severity."""

    caption: str = ""
    heads: tuple[HeatHead, ...] = ()
    rows: tuple[HeatRow, ...] = ()
    open: int = 0
    over: int = 0


@dataclass(frozen=True, slots=True)
class LookAheadCell:
    """What breaks in one hour if nobody acts. ``level`` 0 none, 1 few, 2 some, 3 many."""

    key: str = ""
    count: int = 0
    level: int = 0
    words: str = ""
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class LookAheadRow:
    """A row of the forecast."""

    head: HeatHead = HeatHead()
    cells: tuple[LookAheadCell, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAhead:
    """The forecast, one column for each coming hour, which ends at its instant of ``hours``."""

    caption: str = ""
    hours: tuple[str, ...] = ()
    rows: tuple[LookAheadRow, ...] = ()
    total: int = 0
    until_at: str = ""


@dataclass(frozen=True, slots=True)
class FirstToBreak:
    """A ticket of the list below the heatmap, with what would save it."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    time_left: TimeLeft = TimeLeft()
    holder: str = ""
    tier_name: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class NeedsYou:
    """Something only the reader can do. ``action`` is what its button does, ``""`` for a link."""

    key: str = ""
    time_left: TimeLeft = TimeLeft()
    which: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    action: str = ""
    action_label: str = ""
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class CustomerTicketRow:
    """One problem in a customer's list."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    status_words: str = ""
    reporter: str = ""
    is_mine: bool = True
    is_open: bool = True
    needs_answer: bool = False
    is_escalated: bool = False
    promised: TimeLeft = TimeLeft()
    next_update_at: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a customer's list. ``first`` and ``last`` count from 1, ``number`` from 0."""

    rows: tuple[CustomerTicketRow, ...] = ()
    view: str = "open"
    """``open``, ``done`` or ``mine``."""
    open: int = 0
    done: int = 0
    total: int = 0
    number: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
    empty: str = ""
    """Why there are no rows: ``nothing_yet`` at all, or ``nothing_here`` in this view."""
    organisation: str = ""
    """Whose tickets these are, for one who sees all of them."""


@dataclass(frozen=True, slots=True)
class PlainStep:
    """A step of the customer's line: ``done``, ``now`` or ``todo``."""

    key: str = ""
    state: str = "todo"
    name: str = ""
    at: str = ""
    words: str = ""
    """In place of or before the time: ``"now"``, ``"by"``, ``"when you say so"``."""
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """Something that happened, in the customer's words."""

    key: str = ""
    at: str = ""
    title: str = ""
    text: str = ""
    is_yours: bool = False
    files: tuple[FileChip, ...] = ()
    parts: tuple[TextPart, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerStatus:
    """One page for a customer: where the problem stands, who has it, what was promised."""

    ref: str = ""
    subject: str = ""
    reported_at: str = ""
    reporter: str = ""
    headline: str = ""
    text: str = ""
    steps: tuple[PlainStep, ...] = ()
    promised: Sentence = Sentence()
    promised_left: TimeLeft = TimeLeft()
    next_update: Sentence = Sentence()
    next_update_hint: str = ""
    holder: str = ""
    holder_hint: str = ""
    history: tuple[HistoryItem, ...] = ()
    what_next: tuple[Sentence, ...] = ()
    """What happens, or is happening, after an escalation."""
    is_escalated: bool = False
    escalated_at: str = ""
    is_closed: bool = False
    can_answer: bool = False
    can_escalate: bool = False
    is_resolved: bool = False
    goes_on_in: str = ""
    """The reference of the ticket it was merged into, and its page."""
    goes_on_url: str = ""
    earlier: int = 0
    """Entries of the history before the last one shown."""
    facts: tuple[Fact, ...] = ()
    """What stands in the fields that customers see."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the admin's list."""

    key: str = ""
    person: PersonMark = PersonMark()
    email: str = ""
    role_name: str = ""
    organisation: str = ""
    team: str = ""
    tier_name: str = ""
    is_active: bool = True
    seen_at: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the people. ``first`` and ``last`` count from 1, ``number`` from 0."""

    rows: tuple[PersonRow, ...] = ()
    total: int = 0
    number: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
    everybody: int = 0
    """How many there are without the search."""


@dataclass(frozen=True, slots=True)
class EngineBeat:
    """The sign of life of one engine. Whether it is late is told by the browser, by its age."""

    key: str = ""
    name: str = ""
    at: str = ""
    started_at: str = ""
    sweep: str = ""
    """How long the last sweep took: ``"3.1 ms"``."""
    lag: str = ""
    """How late the earliest timer was when it was noticed, or is by now."""
    fired: int = 0
    failed: int = 0
    jumped: str = ""
    """By how much its clock was set, while that keeps it from firing: ``"1 h 0 min back"``."""
    held_until: str = ""
    may_confirm: bool = False
    """Whether the viewer can say that the new time is right; not once somebody has."""
    audited: str = ""
    """How many tickets its auditor looked at, and how many timers it had to set."""


@dataclass(frozen=True, slots=True)
class EngineView:
    """How the engines do and what waits for them."""

    heartbeat_at: str = ""
    """The youngest sign of life; ``""`` when no engine runs."""
    late_after_s: int = 10
    """Seconds without a sign after which an engine counts as silent."""
    beats: tuple[EngineBeat, ...] = ()
    next_due_at: str = ""
    waiting: int = 0
    overdue: int = 0
    failing: int = 0
    """Timers that failed and were moved ahead."""
    today: tuple[Figure, ...] = ()
    today_from: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to a person.

    ``state``: ``pending``, ``sent``, ``kept`` (no mail server is set), ``digested``,
    ``suppressed``, ``dead``.
    """

    key: str = ""
    at: str = ""
    recipient: str = ""
    channel: str = ""
    subject: str = ""
    state: str = ""
    state_name: str = ""
    state_at: str = ""
    """When it was sent, or is tried next."""
    attempts: int = 0
    note: str = ""
    ref: str = ""
    is_wrong: bool = False
    """It will never arrive, or was tried in vain."""
    url: str = ""
    number: int = 0
    """Its key as a number."""
    may_retry: bool = False
    """It only moves on by hand, and the reader may do that."""


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of the outbox, newest first, with every state to choose."""

    rows: tuple[OutboxRow, ...] = ()
    state: str = ""
    """Which state is shown; ``""`` for all."""
    states: tuple[Choice, ...] = ()
    """With its count as ``hint``."""
    stuck_by: tuple[Choice, ...] = ()
    """The channels of those shown that only move on by hand, each with its count."""
    total: str = ""
    number: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False


@dataclass(frozen=True, slots=True)
class NoticeWay:
    """Whether a group of notices comes by one way."""

    key: str = ""
    is_used: bool = False
    """Whether the process tells anything of the group this way at all."""
    is_forced: bool = False
    """Whether all of it comes whatever the person sets."""
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """A group of notices that a person turns on and off together."""

    key: str = ""
    name: str = ""
    what: str = ""
    ways: tuple[NoticeWay, ...] = ()
    """In the app, then by e-mail."""
    always: str = ""
    """What of it comes whatever the person sets, as a sentence."""


@dataclass(frozen=True, slots=True)
class MyNotices:
    """What a person has set about their notices, and what there is to choose."""

    groups: tuple[NoticeChoice, ...] = ()
    email: str = ""
    pace: str = ""
    paces: tuple[Choice, ...] = ()
    quiet: str = ""
    quiet_choices: tuple[Choice, ...] = ()
    starts: str = ""
    """When one's own quiet hours start, as ``22:00``."""
    ends: str = ""
    has_weekends: bool = False
    zone: str = ""
    never_waits: str = ""
    """The severities whose messages do not wait for the end of quiet hours."""


@dataclass(frozen=True, slots=True)
class ProcessTableRow:
    """A row of a table in the process document; its first cell is the row's head."""

    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessSection:
    """A readable section: paragraphs, then a table, then a list; each may be missing."""

    key: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[ProcessTableRow, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessDocument:
    """The live version of the process."""

    name: str = ""
    version: int = 0
    published_at: str = ""
    published_by: str = ""
    note: str = ""
    """What was changed, in the words of who published it."""
    sections: tuple[ProcessSection, ...] = ()
