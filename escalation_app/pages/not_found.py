"""What stands at an address that no page has."""

import reflex as rx

from escalation_app.components.base import anchor
from escalation_app.components.blank import error_page
from escalation_app.components.icons import icon
from escalation_app.components.page import bare_page


def not_found() -> rx.Component:
    """The way back really loads a page: where it leads depends on who is signed in."""
    return bare_page(
        rx.el.main(
            error_page(
                "There is no such page.",
                "Nothing is broken. Perhaps the address was cut short or mistyped.",
                anchor(icon("left"), "To your first page", to="/", class_name="btn primary"),
            )
        )
    )
