"""How a customer escalates: the box that says what will happen, the dialog, and what came of it."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    anchor,
    each,
    when,
)
from escalation_app.components.customer import draft_field
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    refusal,
    text_field,
    what_follows,
)
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link
from escalation_app.components.time_left import local_time, sentence


def escalate_box(
    status: Any, *, on_escalate: Handler, new_url: str = "", more: list[Component] | None = None
) -> Component:
    """ "Escalate" always works while the ticket is open; the box says what happens next, or what
    is happening. Of a solved or closed ticket it says what else can be done."""
    return rx.el.aside(
        when(
            status.is_closed,
            when(
                status.goes_on_in != "",
                _goes_on_box(status),
                _done_box(
                    "Is it back?",
                    rx.fragment(
                        "A closed ticket stays closed. Open a new one and name ", status.ref, "."
                    ),
                    new_url,
                ),
            ),
            when(
                status.is_resolved,
                _done_box("Not solved?", "Answer, and it opens again. Then you can escalate too."),
                _escalate_now(status, on_escalate),
            ),
        ),
        rx.el.p("Times are in your own zone."),
        *(more or []),
        aria_label="Escalate",
    )


def _done_box(title: str, words: Any, new_url: str = "") -> Component:
    return rx.el.section(
        rx.el.h2(title),
        rx.el.p(words),
        *(
            [button_link("New ticket", to=new_url, kind="primary", name="plus")]
            if new_url
            else [anchor(icon("reply"), "Answer", to="#answer", class_name="btn")]
        ),
        class_name="askbox",
    )


def _goes_on_box(status: Any) -> Component:
    return rx.el.section(
        rx.el.h2("It goes on in ", status.goes_on_in),
        rx.el.p("We look after both together there. Answer and escalate there too."),
        button_link(
            rx.fragment("Open ", status.goes_on_in),
            to=status.goes_on_url,
            kind="primary",
            name="arrow",
        ),
        class_name="askbox",
    )


def _escalate_now(status: Any, on_escalate: Handler) -> Component:
    return rx.el.section(
        when(
            status.is_escalated,
            rx.fragment(
                rx.el.h2("You escalated this"),
                rx.el.p(
                    "Asked for ",
                    local_time(status.escalated_at, past=True),
                    ". It is under way.",
                ),
                _next_steps("What is happening", status.what_next),
            ),
            rx.fragment(
                rx.el.h2("Not going well?"),
                rx.el.p(
                    "You can escalate at any time, for any reason. It never slows anything down."
                ),
            ),
        ),
        when(
            status.can_escalate,
            button(
                when(status.is_escalated, "Escalate again", "Escalate"),
                kind=when(status.is_escalated, "", "primary"),
                name="up",
                key="e",
                keyname="escalate",
                class_name="full",
                on_click=on_escalate,
            ),
        ),
        when(
            status.is_escalated,
            rx.fragment(),
            _next_steps("What happens next", status.what_next),
        ),
        class_name="askbox",
    )


def _next_steps(title: str, steps: Any) -> Component:
    return rx.fragment(
        rx.el.h3(title),
        rx.el.ol(
            each(steps, lambda one: rx.el.li(rx.el.span(sentence(one)))), class_name="next-steps"
        ),
    )


def ask_dialog(
    is_open: Any,
    status: Any,
    *,
    on_close: Handler,
    on_escalate: Handler,
    draft: Any = 0,
    error: Any = "",
) -> Component:
    """Escalate, for any reason or none. ``on_escalate(form)`` gets ``{"reason": ...}``."""
    return dialog(
        is_open,
        rx.fragment("Escalate ", status.ref),
        rx.el.div(
            draft_field(draft),
            text_field(
                "What is going wrong? You may leave this empty.",
                "reason",
                rows=3,
                is_required=False,
                is_first=True,
                max_length=2_000,
            ),
            refusal(error),
            when(
                status.is_escalated,
                rx.el.p("Whoever answers for it is told that you ask again."),
                what_follows(status.what_next),
            ),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment("Escalate ", status.ref), on_close, name="up"),
        under=status.subject,
        on_submit=on_escalate,
        form_key=draft,
        name="ask",
    )
