"""The manager's list of escalated tickets, grouped by what they need."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.marks import button, severity
from escalation_app.components.path import path_dots
from escalation_app.components.time_left import time_ago, time_left


def _row(
    row: Any,
    on_acknowledge: Handler,
    on_assign: Handler,
    on_deescalate: Handler,
    on_triage: Handler,
) -> Component:
    return rx.el.tr(
        rx.el.td(time_left(row.time_left), class_name="c1"),
        rx.el.td(
            rx.el.b(link(row.subject, to=row.url, class_name="sub"), class_name="cut blk"),
            rx.el.small(
                severity(row.severity, row.severity_name),
                rx.el.span(
                    rx.el.span(row.ref, class_name="ref"),
                    ", ",
                    row.customer,
                    ", ",
                    row.plan,
                    class_name="cut",
                ),
                class_name="row",
            ),
            class_name="c2 two",
        ),
        rx.el.td(
            when(row.owner.name != "", row.owner.name, rx.el.span("No owner", class_name="f")),
            rx.el.small(when(row.sponsor != "", row.sponsor, "no sponsor")),
            class_name="c3 two",
        ),
        rx.el.td(
            path_dots(row.dots, row.dots_label),
            rx.el.small(row.path_words, class_name="cut"),
            class_name="c4 two",
        ),
        rx.el.td(
            rx.el.span(row.kind_name, ", ", time_ago(row.since_at)),
            when(
                row.is_asked, rx.el.small("the customer asked, nobody has answered", class_name="b")
            ),
            rx.el.small(row.why, class_name="cut", title=row.why),
            class_name="c5 two",
        ),
        rx.el.td(
            when(
                row.obligations != "",
                rx.fragment(
                    row.obligations,
                    rx.el.small(
                        when(
                            row.late != "",
                            rx.el.span("late: ", row.late, class_name="is-late cut"),
                            "none late",
                        ),
                        title=row.late,
                    ),
                ),
                rx.el.span("nothing owed", class_name="f"),
            ),
            class_name="c6 two",
        ),
        rx.el.td(
            when(
                row.promise.state != "",
                time_left(row.promise, short=True),
                rx.el.span("none", class_name="f"),
            ),
            class_name="c8",
        ),
        rx.el.td(
            when(
                row.hears.state != "",
                time_left(row.hears, short=True),
                when(
                    row.last_contact_at != "",
                    rx.el.span(
                        rx.el.span(row.last_contact_by, class_name="f"),
                        " ",
                        time_ago(row.last_contact_at),
                    ),
                ),
            ),
            class_name="c9",
        ),
        rx.el.td(
            rx.el.span(
                when(
                    row.can_triage,
                    button(
                        "Answer",
                        rx.el.span(" the request on ", row.ref, class_name="sr"),
                        class_name="short",
                        on_click=on_triage(row.key),
                    ),
                ),
                when(
                    row.can_acknowledge,
                    button("Acknowledge", class_name="short", on_click=on_acknowledge(row.key)),
                    when(
                        row.acknowledged_by != "",
                        rx.el.span(row.acknowledged_by, " has it", class_name="m t12 cut"),
                    ),
                ),
                when(
                    row.can_assign,
                    button("Assign", class_name="short", on_click=on_assign(row.key)),
                ),
                when(
                    row.can_deescalate,
                    button(
                        "End",
                        rx.el.span(" the escalation of ", row.ref, class_name="sr"),
                        class_name="short",
                        on_click=on_deescalate(row.key),
                    ),
                ),
                class_name="row",
            ),
            class_name="c7",
        ),
        key=row.key,
        data_row=row.ref,
        class_name=when(row.is_fresh, "fresh", ""),
    )


def escalation_table(
    groups: Any,
    *,
    on_acknowledge: Handler,
    on_assign: Handler,
    on_deescalate: Handler,
    on_triage: Handler,
) -> Component:
    """``EscalationGroup``s. Each handler takes the row's key."""
    return rx.el.table(
        rx.el.caption("Escalated tickets, grouped by what they need", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Time left", class_name="c1"),
                rx.el.th("Ticket", class_name="c2"),
                rx.el.th("Owner, sponsor", class_name="c3"),
                rx.el.th("Path", class_name="c4"),
                rx.el.th("Escalated", class_name="c5"),
                rx.el.th("Obligations", class_name="c6"),
                rx.el.th("Next promise", class_name="c8"),
                rx.el.th("Hears next", class_name="c9"),
                rx.el.th(rx.el.span("Actions", class_name="sr"), class_name="c7"),
            )
        ),
        each(
            groups,
            lambda group: rx.el.tbody(
                rx.el.tr(
                    rx.el.th(
                        group.name,
                        " ",
                        rx.el.span(count_of(group.rows), class_name="f"),
                        col_span=9,
                        scope="rowgroup",
                    ),
                    class_name="grp",
                ),
                each(
                    group.rows,
                    lambda row: _row(row, on_acknowledge, on_assign, on_deescalate, on_triage),
                ),
                key=group.key,
            ),
        ),
        class_name="tbl esc rows3",
    )
