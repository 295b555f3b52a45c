"""The sheet of keys. ``assets/keys.js`` fills it from the buttons that are on the page."""

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.marks import icon_button, key_cap


def keys_sheet() -> Component:
    """An empty sheet; ``?`` fills and opens it."""
    return rx.el.dialog(
        rx.el.header(
            rx.el.h2("Keys", class_name="grow"),
            icon_button("x", "Close", data_close_keys="true"),
        ),
        rx.el.div(
            rx.el.dl(
                class_name="sheetkeys",
                custom_attrs={
                    "data-keys": "true",
                    "dangerouslySetInnerHTML": rx.Var('({__html: ""})'),
                },
            ),
            rx.el.p("Keys never fire while you type.", class_name="m t12"),
            class_name="d-body d-plain",
        ),
        rx.el.footer(
            rx.el.span(class_name="grow"),
            rx.el.button(
                "Close ",
                rx.el.span(key_cap("Esc"), class_name="caps"),
                type="button",
                class_name="btn",
                data_close_keys="true",
            ),
        ),
        id="keys-sheet",
        class_name="dialog",
        aria_label="Keys",
    )
