"""What a simulation comes to: promises kept and missed, escalations, load, messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import EscalationKind


@dataclass(frozen=True, slots=True)
class Spread:
    """How lengths of time are spread: `ninetieth` is not exceeded by nine in ten of them."""

    count: int
    median: timedelta
    ninetieth: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class PromiseFindings:
    """How one promise was kept on the tickets that ended with this severity.

    A ticket is missed if any cycle of the clock was. `underway` are not missed so far, `withdrawn`
    were not needed any more. `late_by` is open time over the target, in the clock's own calendar.
    """

    severity: int
    metric: Metric
    met: int
    missed: int
    underway: int
    withdrawn: int
    late_by: Spread | None


@dataclass(frozen=True, slots=True)
class StepFindings:
    """How often a step of a path was taken, and came to nothing. `repeated` counts its repeats,
    `unanswered` its fall-backs, `passed_over` where its condition did not hold."""

    key: str
    name: str
    taken: int
    no_recipient: int
    nothing_above: int
    passed_over: int
    repeated: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class PathFindings:
    key: str
    name: str
    runs: int
    steps: tuple[StepFindings, ...]


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Open tickets on a date (UTC): on average over its time, and at most."""

    on: date
    average: float
    most: int


@dataclass(frozen=True, slots=True)
class TierFindings:
    """`reached` tickets were open on the tier, each for its `stay` in all (by the clock on the
    wall). `average` and `most` are open tickets over the whole time."""

    level: int
    name: str
    volume_target: int
    reached: int
    stay: Spread | None
    average: float
    most: int
    days: tuple[DayLoad, ...]

    @property
    def days_over_target(self) -> int:
        """Days on which more tickets than the tier should hold were open at once."""
        return sum(day.most > self.volume_target for day in self.days)


@dataclass(frozen=True, slots=True)
class PersonFindings:
    """What somebody of ours was told, and in their busiest hour."""

    id: int
    name: str
    messages: Mapping[Delivery, int]
    most_in_an_hour: int

    @property
    def total(self) -> int:
        return sum(self.messages.values())


@dataclass(frozen=True, slots=True)
class BusiestHour:
    at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What would have happened. `people` are those of ours who were told something, most first;
    `customers` is what requesters were told, `customers_told` how many of them were; `posts`
    counts what was posted on each channel."""

    process: str
    begins_at: datetime | None
    ends_at: datetime
    tickets: int
    still_open: int
    promises: tuple[PromiseFindings, ...]
    escalations: Mapping[EscalationKind, int]
    moved_up_by_engine: int
    moved_up_by_people: int
    paths: tuple[PathFindings, ...]
    no_path: Mapping[str, int]
    no_recipient: int
    tiers: tuple[TierFindings, ...]
    messages: Mapping[Delivery, int]
    people: tuple[PersonFindings, ...]
    posts: Mapping[str, int]
    customers: Mapping[Delivery, int]
    customers_told: int
    busiest_hour: BusiestHour | None
    events: Mapping[EventKind, int]
