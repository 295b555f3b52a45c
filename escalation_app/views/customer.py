"""A customer's own screens."""

from dataclasses import dataclass

from escalation_app.views.common import FileChip, Sentence, TextPart, TimeLeft
from escalation_app.views.ticket import Fact


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
class CustomerPromise:
    """Something that was promised besides the time to solve it, and what became of it."""

    key: str = ""
    text: str = ""
    due: Sentence = Sentence()
    instead_of: Sentence = Sentence()
    """The earlier time that this one was agreed in place of."""
    left: TimeLeft = TimeLeft()


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
    title_parts: tuple[TextPart, ...] = ()
    """The text and the title in pieces, where they have links in them."""


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
    can_confirm: bool = False
    """Whether the reader may say that what we resolved works."""
    closes: Sentence = Sentence()
    """When it closes if nobody says so."""
    can_escalate: bool = False
    is_resolved: bool = False
    goes_on_in: str = ""
    """The reference of the ticket it was merged into, and its page."""
    goes_on_url: str = ""
    earlier: int = 0
    """Entries of the history before the last one shown."""
    facts: tuple[Fact, ...] = ()
    """What stands in the fields that customers see."""
    promises: tuple[CustomerPromise, ...] = ()
    """What was promised besides the time to solve it."""
    question: str = ""
    """What we wrote last, shortened, and who did, while the ticket waits for the customer."""
    asked_by: str = ""
