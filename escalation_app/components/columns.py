"""The menu in which the columns of a table are chosen and put in order."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, handlers, negate
from escalation_app.components.icons import icon
from escalation_app.components.marks import icon_button


def columns_menu(
    choices: Any, on_toggle: Handler, on_move: Handler, on_usual: Handler
) -> Component:
    """A button with a menu of ``QueueColumn``s: ``on_toggle(key)`` shows one or hides it,
    ``on_move(key, -1 or 1)`` puts it further to the left or to the right."""
    return rx.fragment(
        rx.el.button(
            icon("sliders", "sm"),
            "Columns",
            type="button",
            class_name="chip add",
            custom_attrs={"popoverTarget": "columns"},
        ),
        rx.el.div(
            rx.el.ul(each(choices, lambda one: _choice(one, on_toggle, on_move))),
            rx.el.button(
                "The usual columns",
                type="button",
                class_name="item",
                **handlers(on_click=on_usual),
            ),
            id="columns",
            class_name="menu columns",
            aria_label="Columns",
            role="group",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
    )


def _choice(one: Any, on_toggle: Handler, on_move: Handler) -> Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="check",
                checked=one.is_shown,
                on_change=lambda _checked: on_toggle(one.key),
            ),
            one.name,
            class_name="row grow",
        ),
        icon_button(
            "aup",
            one.name + " further to the left",
            disabled=negate(one.can_go_up),
            class_name="short",
            on_click=on_move(one.key, -1),
        ),
        icon_button(
            "adown",
            one.name + " further to the right",
            disabled=negate(one.can_go_down),
            class_name="short",
            on_click=on_move(one.key, 1),
        ),
        class_name="row",
        key=one.key,
    )
