"""The war room of one escalated ticket, live, and what is done in it without a question."""

from collections.abc import Callable
from typing import Annotated, Any, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import BusinessError, NotFound
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import touching_ticket
from escalation_app.services import nudges, threads
from escalation_app.services.queries.case import SAID, case_page
from escalation_app.services.store import ticket_id_of
from escalation_app.services.unit_of_work import run
from escalation_app.state.answers import acknowledge, answer
from escalation_app.state.arguments import Between
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.views.case import CasePage

MOST_SAID = 20 * SAID
"""The most messages a case grows to."""

Number = Annotated[int, Between(1, 100_000)]
"""Of an obligation or a promise within its ticket."""
Found = tuple[int, CasePage] | None
"""A ticket's id and its case; None when there is none, or it is not open to the reader."""


class CaseState(AppState):
    """One tab's case."""

    page: CasePage = CasePage()
    is_loaded: bool = False
    is_missing: bool = False

    _reference: str = ""
    _shown: int = SAID

    @rx.event
    @allow(Permission.CASE_SEE)
    async def open_page(self) -> None:
        """Read the case that the address names, and keep it live."""
        reference = self._named()
        if reference != self._reference:
            self.page = CasePage()
            self.is_loaded = False
        self._reference = reference
        self._shown = SAID
        await self._show()

    @rx.event
    @allow(Permission.CASE_SEE)
    async def show_earlier(self) -> None:
        """Show as many messages more."""
        self._shown = min(MOST_SAID, self._shown + SAID)
        await self._show()

    async def _show(self) -> None:
        actor, reference, shown = signed_in().actor, self._reference, self._shown

        def load(session: Session) -> Found:
            return _find(session, actor, reference, shown)

        found = await self.read(lambda session, _: load(session))
        _put(self, found)
        if found is not None:
            scope = ("case", actor, reference, shown)
            keep_live(self, "page", scope, load, _apply, touching_ticket(found[0]), found)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def accept(self, number: Number) -> None:
        """Take on what one is asked for."""
        await answer(self, self._show, self._reference, number, ObligationState.ACCEPTED)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def finish(self, number: Number) -> None:
        """Say that it is done."""
        await answer(self, self._show, self._reference, number, ObligationState.DONE)

    @rx.event
    @allow(Permission.NUDGE_SEND)
    async def nudge(self, number: Number) -> None:
        """Remind who is late with an obligation."""
        await self._act(nudges.nudge_obligation, number, said="Reminded, and on record.")

    @rx.event
    @allow(Permission.NUDGE_SEND)
    async def nudge_acknowledgement(self) -> None:
        """Remind those who owe the acknowledgement."""
        await self._act(nudges.nudge_acknowledgement, said="Reminded, and on record.")

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self) -> None:
        """Say that one has seen the escalation."""
        await acknowledge(self, self._show, self._reference)

    async def _act(self, service: Callable[..., Any], *args: Any, said: str = "") -> None:
        refusal = await self._try(service, *args)
        if refusal is not None:
            await self.tell(str(refusal), icon="info", is_alert=True)
        elif said:
            await self.tell(said)
        await self._show()

    async def _try(
        self, service: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> BusinessError | None:
        """Run a use case on this case; what refused it, if anything did."""
        try:
            await threads.work(run, signed_in().actor, service, self._reference, *args, **kwargs)
        except BusinessError as error:
            return error
        return None


def _find(session: Session, actor: Actor, reference: str, shown: int) -> Found:
    try:
        ticket_id = ticket_id_of(session, reference)
        return ticket_id, case_page(session, actor, reference, utc_now(), shown)
    except NotFound:
        return None


def _put(state: CaseState, found: Found) -> None:
    state.is_loaded = True
    state.is_missing = found is None
    if found is not None:
        state.page = found[1]


async def _apply(root: rx.State, found: Found) -> None:
    _put(cast(CaseState, await root.get_state(CaseState)), found)
