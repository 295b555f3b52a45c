"""The clocks of a ticket: badge, gauge, and the answer to "why then?"."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import TimeGaugeElement, count_of, each, inline, text_of, when
from escalation_app.components.marks import icon_button
from escalation_app.components.time_left import local_time, sentence, time_left


def gauge(clock: Any) -> Component:
    """Start to due on a line: the used part, pauses hatched, warnings as notches, now as a bar."""
    return TimeGaugeElement.create(
        rx.el.span(class_name="used"),
        each(
            clock.pauses,
            lambda pause: rx.el.span(
                class_name="pause",
                title=pause.label,
                custom_attrs=inline(at_=text_of(pause.from_pct), for_=text_of(pause.width_pct)),
            ),
        ),
        each(
            clock.notches,
            lambda notch: rx.el.span(
                class_name="tick", title=notch.label, custom_attrs=inline(at_=text_of(notch.at_pct))
            ),
        ),
        rx.el.span(class_name="due"),
        rx.el.span(class_name="now"),
        from_=clock.started_at,
        due=clock.time_left.due_at,
        used=when(clock.time_left.state == "running", "", text_of(clock.used_pct)),
        class_="gauge",
        role="img",
        **{"aria-label": clock.label},
    )


def _why(clock: Any) -> Component:
    pop = "why-" + clock.key
    return rx.fragment(
        rx.el.button(
            "why then?", type="button", class_name="why", custom_attrs={"popoverTarget": pop}
        ),
        rx.el.div(
            rx.el.div(
                rx.el.b(
                    when(
                        clock.time_left.due_at != "",
                        rx.el.span("Due ", local_time(clock.time_left.due_at), ". Why then?"),
                        clock.name,
                    ),
                    class_name="b t14",
                ),
                rx.el.span(class_name="grow"),
                icon_button("x", "Close", class_name="short", data_closes="true"),
                class_name="row",
            ),
            rx.el.table(
                rx.el.caption("How the due time is made", class_name="sr"),
                rx.el.tbody(
                    each(
                        clock.why,
                        lambda line: rx.fragment(
                            rx.el.tr(
                                rx.el.th(sentence(line.label), scope="row"),
                                rx.el.td(line.value),
                                class_name=when(line.is_total, "total", ""),
                            ),
                            each(
                                line.details,
                                lambda detail: rx.el.tr(
                                    rx.el.th(detail.label, scope="row"),
                                    rx.el.td(detail.value),
                                    class_name="detail",
                                ),
                            ),
                        ),
                    )
                ),
                class_name="sum",
            ),
            when(clock.why_note != "", rx.el.p(clock.why_note, class_name="why-note")),
            id=pop,
            class_name="pop",
            role="dialog",
            aria_label="Why " + clock.name + " is due then",
            custom_attrs={"popover": "auto", "data-beside": "left"},
        ),
    )


def clock_row(clock: Any) -> Component:
    """A ``ClockView``. A clock that has ended shows its badge only."""
    has_ended = (clock.time_left.state == "met") | (clock.time_left.state == "late")
    return rx.el.div(
        rx.el.div(rx.el.b(clock.name), time_left(clock.time_left), class_name="top"),
        when(clock.text != "", rx.el.p(clock.text, class_name="about")),
        when(
            has_ended,
            rx.fragment(),
            rx.fragment(
                gauge(clock),
                rx.el.div(
                    local_time(clock.started_at),
                    when(count_of(clock.why) > 0, _why(clock), rx.el.span()),
                    local_time(clock.ended_at),
                    class_name="gauge-ends",
                ),
            ),
        ),
        key=clock.key,
        data_pop_from="true",
        class_name="clockrow",
    )


def clocks(ticket: Any) -> Component:
    """The ``ClockView``s of a ``TicketPage``: the most pressing ones, the rest folded away."""
    more = count_of(ticket.more_clocks)
    return rx.fragment(
        each(ticket.clocks, clock_row),
        when(
            more > 0,
            rx.el.details(
                rx.el.summary(text_of(more), " more clocks"),
                each(ticket.more_clocks, clock_row),
                class_name="more-clocks",
            ),
        ),
    )
