"""The manager's list of active escalations, live: acknowledge, assign, de-escalate."""

from typing import Annotated, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.live.changes import Change
from escalation_app.services import escalations
from escalation_app.services.queries.escalations import (
    LANES,
    ONLY,
    WHOSE,
    active_escalations,
    managers,
)
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.views import Choice, EscalationBoard, EscalationGroup, Figure

Reference = Annotated[str, Length(40)]


class AssignForm(TypedDict):
    """The dialog that asks who shall own a case: a person's key."""

    manager: Annotated[str, Length(15)]


class EndForm(TypedDict):
    """The dialog that asks why an escalation ends."""

    reason: Annotated[str, Length(MAX_REASON)]


class EscalationsState(AppState):
    """Which escalations are shown, and the dialog that is open over them."""

    groups: list[EscalationGroup] = []
    figures: list[Figure] = []
    words: str = "most pressing first"
    whose: str = "all"
    lanes: str = "need"
    only: str = "all"
    narrowings: list[Choice] = []
    """What the list can be narrowed to, with how many would be left."""
    is_loaded: bool = False
    assigning: str = ""
    ending: str = ""
    managers: list[Choice] = []
    manager: str = ""
    form: int = 0

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def open_page(self) -> None:
        """Read the list and keep it live."""
        await self._show()

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def choose_whose(self, whose: Annotated[str, Length(10)]) -> None:
        """All, mine, or those without an owner."""
        if whose in WHOSE:
            self.whose = whose
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def choose_lanes(self, lanes: Annotated[str, Length(20)]) -> None:
        """Lay the list out by need, stage, customer or department."""
        if lanes in LANES:
            self.lanes = lanes
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def choose_only(self, only: Annotated[str, Length(20)]) -> None:
        """Show all, or only those where something is late."""
        if only in ONLY:
            self.only = only
            await self._show()

    async def _show(self) -> None:
        actor, whose, lanes, only = await self.actor(), self.whose, self.lanes, self.only

        def load(session: Session) -> EscalationBoard:
            return active_escalations(session, actor, utc_now(), whose, lanes, only)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put(self, shown)
        scope = ("escalations", actor.person_id, whose, lanes, only)
        keep_live(self, "page", scope, load, _apply, _tickets_change, shown)

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self, reference: Reference) -> None:
        """Say that one has seen it."""
        if await self.call(escalations.acknowledge, reference) is not None:
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_ASSIGN)
    async def open_assign(self, reference: Reference) -> None:
        """Ask who shall own the case."""
        found = await self.read(managers)
        if found is not None:
            self.managers = list(found)
            self.manager = next((one.value for one in found if one.is_suggested), "")
            self.assigning = reference
            self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_ASSIGN)
    async def assign(self, form: AssignForm) -> None:
        """Give the case to the manager chosen in the dialog."""
        chosen = form["manager"]
        if not chosen.isascii() or not chosen.isdigit():
            await self.tell("Choose a manager from the list.", icon="info", is_alert=True)
            return
        reference = self.assigning
        if await self.call(escalations.assign_case, reference, int(chosen)) is not None:
            self.assigning = ""
            await self.tell("Assigned", f"The new owner of {reference} has been told.")
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def open_end(self, reference: Reference) -> None:
        """Ask why the escalation ends."""
        self.ending = reference
        self.form += 1

    @rx.event
    @allow(Permission.ESCALATION_END)
    async def end(self, form: EndForm) -> None:
        """De-escalate with the reason given in the dialog."""
        reference = self.ending
        if await self.call(escalations.deescalate, reference, form["reason"]) is not None:
            self.ending = ""
            await self.tell("De-escalated", f"{reference} goes on without its path.")
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self.assigning = ""
        self.ending = ""


def _tickets_change(change: Change) -> bool:
    return change.touches_tickets


_COUNTED_BY = {"all": "active", "mine": "mine", "nobody": "nobody"}
"""The figure that counts each choice of whose escalations are shown."""


def _put(state: EscalationsState, shown: EscalationBoard) -> None:
    listed = sum(len(group.rows) for group in shown.groups)
    key = _COUNTED_BY[state.whose]
    total = next(figure.value for figure in shown.figures if figure.key == key)
    is_all = str(listed) == total
    state.words = "most pressing first" if is_all else f"{listed} of {total}, most pressing first"
    state.groups, state.figures = list(shown.groups), list(shown.figures)
    state.narrowings = list(shown.only)
    state.is_loaded = True


async def _apply(root: rx.State, shown: EscalationBoard) -> None:
    _put(cast(EscalationsState, await root.get_state(EscalationsState)), shown)
