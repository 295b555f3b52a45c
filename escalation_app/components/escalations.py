"""The manager's list of escalated tickets, grouped by what they need."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link_in_place, when
from escalation_app.components.marks import severity
from escalation_app.components.path import path_dots
from escalation_app.components.time_left import time_ago, time_left


def _row(
    row: Any, case_link: Any, chosen: Any, on_acknowledge: Handler, on_triage: Handler
) -> Component:
    return rx.el.tr(
        rx.el.td(time_left(row.time_left), class_name="c1"),
        rx.el.td(
            rx.el.b(
                link_in_place(
                    row.subject, to=case_link + row.ref, class_name="sub", title=row.subject
                ),
                class_name="cut blk",
            ),
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
            rx.el.span(
                path_dots(row.dots, row.dots_label),
                rx.el.span(row.kind_name, class_name="f t12 cut"),
                class_name="row",
            ),
            _answer(row, on_acknowledge, on_triage),
            class_name="c4 two",
        ),
        _owed(row),
        rx.el.td(
            rx.el.span("promise", class_name="which phone-only"),
            when(
                row.promise.state != "",
                time_left(row.promise, short=True),
                rx.el.span("none", class_name="f"),
            ),
            class_name="c8",
        ),
        _hears(row),
        key=row.key,
        data_row=row.ref,
        data_opens="true",
        class_name=_class(row.is_fresh, chosen == row.ref),
        custom_attrs={"aria-current": when(chosen == row.ref, "true", "false")},
    )


def _class(is_fresh: Any, is_chosen: Any) -> Any:
    return when(is_chosen, when(is_fresh, "chosen fresh", "chosen"), when(is_fresh, "fresh", ""))


def _owed(row: Any) -> Component:
    late = rx.el.small(
        when(
            row.late != "",
            rx.el.span("late: ", row.late, class_name="is-late cut"),
            when(
                row.blocked != "",
                rx.el.span("blocked: ", row.blocked, class_name="is-blocked cut"),
                "none late",
            ),
        ),
        title=when(row.late != "", row.late, row.blocked),
    )
    return rx.el.td(
        when(
            row.obligations != "",
            rx.fragment(row.obligations, late),
            rx.el.span("nothing owed", class_name="f"),
        ),
        class_name="c6 two",
    )


def _hears(row: Any) -> Component:
    last = rx.el.span(
        rx.el.span(row.last_contact_by, class_name="f"), " ", time_ago(row.last_contact_at)
    )
    return rx.el.td(
        when(
            row.hears.state != "",
            time_left(row.hears, short=True),
            when(row.last_contact_at != "", last),
        ),
        class_name="c9",
    )


def _answer(row: Any, on_acknowledge: Handler, on_triage: Handler) -> Component:
    """What the reader owes the case now as a button, else what its path does."""
    answer = _act("Answer", rx.fragment(" the request on ", row.ref), on_triage(row.key))
    take = _act("Acknowledge", rx.fragment(" ", row.ref), on_acknowledge(row.key))
    return rx.el.small(
        when(row.can_triage, rx.fragment(answer, " ")),
        when(
            row.can_acknowledge,
            take,
            when(
                row.acknowledged_by != "",
                rx.fragment(row.acknowledged_by, " has it"),
                when(
                    row.can_triage,
                    "what was asked",
                    when(
                        row.is_asked,
                        rx.el.b("the customer asked", class_name="b"),
                        row.path_words,
                    ),
                ),
            ),
        ),
        class_name="cut",
        title=row.path_words,
    )


def _act(words: str, more: Any, on_click: Handler) -> Component:
    return rx.el.button(
        words,
        rx.el.span(more, class_name="sr"),
        type="button",
        class_name="act",
        on_click=on_click,
    )


def escalation_table(
    groups: Any,
    *,
    case_link: Any,
    chosen: Any,
    on_acknowledge: Handler,
    on_triage: Handler,
) -> Component:
    """``EscalationGroup``s. ``case_link`` and a reference make the address that shows it at the
    side, where ``chosen`` is shown now. Each handler takes the row's key."""
    return rx.el.table(
        rx.el.caption("Escalated tickets, grouped by what they need", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Time left", class_name="c1"),
                rx.el.th("Case", class_name="c2"),
                rx.el.th("Owner, sponsor", class_name="c3"),
                rx.el.th("Path", class_name="c4"),
                rx.el.th("Obligations", class_name="c6"),
                rx.el.th("Next promise", class_name="c8"),
                rx.el.th("Hears next", class_name="c9"),
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
                        col_span=7,
                        scope="rowgroup",
                    ),
                    class_name="grp",
                ),
                each(
                    group.rows,
                    lambda row: _row(row, case_link, chosen, on_acknowledge, on_triage),
                ),
                key=group.key,
            ),
        ),
        class_name="tbl esc rows3",
    )
