"""What says that a ticket is put off, and the menu in which one chooses until when."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import tag
from escalation_app.components.time_left import local_time
from escalation_app.domain.putting_off import UNTIL_NAMES


def snooze_items(on_choose: Handler) -> tuple[Component, ...]:
    """The items of a menu: ``on_choose(until)`` with a value of ``Until``."""
    return tuple(
        rx.el.button(
            icon("clock"),
            name,
            type="button",
            class_name="item",
            data_closes="true",
            on_click=on_choose(until.value),
        )
        for until, name in UNTIL_NAMES.items()
    )


def snooze_mark(until_at: Any) -> Component:
    """A ticket is out of the reader's own queue: until an instant, else until the answer."""
    return tag(
        when(
            until_at != "",
            rx.fragment("Put off until ", local_time(until_at)),
            "Put off until the customer answers",
        ),
        name="clock",
    )
