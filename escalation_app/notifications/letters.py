"""A message to one person, as a channel needs it, and what can go wrong with sending it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to be sent. `key` stays the same however often it is tried.

    `thread` is the ticket's reference, or empty when the message is about no single ticket.
    `quote` is a public message of the conversation, word for word. `link` is an absolute URL.
    `kind` is that of the event, `at` its instant in ISO text.
    """

    key: str
    to_name: str
    to_address: str
    title: str
    text: str
    link: str
    thread: str = ""
    quote: str = ""
    kind: str = ""
    at: str = ""


class DeliveryError(Exception):
    """A message was not taken; the text says why and is shown to an admin."""


class TryLater(DeliveryError):
    """It may go through another time, but not before `after` has passed."""

    def __init__(self, why: str, after: timedelta = timedelta(0)) -> None:
        super().__init__(why)
        self.after = after


class Undeliverable(DeliveryError):
    """Trying again would change nothing."""
