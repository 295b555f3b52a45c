"""The ways a message reaches a person. One module each, registered in `channels`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from escalation_app.domain.process import Delivery
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.in_app import InAppChannel
from escalation_app.notifications.letters import Letter
from escalation_app.settings import Settings


class Channel(Protocol):
    """One way to reach people."""

    @property
    def key(self) -> Delivery: ...

    @property
    def is_ready(self) -> bool:
        """Whether the operator has set it up; what goes through it is kept until then."""
        ...

    def why_not(self, address: str) -> str:
        """Why nothing can be sent to this address, as a sentence; empty when it can."""
        ...

    def send(self, letter: Letter) -> None:
        """Send, within a bounded time. Raises TryLater or Undeliverable."""
        ...


CHANNELS: Mapping[Delivery, Callable[[Settings], Channel]] = MappingProxyType(
    {
        Delivery.IN_APP: lambda settings: InAppChannel(),
        Delivery.EMAIL: lambda settings: EmailChannel(settings.smtp_url, settings.mail_from),
    }
)
"""How each channel is made from the settings."""


def channels(settings: Settings) -> dict[Delivery, Channel]:
    """Every channel as the operator set it up."""
    return {key: make(settings) for key, make in CHANNELS.items()}
