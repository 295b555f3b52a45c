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


class TurnForm(TypedDict, total=False):
    """The dialog's fields; `tells` is there when the customer shall read the message."""

    reason: Annotated[str, Length(MAX_REASON)]
    tells: Annotated[str, Length(20)]
    message: Text


class DeescalateState(AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    turn: EscalationTurn = EscalationTurn()
    is_open: bool = False
    error: str = ""
    form: int = 0

    _version: int = 0
    _known: set[str] = set()

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def open_dialog(self) -> None:
        """Ask why, and show what it does."""
        page = await self.get_state(TicketState)
        turn = await self.read(escalation_turn, page._reference, utc_now())
        if turn is None or not turn.kind:
            return
        self.turn, self.error = turn, ""
        self._version, self._known = page._as_shown()
        self.is_open = True
        self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def turn_it(self, form: TurnForm) -> None:
        """End it, or take it up again, as was shown. What is refused stays written."""
        message = form.get("message", "") if "tells" in form else ""
        if "tells" in form and not message.strip():
            self.error = "Write what the customer reads, or untick that they are told."
            return
        services = {"end": escalations.deescalate, "again": escalations.reescalate}
        service = services.get(self.turn.kind)
        if service is None:
            return  # no dialog is open
        page = await self.get_state(TicketState)
        refusal = await page._try(service, form.get("reason", ""), self._version, message)
        self.error = await page._said(refusal, self._known)
        self._version, self._known = page._as_shown()
        self.is_open = refusal is not None

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self.is_open = False
