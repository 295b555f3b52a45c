"""Dialogs: the browser's own ``<dialog>``, which holds the focus and gives it back.

The choice stands at the left, its consequence at the right, and the button names its object.
"""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    InstantFieldElement,
    ModalDialogElement,
    each,
    form,
    handlers,
    text_of,
    when,
)
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, icon_button, key_cap, tag
from escalation_app.components.time_left import sentence


def dialog(
    is_open: Any,
    title: Any,
    *body: Any,
    on_close: Handler,
    footer: list[Any],
    under: Any = "",
    beside: Any = None,
    on_submit: Handler = None,
    form_key: Any = "",
    name: str = "dialog",
    is_broad: bool = False,
) -> Component:
    """A dialog, open while ``is_open`` is. Esc, the cross and the backdrop call ``on_close``.

    With ``on_submit`` the whole is a form; ``on_submit(form)`` gets its fields by name. A new
    ``form_key`` empties it. ``beside`` stands at the right of the title.
    """
    inside = [
        rx.el.header(
            rx.el.div(
                rx.el.h2(title, id=f"{name}-title"),
                rx.el.p(under, class_name="m cut"),
                class_name="grow",
            ),
            *([] if beside is None else [rx.el.span(beside, class_name="end wide-only")]),
            icon_button("x", "Close", data_close="true", on_click=on_close),
        ),
        rx.el.div(*body, class_name="d-body"),
        rx.el.footer(*footer),
    ]
    if on_submit is not None:
        inside = [form(*inside, on_submit=on_submit, key=form_key, id=f"{name}-form")]
    return ModalDialogElement.create(
        rx.el.dialog(
            *inside,
            class_name="dialog broad" if is_broad else "dialog",
            aria_labelledby=f"{name}-title",
        ),
        shown=when(is_open, "true", "false"),
    )


def of_state(state: Any) -> dict[str, Any]:
    """What every dialog takes from the state behind it: how it is left, what was refused, and the
    key with which its fields start anew."""
    return {"on_close": state.close_dialog, "error": state.error, "form_key": state.form}


def dialog_buttons(
    confirm: Any,
    on_close: Handler,
    *,
    on_confirm: Handler = None,
    name: str | None = None,
    is_waiting: Any = False,
) -> list[Component]:
    """Cancel and one primary button, which submits when there is no ``on_confirm``."""
    return [
        rx.el.span(class_name="grow wide-only"),
        button(
            "Cancel ",
            rx.el.span(key_cap("Esc"), class_name="caps wide-only"),
            on_click=on_close,
        ),
        button(
            confirm,
            kind="primary",
            name=name,
            key="Control+Enter",
            keyname="confirm",
            submits=on_confirm is None,
            disabled=is_waiting,
            **handlers(on_click=on_confirm),
        ),
    ]


def field(label: Any, control: Component, *, html_for: str, hint: Any = "") -> Component:
    """A labelled control of a form."""
    return rx.el.div(
        rx.el.label(label, html_for=html_for, class_name="lab"),
        control,
        when(hint != "", rx.el.p(hint, class_name="hint")),
        class_name="field",
    )


def what_follows(lines: Any, title: Any = "What will happen") -> Component:
    """What an act does, step by step: sentences in which instants are in the reader's own zone."""
    return rx.el.div(
        rx.el.p(title, class_name="lab"),
        rx.el.ol(
            each(lines, lambda one: rx.el.li(rx.el.span(sentence(one)))),
            class_name="next-steps",
        ),
    )


def told_field(head: Any, message: Any, key: Any, *, is_told: Any = True) -> Component:
    """What the customer reads: proposed to be told, or not. A new ``key`` brings ``message``
    back."""
    return rx.el.fieldset(
        rx.el.legend("What the customer is told", class_name="sr"),
        told_box(head.customer, message, rows=4, is_told=is_told),
        class_name="d-said",
        key=text_of(key),
    )


def told_box(customer: Any, message: Any, *, rows: int, is_told: Any = True) -> Component:
    """What the customer reads, ``message`` to begin with, and whether they do; without one their
    tier does not write to them."""
    return when(message != "", _told(customer, message, rows, is_told), _untold(customer))


def _untold(customer: Any) -> Component:
    return rx.el.p(
        icon("info", "sm"),
        customer,
        " is not told by this: writing is not among the tools of the ticket's tier. Call or meet"
        " them and log it.",
        class_name="hint",
    )


def _told(customer: Any, message: Any, rows: int, is_told: Any) -> Component:
    return rx.el.div(
        rx.el.label(
            rx.el.input(type="checkbox", name="tells", class_name="check", default_checked=is_told),
            rx.el.span("Tell ", customer, ", in public"),
            class_name="row t12",
        ),
        rx.el.textarea(
            name="message",
            rows=str(rows),
            class_name="input",
            default_value=message,
            max_length=20_000,
            aria_label="What the customer reads",
        ),
        rx.el.p("Nobody of the customer's is told.", class_name="hint untold"),
        class_name="field tells",
    )


def refusal(error: Any) -> Component:
    """Why nothing happened, inside the dialog that asked for it; nothing for ""."""
    return when(error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert"))


def text_field(
    label: Any,
    name: str,
    *,
    rows: int = 0,
    is_required: bool = True,
    hint: Any = "",
    value: Any = "",
    max_length: int = 20_000,
    is_first: bool = False,
    within: str = "",
    **props: Any,
) -> Component:
    """A line of text, or an area of ``rows`` lines, that lives in the browser until it is sent.

    ``is_first``: it has the focus when its dialog opens. ``within``: its dialog's name, where
    another dialog of the page has a field of the same name.
    """
    if is_first:
        props["data_first"] = "true"
    made = rx.el.textarea if rows else rx.el.input
    size = {"rows": str(rows)} if rows else {"type": props.pop("type", "text")}
    key = _field_id(name, within)
    control = made(
        id=key,
        name=name,
        class_name="input",
        required=is_required,
        max_length=max_length,
        default_value=value,
        **size,
        **props,
    )
    return field(label, control, html_for=key, hint=hint)


def _field_id(name: str, within: str) -> str:
    return f"field-{within}-{name}" if within else f"field-{name}"


def instant_field(
    label: Any,
    name: str,
    *,
    at: Any = "",
    hint: Any = "In your own time zone.",
    on_change: Handler = None,
) -> Component:
    """A day and a time, as the viewer reads clocks; an instant in UTC is sent. ``at``: what it
    starts with.

    What is shown has neither name nor id: Reflex would send it as well.
    """
    return rx.el.div(
        rx.el.label(
            rx.el.span(label, class_name="lab"),
            InstantFieldElement.create(
                rx.el.input(
                    type="datetime-local",
                    class_name="input",
                    required=True,
                    **handlers(on_change=on_change),
                ),
                rx.el.input(type="hidden", name=name),
                at=at,
            ),
        ),
        when(hint != "", rx.el.p(hint, class_name="hint")),
        class_name="field",
    )


def select_field(
    label: Any,
    name: str,
    choices: Any,
    *,
    value: Any = "",
    hint: Any = "",
    within: str = "",
    nobody: str = "",
    on_change: Handler = None,
) -> Component:
    """One of several ``Choice``s. ``nobody``: the words for none, offered where none is set, so
    that the first choice is not taken for one that somebody made."""
    key = _field_id(name, within)
    return field(
        label,
        rx.el.select(
            *([when(value == "", rx.el.option(nobody, value=""))] if nobody else []),
            each(
                choices,
                lambda one: rx.el.option(one.label, value=one.value, disabled=one.is_disabled),
            ),
            id=key,
            name=name,
            class_name="input",
            default_value=value,
            **handlers(on_change=on_change),
        ),
        html_for=key,
        hint=hint,
    )


def choice_card(one: Any, name: str, current: Any, on_choose: Handler) -> Component:
    """A choice with its words, as a card: an ``EscalateOption`` or anything shaped like it."""
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=name,
            value=one.value,
            class_name="radio",
            checked=current == one.value,
            disabled=one.is_disabled,
            on_change=lambda _value: on_choose(one.value),
        ),
        rx.el.b(one.title, when(one.is_suggested, tag("suggested", is_new=True))),
        rx.el.small(one.text),
        key=one.value,
        class_name=when(one.is_disabled, "opt off", "opt"),
    )
