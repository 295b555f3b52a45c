"""The queue: a real table on a wide screen, three lines a ticket on a phone."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, handlers, link, negate, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import flag, icon_button, key_cap, person, reference, severity
from escalation_app.components.time_left import time_ago, time_left_with_metric

SKELETON_ROWS = 12


def _head(picks: bool) -> Component:
    return rx.el.thead(
        rx.el.tr(
            rx.el.th(rx.el.span("Select", class_name="sr") if picks else "", class_name="c-x"),
            rx.el.th("Time left", class_name="c-t", custom_attrs={"aria-sort": "ascending"}),
            rx.el.th("Ticket", class_name="c-r"),
            rx.el.th("Subject", class_name="c-s"),
            rx.el.th("Customer", class_name="c-c"),
            rx.el.th("Plan", class_name="c-p"),
            rx.el.th("Sev", class_name="c-v"),
            rx.el.th("Tier", class_name="c-i"),
            rx.el.th("Assignee", class_name="c-a"),
            rx.el.th("Last contact", class_name="c-l num"),
        )
    )


def queue_row(row: Any, chosen: Any = None, on_choose: Handler = None) -> Component:
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
    return rx.el.tr(
        rx.el.td(box, class_name="c-x"),
        rx.el.td(time_left_with_metric(row.time_left), class_name="c-t even"),
        rx.el.td(reference(row.ref, row.url), class_name="c-r"),
        rx.el.td(
            rx.el.span(
                link(
                    row.subject, to=row.url, class_name="sub cut", title=row.subject, tab_index=-1
                ),
                when(row.has_path, flag("up", "An escalation path is running", "path running")),
                when(row.has_promise, flag("pledge", "A promise is open", "promise open")),
                class_name="row",
            ),
            class_name="c-s",
        ),
        rx.el.td(row.customer, class_name="c-c cut"),
        rx.el.td(row.plan, class_name="c-p f t12"),
        rx.el.td(severity(row.severity, row.severity_name), class_name="c-v"),
        rx.el.td(row.tier, class_name="c-i"),
        rx.el.td(person(row.assignee), class_name="c-a"),
        rx.el.td(
            rx.el.span(row.last_contact_by, class_name="f t12"),
            " ",
            rx.el.span(
                time_ago(row.last_contact_at), class_name=when(row.is_customer_waiting, "b", "m")
            ),
            class_name="c-l num",
        ),
        key=row.ref,
        data_row=row.ref,
        class_name=_row_class(is_chosen, row.is_fresh),
    )


def _row_class(is_chosen: Any, is_fresh: Any) -> Any:
    return when(is_chosen, when(is_fresh, "chosen fresh", "chosen"), when(is_fresh, "fresh", ""))


def skeleton_row(*, columns: int = 10) -> Component:
    """A row that is still to come, as high as a row that is there."""
    cells = [
        rx.el.td(rx.el.span(class_name="sk"), class_name=name)
        for name in ("c-x", "c-t", "c-r", "c-s", "c-c", "c-p", "c-v", "c-i", "c-a", "c-l")[:columns]
    ]
    return rx.el.tr(*cells, aria_busy="true", class_name="ghost")


def queue_table(
    page: Any, *, is_loading: Any = False, chosen: Any = None, on_choose: Handler = None
) -> Component:
    """The table of a ``QueuePage``, most pressing first; grey rows while it loads.

    Above it may stand :func:`bulk_bar`, below it :func:`queue_foot`; an empty page is drawn by
    ``blank.empty_queue``.
    """
    picks = on_choose is not None
    return rx.el.table(
        rx.el.caption(page.caption, class_name="sr"),
        _head(picks),
        rx.el.tbody(
            when(
                is_loading,
                rx.fragment(*[skeleton_row() for _ in range(SKELETON_ROWS)]),
                each(page.rows, lambda row: queue_row(row, chosen, on_choose)),
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
