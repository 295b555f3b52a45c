"""People, engines and messages, for admins."""

from dataclasses import dataclass

from escalation_app.views.common import Choice, Figure, PersonMark


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the admin's list."""

    key: str = ""
    person: PersonMark = PersonMark()
    email: str = ""
    role_name: str = ""
    organisation: str = ""
    team: str = ""
    tier_name: str = ""
    is_active: bool = True
    seen_at: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the people. ``first`` and ``last`` count from 1, ``number`` from 0."""

    rows: tuple[PersonRow, ...] = ()
    total: int = 0
    number: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
    everybody: int = 0
    """How many there are without the search."""


@dataclass(frozen=True, slots=True)
class EngineBeat:
    """The sign of life of one engine. Whether it is late is told by the browser, by its age."""

    key: str = ""
    name: str = ""
    at: str = ""
    started_at: str = ""
    sweep: str = ""
    """How long the last sweep took: ``"3.1 ms"``."""
    lag: str = ""
    """How late the earliest timer was when it was noticed, or is by now."""
    fired: int = 0
    failed: int = 0
    jumped: str = ""
    """By how much its clock was set, while that keeps it from firing: ``"1 h 0 min back"``."""
    held_until: str = ""
    may_confirm: bool = False
    """Whether the viewer can say that the new time is right; not once somebody has."""
    audited: str = ""
    """How many tickets its auditor looked at, and how many timers it had to set."""


@dataclass(frozen=True, slots=True)
class EngineView:
    """How the engines do and what waits for them."""

    heartbeat_at: str = ""
    """The youngest sign of life; ``""`` when no engine runs."""
    late_after_s: int = 10
    """Seconds without a sign after which an engine counts as silent."""
    beats: tuple[EngineBeat, ...] = ()
    next_due_at: str = ""
    waiting: int = 0
    overdue: int = 0
    failing: int = 0
    """Timers that failed and were moved ahead."""
    today: tuple[Figure, ...] = ()
    today_from: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to a person.

    ``state``: ``pending``, ``sent``, ``kept`` (no mail server is set), ``digested``,
    ``suppressed``, ``dead``.
    """

    key: str = ""
    at: str = ""
    recipient: str = ""
    channel: str = ""
    subject: str = ""
    state: str = ""
    state_name: str = ""
    state_at: str = ""
    """When it was sent, or is tried next."""
    attempts: int = 0
    note: str = ""
    ref: str = ""
    is_wrong: bool = False
    """It will never arrive, or was tried in vain."""
    url: str = ""
    number: int = 0
    """Its key as a number."""
    may_retry: bool = False
    """It only moves on by hand, and the reader may do that."""


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of the outbox, newest first, with every state to choose."""

    rows: tuple[OutboxRow, ...] = ()
    state: str = ""
    """Which state is shown; ``""`` for all."""
    states: tuple[Choice, ...] = ()
    """With its count as ``hint``."""
    stuck_by: tuple[Choice, ...] = ()
    """The channels of those shown that only move on by hand, each with its count."""
    total: str = ""
    number: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
