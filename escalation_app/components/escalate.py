"""The dialog that escalates a ticket: which way and to whom at the left and above, why, what the
customer reads and what will happen below."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, when
from escalation_app.components.dialog import (
    choice_card,
    dialog,
    dialog_buttons,
    refusal,
    text_field,
    told_box,
)
from escalation_app.components.icons import icon
from escalation_app.components.marks import tag
from escalation_app.components.time_left import sentence, time_left


def escalate_dialog(
    is_open: Any,
    head: Any,
    choices: Any,
    current: Any,
    to: Any,
    *,
    on_choose: Handler,
    on_person: Handler,
    on_close: Handler,
    on_escalate: Handler,
    error: Any = "",
    form_key: Any = "",
) -> Component:
    """Escalate a ticket. ``choices``: an ``EscalateChoices``; ``current`` and ``to`` are the values
    chosen; ``on_escalate(form)`` gets the fields by name."""
    return dialog(
        is_open,
        rx.fragment("Escalate ", head.ref),
        rx.el.div(
            _ways(choices, current, on_choose),
            rx.el.div(
                each(choices.options, lambda one: _people(one, current, to, on_person)),
                text_field(
                    "Why, for the next person and the record", "reason", rows=2, is_first=True
                ),
                each(choices.options, lambda one: _said(one, current, head)),
                refusal(error),
                each(choices.options, lambda one: _effects(one, current, to)),
                class_name="d-what",
            ),
            class_name="d-sides",
        ),
        on_close=on_close,
        footer=dialog_buttons(
            rx.fragment("Escalate ", head.ref, each(choices.options, _named(current, to))),
            on_close,
            name="up",
        ),
        under=head.subject,
        beside=rx.fragment(
            rx.el.span(choices.resolution.metric, class_name="which"),
            time_left(choices.resolution),
        ),
        on_submit=on_escalate,
        form_key=form_key,
        name="escalate",
        is_broad=True,
    )


def _ways(choices: Any, current: Any, on_choose: Handler) -> Component:
    return rx.el.div(
        rx.el.p("Why is it leaving this team?", class_name="lab", id="kind-label"),
        rx.el.div(
            each(choices.options, lambda one: choice_card(one, "kind", current, on_choose)),
            role="radiogroup",
            aria_labelledby="kind-label",
        ),
        rx.el.div(
            rx.el.p("By itself", class_name="lab"),
            rx.el.p(sentence(choices.automatic), class_name="t12 m"),
            class_name="d-auto",
        ),
        class_name="d-kind",
    )


def _people(option: Any, current: Any, to: Any, on_person: Handler) -> Component:
    """Whom it could go to, while the option is the chosen one."""
    return when(
        (current == option.value) & (count_of(option.candidates) > 0),
        rx.el.div(
            rx.el.p(
                "Goes to ",
                rx.el.b(option.goes_to, class_name="b ink"),
                class_name="lab",
                id="to-label",
            ),
            rx.el.div(
                each(option.candidates, lambda one: _candidate(one, to, on_person)),
                role="radiogroup",
                aria_labelledby="to-label",
            ),
        ),
    )


def _candidate(one: Any, to: Any, on_person: Handler) -> Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="to",
            value=one.key,
            class_name="radio",
            checked=to == one.key,
            disabled=one.is_disabled,
            on_change=lambda _value: on_person(one.key),
        ),
        rx.el.span(one.initials, class_name="av", aria_hidden="true"),
        rx.el.span(
            rx.el.b(one.name, class_name="b"),
            when(one.place != "", rx.el.span(" ", one.place, class_name="f t12")),
        ),
        when(
            one.is_best,
            tag(one.badge, is_new=True),
            rx.el.span(one.badge, class_name="f t12"),
        ),
        rx.el.span(
            each(
                one.reasons,
                lambda reason: rx.el.span(icon(reason.icon), sentence(reason.said)),
            ),
            class_name="reasons",
        ),
        key=one.key,
        class_name=when(one.is_disabled, "cand off", "cand"),
    )


def _said(option: Any, current: Any, head: Any) -> Component:
    """What is asked and told the chosen way. Those of the other ways stay as they were written,
    and are not sent."""
    return rx.el.fieldset(
        rx.el.legend("What is asked and told", class_name="sr"),
        when(option.decide_by.at != "", _decision(option)),
        told_box(head.customer, option.message, rows=3),
        disabled=current != option.value,
        class_name="d-said",
        key=option.value,
    )


def _decision(option: Any) -> Component:
    name = "field-decision-" + option.value
    return rx.el.div(
        rx.el.label("What is to be decided, if anything", html_for=name, class_name="lab"),
        rx.el.input(id=name, name="decision", type="text", class_name="input", max_length=300),
        rx.el.p(sentence(option.decide_by), class_name="hint"),
        class_name="field",
    )


def _effects(option: Any, current: Any, to: Any) -> Component:
    return when(
        current == option.value,
        rx.el.div(
            rx.el.p("What will happen", class_name="lab"),
            rx.el.ol(
                each(option.candidates, lambda one: _if_chosen(one, to)),
                each(option.effects, lambda effect: rx.el.li(rx.el.span(sentence(effect)))),
                class_name="next-steps",
            ),
        ),
    )


def _if_chosen(one: Any, to: Any) -> Component:
    return when(
        to == one.key,
        rx.fragment(each(one.effects, lambda effect: rx.el.li(rx.el.span(sentence(effect))))),
    )


def _named(current: Any, to: Any) -> Any:
    """The name of the person chosen, on the button."""
    return lambda option: rx.fragment(
        each(
            option.candidates,
            lambda one: when(
                (current == option.value) & (to == one.key), rx.fragment(" to ", one.name)
            ),
        )
    )
