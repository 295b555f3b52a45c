"""A ticket: its path, its conversation, its clocks and facts, and what can be done with it."""

from typing import Any

import reflex as rx

from escalation_app.components.articles import beside_ticket
from escalation_app.components.base import PageOfElement, negate, text_of, when
from escalation_app.components.blank import error_page
from escalation_app.components.clocks import clocks
from escalation_app.components.composer import also_here, composer
from escalation_app.components.contacts import contacts_part
from escalation_app.components.conversation import conversation
from escalation_app.components.facts import (
    ghost_ticket,
    ticket_aside,
    ticket_columns,
    ticket_dock,
    ticket_head,
    ticket_phone_tabs,
)
from escalation_app.components.fields import fields_part
from escalation_app.components.icons import icon
from escalation_app.components.links import goes_on_bar
from escalation_app.components.marks import button, button_link
from escalation_app.components.path import path_lane
from escalation_app.components.related import related
from escalation_app.components.replies import reply_menus
from escalation_app.components.triage import request_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.pages.ticket_dialogs import dialogs
from escalation_app.pages.ticket_links import (
    has_more,
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
from escalation_app.state.replies import RepliesState
from escalation_app.state.resolution import ResolutionState
from escalation_app.state.solving import SolveState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_acts import TicketActsState
from escalation_app.state.triage import TriageState
from escalation_app.state.waiting import WaitState


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
                    path_lane(
                        state.page.path, on_acknowledge=lambda _key: TicketActsState.acknowledge()
                    ),
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
                dialogs(),
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
    acts, may = TicketActsState, TicketState.page.may
    head = TicketState.page.head
    return [
        when(head.case_url != "", button_link("War room", to=head.case_url, name="brief", key="w")),
        when(may.can_take, button("Take", name="user", key="t", on_click=acts.take)),
        when(
            may.can_assign,
            button("Assign…", name="user", key="a", keyname="assign", on_click=acts.open_dialog),
        ),
        when(may.can_resume, button("Resume", name="play", on_click=acts.resume)),
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
        TicketState.page.may.is_gated, ResolutionState.open_dialog(), SolveState.open_dialog()
    )


def _wait_menu() -> rx.Component:
    return rx.fragment(
        button("Wait for…", name="pause", custom_attrs={"popoverTarget": "wait-menu"}),
        rx.el.div(
            menu_item("pause", "The customer…", WaitState.open_dialog("waiting_customer")),
            menu_item("pause", "A supplier…", WaitState.open_dialog("waiting_supplier")),
            id="wait-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
    )


def _composer() -> rx.Component:
    """Reply and note for those who may do both, notes alone for others, else nothing."""
    state, replies = TicketState, RepliesState
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
                "insert": replies.inserted,
                "at": replies.inserted_at,
            },
            offers=reply_menus(
                replies.replies,
                replies.macros,
                on_offer=replies.offer,
                on_insert=replies.insert,
                on_macro=replies.open_macro,
            ),
            draft=state.draft,
            names=text_of(MentionState.names),
            on_offer_names=MentionState.offer,
            error=error,
            can_send_anyway=state.is_overtaken | state.has_gap,
            can_reply=can_reply,
        )

    return rx.fragment(
        also_here(state.also_here),
        when(
            (state.composer == "notes") & _is_for_others(),
            rx.el.p(
                icon("info", "sm"),
                state.page.head.team,
                " works on this ticket. You can leave them a note; naming somebody with @ tells"
                " them.",
                class_name="hint theirs",
            ),
        ),
        rx.match(
            state.composer,
            ("both", box(can_reply=True)),
            ("notes", box(can_reply=False)),
            rx.fragment(),
        ),
    )


def _is_for_others() -> Any:
    """Whether the ticket is open, and the reader none of those who work on it."""
    page = TicketState.page
    is_over = (page.head.status == "resolved") | (page.head.status == "closed")
    return negate(page.may.can_wait) & negate(is_over)


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
    acts, may, wait = TicketActsState, TicketState.page.may, WaitState.open_dialog
    items = (
        (may.can_take, "user", "Take", acts.take),
        (may.can_assign, "user", "Assign…", acts.open_dialog),
        (may.can_resume, "play", "Resume", acts.resume),
        (_can_begin_to_wait(), "pause", "Wait for the customer…", wait("waiting_customer")),
        (_can_begin_to_wait(), "pause", "Wait for a supplier…", wait("waiting_supplier")),
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
