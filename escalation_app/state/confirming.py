"""What a customer says of a ticket that we believe is solved."""

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import confirming
from escalation_app.state.base import AppState
from escalation_app.state.customer import CustomerTicketState
from escalation_app.state.guard import allow


class ConfirmState(AppState):
    """One click on a customer's page, which can be taken back."""

    @rx.event
    @allow(Permission.SOLUTION_CONFIRM)
    async def confirm(self) -> None:
        """Say that it works."""
        page = await self.get_state(CustomerTicketState)
        done = await self.call(confirming.confirm, page._reference)
        await page._show()
        if done is not None:
            await self.tell(
                "Thank you for telling us.",
                f"{done.reference} is closed.",
                undo=(confirming.take_back, (done,)),
            )
