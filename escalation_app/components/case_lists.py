"""What people owe to a case and what is promised to its customer, as lists with their acts."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar
from escalation_app.components.time_left import local_time, time_ago, time_left


def text_button(words: str, about: Any, on_click: Handler, name: str = "") -> Component:
    """A small act in a row; those who hear it hear what it is about."""
    return rx.el.button(
        *([icon(name, "sm")] if name else []),
        words,
        rx.el.span(": ", about, class_name="sr"),
        type="button",
        class_name="act",
        on_click=on_click,
    )


def duty_acts(
    row: Any,
    *,
    on_accept: Handler,
    on_done: Handler,
    on_reason: Handler,
    on_nudge: Handler,
) -> Component:
    """What the reader may do about a ``DutyRow``; each handler takes its number."""
    return rx.el.span(
        when(row.can_nudge, text_button("Nudge", row.text, on_nudge(row.number), "bell")),
        when(row.can_accept, text_button("Accept", row.text, on_accept(row.number))),
        when(row.can_do, text_button("Done", row.text, on_done(row.number))),
        when(
            row.can_do & (row.state != "blocked"),
            text_button("Blocked…", row.text, on_reason("block", row.number)),
        ),
        when(row.can_release, text_button("Release…", row.text, on_reason("release", row.number))),
        when(
            row.nudged_at != "",
            rx.el.span("reminded ", time_ago(row.nudged_at), " ago", class_name="f"),
        ),
        class_name="acts",
    )


def _duty(row: Any, **handlers: Handler) -> Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                avatar(row.person.initials),
                rx.el.span(
                    rx.el.span(row.person.name, class_name="cut blk"),
                    rx.el.small(
                        row.person.hint,
                        when(row.role != "", rx.el.span(", ", row.role)),
                        when(row.place != "", rx.el.span(", ", row.place)),
                        class_name="cut",
                    ),
                    class_name="grow",
                ),
                class_name="row",
            ),
            class_name="o1",
        ),
        rx.el.td(
            rx.el.span(row.text, class_name="what"),
            when(row.note != "", rx.el.small(row.note)),
            duty_acts(row, **handlers),
            class_name="o2",
        ),
        rx.el.td(
            time_left(row.time_left),
            when(
                row.due_at != "",
                rx.el.small("due ", local_time(row.due_at)),
            ),
            class_name="o3",
        ),
        key=row.key,
        data_row=row.key,
        class_name="duty " + row.state,
    )


def team_section(page: Any, action: Component, **handlers: Handler) -> Component:
    """The team of a ``CasePage``: who owes what, by when, and how it stands."""
    return rx.el.section(
        rx.el.h2(
            "Team and obligations",
            rx.el.span(page.duty_words, class_name="f"),
            rx.el.span(action, class_name="end"),
            class_name="sec",
        ),
        when(
            count_of(page.duties) > 0,
            rx.el.table(
                rx.el.caption("Who owes what, by when", class_name="sr"),
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("Person, department", class_name="o1"),
                        rx.el.th("Obligation", class_name="o2"),
                        rx.el.th("Due, state", class_name="o3"),
                    )
                ),
                rx.el.tbody(each(page.duties, lambda row: _duty(row, **handlers))),
                class_name="tbl ob",
            ),
            rx.el.p(
                "Nobody owes anything to this case yet. Ask somebody for what is missing.",
                class_name="note-line",
            ),
        ),
        aria_label="Team and obligations",
    )


# Promises --------------------------------------------------------------------------------------


def promise_item(
    line: Any, *, on_keep: Handler, on_renegotiate: Handler, shows_case: bool = False
) -> Component:
    """A ``PromiseLine``; each handler takes its number, and with ``shows_case`` its ticket too."""
    about = [line.ref, line.number] if shows_case else [line.number]
    return rx.el.li(
        rx.el.div(rx.el.b(line.text), time_left(line.time_left), class_name="top"),
        rx.el.p(
            *([link(line.ref, to=line.url), ", ", line.customer, ". "] if shows_case else []),
            "By ",
            line.owner,
            ", for ",
            when(
                line.moved_from != "",
                rx.el.span(rx.el.s(local_time(line.moved_from)), " "),
            ),
            local_time(line.due_at),
            ". ",
            when(
                line.moved_why != "",
                rx.el.span("Moved: ", line.moved_why, class_name="line-of"),
            ),
            when(
                line.doubts != "",
                rx.el.span(
                    "Check: ",
                    line.doubts,
                    " Made all the same: ",
                    line.override,
                    class_name="doubt line-of",
                ),
                rx.el.span("Checked: nothing spoke against it.", class_name="f"),
            ),
        ),
        rx.el.span(
            when(line.can_keep, text_button("Kept", line.text, on_keep(*about))),
            when(
                line.can_renegotiate,
                text_button("Renegotiate…", line.text, on_renegotiate(*about)),
            ),
            class_name="acts",
        ),
        key=line.key,
        data_row=line.key,
    )


def promise_section(page: Any, action: Component, **handlers: Handler) -> Component:
    """The promises of a ``CasePage``, and how often such promises are kept."""
    return rx.el.section(
        rx.el.h2(
            "Promises",
            rx.el.span(page.promise_words, class_name="f"),
            rx.el.span(action, class_name="end"),
            class_name="sec",
        ),
        when(
            count_of(page.promises) > 0,
            rx.el.ul(
                each(page.promises, lambda line: promise_item(line, **handlers)), class_name="led"
            ),
            rx.el.p("Nothing is promised besides the targets.", class_name="note-line"),
        ),
        when(
            count_of(page.kept) > 0,
            rx.fragment(
                rx.el.h2("Kept, 90 days", class_name="sec rule"),
                rx.el.dl(
                    each(
                        page.kept,
                        lambda rate: rx.fragment(
                            rx.el.dt(rate.name), rx.el.dd(rate.words), key=rate.name
                        ),
                    ),
                    class_name="facts kept",
                ),
            ),
        ),
        aria_label="Promises",
    )
