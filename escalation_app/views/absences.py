"""Who is away."""

from dataclasses import dataclass

from escalation_app.views.common import Choice, PersonMark


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """Somebody of ours who is away, or will be."""

    key: int = 0
    person: PersonMark = PersonMark()
    from_at: str = ""
    until_at: str = ""
    substitute: str = ""
    note: str = ""
    is_now: bool = False
    can_end: bool = False


@dataclass(frozen=True, slots=True)
class AbsencePage:
    """Who is away, one's own absences first, and whom the form chooses from."""

    mine: tuple[AbsenceLine, ...] = ()
    others: tuple[AbsenceLine, ...] = ()
    people: tuple[Choice, ...] = ()
    """For whom the reader may say so; only themselves, or everybody."""
    substitutes: tuple[Choice, ...] = ()
    me: str = ""
    is_for_all: bool = False
