"""The ways a message reaches a person or a channel. One module each, registered here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from escalation_app.domain.process import ChannelKind, ChannelSpec, Delivery
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.in_app import InAppChannel
from escalation_app.notifications.letters import Letter
from escalation_app.notifications.posts import Mailing, mailing_of
from escalation_app.notifications.slack import SlackChannel
from escalation_app.notifications.webhook import WebhookChannel
from escalation_app.settings import Settings


class Channel(Protocol):
    """One way to reach people."""

    @property
    def missing(self) -> str:
        """What the operator has not set up, as a sentence; what goes through it is kept until
        then. Empty when it can send."""
        ...

    def why_not(self, address: str) -> str:
        """Why nothing can be sent to this address, as a sentence; empty when it can."""
        ...

    def receiver(self, address: str) -> str:
        """Who takes what is sent to this address, and may be slow or down: a domain, a host."""
        ...

    def send(self, letter: Letter) -> str:
        """Send, within a bounded time; returns what was answered, if anything. Raises TryLater or
        Undeliverable."""
        ...


CHANNELS: Mapping[Delivery, Callable[[Settings], Channel]] = MappingProxyType(
    {
        Delivery.IN_APP: lambda settings: InAppChannel(),
        Delivery.EMAIL: lambda settings: EmailChannel(settings.smtp_url, settings.mail_from),
    }
)
"""How each way to a person is made from the settings."""

POSTS: Mapping[ChannelKind, Callable[[ChannelSpec, Mailing], Channel]] = MappingProxyType(
    {ChannelKind.SLACK: SlackChannel, ChannelKind.WEBHOOK: WebhookChannel}
)
"""How each kind of channel of the process is made."""

Post = Callable[[ChannelSpec], Channel]


def channels(settings: Settings) -> dict[Delivery, Channel]:
    """Every way to a person as the operator set it up."""
    return {key: make(settings) for key, make in CHANNELS.items()}


def posts(settings: Settings) -> Post:
    """What makes a channel of the process as the operator set it up."""
    return lambda spec: POSTS[spec.kind](spec, mailing_of(spec.key, settings))
