"""One's own work: what I owe, have promised, am asked for and lead."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, each, link, when
from escalation_app.components.blank import all_done
from escalation_app.components.case_lists import my_duties, promise_item
from escalation_app.components.dialog import dialog, dialog_buttons, text_field
from escalation_app.components.marks import button
from escalation_app.components.preventions import move_dialog, prevention_item
from escalation_app.components.table import title_bar
from escalation_app.components.time_left import time_ago, time_left
from escalation_app.pages.keeping import keep_dialog
from escalation_app.pages.shell import staff_shell
from escalation_app.state.keeping import KeepingState
from escalation_app.state.preventions import PreventionsState
from escalation_app.state.work import WorkState


def work() -> rx.Component:
    state = WorkState
    return staff_shell(
        title_bar(
            "My work",
            when(
                state.page.stands_in != "",
                rx.el.span("You stand in for ", state.page.stands_in, class_name="m"),
            ),
            words=state.page.words,
        ),
        rx.el.div(
            rx.el.div(_duties(), _promises(), _preventions()),
            rx.el.div(_asked(), _cases()),
            class_name="war work",
        ),
        _blocked_dialog(),
        keep_dialog(),
        move_dialog(
            PreventionsState.moving != "",
            PreventionsState.subject,
            PreventionsState.due,
            on_close=PreventionsState.close_dialog,
            on_move=PreventionsState.move,
            error=PreventionsState.error,
            form_key=PreventionsState.form,
        ),
    )


def _section(title: str, rows: Any, shown: rx.Component, nothing: str) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            title,
            when(count_of(rows) > 0, rx.el.span(count_of(rows), class_name="f")),
            class_name="sec rule",
        ),
        when(
            count_of(rows) > 0,
            shown,
            when(WorkState.is_loaded, rx.el.p(nothing, class_name="note-line")),
        ),
        aria_label=title,
    )


def _duties() -> rx.Component:
    state = WorkState
    return rx.el.section(
        rx.el.h2(
            "To do",
            when(
                count_of(state.page.duties) > 0,
                rx.el.span(count_of(state.page.duties), class_name="f"),
            ),
            class_name="sec rule",
        ),
        when(
            count_of(state.page.duties) > 0,
            my_duties(
                state.page.duties,
                on_accept=lambda row: state.accept(row.ref, row.number),
                on_done=lambda row: state.finish(row.ref, row.number),
                on_block=lambda row: state.open_blocked(row.ref, row.number),
            ),
            when(
                state.is_loaded,
                when(
                    count_of(state.page.asked) > 0,
                    rx.el.p(
                        "You owe nothing, but are asked to acknowledge.",
                        class_name="note-line",
                    ),
                    all_done("Nobody waits for anything from you."),
                ),
            ),
        ),
        aria_label="To do",
    )


def _promises() -> rx.Component:
    state = WorkState
    return _section(
        "Promised to customers",
        state.page.promises,
        rx.el.ul(
            each(
                state.page.promises,
                lambda line: promise_item(
                    line,
                    on_keep=lambda made: KeepingState.open_dialog(made.ref, made.number),
                    shows_case=True,
                ),
            ),
            class_name="led",
        ),
        "You have promised nothing that is still open.",
    )


def _preventions() -> rx.Component:
    acts = PreventionsState
    return when(
        count_of(WorkState.page.preventions) > 0,
        _section(
            "So that it does not come back",
            WorkState.page.preventions,
            rx.el.ul(
                each(
                    WorkState.page.preventions,
                    lambda line: prevention_item(
                        line,
                        on_done=lambda one: acts.finish(one.ref, one.number),
                        on_move=lambda one: acts.open_move(one.ref, one.number),
                    ),
                ),
                class_name="led",
            ),
            "",
        ),
    )


def _asked() -> rx.Component:
    state = WorkState
    return _section(
        "Asked to acknowledge",
        state.page.asked,
        rx.el.ul(
            each(
                state.page.asked,
                lambda row: rx.el.li(
                    rx.el.div(
                        rx.el.b(link(row.subject, to=row.url, class_name="sub")),
                        button(
                            "Acknowledge",
                            rx.el.span(": ", row.key, class_name="sr"),
                            class_name="short",
                            on_click=state.acknowledge(row.key),
                        ),
                        class_name="top",
                    ),
                    rx.el.p(
                        row.key,
                        ", ",
                        row.customer,
                        ", since ",
                        time_ago(row.since_at),
                        when(row.owner != "", rx.el.span(", owned by ", row.owner), ", no owner"),
                    ),
                    rx.el.p(row.why),
                    key=row.key,
                    data_row=row.key,
                ),
            ),
            class_name="led",
        ),
        "Nothing waits for your acknowledgement.",
    )


def _cases() -> rx.Component:
    state = WorkState
    return _section(
        "Cases I lead",
        state.page.cases,
        rx.el.ul(
            each(
                state.page.cases,
                lambda row: rx.el.li(
                    rx.el.div(
                        rx.el.b(link(row.subject, to=row.url, class_name="sub")),
                        time_left(row.time_left),
                        class_name="top",
                    ),
                    rx.el.p(
                        row.part,
                        ". ",
                        row.key,
                        ", ",
                        row.customer,
                        when(
                            row.owed > 0,
                            rx.el.span(
                                ", ",
                                row.owed,
                                " owed",
                                when(
                                    row.late > 0, rx.el.b(", ", row.late, " late", class_name="b")
                                ),
                            ),
                        ),
                    ),
                    key=row.key,
                    data_row=row.key,
                ),
            ),
            class_name="led",
        ),
        "You own and sponsor no case.",
    )


def _blocked_dialog() -> rx.Component:
    state = WorkState
    return dialog(
        state.blocking != "",
        "What blocks it?",
        rx.el.div(
            text_field(
                "What is in the way",
                "reason",
                rows=3,
                is_first=True,
                max_length=2000,
                hint="Everybody in the case reads it.",
            ),
            class_name="d-plain",
        ),
        on_close=state.close_dialog,
        footer=dialog_buttons("Say it is blocked", state.close_dialog, name="check"),
        under=state.subject,
        on_submit=state.block,
        form_key=state.form,
        name="blocked",
    )
