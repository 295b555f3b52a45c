"""A ticket: its path, its conversation, its clocks and facts, and what can be done with it."""

from typing import Any

import reflex as rx

from escalation_app.components.articles import beside_ticket
from escalation_app.components.base import PageOfElement, negate, text_of, when
from escalation_app.components.blank import error_page
from escalation_app.components.clocks import clocks
from escalation_app.components.composer import also_here, composer
from escalation_app.components.contacts import contact_dialog, contacts_part
from escalation_app.components.conversation import conversation
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    refusal,
    select_field,
    text_field,
)
from escalation_app.components.escalate import escalate_dialog
from escalation_app.components.facts import (
    ghost_ticket,
    ticket_aside,
    ticket_columns,
    ticket_dock,
    ticket_head,
    ticket_phone_tabs,
)
from escalation_app.components.fields import fields_dialog, fields_part
from escalation_app.components.grading import grading_dialog
from escalation_app.components.links import goes_on_bar
from escalation_app.components.marks import button, button_link
from escalation_app.components.path import path_lane
from escalation_app.components.related import related
from escalation_app.components.replies import macro_dialog, reply_menus
from escalation_app.components.resolution import resolution_dialog
from escalation_app.components.triage import request_bar, triage_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.pages.ticket_links import (
    has_more,
    link_dialogs,
    linked,
    menu_item,
    more_items,
    more_menu,
)
from escalation_app.pages.ticket_own import (
    next_button,
    phone_items,
    put_off_button,
    put_off_mark,
    put_off_menu,
    tags_part,
)
from escalation_app.state.articles import TicketArticlesState
from escalation_app.state.contacts import ContactState
from escalation_app.state.escalate import EscalateState
from escalation_app.state.fields import FieldsState
from escalation_app.state.grading import GradingState
from escalation_app.state.mentions import MentionState
from escalation_app.state.reopening import ReopenState
from escalation_app.state.resolution import ResolutionState
from escalation_app.state.ticket import TicketState
from escalation_app.state.triage import TriageState


def ticket() -> rx.Component:
    state = TicketState
    return staff_shell(
        when(
            state.is_missing,
            _missing(),
            rx.fragment(
                PageOfElement.create(
                    of=state.page.head.ref,
                    heading=state.page.head.ref + " " + state.page.head.subject,
                ),
                ghost_ticket(),
                ticket_head(
                    state.page.head,
                    *_actions(),
                    back=(state.back_words, state.back_url),
                    marks=(put_off_mark(),),
                    onward=next_button(),
                ),
                request_bar(
                    state.page.request,
                    state.page.may.can_triage,
                    on_answer=TriageState.open_dialog(state.page.head.ref),
                ),
                goes_on_bar(state.page.goes_on_in),
                ticket_phone_tabs(state.page),
                ticket_columns(
                    path_lane(state.page.path, on_acknowledge=lambda _key: state.acknowledge()),
                    conversation(state.page, _composer(), on_earlier=state.show_earlier),
                    ticket_aside(
                        state.page,
                        clocks(state.page),
                        fields_part(state.page, on_fill=FieldsState.open_dialog),
                        contacts_part(
                            state.page,
                            on_log=ContactState.open_dialog,
                            on_take_back=ContactState.take_back,
                        ),
                        linked(),
                        tags_part(),
                        beside_ticket(TicketArticlesState.found, TicketArticlesState.draft),
                        related(state.related, state.page.head.customer),
                        on_grade=GradingState.open_dialog,
                    ),
                ),
                _dock(),
                put_off_menu(),
                link_dialogs(),
                _assign_dialog(),
                macro_dialog(
                    state.dialog == "macro",
                    state.page.head,
                    state.macro,
                    on_close=state.close_dialog,
                    on_run=state.run_macro,
                    error=state.dialog_error,
                    form_key=state.form,
                ),
                _resolve_dialog(),
                _escalate_dialog(),
                grading_dialog(
                    GradingState.is_open,
                    state.page.head,
                    GradingState.choices,
                    GradingState.preview,
                    (GradingState.impact, GradingState.urgency, GradingState.severity),
                    on_choose=(
                        GradingState.choose_impact,
                        GradingState.choose_urgency,
                        GradingState.choose_severity,
                    ),
                    on_close=GradingState.close_dialog,
                    on_grade=GradingState.grade,
                    error=GradingState.error,
                    form_key=GradingState.form,
                ),
                contact_dialog(
                    ContactState.is_open,
                    state.page.head,
                    ContactState.kinds,
                    ContactState.with_whom,
                    ContactState.began,
                    on_close=ContactState.close_dialog,
                    on_log=ContactState.log,
                    error=ContactState.error,
                    form_key=ContactState.form,
                ),
                fields_dialog(
                    FieldsState.is_open,
                    state.page.head,
                    FieldsState.fields,
                    on_close=FieldsState.close_dialog,
                    on_fill=FieldsState.fill,
                    error=FieldsState.error,
                    form_key=FieldsState.form,
                ),
                resolution_dialog(
                    ResolutionState.is_open,
                    state.page.head,
                    ResolutionState.asked,
                    on_close=ResolutionState.close_dialog,
                    on_resolve=ResolutionState.resolve,
                    error=ResolutionState.error,
                    form_key=ResolutionState.form,
                ),
                triage_dialog(
                    TriageState.reference,
                    TriageState.is_told,
                    on_close=TriageState.close_dialog,
                    on_triage=TriageState.triage,
                    error=TriageState.error,
                    form_key=TriageState.form,
                ),
            ),
        ),
        main_class="main ticket",
    )


def _missing() -> rx.Component:
    """The same words for a ticket that does not exist and for one that is not open to them."""
    return error_page(
        "That ticket does not exist, or is not open to you.",
        "Nothing is broken and nothing was changed. Perhaps the address was cut short.",
        button_link("Back to the queue", to=TicketState.back_url, kind="primary", name="left"),
    )


def _actions() -> list[rx.Component]:
    state, may = TicketState, TicketState.page.may
    head = state.page.head
    return [
        when(head.case_url != "", button_link("War room", to=head.case_url, name="brief", key="w")),
        when(may.can_take, button("Take", name="user", key="t", on_click=state.take)),
        when(
            may.can_assign,
            button("Assign…", name="user", key="a", keyname="assign", on_click=state.open_assign),
        ),
        when(may.can_resume, button("Resume", name="play", on_click=state.resume)),
        put_off_button(),
        when(_can_begin_to_wait(), _wait_menu()),
        when(has_more(), more_menu()),
        when(may.can_resolve, button("Resolve…", name="check", on_click=_ask_to_resolve())),
        when(
            may.can_reopen,
            button("Reopen…", kind="primary", name="play", on_click=ReopenState.open_dialog),
        ),
        when(may.can_escalate, _escalate_button("e")),
    ]


def _escalate_button(key: str = "") -> rx.Component:
    return button(
        "Escalate",
        kind="primary",
        name="up",
        key=key,
        keyname="escalate" if key else "",
        on_click=EscalateState.open_dialog,
    )


def _ask_to_resolve() -> Any:
    """An escalated ticket is held to criteria, and has a dialog of its own."""
    return rx.cond(
        TicketState.page.may.is_gated, ResolutionState.open_dialog(), TicketState.open_resolve()
    )


def _wait_menu() -> rx.Component:
    state = TicketState
    return rx.fragment(
        button("Wait for…", name="pause", custom_attrs={"popoverTarget": "wait-menu"}),
        rx.el.div(
            menu_item("pause", "The customer", state.wait_for("customer")),
            menu_item("pause", "A supplier", state.wait_for("supplier")),
            id="wait-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
    )


def _composer() -> rx.Component:
    """Reply and note for those who may do both, notes alone for others, else nothing."""
    state = TicketState
    lost = (state.composer == "both") & negate(state.page.may.can_reply)
    error = rx.cond(
        (state.error == "") & lost,
        "A reply is no longer yours to send: "
        + state.page.head.team
        + " has this ticket. Save it as a note.",
        state.error,
    )

    def box(*, can_reply: bool) -> rx.Component:
        return composer(
            state.page,
            on_send=state.send,
            on_keep={"reply": state.keep_reply, "note": state.keep_note},
            on_write=state.write,
            kept={
                "reply": state.kept_reply,
                "note": state.kept_note,
                "mode": state.kept_mode,
                "stamp": state.stamp,
                "insert": state.inserted,
                "at": state.inserted_at,
            },
            offers=reply_menus(
                state.replies,
                state.macros,
                on_offer=state.offer_replies,
                on_insert=state.insert_reply,
                on_macro=state.open_macro,
            ),
            draft=state.draft,
            names=text_of(MentionState.names),
            on_offer_names=MentionState.offer,
            error=error,
            is_overtaken=state.is_overtaken,
            can_reply=can_reply,
        )

    return rx.fragment(
        also_here(state.also_here),
        rx.match(
            state.composer,
            ("both", box(can_reply=True)),
            ("notes", box(can_reply=False)),
            rx.fragment(),
        ),
    )


def _dock() -> rx.Component:
    """On a phone: write, everything else, escalate."""
    may = TicketState.page.may
    return ticket_dock(
        when(
            TicketState.composer != "",
            button("Write", name="reply", custom_attrs={"data-focuses": "#composer .box textarea"}),
        ),
        button("More", name="dots", custom_attrs={"popoverTarget": "more-menu"}),
        _more_menu(),
        when(may.can_escalate, _escalate_button()),
    )


def _more_menu() -> rx.Component:
    state, may = TicketState, TicketState.page.may
    items = (
        (may.can_take, "user", "Take", state.take),
        (may.can_assign, "user", "Assign…", state.open_assign),
        (may.can_resume, "play", "Resume", state.resume),
        (_can_begin_to_wait(), "pause", "Wait for the customer", state.wait_for("customer")),
        (_can_begin_to_wait(), "pause", "Wait for a supplier", state.wait_for("supplier")),
        (may.can_resolve, "check", "Resolve…", _ask_to_resolve()),
        (may.can_reopen, "play", "Reopen…", ReopenState.open_dialog()),
    )
    return rx.el.div(
        *[when(may_do, menu_item(name, words, act)) for may_do, name, words, act in items],
        *phone_items(),
        *more_items(),
        id="more-menu",
        class_name="menu",
        custom_attrs={"popover": "auto", "data-beside": "under"},
    )


def _can_begin_to_wait() -> Any:
    may = TicketState.page.may
    return may.can_wait & negate(may.can_resume)


def _escalate_dialog() -> rx.Component:
    state = EscalateState
    return escalate_dialog(
        state.is_open,
        TicketState.page.head,
        state.choices,
        state.kind,
        state.to,
        on_choose=state.choose_kind,
        on_person=state.choose_person,
        on_close=state.close_dialog,
        on_escalate=state.escalate,
        error=state.error,
        form_key=state.form,
    )


def _assign_dialog() -> rx.Component:
    state = TicketState
    return dialog(
        state.dialog == "assign",
        rx.fragment("Who takes ", state.page.head.ref, "?"),
        rx.el.div(
            select_field(
                state.page.head.team,
                "assignee",
                state.people,
                value=state.assignee,
                hint="The one with the fewest open tickets is proposed. They are told at once.",
            ),
            refusal(state.dialog_error),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(
            rx.fragment("Assign ", state.page.head.ref), state.close_dialog, name="user"
        ),
        under=state.page.head.subject,
        on_submit=state.assign,
        form_key=state.form,
        name="assign",
    )


def _resolve_dialog() -> rx.Component:
    state = TicketState
    return dialog(
        state.dialog == "resolve",
        rx.fragment("Resolve ", state.page.head.ref),
        rx.el.div(
            text_field(
                "What the customer reads, if anything",
                "message",
                rows=5,
                is_required=False,
                is_first=True,
                hint=rx.fragment(
                    state.page.head.customer,
                    " is told that it is resolved. An answer of theirs reopens it.",
                ),
            ),
            refusal(state.dialog_error),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(
            rx.fragment("Resolve ", state.page.head.ref), state.close_dialog, name="check"
        ),
        under=state.page.head.subject,
        on_submit=state.resolve,
        form_key=state.form,
        name="resolve",
    )
