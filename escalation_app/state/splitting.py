"""The dialog that makes a ticket of its own of what a customer wrote in another one."""

from typing import Annotated

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Ticket
from escalation_app.routes import ticket_url
from escalation_app.services import splitting
from escalation_app.services.queries.splitting import split_form
from escalation_app.services.tickets import MAX_SUBJECT
from escalation_app.services.unit_of_work import UnitOfWork
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm
from escalation_app.views.linking import SplitForm

Key = Annotated[str, Length(20)]


class SplitFields(ToldForm, total=False):
    """The dialog's fields."""

    messages: list[Key]
    subject: Annotated[str, Length(MAX_SUBJECT)]


class SplitState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    asked: SplitForm = SplitForm()

    @rx.event
    @allow(Permission.TICKET_SPLIT)
    async def open_dialog(self) -> None:
        """Ask what shall be a ticket of its own."""
        page = await self.get_state(TicketState)
        asked = await self.read(split_form, page._reference)
        if asked is None:
            return
        self.asked = asked
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_SPLIT)
    async def split(self, form: SplitFields) -> None:
        """Split it. What is refused stays written."""
        message = self._told(form)
        if message is None or not self.is_open:
            return  # what was sent twice has been done
        subject, version, made = form.get("subject", ""), self._version, list[str]()
        keys = form.get("messages", [])
        chosen = {int(key) for key in keys if key.isascii() and key.isdigit()}

        def split(uow: UnitOfWork, reference: str) -> Ticket:
            new = splitting.split(uow, reference, subject, chosen, message, version)
            made.append(new.reference)
            return new

        page = await self.get_state(TicketState)
        refusal = await page._try(split)
        await self._close_after(page, refusal)
        if refusal is None:
            await self.tell(
                f"{made[-1]} was split off",
                "It has clocks of its own.",
                url=ticket_url(made[-1]),
                link=f"Open {made[-1]}",
            )

    @rx.event
    @allow(Permission.TICKET_SPLIT)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
