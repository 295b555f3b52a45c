"""Where one problem of a customer's stands."""

import reflex as rx

from escalation_app.components.base import PageOfElement, when
from escalation_app.components.blank import error_page
from escalation_app.components.customer import (
    answer_box,
    confirm_box,
    history,
    known_facts,
    promise_boxes,
    promise_list,
    said,
    stands,
    status_dock,
    status_head,
)
from escalation_app.components.customer_escalates import ask_dialog, escalate_box
from escalation_app.components.marks import button_link
from escalation_app.pages.shell import customer_shell
from escalation_app.state.confirming import ConfirmState
from escalation_app.state.customer import CustomerTicketState

LIST = "/mine"
NEW = "/mine/new"


def mine_ticket() -> rx.Component:
    state, status = CustomerTicketState, CustomerTicketState.status
    return customer_shell(
        when(
            state.is_missing,
            error_page(
                "That ticket does not exist, or is not open to you.",
                "Nothing is broken and nothing was changed. Perhaps the address was cut short.",
                button_link("My tickets", to=LIST, kind="primary", name="left"),
            ),
            when(state.is_loaded, _ticket(), _ghost()),
        ),
        ask_dialog(
            state.is_escalating,
            status,
            on_close=state.close_dialog,
            on_escalate=state.escalate,
            draft=state.form,
            error=state.escalate_error,
        ),
    )


def _ticket() -> rx.Component:
    state, status = CustomerTicketState, CustomerTicketState.status
    return rx.fragment(
        PageOfElement.create(of=status.ref, heading=status.ref + " " + status.subject),
        status_head(status, back=("My tickets", LIST)),
        rx.el.div(
            said(state.said),
            stands(status),
            confirm_box(status, on_confirm=ConfirmState.confirm),
            promise_boxes(status),
            promise_list(status.promises),
            answer_box(
                status,
                on_answer=state.answer,
                on_write=state.write,
                on_keep=state.keep,
                kept={"text": state.kept, "stamp": state.stamp},
                is_team_writing=state.is_team_writing,
                draft=state.draft,
                error=state.error,
            ),
            known_facts(status.facts),
            history(status.history, earlier=status.earlier, on_earlier=state.show_earlier),
        ),
        escalate_box(status, on_escalate=state.ask_to_escalate, new_url=NEW),
        status_dock(
            status,
            on_escalate=state.ask_to_escalate,
            on_confirm=ConfirmState.confirm,
            new_url=NEW,
        ),
    )


def _ghost() -> rx.Component:
    """What is still to come, as large as it will be."""
    return rx.fragment(
        rx.el.header(rx.el.p(rx.el.span(class_name="sk")), rx.el.h1(rx.el.span(class_name="sk"))),
        rx.el.div(
            rx.el.section(
                rx.el.h2(rx.el.span(class_name="sk")),
                rx.el.p(rx.el.span(class_name="sk")),
                class_name="stands",
                aria_busy="true",
            ),
            class_name="ghost",
        ),
    )
