"""The list of escalations."""

from dataclasses import dataclass

from escalation_app.views.case import DutyRow
from escalation_app.views.common import Choice, Figure, PersonMark, TimeLeft


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
    blocked: str = ""
    """Who says that something blocks what they owe."""
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
class EscalationBoard:
    """The manager's list. `only`: what it can be narrowed to, each with its count as hint; `late`:
    what is owed too long in the cases listed, the longest first; `has_more`: there may be more
    behind the last one listed."""

    groups: tuple[EscalationGroup, ...] = ()
    figures: tuple[Figure, ...] = ()
    only: tuple[Choice, ...] = ()
    kinds: tuple[Choice, ...] = ()
    departments: tuple[Choice, ...] = ()
    late: tuple[DutyRow, ...] = ()
    has_more: bool = False
