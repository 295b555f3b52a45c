"""Paths, their steps and playbooks as the process defines them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import BREACH, ZERO, Metric, Threshold
from escalation_app.domain.fields import FieldCondition


class Audience(StrEnum):
    """Who a message or a step can be addressed to, relative to a ticket."""

    ASSIGNEE = "assignee"
    REQUESTER = "requester"
    TEAM = "team"
    TEAM_LEAD = "team_lead"
    CASE_MANAGER = "case_manager"
    MANAGERS = "managers"
    EXECUTIVES = "executives"
    ADMINS = "admins"
    OBLIGED = "obliged"
    """Those who owe something to the case and have not done it."""
    TOLD = "told"
    """The people whom the event itself names."""


@dataclass(frozen=True, slots=True)
class ShareAnchor:
    """A step stands where `share` percent of the metric's target is used up and `offset` of open
    time has passed since; 100 and nothing is the breach. An hour before due is 100 and -1 h."""

    metric: Metric
    share: int = BREACH.share
    offset: timedelta = ZERO

    @property
    def threshold(self) -> Threshold:
        return Threshold(self.share, self.offset)


@dataclass(frozen=True, slots=True)
class DelayAnchor:
    """A step stands `after` the step before it, in the path's calendar when `working`."""

    after: timedelta
    working: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """When something applies to a ticket: every part that is not empty must hold.

    `metrics` are the kinds of breach, `kinds` the types of escalation, `words` stand in the
    ticket's subject or category, `fields` are of those that the process defines.
    """

    severities: tuple[int, ...] = ()
    urgencies: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    fields: tuple[FieldCondition, ...] = ()


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody is to do for a case, `within` that much time: open time of the path's
    calendar when `working`."""

    text: str
    within: timedelta
    working: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """Until somebody acknowledges, a step is taken again `every` so often, `at_most` that many
    times more."""

    every: timedelta
    at_most: int


class StopWhen(StrEnum):
    """What ends a path by itself, besides resolving or de-escalating the ticket."""

    MET = "met"
    """The clock that started it was met."""
    ANSWERED = "answered"
    """One of our people wrote to the customer."""
    ASSIGNED = "assigned"
    """Somebody took the ticket, or was given it by a person."""
    ACKNOWLEDGED = "acknowledged"
    WAITING = "waiting"
    """The ticket waits for the customer or a supplier."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of a path.

    `says` is one plain sentence of what happens, shown before it does. It is passed over where
    `only_if` does not hold. `team`, `post` and `task` are what the action needs.

    `acknowledge_within` asks those told to acknowledge, every one of them if `by_everyone`: an
    acknowledgement holds the delay steps after it until that long has passed with no activity.
    Until it comes, the step is repeated as `repeat` says; after the last repeat, or after
    `acknowledge_within` where nothing is repeated, the `otherwise` audience is told.
    """

    key: str
    name: str
    anchor: ShareAnchor | DelayAnchor
    action: StepAction
    audience: tuple[Audience, ...]
    says: str
    acknowledge_within: timedelta | None = None
    by_everyone: bool = False
    repeat: Repeat | None = None
    otherwise: tuple[Audience, ...] = ()
    only_if: Condition = ALWAYS
    team: str = ""
    post: str = ""
    task: Task | None = None

    @property
    def asks(self) -> bool:
        """Whether it wants to be acknowledged."""
        return self.acknowledge_within is not None


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """The steps taken when a clock of one of `metrics` runs out on a ticket of `severities` and,
    where they are given, of these `plans` and `urgencies`, and with this in its `fields`.

    The first step is anchored to a share, and a run starts there. `weight` orders paths: of those
    that fit the heaviest is taken, and a run is raised to a heavier path, never to a lighter one.
    `calendar` is that of its working delays. `stop_when` ends a run early.
    """

    key: str
    name: str
    severities: tuple[int, ...]
    metrics: tuple[Metric, ...]
    weight: int
    calendar: str
    steps: tuple[PathStep, ...]
    plans: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    fields: tuple[FieldCondition, ...] = ()
    stop_when: frozenset[StopWhen] = frozenset()


@dataclass(frozen=True, slots=True)
class PlaybookTask:
    """A task of a playbook, for everybody in the `audience`."""

    audience: tuple[Audience, ...]
    task: Task


@dataclass(frozen=True, slots=True)
class Playbook:
    """A foreseen case: where `when` holds, an escalation is of this `kind` (functional,
    hierarchical or automatic), follows `path`, goes to `team` and begins with `tasks`.

    An automatic one replaces the path that the breach would have started. What is empty is left
    as it is.
    """

    key: str
    name: str
    says: str
    when: Condition
    kind: str
    path: str = ""
    team: str = ""
    tasks: tuple[PlaybookTask, ...] = ()
