"""Clocks with their gauges and sums, and the lane of a path."""

from dataclasses import dataclass

from escalation_app.views.common import Sentence, TimeLeft


@dataclass(frozen=True, slots=True)
class GaugeNotch:
    """A warning on a gauge, in percent of the way from start to due."""

    at_pct: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class GaugePause:
    """A stretch that was not counted, in percent of the way from start to due."""

    from_pct: float = 0.0
    width_pct: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class WhyDetail:
    """A date, or several alike, with what of them counted."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of the sum that makes a due time; ``details`` say how its time counted."""

    label: Sentence = Sentence()
    value: str = ""
    is_total: bool = False
    details: tuple[WhyDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock of a ticket with its gauge and the answer to "why then?".

    ``used_pct`` is where the gauge stands while the clock is not running; a running one moves by
    itself between ``started_at`` and ``time_left.due_at``.
    """

    key: str = ""
    name: str = ""
    time_left: TimeLeft = TimeLeft()
    started_at: str = ""
    ended_at: str = ""
    """Right end of the gauge: when it is due, or was; ``""`` while paused."""
    used_pct: float = 0.0
    label: str = ""
    """Text equivalent of the gauge: ``"77 % of 7 hours used, paused 43 minutes"``."""
    notches: tuple[GaugeNotch, ...] = ()
    pauses: tuple[GaugePause, ...] = ()
    why: tuple[WhyLine, ...] = ()
    why_note: str = ""
    text: str = ""
    """What an obligation or a promise is about."""


@dataclass(frozen=True, slots=True)
class PathStepView:
    """A step of a path. ``state``: ``done``, ``now``, ``todo``, ``skip``, ``nobody``."""

    key: str = ""
    number: int = 0
    state: str = "todo"
    at: str = ""
    at_hint: str = ""
    """Under the time: ``"if silent"``, ``"2 of 3"``."""
    title: str = ""
    text: str = ""
    icon: str = "check"
    time_left: TimeLeft = TimeLeft()
    can_acknowledge: bool = False
    notes: tuple[Sentence, ...] = ()
    """What came after it: when it was asked again, what follows."""


@dataclass(frozen=True, slots=True)
class PathView:
    """A path run on a ticket. Without a title there is none."""

    key: str = ""
    title: str = ""
    text: str = ""
    progress: str = ""
    """``"2 of 5"``."""
    steps: tuple[PathStepView, ...] = ()
    is_active: bool = False
