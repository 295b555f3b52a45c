"""The manager's page: every escalation under way, in lanes, with one of them at the side."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, each, link_in_place, when
from escalation_app.components.blank import all_done
from escalation_app.components.chips import segments
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    select_field,
)
from escalation_app.components.escalation_panel import case_peek, peek_missing, who_is_late
from escalation_app.components.escalations import escalation_table
from escalation_app.components.figures import figure_row
from escalation_app.components.marks import button
from escalation_app.components.table import title_bar
from escalation_app.components.triage import triage_dialog
from escalation_app.pages.deescalate import turn_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.state.deescalate import DeescalateState
from escalation_app.state.escalations import EscalationsState, Key
from escalation_app.state.triage import TriageState
from escalation_app.views.common import Choice

_LANES = (
    Choice("need", "Need"),
    Choice("stage", "Stage"),
    Choice("customer", "Customer"),
    Choice("department", "Department"),
)
_WHOSE = (Choice("all", "All"), Choice("mine", "Mine"), Choice("nobody", "No owner"))


def escalations() -> rx.Component:
    state = EscalationsState
    return staff_shell(
        title_bar("Escalations", _choice("whose", list(_WHOSE), "Whose"), words=state.words),
        figure_row(state.figures),
        rx.el.div(
            _choice("only", state.narrowings, "Which escalations to show"),
            _select("kind", "Type", "Every type", state.kinds),
            _select("department", "Department", "Every department", state.departments),
            rx.el.span(class_name="grow"),
            rx.el.span("Lanes", class_name="f t12"),
            _choice("lanes", list(_LANES), "Lanes by"),
            class_name="bar lanes",
        ),
        rx.el.div(rx.el.div(_list(), _more(), class_name="list"), _side(), class_name="cols"),
        _assign_dialog(),
        turn_dialog(),
        triage_dialog(
            TriageState.reference,
            TriageState.asked,
            on_close=TriageState.close_dialog,
            on_triage=TriageState.triage,
            error=TriageState.error,
            form_key=TriageState.form,
        ),
    )


def _choice(key: Key, choices: Any, label: str) -> rx.Component:
    state = EscalationsState
    chosen = getattr(state.wanted, key)
    return segments(choices, chosen, lambda value: state.choose(key, value), label=label)


def _select(key: Key, label: str, everything: str, choices: Any) -> rx.Component:
    state = EscalationsState
    return rx.el.select(
        rx.el.option(everything, value=""),
        each(choices, lambda one: rx.el.option(one.label, value=one.value, key=one.value)),
        class_name="input short",
        value=getattr(state.wanted, key),
        on_change=lambda value: state.choose(key, value),
        aria_label=label,
    )


def _list() -> rx.Component:
    state = EscalationsState
    return when(
        count_of(state.groups) > 0,
        escalation_table(
            state.groups,
            case_link=state.case_link,
            chosen=state.wanted.case,
            on_acknowledge=state.acknowledge,
            on_triage=TriageState.open_dialog,
        ),
        when(
            state.is_loaded,
            all_done("No escalation is under way here. The engine and the bell will tell."),
            rx.el.div(),
        ),
    )


def _more() -> rx.Component:
    state = EscalationsState
    return when(
        state.more_url != "",
        link_in_place("Show more", to=state.more_url, class_name="btn short"),
    )


def _side() -> rx.Component:
    state = EscalationsState
    peek, remind = state.peek, lambda row: state.nudge(row.ref, row.number)
    late = who_is_late(state.late, state.case_link, remind)
    shown = case_peek(
        peek,
        state.list_url,
        _acts(),
        on_nudge=remind,
        on_nudge_all=state.nudge_acknowledgement(peek.head.ref),
    )
    return when(
        state.wanted.case == "",
        when(state.is_loaded, late, rx.el.aside(class_name="peek")),
        when(
            state.is_peek_missing,
            peek_missing(state.list_url),
            when(peek.head.ref != "", shown, rx.el.aside(class_name="peek")),
        ),
    )


def _acts() -> list[rx.Component]:
    state, may = EscalationsState, EscalationsState.peek.may
    ref = EscalationsState.peek.head.ref
    return [
        when(
            state.peek.is_asked,
            button("Answer the request", class_name="short", on_click=TriageState.open_dialog(ref)),
        ),
        when(
            may.can_acknowledge,
            button("Acknowledge", key="a", class_name="short", on_click=state.acknowledge(ref)),
        ),
        when(
            may.can_assign,
            button("Assign…", key="o", class_name="short", on_click=state.open_assign(ref)),
        ),
        when(
            may.can_end,
            button("De-escalate…", class_name="short", on_click=DeescalateState.open_dialog(ref)),
        ),
    ]


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
