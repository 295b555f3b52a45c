"""Where people of ours write: a reply to the customer, or a note among themselves."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    KeptDraftElement,
    MentionBoxElement,
    count_of,
    each,
    form,
    handlers,
    text_of,
    when,
)
from escalation_app.components.files import file_picker
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar, button, key_cap
from escalation_app.components.time_left import sentence

KEEP_AFTER_MS = 400
"""Milliseconds without a key after which what was typed is kept on the server."""
WRITES_EVERY_MS = 2_500
"""Milliseconds between two signs that somebody is typing."""


def composer(
    ticket: Any,
    *,
    on_send: Handler,
    on_keep: dict[str, Handler] | None = None,
    on_write: Handler = None,
    kept: dict[str, Any] | None = None,
    draft: Any = "",
    error: Any = "",
    can_send_anyway: Any = False,
    can_reply: Any = True,
    offers: Component | None = None,
    names: Any = "[]",
    on_offer_names: Handler = None,
) -> Component:
    """Reply or note. ``on_send(form)`` gets ``draft``, ``mode``, ``files``, and the texts
    ``reply``, ``note``.

    The texts live in the browser, so that typing costs nothing and a refusal loses nothing: when
    the server has taken one, it changes ``draft`` (any new value), and the boxes start anew with
    what is ``kept``: ``reply``, ``note``, the ``mode`` to begin with, and a ``stamp`` that changes
    when they were read; a change of ``at`` puts the text ``insert`` into the reply.
    ``on_keep[mode](text, draft)`` is called a moment after the last key, ``on_write(mode)`` every
    few seconds while there is typing. ``offers`` stands beside the files. ``names``, as JSON, are
    those that a note completes behind an @; ``on_offer_names`` asks for them.
    """

    def typed(mode: str) -> Handler:
        if on_keep is None:
            return None
        keep = on_keep[mode]
        return lambda text: [
            keep(text, draft).debounce(KEEP_AFTER_MS),
            on_write(mode).throttle(WRITES_EVERY_MS),
        ]

    return form(
        rx.el.input(type="hidden", name="draft", value=text_of(draft), read_only=True),
        rx.el.div(
            *([_mode("reply", "reply", "Reply to customer", "r", True)] if can_reply else []),
            _mode("note", "lock", "Internal note", "n", not can_reply),
            class_name="modes",
            role="radiogroup",
            aria_label="Who will see this",
        ),
        *_who_will_see(ticket),
        KeptDraftElement.create(
            *([_box("reply", "Reply", typed("reply"))] if can_reply else []),
            MentionBoxElement.create(
                _box("note", "Note", typed("note"), on_focus=on_offer_names),
                rx.el.ul(
                    id="mentions",
                    class_name="mentions",
                    role="listbox",
                    aria_label="Colleagues",
                    hidden=True,
                ),
                names=names,
            ),
            **(kept or {}),
        ),
        rx.el.div(file_picker(), *([offers] if offers and can_reply else []), class_name="with"),
        _refusal(error, can_send_anyway),
        _actions("reply", ticket.reply_effect, "Send to customer", "primary", "send"),
        _actions("notes", ticket.note_effect, "Save note", "ink", "lock"),
        on_submit=on_send,
        key=draft,
        class_name="composer",
        id="composer",
    )


def also_here(others: Any) -> Component:
    """Who else has the ticket open (``AlsoHere``), in a line that is there when nobody is."""
    return rx.el.p(
        when(count_of(others) > 0, rx.el.span("Also here", class_name="f")),
        each(
            others,
            lambda one: rx.el.span(
                avatar(one.who.initials),
                rx.el.span(
                    one.who.name,
                    when(one.doing != "", rx.el.span(" ", one.doing, "…")),
                    class_name="cut",
                ),
                key=one.who.key,
                class_name=when(one.doing != "", "one writes", "one"),
            ),
        ),
        class_name="also",
        role="status",
        aria_live="polite",
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
            data_press_focuses="#composer .box textarea",
        ),
        icon(name),
        words,
        key_cap(key),
    )


def _who_will_see(ticket: Any) -> tuple[Component, Component]:
    return (
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
    )


def _box(mode: str, words: str, on_change: Handler, on_focus: Handler = None) -> Component:
    """A text of one mode; the other's is hidden and keeps what is in it."""
    return rx.el.div(
        rx.el.label(words, html_for=f"composer-{mode}", class_name="sr"),
        rx.el.textarea(
            id=f"composer-{mode}",
            name=mode,
            rows="3",
            max_length=20_000,
            **handlers(on_change=on_change, on_focus=on_focus),
        ),
        class_name="box reply" if mode == "reply" else "box notes",
    )


def _refusal(error: Any, can_send_anyway: Any) -> Any:
    """Why it was not sent; where it was only asked about, the same can be sent again."""
    return when(
        error != "",
        rx.el.div(
            icon("info", "sm"),
            rx.el.span(error, class_name="grow"),
            when(can_send_anyway, button("Send anyway", submits=True)),
            class_name="refused",
            role="alert",
        ),
    )


def _actions(mode: str, effect: Any, words: str, kind: str, name: str) -> Component:
    return rx.el.div(
        rx.el.span(class_name="grow"),
        rx.el.span(sentence(effect), class_name="f t12"),
        button(words, kind=kind, name=name, key="Control+Enter", keyname="send", submits=True),
        class_name=f"acts {mode}",
    )
