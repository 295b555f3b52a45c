"""The war room of one escalated ticket."""

from typing import Any

import reflex as rx

from escalation_app.components.base import PageOfElement, when
from escalation_app.components.blank import error_page
from escalation_app.components.case import (
    cadence,
    case_head,
    case_over,
    case_path,
    case_roles,
    decision_log,
    said_to_customer,
    what_moved,
)
from escalation_app.components.case_lists import promise_section, team_section
from escalation_app.components.facts import ghost_ticket, ticket_dock
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link
from escalation_app.pages.case_dialogs import case_dialogs
from escalation_app.pages.deescalate import turn_dialog
from escalation_app.pages.keeping import keep_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.state.case import CaseState
from escalation_app.state.case_dialogs import CaseDialogState
from escalation_app.state.deescalate import DeescalateState
from escalation_app.state.keeping import KeepingState


def case() -> rx.Component:
    state = CaseState
    return staff_shell(
        when(
            state.is_missing,
            error_page(
                "That case does not exist, or is not open to you.",
                "Only an escalated ticket has a war room. Nothing is broken and nothing changed.",
                button_link("My work", to="/work", kind="primary", name="left"),
            ),
            rx.fragment(
                PageOfElement.create(
                    of=state.page.head.ref,
                    heading=state.page.head.ref + " " + state.page.head.subject,
                ),
                ghost_ticket(),
                case_head(
                    state.page.head,
                    state.page.may.can_list,
                    when(state.page.path.key == "case", "", state.page.head.why),
                    *_actions(),
                ),
                case_over(state.page.head),
                case_roles(state.page.head, _nudge_all(), _acknowledge()),
                case_path(state.page.path),
                _columns(),
                _dock(),
                case_dialogs(),
                turn_dialog(),
                keep_dialog(),
            ),
        ),
        main_class="main case",
    )


def _actions() -> list[rx.Component]:
    may, ask, ref = CaseState.page.may, CaseDialogState, CaseState.page.head.ref
    turn = DeescalateState.open_dialog(ref)
    return [
        when(may.can_assign, button("Leaders…", name="user", key="l", on_click=ask.open_lead)),
        when(may.can_end, button("De-escalate…", name="down-step", on_click=turn)),
        when(may.can_begin_again, button("Escalate again…", name="up", on_click=turn)),
        when(
            may.can_decide,
            button("Record a decision", name="scale", key="d", on_click=ask.open_decide),
        ),
        when(may.can_update, _update("u")),
    ]


def _update(key: str = "") -> rx.Component:
    return button(
        "Update customer",
        kind="primary",
        name="send",
        key=key,
        on_click=CaseDialogState.open_update,
    )


def _acknowledge() -> rx.Component:
    return when(
        CaseState.page.may.can_acknowledge,
        button(
            "Acknowledge",
            name="check",
            class_name="short",
            key="a",
            on_click=CaseState.acknowledge,
        ),
    )


def _nudge_all() -> rx.Component:
    return when(
        CaseState.page.may.can_nudge,
        button("Nudge", name="bell", class_name="short", on_click=CaseState.nudge_acknowledgement),
    )


def _columns() -> rx.Component:
    state, ask, may = CaseState, CaseDialogState, CaseState.page.may
    return rx.el.div(
        rx.el.div(
            team_section(
                state.page,
                when(may.can_oblige, _small("Ask somebody", "o", ask.open_oblige)),
                on_accept=lambda row: state.accept(row.number),
                on_done=lambda row: state.finish(row.number),
                on_block=lambda row: ask.open_reason("block", row.number),
                on_release=lambda row: ask.open_reason("release", row.number),
                on_nudge=lambda row: state.nudge(row.number),
            ),
            said_to_customer(state.page, state.show_earlier),
            what_moved(state.page),
        ),
        promise_section(
            state.page,
            when(may.can_promise, _small("Make one", "p", ask.open_promise)),
            on_keep=lambda line: KeepingState.open_dialog(line.ref, line.number),
            on_renegotiate=lambda line: ask.open_renegotiate(line.number),
        ),
        rx.el.div(
            cadence(state.page, on_edit=ask.open_update),
            decision_log(
                state.page.decisions,
                when(may.can_decide, _small("Record one", "", ask.open_decide)),
            ),
        ),
        class_name="war",
    )


def _small(words: str, key: str, on_click: object) -> rx.Component:
    return button(words, kind="quiet", class_name="short", key=key, on_click=on_click)


def _dock() -> rx.Component:
    """On a phone: write and everything else within reach of a thumb."""
    may, ask, ref = CaseState.page.may, CaseDialogState, CaseState.page.head.ref
    turn = DeescalateState.open_dialog(ref)
    items = (
        (may.can_assign, "user", "Leaders…", ask.open_lead),
        (may.can_decide, "scale", "Record a decision", ask.open_decide),
        (may.can_end, "down-step", "De-escalate…", turn),
        (may.can_begin_again, "up", "Escalate again…", turn),
    )
    return ticket_dock(
        when(
            may.can_decide | may.can_begin_again,
            rx.fragment(
                button("More", name="dots", custom_attrs={"popoverTarget": "case-more"}),
                rx.el.div(
                    *[when(may_do, _item(name, words, act)) for may_do, name, words, act in items],
                    id="case-more",
                    class_name="menu",
                    custom_attrs={"popover": "auto", "data-beside": "under"},
                ),
            ),
        ),
        when(may.can_oblige, button("Ask", name="user", on_click=ask.open_oblige)),
        when(may.can_promise, button("Promise", name="pledge", on_click=ask.open_promise)),
        when(may.can_update, _update()),
    )


def _item(name: str, words: str, act: Any) -> rx.Component:
    return rx.el.button(
        icon(name), words, type="button", class_name="item", data_closes="true", on_click=act
    )
