"""How a ticket belongs to others: where it goes on, what is linked, and the dialog that merges."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.dialog import (
    choice_card,
    dialog,
    dialog_buttons,
    refusal,
    select_field,
    text_field,
    told_field,
    what_follows,
)
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link, icon_button
from escalation_app.components.time_left import local_time


def goes_on_bar(linked: Any) -> Component:
    """The ``LinkedTicket`` that a ticket was merged into, above it; nothing when it was not."""
    return when(
        linked.ref != "",
        rx.el.section(
            icon("merge"),
            rx.el.p(
                rx.el.b("Merged into ", linked.ref, class_name="b"),
                ": ",
                linked.subject,
                ". Its clocks have stopped; what the customer still writes here is said there.",
                class_name="grow",
            ),
            button_link(rx.fragment("Open ", linked.ref), to=linked.url, name="arrow"),
            class_name="asked",
            aria_label="This ticket was merged",
        ),
    )


def linked_part(links: Any, may_link: Any, *, on_link: Handler, on_unlink: Handler) -> Component:
    """The ``LinkedTicket``s of a ticket, in the right column, and the way to one more;
    ``on_unlink(ref, kind)`` takes one away."""
    return when(
        (count_of(links) > 0) | may_link,
        rx.el.section(
            rx.el.h2(
                "Belongs together",
                when(
                    may_link,
                    rx.el.span(
                        button("Link…", class_name="short", on_click=on_link), class_name="end"
                    ),
                ),
                class_name="sec",
            ),
            when(
                count_of(links) > 0,
                rx.el.ul(
                    each(links, lambda one: _linked(one, may_link, on_unlink)),
                    class_name="related",
                ),
                rx.el.p("Linked to no other ticket.", class_name="note-line"),
            ),
            class_name="part of-facts rule",
        ),
    )


def _linked(one: Any, may_link: Any, on_unlink: Handler) -> Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(one.said, " ", class_name="m t12"),
            link(one.ref, " ", one.subject, to=one.url),
            class_name="cut grow",
        ),
        when(
            may_link & (one.kind != ""),
            icon_button(
                "x", "Take away the link to " + one.ref, on_click=on_unlink(one.ref, one.kind)
            ),
        ),
        rx.el.small(one.status, class_name="m"),
        key=one.ref + one.said,
        class_name="linked",
    )


def link_dialog(
    is_open: Any,
    head: Any,
    kinds: Any,
    choices: Any,
    other: Any,
    *,
    on_write: Handler,
    on_choose: Handler,
    on_close: Handler,
    on_link: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """Link a ticket to one of the ``TicketChoice``s; ``on_link(form)`` gets the fields by name."""
    return dialog(
        is_open,
        rx.fragment("Link ", head.ref),
        rx.el.div(
            select_field(rx.fragment(head.ref, " …"), "kind", kinds, within="link"),
            _search("link", "… which ticket?", choices, other, "other", on_write, on_choose),
            refusal(error),
            rx.el.p("It stands on both tickets. Customers do not see it.", class_name="hint"),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons(
            rx.fragment("Link ", head.ref, when(other != "", rx.fragment(" and ", other))),
            on_close,
            name="merge",
        ),
        under=head.subject,
        on_submit=on_link,
        form_key=form_key,
        name="link",
    )


def merge_dialog(
    is_open: Any,
    head: Any,
    choices: Any,
    into: Any,
    preview: Any,
    *,
    on_write: Handler,
    on_choose: Handler,
    on_close: Handler,
    on_merge: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """Merge a ticket into one of the ``TicketChoice``s. ``preview``: a ``MergePreview`` of the one
    chosen; ``on_write(text)`` searches; ``on_merge(form)`` gets the fields by name."""
    return dialog(
        is_open,
        rx.fragment("Merge ", head.ref, " into another ticket"),
        rx.el.div(
            rx.el.div(
                _search(
                    "merge",
                    rx.fragment("Which ticket of ", head.customer, " is it part of?"),
                    choices,
                    into,
                    "into",
                    on_write,
                    on_choose,
                ),
                class_name="d-kind",
            ),
            rx.el.div(
                refusal(error),
                when(preview.into == "", _nothing_chosen()),
                when((preview.into != "") & (preview.refusal == ""), _effects(head, preview)),
                class_name="d-what",
            ),
            class_name="d-sides",
        ),
        on_close=on_close,
        footer=dialog_buttons(
            rx.fragment("Merge ", head.ref, when(into != "", rx.fragment(" into ", into))),
            on_close,
            name="merge",
        ),
        under=head.subject,
        on_submit=on_merge,
        form_key=form_key,
        name="merge",
        is_broad=True,
    )


def _search(
    name: str,
    label: Any,
    choices: Any,
    current: Any,
    field: str,
    on_write: Handler,
    on_choose: Handler,
) -> Component:
    """A search for tickets, and those it finds to choose from."""
    return rx.el.div(
        rx.el.label(label, html_for=f"{name}-text", class_name="lab", id=f"{name}-label"),
        rx.el.input(
            id=f"{name}-text",
            type="search",
            class_name="input",
            placeholder="Reference or words of the subject",
            auto_complete="off",
            max_length=100,
            data_first="true",
            on_change=on_write,
        ),
        rx.el.div(
            each(choices, lambda one: choice_card(one, field, current, on_choose)),
            role="radiogroup",
            aria_labelledby=f"{name}-label",
            class_name="choices",
        ),
        when(
            count_of(choices) == 0,
            rx.el.p("No ticket that could be chosen is called like that.", class_name="m t12"),
        ),
    )


def _nothing_chosen() -> Component:
    return rx.el.p(
        "Choose the ticket that stays. What merging does to clocks, escalation and messages is "
        "shown here first. It cannot be undone.",
        class_name="m",
    )


def _effects(head: Any, preview: Any) -> Component:
    return rx.fragment(
        what_follows(preview.goes, rx.fragment(head.ref, " ends")),
        what_follows(preview.stays, rx.fragment(preview.into, " stays")),
        told_field(head, preview.message, preview.into),
        rx.el.p("It cannot be undone.", class_name="hint"),
    )


def split_dialog(
    is_open: Any,
    head: Any,
    asked: Any,
    *,
    on_close: Handler,
    on_split: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """Make a ticket of its own of what a ``SplitForm`` offers; ``on_split(form)`` gets the fields
    by name, of the messages those that are ticked."""
    return dialog(
        is_open,
        rx.fragment("Split ", head.ref),
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend("What is a ticket of its own?", class_name="lab"),
                each(asked.messages, _takeable),
                class_name="takeable",
            ),
            text_field(
                "Subject of the new ticket",
                "subject",
                is_first=True,
                max_length=300,
                within="split",
                hint="It has the same requester, impact and urgency. Its clocks count from the "
                "earliest message you tick, or from now if we have answered since.",
            ),
            told_field(head, asked.told, form_key),
            rx.el.p("{ref} stands for the number of the new ticket.", class_name="hint"),
            refusal(error),
            class_name="d-what",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment("Split ", head.ref), on_close, name="out"),
        under=head.subject,
        on_submit=on_split,
        form_key=form_key,
        name="split",
    )


def _takeable(one: Any) -> Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name="messages", value=one.key, class_name="check"),
        rx.el.span(
            rx.el.span(one.who, ", ", local_time(one.at), class_name="m t12 blk"),
            rx.el.span(one.text, class_name="excerpt"),
        ),
        key=one.key,
        class_name="criterion",
    )
