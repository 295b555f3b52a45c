"""The situation line: what is over, what is due, what breaks next. Always 36 px."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import link, when
from escalation_app.components.icons import icon, still_dial
from escalation_app.components.time_left import local_time, time_until


def _lamp(mark: Component, count: Any, words: str, url: Any, level: str) -> Component:
    return link(mark, rx.el.b(count), " ", words, to=url, class_name=f"lamp {level}".strip())


def situation(line: Any) -> Component:
    """The line of a ``SituationLine``; each count opens what it counts."""
    return rx.el.section(
        _lamp(icon("over", "sm"), line.over, "over", line.over_url, "over"),
        _lamp(still_dial(18), line.soon, "due soon", line.soon_url, "soon"),
        _lamp(still_dial(70), line.calm, "calm", line.calm_url, "calm"),
        _lamp(icon("pause", "sm"), line.paused, "paused", line.paused_url, "still"),
        rx.el.span(
            when(
                line.next_ref != "",
                rx.el.span(
                    "Next to break: ",
                    link(line.next_ref, to=line.next_url),
                    " ",
                    line.next_metric,
                    " in ",
                    rx.el.b(time_until(line.next_due_at)),
                ),
            ),
            class_name="next",
        ),
        rx.el.span(
            when(
                line.changed_at != "",
                rx.el.span("Live, changed ", local_time(line.changed_at, seconds=True)),
                "Live",
            ),
            class_name="live wide-only",
        ),
        class_name="situation",
        aria_label="Situation now",
    )
