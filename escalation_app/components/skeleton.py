"""Grey shapes of what is still to come, as large as what will stand there: nothing moves."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import when


def bar(width: str = "60%") -> Component:
    """A grey line of text."""
    return rx.el.span(class_name="sk", custom_attrs={"style": rx.Var.create({"width": width})})


def until(is_there: Any, *body: Any, ghost: Component) -> Component:
    """The body once it is there, before that its ghost.

    Not for a page with an open form: ask for the first value to arrive (``head.ref != ""``), never
    for the state of the connection, or a lost connection takes away what somebody has typed.
    """
    return when(is_there, rx.fragment(*body), ghost)


def ghost_heat(rows: int, columns: int, name: str = "heat") -> Component:
    """A heatmap of empty cells."""
    return rx.el.table(
        rx.el.caption("Loading", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.td(class_name="tier"),
                *[rx.el.th(bar("24px"), scope="col") for _ in range(columns)],
            )
        ),
        rx.el.tbody(
            *[
                rx.el.tr(
                    rx.el.th(bar("40px"), scope="row", class_name="tier"),
                    *[rx.el.td(rx.el.span(bar("20px"), bar("60%"))) for _ in range(columns)],
                )
                for _ in range(rows)
            ]
        ),
        class_name=name,
        aria_busy="true",
    )


def ghost_board(columns: int = 4, cards: int = 4) -> Component:
    """A board of grey strips."""
    strip = rx.el.div(
        rx.el.span(bar("110px"), class_name="top"),
        rx.el.p(bar("80%"), class_name="say"),
        rx.el.p(bar("50%"), class_name="by"),
        class_name="strip ghost-strip",
    )
    column = rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.span(bar("48px")),
                rx.el.span(bar("110px"), class_name="job"),
                rx.el.p(class_name="big"),
                class_name="colhead",
            ),
            rx.el.div(class_name="load"),
            rx.el.p(class_name="cf"),
            class_name="colbox",
        ),
        rx.el.div(*[strip for _ in range(cards)], class_name="list"),
        class_name="col",
    )
    return rx.el.div(
        rx.el.div(
            *[rx.el.label(bar("40px"), rx.el.b("0")) for _ in range(columns)],
            class_name="tierpick",
            aria_hidden="true",
        ),
        rx.el.div(*[column for _ in range(columns)], class_name="board rule"),
        class_name="boardbox ghosts",
        aria_busy="true",
    )


def ghost_figures(count: int = 4) -> Component:
    """A row of grey figures."""
    return rx.el.div(
        *[
            rx.el.div(
                rx.el.p(bar("64px"), class_name="v"),
                rx.el.p(bar("70%"), class_name="l"),
                class_name="fig",
            )
            for _ in range(count)
        ],
        class_name="nums ghost-nums",
        aria_busy="true",
    )
