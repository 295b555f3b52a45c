"""The process as it is live: the whole of it for staff, their part for customers."""

import reflex as rx

from escalation_app.components.base import when
from escalation_app.components.process import document
from escalation_app.pages.shell import customer_shell, staff_shell
from escalation_app.state.admin import ProcessState
from escalation_app.state.base import SessionState


def process() -> rx.Component:
    state = ProcessState
    return when(
        SessionState.home == "/mine",
        customer_shell(
            when(state.is_loaded, document(state.document, is_for_customers=True)),
            is_single=True,
        ),
        staff_shell(when(state.is_loaded, document(state.document))),
    )
