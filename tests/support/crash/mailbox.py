"""A mail server that takes everything, takes its time, and remembers what it was given."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.product import free_port


class Mailbox:
    """`received` counts mails by Message-ID, which repeats when a mail is sent again. A mail counts
    before it is acknowledged: whoever is killed between the two does not know that it went out."""

    def __init__(self, slowest: float, seed: int) -> None:
        self.received: Counter[str] = Counter()
        self._slowest = slowest
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content)
        await asyncio.sleep(self._random.uniform(0, self._slowest))
        with self._lock:
            self.received[str(mail["Message-ID"])] += 1
        await asyncio.sleep(self._random.uniform(0, self._slowest))
        return "250 OK"


@contextmanager
def receiving(seed: int, slowest: float = 0.15) -> Generator[tuple[Mailbox, str]]:
    """The mailbox and its SMTP_URL; `slowest` is how long it takes at most, in seconds, before it
    has a mail and again before it says so."""
    mailbox = Mailbox(slowest, seed)
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
