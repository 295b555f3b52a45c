"""What the owner of a prevention does about it, from their own work."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Permission
from escalation_app.services import preventions
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Between, Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.instants import At, instant_of
from escalation_app.state.work import WorkState

Reference = Annotated[str, Length(40)]
Number = Annotated[int, Between(1, 2**53)]
"""The key of the escalation that it is the prevention of."""


class MoveForm(TypedDict):
    """Another date, and why."""

    due: At
    reason: Annotated[str, Length(MAX_REASON)]


class PreventionsState(AppState):
    """The dialog that moves one."""

    moving: str = ""
    """The reference of the case whose prevention is moved, while that is asked."""
    subject: str = ""
    due: str = ""
    error: str = ""
    form: int = 0

    _number: int = 0

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def finish(self, reference: Reference, number: Number) -> None:
        """Say that it is done."""
        done = await self.call(preventions.finish_prevention, reference, number)
        await self._show_work()
        if done is not None:
            undo = (preventions.take_up_prevention, (reference, number))
            await self.tell("Done, and on record.", undo=undo)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def open_move(self, reference: Reference, number: Number) -> None:
        """Ask for another date, and why."""
        work = await self.get_state(WorkState)
        line = next((one for one in work.page.preventions if one.number == number), None)
        if line is not None:
            self.moving, self._number, self.error = reference, number, ""
            self.subject, self.due = line.text, line.due_at
            self.form += 1

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def move(self, form: MoveForm) -> None:
        """Give it that date. What is refused stays written."""
        refusal: BusinessError | None
        try:
            due_at = instant_of(form["due"])
        except BusinessError as wrong:
            refusal = wrong
        else:
            moved = (self.moving, self._number, due_at, form["reason"])
            refusal = await self.attempt(preventions.move_prevention, *moved)
        self.error = "" if refusal is None else str(refusal)
        if refusal is None:
            self.moving = ""
            await self._show_work()

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.moving:
            self.moving = ""

    async def _show_work(self) -> None:
        work = await self.get_state(WorkState)
        await work._show()
