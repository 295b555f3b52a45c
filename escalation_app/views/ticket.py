"""The page of a ticket."""

from dataclasses import dataclass

from escalation_app.views.clocks import ClockView, PathView
from escalation_app.views.common import Choice, FileChip, PersonMark, Sentence, TextPart, TimeLeft


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
    is_long: bool = False
    """Whether a message would push the others off the screen."""
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
class TriageView:
    """A request that is answered. `is_told`: the customer reads the answer, since the ticket's tier
    writes to them."""

    subject: str = ""
    request: RequestView = RequestView()
    is_told: bool = True


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
