"""One's own work, live, and what is done about it on the spot."""

from collections.abc import Callable
from typing import Annotated, Any, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.permissions import Permission
from escalation_app.live.changes import touching_tickets
from escalation_app.services import cases
from escalation_app.services.queries.work import my_work
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.answers import acknowledge, answer
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.case import Number
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.views.work import WorkPage

Reference = Annotated[str, Length(40)]
RESTS = 0.5
"""Seconds between two looks: anybody's click may concern it."""


class BlockedForm(TypedDict):
    """What is in the way."""

    reason: Annotated[str, Length(MAX_REASON)]


class WorkState(AppState):
    """What one person has to do."""

    page: WorkPage = WorkPage()
    is_loaded: bool = False
    blocking: str = ""
    """The reference of the case whose obligation is said to be blocked, while that is asked."""
    subject: str = ""
    number: int = 0
    form: int = 0

    @rx.event
    @allow(Permission.WORK_SEE)
    async def open_page(self) -> None:
        """Read it and keep it live."""
        self.blocking = ""
        await self._show()

    async def _show(self) -> None:
        actor = await self.actor()

        def load(session: Session) -> WorkPage:
            return my_work(session, actor, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put(self, shown)
        keep_live(self, "page", ("work", actor), load, _apply, touching_tickets, shown, RESTS)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def accept(self, reference: Reference, number: Number) -> None:
        """Take on what one is asked for."""
        await answer(self, self._show, reference, number, ObligationState.ACCEPTED)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def finish(self, reference: Reference, number: Number) -> None:
        """Say that it is done."""
        await answer(self, self._show, reference, number, ObligationState.DONE)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def open_blocked(self, reference: Reference, number: Number) -> None:
        """Ask what is in the way."""
        key = f"{reference}-{number}"
        duty = next((row for row in self.page.duties if row.key == key), None)
        self.subject = "" if duty is None else duty.text
        self.blocking, self.number = reference, number
        self.form += 1

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def block(self, form: BlockedForm) -> None:
        """Say that it is blocked."""
        blocked = (ObligationState.BLOCKED, form["reason"])
        if await self._do(cases.update_obligation, self.blocking, self.number, *blocked):
            self.blocking = ""

    @rx.event
    @allow(Permission.WORK_SEE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.blocking:
            self.blocking = ""

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self, reference: Reference) -> None:
        """Say that one has seen an escalation."""
        await acknowledge(self, self._show, reference)

    async def _do(self, service: Callable[..., Any], *args: Any) -> bool:
        done = await self.call(service, *args) is not None
        await self._show()
        return done


def _put(state: WorkState, shown: WorkPage) -> None:
    state.page = shown
    state.is_loaded = True


async def _apply(root: rx.State, shown: WorkPage) -> None:
    _put(cast(WorkState, await root.get_state(WorkState)), shown)
