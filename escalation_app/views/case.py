"""The war room of an escalated ticket."""

from dataclasses import dataclass

from escalation_app.views.clocks import PathView
from escalation_app.views.common import Choice, PersonMark, Sentence, TimeLeft
from escalation_app.views.ticket import TimelineItem


@dataclass(frozen=True, slots=True)
class CaseHead:
    """The top of a case. `is_over`: its escalation has ended, and nothing of it changes."""

    ref: str = ""
    ticket_url: str = ""
    subject: str = ""
    severity: str = ""
    severity_name: str = ""
    customer: str = ""
    requester: str = ""
    opened_at: str = ""
    escalated_at: str = ""
    kind_name: str = ""
    why: str = ""
    status_name: str = ""
    owner: PersonMark = PersonMark()
    sponsor: PersonMark = PersonMark()
    resolution: TimeLeft = TimeLeft()
    acknowledged: Sentence = Sentence()
    """Who has acknowledged it and when, or who has been asked."""
    is_acknowledged: bool = False
    nudged_at: str = ""
    """When those who owe the acknowledgement were last reminded."""
    is_over: bool = False
    end: Sentence = Sentence()
    version: int = 0


@dataclass(frozen=True, slots=True)
class CaseAbilities:
    """What the reader may do with this case now. The services decide again."""

    can_list: bool = False
    """See the list of escalations."""
    can_oblige: bool = False
    can_promise: bool = False
    can_decide: bool = False
    can_assign: bool = False
    can_end: bool = False
    can_begin_again: bool = False
    """Take up again what ended."""
    can_update: bool = False
    can_acknowledge: bool = False
    can_nudge: bool = False
    """Remind those who owe the acknowledgement."""


@dataclass(frozen=True, slots=True)
class DutyRow:
    """An obligation of a member. `hint` of the person is their department."""

    key: str = ""
    number: int = 0
    ref: str = ""
    url: str = ""
    """Of its case, where it stands among those of others."""
    subject: str = ""
    person: PersonMark = PersonMark()
    text: str = ""
    role: str = ""
    place: str = ""
    """Whose place the person takes."""
    state: str = ""
    note: str = ""
    """Its state in words, with the reason: "Blocked: no access"."""
    time_left: TimeLeft = TimeLeft()
    due_at: str = ""
    nudged_at: str = ""
    is_late: bool = False
    can_accept: bool = False
    can_do: bool = False
    """Say that it is done, or blocked."""
    can_release: bool = False
    can_nudge: bool = False


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promise to the customer. One that took another's place says from when it was moved."""

    key: str = ""
    number: int = 0
    ref: str = ""
    url: str = ""
    customer: str = ""
    text: str = ""
    owner: str = ""
    made_at: str = ""
    due_at: str = ""
    state: str = ""
    time_left: TimeLeft = TimeLeft()
    doubts: str = ""
    override: str = ""
    moved_from: str = ""
    moved_why: str = ""
    can_keep: bool = False
    can_renegotiate: bool = False


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """A promise of which somebody says that it has happened. ``message`` is what the customer
    would read."""

    ref: str = ""
    number: int = 0
    text: str = ""
    customer: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PreventionLine:
    """What somebody is to do so that a solved case does not come back. `place`: for whom the
    reader does it; `moved`: why it has another date."""

    key: str = ""
    number: int = 0
    ref: str = ""
    url: str = ""
    subject: str = ""
    customer: str = ""
    text: str = ""
    place: str = ""
    moved: str = ""
    due_at: str = ""
    time_left: TimeLeft = TimeLeft()
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class KeptRate:
    """How many of somebody's promises were kept: "22 of 23"."""

    name: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Beat:
    """A word to the customer that was due: `state` done, late, next or todo."""

    key: str = ""
    at: str = ""
    words: str = ""
    state: str = "done"
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often the customer hears from us. Without `every` nothing is promised."""

    every: str = ""
    time_left: TimeLeft = TimeLeft()
    beats: tuple[Beat, ...] = ()
    last_at: str = ""
    """When they last heard from us."""
    draft: str = ""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A line of the log of decisions."""

    key: str = ""
    at: str = ""
    title: str = ""
    text: str = ""
    is_recorded: bool = False
    """Whether somebody wrote it down as a decision, rather than it followed from an act."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """The war room of one escalated ticket."""

    head: CaseHead = CaseHead()
    may: CaseAbilities = CaseAbilities()
    path: PathView = PathView()
    duties: tuple[DutyRow, ...] = ()
    duty_words: str = ""
    promises: tuple[PromiseLine, ...] = ()
    promise_words: str = ""
    kept: tuple[KeptRate, ...] = ()
    cadence: Cadence = Cadence()
    decisions: tuple[DecisionLine, ...] = ()
    said: tuple[TimelineItem, ...] = ()
    """The latest public messages, newest first."""
    earlier: int = 0
    moved: tuple[TimelineItem, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseChoices:
    """What the dialogs of a case choose from."""

    people: tuple[Choice, ...] = ()
    managers: tuple[Choice, ...] = ()
    executives: tuple[Choice, ...] = ()
    me: str = ""


@dataclass(frozen=True, slots=True)
class CasePeek:
    """One case at the side of the list. `silent`: who has not acknowledged it; `owed`: who still
    owes something, who is late first; `promises`: the open ones."""

    head: CaseHead = CaseHead()
    may: CaseAbilities = CaseAbilities()
    url: str = ""
    plan: str = ""
    silent: tuple[PersonMark, ...] = ()
    owed: tuple[DutyRow, ...] = ()
    duty_words: str = ""
    promises: tuple[PromiseLine, ...] = ()
    cadence: Cadence = Cadence()
    moved: tuple[TimelineItem, ...] = ()
    is_asked: bool = False
    """The customer asked for it, and the reader may answer that."""
