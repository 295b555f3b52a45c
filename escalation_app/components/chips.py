"""Search, the filters that are set as chips, and the menu that sets one."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, handlers, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import key_cap


def search_box(
    value: Any, on_change: Handler, *, label: str = "Search tickets", **props: Any
) -> Component:
    """The search field; ``/`` goes to it. ``on_change`` may be debounced by its state."""
    return rx.el.label(
        icon("search"),
        rx.el.span(label, class_name="sr"),
        rx.el.input(
            type="search",
            default_value=value,
            placeholder=label,
            data_key="/",
            auto_complete="off",
            on_change=on_change,
            **props,
        ),
        key_cap("/"),
        class_name="find",
    )


def chip(one: Any, on_remove: Handler) -> Component:
    """A ``FilterChip`` that is set; ``on_remove(key)`` takes it away."""
    return rx.el.span(
        rx.el.span(one.label, " ", rx.el.b(one.value)),
        rx.el.button(
            icon("x", "sm"),
            type="button",
            aria_label="Remove filter " + one.label,
            on_click=on_remove(one.key),
        ),
        class_name="chip",
        key=one.key,
    )


def _several(field: Any, on_toggle: Handler) -> Component:
    """A box for each choice of a field that takes several."""
    return rx.el.fieldset(
        rx.el.legend(field.label, class_name="lab"),
        each(
            field.choices,
            lambda choice: rx.el.label(
                rx.el.input(
                    type="checkbox",
                    class_name="check",
                    checked=choice.is_chosen,
                    on_change=lambda _checked: on_toggle(field.key, choice.value),
                ),
                choice.label,
                class_name="row",
                key=choice.value,
            ),
        ),
        key=field.key,
    )


def _one(field: Any, on_set: Handler) -> Component:
    return rx.el.label(
        field.label,
        rx.el.select(
            rx.el.option("Any", value=""),
            each(field.choices, lambda choice: rx.el.option(choice.label, value=choice.value)),
            class_name="input",
            value=field.value,
            on_change=lambda value: on_set(field.key, value),
        ),
        key=field.key,
    )


def _field(field: Any, on_set: Handler, on_toggle: Handler) -> Component:
    if not isinstance(field.kind, rx.Var):
        return _several(field, on_toggle) if field.kind == "several" else _one(field, on_set)
    return rx.cond(
        field.kind == "several",
        when(count_of(field.choices) > 0, _several(field, on_toggle)),
        _one(field, on_set),
    )


def proposed_text(
    label: str, choices: Any, on_write: Handler, *, name: str, placeholder: str = ""
) -> Component:
    """A text for which ``choices`` are proposed while it is written: ``on_write(text)``."""
    return rx.el.label(
        label,
        rx.el.input(
            class_name="input",
            auto_complete="off",
            placeholder=placeholder,
            on_change=on_write,
            custom_attrs={"list": f"{name}-proposed"},
        ),
        rx.el.datalist(
            each(choices, lambda choice: rx.el.option(value=choice.label, key=choice.value)),
            id=f"{name}-proposed",
        ),
    )


def filter_bar(
    search: Component,
    chips: Any,
    fields: Any,
    *more: Component,
    on_set: Handler,
    on_remove: Handler,
    on_toggle: Handler = None,
    on_clear: Handler = None,
    picker: Component | None = None,
) -> Component:
    """Search, chips, and "Filter". ``on_set(key, value)`` sets a ``FilterField``, ``on_toggle(key,
    value)`` puts a value in or out of one that takes several; ``more`` stands beside them."""
    some = count_of(chips) > 0
    return rx.el.div(
        search,
        each(chips, lambda one: chip(one, on_remove)),
        rx.el.button(
            icon("filter", "sm"),
            "Filter",
            type="button",
            class_name="chip add",
            custom_attrs={"popoverTarget": "filters"},
        ),
        rx.el.div(
            rx.el.div(
                each(fields, lambda field: _field(field, on_set, on_toggle)),
                *more,
                class_name="pick wide",
            ),
            id="filters",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
        when(
            some,
            rx.el.button(
                "Clear", type="button", class_name="btn quiet short", **handlers(on_click=on_clear)
            ),
        ),
        *([rx.el.span(class_name="grow wide-only"), picker] if picker is not None else []),
        class_name="bar",
    )


def segments(options: Any, current: Any, on_choose: Handler, *, label: str) -> Component:
    """One of a few views; ``on_choose(value)``. Options are ``Choice``s, a count as hint."""
    return rx.el.span(
        each(
            options,
            lambda option: rx.el.button(
                option.label,
                when(option.hint != "", rx.el.span(option.hint, class_name="n")),
                type="button",
                custom_attrs={"aria-pressed": when(current == option.value, "true", "false")},
                on_click=on_choose(option.value),
                key=option.value,
            ),
        ),
        class_name="seg",
        role="group",
        aria_label=label,
    )
