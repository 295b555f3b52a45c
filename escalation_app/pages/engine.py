"""How the engines do: their signs of life, what waits for them, what they did today."""

import reflex as rx

from escalation_app.components.people import engine_panel
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.admin import EngineState


def engine() -> rx.Component:
    return staff_shell(
        title_bar("Engine", words="it fires what is due, and sends what is to be sent"),
        engine_panel(EngineState.engine, EngineState.confirm, is_loading=~EngineState.is_loaded),
    )
