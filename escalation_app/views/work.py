"""One's own work."""

from dataclasses import dataclass

from escalation_app.views.case import DutyRow, PreventionLine, PromiseLine
from escalation_app.views.common import TimeLeft


@dataclass(frozen=True, slots=True)
class AskedRow:
    """An escalation that the reader is asked to acknowledge."""

    key: str = ""
    url: str = ""
    subject: str = ""
    customer: str = ""
    why: str = ""
    since_at: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case that the reader owns, sponsors or looks after in somebody's place."""

    key: str = ""
    url: str = ""
    subject: str = ""
    customer: str = ""
    part: str = ""
    """ "Owner" or "Sponsor", with whose place is taken."""
    time_left: TimeLeft = TimeLeft()
    late: int = 0
    """Obligations that are late."""
    owed: int = 0


@dataclass(frozen=True, slots=True)
class WorkPage:
    """What one person of ours owes, has promised, is asked for and leads."""

    duties: tuple[DutyRow, ...] = ()
    promises: tuple[PromiseLine, ...] = ()
    asked: tuple[AskedRow, ...] = ()
    cases: tuple[MyCase, ...] = ()
    preventions: tuple[PreventionLine, ...] = ()
    words: str = ""
    stands_in: str = ""
    """For whom the reader stands in now."""
