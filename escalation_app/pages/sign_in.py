"""The way in: a form, and in the demo a seat for each role."""

import reflex as rx

from escalation_app.components.base import when
from escalation_app.components.page import bare_page
from escalation_app.components.sign_in import SEATS, gate, seats, sign_in_form
from escalation_app.state.sign_in import SignInState


def sign_in() -> rx.Component:
    """Both ways really post, because a new cookie needs a full page load."""
    state = SignInState
    own_account = rx.el.p(
        rx.el.button(
            "Sign in with your own account",
            type="button",
            class_name="why",
            on_click=state.choose_form,
        ),
        class_name="alt",
    )
    doors = when(
        state.has_seats,
        seats("/auth/continue", list(SEATS), own_account, next_path=state.next_path),
        sign_in_form("/auth/sign-in", state.problem, next_path=state.next_path),
    )
    return bare_page(gate(when(state.is_ready, doors, rx.el.section(class_name="doors"))))
