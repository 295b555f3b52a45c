"""The parts of the queue's page about views that are kept."""

from typing import Any

import reflex as rx

from escalation_app.components.base import when
from escalation_app.components.dialog import dialog, dialog_buttons, select_field, text_field
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.state.queue import QueueState
from escalation_app.state.queue_views import QueueViewsState


def saved_view_buttons() -> tuple[rx.Component, ...]:
    """Beside the title: keep what is shown, or what can be done with the view that is open."""
    state, saved = QueueViewsState, QueueState.saved
    return (
        when(
            saved.is_changed & saved.is_mine,
            button(
                "Save changes", name="check", class_name="wide-only", on_click=state.keep_changes
            ),
        ),
        when(
            saved.key == "",
            button("Save view", name="star", class_name="wide-only", on_click=state.open_save),
            _view_menu(),
        ),
    )


def _view_menu() -> rx.Component:
    state, saved = QueueViewsState, QueueState.saved
    return rx.fragment(
        button(
            "View",
            name="star",
            aria_label="What to do with this view",
            custom_attrs={"popoverTarget": "view-menu"},
        ),
        rx.el.div(
            rx.el.div(
                rx.el.b(saved.name, class_name="b"),
                rx.el.p(
                    rx.cond(
                        saved.owner != "",
                        "Shared by " + saved.owner,
                        rx.cond(saved.shared_with != "", "Yours, and shared", "Yours alone"),
                    ),
                    rx.cond(saved.is_changed, ". Changed since it was opened", ""),
                ),
                class_name="head",
            ),
            when(saved.is_changed, _item("history", "Back to what it holds", state.back_to_saved)),
            when(
                saved.is_changed & saved.is_mine,
                _item("check", "Save changes", state.keep_changes),
            ),
            _item("plus", "Save as another view", state.open_save),
            _item(
                "star",
                rx.cond(saved.is_default, "Begin with the plain queue", "Begin with this view"),
                state.begin_here,
            ),
            when(saved.is_mine, _item("sliders", "Rename or share", state.open_rename)),
            when(saved.is_mine, _item("x", "Delete", state.delete_view)),
            id="view-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
    )


def _item(name: str, words: Any, act: Any) -> rx.Component:
    return rx.el.button(
        icon(name), words, type="button", class_name="item", data_closes="true", on_click=act
    )


def saved_view_dialog() -> rx.Component:
    """The dialog that asks for a view's name, and with whom it is shared."""
    state, saved = QueueViewsState, QueueState.saved
    is_new = state.dialog == "save"
    return dialog(
        state.dialog != "",
        rx.cond(is_new, "Save this view", "Rename or share " + saved.name),
        rx.el.div(
            text_field(
                "Name",
                "name",
                value=rx.cond(is_new, "", saved.name),
                max_length=60,
                is_first=True,
            ),
            select_field(
                "Who sees it",
                "shared_with",
                state.sharing,
                value=rx.cond(is_new, "", saved.shared_with),
                hint="It keeps the filters, the search, the order and the columns.",
            ),
            when(
                state.error != "",
                rx.el.p(icon("info", "sm"), state.error, class_name="refused", role="alert"),
            ),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons(
            rx.cond(is_new, "Save view", "Save"), state.close_dialog, name="star"
        ),
        on_submit=state.submit,
        form_key=state.form,
        name="view",
    )
