"""The dialog that lets a ticket wait for somebody, and tells its customer."""

from typing import Literal

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Status
from escalation_app.services import waiting
from escalation_app.services.queries.waiting import waiting_choice
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import SENT_STAYS, TicketDialog, ToldForm
from escalation_app.views.ticket_dialogs import WaitingChoice


class WaitState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    asked: WaitingChoice = WaitingChoice()

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def open_dialog(self, status: Literal["waiting_customer", "waiting_supplier"]) -> None:
        """Show what it does, and ask what the customer shall read."""
        page = await self.get_state(TicketState)
        asked = await self.read(waiting_choice, page._reference, utc_now(), Status(status))
        if asked is not None:
            self.asked = asked
            self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def wait(self, form: ToldForm) -> None:
        """Let it wait. What is refused stays written."""
        message = self._told(form)
        if message is None or not self.is_open:
            return
        page = await self.get_state(TicketState)
        status = Status(self.asked.status)
        done, refusal = await page._tried(waiting.wait, status, message, self._version)
        await self._close_after(page, refusal)
        if done is not None:
            said = f"{done.reference}: {self.asked.status_name.lower()}."
            await self._offer_undo(done, said, SENT_STAYS if message else "")

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
