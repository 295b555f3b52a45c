"""Posts in a room of Slack, or of anything that takes Slack's incoming webhooks."""

import json

from escalation_app.domain.process import ChannelSpec
from escalation_app.notifications.letters import Letter
from escalation_app.notifications.posts import Mailing, deliver, missing_url

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NOBODY = "@\u200b"
"""An at sign that calls nobody: what a customer writes must not ring a whole room."""


class SlackChannel:
    """One room. Not ready until the operator has set its URL."""

    def __init__(self, spec: ChannelSpec, mailing: Mailing) -> None:
        self._spec = spec
        self._mailing = mailing

    @property
    def missing(self) -> str:
        return missing_url(self._spec, self._mailing)

    def why_not(self, address: str) -> str:
        """Nothing speaks against a post."""
        return ""

    def receiver(self, address: str) -> str:
        return self._spec.key

    def send(self, letter: Letter) -> str:
        """Post it; returns what was answered. Raises TryLater or Undeliverable."""
        body = json.dumps({"text": slack_text(letter)}).encode()
        return deliver(self._mailing, body, {"Idempotency-Key": letter.key})


def slack_text(letter: Letter) -> str:
    """The message in Slack's own marks, with nothing in it that works as one but our own."""
    title, text, quote = (_plain(part) for part in (letter.title, letter.text, letter.quote))
    lines = [f"*{title}*", text, *(f"> {line}" for line in quote.splitlines())]
    link = letter.link.replace("|", "%7C").replace(">", "%3E")
    opened = letter.thread or "the desk"
    return "\n".join([*(line for line in lines if line), f"<{link}|Open {opened}>"])


def _plain(text: str) -> str:
    return text.translate(_ESCAPES).replace("@", _NOBODY)
