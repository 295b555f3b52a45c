"""The parts of the queue's page about the chosen rows."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, when
from escalation_app.components.dialog import dialog, dialog_buttons, select_field, text_field
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.components.snooze import snooze_items
from escalation_app.state.queue import QueueState
from escalation_app.state.queue_bulk import QueueBulkState

ALL = "Select all on this page, or none"


def bulk_buttons() -> tuple[rx.Component, ...]:
    """What can be done with the chosen rows."""
    state = QueueBulkState
    return (
        # On a phone the table has no head to choose all rows in.
        button("All", aria_label=ALL, class_name="phone-only", on_click=QueueState.choose_all),
        button(
            "Assign to me",
            name="user",
            key="a",
            keyname="assign the selected to me",
            on_click=state.take_chosen,
        ),
        button(
            "Assign…",
            key="A",
            keyname="assign the selected to somebody",
            on_click=state.open_assign,
        ),
        button("Status", name="pause", custom_attrs={"popoverTarget": "status-menu"}),
        rx.el.div(
            _item("play", "In progress", state.set_status("open")),
            _item("pause", "Wait for the customer", state.set_status("waiting_customer")),
            _item("pause", "Wait for a supplier", state.set_status("waiting_supplier")),
            id="status-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
        button("Put off", name="clock", custom_attrs={"popoverTarget": "put-off-menu"}),
        rx.el.div(
            *snooze_items(state.put_off),
            id="put-off-menu",
            class_name="menu",
            custom_attrs={"popover": "auto", "data-beside": "under"},
        ),
        button("Tag…", name="star", key="l", keyname="tag the selected", on_click=state.open_tag),
    )


def _item(name: str, words: str, act: Any) -> rx.Component:
    return rx.el.button(
        icon(name), words, type="button", class_name="item", data_closes="true", on_click=act
    )


def bulk_dialogs() -> rx.Component:
    """The dialogs about the chosen rows."""
    state = QueueBulkState
    count = count_of(QueueState.chosen)
    tickets = rx.cond(count == 1, "1 ticket", count.to_string() + " tickets")
    return rx.fragment(
        dialog(
            state.dialog == "assign",
            rx.fragment("Who takes ", tickets, "?"),
            rx.el.div(
                select_field(
                    "Assignee", "assignee", state.people, hint="They are told of each at once."
                ),
                _refused(),
                class_name="d-plain",
            ),
            on_close=state.close_dialog,
            footer=dialog_buttons(rx.fragment("Assign ", tickets), state.close_dialog, name="user"),
            on_submit=state.assign,
            form_key=state.form,
            name="assign-chosen",
        ),
        dialog(
            state.dialog == "tag",
            rx.fragment("Tag ", tickets),
            rx.el.div(
                text_field(
                    "Put on",
                    "added",
                    is_required=False,
                    is_first=True,
                    max_length=300,
                    hint="Commas part tags: vip, night shift.",
                ),
                when(
                    count_of(state.tags) > 0,
                    rx.el.div(
                        rx.el.label("Take off", html_for="field-removed", class_name="lab"),
                        rx.el.select(
                            rx.el.option("Nothing", value=""),
                            rx.foreach(
                                state.tags, lambda one: rx.el.option(one.label, value=one.value)
                            ),
                            id="field-removed",
                            name="removed",
                            class_name="input",
                        ),
                        class_name="field",
                    ),
                ),
                _refused(),
                class_name="d-plain",
            ),
            on_close=state.close_dialog,
            footer=dialog_buttons(rx.fragment("Tag ", tickets), state.close_dialog, name="star"),
            on_submit=state.tag,
            form_key=state.form,
            name="tag-chosen",
        ),
    )


def _refused() -> rx.Component:
    error = QueueBulkState.error
    return when(error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert"))
