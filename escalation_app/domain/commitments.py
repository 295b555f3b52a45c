"""What people owe to an escalated case: obligations of ours, promises to the customer, and
requests of the customer's that somebody has to look at.

Each is numbered within its ticket, from 1. Its clock is the ticket's clock of its metric with that
number as its cycle.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ObligationState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    DONE = "done"
    RELEASED = "released"
    """Its person cannot contribute, and somebody said why."""
    DROPPED = "dropped"
    """The case was over first."""


OWED = frozenset({ObligationState.OPEN, ObligationState.ACCEPTED, ObligationState.BLOCKED})


@dataclass(frozen=True)
class Obligation:
    """What one person of ours is to do for the case, and what became of it.

    `is_call` is done by writing or talking to the customer. `reason` is why it is blocked or was
    released. `role` is the person's part in the case, such as "billing" or "lead". `instead_of` is
    whoever is away and would have got it. `nudged_at` is when its person was last reminded.
    """

    number: int
    person_id: int
    text: str
    created_at: datetime
    created_by: int | None
    """None: by the process."""
    role: str = ""
    is_priority: bool = False
    is_call: bool = False
    state: ObligationState = ObligationState.OPEN
    reason: str = ""
    ended_at: datetime | None = None
    instead_of: int | None = None
    nudged_at: datetime | None = None

    @property
    def is_owed(self) -> bool:
        return self.state in OWED


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"
    """The customer agreed to another one in its place."""
    VOID = "void"
    """The ticket was resolved before it was due: neither kept nor broken."""


@dataclass(frozen=True)
class Promise:
    """What was promised to the customer, by whom, for when. `replaces` is the number of the
    promise it was agreed in place of. `doubts` says what spoke against it when it was made, and
    `override_reason` why it was made all the same."""

    number: int
    owner_id: int
    text: str
    due_at: datetime
    made_at: datetime
    made_by: int
    replaces: int | None = None
    state: PromiseState = PromiseState.OPEN
    reason: str = ""
    ended_at: datetime | None = None
    doubts: str = ""
    override_reason: str = ""


@dataclass(frozen=True)
class EscalationRequest:
    """The customer asks for an escalation: always accepted, and triaged under its own clock."""

    number: int
    requested_by: int
    reason: str
    requested_at: datetime
    triaged_at: datetime | None = None
    triaged_by: int | None = None
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        return self.triaged_at is None
