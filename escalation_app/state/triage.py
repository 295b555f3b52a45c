"""The dialog that answers an escalation which a customer asked for."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.services import cases
from escalation_app.services.queries.triage import request_to_answer
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.views.ticket import TriageView

Reference = Annotated[str, Length(40)]


class TriageForm(TypedDict):
    """What comes of it, for the customer to read where they are written to."""

    outcome: Text


class TriageState(AppState):
    """One tab's dialog, over a ticket or over the list of escalations."""

    reference: str = ""
    """The ticket whose request is answered; "" while the dialog is closed."""
    asked: TriageView = TriageView()
    error: str = ""
    form: int = 0

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def open_dialog(self, reference: Reference) -> None:
        """Ask what comes of the request."""
        asked = await self.read(request_to_answer, reference, utc_now())
        if asked is not None:
            self.reference, self.error, self.asked = reference, "", asked
            self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_TRIAGE)
    async def triage(self, form: TriageForm) -> None:
        """Answer it. What is refused stays written."""
        refusal = await self.attempt(
            cases.triage_requests, self.reference, form["outcome"], tells=self.asked.is_told
        )
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            read = f"The customer of {self.reference} reads it." if self.asked.is_told else ""
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
