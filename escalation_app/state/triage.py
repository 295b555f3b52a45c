"""The dialog that answers an escalation which a customer asked for."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import cases
from escalation_app.services.queries.ticket import writes_to_customer
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow

Reference = Annotated[str, Length(40)]


class TriageForm(TypedDict):
    """What comes of it, for the customer to read where they are written to."""

    outcome: Text


class TriageState(AppState):
    """One tab's dialog, over a ticket or over the list of escalations."""

    reference: str = ""
    """The ticket whose request is answered; "" while the dialog is closed."""
    is_told: bool = True
    """Whether the customer reads the answer: the ticket's tier writes to them."""
    error: str = ""
    form: int = 0

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def open_dialog(self, reference: Reference) -> None:
        """Ask what comes of the request."""
        writes = await self.read(writes_to_customer, reference)
        if writes is not None:
            self.reference, self.error, self.is_told = reference, "", writes
            self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def triage(self, form: TriageForm) -> None:
        """Answer it. What is refused stays written."""
        refusal = await self.attempt(
            cases.triage_requests, self.reference, form["outcome"], tells=self.is_told
        )
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            read = f"The customer of {self.reference} reads it." if self.is_told else ""
            await self.tell("Answered", read)
            self.reference = ""

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.reference:
            self.reference = ""
