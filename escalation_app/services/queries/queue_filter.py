"""What a queue is asked for, and how that is said in an address."""

from collections.abc import Mapping
from dataclasses import dataclass

from escalation_app.domain.permissions import Actor, Role
from escalation_app.routes import queue_url

MAX_SEARCH = 100
"""Characters of a search that count."""
MAX_PAGE = 1_000_000
MAX_HOURS = 48
EVERY = "all"
"""The value of the tier filter that means every tier."""

VIEWS: Mapping[str, str] = {
    "mine": "My tickets",
    "nobody": "Nobody's yet",
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
    """Which tickets a queue shows. `tier` 0 means every tier; the other filters "" mean any."""

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

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked for than a view and a tier."""
        narrow = (self.search, self.severity, self.team, self.plan, self.customer, self.within)
        return any(narrow)

    def params(self, home_tier: int) -> dict[str, str]:
        """The query of its address, without what stands for the default."""
        tier = EVERY if self.tier == 0 else str(self.tier)
        wanted = {
            "view": "" if self.view == "open" else self.view,
            "tier": "" if self.tier == home_tier else tier,
            "severity": self.severity,
            "team": self.team,
            "plan": self.plan,
            "customer": self.customer,
            "within": str(self.within or ""),
            "q": self.search,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {key: value for key, value in wanted.items() if value}

    def url(self, home_tier: int) -> str:
        """The address of this queue for somebody of that tier."""
        return queue_url(**self.params(home_tier))


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
    severity = text("severity").upper().removeprefix("S")
    return QueueFilter(
        view=view if view in VIEWS else "open",
        tier=0 if tier == EVERY else _number(tier, 9) or home_tier(actor),
        severity=str(_number(severity, 9) or ""),
        team=text("team"),
        plan=text("plan"),
        customer=text("customer"),
        within=_number(text("within"), MAX_HOURS),
        search=" ".join(text("q", MAX_SEARCH).split()),
        page=_number(text("page"), MAX_PAGE) or 1,
    )


def _number(text: str, largest: int) -> int:
    """A number from 1 to `largest`, else 0."""
    return int(text) if text.isdecimal() and len(text) < 10 and 1 <= int(text) <= largest else 0
