"""The bell: a notice is delivered by being written, so there is nothing to send."""

from escalation_app.notifications.letters import Letter


class InAppChannel:
    """Every person of ours and of a customer can read it, so it is always ready."""

    missing = ""

    def why_not(self, address: str) -> str:
        """Nothing speaks against a notice."""
        return ""

    def receiver(self, address: str) -> str:
        return ""

    def send(self, letter: Letter) -> str:
        """The row is the notice."""
        return ""
