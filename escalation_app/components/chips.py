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


def _field(field: Any, on_set: Handler) -> Component:
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


def filter_bar(
    search: Component,
    chips: Any,
    fields: Any,
    *,
    on_set: Handler,
    on_remove: Handler,
    on_clear: Handler = None,
) -> Component:
    """Search, chips, and "Filter". ``on_set(key, value)`` sets a ``FilterField``."""
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
            rx.el.div(each(fields, lambda field: _field(field, on_set)), class_name="pick"),
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
