"""The tier board and the SLA heatmap, live."""

from typing import Annotated, Any, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import touching_tickets
from escalation_app.services.queries.first_to_break import first_to_break
from escalation_app.services.queries.heatmap import heat_table, look_ahead
from escalation_app.services.queries.needs_you import needs_you
from escalation_app.services.queries.promise_figures import promise_figures
from escalation_app.services.queries.scope import scope_key
from escalation_app.services.queries.tier_board import tier_board
from escalation_app.state.answers import acknowledge
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live, read_shared
from escalation_app.state.guard import allow
from escalation_app.views.boards import HeatTable, LookAhead, TierColumn
from escalation_app.views.common import Figure
from escalation_app.views.frame import FirstToBreak, NeedsYou


class NeedsState(AppState):
    """What only the reader can do, above both boards."""

    needs: list[NeedsYou] = []
    is_loaded: bool = False

    @rx.event
    @allow(Permission.BOARD_SEE)
    async def open_needs(self) -> None:
        """Read what needs the reader and keep it live."""
        await self._show()

    async def _show(self) -> None:
        actor = await self.actor()

        def load(session: Session) -> tuple[NeedsYou, ...]:
            return needs_you(session, actor, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        self.needs, self.is_loaded = list(shown), True
        scope = ("needs", actor.person_id)
        keep_live(self, "needs", scope, load, _apply_needs, touching_tickets, shown)

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def act(
        self, action: Annotated[str, Length(20)], reference: Annotated[str, Length(40)]
    ) -> None:
        """Do what a card asks for."""
        if action != "acknowledge":
            return
        await acknowledge(self, self._show, reference)


class TierBoardState(AppState):
    """A column for each tier."""

    columns: list[TierColumn] = []
    open_count: int = 0
    is_loaded: bool = False

    @rx.event
    @allow(Permission.BOARD_SEE)
    async def open_page(self) -> None:
        """Read the board and keep it live."""
        actor = await self.actor()

        def load(session: Session) -> tuple[TierColumn, ...]:
            return tier_board(session, actor, utc_now())

        scope = ("tiers", scope_key(actor))
        shown = await read_shared(self, scope, load)
        if shown is None:
            return
        _show_board(self, shown)
        keep_live(self, "page", scope, load, _apply_board, touching_tickets, shown)


class HeatmapState(AppState):
    """Tier by severity now, and what breaks in the coming hours."""

    table: HeatTable = HeatTable()
    ahead: LookAhead = LookAhead()
    breaks: list[FirstToBreak] = []
    figures: list[Figure] = []
    is_loaded: bool = False

    @rx.event
    @allow(Permission.BOARD_SEE)
    async def open_page(self) -> None:
        """Read the heatmap and keep it live; the week's figures are read once."""
        actor = await self.actor()

        def load(session: Session) -> tuple[Any, ...]:
            return _heat(session, actor)

        scope = ("heatmap", scope_key(actor))
        shown = await read_shared(self, scope, load)
        figures = await self.read(lambda session, _: promise_figures(session, utc_now()))
        if shown is None or figures is None:
            return
        _show_heat(self, shown)
        self.figures = list(figures)
        keep_live(self, "page", scope, load, _apply_heat, touching_tickets, shown)


def _heat(session: Session, actor: Actor) -> tuple[Any, ...]:
    now = utc_now()
    return (
        heat_table(session, actor, now),
        look_ahead(session, actor, now),
        first_to_break(session, actor, now),
    )


def _show_board(state: TierBoardState, shown: tuple[TierColumn, ...]) -> None:
    state.columns = list(shown)
    state.open_count = sum(column.count for column in shown)
    state.is_loaded = True


def _show_heat(state: HeatmapState, shown: tuple[Any, ...]) -> None:
    state.table, state.ahead, breaks = shown
    state.breaks = list(breaks)
    state.is_loaded = True


async def _apply_needs(root: rx.State, shown: tuple[NeedsYou, ...]) -> None:
    cast(NeedsState, await root.get_state(NeedsState)).needs = list(shown)


async def _apply_board(root: rx.State, shown: tuple[TierColumn, ...]) -> None:
    _show_board(cast(TierBoardState, await root.get_state(TierBoardState)), shown)


async def _apply_heat(root: rx.State, shown: tuple[Any, ...]) -> None:
    _show_heat(cast(HeatmapState, await root.get_state(HeatmapState)), shown)
