"""A person's own settings about notices: switches and choices that are saved as they are made.

They show what was chosen at once, without waiting for the server to say so again.
"""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, when
from escalation_app.components.icons import icon


def my_notices(
    mine: Any,
    saved: Any,
    *,
    on_tell: Handler,
    on_pace: Handler,
    on_quiet: Handler,
    on_start: Handler,
    on_end: Handler,
    on_weekends: Handler,
) -> Component:
    """A ``MyNotices``. ``saved`` says what the last change has brought about.

    ``on_tell(group, way, is_told)``, ``on_pace(value)``, ``on_quiet(value)``, ``on_start(time)``,
    ``on_end(time)``, ``on_weekends(is_quiet)``.
    """
    return rx.el.div(
        rx.el.header(
            rx.el.h1("My notices", class_name="h1"),
            rx.el.p(
                "What you are told, how, and when. Each change is saved at once.", class_name="m"
            ),
        ),
        _told(mine, on_tell),
        _mail(mine, on_pace),
        _quiet(mine, on_quiet, on_start, on_end, on_weekends),
        rx.el.p(
            when(saved != "", rx.fragment(icon("check", "sm"), rx.el.b("Saved. "), saved)),
            class_name="saved",
            role="status",
        ),
        class_name="settings",
    )


# What ------------------------------------------------------------------------------------------


def _told(mine: Any, on_tell: Handler) -> Component:
    return rx.el.section(
        rx.el.h2("What you are told", id="set-told"),
        rx.el.table(
            rx.el.caption("What you are told, and by which way", class_name="sr"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(rx.el.span("About", class_name="sr"), scope="col"),
                    rx.el.th("In the app", scope="col"),
                    rx.el.th("By e-mail", scope="col"),
                )
            ),
            rx.el.tbody(each(mine.groups, lambda group: _group(group, on_tell))),
        ),
        aria_labelledby="set-told",
    )


def _group(group: Any, on_tell: Handler) -> Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.b(group.name),
            rx.el.p(group.what),
            when(
                group.always != "", rx.el.p(icon("lock", "sm"), group.always, class_name="always")
            ),
            scope="row",
        ),
        each(group.ways, lambda way: _switch(group, way, on_tell)),
        key=group.key,
    )


def _switch(group: Any, way: Any, on_tell: Handler) -> Component:
    return rx.el.td(
        when(
            way.is_used,
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    class_name="check",
                    default_checked=way.is_told | way.is_forced,
                    disabled=way.is_forced,
                    on_change=lambda is_told: on_tell(group.key, way.key, is_told),
                ),
                rx.el.span(
                    group.name,
                    when(way.key == "email", ", by e-mail", ", in the app"),
                    class_name="sr",
                ),
                class_name="hit",
            ),
            rx.el.span(icon("minus", "sm"), rx.el.span("never sent this way", class_name="sr")),
        ),
        key=way.key,
    )


# How and when ----------------------------------------------------------------------------------


def _option(one: Any, name: str, current: Any, on_choose: Handler) -> Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=name,
            value=one.value,
            class_name="radio",
            default_checked=current == one.value,
            on_change=lambda _value: on_choose(one.value),
        ),
        rx.el.b(one.label),
        when(one.hint != "", rx.el.small(one.hint)),
        key=one.value,
        class_name="opt",
    )


def _mail(mine: Any, on_pace: Handler) -> Component:
    return rx.el.section(
        rx.el.h2("E-mail", id="set-mail"),
        rx.el.p("Mail goes to ", rx.el.b(mine.email), "."),
        rx.el.div(
            each(mine.paces, lambda one: _option(one, "pace", mine.pace, on_pace)),
            class_name="opts",
            role="radiogroup",
            aria_labelledby="set-mail",
        ),
        aria_labelledby="set-mail",
    )


def _quiet(
    mine: Any, on_quiet: Handler, on_start: Handler, on_end: Handler, on_weekends: Handler
) -> Component:
    return rx.el.section(
        rx.el.h2("Quiet hours", id="set-quiet"),
        rx.el.p(
            "No e-mail comes in quiet hours: what there is arrives as one message when they end. "
            "A notice in the app is there at once, without a noise.",
        ),
        rx.el.div(
            each(mine.quiet_choices, lambda one: _option(one, "quiet", mine.quiet, on_quiet)),
            class_name="opts",
            role="radiogroup",
            aria_labelledby="set-quiet",
        ),
        when(mine.quiet == "own", _own_hours(mine, on_start, on_end, on_weekends)),
        rx.el.p(
            "Times are those of ",
            rx.el.b(mine.zone),
            ".",
            when(
                (mine.never_waits != "") & (mine.quiet != "none"),
                rx.fragment(
                    " What is about a ticket of severity ", mine.never_waits, " never waits."
                ),
            ),
        ),
        aria_labelledby="set-quiet",
    )


def _own_hours(mine: Any, on_start: Handler, on_end: Handler, on_weekends: Handler) -> Component:
    return rx.el.div(
        _time("From", mine.starts, on_start),
        _time("to", mine.ends, on_end),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="check",
                default_checked=mine.has_weekends,
                on_change=on_weekends,
            ),
            "and all of Saturday and Sunday",
            class_name="hit",
        ),
        class_name="hours",
        role="group",
        aria_label="Quiet hours of my own",
    )


def _time(label: str, value: Any, on_change: Handler) -> Component:
    return rx.el.label(
        label,
        rx.el.input(
            type="time",
            class_name="input",
            default_value=value,
            required=True,
            on_change=on_change,
        ),
    )
