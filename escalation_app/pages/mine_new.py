"""A customer opens a ticket: what is wrong, how many it hits, how long it can wait."""

import reflex as rx

from escalation_app.components.fields import field_inputs
from escalation_app.components.problems import new_problem, plain_choice
from escalation_app.pages.shell import customer_shell
from escalation_app.state.customer import NewTicketState


def mine_new() -> rx.Component:
    state = NewTicketState
    return customer_shell(
        rx.el.header(
            rx.el.h1("What is wrong?"),
            rx.el.p("A few questions, then you see at once where it stands."),
        ),
        new_problem(
            plain_choice("How many are hit?", "impact", state.impacts, state.choose_impact),
            plain_choice("Can it wait?", "urgency", state.urgencies, state.choose_urgency),
            field_inputs(state.fields, within="new"),
            on_open=state.send,
            promise=state.promise,
            draft=state.draft,
            error=state.error,
        ),
        is_single=True,
    )
