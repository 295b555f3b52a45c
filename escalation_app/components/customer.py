"""A customer's pages: their tickets, a new one, and where one stands, who has it, what happened."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    KeptDraftElement,
    anchor,
    count_of,
    each,
    form,
    handlers,
    link,
    text_of,
    when,
)
from escalation_app.components.composer import KEEP_AFTER_MS, WRITES_EVERY_MS
from escalation_app.components.conversation import in_parts, written
from escalation_app.components.dialog import refusal
from escalation_app.components.facts import fact_list
from escalation_app.components.files import file_chips, file_picker
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link
from escalation_app.components.time_left import local_time, sentence, time_left


def draft_field(draft: Any) -> Component:
    """Says which empty form was filled in, so that one press too many sends nothing twice."""
    return rx.el.input(type="hidden", name="draft", value=text_of(draft), read_only=True)


def status_head(status: Any, *, back: tuple[Any, Any] | None = None) -> Component:
    """Reference, who reported it and when, and the subject. ``back``: words and url of the list."""
    return rx.el.header(
        rx.el.p(
            *([link(back[0], to=back[1]), rx.el.span(" / ", class_name="f")] if back else []),
            status.ref,
            when(
                status.reported_at != "",
                rx.el.span(", reported ", local_time(status.reported_at), " by ", status.reporter),
            ),
        ),
        rx.el.h1(status.subject),
        class_name=when(status.ref != "", "", "pending"),
    )


def said(words: Any) -> Any:
    """What was just done, above everything; nothing when ``words`` are empty."""
    return when(
        words != "", rx.el.p(icon("check"), rx.el.span(words), class_name="said", role="status")
    )


def _plain_step(step: Any) -> Component:
    return rx.el.li(
        rx.el.span(
            when(step.state != "todo", icon(step.icon)), class_name="node", aria_hidden="true"
        ),
        rx.el.b(step.name),
        rx.el.small(
            step.words,
            when(step.at != "", rx.el.span(" ", local_time(step.at))),
        ),
        key=step.key,
        class_name=step.state,
        custom_attrs={"aria-current": when(step.state == "now", "step", rx.Var("undefined"))},
    )


def stands(status: Any) -> Component:
    """Where it stands: a headline, a sentence, and a line of steps in plain words."""
    return rx.el.section(
        rx.el.h2(status.headline, id="stands"),
        rx.el.p(status.text),
        rx.el.ol(each(status.steps, _plain_step), class_name="line", aria_label="Steps"),
        class_name="stands",
        aria_labelledby="stands",
    )


def confirm_box(status: Any, *, on_confirm: Handler) -> Component:
    """Whether what we resolved works, of a reader who may say so. On a phone the two buttons are
    in the dock."""
    return when(
        status.can_confirm,
        rx.el.section(
            rx.el.h2("Does it work?", id="works"),
            rx.el.p(
                "Say so, and it is closed at once. If nobody says anything, it ",
                sentence(status.closes),
                ".",
            ),
            rx.el.div(*_whether_it_works(on_confirm), class_name="row"),
            class_name="works",
            aria_labelledby="works",
        ),
    )


def _whether_it_works(on_confirm: Handler) -> tuple[Component, Component]:
    return (
        button("It works", kind="primary", name="check", on_click=on_confirm),
        anchor("It does not work yet", to="#answer", class_name="btn"),
    )


def promise_boxes(status: Any) -> Component:
    """What was promised, when the next update comes, who has it."""
    return rx.el.dl(
        rx.el.div(
            rx.el.dt("Promised"),
            rx.el.dd(
                _or_where_it_goes_on(status, status.promised, "Nothing yet"),
                rx.el.div(time_left(status.promised_left)),
            ),
        ),
        rx.el.div(
            rx.el.dt("Next update"),
            rx.el.dd(
                _or_where_it_goes_on(status, status.next_update, "When there is news"),
                rx.el.small(status.next_update_hint),
            ),
        ),
        rx.el.div(
            rx.el.dt("Who has it"),
            rx.el.dd(
                when(status.holder != "", status.holder, "Our support team"),
                rx.el.small(status.holder_hint),
            ),
        ),
        class_name="know",
    )


def _or_where_it_goes_on(status: Any, said: Any, nothing: str) -> Any:
    """What is said, ``nothing`` where that is nothing; of a merged ticket, where it goes on."""
    return when(
        status.goes_on_in != "",
        rx.fragment("In ", link(status.goes_on_in, to=status.goes_on_url)),
        when(said.before != "", sentence(said), nothing),
    )


def promise_list(promises: Any) -> Component:
    """``CustomerPromise``s, each with its time and what became of it; nothing without any."""
    return when(
        count_of(promises) > 0,
        rx.el.section(
            rx.el.h2("What else we promised you", id="promised"),
            rx.el.ul(each(promises, _promise_line)),
            class_name="vowed",
            aria_labelledby="promised",
        ),
    )


def _promise_line(one: Any) -> Component:
    return rx.el.li(
        rx.el.b(one.text),
        time_left(one.left),
        rx.el.small(
            sentence(one.due),
            when(one.instead_of.before != "", rx.fragment(", ", sentence(one.instead_of))),
        ),
        key=one.key,
    )


def answer_box(
    status: Any,
    *,
    on_answer: Handler,
    on_write: Handler = None,
    on_keep: Handler = None,
    kept: dict[str, Any] | None = None,
    is_team_writing: Any = False,
    draft: Any = "",
    error: Any = "",
) -> Component:
    """Answer or add something. ``on_answer(form)`` gets ``{"text": ...}``.

    A new ``draft`` empties the box, which then begins with what is ``kept``: the ``text``, and a
    ``stamp`` that changes when it was read. ``on_write`` is called every few seconds while there is
    typing, ``on_keep(text, draft)`` a moment after the last key.
    """

    def typed(text: Any) -> list[Any]:
        writes = [] if on_write is None else [on_write().throttle(WRITES_EVERY_MS)]
        keeps = [] if on_keep is None else [on_keep(text, draft).debounce(KEEP_AFTER_MS)]
        return [*keeps, *writes]

    has_handler = on_write is not None or on_keep is not None
    return when(
        status.can_answer,
        form(
            draft_field(draft),
            when(
                status.question != "",
                rx.el.figure(
                    rx.el.figcaption(status.asked_by, " asks"),
                    rx.el.blockquote(status.question),
                    class_name="our-question",
                ),
            ),
            rx.el.label(
                when(
                    status.is_resolved,
                    "Not solved? Answer and it opens again",
                    when(status.question != "", "Your answer", "Answer or add something"),
                ),
                html_for="answer",
            ),
            KeptDraftElement.create(
                rx.el.textarea(
                    id="answer",
                    name="text",
                    class_name="input",
                    rows="3",
                    required=True,
                    max_length=20_000,
                    placeholder=when(
                        status.holder != "", status.holder + " reads this", "We read this at once"
                    ),
                    **handlers(on_change=typed if has_handler else None),
                ),
                **(kept or {}),
            ),
            file_picker(),
            refusal(error),
            rx.el.div(
                rx.el.span(
                    when(is_team_writing, "Your support team is writing…"),
                    class_name="grow f t12",
                    aria_live="polite",
                ),
                button("Send", name="send", key="Control+Enter", keyname="send", submits=True),
                class_name="row",
            ),
            on_submit=on_answer,
            key=draft,
            class_name="answer",
        ),
    )


def known_facts(facts: Any) -> Any:
    """What stands in the fields that customers see, as ``Fact``s; nothing when none does."""
    return when(
        count_of(facts) > 0,
        rx.el.section(
            rx.el.h2("What we know about it", id="known"),
            fact_list(facts),
            class_name="hist",
            aria_labelledby="known",
        ),
    )


def history(items: Any, *, earlier: Any = 0, on_earlier: Handler = None) -> Component:
    """``HistoryItem``s, newest first; below them the way to ``earlier`` ones."""
    return rx.el.section(
        rx.el.h2("What happened", id="history"),
        rx.el.ol(
            each(
                items,
                lambda item: rx.el.li(
                    rx.el.span(local_time(item.at)),
                    rx.el.span(
                        rx.el.b(in_parts(item.title_parts, item.title)),
                        when(item.text != "", rx.el.small(written(item))),
                        file_chips(item.files),
                    ),
                    key=item.key,
                    class_name=when(item.is_yours, "yours", ""),
                ),
            )
        ),
        when(
            earlier > 0,
            button(earlier, " earlier", name="history", on_click=on_earlier),
        ),
        class_name="hist",
        aria_labelledby="history",
    )


def status_dock(
    status: Any, *, on_escalate: Handler, on_confirm: Handler = None, new_url: str = ""
) -> Component:
    """On a phone: answer, escalate, and say whether it works, within reach of a thumb."""
    return rx.el.section(
        when(
            status.can_confirm,
            rx.fragment(*reversed(_whether_it_works(on_confirm))),
            when(
                status.can_answer,
                anchor(icon("reply"), "Answer", to="#answer", class_name="btn"),
            ),
        ),
        when(
            status.can_escalate,
            button("Escalate", kind="primary", name="up", on_click=on_escalate),
        ),
        when(
            status.is_closed,
            when(
                status.goes_on_in != "",
                button_link(
                    rx.fragment("Open ", status.goes_on_in),
                    to=status.goes_on_url,
                    kind="primary",
                    name="arrow",
                ),
                button_link("New ticket", to=new_url, kind="primary", name="plus")
                if new_url
                else rx.fragment(),
            ),
        ),
        class_name="dock",
        aria_label="Actions",
    )
