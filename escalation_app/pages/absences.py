"""Who is away, and a form to say so."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, each, form, when
from escalation_app.components.dialog import instant_field, refusal, select_field, text_field
from escalation_app.components.marks import avatar, button, tag
from escalation_app.components.table import title_bar
from escalation_app.components.time_left import local_time
from escalation_app.pages.shell import staff_shell
from escalation_app.state.absences import AbsenceState


def absences() -> rx.Component:
    state = AbsenceState
    return staff_shell(
        title_bar("Away", words="path steps, obligations and notices go to who stands in"),
        rx.el.div(
            rx.el.div(
                _list("You", state.page.mine, "You are not away, and will not be."),
                _list("Others", state.page.others, "Nobody else is away, or will be."),
            ),
            _form(),
            class_name="war work",
        ),
    )


def _list(title: str, rows: Any, nothing: str) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            title,
            when(count_of(rows) > 0, rx.el.span(count_of(rows), class_name="f")),
            class_name="sec rule",
        ),
        when(
            count_of(rows) > 0,
            rx.el.ul(each(rows, _line), class_name="led"),
            when(AbsenceState.is_loaded, rx.el.p(nothing, class_name="note-line")),
        ),
        aria_label=title,
    )


def _line(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            avatar(row.person.initials),
            rx.el.b(
                row.person.name,
                rx.el.span(" ", row.person.hint, class_name="f"),
            ),
            when(row.is_now, tag("away now", is_new=True)),
            when(
                row.can_end,
                button(
                    when(row.is_now, "Back now", "Call off"),
                    rx.el.span(": ", row.person.name, class_name="sr"),
                    class_name="short",
                    on_click=AbsenceState.end(row.key),
                ),
            ),
            class_name="top",
        ),
        rx.el.p(
            local_time(row.from_at),
            " to ",
            local_time(row.until_at),
            ". ",
            when(
                row.substitute != "",
                rx.el.span(row.substitute, " stands in."),
                rx.el.span("Nobody stands in.", class_name="doubt"),
            ),
            when(row.note != "", rx.el.span(" ", row.note)),
        ),
        key=row.key,
    )


def _form() -> rx.Component:
    state = AbsenceState
    return rx.el.section(
        rx.el.h2("Say who is away", class_name="sec rule"),
        form(
            select_field("Who", "person", state.page.people, value=state.page.me),
            instant_field("From", "since", at=state.now),
            instant_field("Until", "until"),
            select_field(
                "Who stands in",
                "substitute",
                state.page.substitutes,
                hint="What is given from then on goes to them. What was given before stays.",
            ),
            text_field("Note", "note", is_required=False, max_length=200, hint="If any."),
            refusal(state.error),
            rx.el.div(button("Save", kind="primary", name="check", submits=True)),
            on_submit=state.set_absence,
            key=state.form,
            class_name="form absence",
        ),
        aria_label="Say who is away",
    )
