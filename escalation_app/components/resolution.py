"""The dialog that resolves an escalated ticket: what must hold at the left, why it happened and
what the customer reads at the right."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    refusal,
    select_field,
    text_field,
    what_follows,
)


def resolution_dialog(
    is_open: Any,
    head: Any,
    asked: Any,
    *,
    on_close: Handler,
    on_resolve: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """``asked``: a ``ResolutionForm``; ``on_resolve(form)`` gets the fields by name."""
    return dialog(
        is_open,
        rx.fragment("Resolve ", head.ref),
        rx.el.div(
            rx.el.div(
                _criteria(asked),
                when(asked.can_draft, _article()),
                text_field(
                    "What keeps it from coming back",
                    "prevention",
                    rows=2,
                    is_required=False,
                    value=asked.prevention,
                    max_length=500,
                ),
                rx.el.div(
                    select_field(
                        "Who owns that",
                        "prevention_owner",
                        asked.people,
                        value=asked.prevention_owner,
                    ),
                    text_field(
                        "By when",
                        "prevention_on",
                        is_required=False,
                        value=asked.prevention_on,
                        type="date",
                    ),
                    class_name="d-pair",
                ),
                class_name="d-plain",
            ),
            rx.el.div(
                text_field(
                    "Root cause",
                    "cause",
                    rows=2,
                    is_required=False,
                    value=asked.cause,
                    max_length=4_000,
                ),
                rx.el.div(
                    select_field("Whose side", "side", asked.sides, value=asked.side),
                    select_field(
                        "Category", "cause_category", asked.categories, value=asked.category
                    ),
                    class_name="d-pair",
                ),
                text_field(
                    rx.fragment("Closing message, which ", head.customer, " reads"),
                    "closing",
                    rows=4,
                    is_required=False,
                    hint="What was wrong, what was done. An answer of theirs reopens it.",
                ),
                when(
                    count_of(asked.effects) > 0,
                    what_follows(asked.effects, "What ends with it"),
                ),
                refusal(error),
                class_name="d-what",
            ),
            class_name="d-halves",
        ),
        on_close=on_close,
        footer=[
            rx.el.p(
                "What is filled in is kept, also when something is missing.",
                class_name="m wide-only",
            ),
            *dialog_buttons(rx.fragment("Resolve ", head.ref), on_close, name="check"),
        ],
        under=head.subject,
        on_submit=on_resolve,
        form_key=form_key,
        name="resolution",
        is_broad=True,
    )


def _article() -> Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name="article", value="yes", class_name="check"),
        rx.el.span(
            "Draft an article from this case",
            rx.el.small(
                " from its subject, the first message, the cause and what they are told last",
                class_name="m",
            ),
        ),
        class_name="criterion",
    )


def _criteria(asked: Any) -> Component:
    return rx.el.fieldset(
        rx.el.legend("What must hold first", class_name="lab"),
        each(
            asked.criteria,
            lambda one: rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name="held",
                    value=one.key,
                    class_name="check",
                    default_checked=one.is_held,
                ),
                rx.el.span(one.text),
                key=one.key,
                class_name="criterion",
            ),
        ),
    )
