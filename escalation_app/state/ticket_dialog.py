"""What the dialogs over a ticket share that decide about it as it was when they opened."""

from collections.abc import Mapping
from typing import Any

from escalation_app.domain.errors import BusinessError
from escalation_app.state.base import AppState
from escalation_app.state.ticket import TicketState


class TicketDialog(AppState, mixin=True):
    """The part of one tab's dialog that is the same in all of them; each has its own.

    A state is no mixin itself only if it names a base that is none: `(TicketDialog, AppState)`.
    """

    is_open: bool = False
    error: str = ""
    """Why nothing happened; what was written stays in the dialog."""
    form: int = 0
    """One more each time it opens: its fields then start anew."""

    _version: int = 0
    _known: set[str] = set()

    def _open_over(self, page: TicketState) -> None:
        """Open it over the ticket as it is shown now."""
        self._version, self._known = page._as_shown()
        self.error = ""
        self.is_open = True
        self.form += 1

    def _told(self, form: Mapping[str, Any]) -> str | None:
        """What the customer reads, "" when they are not told; None when they are, of nothing."""
        message = form.get("message", "") if "tells" in form else ""
        if "tells" in form and not message.strip():
            self.error = "Write what the customer reads, or untick that they are told."
            return None
        return message

    async def _close_after(self, page: TicketState, refusal: BusinessError | None) -> None:
        """Close it, or say in it why nothing happened and what is new on the ticket."""
        self.error = await page._said(refusal, self._known)
        self._version, self._known = page._as_shown()
        self.is_open = refusal is not None
