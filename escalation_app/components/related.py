"""The tickets beside one: about the same, and of the same customer."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import count_of, each, link, when
from escalation_app.components.time_left import local_time


def related(tickets: Any, customer: Any) -> Component:
    """``RelatedTickets`` in the right column of a ticket's page."""
    return rx.fragment(
        rx.el.section(
            rx.el.h2("Similar tickets", class_name="sec"),
            _listed(tickets.similar, "None of the newest tickets shares its words."),
            class_name="part of-facts rule",
        ),
        rx.el.section(
            rx.el.h2(
                rx.fragment("More of ", customer),
                rx.el.span(tickets.open_of_customer, " open", class_name="end f"),
                class_name="sec",
            ),
            _listed(tickets.of_customer, "This is their first ticket."),
            class_name="part of-facts rule",
        ),
    )


def _listed(tickets: Any, nothing: str) -> Any:
    return when(
        count_of(tickets) > 0,
        rx.el.ul(each(tickets, _ticket), class_name="related"),
        rx.el.p(nothing, class_name="note-line"),
    )


def _ticket(one: Any) -> Component:
    return rx.el.li(
        link(one.subject, to=one.url, class_name="cut blk"),
        rx.el.small(
            one.ref,
            ", ",
            one.status,
            when(one.customer != "", rx.el.span(", ", one.customer)),
            ", ",
            local_time(one.opened_at),
            class_name="m cut blk",
        ),
        key=one.ref,
    )
