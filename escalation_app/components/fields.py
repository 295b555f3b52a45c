"""The fields that the process defines for a ticket: what stands in them, and how they are filled
in. A form gets them as two lists of the same length, ``field_key`` and ``field_value``."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import dialog, dialog_buttons, field, refusal
from escalation_app.components.marks import button


def field_inputs(fields: Any, *, within: str) -> Any:
    """An input for each ``FieldView``; ``within``: the name of the form, unique on the page."""
    return each(fields, lambda one: _input(one, within))


def _input(one: Any, within: str) -> Component:
    key = f"field-{within}-" + one.key
    return rx.el.div(
        rx.el.input(type="hidden", name="field_key", value=one.key, read_only=True),
        field(
            rx.fragment(
                one.label, when(one.required != "", rx.el.span(one.required, class_name="f"))
            ),
            when(count_of(one.choices) > 0, _select(one, key), _line(one, key)),
            html_for=key,
            hint=one.hint,
        ),
        key=one.key,
    )


def _select(one: Any, key: Any) -> Component:
    return rx.el.select(
        each(one.choices, lambda choice: rx.el.option(choice.label, value=choice.value)),
        id=key,
        name="field_value",
        class_name="input",
        default_value=one.value,
        data_first="true",
    )


def _line(one: Any, key: Any) -> Component:
    return rx.el.input(
        id=key,
        name="field_value",
        class_name="input",
        type=when(one.kind == "date", "date", "text"),
        input_mode=when(one.kind == "number", "decimal", "text"),
        max_length=200,
        default_value=one.value,
        auto_complete="off",
        data_first="true",
    )


def fields_part(ticket: Any, *, on_fill: Handler) -> Any:
    """The fields of a ``TicketPage`` in its right column; nothing when it has none."""
    return when(
        count_of(ticket.fields) > 0,
        rx.el.section(
            rx.el.h2(
                "Fields",
                when(
                    ticket.may.can_fill,
                    rx.el.span(
                        button(
                            "Fill in…",
                            class_name="short",
                            key="f",
                            keyname="fill in fields",
                            on_click=on_fill,
                        ),
                        class_name="end",
                    ),
                ),
                class_name="sec",
            ),
            rx.el.dl(
                each(
                    ticket.fields,
                    lambda one: rx.fragment(
                        rx.el.dt(one.label),
                        rx.el.dd(
                            when(
                                one.shown != "",
                                one.shown,
                                rx.el.span(
                                    when(one.required != "", "missing", "not filled in"),
                                    class_name="f",
                                ),
                            )
                        ),
                        key=one.key,
                    ),
                ),
                class_name="facts",
            ),
            class_name="part of-facts rule",
        ),
    )


def fields_dialog(
    is_open: Any,
    head: Any,
    fields: Any,
    *,
    on_close: Handler,
    on_fill: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """Fill in the ``FieldView``s of a ticket. ``on_fill(form)``."""
    return dialog(
        is_open,
        rx.fragment("Fields of ", head.ref),
        rx.el.div(field_inputs(fields, within="fields"), refusal(error), class_name="d-plain"),
        on_close=on_close,
        footer=dialog_buttons("Save the fields", on_close, name="check"),
        under=head.subject,
        on_submit=on_fill,
        form_key=form_key,
        name="fields",
    )
