"""The dispatcher with a mail server and channels that do what a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update

from escalation_app.domain.process import ChannelSpec, Delivery
from escalation_app.engine.outbox import Dispatcher
from escalation_app.models import OutboxRow, PersonRow
from escalation_app.notifications import Channel
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.in_app import InAppChannel
from escalation_app.notifications.letters import Letter
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk

OUTBOX: Any = columns(OutboxRow)
PEOPLE: Any = columns(PersonRow)


class Postman(EmailChannel):
    """A mail server that refuses, hangs and remembers."""

    def __init__(self) -> None:
        super().__init__("smtp://localhost:1", "Help desk <help@desk.example>")
        self.sent: list[Letter] = []
        self.refusals: list[Exception] = []
        self.refusing: dict[str, Exception] = {}
        """By domain."""
        self.slow: dict[str, threading.Event] = {}
        """By address: its mails take until the event is set."""

    def send(self, letter: Letter) -> str:
        if letter.to_address in self.slow:
            self.slow[letter.to_address].wait(timeout=30)
        if self.refusals:
            raise self.refusals.pop(0)
        if refused := self.refusing.get(self.receiver(letter.to_address)):
            raise refused
        self.sent.append(letter)
        return ""

    def addresses(self) -> list[str]:
        """Where mail has arrived, in order."""
        return [letter.to_address for letter in self.sent]


class Room:
    """Every channel of the process at once, which refuses, hangs and remembers by its key."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Letter]] = {}
        self.refusing: dict[str, Exception] = {}
        self.slow: dict[str, threading.Event] = {}
        self.missing: dict[str, str] = {}

    def __call__(self, spec: ChannelSpec) -> Channel:
        return _Door(self, spec.key)


class _Door:
    def __init__(self, room: Room, key: str) -> None:
        self._room = room
        self._key = key

    @property
    def missing(self) -> str:
        return self._room.missing.get(self._key, "")

    def why_not(self, address: str) -> str:
        return ""

    def receiver(self, address: str) -> str:
        return self._key

    def send(self, letter: Letter) -> str:
        if slow := self._room.slow.get(self._key):
            slow.wait(timeout=30)
        if refused := self._room.refusing.get(self._key):
            raise refused
        self._room.sent.setdefault(self._key, []).append(letter)
        return "Answered 200 after 12 ms."


@contextmanager
def dispatcher(
    desk: SupportDesk, mail: Channel, room: Room | None = None, workers: int = 4
) -> Iterator[Dispatcher]:
    """A dispatcher at work for the block; everything it began is done when the block ends."""
    ways: dict[Delivery, Channel] = {Delivery.IN_APP: InAppChannel(), Delivery.EMAIL: mail}
    url = "https://help.example/"
    opened = Dispatcher(desk.database, ways, room or Room(), url, workers)
    yield opened
    opened.close()
    opened._pool.shutdown(wait=True)


def deliver(desk: SupportDesk, mail: Channel, room: Room | None = None) -> None:
    """Everything that is due now."""
    with dispatcher(desk, mail, room) as working:
        finish(working)


def finish(working: Dispatcher) -> None:
    """Turn until nothing is due, on a machine as slow as it likes."""
    while working.turn():
        working.wait()


def turn_until(working: Dispatcher, claim: Callable[[], bool]) -> None:
    """Turn until it holds, however slow the machine is; fails when it never does."""
    for _ in range(300):
        working.turn()
        if claim():
            return
    raise AssertionError("it never came about")


def mails(desk: SupportDesk) -> list[Any]:
    """The rows of the outbox that go by mail."""
    return rows_where(desk, OUTBOX.c.channel == "email")


def rows_where(desk: SupportDesk, *conditions: Any) -> list[Any]:
    """Rows of the outbox, in order."""
    with desk.database.reading() as session:
        return list(session.execute(select(OUTBOX).where(*conditions).order_by(OUTBOX.c.id)).all())


def rows_of(desk: SupportDesk, who: str, channel: str) -> list[Any]:
    """What the outbox has for somebody by one way."""
    return rows_where(
        desk, OUTBOX.c.person_id == desk.people[who].person_id, OUTBOX.c.channel == channel
    )


def change_person(desk: SupportDesk, who: str, **values: Any) -> None:
    key = desk.people[who].person_id
    with desk.database.writing() as session:
        session.execute(update(PEOPLE).where(PEOPLE.c.id == key).values(**values))


def change_process(
    desk: SupportDesk, *rules: str, more: str = "", replacing: tuple[str, str] = ("", "")
) -> None:
    """Publish the shipped process with notification rules, which come first, with sections more,
    and with one text in place of another."""
    lines = "".join(f"  - {rule}\n" for rule in rules)
    document = shipped_document().replace("\nnotifications:\n", f"\nnotifications:\n{lines}")
    assert replacing[0] in document
    document = document.replace(*replacing, 1) + more
    with desk.database.writing() as session:
        publish(session, document, "test", desk.now)
