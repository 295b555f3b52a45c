"""Whether the wall clock can be trusted, by holding it against the monotonic one."""

import logging
import threading
from datetime import datetime, timedelta

from escalation_app.clock import monotonic, utc_now

log = logging.getLogger(__name__)

JUMP = 60.0
"""Seconds by which wall clock and monotonic clock may part at once."""
SETTLED_AFTER = 60.0
"""Seconds without another jump after which the new time counts."""


class SteadyClock:
    """Says when the wall clock was set: it parts from the monotonic clock by more than JUMP
    seconds at once. It is trusted again when it has kept step for SETTLED_AFTER seconds, or when
    somebody has confirmed the new time. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._until: float | None = None
        self._lock = threading.Lock()
        self.jumped_by = timedelta(0)
        """How far it was set last."""
        self.held_until: datetime | None = None
        """When it will be trusted again, by the new time; None while it is. A further jump moves
        it, so that it names one jump."""

    def is_steady(self) -> bool:
        """Look at both clocks; whether what is due by the wall clock may be done."""
        with self._lock:
            passed = monotonic()
            offset = utc_now().timestamp() - passed
            jumped = 0.0 if self._offset is None else offset - self._offset
            self._offset = offset
            if abs(jumped) > JUMP:
                self._hold(passed, jumped)
            if self._until is not None and passed >= self._until:
                log.warning("The clock has settled; firing goes on")
                self._release()
            return self._until is None

    def confirm(self) -> None:
        """Somebody who knows says that the new time is right."""
        with self._lock:
            log.warning("The new time was confirmed; firing goes on")
            self._release()

    def _hold(self, passed: float, jumped: float) -> None:
        log.error(
            "The clock was set by %+.0f s; nothing is fired or sent until it has kept step for "
            "%.0f s or an admin confirms it",
            jumped,
            SETTLED_AFTER,
        )
        self._until = passed + SETTLED_AFTER
        self.jumped_by = timedelta(seconds=jumped)
        self.held_until = utc_now() + timedelta(seconds=SETTLED_AFTER)

    def _release(self) -> None:
        self._until = self.held_until = None
