"""The dialog that grades a ticket: nature, impact, urgency, and what comes of it."""

from typing import Annotated

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.cases import Grades
from escalation_app.domain.permissions import Permission
from escalation_app.services import cases
from escalation_app.services.cases import MAX_CATEGORY
from escalation_app.services.queries.grading import grading_choices, grading_preview
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm
from escalation_app.views.ticket_dialogs import GradingChoices, GradingPreview

Key = Annotated[str, Length(60)]


class GradingForm(ToldForm):
    """The dialog's fields."""

    category: Annotated[str, Length(MAX_CATEGORY)]
    impact: Key
    urgency: Key
    severity: Key
    why: Annotated[str, Length(MAX_REASON)]


class GradingState(TicketDialog, AppState):
    """One tab's dialog. It grades the ticket as it was when the dialog opened."""

    choices: GradingChoices = GradingChoices()
    preview: GradingPreview = GradingPreview()
    impact: str = ""
    urgency: str = ""
    severity: str = ""

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def open_dialog(self) -> None:
        """Show how the ticket is graded, and ask how it shall be."""
        page = await self.get_state(TicketState)
        choices = await self.read(grading_choices, page._reference)
        if choices is None:
            return
        self.choices = choices
        self.impact, self.urgency = choices.impact, choices.urgency
        self.severity = choices.severity
        await self._foresee()
        self._open_over(page)

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def choose_impact(self, impact: Key) -> None:
        """Show what another impact does."""
        self.impact = impact
        await self._foresee()

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def choose_urgency(self, urgency: Key) -> None:
        """Show what another urgency does."""
        self.urgency = urgency
        await self._foresee()

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def choose_severity(self, severity: Key) -> None:
        """Show what a severity of one's own does."""
        self.severity = severity
        await self._foresee()

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def grade(self, form: GradingForm) -> None:
        """Grade it so. What is refused stays written."""
        message = self._told(form)
        if message is None:
            return
        page = await self.get_state(TicketState)
        refusal = await page._try(
            cases.regrade,
            _grades(form["category"], form["impact"], form["urgency"], form["severity"]),
            form["why"],
            revision=self._version,
            message=message,
        )
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.SEVERITY_SET)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    async def _foresee(self) -> None:
        page = await self.get_state(TicketState)
        grades = _grades(self.choices.category, self.impact, self.urgency, self.severity)
        seen = await self.read(grading_preview, page._reference, utc_now(), grades)
        if seen is not None:
            self.preview = seen


def _grades(category: str, impact: str, urgency: str, severity: str) -> Grades:
    """Without a number the severity is the matrix's; a number nobody knows is refused later."""
    level = int(severity) if severity.isascii() and severity.isdigit() else None
    return Grades(category, impact, urgency, level)
