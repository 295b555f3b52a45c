"""The rail of saved views at the left of a queue."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, handlers, link, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import flag


def _view(view: Any) -> Component:
    count = when(
        view.over,
        rx.el.span(icon("over", "sm"), " ", view.count, class_name="n over"),
        when(
            view.count >= 0,
            rx.el.span(
                when(view.is_bounded, when(view.count > 99, "99+", view.count), view.count),
                class_name="n",
            ),
        ),
    )
    words = (
        rx.el.span(view.name, class_name="cut", title=view.hint),
        when(view.is_default, flag("star", "You begin with this view", "you begin with it")),
        count,
    )
    return rx.el.li(
        when(
            view.is_current,
            link(*words, to=view.url, custom_attrs={"aria-current": "page"}),
            link(*words, to=view.url),
        ),
        key=view.key,
    )


def views_rail(groups: Any, on_save: Handler = None) -> Component:
    """``QueueViewGroup``s; a view marked ``over`` shows its count as a matter of time. The group
    that is ``saved`` has a button for a new one."""
    return rx.el.nav(
        each(
            groups,
            lambda group: rx.el.div(
                rx.el.h2(
                    group.name,
                    when(
                        group.is_saved,
                        rx.el.button(
                            "New",
                            type="button",
                            class_name="why",
                            aria_label="Save what is shown as a view",
                            **handlers(on_click=on_save),
                        ),
                    ),
                ),
                rx.el.ul(each(group.views, _view)),
                key=group.name,
            ),
        ),
        class_name="views",
        aria_label="Saved views",
    )
