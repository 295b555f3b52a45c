"""The queue: a real table on a wide screen, three lines a ticket on a phone."""

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, handlers, link, negate, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import (
    flag,
    icon_button,
    key_cap,
    person,
    reference,
    severity,
    tag,
)
from escalation_app.components.time_left import time_ago, time_left_with_metric
from escalation_app.views.queue import QueueColumn

SKELETON_ROWS = 12


_CLASSES: Mapping[str, str] = {
    "time": "c-t",
    "ref": "c-r",
    "subject": "c-s",
    "customer": "c-c",
    "plan": "c-p",
    "severity": "c-v",
    "tier": "c-i",
    "assignee": "c-a",
    "contact": "c-l num",
    "team": "c-g",
    "status": "c-z",
    "opened": "c-o num",
    "tags": "c-k",
}
"""The class of each column, by its key."""
USUAL: tuple[QueueColumn, ...] = (
    QueueColumn("time", "Time left", order="ascending"),
    QueueColumn("ref", "Ticket"),
    QueueColumn("subject", "Subject"),
    QueueColumn("customer", "Customer"),
    QueueColumn("plan", "Plan"),
    QueueColumn("severity", "Sev"),
    QueueColumn("tier", "Tier"),
    QueueColumn("assignee", "Assignee"),
    QueueColumn("contact", "Last contact"),
)


def _by_key(key: Any, found: Mapping[str, Any]) -> Any:
    """What belongs to a column's key: of a Var, chosen where it is drawn."""
    if isinstance(key, rx.Var):
        return rx.match(key, *found.items(), rx.fragment())
    return found[key]


def _head(
    picks: bool, columns: Any, on_sort: Handler, is_all_chosen: Any, on_choose_all: Handler
) -> Component:
    box: Any = rx.el.span("Select", class_name="sr") if picks else ""
    if on_choose_all is not None:
        box = rx.el.input(
            type="checkbox",
            class_name="check",
            checked=is_all_chosen,
            aria_label="Select all on this page",
            on_change=lambda _checked: on_choose_all(),
        )
    return rx.el.thead(
        rx.el.tr(
            rx.el.th(box, class_name="c-x"),
            each(columns, lambda column: _head_cell(column, on_sort)),
        )
    )


def _head_cell(column: Any, on_sort: Handler) -> Component:
    words = column.name
    if on_sort is not None:
        words = when(
            column.sort != "",
            rx.el.button(
                column.name,
                when(column.order == "ascending", icon("aup", "sm")),
                when(column.order == "descending", icon("adown", "sm")),
                type="button",
                class_name="sort",
                on_click=on_sort(column.sort),
            ),
            column.name,
        )

    def cell(class_name: str) -> Component:
        order = when(column.order == "", rx.Var("undefined"), column.order)
        if not isinstance(column.order, rx.Var):
            order = column.order or rx.Var("undefined")
        return rx.el.th(words, class_name=class_name, custom_attrs={"aria-sort": order})

    cells = {key: cell(class_name) for key, class_name in _CLASSES.items()}
    return rx.fragment(_by_key(column.key, cells), key=column.key)


def queue_row(
    row: Any, chosen: Any = None, on_choose: Handler = None, columns: Any = USUAL
) -> Component:
    """One ``QueueRow``. ``chosen``: selected references; ``on_choose(ref)`` toggles one."""
    is_chosen = (
        chosen.to(list).contains(row.ref)
        if isinstance(chosen, rx.Var)
        else row.ref in (chosen or ())
    )
    box = (
        rx.el.input(
            type="checkbox",
            class_name="check",
            checked=is_chosen,
            aria_label="Select " + row.ref,
            on_change=lambda _checked: on_choose(row.ref),
        )
        if on_choose is not None
        else ""
    )
    cells = _cells(row)
    return rx.el.tr(
        rx.el.td(box, class_name="c-x"),
        each(columns, lambda column: rx.fragment(_by_key(column.key, cells), key=column.key)),
        key=row.ref,
        data_row=row.ref,
        class_name=_row_class(is_chosen, row.is_fresh),
    )


def _cells(row: Any) -> dict[str, Component]:
    """A row's cells by the key of their column."""
    parts = {
        "time": time_left_with_metric(row.time_left),
        "ref": reference(row.ref, row.url),
        "subject": _subject(row),
        "customer": row.customer,
        "plan": row.plan,
        "severity": severity(row.severity, row.severity_name),
        "tier": row.tier,
        "assignee": person(row.assignee),
        "contact": rx.fragment(
            rx.el.span(row.last_contact_by, class_name="f t12"),
            " ",
            rx.el.span(
                time_ago(row.last_contact_at), class_name=when(row.is_customer_waiting, "b", "m")
            ),
        ),
        "team": row.team,
        "status": row.status_name,
        "opened": time_ago(row.opened_at),
        "tags": rx.el.span(each(row.tags, lambda one: tag(one)), class_name="row tags"),
    }
    more = {"time": "even", "customer": "cut", "plan": "f t12", "team": "cut", "status": "cut"}
    return {
        key: rx.el.td(part, class_name=f"{_CLASSES[key]} {more.get(key, '')}".strip())
        for key, part in parts.items()
    }


def _subject(row: Any) -> Component:
    return rx.el.span(
        when(
            row.is_changed,
            rx.el.span(
                rx.el.span("changed since you saw it", class_name="sr"),
                class_name="news-dot",
                title="Changed by others since you last saw it",
            ),
        ),
        link(row.subject, to=row.url, class_name="sub cut", title=row.subject, tab_index=-1),
        when(
            row.has_path,
            flag("up", "An escalation path is running", "path running"),
            when(row.is_escalated, flag("up", "Escalated, people drive it", "escalated")),
        ),
        when(row.has_promise, flag("pledge", "A promise is open", "promise open")),
        when(row.is_snoozed, flag("clock", "You have put it off", "put off")),
        class_name="row",
    )


def _row_class(is_chosen: Any, is_fresh: Any) -> Any:
    return when(is_chosen, when(is_fresh, "chosen fresh", "chosen"), when(is_fresh, "fresh", ""))


def skeleton_row(columns: Any = USUAL) -> Component:
    """A row that is still to come, as high as a row that is there."""
    cells = {
        key: rx.el.td(rx.el.span(class_name="sk"), class_name=name)
        for key, name in _CLASSES.items()
    }
    return rx.el.tr(
        rx.el.td(rx.el.span(class_name="sk"), class_name="c-x"),
        each(columns, lambda column: rx.fragment(_by_key(column.key, cells), key=column.key)),
        aria_busy="true",
        class_name="ghost",
    )


def queue_table(
    page: Any,
    *,
    is_loading: Any = False,
    chosen: Any = None,
    on_choose: Handler = None,
    columns: Any = USUAL,
    on_sort: Handler = None,
    on_choose_all: Handler = None,
) -> Component:
    """The table of a ``QueuePage`` with its ``QueueColumn``s; grey rows while it loads.
    ``on_sort(key)`` sorts by a column, ``on_choose_all()`` selects every row or none.

    Above it may stand :func:`bulk_bar`, below it :func:`queue_foot`; an empty page is drawn by
    ``blank.empty_queue``.
    """
    picks = on_choose is not None
    return rx.el.table(
        rx.el.caption(page.caption, class_name="sr"),
        _head(
            picks,
            columns,
            on_sort,
            (count_of(chosen) > 0) & (count_of(chosen) == count_of(page.rows))
            if on_choose_all is not None
            else False,
            on_choose_all,
        ),
        rx.el.tbody(
            when(
                is_loading,
                rx.fragment(*[skeleton_row(columns) for _ in range(SKELETON_ROWS)]),
                each(page.rows, lambda row: queue_row(row, chosen, on_choose, columns)),
            )
        ),
        class_name="tbl queue rows3 picks" if picks else "tbl queue rows3",
    )


def bulk_bar(
    count: Any, *actions: Component, on_clear: Handler = None, words: Any = ""
) -> Component:
    """What can be done with the chosen rows; nothing while none is. ``actions`` are buttons."""
    return when(
        count > 0,
        rx.el.div(
            rx.el.b(count, " selected", class_name="b"),
            *actions,
            rx.el.span(class_name="grow"),
            rx.el.span(words, class_name="t12"),
            rx.el.button(
                "Clear ",
                rx.el.span(key_cap("Esc"), class_name="caps wide-only"),
                type="button",
                class_name="btn",
                data_key="Escape",
                data_keyname="clear the selection",
                **handlers(on_click=on_clear),
            ),
            class_name="bulk",
            role="region",
            aria_label="Bulk actions",
        ),
    )


def key_hints(*pairs: tuple[str, str]) -> Component:
    """Keys and what they do, for the foot of a list; on a phone they are not shown."""
    return rx.el.span(
        *[
            rx.el.span(*[key_cap(key) for key in keys.split()], words, key=words)
            for keys, words in pairs
        ],
        class_name="keys wide-only",
    )


QUEUE_KEYS = (
    ("j k", "move"),
    ("Enter", "open"),
    ("x", "select"),
    ("a", "assign"),
    ("e", "escalate"),
    ("?", "all keys"),
)


def queue_foot(
    page: Any,
    on_previous: Handler = None,
    on_next: Handler = None,
    keys: tuple[tuple[str, str], ...] = QUEUE_KEYS,
) -> Component:
    """Which rows these are, the way to others, and the keys."""
    return rx.el.footer(
        rx.el.span(page.first, " to ", page.last, " of ", page.total),
        rx.el.span(
            icon_button(
                "left",
                "Previous page",
                class_name="short",
                disabled=negate(page.has_previous),
                **handlers(on_click=on_previous),
            ),
            icon_button(
                "right",
                "Next page",
                class_name="short",
                disabled=negate(page.has_next),
                **handlers(on_click=on_next),
            ),
            class_name="row",
        ),
        rx.el.span(class_name="grow"),
        key_hints(*keys),
        class_name="foot",
    )


def title_bar(title: Any, *ends: Any, words: Any = "") -> Component:
    """The title of a page with its words in grey and its buttons at the end."""
    return rx.el.div(
        rx.el.h1(title),
        rx.el.span(words, class_name="f wide-only"),
        rx.el.span(class_name="grow"),
        *ends,
        class_name="title",
    )


def note_line(*children: Any, name: str = "info") -> Component:
    """A quiet line under a table."""
    return rx.el.p(icon(name, "sm"), *children, class_name="note-line")
