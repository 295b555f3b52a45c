"""What people owe to a case and what is promised to its customer, as lists with their acts."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar
from escalation_app.components.time_left import local_time, time_ago, time_left

RowHandler = Callable[[Any], Handler]
"""Makes the handler of a row's button."""


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
    on_accept: RowHandler,
    on_done: RowHandler,
    on_block: RowHandler,
    on_release: RowHandler | None = None,
    on_nudge: RowHandler | None = None,
) -> Component:
    """What the reader may do about a ``DutyRow``; each handler is made for the row."""
    acts: list[Any] = []
    if on_nudge is not None:
        acts.append(when(row.can_nudge, text_button("Nudge", row.text, on_nudge(row), "bell")))
    acts += [
        when(row.can_accept, text_button("Accept", row.text, on_accept(row))),
        when(row.can_do, text_button("Done", row.text, on_done(row))),
        when(
            row.can_do & (row.state != "blocked"),
            text_button("Blocked…", row.text, on_block(row)),
        ),
    ]
    if on_release is not None:
        acts.append(when(row.can_release, text_button("Release…", row.text, on_release(row))))
    reminded = rx.el.span("reminded ", time_ago(row.nudged_at), " ago", class_name="f")
    return rx.el.span(*acts, when(row.nudged_at != "", reminded), class_name="acts")


def _note(row: Any) -> Component:
    """How it stands, and why; that it is blocked stands out."""
    return when(
        row.state == "blocked",
        rx.el.small(icon("over", "sm"), row.note, class_name="is-blocked row"),
        when(row.note != "", rx.el.small(row.note)),
    )


def _duty(row: Any, **handlers: RowHandler) -> Component:
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
                    ),
                    class_name="grow",
                ),
                class_name="row",
            ),
            class_name="o1",
        ),
        rx.el.td(
            rx.el.span(row.text, class_name="what"),
            _note(row),
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


def team_section(page: Any, action: Component, **handlers: RowHandler) -> Component:
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
                "Nobody owes anything to this case yet.",
                when(page.may.can_oblige, " Ask somebody for what is missing."),
                class_name="note-line",
            ),
        ),
        aria_label="Team and obligations",
    )


# Promises --------------------------------------------------------------------------------------


def promise_item(
    line: Any,
    *,
    on_keep: RowHandler,
    on_renegotiate: RowHandler | None = None,
    shows_case: bool = False,
) -> Component:
    """A ``PromiseLine``, with its case among those of others; each handler is made for it."""
    acts = [when(line.can_keep, text_button("Kept…", line.text, on_keep(line)))]
    if on_renegotiate is not None:
        acts.append(
            when(
                line.can_renegotiate,
                text_button("Renegotiate…", line.text, on_renegotiate(line)),
            )
        )
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
        rx.el.span(*acts, class_name="acts"),
        key=line.key,
        data_row=line.key,
    )


def promise_section(
    page: Any, action: Component, *, on_keep: RowHandler, on_renegotiate: RowHandler
) -> Component:
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
                each(
                    page.promises,
                    lambda line: promise_item(line, on_keep=on_keep, on_renegotiate=on_renegotiate),
                ),
                class_name="led",
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


# One's own work --------------------------------------------------------------------------------


def _my_duty(row: Any, **handlers: RowHandler) -> Component:
    return rx.el.tr(
        rx.el.td(
            time_left(row.time_left),
            when(row.due_at != "", rx.el.small("due ", local_time(row.due_at))),
            class_name="o1",
        ),
        rx.el.td(
            rx.el.span(row.text, class_name="what"),
            rx.el.small(
                row.person.name,
                when(row.place != "", rx.el.span(" ", row.place)),
                when((row.note != "") & (row.state != "blocked"), rx.el.span(". ", row.note)),
            ),
            when(row.state == "blocked", _note(row)),
            duty_acts(row, **handlers),
            class_name="o2",
        ),
        rx.el.td(
            link(row.subject, to=row.url, class_name="sub cut blk", title=row.subject),
            rx.el.small(row.ref),
            class_name="o3",
        ),
        key=row.key,
        data_row=row.key,
        class_name="duty " + row.state,
    )


def my_duties(rows: Any, **handlers: RowHandler) -> Component:
    """``DutyRow``s of one person, on all cases, the soonest due first."""
    return rx.el.table(
        rx.el.caption("What you owe, the soonest due first", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Time left", class_name="o1"),
                rx.el.th("To do", class_name="o2"),
                rx.el.th("Case", class_name="o3"),
            )
        ),
        rx.el.tbody(each(rows, lambda row: _my_duty(row, **handlers))),
        class_name="tbl ob own",
    )


def moved_list(items: Any) -> Component:
    """What happened last besides what was said, each ``TimelineItem`` a line with its time."""
    return rx.el.ol(
        each(
            items,
            lambda item: rx.el.li(
                rx.el.span(local_time(item.at), class_name="at"),
                rx.el.span(
                    rx.el.b(item.title, class_name="b"),
                    when(item.text != "", rx.el.span(" ", item.text, class_name="m")),
                ),
                key=item.key,
            ),
        ),
        class_name="feed",
    )
