"""The dialogs over a ticket's page, each closed until it is asked for."""

import reflex as rx

from escalation_app.components.contacts import contact_dialog
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    of_state,
    refusal,
    select_field,
    told_field,
    what_follows,
)
from escalation_app.components.escalate import escalate_dialog
from escalation_app.components.fields import fields_dialog
from escalation_app.components.grading import grading_dialog
from escalation_app.components.replies import macro_dialog
from escalation_app.components.resolution import resolution_dialog
from escalation_app.components.triage import triage_dialog
from escalation_app.pages.ticket_links import link_dialogs
from escalation_app.state.contacts import ContactState
from escalation_app.state.escalate import EscalateState
from escalation_app.state.fields import FieldsState
from escalation_app.state.grading import GradingState
from escalation_app.state.replies import RepliesState
from escalation_app.state.resolution import ResolutionState
from escalation_app.state.solving import SolveState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_acts import TicketActsState
from escalation_app.state.triage import TriageState
from escalation_app.state.waiting import WaitState


def dialogs() -> rx.Component:
    """All of them."""
    return rx.fragment(
        link_dialogs(),
        _assign(),
        _macro(),
        _wait(),
        _solve(),
        _escalate(),
        _grade(),
        _log_contact(),
        _fill_fields(),
        _resolve(),
        _triage(),
    )


def _assign() -> rx.Component:
    state, head = TicketActsState, TicketState.page.head
    return dialog(
        state.is_open,
        rx.fragment("Who takes ", head.ref, "?"),
        rx.el.div(
            select_field(
                head.team,
                "assignee",
                state.people,
                value=state.assignee,
                hint="The one with the fewest open tickets is proposed. They are told at once.",
            ),
            refusal(state.error),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(rx.fragment("Assign ", head.ref), state.close_dialog, name="user"),
        under=head.subject,
        on_submit=state.assign,
        form_key=state.form,
        name="assign",
    )


def _macro() -> rx.Component:
    state = RepliesState
    return macro_dialog(
        state.is_open,
        TicketState.page.head,
        state.macro,
        on_run=state.run_macro,
        **of_state(state),
    )


def _wait() -> rx.Component:
    state, head = WaitState, TicketState.page.head
    asked = state.asked
    return dialog(
        state.is_open,
        rx.fragment(head.ref, ": ", asked.status_name),
        rx.el.div(
            told_field(head, asked.message, state.form, is_told=asked.is_told),
            refusal(state.error),
            what_follows(asked.effects),
            class_name="d-what",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(
            rx.fragment("Let ", head.ref, " wait"), state.close_dialog, name="pause"
        ),
        under=head.subject,
        on_submit=state.wait,
        form_key=state.form,
        name="wait",
    )


def _solve() -> rx.Component:
    state, head = SolveState, TicketState.page.head
    return dialog(
        state.is_open,
        rx.fragment("Resolve ", head.ref),
        rx.el.div(
            told_field(head, state.asked.message, state.form),
            refusal(state.error),
            what_follows(state.asked.effects),
            class_name="d-what",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(rx.fragment("Resolve ", head.ref), state.close_dialog, name="check"),
        under=head.subject,
        on_submit=state.resolve,
        form_key=state.form,
        name="resolve",
    )


def _escalate() -> rx.Component:
    state = EscalateState
    return escalate_dialog(
        state.is_open,
        TicketState.page.head,
        state.choices,
        state.kind,
        state.to,
        on_choose=state.choose_kind,
        on_person=state.choose_person,
        on_escalate=state.escalate,
        **of_state(state),
    )


def _grade() -> rx.Component:
    state = GradingState
    return grading_dialog(
        state.is_open,
        TicketState.page.head,
        state.choices,
        state.preview,
        (state.impact, state.urgency, state.severity),
        on_choose=(state.choose_impact, state.choose_urgency, state.choose_severity),
        on_grade=state.grade,
        **of_state(state),
    )


def _log_contact() -> rx.Component:
    state = ContactState
    return contact_dialog(
        state.is_open,
        TicketState.page.head,
        state.kinds,
        state.with_whom,
        state.began,
        on_log=state.log,
        **of_state(state),
    )


def _fill_fields() -> rx.Component:
    state = FieldsState
    return fields_dialog(
        state.is_open,
        TicketState.page.head,
        state.fields,
        on_fill=state.fill,
        **of_state(state),
    )


def _resolve() -> rx.Component:
    state = ResolutionState
    return resolution_dialog(
        state.is_open,
        TicketState.page.head,
        state.asked,
        on_resolve=state.resolve,
        **of_state(state),
    )


def _triage() -> rx.Component:
    state = TriageState
    return triage_dialog(
        state.reference,
        state.asked,
        on_close=state.close_dialog,
        on_triage=state.triage,
        error=state.error,
        form_key=state.form,
    )
