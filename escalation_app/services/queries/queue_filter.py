"""What a queue is asked for, and how that is said in an address."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Actor, Role
from escalation_app.domain.tags import MAX_TAG, MAX_TAGS, tag_of
from escalation_app.domain.tickets import Status
from escalation_app.routes import queue_url
from escalation_app.services.queries.queue_columns import known_columns

MAX_SEARCH = 100
"""Characters of a search that count."""
MAX_FIELDS = 12
"""Values of fields that are asked for at once."""
_FILLED = re.compile(r"[a-z][a-z0-9_]{0,59}:[a-z0-9_]{1,60}")
MAX_PAGE = 1_000_000
MAX_KEY = 2**31 - 1
MAX_HOURS = 48
EVERY = "all"
"""The value of the tier filter that means every tier."""

AGES = (1, 3, 7, 14, 30)
"""How many days a ticket may be asked to have been open at least."""
CLOCKS: Mapping[str, str] = {
    "over": "over",
    "soon": "due soon",
    "calm": "calm",
    "paused": "paused",
    "none": "no clock runs",
}
ME, NOBODY = "me", "nobody"
"""Values of the assignee filter that are no person's key."""
SORTS: Mapping[str, str] = {
    "time": "most pressing",
    "-time": "least pressing",
    "ref": "lowest reference",
    "-ref": "highest reference",
    "severity": "most severe",
    "-severity": "least severe",
    "tier": "lowest tier",
    "-tier": "highest tier",
    "opened": "oldest",
    "-opened": "newest",
    "contact": "longest without contact",
    "-contact": "latest contact",
}
"""What a queue can be sorted by, and what then comes first."""

VIEWS: Mapping[str, str] = {
    "mine": "My tickets",
    "nobody": "Nobody's yet",
    "snoozed": "Put off",
    "open": "All open",
    "over": "Over",
    "soon": "Due soon",
    "calm": "Calm",
    "path": "Path running",
    "paused": "Paused",
    "solved": "Solved today",
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which tickets a queue shows, and in which order. `tier` 0 means every tier; the other filters
    "" mean any, `age` 0 any. `severity`, `status`, `tag` and `field` hold values with commas
    between them: a ticket has one of the severities and statuses, all of the tags, and one of the
    values of each field, said as `key:value`."""

    view: str = "open"
    tier: int = 0
    severity: str = ""
    team: str = ""
    plan: str = ""
    customer: str = ""
    """Key of an organisation."""
    within: int = 0
    """The coming hour in which they break, as the heatmap counts them: 1 is what is left of this
    one. 0 is any."""
    search: str = ""
    page: int = 1
    status: str = ""
    assignee: str = ""
    """`me`, `nobody` or the key of a person of ours."""
    clock: str = ""
    """How its most pressing clock stands: a key of CLOCKS."""
    age: int = 0
    """Days for which it has been open at least."""
    tag: str = ""
    field: str = ""
    sort: str = "time"
    columns: str = ""
    """Keys of queue_columns.COLUMNS with commas between them; "" are the reader's own."""
    saved: int = 0
    """The saved view that this began as."""

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked for than a view and a tier."""
        return replace(self.asked, page=1, sort="time") != self.everything

    @property
    def asked(self) -> "QueueFilter":
        """What decides which rows a page has: filters, order and page."""
        return replace(self, columns="", saved=0)

    @property
    def everything(self) -> "QueueFilter":
        """The same view of the same tier, with nothing left out."""
        return QueueFilter(self.view, self.tier)

    def values(self, key: str) -> tuple[str, ...]:
        """The values of one of the filters that take several."""
        return tuple(part for part in str(getattr(self, key)).split(",") if part)

    def params(self, home_tier: int | None = None) -> dict[str, str]:
        """The query of its address, without what stands for the default. With no home tier the
        tier is always said, so that it means the same to everybody."""
        tier = EVERY if self.tier == 0 else str(self.tier)
        wanted = {
            "view": "" if self.view == "open" else self.view,
            "tier": "" if self.tier == home_tier else tier,
            "severity": self.severity,
            "team": self.team,
            "plan": self.plan,
            "customer": self.customer,
            "within": str(self.within or ""),
            "status": self.status,
            "assignee": self.assignee,
            "clock": self.clock,
            "age": str(self.age or ""),
            "tag": self.tag,
            "field": self.field,
            "q": self.search,
            "sort": "" if self.sort == "time" else self.sort,
            "columns": self.columns,
            "saved": str(self.saved or ""),
            "page": "" if self.page == 1 else str(self.page),
        }
        return {key: value for key, value in wanted.items() if value}

    def url(self, home_tier: int) -> str:
        """The address of this queue for somebody of that tier. It is never the bare one, which
        leads to the view that somebody begins with."""
        return queue_url(**(self.params(home_tier) or {"view": self.view}))


def home_tier(actor: Actor) -> int:
    """The tier whose queue the actor begins with; 0 is every tier."""
    return 0 if Role.MANAGER in actor.roles or Role.AGENT not in actor.roles else actor.tier


def filter_of(query: Mapping[str, object], actor: Actor) -> QueueFilter:
    """The filter of an address. Whatever it does not understand is left out."""

    def text(key: str, limit: int = 120) -> str:
        value = query.get(key)
        return value.replace("\x00", "").strip()[:limit] if isinstance(value, str) else ""

    view = text("view")
    tier = text("tier")
    severities = (_number(one.upper().removeprefix("S"), 9) for one in text("severity").split(","))
    statuses = [one.value for one in Status if one.value in text("status").split(",")]
    clock, sort = text("clock"), text("sort")
    age = _number(text("age"), max(AGES))
    return QueueFilter(
        view=view if view in VIEWS else "open",
        tier=0 if tier == EVERY else _number(tier, 9) or home_tier(actor),
        severity=",".join(str(one) for one in sorted(set(severities) - {0})),
        team=text("team"),
        plan=text("plan"),
        customer=text("customer"),
        within=_number(text("within"), MAX_HOURS),
        search=" ".join(text("q", MAX_SEARCH).split()),
        status=",".join(statuses),
        assignee=text("assignee"),
        clock=clock if clock in CLOCKS else "",
        age=age if age in AGES else 0,
        tag=",".join(_tags(text("tag", MAX_TAGS * (MAX_TAG + 1)))),
        field=",".join(_filled(text("field", MAX_FIELDS * 130))),
        sort=sort if sort in SORTS else "time",
        columns=",".join(known_columns(text("columns").split(","))),
        saved=_number(text("saved"), MAX_KEY),
        page=_number(text("page"), MAX_PAGE) or 1,
    )


def _tags(text: str) -> list[str]:
    """The tags of a filter as they are kept; what can be none is left out."""
    found: set[str] = set()
    for part in text.split(","):
        with suppress(Invalid):
            found.add(tag_of(part))
    return sorted(found)[:MAX_TAGS]


def _filled(text: str) -> list[str]:
    """What must stand in fields, as `key:value`; what is not said so is left out."""
    return sorted({part for part in text.split(",") if _FILLED.fullmatch(part)})[:MAX_FIELDS]


def _number(text: str, largest: int) -> int:
    """A number from 1 to `largest`, else 0."""
    return (
        int(text)
        if text.isdecimal() and len(text) <= len(str(largest)) and 1 <= int(text) <= largest
        else 0
    )
