"""The dialog that says a promise is kept, for every page that offers it."""

import reflex as rx

from escalation_app.components.dialog import dialog, dialog_buttons, refusal, told_field
from escalation_app.state.keeping import KeepingState


def keep_dialog() -> rx.Component:
    """Closed until a page asks for it with a promise."""
    state = KeepingState
    return dialog(
        state.is_open,
        "It has happened as promised",
        rx.el.div(
            told_field(state.made, state.made.message, state.form),
            refusal(state.error),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons("Say it is kept", state.close_dialog, name="check"),
        under=state.made.text,
        on_submit=state.keep,
        form_key=state.form,
        name="keep",
    )
