"""The frame of every page, for staff and for customers, and what the document head needs."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, TimeSyncElement, anchor
from escalation_app.components.mast import away_link, mast, tab_bar
from escalation_app.components.sheet import keys_sheet
from escalation_app.components.situation import situation
from escalation_app.components.toasts import toast_list

STYLESHEETS = ["/tokens.css", "/app.css", "/case.css"]
"""For ``rx.App(stylesheets=...)``. No Radix theme is needed."""


def document_head() -> list[Component]:
    """For ``rx.App(head_components=...)``: the font ahead of need, the icon, the two scripts."""
    return [
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin-wght-normal.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.script(src="/keys.js", type="module"),
    ]


def staff_page(
    *body: Any,
    nav: Any,
    me: Any,
    line: Any,
    rail: Component | None = None,
    notices: Any = (),
    unread: Any = 0,
    on_read_notices: Handler = None,
    toasts: Any = (),
    on_close_toast: Handler = None,
    on_undo: Handler = None,
    palette_of: Component | None = None,
    server_now: Any = "",
    main_class: str = "main",
) -> Component:
    """A staff screen: mast, situation line, an optional rail, the body in ``<main>``.

    ``line``: a ``SituationLine``. ``server_now``: the server's instant when the state was last
    read, in ISO text, so that badges tick by the server's clock. ``on_close_toast(key)``.
    """
    main = rx.el.main(*body, id="main", class_name=main_class, tab_index=-1)
    return rx.el.div(
        anchor("To the content", to="#main", class_name="skip-link"),
        TimeSyncElement.create(now=server_now),
        mast(
            nav,
            me,
            away_link(),
            notices=notices,
            unread=unread,
            on_read_notices=on_read_notices,
            has_palette=palette_of is not None,
        ),
        situation(line),
        rx.el.div(rail, main, class_name="page") if rail is not None else main,
        tab_bar(nav),
        toast_list(toasts, on_close_toast, on_undo),
        keys_sheet(),
        *([palette_of] if palette_of is not None else []),
        class_name="app",
    )


def customer_page(
    *body: Any,
    nav: Any,
    me: Any,
    notices: Any = (),
    unread: Any = 0,
    on_read_notices: Handler = None,
    toasts: Any = (),
    on_close_toast: Handler = None,
    on_undo: Handler = None,
    server_now: Any = "",
    home: str = "/",
    is_single: bool = False,
) -> Component:
    """A customer's screen: larger words, no situation line, no dense tables.

    The body is a ``<header>``, a ``<div>`` and an ``<aside>``; ``is_single`` for one column.
    """
    return rx.el.div(
        anchor("To the content", to="#main", class_name="skip-link"),
        TimeSyncElement.create(now=server_now),
        mast(
            nav,
            me,
            notices=notices,
            unread=unread,
            on_read_notices=on_read_notices,
            name="Support",
            home=home,
            has_clock=False,
        ),
        rx.el.main(
            *body, id="main", class_name="wrap single" if is_single else "wrap", tab_index=-1
        ),
        tab_bar(nav),
        toast_list(toasts, on_close_toast, on_undo),
        keys_sheet(),
        class_name="app cust",
    )


def bare_page(*body: Any) -> Component:
    """A screen with no mast: sign-in."""
    return rx.el.div(*body, class_name="app")
