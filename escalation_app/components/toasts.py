"""Toasts: what happened elsewhere. Our own list from a state variable, no script is evaluated."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, ToastCardElement, each, link, when
from escalation_app.components.icons import icon


def toast(one: Any, on_close: Handler) -> Component:
    """A ``Toast``. It leaves after eight seconds without attention, unless it ``stays``."""
    return ToastCardElement.create(
        rx.el.div(
            icon(one.icon),
            rx.el.div(
                rx.el.b(one.title, class_name="b"),
                when(one.text != "", rx.el.p(one.text)),
                class_name="grow",
            ),
            when(one.url != "", link(one.link, to=one.url)),
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
        stays=when(one.stays, "true", "false"),
        key=one.key,
    )


def toast_list(toasts: Any, on_close: Handler = None) -> Component:
    """All toasts, newest last. ``on_close(key)`` takes one away."""
    return rx.el.div(
        each(toasts, lambda one: toast(one, on_close)),
        class_name="toasts",
        role="region",
        aria_label="What happened elsewhere",
        custom_attrs={"aria-live": "polite"},
    )
