"""The dialog that ends the escalation of a ticket, or takes it up again."""

from typing import Annotated

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.errors import Stale
from escalation_app.domain.permissions import Permission
from escalation_app.services import escalations
from escalation_app.services.queries.deescalate import escalation_turn
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket_dialog import ToldDialog, ToldForm
from escalation_app.views.linking import EscalationTurn

Reference = Annotated[str, Length(40)]

_SERVICES = {"end": escalations.deescalate, "again": escalations.reescalate}
_DONE = {
    "end": ("De-escalated", "{ref} goes on as any other ticket."),
    "again": ("Escalated again", "{ref} is looked after as before."),
}


class TurnForm(ToldForm, total=False):
    """The dialog's fields."""

    reason: Annotated[str, Length(MAX_REASON)]


class DeescalateState(ToldDialog, AppState):
    """One tab's dialog, over a ticket, its war room or the list of escalations. It decides about
    the ticket as it was when the dialog opened."""

    turn: EscalationTurn = EscalationTurn()

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def open_dialog(self, reference: Reference) -> None:
        """Ask why, and show what it does."""
        turn = await self.read(escalation_turn, reference, utc_now())
        if turn is not None and turn.kind:
            self.turn = turn
            self._open()

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def turn_it(self, form: TurnForm) -> None:
        """End it, or take it up again, as was shown. What is refused stays written."""
        service = _SERVICES.get(self.turn.kind)
        message = self._told(form)
        if message is None or service is None or not self.is_open:
            return
        turn = self.turn
        refusal = await self.attempt(
            service, turn.ref, form.get("reason", ""), turn.version, message
        )
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            self._leave()
            title, text = _DONE[turn.kind]
            await self.tell(title, text.format(ref=turn.ref))
        elif isinstance(refusal, Stale):
            await self._look_again(refusal)

    async def _look_again(self, refusal: Stale) -> None:
        """Show what it would do to the ticket as it is now; close where it is done already."""
        turn = await self.read(escalation_turn, self.turn.ref, utc_now())
        if turn is not None and turn.kind == self.turn.kind:
            self.turn = turn
            self.error = f"{refusal} Look at what it would do now, then send again."
            return
        self._leave()
        done, _ = _DONE[self.turn.kind]
        await self.tell(f"{done} by somebody else", str(refusal), icon="info", is_alert=True)

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
