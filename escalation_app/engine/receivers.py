"""How much one receiver may take of the dispatcher: a share of its workers, and a pause after it
has failed again and again. What one of them does never keeps the others waiting.

A receiver is who takes what is sent: the domain of a mail address, a channel of the process.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from escalation_app.domain.process import Delivery

FAILURES_TO_PAUSE = 3
"""Failures in a row after which a receiver is left alone."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Receiver:
    """`way` is email or post, `name` a domain or the key of a channel."""

    way: str
    name: str


@dataclass(slots=True)
class _Standing:
    failures: int = 0
    paused_until: datetime | None = None
    why: str = ""


@dataclass(slots=True)
class Receivers:
    """What one dispatcher knows of those it sends to. Safe to use from several threads."""

    workers: int
    _standings: dict[Receiver, _Standing] = field(default_factory=dict[Receiver, _Standing])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def room(self, busy: Iterable[Receiver]) -> "Room":
        """The workers that are left while these receivers are being sent to."""
        return Room(self, Counter(busy))

    def share(self, receiver: Receiver) -> int:
        """How many workers it may keep busy: a third, and one while it fails."""
        with self._lock:
            return 1 if receiver in self._standings else max(1, self.workers // 3)

    @property
    def way_share(self) -> int:
        """How many workers one way may keep busy: a third is left to the others."""
        return max(1, self.workers - max(1, self.workers // 3))

    def paused(self, receiver: Receiver, now: datetime) -> tuple[datetime, str] | None:
        """Until when nothing is sent to it, and why; None when it may be tried."""
        with self._lock:
            standing = self._standings.get(receiver)
            if standing is None or standing.paused_until is None or standing.paused_until <= now:
                return None
            return standing.paused_until, _sentence(receiver, standing)

    def succeeded(self, receiver: Receiver) -> None:
        """It took something, so all is forgotten."""
        with self._lock:
            self._standings.pop(receiver, None)

    def failed(self, receiver: Receiver, why: str, now: datetime) -> tuple[datetime, str] | None:
        """It did not; what `paused` says of it from now on. What was under way when its pause
        began does not make it longer."""
        with self._lock:
            standing = self._standings.setdefault(receiver, _Standing())
            if standing.paused_until is None or standing.paused_until <= now:
                standing.failures += 1
                standing.why = why
                if standing.failures >= FAILURES_TO_PAUSE:
                    standing.paused_until = now + _pause(standing.failures - FAILURES_TO_PAUSE)
        return self.paused(receiver, now)


@dataclass(slots=True)
class Room:
    """The workers that are left to each receiver; counts what is taken."""

    _receivers: Receivers
    _busy: Counter[Receiver]

    @property
    def free(self) -> int:
        return self._receivers.workers - self._busy.total()

    @property
    def full_receivers(self) -> tuple[Receiver, ...]:
        """The receivers that have all they may have."""
        return tuple(one for one in self._busy if not self._has_share(one))

    @property
    def full_ways(self) -> tuple[str, ...]:
        """The ways that have all they may have."""
        return tuple({one.way for one in self._busy if not self._has_way(one.way)})

    @property
    def is_full(self) -> bool:
        """Whether somebody has all they may have, so that what is for them has to wait."""
        return bool(self.full_receivers or self.full_ways)

    def take(self, receiver: Receiver) -> bool:
        """Take a worker for it, if it may have one more."""
        is_free = self.free and self._has_share(receiver) and self._has_way(receiver.way)
        if is_free:
            self._busy[receiver] += 1
        return bool(is_free)

    def _has_way(self, way: str) -> bool:
        taken = sum(count for one, count in self._busy.items() if one.way == way)
        return taken < self._receivers.way_share

    def _has_share(self, receiver: Receiver) -> bool:
        return self._busy[receiver] < self._receivers.share(receiver)


def _pause(more: int) -> timedelta:
    """Twice as long each time, within a quarter more or less."""
    pause = min(FIRST_PAUSE * 2 ** min(more, 20), LONGEST_PAUSE)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 (spreading load is no secret)


def _sentence(receiver: Receiver, standing: _Standing) -> str:
    who = receiver.name or "The receiver"
    if receiver.way != Delivery.EMAIL:
        who = f"The channel {who}"
    return (
        f"{who} failed {standing.failures} times in a row and is left alone until "
        f"{standing.paused_until:%H:%M:%S} UTC. Last: {standing.why}"
    )
