"""The queue: tickets of a tier, most pressing first, with the views that narrow it."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, negate, text_of, when
from escalation_app.components.blank import empty_queue
from escalation_app.components.chips import filter_bar, proposed_text, search_box
from escalation_app.components.columns import columns_menu
from escalation_app.components.held_rows import held_rows
from escalation_app.components.table import (
    bulk_bar,
    note_line,
    queue_foot,
    queue_table,
    title_bar,
)
from escalation_app.components.views_rail import views_rail
from escalation_app.pages.queue_bulk import bulk_buttons, bulk_dialogs
from escalation_app.pages.queue_views import saved_view_buttons, saved_view_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.state.base import SessionState
from escalation_app.state.queue import QueueState
from escalation_app.state.queue_views import QueueViewsState

KEYS = (
    ("j k", "move"),
    ("Enter", "open"),
    ("x", "select"),
    ("a", "assign to me"),
    ("/", "search"),
    ("?", "all keys"),
)


def queue() -> rx.Component:
    state = QueueState
    return staff_shell(
        title_bar(state.title, _phone_views(), *saved_view_buttons(), words=state.words),
        filter_bar(
            search_box(state.search, state.look_for.debounce(250), key=state.search_form),
            state.chips,
            state.filters,
            proposed_text(
                "Customer",
                state.customers,
                state.look_for_customer.debounce(200),
                name="customers",
                placeholder="Part of a name",
            ),
            on_set=state.set_filter,
            on_toggle=state.toggle_filter,
            on_remove=state.remove_filter,
            on_clear=state.clear_chips,
            picker=columns_menu(
                state.picker, state.toggle_column, state.move_column, state.usual_columns
            ),
        ),
        bulk_bar(count_of(state.chosen), *bulk_buttons(), on_clear=state.clear_chosen),
        _news(),
        _changed_meanwhile(),
        when(state.page.empty == "", _rows()),
        empty_queue(state.page, state.clear_filters),
        when(state.page.empty == "nothing_matches", _elsewhere()),
        when(
            state.page.empty == "",
            queue_foot(state.page, state.previous_page, state.next_page, keys=KEYS),
        ),
        saved_view_dialog(),
        bulk_dialogs(),
        rail=views_rail(state.groups, on_save=QueueViewsState.open_save),
    )


def _phone_views() -> rx.Component:
    """The rail, where there is no room for it."""
    state = QueueState
    return rx.el.span(
        rx.el.select(
            rx.foreach(
                state.groups,
                lambda group: rx.el.optgroup(
                    rx.foreach(
                        group.views,
                        lambda one: rx.el.option(
                            rx.cond(
                                one.count >= 0,
                                one.name + " (" + one.count.to_string() + ")",
                                one.name,
                            ),
                            value=one.key,
                        ),
                    ),
                    label=group.name,
                ),
            ),
            value=rx.cond(state.saved.key != "", "saved-" + state.saved.key, state.view),
            on_change=state.open_view,
            class_name="input",
            aria_label="View",
        ),
        class_name="phone-only",
    )


def _rows() -> rx.Component:
    state = QueueState

    def table(**picking: object) -> rx.Component:
        return queue_table(
            state.page,
            is_loading=negate(state.is_loaded),
            columns=state.columns,
            on_sort=state.sort_by,
            **picking,  # type: ignore[arg-type]
        )

    roles: Any = SessionState.roles
    takes = roles.contains("agent") | roles.contains("manager")
    return held_rows(
        when(
            takes,
            table(chosen=state.chosen, on_choose=state.choose, on_choose_all=state.choose_all),
            table(),
        ),
        on_hold=state.hold,
        on_let_go=state.let_go,
    )


def _news() -> rx.Component:
    state = QueueState
    return when(
        state.news > 0,
        rx.el.div(
            note_line(
                rx.el.span(
                    state.news, " changed while you are in the list. ", class_name="news-words"
                ),
                rx.el.button("Show", type="button", class_name="why", on_click=state.show_news),
            ),
            role="status",
        ),
    )


def _changed_meanwhile() -> rx.Component:
    """How many of the rows have changed since the reader last saw them."""
    state = QueueState
    return when(
        state.changed > 0,
        note_line(
            rx.el.span(
                rx.cond(state.changed == 1, "1 ticket", text_of(state.changed) + " tickets"),
                " here changed since you last saw ",
                rx.cond(state.changed == 1, "it. ", "them. "),
            ),
            rx.el.button(
                "Mark all as seen", type="button", class_name="why", on_click=state.saw_everything
            ),
            name="eye",
        ),
    )


def _elsewhere() -> rx.Component:
    state = QueueState
    return when(
        (state.search != "") & ((count_of(state.chips) > 1) | (state.view != "open")),
        note_line(
            rx.el.button(
                "Search the open tickets of every tier",
                type="button",
                class_name="why",
                on_click=state.search_everywhere,
            ),
            name="search",
        ),
    )
