"""The frame of a page, bound to the states that fill it."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.page import customer_page, staff_page
from escalation_app.components.palette import palette
from escalation_app.state.base import SessionState
from escalation_app.state.frame import FrameState
from escalation_app.state.palette import PaletteState


def staff_shell(
    *body: Any, rail: Component | None = None, main_class: str = "main"
) -> rx.Component:
    """A staff screen around `body`."""
    return staff_page(
        *body,
        nav=SessionState.nav,
        me=SessionState.me,
        line=FrameState.line,
        rail=rail,
        notices=FrameState.notices,
        unread=FrameState.unread,
        on_read_notices=FrameState.read_notices,
        toasts=SessionState.toasts,
        on_close_toast=SessionState.close_toast,
        on_undo=SessionState.undo,
        palette_of=palette(PaletteState.entries, PaletteState.look_for.debounce(120)),
        server_now=SessionState.server_now,
        main_class=main_class,
    )


def customer_shell(*body: Any, is_single: bool = False) -> rx.Component:
    """A customer's screen around `body`."""
    return customer_page(
        *body,
        nav=SessionState.nav,
        me=SessionState.me,
        notices=FrameState.notices,
        unread=FrameState.unread,
        on_read_notices=FrameState.read_notices,
        toasts=SessionState.toasts,
        on_close_toast=SessionState.close_toast,
        on_undo=SessionState.undo,
        server_now=SessionState.server_now,
        home=SessionState.home,
        is_single=is_single,
    )
