"""Posts to another system of ours: JSON, signed so that it knows whom it comes from.

The signature is the HMAC-SHA256, in hex, of the timestamp, a full stop and the body, under the
channel's secret. A receiver refuses an old timestamp, and an Idempotency-Key it has seen.
"""

import hashlib
import hmac
import json

from escalation_app.clock import utc_now
from escalation_app.domain.process import ChannelSpec
from escalation_app.notifications.letters import Letter
from escalation_app.notifications.posts import Mailing, deliver, missing_url, setting_of

TIMESTAMP = "Escalation-Timestamp"
"""Seconds since 1970, when it was sent."""
SIGNATURE = "Escalation-Signature"
"""`v1=` and the signature."""


class WebhookChannel:
    """One receiver. Not ready until the operator has set its URL and its secret."""

    def __init__(self, spec: ChannelSpec, mailing: Mailing) -> None:
        self._spec = spec
        self._mailing = mailing

    @property
    def missing(self) -> str:
        if missing := missing_url(self._spec, self._mailing):
            return missing
        if self._mailing.secret:
            return ""
        setting = setting_of(self._spec.key, "SECRET")
        return f"No secret is set for {self._spec.name} ({setting}), so this stays here."

    def why_not(self, address: str) -> str:
        """Nothing speaks against a post."""
        return ""

    def receiver(self, address: str) -> str:
        return self._spec.key

    def send(self, letter: Letter) -> str:
        """Post it; returns what was answered. Raises TryLater or Undeliverable."""
        body = json.dumps(_fields(letter)).encode()
        at = str(int(utc_now().timestamp()))
        signed = {TIMESTAMP: at, SIGNATURE: f"v1={signature(self._mailing.secret, at, body)}"}
        return deliver(self._mailing, body, {"Idempotency-Key": letter.key, **signed})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body that was sent at a timestamp."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _fields(letter: Letter) -> dict[str, str]:
    """The message; `id` is the same however often it is sent."""
    fields = {
        "id": letter.key,
        "kind": letter.kind,
        "at": letter.at,
        "ticket": letter.thread,
        "title": letter.title,
        "text": letter.text,
        "quote": letter.quote,
        "url": letter.link,
    }
    return {name: value for name, value in fields.items() if value or name != "quote"}
