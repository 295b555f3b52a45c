"""A ticket's conversation: what was said in public, noted inside, and what happened between."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, each, form, handlers, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar, button, key_cap
from escalation_app.components.time_left import local_time, sentence


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
                rx.el.span(local_time(item.at), class_name="when"),
            ),
            rx.el.div(item.text, class_name="body"),
        ),
        class_name="msg " + item.kind,
    )


def timeline_item(item: Any) -> Component:
    """A ``TimelineItem``: a message, an internal note, or an event."""
    return rx.el.li(
        when(item.kind == "event", _event(item), _message(item)),
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
        ),
        rx.el.div(composer, class_name="write") if composer is not None else rx.fragment(),
        class_name="mid",
        aria_label="Conversation",
    )


def _mode(value: str, name: str, words: str, key: str, is_first: bool) -> Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="mode",
            value=value,
            class_name="sr",
            default_checked=is_first,
            data_key=key,
            data_keyname=words.lower(),
        ),
        icon(name),
        words,
        key_cap(key),
    )


def composer(
    ticket: Any,
    *,
    on_send: Handler,
    draft: Any = "",
    error: Any = "",
    can_reply: Any = True,
) -> Component:
    """Reply or note. ``on_send(form)`` gets ``{"mode": "reply" | "note", "text": ...}``.

    The text lives in the browser, so that typing costs nothing and a refusal loses nothing: when
    the server has taken it, it changes ``draft`` (any new value), and the box starts empty.
    """
    return form(
        rx.el.div(
            *([_mode("reply", "reply", "Reply to customer", "r", True)] if can_reply else []),
            _mode("note", "lock", "Internal note", "n", not can_reply),
            class_name="modes",
            role="radiogroup",
            aria_label="Who will see this",
        ),
        rx.el.p(
            icon("globe", "sm"),
            rx.el.span(
                rx.el.b(ticket.head.customer, " will see this"),
                when(ticket.audience != "", rx.el.span(": ", ticket.audience)),
            ),
            class_name="dest reply",
        ),
        rx.el.p(
            icon("lock", "sm"),
            rx.el.span(rx.el.b("Only staff will see this."), " It does not count as a response."),
            class_name="dest notes",
        ),
        rx.el.label("Text", html_for="composer-text", class_name="sr"),
        rx.el.textarea(id="composer-text", name="text", rows="3", required=True, max_length=20_000),
        when(error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert")),
        rx.el.div(
            rx.el.span(class_name="grow"),
            rx.el.span(sentence(ticket.reply_effect), class_name="f t12"),
            button(
                "Send to customer",
                kind="primary",
                name="send",
                key="Control+Enter",
                keyname="send",
                submits=True,
            ),
            class_name="acts reply",
        ),
        rx.el.div(
            rx.el.span(class_name="grow"),
            rx.el.span(sentence(ticket.note_effect), class_name="f t12"),
            button(
                "Save note",
                kind="ink",
                name="lock",
                key="Control+Enter",
                keyname="send",
                submits=True,
            ),
            class_name="acts notes",
        ),
        on_submit=on_send,
        key=draft,
        class_name="composer",
        id="composer",
    )
