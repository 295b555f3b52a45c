"""The dialog that takes a resolved ticket up again."""

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import tickets
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm

TOLD = "We have opened your ticket again and work on it. You hear from us here."


class ReopenState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    message: str = ""
    """What is proposed to be told."""

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def open_dialog(self) -> None:
        """Ask what the customer shall read."""
        page = await self.get_state(TicketState)
        self.message = TOLD if page.page.may.can_reply else ""
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def reopen(self, form: ToldForm) -> None:
        """Take it up again. What is refused stays written."""
        message = self._told(form)
        if message is None:
            return
        page = await self.get_state(TicketState)
        refusal = await page._try(tickets.reopen, message, self._version)
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
