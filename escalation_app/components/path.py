"""An escalation path as a line: solid behind us, dashed ahead, the current step with its clock."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.components.time_left import local_time, sentence, time_left


def _node(step: Any) -> Component:
    return rx.el.span(
        when(step.state == "todo", rx.el.span(step.number), icon(step.icon)),
        class_name="node",
        aria_hidden="true",
    )


def _said_state(state: Any) -> Component:
    """The state in words, for those who do not see the node."""
    words = [
        when(state == key, rx.el.span(text, class_name="sr"))
        for key, text in (
            ("done", "Done: "),
            ("now", "Now: "),
            ("todo", "To come: "),
            ("skip", "Skipped: "),
            ("nobody", "No recipient: "),
        )
    ]
    return rx.fragment(*words)


def path_step(step: Any, on_acknowledge: Handler = None) -> Component:
    """A ``PathStepView``. ``on_acknowledge(key)`` belongs to the current step."""
    return rx.el.li(
        rx.el.div(
            local_time(step.at),
            when(step.at_hint != "", rx.el.small(step.at_hint)),
            class_name="at",
        ),
        _node(step),
        rx.el.div(
            rx.el.h3(_said_state(step.state), step.title),
            when(step.text != "", rx.el.p(step.text)),
            each(step.notes, lambda note: rx.el.p(sentence(note), class_name="note")),
            time_left(step.time_left),
            *(
                [
                    when(
                        step.can_acknowledge,
                        rx.el.p(
                            button(
                                "Acknowledge",
                                name="check",
                                class_name="short",
                                on_click=on_acknowledge(step.key)
                                if callable(on_acknowledge)
                                else on_acknowledge,
                            ),
                            class_name="step-acts",
                        ),
                    )
                ]
                if on_acknowledge is not None
                else []
            ),
            class_name="what",
        ),
        key=step.key,
        class_name="step " + step.state,
        custom_attrs={"aria-current": when(step.state == "now", "step", rx.Var("undefined"))},
    )


def path_lane(
    path: Any, *, on_acknowledge: Handler = None, actions: list[Component] | None = None
) -> Component:
    """A ``PathView`` as the left column of a ticket; ``actions`` stand below it."""
    return rx.el.section(
        rx.el.h2(
            "Escalation path",
            rx.el.span(path.progress, class_name="end f"),
            class_name="sec",
            id="path-head",
        ),
        when(
            path.title != "",
            rx.fragment(
                rx.el.p(rx.el.b(path.title, class_name="b"), ". ", path.text, class_name="say"),
                rx.el.ol(
                    each(path.steps, lambda step: path_step(step, on_acknowledge)),
                    class_name="path",
                ),
                *([rx.el.div(*actions, class_name="row acts")] if actions else []),
            ),
            rx.el.p(
                "None is running. It starts by itself when a promise is near, or when somebody "
                "escalates.",
                class_name="say",
            ),
        ),
        class_name="lane",
        aria_labelledby="path-head",
    )


def path_dots(dots: Any, label: Any) -> Component:
    """The steps of a path as a row of small bars, for a table."""
    return rx.el.span(
        each(dots, lambda state: rx.el.i(class_name=state)),
        class_name="dots",
        role="img",
        aria_label=label,
    )
