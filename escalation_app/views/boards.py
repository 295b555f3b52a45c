"""Tier boards and the heatmap."""

from dataclasses import dataclass

from escalation_app.views.common import TimeLeft


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A ticket on a tier board. ``moved_from`` and ``why`` say how it came here."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    severity: str = ""
    severity_name: str = ""
    customer: str = ""
    holder: str = ""
    time_left: TimeLeft = TimeLeft()
    moved_from: str = ""
    moved_at: str = ""
    why: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class FlowCount:
    """A count of today's flow: ``in 14``."""

    word: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class TierColumn:
    """A tier with its count against its target. Percentages are of the load bar's width."""

    key: str = ""
    name: str = ""
    job: str = ""
    count: int = 0
    target: int = 0
    excess: int = 0
    load_pct: float = 0.0
    mark_pct: float = 0.0
    extra_pct: float = 0.0
    oldest_at: str = ""
    flow: tuple[FlowCount, ...] = ()
    cards: tuple[BoardCard, ...] = ()
    more: int = 0
    more_words: str = ""
    url: str = ""


def load_bar(count: int, target: int) -> tuple[float, float, float]:
    """``(load_pct, mark_pct, extra_pct)`` of a tier's load bar: solid, mark at target, hatched.

    The mark stands at 88 % until the target is passed; then the bar is full length and the mark
    moves left.
    """
    if target <= 0:
        return (0.0, 0.0, 0.0) if count <= 0 else (0.0, 0.0, 100.0)
    whole = max(count, target / 0.88)
    mark = 100.0 * target / whole
    solid = 100.0 * min(count, target) / whole
    return (round(solid, 1), round(mark, 1), round(max(0.0, 100.0 * count / whole - mark), 1))


@dataclass(frozen=True, slots=True)
class HeatHead:
    """Head of a column or a row: ``S1 critical``, ``Tier 3 experts``."""

    key: str = ""
    name: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A count with its worst clock. Its level follows the clock in the browser.

    ``words`` stand in place of the clock (``"none"``, ``"paused"``); ``url`` is ``""`` when empty.
    """

    key: str = ""
    count: int = 0
    worst: TimeLeft = TimeLeft()
    over: int = 0
    words: str = ""
    url: str = ""
    label: str = ""
    """For those who hear the table: ``"Tier 3, severity 1: 4 open, 2 over"``."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of the heatmap."""

    head: HeatHead = HeatHead()
    cells: tuple[HeatCell, ...] = ()


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Tier by severity."""

    caption: str = ""
    heads: tuple[HeatHead, ...] = ()
    rows: tuple[HeatRow, ...] = ()
    open: int = 0
    over: int = 0


@dataclass(frozen=True, slots=True)
class LookAheadCell:
    """What breaks in one hour if nobody acts. ``level`` 0 none, 1 few, 2 some, 3 many."""

    key: str = ""
    count: int = 0
    level: int = 0
    words: str = ""
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class LookAheadRow:
    """A row of the forecast."""

    head: HeatHead = HeatHead()
    cells: tuple[LookAheadCell, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAhead:
    """The forecast, one column for each coming hour, which ends at its instant of ``hours``."""

    caption: str = ""
    hours: tuple[str, ...] = ()
    rows: tuple[LookAheadRow, ...] = ()
    total: int = 0
    until_at: str = ""
