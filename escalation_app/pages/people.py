"""People and their roles, read-only."""

import reflex as rx

from escalation_app.components.base import count_of, when
from escalation_app.components.blank import nothing_matches
from escalation_app.components.chips import search_box
from escalation_app.components.people import page_foot, people_table
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.admin import PeopleState


def people() -> rx.Component:
    state, page = PeopleState, PeopleState.page
    return staff_shell(
        title_bar("People", words=rx.fragment(page.everybody, " with an account")),
        rx.el.div(
            search_box(
                "",
                state.look_for.debounce(250),
                label="Search people and organisations",
                max_length=100,
            ),
            class_name="bar",
        ),
        when(
            state.is_loaded & (count_of(page.rows) == 0),
            nothing_matches(page.everybody),
            people_table(page.rows, is_loading=~state.is_loaded),
        ),
        page_foot(page, page.total, state.turn),
    )
