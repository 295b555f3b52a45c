"""A person's own settings: what they are told, how, and when."""

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import when
from escalation_app.components.my_notices import my_notices as settings_form
from escalation_app.pages.shell import customer_shell, staff_shell
from escalation_app.state.base import SessionState
from escalation_app.state.my_notices import MyNoticesState

TYPED = 600
"""Milliseconds after which a time that is being typed is taken as meant."""


def my_notices() -> Component:
    return when(
        SessionState.home == "/mine",
        customer_shell(_form(), is_single=True),
        staff_shell(_form()),
    )


def _form() -> Component:
    state = MyNoticesState
    return when(
        state.is_loaded,
        settings_form(
            state.mine,
            state.saved,
            on_tell=state.switch,
            on_pace=state.mail,
            on_quiet=state.choose_quiet,
            on_start=state.start_at.debounce(TYPED),
            on_end=state.end_at.debounce(TYPED),
            on_weekends=state.rest_at_weekends,
        ),
        rx.el.div(class_name="settings", aria_busy="true"),
    )
