"""What the dialogs share that a person decides in, and tells a customer of it."""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from escalation_app.domain.errors import BusinessError, Invalid
from escalation_app.domain.undoing import Done
from escalation_app.services import chosen
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.ticket import TicketState

SENT_STAYS = "A message that was sent stays sent."
"""Where what it went with can be taken back."""


class ToldForm(TypedDict, total=False):
    """What a dialog's form says of the customer: `tells` is there when they shall read the
    message."""

    tells: Annotated[str, Length(20)]
    message: Text


def told_in(form: Mapping[str, Any]) -> str:
    """What the customer reads, "" when they are not told. Raises Invalid for nothing."""
    message = str(form.get("message", "")) if "tells" in form else ""
    if "tells" in form and not message.strip():
        raise Invalid("Write what the customer reads, or untick that they are told.")
    return message


class ToldDialog(AppState, mixin=True):
    """The part of one tab's dialog that is the same in all of them; each has its own.

    A state is no mixin itself only if it names a base that is none: `(ToldDialog, AppState)`.
    """

    is_open: bool = False
    error: str = ""
    """Why nothing happened; what was written stays in the dialog."""
    form: int = 0
    """One more each time it opens: its fields then start anew."""

    def _open(self) -> None:
        self.error = ""
        self.is_open = True
        self.form += 1

    def _leave(self) -> None:
        if self.is_open:
            self.is_open = False

    def _told(self, form: Mapping[str, Any]) -> str | None:
        """What the customer reads, "" when they are not told; None when they are, of nothing."""
        try:
            return told_in(form)
        except Invalid as refusal:
            self.error = str(refusal)
            return None


class TicketDialog(ToldDialog, mixin=True):
    """A dialog over a ticket's page, which decides about the ticket as it was when it opened."""

    _version: int = 0
    _known: set[str] = set()

    def _open_over(self, page: TicketState) -> None:
        """Open it over the ticket as it is shown now."""
        self._version, self._known = page._as_shown()
        self._open()

    async def _close_after(self, page: TicketState, refusal: BusinessError | None) -> None:
        """Close it, or say in it why nothing happened and what is new on the ticket."""
        self.error = await page._said(refusal, self._known)
        self._version, self._known = page._as_shown()
        self.is_open = refusal is not None

    async def _offer_undo(self, done: Done | None, title: str, text: str = "") -> None:
        """Say what was done, and offer to take it back where that can be."""
        undo = None if done is None or done.ended_path else (chosen.take_back, ((done,),))
        await self.tell(title, text, undo=undo)
