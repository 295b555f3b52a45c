"""What several screens show: people, times left, choices, figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How one clock stands. A running one ticks in the browser; the others show ``words``.

    ``state``: ``running``, ``paused``, ``overpaused`` (broken, then paused), ``met``, ``late`` (met
    after it was due), ``none`` (no target, or cancelled), or ``""``: nothing is drawn.
    """

    state: str = ""
    due_at: str = ""
    from_at: str = ""
    """Start of the clock, for the share that is left."""
    soon_at: str = ""
    """When a quarter is left, by the clock's calendar; without it, by the plain share."""
    opens_at: str = ""
    """The next opening while the calendar is closed: the badge then says "opens Mon 09:00"."""
    metric: str = ""
    """Which clock: ``"Resolution"``."""
    words: str = ""
    """Text of :func:`time_left_words` when this was read; a running clock says it anew."""
    tail: str = ""
    """Follows "left": ``"to acknowledge"``."""
    pause_reason: str = ""
    breached: bool = False


@dataclass(frozen=True, slots=True)
class PersonMark:
    """A person as others see them. No name means nobody."""

    key: str = ""
    name: str = ""
    initials: str = ""
    hint: str = ""
    """Organisation, department or role, in grey behind the name."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with at most one instant in it, so that the browser can write it in its zone."""

    before: str = ""
    at: str = ""
    after: str = ""
    is_past: bool = False
    """Whether the instant is written as one that something happened at: ``"at 14:41"``."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, a radio group or a filter."""

    value: str = ""
    label: str = ""
    hint: str = ""
    is_disabled: bool = False
    is_suggested: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class FileChip:
    """A file of a message."""

    key: str = ""
    url: str = ""
    name: str = ""
    size: str = ""
    is_image: bool = False
    """Whether it can be shown where it stands."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a text; a mention is the name of a colleague with its sign. With a `url` it is a
    link, which leads away from this site if it `is_outside`."""

    text: str = ""
    is_mention: bool = False
    url: str = ""
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A large number. ``trend`` is drawn as a line when it has two points or more."""

    key: str = ""
    value: str = ""
    unit: str = ""
    label: str = ""
    trend: tuple[float, ...] = ()
    trend_label: str = ""
    url: str = ""
