"""The dialog that ends an escalation or takes it up again, for every page that offers it."""

import reflex as rx

from escalation_app.components.deescalate import deescalate_dialog
from escalation_app.state.deescalate import DeescalateState


def turn_dialog() -> rx.Component:
    """Closed until a page asks for it with a ticket's reference."""
    state = DeescalateState
    return deescalate_dialog(
        state.is_open,
        state.turn,
        on_close=state.close_dialog,
        on_turn=state.turn_it,
        error=state.error,
        form_key=state.form,
    )
