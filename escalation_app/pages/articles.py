"""What people of ours have learned from cases: the list, and one article."""

import reflex as rx

from escalation_app.components.articles import (
    article_about,
    article_form,
    article_rows,
    article_text,
)
from escalation_app.components.base import PageOfElement, count_of, text_of, when
from escalation_app.components.blank import error_page, nothing_yet
from escalation_app.components.chips import search_box
from escalation_app.components.facts import ghost_ticket
from escalation_app.components.marks import button, button_link
from escalation_app.components.table import title_bar
from escalation_app.pages.shell import staff_shell
from escalation_app.state.articles import ArticlesState, ArticleState


def articles() -> rx.Component:
    state = ArticlesState
    return staff_shell(
        title_bar("Articles", words=state.page.words),
        rx.el.div(
            search_box("", state.look_for.debounce(200), label="Search articles"),
            class_name="bar",
        ),
        when(
            count_of(state.page.rows) > 0,
            article_rows(state.page.rows),
            when(
                state.is_loaded,
                when(
                    state.page.search != "",
                    rx.el.p("No article has these words.", class_name="note-line"),
                    nothing_yet("Nothing is written down yet. A solved ticket is where to begin."),
                ),
            ),
        ),
    )


def article() -> rx.Component:
    state = ArticleState
    page = state.page
    return staff_shell(
        when(
            state.is_missing,
            error_page(
                "That article does not exist, or is not open to you.",
                "A draft is open to those who write articles.",
                button_link("Articles", to="/articles", kind="primary", name="left"),
            ),
            rx.fragment(
                PageOfElement.create(of=text_of(page.key), heading=page.title),
                ghost_ticket(),
                title_bar(page.title, *_acts()),
                rx.el.div(
                    when(
                        state.is_writing,
                        article_form(
                            page,
                            on_save=state.save,
                            on_stop=state.stop,
                            error=state.error,
                            form_key=state.form,
                        ),
                        article_text(page),
                    ),
                    rx.el.aside(article_about(page), class_name="peek", aria_label="About it"),
                    class_name="cols readable",
                ),
            ),
        ),
    )


def _acts() -> list[rx.Component]:
    state, page = ArticleState, ArticleState.page
    is_read = ~state.is_writing
    return [
        when(
            page.can_change & is_read,
            button("Edit", key="e", on_click=state.begin),
        ),
        when(page.can_delete & is_read, button("Delete", name="x", on_click=state.delete)),
        when(
            page.can_publish & is_read,
            button("Publish", kind="primary", name="check", on_click=state.publish),
        ),
        when(
            page.can_withdraw & is_read,
            button("Make it a draft", on_click=state.withdraw),
        ),
    ]
