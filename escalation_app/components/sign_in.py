"""The sign-in page: what this is at the left, the way in at the right."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import posting_form, when
from escalation_app.components.icons import brand_mark, icon
from escalation_app.components.marks import button, key_cap

SEATS = {
    "customer": ("globe", "See where your problem stands, answer, escalate."),
    "agent": ("list", "Work the queue before anything breaks."),
    "manager": ("brief", "Drive escalated cases and hold people to their part."),
    "executive": ("tiers", "Boards, heatmap, and what needs you."),
    "admin": ("sliders", "People, the process as it stands, and the engine."),
}
"""Icon and words of each role's seat in the demo."""

_TALE = (
    (
        *("done", "08:24", "check", "Card terminals decline every payment"),
        "Severity 1, Enterprise. To be resolved within 7 hours.",
    ),
    (
        *("done", "12:37", "check", "Half the time gone: team lead told"),
        "Acknowledged after 4 minutes.",
    ),
    (
        *("done", "14:22", "check", "A senior manager is asked to call"),
        "Reached the customer after 12 minutes.",
    ),
    (
        *("now", "15:15", "pledge", "Resolved, promise kept"),
        "9 minutes before the promise. Customer told, cause recorded.",
    ),
)
"""How one ticket went: state, time, icon, title, text."""


def gate(doors: Component) -> Component:
    """Both halves; ``doors`` is :func:`seats` or :func:`sign_in_form`."""
    return rx.el.main(
        rx.el.section(
            rx.el.span(brand_mark(), "Escalation", class_name="mark"),
            rx.el.h1("Every problem has a name on it, ", rx.el.em("and a time"), "."),
            rx.el.ol(
                *[
                    rx.el.li(
                        rx.el.div(at, class_name="at"),
                        rx.el.span(icon(name), class_name="node", aria_hidden="true"),
                        rx.el.div(rx.el.h2(title), rx.el.p(text), class_name="what"),
                        class_name=f"step {state}",
                    )
                    for state, at, name, title, text in _TALE
                ],
                class_name="path tale wide-only",
                aria_label="How one ticket went",
            ),
            rx.el.footer(rx.el.span("Times are shown in your own zone")),
            class_name="story",
            aria_label="What this is",
        ),
        doors,
        class_name="gate",
    )


def seats(action: str, roles: list[str], *more: Component, next_path: Any = "") -> Component:
    """The demo's doors: each really posts to ``action``/role; keys 1 to 5.

    ``next_path``: where to go after sign-in, home when empty.
    """
    return rx.el.section(
        rx.el.h2("Choose a seat", id="choose"),
        rx.el.p("Invented data, and nothing leaves this machine. No password needed."),
        *[_door(action, role, number, next_path) for number, role in enumerate(roles, 1)],
        *more,
        class_name="doors",
        aria_labelledby="choose",
    )


def _door(action: str, role: str, number: int, next_path: Any) -> Component:
    name, words = SEATS[role]
    return posting_form(
        rx.el.input(type="hidden", name="next", value=next_path),
        rx.el.button(
            rx.el.span(icon(name)),
            rx.el.span(rx.el.b(f"Continue as {role}"), rx.el.small(words)),
            rx.el.span(key_cap(str(number)), class_name="wide-only"),
            icon("right"),
            type="submit",
            class_name="door",
            data_key=str(number),
            data_keyname=f"continue as {role}",
        ),
        action=f"{action}/{role}",
    )


def sign_in_form(action: str, error: Any = "", *more: Component, next_path: Any = "") -> Component:
    """E-mail and password, really posted to ``action``."""
    return rx.el.section(
        rx.el.h2("Sign in", id="sign-in"),
        rx.el.p("With the account you were given."),
        posting_form(
            rx.el.input(type="hidden", name="next", value=next_path),
            rx.el.div(
                rx.el.label("E-mail", html_for="email", class_name="lab"),
                rx.el.input(
                    id="email",
                    name="email",
                    type="email",
                    class_name="input",
                    auto_complete="username",
                    required=True,
                ),
                class_name="field",
            ),
            rx.el.div(
                rx.el.label("Password", html_for="password", class_name="lab"),
                rx.el.input(
                    id="password",
                    name="password",
                    type="password",
                    class_name="input",
                    auto_complete="current-password",
                    required=True,
                ),
                class_name="field",
            ),
            when(
                error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert")
            ),
            rx.el.div(button("Sign in", kind="primary big", submits=True), class_name="row"),
            action=action,
            class_name="form",
        ),
        *more,
        class_name="doors",
        aria_labelledby="sign-in",
    )
