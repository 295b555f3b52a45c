"""The process as a document to read: sections with their tables, and a table of contents."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import anchor, count_of, each, when
from escalation_app.components.time_left import local_time


def _cells(row: Any) -> Any:
    if isinstance(row.cells, rx.Var):
        return rx.foreach(
            row.cells,
            lambda cell, at: rx.cond(at == 0, rx.el.th(cell, scope="row"), rx.el.td(cell)),
        )
    return rx.fragment(
        *[
            rx.el.td(cell) if at else rx.el.th(cell, scope="row")
            for at, cell in enumerate(row.cells)
        ]
    )


def process_section(section: Any) -> Component:
    """A ``ProcessSection``."""
    return rx.el.section(
        rx.el.h2(section.title, id="process-" + section.key),
        each(section.paragraphs, lambda words: rx.el.p(words)),
        when(
            count_of(section.rows) > 0,
            rx.el.div(
                rx.el.table(
                    rx.el.caption(section.title, class_name="sr"),
                    rx.el.thead(
                        rx.el.tr(each(section.head, lambda words: rx.el.th(words, scope="col")))
                    ),
                    rx.el.tbody(each(section.rows, lambda row: rx.el.tr(_cells(row)))),
                    class_name="grid",
                ),
                class_name="wide",
                role="region",
                aria_labelledby="process-" + section.key,
                tab_index=0,
            ),
        ),
        when(
            count_of(section.points) > 0,
            rx.el.ul(each(section.points, lambda words: rx.el.li(words))),
        ),
        key=section.key,
        aria_labelledby="process-" + section.key,
    )


def document(one: Any, *, is_for_customers: bool = False) -> Component:
    """A ``ProcessDocument`` with its contents at the left; for customers in their frame, where it
    is short enough to be read from top to bottom."""
    article = rx.el.article(
        rx.el.header(
            rx.el.h1(one.name, class_name="h1"),
            rx.el.p(
                "Version ",
                one.version,
                when(
                    one.published_at != "",
                    rx.el.span(", live since ", local_time(one.published_at)),
                ),
                when(one.published_by != "", rx.el.span(", published by ", one.published_by)),
                when(one.note != "", rx.el.span(": ", one.note)),
                class_name="m",
            ),
        ),
        each(one.sections, process_section),
        class_name="doc",
    )
    if is_for_customers:
        return article
    return rx.el.div(
        rx.el.div(
            rx.el.nav(
                each(
                    one.sections,
                    lambda section: anchor(
                        section.title, to="#process-" + section.key, key=section.key
                    ),
                ),
                aria_label="Contents",
            ),
            class_name="toc",
        ),
        article,
        class_name="pages",
    )
