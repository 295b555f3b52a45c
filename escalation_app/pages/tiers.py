"""The tier board: a column for each tier, cards that move by themselves."""

import reflex as rx

from escalation_app.components.base import when
from escalation_app.components.board import board
from escalation_app.components.figures import needs_you
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.boards import NeedsState, TierBoardState


def tiers() -> rx.Component:
    return staff_shell(
        needs_you(NeedsState.needs, NeedsState.act, is_loaded=NeedsState.is_loaded),
        title_bar(
            "Tier board",
            rx.el.span("Cards move by themselves", class_name="f t12 wide-only"),
            words=when(
                TierBoardState.is_loaded,
                rx.fragment(TierBoardState.open_count, " open, the top stays small"),
                "the top stays small",
            ),
        ),
        board(TierBoardState.columns),
    )
