"""Large figures with their trend, and what only the reader can do."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.marks import button, button_link
from escalation_app.components.time_left import time_left

_SPARK = rx.Var(
    "(v => { const lo = Math.min(...v), hi = Math.max(...v), w = 105, h = 24; "
    "return v.map((y, i) => `${i ? 'L' : 'M'}${(1.5 + w * i / (v.length - 1)).toFixed(1)} "
    "${(3 + h - h * (y - lo) / (hi - lo || 1)).toFixed(1)}`).join(''); })"
)


def trend(figure: Any) -> Component:
    """A small line of the figure's last values; its words are its label."""
    points = figure.trend if isinstance(figure.trend, rx.Var) else rx.Var.create(list(figure.trend))
    drawn = rx.Var(f"({_SPARK!s})({points!s})", _var_data=points._get_all_var_data()).to(str)
    return rx.el.svg(
        rx.el.svg.path(d=drawn),
        view_box="0 0 108 30",
        class_name="spark",
        role="img",
        aria_label=figure.trend_label,
    )


def _face(figure: Any) -> list[Component]:
    return [
        rx.el.p(figure.value, " ", rx.el.small(figure.unit), class_name="v"),
        when(count_of(figure.trend) > 1, trend(figure)),
        rx.el.p(figure.label, class_name="l"),
    ]


def figure(one: Any) -> Component:
    """A ``Figure``; one with a url opens what it counts."""
    return when(
        one.url != "",
        link(*_face(one), to=one.url, class_name="fig"),
        rx.el.div(*_face(one), class_name="fig"),
    )


def figure_row(all_figures: Any) -> Component:
    """Figures side by side between two rules."""
    return rx.el.div(each(all_figures, figure), class_name="nums")


def _ask(one: Any, on_act: Handler) -> Component:
    does = (
        {"on_click": on_act(one.action, one.key)}
        if callable(on_act)
        else {"on_click": on_act}
        if on_act is not None
        else {}
    )
    return rx.el.div(
        rx.el.span(
            time_left(one.time_left), rx.el.span(one.which, class_name="which"), class_name="row"
        ),
        rx.el.b(link(one.title, to=one.url), class_name="cut"),
        rx.el.p(one.text),
        when(
            one.action != "",
            when(
                one.is_first,
                button(one.action_label, kind="primary", **does),
                button(one.action_label, **does),
            ),
            button_link("Open", to=one.url),
        ),
        class_name="ask",
        key=one.key,
    )


def needs_you(needs: Any, on_act: Handler = None) -> Component:
    """The first three ``NeedsYou``; ``on_act(action, key)``. One quiet line when there is none."""
    shown = needs[:3]
    return when(
        count_of(needs) > 0,
        rx.el.section(
            rx.el.div(rx.el.p(count_of(needs), class_name="n"), rx.el.h2("need you")),
            each(shown, lambda one: _ask(one, on_act)),
            class_name="needs",
            aria_label="Needs you",
        ),
        rx.el.section(
            rx.el.div(rx.el.p("0", class_name="n"), rx.el.h2("need you")),
            rx.el.div(
                rx.el.b("Nothing needs you now."),
                rx.el.p("You are told here and by the bell when a path asks for you."),
                class_name="ask",
            ),
            class_name="needs",
            aria_label="Needs you",
        ),
    )
