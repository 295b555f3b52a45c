"""A customer's tickets; a lead's are all of their organisation's."""

import reflex as rx

from escalation_app.components.base import count_of, when
from escalation_app.components.blank import all_done, nothing_yet
from escalation_app.components.marks import button_link
from escalation_app.components.problems import problem_pages, problem_views, problems, problems_head
from escalation_app.pages.shell import customer_shell
from escalation_app.state.customer import CustomerListState

NEW = "/mine/new"


def mine() -> rx.Component:
    state, page = CustomerListState, CustomerListState.page
    return customer_shell(
        problems_head(page, to_new=NEW),
        problem_views(page, state.choose),
        when(count_of(page.rows) > 0, problems(page.rows)),
        when(
            page.empty == "nothing_yet",
            nothing_yet(
                "When something does not work, tell us. Here you see where it stands.",
                button_link("New ticket", to=NEW, name="plus"),
            ),
        ),
        when(page.empty == "nothing_here", all_done("No ticket is in this list.")),
        problem_pages(page, state.turn),
        is_single=True,
    )
