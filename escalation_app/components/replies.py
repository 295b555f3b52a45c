"""Replies and macros that the process offers in the composer."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import dialog, dialog_buttons, text_field
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, tag


def reply_menus(
    replies: Any, macros: Any, *, on_offer: Handler, on_insert: Handler, on_macro: Handler
) -> Component:
    """Two buttons: ``ReplyChoice``s with their text, and ``MacroChoice``s with what they do.

    ``on_offer`` when one is opened, ``on_insert(key)``, ``on_macro(key)``.
    """
    return rx.el.div(
        _opener("Templates", "book", "replies-menu", on_offer),
        _opener("Macros", "skip", "macros-menu", on_offer),
        _menu("replies-menu", replies, lambda one: _reply(one, on_insert), "reply"),
        _menu("macros-menu", macros, lambda one: _macro(one, on_macro), "macro"),
        class_name="offers reply",
    )


def _opener(words: str, name: str, menu: str, on_offer: Handler) -> Component:
    return button(
        words,
        kind="quiet",
        name=name,
        class_name="short",
        on_click=on_offer,
        custom_attrs={"popoverTarget": menu},
    )


def _menu(menu: str, choices: Any, draw: Any, what: str) -> Component:
    return rx.el.div(
        each(choices, draw),
        when(
            count_of(choices) == 0,
            rx.el.p(f"The process has no {what} that fits this ticket.", class_name="m"),
        ),
        id=menu,
        class_name="menu offered",
        custom_attrs={"popover": "auto", "data-beside": "under"},
    )


def _reply(one: Any, on_insert: Handler) -> Component:
    return rx.el.button(
        rx.el.b(one.name, when(one.is_suggested, tag("fits now", is_new=True))),
        rx.el.small(one.hint),
        rx.el.span(one.text, class_name="preview"),
        key=one.key,
        type="button",
        class_name="offer",
        data_closes="true",
        on_click=on_insert(one.key),
    )


def _macro(one: Any, on_macro: Handler) -> Component:
    return rx.el.button(
        rx.el.b(one.name),
        each(one.steps, lambda step: rx.el.span(step, class_name="step-line")),
        when(one.text != "", rx.el.span(one.text, class_name="preview")),
        key=one.key,
        type="button",
        class_name="offer",
        data_closes="true",
        on_click=on_macro(one.key),
    )


def macro_dialog(
    is_open: Any,
    head: Any,
    macro: Any,
    *,
    on_close: Handler,
    on_run: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """What a ``MacroChoice`` will do, and the text it sends, which can be changed before."""
    return dialog(
        is_open,
        macro.name,
        rx.el.div(
            rx.el.p("What will happen, all at once", class_name="lab"),
            rx.el.ol(
                each(macro.steps, lambda step: rx.el.li(rx.el.span(step))), class_name="next-steps"
            ),
            when(
                macro.text != "",
                text_field(
                    rx.fragment("What ", head.customer, " reads"),
                    "message",
                    rows=9,
                    value=macro.text,
                    is_first=True,
                    within="macro",
                ),
            ),
            when(
                error != "",
                rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert"),
            ),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment("Do it on ", head.ref), on_close, name="skip"),
        under=head.subject,
        on_submit=on_run,
        form_key=form_key,
        name="macro",
    )
