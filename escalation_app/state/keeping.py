"""The dialog that says a promise is kept, over a case or one's own work."""

from typing import Annotated

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import cases
from escalation_app.services.queries.promises import kept_promise
from escalation_app.state.arguments import Between, Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket_dialog import ToldDialog, ToldForm
from escalation_app.views.case import KeptPromise

Reference = Annotated[str, Length(40)]
Number = Annotated[int, Between(1, 100_000)]


class KeepingState(ToldDialog, AppState):
    """One tab's dialog."""

    made: KeptPromise = KeptPromise()

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def open_dialog(self, reference: Reference, number: Number) -> None:
        """Ask what the customer shall read."""
        made = await self.read(kept_promise, reference, number)
        if made is not None:
            self.made = made
            self._open()

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def keep(self, form: ToldForm) -> None:
        """Say that what was promised has happened. What is refused stays written."""
        message = self._told(form)
        if message is None or not self.is_open:
            return
        made = self.made
        refusal = await self.attempt(cases.keep_promise, made.ref, made.number, message)
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            self._leave()
            told = f"{made.customer} reads it." if message else ""
            await self.tell("Kept, and on record.", told)

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()
