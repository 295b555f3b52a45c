"""Toasts: what happened elsewhere. Our own list from a state variable, no script is evaluated."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, ToastCardElement, each, link, when
from escalation_app.components.icons import icon


def toast(one: Any, on_close: Handler, on_undo: Handler = None) -> Component:
    """A ``Toast``. It leaves after eight seconds without attention, one that can be undone after
    twenty, unless it ``stays``."""
    return ToastCardElement.create(
        rx.el.div(
            icon(one.icon),
            rx.el.div(
                rx.el.b(one.title, class_name="b"),
                when(one.text != "", rx.el.p(one.text)),
                class_name="grow",
            ),
            when(one.url != "", link(one.link, to=one.url)),
            when(
                one.undo != "",
                rx.el.button(
                    one.undo,
                    type="button",
                    class_name="btn short",
                    data_key="z",
                    data_keyname="undo",
                    **({"on_click": on_undo(one.key)} if on_undo is not None else {}),
                ),
            ),
            rx.el.button(
                icon("x", "sm"),
                type="button",
                class_name="btn-x",
                aria_label="Close",
                data_close="true",
                **({"on_click": on_close(one.key)} if on_close is not None else {}),
            ),
            class_name="toast",
            role=when(one.is_alert, "alert", "status"),
        ),
        stays=when(one.stays, "true", when(one.undo != "", "long", "false")),
        key=one.key,
    )


def toast_list(toasts: Any, on_close: Handler = None, on_undo: Handler = None) -> Component:
    """All toasts, newest last. ``on_close(key)`` takes one away, ``on_undo(key)`` what it says."""
    return rx.el.div(
        each(toasts, lambda one: toast(one, on_close, on_undo)),
        class_name="toasts",
        role="region",
        aria_label="What happened elsewhere",
        custom_attrs={"aria-live": "polite"},
    )
