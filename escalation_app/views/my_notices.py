"""What somebody wants to be told of."""

from dataclasses import dataclass

from escalation_app.views.common import Choice


@dataclass(frozen=True, slots=True)
class NoticeWay:
    """Whether a group of notices comes by one way."""

    key: str = ""
    is_used: bool = False
    """Whether the process tells anything of the group this way at all."""
    is_forced: bool = False
    """Whether all of it comes whatever the person sets."""
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """A group of notices that a person turns on and off together."""

    key: str = ""
    name: str = ""
    what: str = ""
    ways: tuple[NoticeWay, ...] = ()
    """In the app, then by e-mail."""
    always: str = ""
    """What of it comes whatever the person sets, as a sentence."""


@dataclass(frozen=True, slots=True)
class MyNotices:
    """What a person has set about their notices, and what there is to choose."""

    groups: tuple[NoticeChoice, ...] = ()
    email: str = ""
    pace: str = ""
    paces: tuple[Choice, ...] = ()
    quiet: str = ""
    quiet_choices: tuple[Choice, ...] = ()
    starts: str = ""
    """When one's own quiet hours start, as ``22:00``."""
    ends: str = ""
    has_weekends: bool = False
    zone: str = ""
    never_waits: str = ""
    """The severities whose messages do not wait for the end of quiet hours."""
