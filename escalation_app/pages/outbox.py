"""The messages to people, by what became of them."""

import reflex as rx

from escalation_app.components.base import count_of, when
from escalation_app.components.blank import all_done, nothing_yet
from escalation_app.components.people import outbox_states, outbox_table, page_foot, stuck_letters
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.admin import OutboxState


def outbox() -> rx.Component:
    state, page = OutboxState, OutboxState.page
    return staff_shell(
        title_bar("Outbox", words="messages to people, the newest first"),
        rx.el.div(
            outbox_states(page, state.choose),
            rx.el.span(class_name="grow"),
            stuck_letters(page, state.retry_all),
            class_name="bar",
        ),
        when(
            state.is_loaded & (count_of(page.rows) == 0),
            when(
                page.state == "",
                nothing_yet("Messages appear here as soon as somebody is to be told something."),
                all_done("No message is in this state."),
            ),
            outbox_table(page.rows, state.retry, is_loading=~state.is_loaded),
        ),
        page_foot(page, page.total, state.turn),
    )
