"""What is shown to whom, and since when that may be old: scopes, clients, parts of screens."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Hashable
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.live.changes import Change

CALM = 0.4
"""Seconds between two reads of a scope at least: people's clicks are gathered for that long."""
URGENT = 0.1
"""The same after something that the engine did: a promise is at stake."""
RESTS = 10
"""How many times as long as reading took a scope is left alone after it, so that boards of a
hundred thousand tickets that change all the time leave the machine to people's clicks."""
RESTS_AT_MOST = 0.6
"""Seconds that this adds up to at most: what happened is to be seen within one."""
WEIGHT = 4.0
"""How much more it counts that something urgent waits."""
BREATH = 0.02
"""Seconds between two turns at least, and a third of the time that the last one took."""

Payload = Any


@dataclass(frozen=True, slots=True)
class Watch:
    """One part of one client's screen that is kept live.

    Equal `scope`s share one `load`, so a scope must say whose rights it was read with. `wants`
    tells whether a change may alter it. `apply` puts what was loaded into the client's state.
    `rest` is the seconds between two loads at least, for what may lag behind the rest.
    """

    scope: Hashable
    load: Callable[[Session], Payload]
    apply: Callable[[rx.State, Payload], Awaitable[None]]
    wants: Callable[[Change], bool]
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """What a part shall show, and when it began to be read on the hub's own count."""

    payload: Payload
    read_at: int


@dataclass(slots=True, eq=False)
class Part:
    """A watched part of a screen: what it was last given, and what is on its way. A handler that
    shows it anew makes a new one, at `shown_at`."""

    watch: Watch
    sent: Payload
    shown_at: int
    news: News | None = None


@dataclass(slots=True, eq=False)
class Client:
    """A browser tab: one socket with one session, and the parts of its screen by slot."""

    token: str
    sid: str
    session_hash: str
    actor: Actor
    wrote_at: int = 0
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    pushing: asyncio.Task[None] | None = None

    @property
    def has_news(self) -> bool:
        return any(part.news for part in self.parts.values())

    def shows(self, scopes: Container[Hashable]) -> bool:
        """Whether any of the scopes is on the screen; may be asked from another thread."""
        return any(part.watch.scope in scopes for part in tuple(self.parts.values()))


@dataclass(slots=True, eq=False)
class Scope:
    """What several clients may share: how it is read, what was read, and since when that may be
    old."""

    watch: Watch
    payload: Payload = None
    """None until the hub has read it."""
    stale_since: float | None = None
    is_urgent: bool = False
    read_until: float = 0.0
    """When it was last read, on the loop's clock."""
    took: float = 0.0
    """Seconds that took."""
    failed_until: float = 0.0
    shown: int = 0
    """How many parts show it."""

    def due_at(self) -> float:
        """The earliest instant at which it may be read again."""
        effort = min(RESTS * self.took, RESTS_AT_MOST)
        rest = max(URGENT if self.is_urgent else CALM, effort, self.watch.rest)
        return max(self.read_until + rest, self.failed_until)

    def is_fresh(self, now: float) -> bool:
        """Whether it was read within the last CALM seconds."""
        return now - self.read_until < CALM

    def precedence(self, now: float) -> float:
        """How long how many have waited: the more, the earlier it is read."""
        waited = 0.0 if self.stale_since is None else now - self.stale_since + BREATH
        return waited * self.shown * (WEIGHT if self.is_urgent else 1.0)

    def mark(self, since: float, is_urgent: bool) -> None:
        self.stale_since = since if self.stale_since is None else min(self.stale_since, since)
        self.is_urgent = self.is_urgent or is_urgent

    def take_mark(self) -> tuple[float, bool]:
        """Count as read; what happens while it is being read marks it again."""
        assert self.stale_since is not None
        mark = (self.stale_since, self.is_urgent)
        self.stale_since, self.is_urgent = None, False
        return mark
