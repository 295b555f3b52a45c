"""The dialog that ends an escalation or takes it up again: why, what that does, what is told."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    refusal,
    text_field,
    told_field,
    what_follows,
)


def deescalate_dialog(
    is_open: Any,
    turn: Any,
    *,
    on_close: Handler,
    on_turn: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """``turn``: an ``EscalationTurn``. ``on_turn(form)`` gets the fields by name."""
    is_again = turn.kind == "again"
    act = when(is_again, "Escalate again: ", "De-escalate ")
    return dialog(
        is_open,
        rx.fragment(act, turn.ref),
        rx.el.div(
            when(
                turn.ended_because != "",
                rx.el.p("It had ended because: ", rx.el.q(turn.ended_because), class_name="m long"),
            ),
            text_field(
                when(
                    is_again,
                    "Why again, for the record",
                    "Why it can go on without, for the record",
                ),
                "reason",
                rows=2,
                is_first=True,
                max_length=2_000,
                within="turn",
            ),
            told_field(turn, turn.message, form_key),
            refusal(error),
            what_follows(turn.effects),
            class_name="d-what",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment(act, turn.ref), on_close),
        under=turn.subject,
        on_submit=on_turn,
        form_key=form_key,
        name="turn",
    )
