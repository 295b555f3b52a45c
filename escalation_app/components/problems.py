"""A customer's list of their tickets, and the form that reports a new one."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    each,
    form,
    link,
    negate,
    when,
)
from escalation_app.components.customer import draft_field
from escalation_app.components.dialog import refusal, text_field
from escalation_app.components.files import file_picker
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link, icon_button
from escalation_app.components.time_left import local_time, time_left


def problems_head(page: Any, *, to_new: str) -> Component:
    """The head of a customer's list: whose tickets they are, and the way to a new one."""
    return rx.el.header(
        rx.el.div(
            rx.el.h1(
                when(
                    page.organisation != "",
                    rx.fragment("Tickets of ", page.organisation),
                    "My tickets",
                )
            ),
            rx.el.span(class_name="grow"),
            button_link("New ticket", to=to_new, kind="primary", name="plus", key="c"),
            class_name="row",
        ),
    )


def problem_views(page: Any, on_choose: Handler) -> Component:
    """Open, solved, and a lead's own; ``on_choose(view)``."""

    def one(value: str, *words: Any) -> Component:
        return rx.el.button(
            *words,
            type="button",
            custom_attrs={"aria-pressed": when(page.view == value, "true", "false")},
            on_click=on_choose(value),
        )

    return rx.el.div(
        one("open", "Open ", rx.el.span(page.open, class_name="n")),
        one("done", "Solved and closed ", rx.el.span(page.done, class_name="n")),
        when(page.organisation != "", one("mine", "Reported by me")),
        class_name="seg",
        role="group",
        aria_label="Which tickets",
    )


def problems(rows: Any) -> Component:
    """``CustomerTicketRow``s, those that wait for the customer first."""
    return rx.el.ul(each(rows, _problem), class_name="problems")


def _problem(row: Any) -> Component:
    return rx.el.li(
        link(
            rx.el.b(row.subject),
            rx.el.span(time_left(row.promised)),
            rx.el.small(
                row.ref,
                ", ",
                when(
                    row.needs_answer,
                    rx.el.b("waiting for your answer", class_name="ink"),
                    row.status_words,
                ),
                when(row.is_escalated, ", a manager answers for it"),
                when(row.is_mine, "", rx.el.span(", reported by ", row.reporter)),
            ),
            rx.el.small(
                when(
                    row.next_update_at != "",
                    rx.el.span("first answer by ", local_time(row.next_update_at)),
                    rx.el.span("last news ", local_time(row.changed_at)),
                )
            ),
            to=row.url,
        ),
        key=row.ref,
        data_row=row.ref,
    )


def problem_pages(page: Any, on_turn: Handler) -> Any:
    """The way through a list that is longer than a page; ``on_turn(1)`` or ``on_turn(-1)``."""
    return when(
        page.has_previous | page.has_next,
        rx.el.nav(
            rx.el.span(page.first, " to ", page.last, " of ", page.total),
            icon_button(
                "left", "Previous page", disabled=negate(page.has_previous), on_click=on_turn(-1)
            ),
            icon_button("right", "Next page", disabled=negate(page.has_next), on_click=on_turn(1)),
            class_name="pager",
            aria_label="Pages",
        ),
    )


def plain_choice(label: Any, name: str, choices: Any, on_choose: Handler) -> Component:
    """One of a few answers in plain words; ``on_choose(value)`` when one is chosen."""
    return rx.el.fieldset(
        rx.el.legend(label, class_name="lab"),
        each(
            choices,
            lambda one: rx.el.label(
                rx.el.input(
                    type="radio",
                    name=name,
                    value=one.value,
                    class_name="radio",
                    required=True,
                    on_change=lambda _value: on_choose(one.value),
                ),
                rx.el.span(one.label),
                key=one.value,
                class_name="opt",
            ),
        ),
        class_name="field",
    )


def new_problem(
    *fields: Component,
    on_open: Handler,
    promise: Any = "",
    draft: Any = "",
    error: Any = "",
) -> Component:
    """The short form: what, in words; ``fields`` for impact and urgency. ``on_open(form)``.

    ``promise``: what the answers so far promise. The form is never emptied while it is shown: it
    can be written in before the page is connected.
    """
    return form(
        draft_field(draft),
        text_field("What is the problem, in a few words?", "subject", max_length=300),
        text_field("What happened, and since when?", "text", rows=5),
        file_picker(),
        *fields,
        rx.el.p(
            icon("pledge"),
            when(
                promise != "",
                rx.el.b(promise),
                rx.el.span("How soon we help follows from your two answers."),
            ),
            class_name="promise",
            role="status",
        ),
        refusal(error),
        rx.el.div(
            button(
                "Send",
                kind="primary",
                name="send",
                key="Control+Enter",
                keyname="send",
                submits=True,
            ),
            class_name="row",
        ),
        on_submit=on_open,
        class_name="form",
    )
