"""The dialogs in which something is decided about a ticket."""

from dataclasses import dataclass

from escalation_app.views.common import Choice, Sentence, TimeLeft


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
class SolvingChoice:
    """What resolving a ticket would end. ``message`` is what its customer would read, "" where the
    tier does not write."""

    message: str = ""
    effects: tuple[Sentence, ...] = ()


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
    effects: tuple[Sentence, ...] = ()
    """What ends with it that was promised or is owed."""
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
