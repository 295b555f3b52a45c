"""The dialog that answers an escalation which a customer asked for."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import cases
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow

Reference = Annotated[str, Length(40)]


class TriageForm(TypedDict):
    """What comes of it, for the customer to read."""

    outcome: Text


class TriageState(AppState):
    """One tab's dialog, over a ticket or over the list of escalations."""

    reference: str = ""
    """The ticket whose request is answered; "" while the dialog is closed."""
    error: str = ""
    form: int = 0

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def open_dialog(self, reference: Reference) -> None:
        """Ask what comes of the request."""
        self.reference, self.error = reference, ""
        self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def triage(self, form: TriageForm) -> None:
        """Answer it. What is refused stays written."""
        refusal = await self.attempt(cases.triage_requests, self.reference, form["outcome"])
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            await self.tell("Answered", f"The customer of {self.reference} reads it.")
            self.reference = ""

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self.reference = ""
