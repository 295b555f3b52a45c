"""What is done to a ticket less often, and what is about other tickets: a menu and its dialogs."""

from typing import Any

import reflex as rx

from escalation_app.components.base import when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    of_state,
    refusal,
    told_field,
)
from escalation_app.components.icons import icon
from escalation_app.components.links import (
    link_dialog,
    linked_part,
    merge_dialog,
    split_dialog,
)
from escalation_app.components.marks import button
from escalation_app.pages.deescalate import turn_dialog
from escalation_app.state.deescalate import DeescalateState
from escalation_app.state.linking import LinkState
from escalation_app.state.merging import MergeState
from escalation_app.state.reopening import ReopenState
from escalation_app.state.splitting import SplitState
from escalation_app.state.ticket import TicketState


def menu_item(name: str, words: str, act: Any) -> rx.Component:
    """An entry of a menu, which closes with it."""
    return rx.el.button(
        icon(name), words, type="button", class_name="item", data_closes="true", on_click=act
    )


def has_more() -> Any:
    """Whether the reader may do any of what `more_items` offers."""
    may = TicketState.page.may
    return may.can_link | may.can_split | may.can_merge | may.can_deescalate | may.can_reescalate


def more_items() -> list[rx.Component]:
    """What is done less often, as entries of a menu."""
    may, ref = TicketState.page.may, TicketState.page.head.ref
    items = (
        (may.can_merge, "merge", "Merge into…", MergeState.open_dialog()),
        (may.can_link, "merge", "Link to…", LinkState.open_dialog()),
        (may.can_split, "out", "Split…", SplitState.open_dialog()),
        (may.can_deescalate, "down-step", "De-escalate…", DeescalateState.open_dialog(ref)),
        (may.can_reescalate, "up", "Escalate again…", DeescalateState.open_dialog(ref)),
    )
    return [when(may_do, menu_item(name, words, act)) for may_do, name, words, act in items]


def more_menu() -> rx.Component:
    """The button and its menu."""
    return rx.fragment(
        button(
            "More",
            name="dots",
            key="m",
            keyname="more to do",
            custom_attrs={"popoverTarget": "acts-menu"},
        ),
        rx.el.div(
            *more_items(),
            id="acts-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
    )


def link_dialogs() -> rx.Component:
    """All of them, each closed until it is asked for."""
    return rx.fragment(_merge(), _link(), _split(), turn_dialog(), _reopen())


def linked() -> rx.Component:
    """What belongs to the ticket, and the way to more."""
    page = TicketState.page
    return linked_part(
        page.links,
        page.may.can_link,
        on_link=LinkState.open_dialog,
        on_unlink=LinkState.unlink,
    )


def _link() -> rx.Component:
    state = LinkState
    return link_dialog(
        state.is_open,
        TicketState.page.head,
        state.kinds,
        state.choices,
        state.other,
        on_write=state.look_for.debounce(200),
        on_choose=state.choose,
        on_link=state.link,
        **of_state(state),
    )


def _merge() -> rx.Component:
    state = MergeState
    return merge_dialog(
        state.is_open,
        TicketState.page.head,
        state.choices,
        state.into,
        state.preview,
        on_write=state.look_for.debounce(200),
        on_choose=state.choose,
        on_merge=state.merge,
        **of_state(state),
    )


def _split() -> rx.Component:
    state = SplitState
    return split_dialog(
        state.is_open,
        TicketState.page.head,
        state.asked,
        on_split=state.split,
        **of_state(state),
    )


def _reopen() -> rx.Component:
    state, head = ReopenState, TicketState.page.head
    return dialog(
        state.is_open,
        rx.fragment("Reopen ", head.ref),
        rx.el.div(
            told_field(head, state.message, state.form),
            refusal(state.error),
            rx.el.p(
                "Its clocks go on with what was left of their time, or a quarter of it.",
                class_name="hint",
            ),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(rx.fragment("Reopen ", head.ref), state.close_dialog, name="play"),
        under=head.subject,
        on_submit=state.reopen,
        form_key=state.form,
        name="reopen",
    )
