"""What somebody did to a ticket, step by step, before history is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from escalation_app.demo import phrases
from escalation_app.demo.people import Organisation
from escalation_app.demo.stories import Details, Story
from escalation_app.domain.clocks import Metric


class Do(StrEnum):
    """What somebody does to a ticket in a script."""

    TAKE = "take"
    REPLY = "reply"
    CALL = "call"
    NOTE = "note"
    ASK = "ask"
    WAIT_FOR_SUPPLIER = "wait_for_supplier"
    HAND_UP = "hand_up"
    ASK_MANAGER = "ask_manager"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    WRITE = "write"
    REQUEST = "request"
    ACKNOWLEDGE = "acknowledge"
    TAKE_CASE = "take_case"
    SETTLE = "settle"


CUSTOMER_DOES = frozenset({Do.WRITE, Do.REQUEST})


MANAGER_DOES = frozenset({Do.ACKNOWLEDGE, Do.TAKE_CASE, Do.SETTLE})


_IT, _MONEY, _SALES = "bauer", "park", "costa"

DEPARTMENTS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    2: ("sato", {"Devices": _IT, "Files": _IT, "Payments": _MONEY}),
    3: ("osei", {"Payments": "sorel", "Accounts": "sorel", "Contract": _SALES, "Bookings": _SALES}),
}
"""By tier: the lead of its team, and who knows a category better than the team does."""


TOLD_BY = {
    Metric.NEXT_REPLY: phrases.REPLIES,
    Metric.NEXT_UPDATE: phrases.STILL_ON_IT,
}
"""What the customer hears before these clocks are over, most of the time."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done at `at`. `who` is a person's key; without it whoever holds the ticket, its
    customer or the manager of its case acts. `to` is the key of whom it is given to. What is done
    `about` a clock (metric and cycle) is left out once that does not run any more."""

    at: datetime
    do: Do
    text: str = ""
    who: str = ""
    to: str = ""
    about: tuple[Metric, int] | None = None


@dataclass(slots=True)
class Script:
    """A ticket from its opening on. With `is_acknowledged`, a manager acknowledges its escalation
    within half an hour; with `may_be_taken` some of them take the case before its path says so."""

    organisation: Organisation
    requester: str
    story: Story
    severity: int
    opened_at: datetime
    steps: list[Step]
    channel: str = "portal"
    is_acknowledged: bool = True
    may_be_taken: bool = True

    @property
    def details(self) -> Details:
        return Details.of(self.organisation, self.opened_at)
