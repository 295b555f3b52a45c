"""What the list of escalations shows, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from escalation_app.domain.tickets import EscalationKind
from escalation_app.routes import escalations_url

WHOSE = ("all", "mine", "nobody")
"""Which escalations: all, those the reader owns, those nobody owns."""
LANES = ("need", "stage", "customer", "department")
"""What the list can be laid out by."""
ONLY = ("all", "late", "promise", "silent")
"""What it can be narrowed to: somebody is late, a promise is due, the customer waits to hear."""
PAGES = tuple(map(str, range(1, 9)))
"""How many times as many as at first are shown."""
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "whose": WHOSE,
    "lanes": LANES,
    "only": ONLY,
    "kind": ("", *EscalationKind),
    "pages": PAGES,
}
MAX_KEY = 40
"""Characters of a department's key or a reference."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What is listed, in which lanes, and the case at its side ("" for none). Whatever is unknown
    means the first of its choices; a department nobody has lists nothing."""

    whose: str = "all"
    lanes: str = "need"
    only: str = "all"
    kind: str = ""
    department: str = ""
    pages: str = "1"
    case: str = ""

    def __post_init__(self) -> None:
        for name, known in _KNOWN.items():
            if getattr(self, name) not in known:
                object.__setattr__(self, name, known[0])

    @property
    def listed(self) -> "BoardFilter":
        """The same list without a case at its side."""
        return replace(self, case="")

    @property
    def more_url(self) -> str:
        """The address that shows more of the same; "" where it shows the most there is."""
        more = PAGES[PAGES.index(self.pages) + 1 :]
        return replace(self, pages=more[0]).url if more else ""

    @property
    def url(self) -> str:
        """The address, without what is as at first."""
        chosen = {one.name: str(getattr(self, one.name)) for one in fields(self)}
        first = {one.name: one.default for one in fields(self)}
        return escalations_url(
            **{name: value for name, value in chosen.items() if value != first[name]}
        )

    @property
    def case_link(self) -> str:
        """The address with a case at the side, up to the case's reference."""
        url = self.listed.url
        return f"{url}{'&' if '?' in url else '?'}case="


EVERYTHING = BoardFilter()
"""What the bare address shows."""


def board_filter_of(query: Mapping[str, str]) -> BoardFilter:
    """What an address asks for."""
    names = [one.name for one in fields(BoardFilter)]
    return BoardFilter(**{name: query[name][:MAX_KEY] for name in names if query.get(name)})
