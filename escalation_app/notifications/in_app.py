"""The bell: a notice is delivered by being written, so there is nothing to send."""

from escalation_app.domain.process import Delivery
from escalation_app.notifications.letters import Letter


class InAppChannel:
    """Every person of ours and of a customer can read it, so it is always ready."""

    key = Delivery.IN_APP

    @property
    def is_ready(self) -> bool:
        return True

    def why_not(self, address: str) -> str:
        """Nothing speaks against a notice."""
        return ""

    def send(self, letter: Letter) -> None:
        """The row is the notice."""
