"""The dialog that merges a ticket: into which one, what that does, what the customer reads."""

from typing import Annotated

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.routes import ticket_url
from escalation_app.services import merging
from escalation_app.services.queries.merging import merge_choices, merge_preview
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm
from escalation_app.views.linking import MergePreview, TicketChoice

Reference = Annotated[str, Length(40)]


class MergeForm(ToldForm, total=False):
    """The dialog's fields. Into which one is on the state already."""

    into: Reference


class MergeState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    choices: list[TicketChoice] = []
    into: str = ""
    preview: MergePreview = MergePreview()

    @rx.event
    @allow(Permission.TICKET_MERGE)
    async def open_dialog(self) -> None:
        """Ask which ticket it goes on in."""
        page = await self.get_state(TicketState)
        choices = await self.read(merge_choices, page._reference)
        if choices is None:
            return
        self.choices = list(choices)
        self._choose("")
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_MERGE)
    async def look_for(self, text: Annotated[str, Length(200)]) -> None:
        """Offer the tickets that the words lead to. One not among them is chosen no more."""
        page = await self.get_state(TicketState)
        self.choices = list(await self.read(merge_choices, page._reference, text[:100]) or ())
        if all(one.value != self.into for one in self.choices):
            self._choose("")

    @rx.event
    @allow(Permission.TICKET_MERGE)
    async def choose(self, into: Reference) -> None:
        """Choose one, and show what merging into it would do."""
        chosen = next((one for one in self.choices if one.value == into), None)
        if chosen is None or chosen.is_disabled:
            return
        page = await self.get_state(TicketState)
        preview = await self.read(merge_preview, page._reference, into, utc_now())
        if preview is not None:
            self._choose(into)
            self.preview, self.error = preview, preview.refusal

    @rx.event
    @allow(Permission.TICKET_MERGE)
    async def merge(self, form: MergeForm) -> None:
        """Merge. What is refused stays written."""
        if not self.into:
            self.error = "Choose the ticket that it goes on in."
            return
        message = self._told(form)
        if message is None:
            return
        page = await self.get_state(TicketState)
        refusal = await page._try(merging.merge, self.into, message, revision=self._version)
        await self._close_after(page, refusal)
        if refusal is None:
            await self.tell(
                f"{page._reference} goes on in {self.into}",
                "Its clocks have stopped, and nothing of it escalates any more.",
                url=ticket_url(self.into),
                link=f"Open {self.into}",
            )

    @rx.event
    @allow(Permission.TICKET_MERGE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _choose(self, into: str) -> None:
        self.into, self.preview = into, MergePreview()
