"""The frame of a ticket page: its head, its three columns, its facts, and its tabs on a phone."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.marks import button, person, severity_with_name, tag
from escalation_app.components.skeleton import bar
from escalation_app.components.time_left import local_time, time_left


def ticket_head(
    head: Any,
    *actions: Component,
    back: tuple[Any, Any],
    marks: tuple[Any, ...] = (),
    onward: Component | None = None,
) -> Component:
    """A ``TicketHead`` with its actions, one primary. ``back``: words and url of the list;
    ``marks`` stand behind its facts; ``onward`` leads to the next one of the list."""
    words, url = back
    return rx.el.header(
        rx.el.div(
            link(words, to=url),
            rx.el.span("/", class_name="f"),
            rx.el.span(head.ref, class_name="ref"),
            rx.el.span(class_name="grow"),
            rx.el.span(head.position, class_name="wide-only f"),
            *([] if onward is None else [onward]),
            class_name="crumb",
        ),
        rx.el.div(
            rx.el.h1(head.subject, class_name="h1", title=head.subject),
            rx.el.div(
                severity_with_name(head.severity, head.severity_name),
                rx.el.span(
                    rx.el.b(head.customer, class_name="b ink"),
                    when(head.plan != "", rx.el.span(", ", head.plan)),
                ),
                rx.el.span(head.tier_name, when(head.team != "", rx.el.span(", ", head.team))),
                person(head.assignee),
                tag(head.status_name),
                when(head.has_path, tag("Path running", name="up")),
                *marks,
                class_name="under",
            ),
            class_name="about",
        ),
        rx.el.div(*actions, class_name="acts row"),
        class_name=when(head.ref != "", "thead", "thead pending"),
    )


def ghost_ticket() -> Component:
    """What stands in place of a ticket or a case while ``<page-of>`` is stale."""
    return rx.el.div(
        rx.el.span(bar("128px")),
        rx.el.span(bar("min(420px, 80%)"), class_name="wide-bar"),
        rx.el.span(bar("min(560px, 95%)")),
        *[rx.el.p(bar("90%"), bar("70%"), bar("80%")) for _ in range(3)],
        class_name="ghost ghost-page",
        aria_hidden="true",
    )


def _tab(value: str, *words: Any, is_first: bool = False) -> Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="part", value=value, class_name="sr", default_checked=is_first
        ),
        *words,
    )


def ticket_phone_tabs(ticket: Any) -> Component:
    """On a phone: the two most pressing clocks, then which part of the ticket is shown."""
    return rx.fragment(
        rx.el.div(
            each(
                ticket.clocks,
                lambda clock: rx.el.div(
                    rx.el.small(clock.name), time_left(clock.time_left), key=clock.key
                ),
            ),
            class_name="now2",
        ),
        rx.el.div(
            _tab("talk", "Conversation", is_first=True),
            _tab("path", "Path ", ticket.path.progress),
            _tab("clocks", "Clocks"),
            _tab("facts", "Facts"),
            class_name="ptabs",
            role="radiogroup",
            aria_label="Part of the ticket",
        ),
    )


def ticket_columns(lane: Component, middle: Component, aside: Component) -> Component:
    """Path, conversation, clocks and facts. The page's ``main_class`` is ``"main ticket"``."""
    return rx.el.div(lane, middle, aside, class_name="three")


def fact_list(facts: Any) -> Component:
    """``Fact``s as a list of terms."""
    return rx.el.dl(
        each(
            facts,
            lambda fact: rx.fragment(
                rx.el.dt(fact.label),
                rx.el.dd(
                    when(fact.url != "", link(fact.value, to=fact.url), fact.value),
                    when(fact.at != "", local_time(fact.at)),
                    " ",
                    time_left(fact.time_left),
                ),
                key=fact.label,
            ),
        ),
        class_name="facts",
    )


def ticket_aside(
    ticket: Any, clock_list: Component, *more: Component, on_grade: Handler = None
) -> Component:
    """The right column of a ``TicketPage``: clocks, facts, and more parts. ``on_grade``: asks
    how the ticket shall be graded."""
    return rx.el.aside(
        rx.el.section(
            rx.el.h2("Clocks", rx.el.span(ticket.calendar, class_name="end f"), class_name="sec"),
            clock_list,
            when(
                count_of(ticket.clocks) == 0,
                rx.el.p("No target fits this ticket.", class_name="note-line"),
            ),
            class_name="part of-clocks",
        ),
        rx.el.section(
            rx.el.h2(
                "Facts",
                *([] if on_grade is None else [when(ticket.may.can_grade, _grade(on_grade))]),
                class_name="sec",
            ),
            fact_list(ticket.facts),
            class_name="part of-facts rule",
        ),
        *more,
        class_name="aside",
        aria_label="Clocks and facts",
    )


def _grade(on_grade: Handler) -> Component:
    return rx.el.span(
        button("Grade…", class_name="short", on_click=on_grade),
        class_name="end",
    )


def ticket_dock(*actions: Component) -> Component:
    """On a phone: the ticket's actions within reach of a thumb, in place of the tab bar."""
    return rx.el.section(*actions, class_name="dock", aria_label="Actions")
