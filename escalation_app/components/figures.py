"""Large figures with their trend, and what only the reader can do."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, handlers, link, when
from escalation_app.components.marks import button, button_link
from escalation_app.components.skeleton import bar, ghost_figures, until
from escalation_app.components.time_left import time_left

_POINTS = (
    "(v => {{ const lo = Math.min(...v), hi = Math.max(...v); return v.map((y, i) => "
    "`${{i ? 'L' : 'M'}}${{(2 + 102 * i / (v.length - 1)).toFixed(1)}} "
    "${{(27 - 24 * (y - lo) / (hi - lo || 1)).toFixed(1)}}`); }})({values})"
)
"""The trend's points as path commands, by the browser: the state sends numbers, no drawing."""


def _drawn(values: Any, way: str) -> Any:
    var = values if isinstance(values, rx.Var) else rx.Var.create(list(values))
    return rx.Var(
        _POINTS.format(values=str(var)) + way, _var_type=str, _var_data=var._get_all_var_data()
    )


def trend(figure: Any) -> Component:
    """A small line of the figure's last values, its last point marked; its words are its label."""
    return rx.el.svg(
        rx.el.svg.path(d=_drawn(figure.trend, ".join('')")),
        rx.el.svg.path(
            d=_drawn(figure.trend, ".at(-1).replace('L', 'M') + 'h.01'"), class_name="end"
        ),
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
    return until(
        count_of(all_figures) > 0,
        rx.el.div(each(all_figures, figure), class_name="nums"),
        ghost=ghost_figures(),
    )


def _ask(one: Any, on_act: Handler) -> Component:
    act = on_act(one.action, one.key) if callable(on_act) else on_act
    does: dict[str, Any] = handlers(on_click=act)
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


def needs_you(needs: Any, on_act: Handler = None, *, is_loaded: Any = True) -> Component:
    """The first three ``NeedsYou``; ``on_act(action, key)``. One quiet line when there is none, and
    neither before it is known."""
    return until(is_loaded, _needs(needs, on_act), ghost=_ghost_needs())


def _ghost_needs() -> Component:
    return rx.el.section(
        rx.el.div(rx.el.p(bar("32px"), class_name="n"), rx.el.p(bar("64px"))),
        rx.el.div(bar("30%"), bar("50%"), class_name="ask"),
        class_name="needs",
        aria_label="Needs you",
        aria_busy="true",
    )


def _needs(needs: Any, on_act: Handler) -> Component:
    shown = needs[:3]
    return when(
        count_of(needs) > 0,
        rx.el.section(
            rx.el.div(
                rx.el.p(count_of(needs), class_name="n"),
                rx.el.h2(when(count_of(needs) == 1, "needs you", "need you")),
            ),
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
