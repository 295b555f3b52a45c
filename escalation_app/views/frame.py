"""What stands around every page: who is signed in, the ways, notices, toasts, the situation."""

from dataclasses import dataclass

from escalation_app.views.common import TimeLeft


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the mast; on a phone, of the tab bar."""

    title: str = ""
    url: str = ""
    count: str = ""
    is_current: bool = False
    icon: str = ""
    """A name of ``components.icons``."""
    go: str = ""
    """The letter after ``g`` that opens it."""


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is signed in."""

    name: str = ""
    initials: str = ""
    role_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line under the bell."""

    key: str = ""
    at: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    icon: str = "bell"
    is_unread: bool = True


@dataclass(frozen=True, slots=True)
class Toast:
    """Something that happened elsewhere. One that asks for something stays until it is closed."""

    key: str = ""
    title: str = ""
    text: str = ""
    icon: str = "check"
    url: str = ""
    link: str = "Open"
    undo: str = ""
    """The words of a button that takes back what the toast tells of; ``""`` for none."""
    stays: bool = False
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class SituationLine:
    """The line under the mast: how many clocks stand how, and what breaks next."""

    over: int = 0
    soon: int = 0
    calm: int = 0
    paused: int = 0
    over_url: str = ""
    soon_url: str = ""
    calm_url: str = ""
    paused_url: str = ""
    next_ref: str = ""
    next_url: str = ""
    next_metric: str = ""
    next_due_at: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """Somewhere the command palette leads. ``kind``: ``ticket``, ``view`` or ``page``."""

    kind: str = ""
    title: str = ""
    hint: str = ""
    url: str = ""
    icon: str = "arrow"


@dataclass(frozen=True, slots=True)
class FirstToBreak:
    """A ticket of the list below the heatmap, with what would save it."""

    ref: str = ""
    url: str = ""
    subject: str = ""
    time_left: TimeLeft = TimeLeft()
    holder: str = ""
    tier_name: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class NeedsYou:
    """Something only the reader can do. ``action`` is what its button does, ``""`` for a link."""

    key: str = ""
    time_left: TimeLeft = TimeLeft()
    which: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    action: str = ""
    action_label: str = ""
    is_first: bool = False
