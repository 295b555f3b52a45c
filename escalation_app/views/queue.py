"""The queue: its rows, columns, views and filters."""

from dataclasses import dataclass

from escalation_app.views.common import Choice, PersonMark, TimeLeft


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket in a queue. ``time_left`` is its most pressing clock."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    customer: str = ""
    plan: str = ""
    severity: str = ""
    """Key, ``"S1"`` to ``"S4"``: its number gives the weight of ink."""
    severity_name: str = ""
    tier: str = ""
    """Short: ``"T2"``."""
    status_name: str = ""
    assignee: PersonMark = PersonMark()
    time_left: TimeLeft = TimeLeft()
    has_path: bool = False
    has_promise: bool = False
    team: str = ""
    tags: tuple[str, ...] = ()
    opened_at: str = ""
    last_contact_at: str = ""
    last_contact_by: str = ""
    """``"us"`` or ``"them"``."""
    is_customer_waiting: bool = False
    """The customer spoke last."""
    is_fresh: bool = False
    """Changed elsewhere a moment ago."""
    is_changed: bool = False
    """Changed by others since the reader last saw it."""
    is_snoozed: bool = False
    """Out of the reader's own queue: until an instant, else until the customer answers."""
    snoozed_until: str = ""
    is_escalated: bool = False


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a queue, most pressing first. ``first`` and ``last`` count from 1."""

    rows: tuple[QueueRow, ...] = ()
    total: int = 0
    first: int = 0
    last: int = 0
    has_previous: bool = False
    has_next: bool = False
    empty: str = ""
    """Why there are no rows: ``nothing_yet``, ``nothing_matches`` or ``all_done``."""
    hidden: int = 0
    """Tickets that the filters leave out, for ``nothing_matches``."""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """A column of a queue, or one that could be. ``sort``: what it is sorted by, ``""`` if it
    cannot be; ``order``: ``ascending``, ``descending``, or ``""`` when another decides."""

    key: str = ""
    name: str = ""
    sort: str = ""
    order: str = ""
    is_shown: bool = True
    can_go_up: bool = False
    can_go_down: bool = False


@dataclass(frozen=True, slots=True)
class QueueView:
    """A view in the rail. ``over`` marks its count as a matter of time; one below zero is not
    known. ``is_default``: the reader begins with it."""

    key: str = ""
    name: str = ""
    count: int = 0
    over: bool = False
    url: str = ""
    is_current: bool = False
    hint: str = ""
    is_default: bool = False
    is_bounded: bool = False
    """More than 99 are not counted."""


@dataclass(frozen=True, slots=True)
class QueueViewGroup:
    """A heading of the rail with its views."""

    name: str = ""
    views: tuple[QueueView, ...] = ()
    is_saved: bool = False
    """The reader's own saved views, to which more can be added."""


@dataclass(frozen=True, slots=True)
class SavedViewMark:
    """The saved view that is open. No key means none. ``is_changed``: what is shown is not what it
    holds any more; ``is_mine``: the reader may change it."""

    key: str = ""
    name: str = ""
    shared_with: str = ""
    owner: str = ""
    is_mine: bool = False
    is_changed: bool = False
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is set: ``Tier  1 to 3``."""

    key: str = ""
    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter that can be set, with its choices; ``value`` is the one that is set, ``""`` none.

    ``kind``: ``one`` of the choices, or ``several`` of them (those that are ``is_chosen``).
    """

    key: str = ""
    label: str = ""
    choices: tuple[Choice, ...] = ()
    value: str = ""
    kind: str = "one"
