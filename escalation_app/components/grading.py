"""The dialog that grades a ticket: the choices at the left, what they do at the right."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    field,
    refusal,
    text_field,
    told_field,
)
from escalation_app.components.marks import severity_with_name
from escalation_app.components.time_left import local_time


def grading_dialog(
    is_open: Any,
    head: Any,
    choices: Any,
    preview: Any,
    chosen: tuple[Any, Any, Any],
    *,
    on_choose: tuple[Handler, Handler, Handler],
    on_close: Handler,
    on_grade: Handler,
    error: Any,
    form_key: Any,
) -> Component:
    """``choices``: a ``GradingChoices``, ``preview``: a ``GradingPreview``; ``chosen`` and
    ``on_choose`` are those of impact, urgency and severity."""
    impact, urgency, severity = chosen
    on_impact, on_urgency, on_severity = on_choose
    return dialog(
        is_open,
        rx.fragment("Grade ", head.ref),
        rx.el.div(
            rx.el.div(
                text_field(
                    "Nature of the problem",
                    "category",
                    is_required=False,
                    value=choices.category,
                    max_length=120,
                    is_first=True,
                    list="known-categories",
                ),
                rx.el.datalist(
                    each(choices.categories, lambda one: rx.el.option(value=one)),
                    id="known-categories",
                ),
                _select("Impact", "impact", choices.impacts, impact, on_impact),
                _select("Urgency", "urgency", choices.urgencies, urgency, on_urgency),
                _select("Severity", "severity", choices.severities, severity, on_severity),
                class_name="d-plain",
            ),
            rx.el.div(
                _preview(preview),
                text_field(
                    rx.fragment(
                        "Why, for the record",
                        when(preview.needs_reason, "", ", if there is something to say"),
                    ),
                    "why",
                    rows=3,
                    is_required=False,
                ),
                when(
                    preview.has_news,
                    told_field(head, preview.message, preview.severity),
                ),
                refusal(error),
                class_name="d-what",
            ),
            class_name="d-halves",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment("Grade ", head.ref), on_close, name="sliders"),
        under=head.subject,
        on_submit=on_grade,
        form_key=form_key,
        name="grading",
        is_broad=True,
    )


def _select(label: str, name: str, options: Any, current: Any, on_choose: Handler) -> Component:
    """A choice whose change is shown at once."""
    return field(
        label,
        rx.el.select(
            each(options, lambda one: rx.el.option(one.label, value=one.value)),
            id=f"field-{name}",
            name=name,
            class_name="input",
            value=current,
            on_change=on_choose,
        ),
        html_for=f"field-{name}",
    )


def _preview(preview: Any) -> Component:
    return rx.el.div(
        rx.el.p("What will happen", class_name="lab"),
        when(
            preview.severity != "",
            rx.el.p(severity_with_name(preview.severity, preview.severity_name)),
        ),
        rx.el.p(preview.words, class_name="m"),
        when(
            count_of(preview.changes) > 0,
            rx.el.table(
                rx.el.caption("Clocks that change", class_name="sr"),
                rx.el.thead(rx.el.tr(rx.el.th("Clock"), rx.el.th("Was"), rx.el.th("Becomes"))),
                rx.el.tbody(
                    each(
                        preview.changes,
                        lambda one: rx.el.tr(
                            rx.el.th(one.name, scope="row"),
                            rx.el.td(one.was, when(one.was_at != "", _at(one.was_at))),
                            rx.el.td(
                                rx.el.b(one.now, class_name="b"),
                                when(one.due_at != "", _at(one.due_at)),
                                when(one.is_over_at_once, rx.el.small("over at once")),
                            ),
                            key=one.name,
                        ),
                    )
                ),
                class_name="sum clock-changes",
            ),
        ),
        class_name="foreseen",
        role="status",
    )


def _at(at: Any) -> Component:
    return rx.el.small("due ", local_time(at))
