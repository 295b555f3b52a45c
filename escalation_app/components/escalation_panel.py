"""What stands at the side of the list of escalations: who is late, or one case in short."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, link_in_place, when
from escalation_app.components.case_lists import moved_list, text_button
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar, button_link, severity
from escalation_app.components.time_left import local_time, sentence, time_ago, time_left

RowHandler = Callable[[Any], Handler]


def who_is_late(rows: Any, case_link: Any, on_nudge: RowHandler) -> Component:
    """``DutyRow``s that are late in the cases of the list, the longest first."""
    return rx.el.aside(
        rx.el.h2(
            "Who is late",
            rx.el.span(count_of(rows), " owed too long", class_name="end f"),
            class_name="sec",
            id="who-is-late",
        ),
        when(
            count_of(rows) > 0,
            rx.el.ul(each(rows, lambda row: _late(row, case_link, on_nudge)), class_name="owed"),
            rx.el.p(
                "Nobody is late with anything. Choose a case to see it here.",
                class_name="note-line",
            ),
        ),
        class_name="peek who-late",
        aria_labelledby="who-is-late",
    )


def _late(row: Any, case_link: Any, on_nudge: RowHandler) -> Component:
    return rx.el.li(
        avatar(row.person.initials),
        rx.el.b(
            row.person.name,
            " ",
            rx.el.span(row.person.hint, class_name="dept"),
            class_name="b cut",
            title=row.person.hint,
        ),
        time_left(row.time_left),
        rx.el.p(row.text, ", ", link_in_place(row.ref, to=case_link + row.ref)),
        _reminding(row, on_nudge),
        key=row.key,
    )


def _reminding(row: Any, on_nudge: RowHandler) -> Component:
    return rx.el.p(
        when(row.can_nudge, text_button("Nudge", row.text, on_nudge(row), "bell")),
        when(
            row.nudged_at != "",
            rx.el.span("reminded ", time_ago(row.nudged_at), " ago", class_name="f"),
        ),
        class_name="acts",
    )


# One case --------------------------------------------------------------------------------------


def case_peek(
    peek: Any, close_url: Any, actions: list[Component], *, on_nudge: RowHandler, on_nudge_all: Any
) -> Component:
    """A ``CasePeek``; ``actions`` are what the reader may do with it."""
    return rx.el.aside(
        _peek_head(peek, close_url),
        when(
            peek.head.is_over,
            rx.el.p(
                icon("info", "sm"), rx.el.span(sentence(peek.head.end)), class_name="note-line"
            ),
        ),
        rx.el.div(*actions, class_name="acts peek-acts"),
        _standing(peek),
        _acknowledging(peek, on_nudge_all),
        _owing(peek, on_nudge),
        _promised(peek),
        _happened(peek),
        class_name="peek",
        aria_label="The case " + peek.head.ref,
        key=peek.head.ref,
    )


def _peek_head(peek: Any, close_url: Any) -> Component:
    head = peek.head
    return rx.el.header(
        rx.el.div(
            severity(head.severity, head.severity_name),
            rx.el.span(head.ref, class_name="ref"),
            rx.el.span(class_name="grow"),
            _close(close_url),
            class_name="row",
        ),
        rx.el.h2(head.subject),
        rx.el.p(head.customer, ", ", peek.plan, ", ", head.requester, class_name="m t12"),
        rx.el.p(
            rx.el.b("Escalated ", local_time(head.escalated_at), class_name="b"),
            ", ",
            head.kind_name,
            ": ",
            head.why,
            class_name="t12 why-line",
        ),
        rx.el.div(
            button_link("Open case", to=peek.url, kind="primary", name="brief"),
            button_link("Ticket", to=head.ticket_url, name="list"),
            class_name="row",
        ),
        class_name="peek-head",
    )


def _close(url: Any) -> Component:
    return link_in_place(
        icon("x"),
        to=url,
        class_name="btn quiet icon short",
        aria_label="Close the case",
        title="Close the case (Esc)",
        data_key="Escape",
        data_keyname="close the case",
    )


def peek_missing(close_url: Any) -> Component:
    """In place of a case that there is not, or that is not open to the reader."""
    return rx.el.aside(
        rx.el.header(
            rx.el.div(
                rx.el.h2("No such case", class_name="grow"), _close(close_url), class_name="row"
            ),
            rx.el.p("It does not exist, was never escalated, or is not open to you."),
            class_name="peek-head",
        ),
        class_name="peek",
        aria_label="The case",
    )


def _standing(peek: Any) -> Component:
    head = peek.head
    return rx.el.dl(
        rx.el.dt("Owner"),
        rx.el.dd(_leader(head.owner, "No owner")),
        rx.el.dt("Sponsor"),
        rx.el.dd(_leader(head.sponsor, "Nobody yet")),
        rx.el.dt("Resolution"),
        rx.el.dd(time_left(head.resolution)),
        rx.el.dt("Next update"),
        rx.el.dd(
            when(
                peek.cadence.time_left.state != "",
                time_left(peek.cadence.time_left),
                when(
                    peek.cadence.last_at != "",
                    rx.el.span("heard from us ", time_ago(peek.cadence.last_at), " ago"),
                    rx.el.span("has not heard from us", class_name="f"),
                ),
            )
        ),
        class_name="facts",
    )


def _leader(mark: Any, nobody: str) -> Component:
    return when(
        mark.name != "",
        rx.fragment(mark.name, rx.el.span(" ", mark.hint, class_name="f t12")),
        rx.el.span(nobody, class_name="f"),
    )


def _acknowledging(peek: Any, on_nudge_all: Any) -> Component:
    """Who has acknowledged it, or who has not."""
    head = peek.head
    nudge = rx.el.p(
        when(
            peek.may.can_nudge,
            text_button("Nudge", "who has not acknowledged", on_nudge_all, "bell"),
        ),
        when(
            head.nudged_at != "",
            rx.el.span("reminded ", time_ago(head.nudged_at), " ago", class_name="f"),
        ),
        class_name="acts inset",
    )
    waiting = rx.el.ul(
        each(
            peek.silent,
            lambda one: rx.el.li(
                avatar(one.initials),
                rx.el.b(one.name, " ", rx.el.span(one.hint, class_name="dept"), class_name="b cut"),
                rx.el.span(),
                key=one.key,
            ),
        ),
        class_name="owed",
    )
    return rx.el.section(
        rx.el.h2(
            when(head.is_acknowledged, "Acknowledged", "Not acknowledged"),
            when(
                head.is_acknowledged,
                rx.el.span(sentence(head.acknowledged), class_name="end f cut"),
            ),
            class_name="sec rule",
        ),
        when(
            ~head.is_acknowledged if isinstance(head.is_acknowledged, rx.Var) else True,
            rx.fragment(
                when(
                    count_of(peek.silent) > 0,
                    waiting,
                    rx.el.p("Nobody has been told yet.", class_name="note-line"),
                ),
                nudge,
            ),
        ),
    )


def _owing(peek: Any, on_nudge: RowHandler) -> Component:
    return rx.el.section(
        rx.el.h2(
            "Who owes what",
            rx.el.span(peek.duty_words, class_name="end f"),
            class_name="sec rule",
        ),
        when(
            count_of(peek.owed) > 0,
            rx.el.ul(each(peek.owed, lambda row: _owes(row, on_nudge)), class_name="owed"),
            rx.el.p("Nothing is owed now.", class_name="note-line"),
        ),
    )


def _owes(row: Any, on_nudge: RowHandler) -> Component:
    return rx.el.li(
        avatar(row.person.initials),
        rx.el.b(
            row.person.name, " ", rx.el.span(row.person.hint, class_name="dept"), class_name="b cut"
        ),
        time_left(row.time_left, short=True),
        rx.el.p(row.text, when(row.note != "", rx.el.span(". ", row.note, class_name="f"))),
        _reminding(row, on_nudge),
        key=row.key,
    )


def _promised(peek: Any) -> Component:
    return rx.el.section(
        rx.el.h2("Promised", class_name="sec rule"),
        when(
            count_of(peek.promises) > 0,
            rx.el.ul(
                each(
                    peek.promises,
                    lambda line: rx.el.li(
                        rx.el.div(rx.el.b(line.text), time_left(line.time_left), class_name="top"),
                        rx.el.p("By ", line.owner, ", for ", local_time(line.due_at), "."),
                        key=line.key,
                    ),
                ),
                class_name="led",
            ),
            rx.el.p("Nothing is promised besides the targets.", class_name="note-line"),
        ),
    )


def _happened(peek: Any) -> Component:
    return rx.el.section(
        rx.el.h2(
            "Latest",
            rx.el.span(link("All", to=peek.head.ticket_url), class_name="end"),
            class_name="sec rule",
        ),
        moved_list(peek.moved),
    )
