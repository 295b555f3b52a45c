"""The dialog that resolves a ticket which is not escalated."""

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.services import tickets
from escalation_app.services.queries.solving import solving_choice
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm
from escalation_app.views.ticket_dialogs import SolvingChoice


class SolveState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    asked: SolvingChoice = SolvingChoice()

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def open_dialog(self) -> None:
        """Show what it ends, and ask what the customer shall read."""
        page = await self.get_state(TicketState)
        asked = await self.read(solving_choice, page._reference, utc_now())
        if asked is not None:
            self.asked = asked
            self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def resolve(self, form: ToldForm) -> None:
        """Resolve it. What is refused stays written."""
        message = self._told(form)
        if message is None:
            return
        page = await self.get_state(TicketState)
        refusal = await page._try(tickets.resolve, message, self._version)
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
