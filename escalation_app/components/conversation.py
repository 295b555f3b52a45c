"""A ticket's conversation: what was said in public, noted inside, and what happened between."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    count_of,
    each,
    handlers,
    link,
    plain_link,
    when,
)
from escalation_app.components.files import file_chips
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar
from escalation_app.components.time_left import local_time


def _event(item: Any) -> Component:
    return rx.el.p(
        icon(item.icon),
        rx.el.span(
            rx.el.b(item.title),
            when(item.text != "", rx.el.span(" ", item.text, class_name="long")),
        ),
        rx.el.span(local_time(item.at), class_name="when"),
        class_name="event",
    )


def _warnings(item: Any) -> Component:
    """Warnings that would hide the conversation: one line, and each of them when it is opened."""
    return rx.el.details(
        rx.el.summary(
            icon("clock"),
            rx.el.span(rx.el.b(item.title), " ", item.text),
            rx.el.span(local_time(item.at), class_name="when"),
            class_name="event",
        ),
        rx.el.ul(
            each(
                item.folded,
                lambda one: rx.el.li(
                    one.before,
                    rx.el.span(local_time(one.at), class_name="when"),
                    class_name="event",
                ),
            )
        ),
        class_name="folded",
    )


def written(item: Any) -> Component:
    """The ``text`` of an item, by its ``TextPart``s where it has names or links in it."""
    return in_parts(item.parts, item.text)


def in_parts(parts: Any, text: Any) -> Component:
    """A text by its ``TextPart``s, where it has some."""
    return when(count_of(parts) > 0, each(parts, _part), text)


def _part(part: Any) -> Component:
    return when(
        part.url != "",
        when(
            part.is_outside,
            plain_link(part.text, to=part.url, class_name="ref"),
            link(part.text, to=part.url),
        ),
        rx.el.span(part.text, class_name=when(part.is_mention, "mention", "")),
    )


def _message(item: Any) -> Component:
    return rx.el.article(
        avatar(item.author.initials),
        rx.el.div(
            rx.el.header(
                when(
                    item.kind == "note",
                    rx.fragment(
                        rx.el.span(icon("lock", "sm"), "Internal note", class_name="lockline"),
                        item.author.name,
                    ),
                    rx.fragment(
                        rx.el.b(item.author.name),
                        when(
                            item.audience != "",
                            rx.el.span("to ", item.audience),
                            rx.el.span(item.author.hint),
                        ),
                    ),
                ),
                when(item.place != "", rx.el.span(item.place)),
                rx.el.span(local_time(item.at), class_name="when"),
            ),
            rx.el.div(written(item), class_name="body"),
            when(item.is_long, _unfold()),
            file_chips(item.files),
        ),
        class_name="msg " + item.kind,
    )


def _unfold() -> Component:
    """Shows the rest of a long message, of which only the beginning stands there."""
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="sr"),
        rx.el.span("Show the whole message", class_name="to-more"),
        rx.el.span("Show less", class_name="to-less"),
        class_name="unfold",
    )


def timeline_item(item: Any) -> Component:
    """A ``TimelineItem``: a message, an internal note, or an event."""
    return rx.el.li(
        when(
            item.kind == "event",
            _event(item),
            when(item.kind == "folded", _warnings(item), _message(item)),
        ),
        key=item.key,
    )


def conversation(
    ticket: Any, composer: Component | None = None, on_earlier: Handler = None
) -> Component:
    """The middle of a ``TicketPage``: what was said, oldest first, and below it the composer."""
    return rx.el.section(
        rx.el.div(
            when(
                ticket.earlier > 0,
                rx.el.p(
                    icon("history"),
                    rx.el.button(
                        ticket.earlier,
                        " earlier",
                        type="button",
                        class_name="why",
                        **handlers(on_click=on_earlier),
                    ),
                    class_name="event",
                ),
            ),
            rx.el.ol(each(ticket.timeline, timeline_item)),
            class_name="talk",
            # It scrolls by itself on a wide screen, so the keys have to get there.
            role="region",
            aria_label="Messages and events",
            tab_index=0,
        ),
        rx.el.div(composer, class_name="write") if composer is not None else rx.fragment(),
        class_name="mid",
        aria_label="Conversation",
    )
