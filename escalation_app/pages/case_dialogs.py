"""The dialogs of a war room."""

from typing import Any

import reflex as rx

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import (
    dialog,
    dialog_buttons,
    instant_field,
    refusal,
    select_field,
    text_field,
    told_field,
)
from escalation_app.components.icons import icon
from escalation_app.state.case import CaseState
from escalation_app.state.case_dialogs import CaseDialogState


def case_dialogs() -> rx.Component:
    """All of them, each closed until it is asked for."""
    return rx.fragment(
        _oblige(), _reason(), _promise(), _renegotiate(), _decide(), _lead(), _update()
    )


def _asking(
    is_open: Any,
    title: Any,
    *fields: rx.Component,
    confirm: Any,
    on_submit: Handler,
    name: str,
    under: Any = "",
    button_icon: str = "check",
) -> rx.Component:
    """A dialog of a few fields, with why it was refused."""
    state = CaseDialogState
    return dialog(
        is_open,
        title,
        rx.el.div(*fields, refusal(state.error), class_name="d-plain"),
        on_close=state.close_dialog,
        footer=dialog_buttons(confirm, state.close_dialog, name=button_icon),
        under=under,
        on_submit=on_submit,
        form_key=state.form,
        name=name,
    )


def _oblige() -> rx.Component:
    state = CaseDialogState
    return _asking(
        state.dialog == "oblige",
        "Ask somebody for something",
        select_field(
            "Who",
            "person",
            state.choices.people,
            hint="They are told at once. Who is away is stood in for, and it says so.",
            within="oblige",
        ),
        text_field("What is to be done", "text", max_length=500, is_first=True, within="oblige"),
        instant_field("Until", "due", at=state.due),
        text_field(
            "Their part in the case",
            "role",
            is_required=False,
            max_length=120,
            hint="If any.",
            within="oblige",
        ),
        confirm="Ask for it",
        on_submit=state.oblige,
        name="oblige",
        under=CaseState.page.head.subject,
    )


def _reason() -> rx.Component:
    state = CaseDialogState
    is_block = state.dialog == "block"
    return _asking(
        is_block | (state.dialog == "release"),
        when(is_block, "What blocks it?", "Release them from it?"),
        text_field(
            when(is_block, "What is in the way", "Why they cannot contribute"),
            "reason",
            rows=3,
            is_first=True,
            max_length=2000,
            hint="Everybody in the case reads it.",
            within="reason",
        ),
        confirm=when(is_block, "Say it is blocked", "Release them"),
        on_submit=state.give_reason,
        name="reason",
        under=state.subject,
    )


def _doubts(within: str) -> rx.Component:
    """What speaks against a promise, and the field that lets it be made all the same."""
    state = CaseDialogState
    return when(
        count_of(state.doubts) > 0,
        rx.el.div(
            rx.el.p(
                icon("info", "sm"),
                rx.el.b("This may not be kept.", class_name="b"),
                class_name="row",
            ),
            rx.el.ul(each(state.doubts, lambda doubt: rx.el.li(doubt))),
            text_field(
                "Why promise it all the same?",
                "override",
                max_length=500,
                hint="It stands on record with the doubts. Or change the promise above.",
                within=within,
            ),
            class_name="doubts",
            role="alert",
        ),
    )


def _told(hint: str) -> rx.Component:
    state = CaseDialogState
    return rx.fragment(
        told_field(CaseState.page.head, state.message, state.form),
        when(
            state.message != "",
            rx.el.p(hint, class_name="hint"),
        ),
    )


def _promise() -> rx.Component:
    state = CaseDialogState
    return _asking(
        state.dialog == "promise",
        "Promise the customer something",
        text_field(
            "What",
            "text",
            max_length=500,
            is_first=True,
            within="promise",
            on_change=state.forget_doubts,
        ),
        instant_field("Until", "due", at=state.due, on_change=state.forget_doubts),
        select_field(
            "Who keeps it",
            "owner",
            state.choices.people,
            value=state.choices.me,
            hint="Before it is made it is checked against calendar, absences and what they owe.",
            within="promise",
            on_change=state.forget_doubts,
        ),
        _told(
            "{what} is what you promise, {until} the time in the customer's own zone. Both are"
            " filled in when it is sent. The promise stands on the customer's page in any case."
        ),
        _doubts("promise"),
        confirm=when(count_of(state.doubts) > 0, "Promise it all the same", "Check and promise"),
        on_submit=state.promise,
        name="promise",
        under=CaseState.page.head.customer,
        button_icon="pledge",
    )


def _renegotiate() -> rx.Component:
    state = CaseDialogState
    return _asking(
        state.dialog == "renegotiate",
        "Agree on another time",
        instant_field("The customer agrees to", "due", at=state.due, on_change=state.forget_doubts),
        text_field(
            "Why it moves, and who agreed",
            "reason",
            rows=3,
            is_first=True,
            max_length=2000,
            within="renegotiate",
        ),
        _told(
            "{until} is the time above in the customer's own zone. It is filled in when it is sent."
        ),
        _doubts("renegotiate"),
        confirm=when(count_of(state.doubts) > 0, "Move it all the same", "Move the promise"),
        on_submit=state.renegotiate,
        name="renegotiate",
        under=state.subject,
        button_icon="pledge",
    )


def _decide() -> rx.Component:
    state = CaseDialogState
    return _asking(
        state.dialog == "decide",
        "Record a decision",
        text_field("What was decided", "text", max_length=500, is_first=True, within="decide"),
        text_field("Why", "why", max_length=500, within="decide"),
        select_field(
            "Who decided", "by", state.choices.people, value=state.choices.me, within="decide"
        ),
        confirm="Put it on record",
        on_submit=state.decide,
        name="decide",
        under=CaseState.page.head.subject,
        button_icon="scale",
    )


def _lead() -> rx.Component:
    state, head = CaseDialogState, CaseState.page.head
    return _asking(
        state.dialog == "lead",
        rx.fragment("Who leads ", head.ref, "?"),
        select_field(
            "Owner",
            "manager",
            state.choices.managers,
            value=head.owner.key,
            within="lead",
            nobody="No owner",
        ),
        select_field(
            "Executive sponsor",
            "executive",
            state.choices.executives,
            value=head.sponsor.key,
            hint="Whoever is new is told at once.",
            within="lead",
            nobody="Nobody yet",
        ),
        confirm="Save",
        on_submit=state.lead,
        name="lead",
        under=head.subject,
        button_icon="user",
    )


def _update() -> rx.Component:
    state, head = CaseDialogState, CaseState.page.head
    return _asking(
        state.dialog == "update",
        rx.fragment("Update ", head.customer),
        text_field(
            rx.fragment(head.requester, " reads this"),
            "text",
            rows=10,
            value=state.draft,
            is_first=True,
            hint="Made from what happened since we last wrote, in words of ours: read it first.",
            within="update",
        ),
        confirm="Send to customer",
        on_submit=state.update_customer,
        name="update",
        under=head.subject,
        button_icon="send",
    )
