"""The dialog that escalates a ticket: what it proposes, and what the person makes of it."""

from typing import Annotated

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations
from escalation_app.services.queries.escalate_choices import escalate_choices
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog, ToldForm
from escalation_app.views.ticket_dialogs import EscalateChoices, EscalateOption

Key = Annotated[str, Length(20)]


class EscalateForm(ToldForm, total=False):
    """The dialog's fields. Which way and to whom is on the state already."""

    kind: Key
    to: Key
    reason: Annotated[str, Length(MAX_REASON)]
    decision: Annotated[str, Length(MAX_REASON)]


class EscalateState(TicketDialog, AppState):
    """One tab's dialog. It decides about the ticket as it was when the dialog opened."""

    choices: EscalateChoices = EscalateChoices()
    kind: str = ""
    to: str = ""

    @rx.event
    @allow(Permission.TICKET_ESCALATE)
    async def open_dialog(self) -> None:
        """Ask which way and to whom, with what is proposed chosen already."""
        page = await self.get_state(TicketState)
        choices = await self.read(escalate_choices, page._reference, utc_now())
        if choices is None:
            return
        self.choices = choices
        self._choose(next(one for one in choices.options if not one.is_disabled))
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_ESCALATE)
    async def choose_kind(self, kind: Key) -> None:
        """Choose one of the ways, and with it whom it proposes."""
        chosen = self._option(kind)
        if chosen is not None and not chosen.is_disabled:
            self._choose(chosen)

    @rx.event
    @allow(Permission.TICKET_ESCALATE)
    async def choose_person(self, to: Key) -> None:
        """Choose somebody else than is proposed."""
        chosen = self._option(self.kind)
        if chosen is not None and any(one.key == to for one in chosen.candidates):
            self.to = to

    @rx.event
    @allow(Permission.TICKET_ESCALATE)
    async def escalate(self, form: EscalateForm) -> None:
        """Escalate the chosen way. What is refused stays written."""
        chosen = self._option(self.kind)
        if chosen is None:
            self.error = "Choose what is missing."
            return
        page = await self.get_state(TicketState)
        message = self._told(form)
        if message is None or not self.is_open:
            return  # what was sent twice has been done
        refusal = await page._try(
            escalations.escalate,
            EscalationKind(chosen.kind),
            form.get("reason", ""),
            revision=self._version,
            playbook=chosen.playbook,
            to=int(self.to) if self.to else None,
            decision=form.get("decision", "") if chosen.decide_by.at else "",
            message=message,
        )
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.TICKET_ESCALATE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _choose(self, option: EscalateOption) -> None:
        self.kind = option.value
        there = (one for one in option.candidates if not one.is_disabled)
        self.to = next((one.key for one in there), "")

    def _option(self, value: str) -> EscalateOption | None:
        return next((one for one in self.choices.options if one.value == value), None)
