"""What the process offers to write on a ticket, and to do in one: replies and macros."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.services import macros
from escalation_app.services.queries.replies import reply_choices
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import GAP, TicketState
from escalation_app.state.ticket_dialog import SENT_STAYS, TicketDialog
from escalation_app.views.ticket import MacroChoice, ReplyChoice

Key = Annotated[str, Length(60)]


class MacroForm(TypedDict, total=False):
    """The dialog that shows a macro: what the customer reads, if it writes to them."""

    message: Text


class RepliesState(TicketDialog, AppState):
    """What is offered, and one tab's dialog that shows what a macro does before it does it."""

    replies: list[ReplyChoice] = []
    macros: list[MacroChoice] = []
    """Read when they are asked for."""
    inserted: str = ""
    inserted_at: int = 0
    """One more each time a text is put into the reply."""
    macro: MacroChoice = MacroChoice()

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def offer(self) -> None:
        """Read what the process offers to write and to do."""
        page = await self.get_state(TicketState)
        offered = await self.read(reply_choices, page._reference, utc_now())
        if offered is not None:
            self.replies, self.macros = list(offered[0]), list(offered[1])

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    def insert(self, key: Key) -> None:
        """Put a reply of the process into the box, where it can be changed."""
        reply = next((one for one in self.replies if one.key == key), None)
        if reply is not None:
            self.inserted = reply.text
            self.inserted_at += 1

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def open_macro(self, key: Key) -> None:
        """Show what a macro does."""
        macro = next((one for one in self.macros if one.key == key), None)
        if macro is not None:
            self.macro = macro
            self._open_over(await self.get_state(TicketState))

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def run_macro(self, form: MacroForm) -> None:
        """Do all of what the macro says."""
        message, key = form.get("message", ""), self.macro.key
        page = await self.get_state(TicketState)
        if page._asks_about_gap(message):
            self.error = GAP
            return
        ran, refusal = await page._tried(macros.run_macro, key, message, self._version)
        await self._close_after(page, refusal)
        if ran is not None:
            sent = SENT_STAYS if ran.done is not None and message.strip() else ""
            await self._offer_undo(ran.done, f"{self.macro.name}: done.", sent)

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
