"""The manager's page: every escalation under way, grouped by what it needs."""

import reflex as rx

from escalation_app.components.base import count_of, each, when
from escalation_app.components.blank import all_done
from escalation_app.components.chips import segments
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    select_field,
    text_field,
)
from escalation_app.components.escalations import escalation_table
from escalation_app.components.figures import figure_row
from escalation_app.components.table import title_bar
from escalation_app.components.triage import triage_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.state.escalations import EscalationsState
from escalation_app.state.triage import TriageState
from escalation_app.views import Choice

_LANES = (
    Choice("need", "Need"),
    Choice("stage", "Stage"),
    Choice("customer", "Customer"),
    Choice("department", "Department"),
)
_WHOSE = (("all", "All"), ("mine", "Mine"), ("nobody", "No owner"))


def escalations() -> rx.Component:
    state = EscalationsState
    return staff_shell(
        title_bar("Escalations", _whose(), words=state.words),
        figure_row(state.figures),
        rx.el.div(
            segments(
                state.narrowings, state.only, state.choose_only, label="Which escalations to show"
            ),
            rx.el.span(class_name="grow"),
            rx.el.span("Lanes", class_name="f t12"),
            segments(list(_LANES), state.lanes, state.choose_lanes, label="Lanes by"),
            class_name="bar lanes",
        ),
        when(
            count_of(state.groups) > 0,
            escalation_table(
                state.groups,
                on_acknowledge=state.acknowledge,
                on_assign=state.open_assign,
                on_deescalate=state.open_end,
                on_triage=TriageState.open_dialog,
            ),
            when(
                state.is_loaded,
                all_done("No escalation is under way here. The engine and the bell will tell."),
            ),
        ),
        _assign_dialog(),
        _end_dialog(),
        triage_dialog(
            TriageState.reference,
            on_close=TriageState.close_dialog,
            on_triage=TriageState.triage,
            error=TriageState.error,
            form_key=TriageState.form,
        ),
    )


def _whose() -> rx.Component:
    state = EscalationsState
    return rx.el.div(
        each(
            list(_WHOSE),
            lambda one: rx.el.button(
                one[1],
                type="button",
                aria_pressed=rx.cond(state.whose == one[0], "true", "false"),
                on_click=state.choose_whose(one[0]),
            ),
        ),
        class_name="seg",
        role="group",
        aria_label="Whose escalations",
    )


def _assign_dialog() -> rx.Component:
    state = EscalationsState
    return dialog(
        state.assigning != "",
        rx.fragment("Who owns ", state.assigning, "?"),
        rx.el.div(
            select_field(
                "Manager",
                "manager",
                state.managers,
                value=state.manager,
                hint="The one with the fewest cases is proposed. They are told at once.",
            ),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(rx.fragment("Assign ", state.assigning), state.close_dialog),
        on_submit=state.assign,
        form_key=state.form,
        name="assign",
    )


def _end_dialog() -> rx.Component:
    state = EscalationsState
    return dialog(
        state.ending != "",
        rx.fragment("De-escalate ", state.ending),
        rx.el.div(
            text_field("Why it can go on without its path", "reason", rows=3, is_first=True),
            rx.el.p(
                "The path ends. The clocks go on, and the same breach starts no path again.",
                class_name="hint",
            ),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(rx.fragment("De-escalate ", state.ending), state.close_dialog),
        on_submit=state.end,
        form_key=state.form,
        name="end",
    )
