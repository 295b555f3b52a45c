"""The war room's frame: who leads, how long there is, the path, what was decided and said."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, count_of, each, link, when
from escalation_app.components.case_lists import moved_list
from escalation_app.components.conversation import timeline_item
from escalation_app.components.icons import icon
from escalation_app.components.marks import avatar, button, severity_with_name
from escalation_app.components.time_left import local_time, sentence, time_ago, time_left


def case_head(head: Any, can_list: Any, why: Any, *actions: Component) -> Component:
    """A ``CaseHead`` with ``why`` it was escalated and its actions, one primary. ``can_list``: the
    reader may see the list of escalations, to which it leads back; others come from the queue."""
    return rx.el.header(
        rx.el.div(
            when(can_list, link("Escalations", to="/escalations"), link("Queue", to="/queue")),
            rx.el.span("/", class_name="f"),
            link(head.ref, to=head.ticket_url, class_name="ref", title="The ticket itself"),
            rx.el.span(class_name="grow"),
            rx.el.span(
                "Open ",
                time_ago(head.opened_at),
                ", escalated ",
                local_time(head.escalated_at),
                ": ",
                head.kind_name,
                class_name="f wide-only",
            ),
            class_name="crumb",
        ),
        rx.el.div(
            rx.el.h1(head.subject, class_name="h1 grow", title=head.subject),
            rx.el.div(*actions, class_name="acts row"),
            class_name="row case-top",
        ),
        when(why != "", rx.el.p(why, class_name="case-why", title=why)),
        class_name=when(head.ref != "", "case-head", "case-head pending"),
    )


def _fact(label: str, *said: Any) -> Component:
    return rx.el.div(rx.el.small(label), rx.el.div(*said, class_name="row"))


def _leader(mark: Any, nobody: str) -> Component:
    return when(
        mark.name != "",
        rx.fragment(
            avatar(mark.initials),
            rx.el.b(mark.name, class_name="b"),
            rx.el.span(mark.hint, class_name="f t12 cut"),
        ),
        rx.fragment(avatar(""), rx.el.span(nobody, class_name="f")),
    )


def case_roles(head: Any, on_nudge: Component, acknowledge: Component) -> Component:
    """Who owns, sponsors and waits; how long there is; who has acknowledged it."""
    return rx.el.div(
        _fact("Owner", _leader(head.owner, "No owner")),
        _fact("Executive sponsor", _leader(head.sponsor, "Nobody yet")),
        _fact(
            "Customer",
            rx.el.b(head.customer, class_name="b cut"),
            rx.el.span(head.requester, class_name="f t12 cut"),
        ),
        _fact(
            "Resolution",
            time_left(head.resolution),
            severity_with_name(head.severity, head.severity_name),
        ),
        _fact(
            "Acknowledged",
            rx.el.span(sentence(head.acknowledged), class_name="cut"),
            acknowledge,
            on_nudge,
        ),
        class_name="roles",
    )


def case_over(head: Any) -> Component:
    """That the escalation has ended, on top of what stays to be read."""
    return when(
        head.is_over,
        rx.el.p(icon("info", "sm"), rx.el.span(sentence(head.end)), class_name="note-line"),
    )


# The path --------------------------------------------------------------------------------------


def _path_step(step: Any) -> Component:
    return rx.el.li(
        rx.el.span(
            when(step.state == "todo", rx.el.span(step.number), icon(step.icon)),
            class_name="node",
            aria_hidden="true",
        ),
        rx.el.div(
            rx.el.b(step.title),
            rx.el.p(
                when(step.at != "", rx.el.span(local_time(step.at), ". ")),
                step.text,
                class_name="say",
                title=step.text,
            ),
            each(step.notes, lambda note: rx.el.p(sentence(note))),
            time_left(step.time_left),
        ),
        key=step.key,
        class_name=step.state,
        custom_attrs={"aria-current": when(step.state == "now", "step", "false")},
    )


def case_path(path: Any) -> Component:
    """A ``PathView`` lying down: what happened at each step and who acknowledged it."""
    return when(
        count_of(path.steps) > 0,
        rx.el.ol(
            each(path.steps, _path_step),
            class_name="hpath",
            aria_label="Escalation path: " + path.title,
        ),
        rx.el.p(
            icon("info", "sm"),
            rx.el.span("No path of the process runs. People drive this case."),
            class_name="note-line hpath-none",
        ),
    )


# What was decided, said and done ---------------------------------------------------------------


def _decision(line: Any) -> Component:
    return rx.el.li(
        rx.el.span(local_time(line.at), class_name="at"),
        rx.el.b(line.title, class_name=when(line.is_recorded, "b", "m")),
        when(line.text != "", rx.el.p(line.text)),
        key=line.key,
    )


def decision_log(decisions: Any, action: Component) -> Component:
    """``DecisionLine``s, newest first; what somebody wrote down stands out."""
    return rx.el.section(
        rx.el.h2("Decisions", rx.el.span(action, class_name="end"), class_name="sec rule"),
        rx.el.ol(each(decisions, _decision), class_name="dec"),
        aria_label="Decisions",
    )


def said_to_customer(page: Any, on_earlier: Handler) -> Component:
    """What was said between us and the customer, newest first."""
    return rx.el.section(
        rx.el.h2(
            "Said to and by the customer",
            rx.el.span(
                link("Whole conversation", to=page.head.ticket_url),
                class_name="end",
            ),
            class_name="sec rule",
        ),
        rx.el.ol(each(page.said, timeline_item), class_name="heard"),
        when(
            count_of(page.said) == 0,
            rx.el.p("Nothing has been said yet.", class_name="note-line"),
        ),
        when(
            page.earlier > 0,
            rx.el.p(
                rx.el.button(
                    page.earlier,
                    " earlier",
                    type="button",
                    class_name="why",
                    on_click=on_earlier,
                ),
                class_name="note-line",
            ),
        ),
        aria_label="Said to and by the customer",
    )


def what_moved(page: Any) -> Component:
    """What happened last besides what was said."""
    return rx.el.section(
        rx.el.h2(
            "What moved",
            rx.el.span(link("All", to=page.head.ticket_url), class_name="end"),
            class_name="sec rule",
        ),
        moved_list(page.moved),
        aria_label="What moved",
    )


# The customer ----------------------------------------------------------------------------------


def _beat(beat: Any) -> Component:
    return rx.el.li(
        icon(beat.icon),
        rx.el.b(local_time(beat.at)),
        beat.words,
        key=beat.key,
        class_name=beat.state,
    )


def cadence(page: Any, *, on_edit: Handler) -> Component:
    """A ``Cadence``: when the customer is to hear from us next, and a draft of it."""
    beat = page.cadence
    return rx.el.section(
        rx.el.h2(
            when(
                beat.every != "",
                rx.el.span("Customer hears every ", beat.every),
                rx.el.span("Customer updates"),
            ),
            rx.el.span(time_left(beat.time_left), class_name="end"),
            class_name="sec",
        ),
        when(
            count_of(beat.beats) > 0,
            rx.el.ol(
                each(beat.beats, _beat), class_name="beat", aria_label="Words to the customer"
            ),
            rx.el.p(
                when(
                    beat.every == "",
                    "Nothing is promised about when they hear from us.",
                    "The first word to the customer starts it.",
                ),
                class_name="note-line",
            ),
        ),
        when(
            (beat.draft != "") & page.may.can_update,
            rx.el.div(
                rx.el.p("Draft of the next one", class_name="lab"),
                rx.el.p(beat.draft, class_name="draft"),
                button(
                    "Edit and send",
                    name="send",
                    class_name="short",
                    on_click=on_edit,
                ),
                class_name="draftbox",
            ),
        ),
        aria_label="Words to the customer",
    )
