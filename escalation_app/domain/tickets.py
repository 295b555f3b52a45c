"""A ticket as the domain sees it, with its clocks, its escalation and its path run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.commitments import EscalationRequest, Obligation, Promise
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import Event
from escalation_app.domain.fields import NOTHING_FILLED
from escalation_app.domain.values import changed


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_SUPPLIER = "waiting_supplier"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STATUSES = frozenset(
    {Status.NEW, Status.OPEN, Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER}
)
WAITING_STATUSES = frozenset({Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, *WAITING_STATUSES, Status.RESOLVED}),
    Status.OPEN: frozenset({*WAITING_STATUSES, Status.RESOLVED}),
    Status.WAITING_CUSTOMER: frozenset({Status.OPEN, Status.WAITING_SUPPLIER, Status.RESOLVED}),
    Status.WAITING_SUPPLIER: frozenset({Status.OPEN, Status.WAITING_CUSTOMER, Status.RESOLVED}),
    Status.RESOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}


class Side(StrEnum):
    """Whose side a message came from."""

    US = "us"
    THEM = "them"


class EscalationKind(StrEnum):
    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Escalation:
    """The one active escalation of a ticket; later triggers join it, on record. `nudged_at` is when
    those who owe its acknowledgement were last reminded."""

    kind: EscalationKind
    reason: str
    requested_by: int | None
    from_tier: int
    started_at: datetime
    manager_id: int | None = None
    executive_id: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    nudged_at: datetime | None = None
    id: int | None = None


class StepOutcome(StrEnum):
    DONE = "done"
    NO_RECIPIENT = "no_recipient"
    """Nobody could be told or given the case, so it went to the managers, else the admins."""
    NOTHING_ABOVE = "nothing_above"
    """It stands on the top tier, or at the highest severity, already."""
    NOT_FITTING = "not_fitting"
    """Its condition did not hold, so it was passed over."""
    UNANSWERED = "unanswered"
    """Nobody acknowledged the step, so those who come after were told."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One executed step of a run. Unique per (run, step, loop): loop 0 is the step itself, the
    next ones are its repeats, the last its fall-back."""

    step: int
    loop: int
    taken_at: datetime
    due_at: datetime
    outcome: StepOutcome
    told: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Ask:
    """The acknowledgement that a run awaits: of its step `step`, by those `told`.

    `due_at` is when the step is repeated or, after the last repeat, its fall-back follows; None
    when neither is left.
    """

    step: int
    told: tuple[int, ...]
    due_at: datetime | None
    loop: int = 0
    acknowledged: tuple[int, ...] = ()


@dataclass(frozen=True)
class PathRun:
    """An escalation path under way.

    It cites its path by key and immutable process version, so edits never change it.
    `taken` holds the steps taken by the decision at hand, not those taken before it.
    `next_due_at` is set when the next step waits for an instant of its own (a delay, or a
    share already passed); a step anchored to a share still ahead waits for its clock's mark.
    `cycle` is that of the clock whose mark started it. `held_for` is set once its step was
    acknowledged: a delay step then waits until that long has passed without activity.
    """

    path: str
    process_version: int
    started_at: datetime
    trigger: str
    cycle: int = 1
    next_step: int = 0
    next_due_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    ask: Ask | None = None
    held_for: timedelta | None = None
    taken: tuple[StepTaken, ...] = ()
    id: int | None = None


@dataclass(frozen=True)
class Ticket:
    """Everything the domain needs to decide about one ticket.

    `clocks` holds every clock of every cycle. `muted` holds "metric:cycle" of clocks whose
    escalation was ended by a person: they start no path again.
    """

    id: int
    reference: str
    subject: str
    organisation_id: int
    requester_id: int
    plan: str
    impact: str
    urgency: str
    severity: int
    status: Status
    tier: int
    team: str
    assignee_id: int | None
    process_version: int
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    last_contact_at: datetime | None = None
    last_contact_by: Side | None = None
    last_move: str = ""
    last_moved_at: datetime | None = None
    close_at: datetime | None = None
    floor_used: bool = False
    muted: frozenset[str] = frozenset()
    revision: int = 0
    clocks: tuple[Clock, ...] = ()
    escalation: Escalation | None = None
    run: PathRun | None = None
    category: str = ""
    obligations: tuple[Obligation, ...] = ()
    promises: tuple[Promise, ...] = ()
    requests: tuple[EscalationRequest, ...] = ()
    tags: frozenset[str] = frozenset()
    filled: Mapping[str, str] = field(default_factory=lambda: NOTHING_FILLED, hash=False)
    """What stands in the fields that the process defines, by key."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    def clock(self, metric: Metric) -> Clock | None:
        """The clock of the metric's latest cycle."""
        found: Clock | None = None
        for clock in self.clocks:
            if clock.metric is metric and (found is None or clock.cycle > found.cycle):
                found = clock
        return found

    def clock_of(self, metric: Metric, cycle: int) -> Clock | None:
        """The clock of one cycle of a metric."""
        for clock in self.clocks:
            if clock.metric is metric and clock.cycle == cycle:
                return clock
        return None

    def with_clock(self, new: Clock) -> "Ticket":
        """The ticket with this clock put in place of the same metric and cycle, or added."""
        clocks = list(self.clocks)
        for place, clock in enumerate(clocks):
            if clock.metric is new.metric and clock.cycle == new.cycle:
                clocks[place] = new
                break
        else:
            clocks.append(new)
        return changed(self, clocks=tuple(clocks))


def require_transition(current: Status, wanted: Status) -> None:
    """Raise Invalid when a ticket may not go from one status to the other."""
    if wanted not in TRANSITIONS[current]:
        raise Invalid(f"A ticket that is {words(current)} cannot become {words(wanted)}.")


STATUS_WORDS: dict[Status, str] = {
    Status.NEW: "new",
    Status.OPEN: "in progress",
    Status.WAITING_CUSTOMER: "waiting for customer",
    Status.WAITING_SUPPLIER: "waiting for supplier",
    Status.RESOLVED: "resolved",
    Status.CLOSED: "closed",
}


def words(status: Status) -> str:
    """The status as people read it, in lower case."""
    return STATUS_WORDS[status]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message a decision adds to the conversation."""

    at: datetime
    author_id: int | None
    author_name: str
    side: Side
    is_public: bool
    is_automatic: bool
    body: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the domain decided for one ticket. `before` is None when it is new.

    `ended` holds runs and escalations that are over and no longer on the ticket.
    """

    before: Ticket | None
    after: Ticket
    events: tuple[Event, ...] = ()
    messages: tuple[NewMessage, ...] = ()
    ended: tuple[PathRun | Escalation, ...] = ()

    @property
    def is_change(self) -> bool:
        return self.before is not self.after or bool(self.events or self.messages)


@dataclass(frozen=True, slots=True)
class Pressing:
    """The most pressing clock of a ticket, as boards sort and count by it.

    `state`: running, paused, overpaused (breached, then paused) or none. `sort_at` is never
    None: running by due instant, overpaused by when it broke, the rest last. `from_at` is the
    start of the clock; of an overpaused one, when it was paused.
    """

    state: str
    metric: str
    due_at: datetime | None
    from_at: datetime | None
    soon_at: datetime | None
    sort_at: datetime


CUSTOMERS = frozenset(
    {
        Metric.FIRST_RESPONSE,
        Metric.NEXT_REPLY,
        Metric.NEXT_UPDATE,
        Metric.RESOLUTION,
        Metric.PROMISE,
    }
)
"""The clocks a customer waits for; boards and queues sort by these."""
NEVER_AT = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts behind every real instant."""
SOON_SHARE = 4
"""A clock is due soon when less than one part in this many of its span is left."""


def pressing(ticket: Ticket) -> Pressing:
    """Which clock a board shows for the ticket: of those the customer waits for."""
    if not ticket.is_open:
        return Pressing("none", "", None, None, None, NEVER_AT)
    running: Clock | None = None
    paused: Clock | None = None
    for clock in ticket.clocks:
        if clock.metric not in CUSTOMERS:
            continue
        if clock.state is ClockState.RUNNING and clock.due_at is not None:
            if running is None or clock.due_at < _due(running):
                running = clock
        elif clock.state is ClockState.PAUSED and (
            paused is None or (clock.breached_at is not None and paused.breached_at is None)
        ):
            paused = clock
    if running is not None:
        due = _due(running)
        soon = due - (due - running.started_at) / SOON_SHARE
        return Pressing("running", running.metric, due, running.started_at, soon, due)
    if paused is not None:
        broke = paused.breached_at
        state = "overpaused" if broke else "paused"
        since = paused.paused_at if broke else paused.started_at
        return Pressing(state, paused.metric, broke, since, None, broke or NEVER_AT)
    return Pressing("none", "", None, None, None, NEVER_AT)


def _due(clock: Clock) -> datetime:
    assert clock.due_at is not None
    return clock.due_at
