"""A customer's page: where my problem stands, who has it, what was promised, what happened."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, link, when
from escalation_app.components.dialog import text_field
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link
from escalation_app.components.time_left import local_time, sentence, time_left


def status_head(status: Any) -> Component:
    """Reference, who reported it and when, and the subject."""
    return rx.el.header(
        rx.el.p(
            status.ref,
            when(
                status.reported_at != "",
                rx.el.span(", reported ", local_time(status.reported_at), " by ", status.reporter),
            ),
        ),
        rx.el.h1(status.subject),
    )


def _plain_step(step: Any) -> Component:
    return rx.el.li(
        rx.el.span(
            when(step.state != "todo", icon(step.icon)), class_name="node", aria_hidden="true"
        ),
        rx.el.b(step.name),
        rx.el.small(
            step.words,
            when(step.at != "", rx.el.span(" ", local_time(step.at))),
        ),
        key=step.key,
        class_name=step.state,
        custom_attrs={"aria-current": when(step.state == "now", "step", rx.Var("undefined"))},
    )


def stands(status: Any) -> Component:
    """Where it stands: a headline, a sentence, and a line of steps in plain words."""
    return rx.el.section(
        rx.el.h2(status.headline, id="stands"),
        rx.el.p(status.text),
        rx.el.ol(each(status.steps, _plain_step), class_name="line", aria_label="Steps"),
        class_name="stands",
        aria_labelledby="stands",
    )


def promise_boxes(status: Any) -> Component:
    """What was promised, when the next update comes, who has it."""
    return rx.el.dl(
        rx.el.div(
            rx.el.dt("Promised"),
            rx.el.dd(
                when(status.promised.before != "", sentence(status.promised), "Nothing yet"),
                rx.el.div(time_left(status.promised_left)),
            ),
        ),
        rx.el.div(
            rx.el.dt("Next update"),
            rx.el.dd(
                when(
                    status.next_update.before != "",
                    sentence(status.next_update),
                    "When there is news",
                ),
                rx.el.small(status.next_update_hint),
            ),
        ),
        rx.el.div(
            rx.el.dt("Who has it"),
            rx.el.dd(
                when(status.holder != "", status.holder, "Our support team"),
                rx.el.small(status.holder_hint),
            ),
        ),
        class_name="know",
    )


def answer_box(status: Any, *, on_answer: Handler, draft: Any = "", error: Any = "") -> Component:
    """Answer or add something. ``on_answer(form)`` gets ``{"text": ...}``.

    A new ``draft`` empties the box.
    """
    return when(
        status.can_answer,
        rx.el.form(
            rx.el.label("Answer or add something", html_for="answer"),
            rx.el.textarea(
                id="answer",
                name="text",
                class_name="input",
                rows="3",
                required=True,
                max_length=20_000,
                placeholder=when(
                    status.holder != "", status.holder + " reads this", "We read this at once"
                ),
            ),
            when(
                error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert")
            ),
            rx.el.div(
                rx.el.span(class_name="grow"),
                button("Send", name="send", key="Control+Enter", keyname="send", submits=True),
                class_name="row",
            ),
            on_submit=on_answer,
            key=draft,
            class_name="answer",
        ),
    )


def history(items: Any) -> Component:
    """``HistoryItem``s, newest first."""
    return rx.el.section(
        rx.el.h2("What happened", id="history"),
        rx.el.ol(
            each(
                items,
                lambda item: rx.el.li(
                    rx.el.span(local_time(item.at)),
                    rx.el.span(
                        rx.el.b(item.title),
                        when(item.text != "", rx.el.small(item.text)),
                    ),
                    key=item.key,
                ),
            )
        ),
        class_name="hist",
        aria_labelledby="history",
    )


def escalate_box(
    status: Any, *, on_escalate: Handler, more: list[Component] | None = None
) -> Component:
    """ "Escalate" always works; the box says what happens next, or what is happening."""
    return rx.el.aside(
        rx.el.section(
            when(
                status.is_escalated,
                rx.fragment(
                    rx.el.h2("You escalated this"),
                    rx.el.p("Asked for ", local_time(status.escalated_at), ". It is under way."),
                ),
                rx.fragment(
                    rx.el.h2("Not going well?"),
                    rx.el.p(
                        "You can escalate at any time, for any reason. "
                        "It never slows anything down."
                    ),
                ),
            ),
            when(
                status.can_escalate,
                button(
                    when(status.is_escalated, "Escalate again", "Escalate"),
                    kind="primary",
                    name="up",
                    key="e",
                    class_name="full",
                    on_click=on_escalate,
                ),
            ),
            rx.el.h3("What happens next"),
            rx.el.ol(
                each(status.what_next, lambda one: rx.el.li(rx.el.span(sentence(one)))),
                class_name="next-steps",
            ),
            class_name="askbox",
        ),
        rx.el.p("Times are in your own zone."),
        *(more or []),
        aria_label="Escalate",
    )


def status_dock(status: Any, *, on_escalate: Handler) -> Component:
    """On a phone: answer and escalate within reach of a thumb."""
    return rx.el.section(
        when(
            status.can_answer,
            rx.el.a(icon("reply"), "Answer", href="#answer", class_name="btn"),
        ),
        when(
            status.can_escalate,
            button("Escalate", kind="primary", name="up", on_click=on_escalate),
        ),
        class_name="dock",
        aria_label="Actions",
    )


def problems_head(to_new: str = "") -> Component:
    """The head of a customer's list."""
    return rx.el.header(
        rx.el.div(
            rx.el.h1("My problems"),
            rx.el.span(class_name="grow"),
            *(
                [button_link("Report a problem", to=to_new, kind="primary", name="plus", key="c")]
                if to_new
                else []
            ),
            class_name="row",
        ),
    )


def problems(rows: Any) -> Component:
    """``CustomerTicketRow``s, those that wait for the customer first."""
    return rx.el.ul(
        each(
            rows,
            lambda row: rx.el.li(
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
                        when(row.is_escalated, ", escalated"),
                        when(row.is_mine, "", rx.el.span(", reported by ", row.reporter)),
                    ),
                    rx.el.small(
                        when(
                            row.next_update_at != "",
                            rx.el.span("next update by ", local_time(row.next_update_at)),
                        )
                    ),
                    to=row.url,
                ),
                key=row.ref,
                data_row=row.ref,
            ),
        ),
        class_name="problems",
    )


def new_problem(
    *fields: Component, on_open: Handler, draft: Any = "", error: Any = ""
) -> Component:
    """The short form: what, in words; ``fields`` for impact and urgency. ``on_open(form)``."""
    return rx.el.form(
        text_field("What is the problem?", "subject", max_length=200),
        text_field("What happens, and since when?", "text", rows=5),
        *fields,
        when(error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert")),
        rx.el.div(
            button("Report it", kind="primary", name="send", submits=True),
            class_name="row",
        ),
        on_submit=on_open,
        key=draft,
        class_name="form",
    )
