"""Articles: a list of them, one to read or write, and those beside a ticket."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, form, link, when
from escalation_app.components.dialog import refusal, select_field, text_field
from escalation_app.components.marks import button, tag
from escalation_app.components.time_left import local_time, time_ago


def article_rows(rows: Any) -> Component:
    """``ArticleLine``s."""
    return rx.el.ul(each(rows, _row), class_name="led articles")


def _row(line: Any) -> Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(link(line.title, to=line.url, class_name="sub")),
            when(line.is_draft, tag("draft", is_new=True)),
            class_name="top",
        ),
        rx.el.p(line.begins),
        rx.el.p(
            when(line.category != "", rx.el.span(line.category, ", ")),
            line.written_by,
            ", changed ",
            time_ago(line.changed_at),
            " ago",
            class_name="f",
        ),
        key=line.url,
        data_row=line.url,
    )


def beside_ticket(found: Any, on_draft: Handler) -> Component:
    """``TicketArticles`` in the right column of a ticket's page."""
    return rx.el.section(
        rx.el.h2(
            "Articles",
            when(
                found.can_draft,
                rx.el.span(
                    button("Draft one", class_name="short", on_click=on_draft), class_name="end"
                ),
            ),
            class_name="sec",
        ),
        when(
            found.own.key > 0,
            rx.el.ul(_small(found.own, "from this ticket"), class_name="related"),
        ),
        when(
            count_of(found.similar) > 0,
            rx.el.ul(each(found.similar, lambda one: _small(one, "")), class_name="related"),
            when(
                found.own.key == 0,
                rx.el.p("Nothing is written down about this yet.", class_name="note-line"),
            ),
        ),
        class_name="part of-facts rule",
        aria_label="Articles",
    )


def _small(line: Any, words: str) -> Component:
    return rx.el.li(
        link(line.title, to=line.url, class_name="cut blk"),
        rx.el.small(
            *([words, ", "] if words else []),
            when(line.is_draft, "draft", when(line.category != "", line.category, "article")),
            ", ",
            line.written_by,
            class_name="m cut blk",
        ),
        key=line.url,
    )


# One article -----------------------------------------------------------------------------------


def article_text(page: Any) -> Component:
    """An ``ArticlePage`` to read."""
    return rx.el.article(
        _part("What one sees", page.symptoms, ""),
        _part("Cause", page.cause, "Not written down."),
        _part("What solves it", page.resolution, "Not written down yet."),
        class_name="article",
    )


def _part(title: str, text: Any, nothing: str) -> Component:
    return rx.el.section(
        rx.el.h2(title),
        when(text != "", rx.el.p(text, class_name="said"), rx.el.p(nothing, class_name="m")),
    )


def article_about(page: Any) -> Component:
    """Who wrote it, from which ticket, and whether it is published."""
    return rx.el.dl(
        rx.el.dt("State"),
        rx.el.dd(when(page.is_draft, tag("draft", is_new=True), "published")),
        rx.el.dt("Category"),
        rx.el.dd(when(page.category_name != "", page.category_name, "none")),
        rx.el.dt("From"),
        rx.el.dd(link(page.ref, to=page.ticket_url)),
        rx.el.dt("Written"),
        rx.el.dd(page.written_by, ", ", local_time(page.written_at)),
        rx.el.dt("Changed"),
        rx.el.dd(local_time(page.changed_at)),
        when(
            page.published_by != "",
            rx.fragment(
                rx.el.dt("Published"),
                rx.el.dd(page.published_by, ", ", local_time(page.published_at)),
            ),
        ),
        class_name="facts",
    )


def article_form(
    page: Any, *, on_save: Handler, on_stop: Handler, error: Any, form_key: Any
) -> Component:
    """An ``ArticlePage`` to write."""
    return form(
        text_field("Title", "title", value=page.title, max_length=300, is_first=True),
        select_field("Category", "category", page.categories, value=page.category),
        text_field("What one sees", "symptoms", rows=7, value=page.symptoms),
        text_field("Cause", "cause", rows=4, value=page.cause, is_required=False),
        text_field(
            "What solves it", "resolution", rows=7, value=page.resolution, is_required=False
        ),
        refusal(error),
        rx.el.div(
            button("Save", kind="primary", name="check", submits=True),
            button("Leave it as it was", kind="quiet", on_click=on_stop),
            class_name="row",
        ),
        on_submit=on_save,
        key=form_key,
        class_name="form article",
    )
