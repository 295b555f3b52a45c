"""The dialog that ends the escalation of a ticket, or takes it up again."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.link_views import EscalationTurn
from escalation_app.services import escalations
from escalation_app.services.queries.deescalate import escalation_turn
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog


class TurnForm(TypedDict, total=False):
    """The dialog's fields; `tells` is there when the customer shall read the message."""

    reason: Annotated[str, Length(MAX_REASON)]
    tells: Annotated[str, Length(20)]
    message: Text


class DeescalateState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    turn: EscalationTurn = EscalationTurn()

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def open_dialog(self) -> None:
        """Ask why, and show what it does."""
        page = await self.get_state(TicketState)
        turn = await self.read(escalation_turn, page._reference, utc_now())
        if turn is None or not turn.kind:
            return
        self.turn = turn
        self._open_over(page)

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def turn_it(self, form: TurnForm) -> None:
        """End it, or take it up again, as was shown. What is refused stays written."""
        message = self._told(form)
        if message is None:
            return
        services = {"end": escalations.deescalate, "again": escalations.reescalate}
        service = services.get(self.turn.kind)
        if service is None:
            return  # no dialog is open
        page = await self.get_state(TicketState)
        refusal = await page._try(service, form.get("reason", ""), self._version, message)
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self.is_open = False
