"""The SLA heatmap: tier by severity now, and what breaks in the coming hours."""

import reflex as rx

from escalation_app.components.figures import figure_row, needs_you
from escalation_app.components.heat import first_to_break, halves, heat_next, heat_now
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.boards import HeatmapState, NeedsState


def heatmap() -> rx.Component:
    return staff_shell(
        needs_you(NeedsState.needs, NeedsState.act, is_loaded=NeedsState.is_loaded),
        title_bar("SLA heatmap", words="worst clock per cell, a cell opens its queue"),
        halves(heat_now(HeatmapState.table), heat_next(HeatmapState.ahead)),
        figure_row(HeatmapState.figures),
        first_to_break(HeatmapState.breaks),
    )
