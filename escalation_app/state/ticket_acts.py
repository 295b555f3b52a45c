"""What is done to a ticket without a question, or with one for a name: each can be taken back."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import Status
from escalation_app.services import chosen
from escalation_app.services.chosen import Act
from escalation_app.services.queries.ticket_choices import assignable
from escalation_app.state.answers import acknowledge
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog
from escalation_app.views.common import Choice


class AssignForm(TypedDict):
    """The dialog that asks who shall have it: a person's key."""

    assignee: Annotated[str, Length(15)]


class TicketActsState(TicketDialog, AppState):
    """The acts, and one tab's dialog that asks who shall have the ticket."""

    people: list[Choice] = []
    assignee: str = ""
    """Who is proposed."""

    @rx.event
    @allow(Permission.TICKET_TAKE)
    async def take(self) -> None:
        """Make the ticket one's own."""
        await self._do(chosen.take(), "{} is yours now.")

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def resume(self) -> None:
        """Go on working."""
        await self._do(chosen.set_status(Status.OPEN), "{} goes on.")

    async def _do(self, act: Act, said: str) -> None:
        page = await self.get_state(TicketState)
        done, refusal = await page._tried(chosen.do, act)
        await page._show()
        if refusal is not None:
            await self.tell(str(refusal), icon="info", is_alert=True)
        elif done is not None:
            await self._offer_undo(done, said.format(done.reference))

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self) -> None:
        """Say that one has seen the escalation."""
        page = await self.get_state(TicketState)
        await acknowledge(self, page._show, page._reference)

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def open_dialog(self) -> None:
        """Ask who of the team shall have it."""
        page = await self.get_state(TicketState)
        people = await self.read(assignable, page._reference)
        if people is not None:
            self.people = list(people)
            self.assignee = next((one.value for one in people if not one.hint), "")
            self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def assign(self, form: AssignForm) -> None:
        """Give it to the person chosen."""
        key = form["assignee"]
        if not (key.isascii() and key.isdigit()):
            self.error = "Choose a person from the list."
            return
        page = await self.get_state(TicketState)
        done, refusal = await page._tried(chosen.do, chosen.give(int(key)))
        await self._close_after(page, refusal)
        if done is not None:
            await self._offer_undo(
                done, f"{page.page.head.assignee.name} has {done.reference} now."
            )

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
