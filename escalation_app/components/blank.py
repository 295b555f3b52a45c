"""What stands where nothing is: three different empty states, and what to do after an error."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, handlers, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import button


def _blank(name: str, title: Any, text: Any, *ways_on: Component) -> Component:
    return rx.el.div(icon(name), rx.el.h3(title), rx.el.p(text), *ways_on, class_name="blank")


def nothing_yet(text: Any, *ways_on: Component) -> Component:
    """There has never been one. ``ways_on``: a button that makes the first."""
    return _blank("inbox", "Nothing yet", text, *ways_on)


def nothing_matches(hidden: Any, on_clear: Handler = None) -> Component:
    """The filters hide what there is."""
    return _blank(
        "search",
        "Nothing matches",
        rx.fragment(hidden, " are hidden by these filters."),
        button("Clear filters", **handlers(on_click=on_clear)),
    )


def all_done(text: Any, *ways_on: Component) -> Component:
    """There were some, and all are done."""
    return _blank("check", "All done", text, *ways_on)


def empty_queue(page: Any, on_clear: Handler = None, *ways_on: Component) -> Component:
    """Whichever of the three a ``QueuePage`` calls for; nothing when it has rows."""
    return rx.fragment(
        when(
            page.empty == "nothing_yet",
            nothing_yet(
                "Tickets appear here when a customer writes, or when you open one for them.",
                *ways_on,
            ),
        ),
        when(page.empty == "nothing_matches", nothing_matches(page.hidden, on_clear)),
        when(page.empty == "all_done", all_done("Nobody is waiting here.", *ways_on)),
    )


def error_page(title: Any, text: Any, *ways_on: Component) -> Component:
    """What happened, what is safe, what to do."""
    return rx.el.div(
        rx.el.p(title, class_name="big", role="heading", custom_attrs={"aria-level": "1"}),
        rx.el.p(text),
        rx.el.p(*ways_on, class_name="row"),
        class_name="err",
    )
