"""What all channels that many people read have in common: where they are, and how a post goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from escalation_app.domain.process import ChannelSpec
from escalation_app.notifications.letters import TryLater, Undeliverable
from escalation_app.settings import Settings

_HEADERS = {"Content-Type": "application/json", "User-Agent": "Escalation"}
_AGAIN = (408, 425, 429)
"""Refusals that mean: not now."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """Where a channel is and what signs its posts, both secret; "" for what is not set."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    may_be_private: bool = False


def mailing_of(key: str, settings: Settings) -> Mailing:
    """What the operator has set for a channel of the process."""
    return Mailing(
        settings.channel_urls.get(key, ""),
        settings.channel_secrets.get(key, ""),
        settings.allows_private_targets,
    )


def setting_of(key: str, what: str) -> str:
    """The variable that an operator sets for a channel; `what` is URL or SECRET."""
    return f"CHANNEL_{key.upper()}_{what}"


def missing_url(spec: ChannelSpec, mailing: Mailing) -> str:
    """What to set, as a sentence; empty when it is."""
    if mailing.url:
        return ""
    return f"No address is set for {spec.name} ({setting_of(spec.key, 'URL')}), so this stays here."


def deliver(mailing: Mailing, body: bytes, headers: Mapping[str, str]) -> str:
    """Post a JSON body; returns what was answered, for the record.

    Raises TryLater where another time may go better, Undeliverable where it never will.
    """
    # Only who posts waits for the import of an HTTP client.
    from escalation_app.notifications.outgoing import post

    given = {**_HEADERS, **headers}
    answer = post(mailing.url, body, given, may_be_private=mailing.may_be_private)
    said = f"Answered {answer.status} after {answer.seconds * 1000:.0f} ms"
    if 200 <= answer.status < 300:
        return f"{said}."
    why = f"{said}: {answer.text}" if answer.text else f"{said}."
    if 300 <= answer.status < 400:
        raise Undeliverable(f"{said}, a redirect, which is not followed.")
    if answer.status in _AGAIN or answer.status >= 500:
        raise TryLater(why, timedelta(seconds=answer.retry_after))
    raise Undeliverable(why)
