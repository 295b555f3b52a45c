"""The manager's list of active escalations with a case at its side, both live: acknowledge,
assign, remind."""

from dataclasses import replace
from typing import Annotated, Any, Literal, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import touching_tickets
from escalation_app.services import escalations, nudges
from escalation_app.services.queries.escalation_panel import case_peek
from escalation_app.services.queries.escalations import active_escalations, managers
from escalation_app.services.queries.escalations_filter import (
    MAX_KEY,
    BoardFilter,
    board_filter_of,
)
from escalation_app.state.answers import acknowledge
from escalation_app.state.arguments import Between, Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.views.case import CasePeek, DutyRow
from escalation_app.views.common import Choice, Figure
from escalation_app.views.escalations import EscalationBoard, EscalationGroup

Reference = Annotated[str, Length(40)]
Number = Annotated[int, Between(1, 100_000)]
"""Of an obligation within its ticket."""
Key = Literal["whose", "lanes", "only", "kind", "department"]


class AssignForm(TypedDict):
    """The dialog that asks who shall own a case: a person's key."""

    manager: Annotated[str, Length(15)]


class EscalationsState(AppState):
    """Which escalations are shown, and the dialog that is open over them."""

    groups: list[EscalationGroup] = []
    figures: list[Figure] = []
    words: str = "most pressing first"
    wanted: BoardFilter = BoardFilter()
    case_link: str = ""
    """The address of the list with a case at its side, up to the case's reference."""
    list_url: str = ""
    """The address of the list alone."""
    narrowings: list[Choice] = []
    """What the list can be narrowed to, with how many would be left."""
    kinds: list[Choice] = []
    departments: list[Choice] = []
    late: list[DutyRow] = []
    more_url: str = ""
    """The address that shows more; "" when there is no more."""
    peek: CasePeek = CasePeek()
    is_peek_missing: bool = False
    is_loaded: bool = False
    assigning: str = ""
    managers: list[Choice] = []
    manager: str = ""
    form: int = 0

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def open_page(self) -> None:
        """Read the list that the address names, and the case at its side; keep both live."""
        wanted = board_filter_of(self.router.url.query_parameters)
        self.wanted, self.case_link, self.list_url = wanted, wanted.case_link, wanted.listed.url
        if wanted.case != self.peek.head.ref:
            self.peek, self.is_peek_missing = CasePeek(), False
        await self._show()

    @rx.event
    @allow(Permission.ESCALATION_SEE)
    async def choose(self, key: Key, value: Annotated[str, Length(MAX_KEY)]) -> Any:
        """Narrow the list, or lay it out otherwise; the case at its side stays."""
        return rx.redirect(replace(self.wanted, **{"pages": "1", key: value}).url, replace=True)

    async def _show(self) -> None:
        actor, wanted = await self.actor(), self.wanted

        def load(session: Session) -> EscalationBoard:
            return active_escalations(session, actor, utc_now(), wanted)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put(self, shown)
        scope = ("escalations", actor.person_id, wanted.listed)
        keep_live(self, "page", scope, load, _apply, touching_tickets, shown)
        if wanted.case:
            await self._show_peek(actor, wanted.case)

    async def _show_peek(self, actor: Actor, reference: str) -> None:
        def load(session: Session) -> CasePeek | None:
            return _find(session, actor, reference)

        shown = await self.read(lambda session, _: load(session))
        _put_peek(self, shown)
        scope = ("case peek", actor, reference)
        keep_live(self, "peek", scope, load, _apply_peek, touching_tickets, shown)

    @rx.event
    @allow(Permission.NUDGE_SEND)
    async def nudge(self, reference: Reference, number: Number) -> None:
        """Remind who is late with an obligation."""
        if await self.call(nudges.nudge_obligation, reference, number) is not None:
            await self.tell("Reminded, and on record.")
            await self._show()

    @rx.event
    @allow(Permission.NUDGE_SEND)
    async def nudge_acknowledgement(self, reference: Reference) -> None:
        """Remind those who have not acknowledged a case."""
        if await self.call(nudges.nudge_acknowledgement, reference) is not None:
            await self.tell("Reminded, and on record.")
            await self._show()

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self, reference: Reference) -> None:
        """Say that one has seen it."""
        await acknowledge(self, self._show, reference)

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
    @allow(Permission.ESCALATION_SEE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.assigning:
            self.assigning = ""


_COUNTED_BY = {"all": "active", "mine": "mine", "nobody": "nobody"}
"""The figure that counts each choice of whose escalations are shown."""


def _put(state: EscalationsState, shown: EscalationBoard) -> None:
    listed = sum(len(group.rows) for group in shown.groups)
    key = _COUNTED_BY[state.wanted.whose]
    total = next(figure.value for figure in shown.figures if figure.key == key)
    is_all = str(listed) == total
    state.words = "most pressing first" if is_all else f"{listed} of {total}, most pressing first"
    state.groups, state.figures = list(shown.groups), list(shown.figures)
    state.narrowings, state.late = list(shown.only), list(shown.late)
    state.more_url = state.wanted.more_url if shown.has_more and not is_all else ""
    state.kinds, state.departments = list(shown.kinds), list(shown.departments)
    state.is_loaded = True


async def _apply(root: rx.State, shown: EscalationBoard) -> None:
    _put(cast(EscalationsState, await root.get_state(EscalationsState)), shown)


def _find(session: Session, actor: Actor, reference: str) -> CasePeek | None:
    try:
        return case_peek(session, actor, reference, utc_now())
    except NotFound:
        return None


def _put_peek(state: EscalationsState, shown: CasePeek | None) -> None:
    state.peek, state.is_peek_missing = shown or CasePeek(), shown is None


async def _apply_peek(root: rx.State, shown: CasePeek | None) -> None:
    _put_peek(cast(EscalationsState, await root.get_state(EscalationsState)), shown)
