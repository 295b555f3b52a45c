"""The command palette: Ctrl-K, then words, the arrows and Enter.

``assets/palette.js`` opens and closes it, moves in it, and adds what the page itself offers by key.
"""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, link, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import key_cap


def palette(entries: Any, on_write: Handler) -> Component:
    """``PaletteEntry``s for what is written: ``on_write(text)``, called with "" when it opens."""
    return rx.el.dialog(
        rx.el.label(
            icon("search"),
            rx.el.span("Go to a ticket, a view or a page, or do something", class_name="sr"),
            rx.el.input(
                type="search",
                id="palette-text",
                placeholder="Ticket, view, page, or what to do",
                auto_complete="off",
                max_length=100,
                on_change=on_write,
                role="combobox",
                custom_attrs={
                    "aria-expanded": "true",
                    "aria-controls": "palette-list",
                    "aria-autocomplete": "list",
                },
            ),
            class_name="find",
        ),
        rx.el.div(
            rx.el.div(
                each(entries, _entry),
                role="group",
                aria_label="Go to",
            ),
            rx.el.div(
                role="group",
                aria_label="On this page",
                custom_attrs={
                    "data-acts": "true",
                    "dangerouslySetInnerHTML": rx.Var('({__html: ""})'),
                },
            ),
            rx.el.p("Nothing is called like that.", class_name="m none"),
            id="palette-list",
            class_name="palette-list",
            role="listbox",
            aria_label="What can be opened or done",
        ),
        rx.el.footer(
            *[
                rx.el.span(*[key_cap(key) for key in keys], words, class_name="row m t12")
                for keys, words in ((("↑", "↓"), "move"), (("Enter",), "go"), (("Esc",), "close"))
            ],
        ),
        id="palette",
        class_name="dialog palette",
        aria_label="Commands",
    )


def _entry(one: Any) -> Component:
    return link(
        icon(one.icon, "sm"),
        rx.el.span(one.title, class_name="cut grow"),
        when(one.hint != "", rx.el.span(one.hint, class_name="m t12 cut")),
        rx.el.span(one.kind, class_name="tag"),
        to=one.url,
        key=one.kind + one.url,
        role="option",
        tab_index=-1,
        class_name="item",
        custom_attrs={"aria-selected": "false"},
    )
