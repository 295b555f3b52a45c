"""The SLA heatmap: real tables, each cell a count with its worst clock and a way to its queue."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import count_of, each, link, text_of, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import reference
from escalation_app.components.skeleton import ghost_heat, until
from escalation_app.components.time_left import local_time, time_left


def _row_head(head: Any) -> Component:
    return rx.el.th(head.name, rx.el.small(head.hint), scope="row", class_name="tier")


def _inside(cell: Any) -> list[Component]:
    return [
        rx.el.span(cell.label, class_name="sr"),
        rx.el.span(cell.count, class_name="n", aria_hidden="true"),
        rx.el.span(
            when(
                cell.worst.state == "running",
                rx.el.span(
                    time_left(cell.worst),
                    when(
                        cell.over > 1,
                        rx.el.span(", ", cell.over, " over", class_name="x more-over"),
                    ),
                    class_name="row-tight",
                ),
                when(
                    cell.worst.state == "paused",
                    rx.el.span(icon("pause"), rx.el.span("paused"), class_name="row-tight"),
                    cell.words,
                ),
            ),
            class_name="w",
        ),
    ]


def heat_cell(cell: Any) -> Component:
    """A ``HeatCell``: a link over its whole face when there is something behind it."""
    return rx.el.td(
        when(
            cell.url != "",
            link(*_inside(cell), to=cell.url),
            rx.el.span(*_inside(cell)),
        ),
        key=cell.key,
    )


def heat_table(table: Any) -> Component:
    """A ``HeatTable``, tier by severity."""
    return rx.el.table(
        rx.el.caption(table.caption, class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.td(class_name="tier"),
                each(
                    table.heads,
                    lambda head: rx.el.th(
                        head.name, " ", rx.el.small(head.hint), scope="col", key=head.key
                    ),
                ),
            )
        ),
        rx.el.tbody(
            each(
                table.rows,
                lambda row: rx.el.tr(
                    _row_head(row.head), each(row.cells, heat_cell), key=row.head.key
                ),
            )
        ),
        class_name="heat",
    )


def heat_legend() -> Component:
    """What the levels mean."""
    return rx.el.p(
        _level("l1", "calm"),
        _level("l2", "due soon"),
        _level("l3", "due in 30m"),
        _level("l4", "over"),
        _level("l0", "nothing running", "wide-only"),
        class_name="legend",
    )


def _level(name: str, words: str, extra: str = "") -> Component:
    return rx.el.span(rx.el.i(class_name=name), words, class_name=extra)


def _ahead_cell(cell: Any) -> Component:
    inside = [
        rx.el.span(cell.label, class_name="sr"),
        rx.el.span(cell.count, class_name="n", aria_hidden="true"),
        rx.el.span(cell.words, class_name="w"),
    ]
    return rx.el.td(
        when(
            cell.url != "",
            link(*inside, to=cell.url),
            rx.el.span(*inside),
        ),
        key=cell.key,
        data_level=text_of(cell.level),
    )


def look_ahead(table: Any) -> Component:
    """A ``LookAhead``: what breaks in each coming hour if nobody acts."""
    return rx.el.table(
        rx.el.caption(table.caption, class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.td(class_name="tier"),
                each(
                    table.hours,
                    lambda at: rx.el.th(rx.el.small("by "), local_time(at), scope="col"),
                ),
            )
        ),
        rx.el.tbody(
            each(
                table.rows,
                lambda row: rx.el.tr(
                    _row_head(row.head), each(row.cells, _ahead_cell), key=row.head.key
                ),
            )
        ),
        class_name="heat ahead",
    )


def look_ahead_legend(table: Any) -> Component:
    """What the forecast's levels mean, and its sum."""
    return rx.el.p(
        _level("l0", "none"),
        _level("l2", "1 or 2"),
        _level("l3", "3 to 5"),
        _level("la", "6 and more"),
        rx.el.span(
            table.total,
            " in all ",
            when(
                table.until_at != "",
                rx.el.span("until ", local_time(table.until_at), class_name="nw"),
            ),
            class_name="wide-only end",
        ),
        class_name="legend",
    )


def heat_now(table: Any) -> Component:
    """The heatmap as a section: head, table, legend."""
    return rx.el.section(
        rx.el.h2(
            "Now ",
            when(
                count_of(table.rows) > 0,
                rx.el.span(table.open, " open, ", table.over, " over", class_name="f"),
            ),
            class_name="sec",
            id="heat-now",
        ),
        until(count_of(table.rows) > 0, heat_table(table), ghost=ghost_heat(4, 4)),
        heat_legend(),
        aria_labelledby="heat-now",
    )


def heat_next(table: Any) -> Component:
    """The forecast as a section: head, table, legend."""
    return rx.el.section(
        rx.el.h2(
            "Looking ahead ",
            rx.el.span("what breaks if nobody acts", class_name="f"),
            class_name="sec",
            id="heat-next",
        ),
        until(count_of(table.rows) > 0, look_ahead(table), ghost=ghost_heat(4, 8, "heat ahead")),
        look_ahead_legend(table),
        aria_labelledby="heat-next",
    )


def halves(left: Component, right: Component) -> Component:
    """Two sections side by side, one above the other on a phone."""
    return rx.el.div(left, right, class_name="halves rule")


def first_to_break(rows: Any) -> Component:
    """``FirstToBreak`` rows: what breaks first and what would save it."""
    return rx.el.table(
        rx.el.caption("First to break", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("First to break", class_name="b1"),
                rx.el.th("Ticket", class_name="b2"),
                rx.el.th("Subject"),
                rx.el.th("Who has it", class_name="b4"),
                rx.el.th("What would save it", class_name="b5"),
            )
        ),
        rx.el.tbody(
            each(
                rows,
                lambda row: rx.el.tr(
                    rx.el.td(time_left(row.time_left), class_name="b1"),
                    rx.el.td(reference(row.ref, row.url), class_name="b2"),
                    rx.el.td(row.subject, class_name="cut"),
                    rx.el.td(
                        when(row.holder != "", row.holder, "Nobody"),
                        ", ",
                        row.tier_name,
                        class_name="b4 cut",
                    ),
                    rx.el.td(row.remedy, class_name="m b5 cut"),
                    key=row.ref,
                    data_row=row.ref,
                ),
            )
        ),
        class_name="tbl breaks",
    )
