"""What keeps solved cases from coming back, as its owner reads it."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, link, when
from escalation_app.components.case_lists import RowHandler, text_button
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    instant_field,
    refusal,
    text_field,
)
from escalation_app.components.time_left import local_time, time_left


def prevention_item(line: Any, *, on_done: RowHandler, on_move: RowHandler) -> Component:
    """A ``PreventionLine`` with what its owner can do about it."""
    return rx.el.li(
        rx.el.div(rx.el.b(line.text), time_left(line.time_left), class_name="top"),
        rx.el.p(
            link(line.subject, to=line.url),
            ", ",
            line.customer,
            ". Due ",
            local_time(line.due_at),
            when(line.place != "", rx.el.span(", ", line.place)),
            ". ",
            when(line.moved != "", rx.el.span("Moved: ", line.moved, class_name="line-of")),
        ),
        rx.el.span(
            text_button("Done", line.text, on_done(line)),
            text_button("Another date…", line.text, on_move(line)),
            class_name="acts",
        ),
        key=line.key,
        data_row=line.key,
    )


def move_dialog(
    is_open: Any,
    subject: Any,
    due: Any,
    *,
    on_close: Handler,
    on_move: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """Asks for another date and why."""
    return dialog(
        is_open,
        "Another date",
        rx.el.div(
            instant_field("Done by", "due", at=due),
            text_field(
                "Why it moves",
                "reason",
                rows=3,
                is_first=True,
                max_length=2000,
                within="prevention",
                hint="It stands on record.",
            ),
            refusal(error),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons("Move it", on_close, name="clock"),
        under=subject,
        on_submit=on_move,
        form_key=form_key,
        name="prevention",
    )
