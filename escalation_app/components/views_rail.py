"""The rail of saved views at the left of a queue."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import each, link, when
from escalation_app.components.icons import icon


def _view(view: Any) -> Component:
    count = when(
        view.over,
        rx.el.span(icon("over", "sm"), " ", view.count, class_name="n over"),
        rx.el.span(view.count, class_name="n"),
    )
    return rx.el.li(
        when(
            view.is_current,
            link(view.name, count, to=view.url, custom_attrs={"aria-current": "page"}),
            link(view.name, count, to=view.url),
        ),
        key=view.key,
    )


def views_rail(groups: Any) -> Component:
    """``QueueViewGroup``s; a view marked ``over`` shows its count as a matter of time."""
    return rx.el.nav(
        each(
            groups,
            lambda group: rx.el.div(
                rx.el.h2(group.name), rx.el.ul(each(group.views, _view)), key=group.name
            ),
        ),
        class_name="views",
        aria_label="Saved views",
    )
