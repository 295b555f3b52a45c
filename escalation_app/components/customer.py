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
    negate,
    text_of,
    when,
)
from escalation_app.components.composer import KEEP_AFTER_MS, WRITES_EVERY_MS
from escalation_app.components.dialog import dialog, dialog_buttons, text_field
from escalation_app.components.facts import fact_list
from escalation_app.components.files import file_chips, file_picker
from escalation_app.components.icons import icon
from escalation_app.components.marks import button, button_link, icon_button
from escalation_app.components.time_left import local_time, sentence, time_left


def _refusal(error: Any) -> Any:
    return when(error != "", rx.el.p(icon("info", "sm"), error, class_name="refused", role="alert"))


def _draft(draft: Any) -> Component:
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


def promise_boxes(status: Any) -> Component:
    """What was promised, when the next update comes, who has it."""
    return rx.el.dl(
        rx.el.div(
            rx.el.dt("Promised"),
            rx.el.dd(
                when(status.promised.before != "", sentence(status.promised), "Nothing yet"),
                rx.el.div(time_left(status.promised_left)),
            ),
        ),
        rx.el.div(
            rx.el.dt("Next update"),
            rx.el.dd(
                when(
                    status.next_update.before != "",
                    sentence(status.next_update),
                    "When there is news",
                ),
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
            _draft(draft),
            rx.el.label(
                when(
                    status.is_resolved,
                    "Not solved? Answer and it opens again",
                    "Answer or add something",
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
            _refusal(error),
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
                        rx.el.b(item.title),
                        when(item.text != "", rx.el.small(item.text)),
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


def escalate_box(
    status: Any, *, on_escalate: Handler, new_url: str = "", more: list[Component] | None = None
) -> Component:
    """ "Escalate" always works while the ticket is open; the box says what happens next, or what
    is happening. Of a solved or closed ticket it says what else can be done."""
    return rx.el.aside(
        when(
            status.is_closed,
            when(
                status.goes_on_in != "",
                _goes_on_box(status),
                _done_box(
                    "Is it back?",
                    rx.fragment(
                        "A closed ticket stays closed. Open a new one and name ", status.ref, "."
                    ),
                    new_url,
                ),
            ),
            when(
                status.is_resolved,
                _done_box("Not solved?", "Answer, and it opens again. Then you can escalate too."),
                _escalate_now(status, on_escalate),
            ),
        ),
        rx.el.p("Times are in your own zone."),
        *(more or []),
        aria_label="Escalate",
    )


def _done_box(title: str, words: Any, new_url: str = "") -> Component:
    return rx.el.section(
        rx.el.h2(title),
        rx.el.p(words),
        *(
            [button_link("New ticket", to=new_url, kind="primary", name="plus")]
            if new_url
            else [anchor(icon("reply"), "Answer", to="#answer", class_name="btn")]
        ),
        class_name="askbox",
    )


def _goes_on_box(status: Any) -> Component:
    return rx.el.section(
        rx.el.h2("It goes on in ", status.goes_on_in),
        rx.el.p("We look after both together there. Answer and escalate there too."),
        button_link(
            rx.fragment("Open ", status.goes_on_in),
            to=status.goes_on_url,
            kind="primary",
            name="arrow",
        ),
        class_name="askbox",
    )


def _escalate_now(status: Any, on_escalate: Handler) -> Component:
    return rx.el.section(
        when(
            status.is_escalated,
            rx.fragment(
                rx.el.h2("You escalated this"),
                rx.el.p("Asked for ", local_time(status.escalated_at), ". It is under way."),
                _next_steps("What is happening", status.what_next),
            ),
            rx.fragment(
                rx.el.h2("Not going well?"),
                rx.el.p(
                    "You can escalate at any time, for any reason. It never slows anything down."
                ),
            ),
        ),
        when(
            status.can_escalate,
            button(
                when(status.is_escalated, "Escalate again", "Escalate"),
                kind=when(status.is_escalated, "", "primary"),
                name="up",
                key="e",
                keyname="escalate",
                class_name="full",
                on_click=on_escalate,
            ),
        ),
        when(
            status.is_escalated,
            rx.fragment(),
            _next_steps("What happens next", status.what_next),
        ),
        class_name="askbox",
    )


def _next_steps(title: str, steps: Any) -> Component:
    return rx.fragment(
        rx.el.h3(title),
        rx.el.ol(
            each(steps, lambda one: rx.el.li(rx.el.span(sentence(one)))), class_name="next-steps"
        ),
    )


def ask_dialog(
    is_open: Any,
    status: Any,
    *,
    on_close: Handler,
    on_escalate: Handler,
    draft: Any = 0,
    error: Any = "",
) -> Component:
    """Escalate, for any reason or none. ``on_escalate(form)`` gets ``{"reason": ...}``."""
    return dialog(
        is_open,
        rx.fragment("Escalate ", status.ref),
        rx.el.div(
            _draft(draft),
            text_field(
                "What is going wrong? You may leave this empty.",
                "reason",
                rows=3,
                is_required=False,
                is_first=True,
                max_length=2_000,
            ),
            _refusal(error),
            when(
                status.is_escalated,
                rx.el.p("Whoever answers for it is told that you ask again."),
                rx.el.div(
                    rx.el.p("What will happen", class_name="lab"),
                    rx.el.ol(
                        each(status.what_next, lambda one: rx.el.li(rx.el.span(sentence(one)))),
                        class_name="next-steps",
                    ),
                ),
            ),
            class_name="d-plain",
        ),
        on_close=on_close,
        footer=dialog_buttons(rx.fragment("Escalate ", status.ref), on_close, name="up"),
        under=status.subject,
        on_submit=on_escalate,
        form_key=draft,
        name="ask",
    )


def status_dock(status: Any, *, on_escalate: Handler, new_url: str = "") -> Component:
    """On a phone: answer and escalate within reach of a thumb."""
    return rx.el.section(
        when(
            status.can_answer,
            anchor(icon("reply"), "Answer", to="#answer", class_name="btn"),
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


def problems_head(page: Any, *, to_new: str) -> Component:
    """The head of a customer's list: whose tickets they are, and the way to a new one."""
    return rx.el.header(
        rx.el.div(
            rx.el.h1(
                when(
                    page.organisation != "",
                    rx.fragment("Tickets of ", page.organisation),
                    "My tickets",
                )
            ),
            rx.el.span(class_name="grow"),
            button_link("New ticket", to=to_new, kind="primary", name="plus", key="c"),
            class_name="row",
        ),
    )


def problem_views(page: Any, on_choose: Handler) -> Component:
    """Open, solved, and a lead's own; ``on_choose(view)``."""

    def one(value: str, *words: Any) -> Component:
        return rx.el.button(
            *words,
            type="button",
            custom_attrs={"aria-pressed": when(page.view == value, "true", "false")},
            on_click=on_choose(value),
        )

    return rx.el.div(
        one("open", "Open ", rx.el.span(page.open, class_name="n")),
        one("done", "Solved and closed ", rx.el.span(page.done, class_name="n")),
        when(page.organisation != "", one("mine", "Reported by me")),
        class_name="seg",
        role="group",
        aria_label="Which tickets",
    )


def problems(rows: Any) -> Component:
    """``CustomerTicketRow``s, those that wait for the customer first."""
    return rx.el.ul(each(rows, _problem), class_name="problems")


def _problem(row: Any) -> Component:
    return rx.el.li(
        link(
            rx.el.b(row.subject),
            rx.el.span(time_left(row.promised)),
            rx.el.small(
                row.ref,
                ", ",
                when(
                    row.needs_answer,
                    rx.el.b("waiting for your answer", class_name="ink"),
                    row.status_words,
                ),
                when(row.is_escalated, ", a manager answers for it"),
                when(row.is_mine, "", rx.el.span(", reported by ", row.reporter)),
            ),
            rx.el.small(
                when(
                    row.next_update_at != "",
                    rx.el.span("first answer by ", local_time(row.next_update_at)),
                    rx.el.span("last news ", local_time(row.changed_at)),
                )
            ),
            to=row.url,
        ),
        key=row.ref,
        data_row=row.ref,
    )


def problem_pages(page: Any, on_turn: Handler) -> Any:
    """The way through a list that is longer than a page; ``on_turn(1)`` or ``on_turn(-1)``."""
    return when(
        page.has_previous | page.has_next,
        rx.el.nav(
            rx.el.span(page.first, " to ", page.last, " of ", page.total),
            icon_button(
                "left", "Previous page", disabled=negate(page.has_previous), on_click=on_turn(-1)
            ),
            icon_button("right", "Next page", disabled=negate(page.has_next), on_click=on_turn(1)),
            class_name="pager",
            aria_label="Pages",
        ),
    )


def plain_choice(label: Any, name: str, choices: Any, on_choose: Handler) -> Component:
    """One of a few answers in plain words; ``on_choose(value)`` when one is chosen."""
    return rx.el.fieldset(
        rx.el.legend(label, class_name="lab"),
        each(
            choices,
            lambda one: rx.el.label(
                rx.el.input(
                    type="radio",
                    name=name,
                    value=one.value,
                    class_name="radio",
                    required=True,
                    on_change=lambda _value: on_choose(one.value),
                ),
                rx.el.span(one.label),
                key=one.value,
                class_name="opt",
            ),
        ),
        class_name="field",
    )


def new_problem(
    *fields: Component,
    on_open: Handler,
    promise: Any = "",
    draft: Any = "",
    error: Any = "",
) -> Component:
    """The short form: what, in words; ``fields`` for impact and urgency. ``on_open(form)``.

    ``promise``: what the answers so far promise. The form is never emptied while it is shown: it
    can be written in before the page is connected.
    """
    return form(
        _draft(draft),
        text_field("What is the problem, in a few words?", "subject", max_length=300),
        text_field("What happened, and since when?", "text", rows=5),
        file_picker(),
        *fields,
        rx.el.p(
            icon("pledge"),
            when(
                promise != "",
                rx.el.b(promise),
                rx.el.span("How soon we help follows from your two answers."),
            ),
            class_name="promise",
            role="status",
        ),
        _refusal(error),
        rx.el.div(
            button(
                "Send",
                kind="primary",
                name="send",
                key="Control+Enter",
                keyname="send",
                submits=True,
            ),
            class_name="row",
        ),
        on_submit=on_open,
        class_name="form",
    )
