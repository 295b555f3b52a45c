"""The parts of a ticket's page that are beside the ticket: tags, putting it off, the next one."""

from typing import Any

import reflex as rx

from escalation_app.components.base import count_of, form, text_of, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import button
from escalation_app.components.snooze import snooze_items, snooze_mark
from escalation_app.state.ticket_own import TicketOwnState


def tags_part() -> rx.Component:
    """The ticket's tags as chips, and a field for more."""
    state = TicketOwnState
    own = state.own
    return rx.el.div(
        rx.el.h2("Tags", class_name="sec"),
        rx.el.div(
            rx.foreach(own.tags, lambda tag: _tag(tag, own.may_tag)),
            when((count_of(own.tags) == 0) & ~own.may_tag, rx.el.span("None", class_name="m t12")),
            class_name="tags-of",
        ),
        when(
            own.may_tag,
            form(
                rx.el.label("More tags", html_for="field-tags", class_name="sr"),
                rx.el.input(
                    id="field-tags",
                    name="added",
                    class_name="input",
                    placeholder="Add a tag",
                    auto_complete="off",
                    max_length=300,
                    data_key="l",
                    data_keyname="add a tag",
                    custom_attrs={"list": "tags-proposed"},
                ),
                rx.el.datalist(
                    rx.foreach(own.proposed, lambda one: rx.el.option(value=one.value)),
                    id="tags-proposed",
                ),
                button("Add", submits=True, class_name="short"),
                on_submit=state.add_tags,
                key=text_of(state.form),
                class_name="row tag-form",
            ),
        ),
        class_name="tags-part",
    )


def _tag(tag: Any, may_tag: Any) -> rx.Component:
    return rx.el.span(
        rx.el.span(tag),
        when(
            may_tag,
            rx.el.button(
                icon("x", "sm"),
                type="button",
                aria_label="Take off the tag " + tag,
                on_click=TicketOwnState.remove_tag(tag),
            ),
        ),
        class_name="chip",
        key=tag,
    )


def put_off_button() -> rx.Component:
    """Out of one's own queue for a while, or back into it."""
    state = TicketOwnState
    own = state.own
    return when(
        own.may_snooze,
        when(
            own.is_snoozed,
            button(
                "Take up again",
                name="play",
                key="h",
                keyname="take up again",
                on_click=state.take_up,
            ),
            button(
                "Put off",
                name="clock",
                key="h",
                keyname="put off",
                custom_attrs={"popoverTarget": "put-off"},
            ),
        ),
    )


def put_off_menu() -> rx.Component:
    """Until when; for the button, and for its item on a phone."""
    state = TicketOwnState
    return rx.el.div(
        *snooze_items(state.put_off),
        form(
            rx.el.label("Until another time", html_for="field-until"),
            rx.el.input(id="field-until", name="at", type="datetime-local", class_name="input"),
            button("Put off", submits=True, class_name="short", data_closes="true"),
            on_submit=state.put_off_until,
            class_name="pick",
        ),
        id="put-off",
        class_name="menu",
        custom_attrs={"popover": "auto", "data-beside": "under"},
    )


def phone_items() -> tuple[rx.Component, ...]:
    """The same as items of the menu that a phone has in place of the buttons."""
    state = TicketOwnState
    own = state.own
    return (
        _item("arrow", "Next ticket", on_click=state.next_ticket),
        when(
            own.may_snooze,
            when(
                own.is_snoozed,
                _item("play", "Take up again", on_click=state.take_up),
                _item("clock", "Put off…", custom_attrs={"popoverTarget": "put-off"}),
            ),
        ),
    )


def _item(name: str, words: str, **props: Any) -> rx.Component:
    return rx.el.button(
        icon(name), words, type="button", class_name="item", data_closes="true", **props
    )


def put_off_mark() -> rx.Component:
    """Says that it is out of one's own queue, and until when."""
    own = TicketOwnState.own
    return when(own.is_snoozed, snooze_mark(own.snoozed_until))


def next_button() -> rx.Component:
    """On to the most pressing one of the queue one came from."""
    return button(
        "Next",
        name="arrow",
        kind="quiet",
        key="]",
        keyname="next ticket of the queue",
        class_name="short wide-only",
        on_click=TicketOwnState.next_ticket,
    )
