"""What a customer asked for, and the dialog in which somebody says what comes of it."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, when
from escalation_app.components.dialog import dialog, dialog_buttons, refusal, text_field
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.components.time_left import local_time, time_left


def request_bar(request: Any, can_triage: Any, *, on_answer: Handler) -> Component:
    """A ``RequestView`` above the ticket, until somebody has looked at it."""
    return when(
        request.who != "",
        rx.el.section(
            icon("up"),
            rx.el.p(
                rx.el.b(request.who, class_name="b"),
                " asked for an escalation at ",
                local_time(request.at),
                ": ",
                rx.el.q(request.reason),
                class_name="grow",
            ),
            time_left(request.time_left),
            when(can_triage, button("Answer…", class_name="short", on_click=on_answer)),
            class_name="asked",
            aria_label="The customer asked for an escalation",
        ),
    )


def _asked(request: Any) -> Component:
    """What they wrote, when, and how long there is to answer."""
    return when(
        request.who != "",
        rx.el.figure(
            rx.el.blockquote(request.reason),
            rx.el.figcaption(
                request.who, ", ", local_time(request.at), time_left(request.time_left)
            ),
            class_name="quoted",
        ),
    )


def triage_dialog(
    reference: Any,
    asked: Any,
    *,
    on_close: Handler,
    on_triage: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """Open while there is a ``reference``, with the ``TriageView`` that is ``asked`` for;
    ``on_triage(form)`` gets ``{"outcome": ...}``."""
    is_told = asked.is_told
    return dialog(
        reference != "",
        rx.fragment("What comes of the request on ", reference, "?"),
        rx.el.div(
            _asked(asked.request),
            text_field(
                when(
                    is_told, "Answer, which the customer reads", "What comes of it, for the record"
                ),
                "outcome",
                rows=4,
                is_first=True,
                hint="It ends the time to look at the request. The escalation goes on until it is "
                "ended.",
            ),
            when(
                is_told,
                rx.fragment(),
                rx.el.p(
                    "Writing is not among the tools of the ticket's tier: call or meet the customer"
                    " as well, and log it.",
                    class_name="hint",
                ),
            ),
            refusal(error),
            class_name="d-plain",
        ),
        on_close=on_close,
        under=asked.subject,
        footer=dialog_buttons(
            when(is_told, "Send the answer", "Put it on record"), on_close, name="send"
        ),
        on_submit=on_triage,
        form_key=form_key,
        name="triage",
    )
