"""Calls, meetings and visits at the side of a ticket, and the dialog that logs one."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    instant_field,
    refusal,
    select_field,
    text_field,
)
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.components.time_left import local_time


def contacts_part(ticket: Any, *, on_log: Handler, on_take_back: Any) -> Component:
    """What was logged on a ``TicketPage``; ``on_take_back(number)``."""
    return rx.el.section(
        rx.el.h2(
            "Calls and meetings",
            when(
                ticket.may.can_log,
                rx.el.span(
                    button(
                        "Log…", class_name="short", key="c", keyname="log a call", on_click=on_log
                    ),
                    class_name="end",
                ),
            ),
            class_name="sec",
        ),
        when(
            count_of(ticket.contacts) > 0,
            rx.el.ul(
                each(ticket.contacts, lambda one: _contact(one, on_take_back)),
                class_name="contacts",
            ),
            rx.el.p("None yet.", class_name="note-line"),
        ),
        when(
            ticket.tools != "",
            rx.el.p("Tools of ", ticket.head.tier_name, ": ", ticket.tools, class_name="note-line"),
        ),
        class_name="part of-facts rule",
    )


def _contact(one: Any, on_take_back: Any) -> Component:
    return rx.el.li(
        icon(one.icon, "sm"),
        rx.el.div(
            rx.el.b(one.title),
            rx.el.p(one.text, class_name="long"),
            rx.el.small(local_time(one.at), ", ", one.more, class_name="m"),
        ),
        when(
            one.can_take_back,
            rx.el.button(
                "Take back",
                type="button",
                class_name="act",
                aria_label="Take back: " + one.title,
                on_click=on_take_back(one.number),
            ),
        ),
        key=one.number,
        class_name=when(one.is_taken_back, "gone", ""),
    )


def contact_dialog(
    is_open: Any,
    head: Any,
    kinds: Any,
    with_whom: Any,
    began: Any,
    *,
    on_close: Handler,
    on_log: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """Log a call, a meeting or a visit; ``on_log(form)`` gets the fields by name."""
    return dialog(
        is_open,
        rx.fragment("What was said about ", head.ref),
        rx.el.div(
            rx.el.div(
                select_field("What it was", "kind", kinds, within="contact"),
                text_field(
                    "With whom", "with_whom", value=with_whom, max_length=200, within="contact"
                ),
                class_name="d-pair",
            ),
            rx.el.div(
                instant_field("When it began", "began", at=began),
                text_field(
                    "Minutes",
                    "minutes",
                    value="10",
                    max_length=4,
                    input_mode="numeric",
                    within="contact",
                ),
                class_name="d-pair",
            ),
            text_field(
                "What came of it",
                "outcome",
                rows=3,
                max_length=2_000,
                is_first=True,
                within="contact",
            ),
            _tick("reached", "The customer was reached", is_on=True),
            _tick("public", rx.fragment(head.customer, " reads this")),
            refusal(error),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons("Log it", on_close, name="check"),
        under=head.subject,
        on_submit=on_log,
        form_key=form_key,
        name="contact",
    )


def _tick(name: str, words: Any, *, is_on: bool = False) -> Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", name=name, value="yes", class_name="check", default_checked=is_on
        ),
        rx.el.span(words),
        class_name="criterion",
    )
