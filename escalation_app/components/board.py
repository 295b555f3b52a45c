"""The tier board: a column for each tier, and strips that move by themselves."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import count_of, each, inline, link, text_of, when
from escalation_app.components.icons import icon
from escalation_app.components.marks import severity
from escalation_app.components.skeleton import ghost_board, until
from escalation_app.components.time_left import time_ago, time_left


def strip(card: Any) -> Component:
    """A ``BoardCard``. Its edge takes the colour of its clock; its foot says why it moved."""
    return link(
        rx.el.span(
            severity(card.severity, card.severity_name),
            rx.el.span(card.ref, class_name="ref"),
            time_left(card.time_left),
            class_name="top",
        ),
        rx.el.p(card.subject, class_name="say"),
        rx.el.p(
            rx.el.span(
                card.customer,
                ", ",
                when(card.holder != "", card.holder, "nobody yet"),
                class_name="cut",
            ),
            class_name="by",
        ),
        when(
            card.moved_from != "",
            rx.el.span(
                icon("up", "sm"),
                rx.el.span(
                    "from ",
                    card.moved_from,
                    " ",
                    time_ago(card.moved_at, short=False),
                    ": ",
                    card.why,
                    class_name="cut",
                ),
                class_name="moved",
            ),
        ),
        to=card.url,
        key=card.ref,
        data_row=card.ref,
        class_name=when(card.fresh, "strip fresh", "strip"),
    )


def load_bar(column: Any) -> Component:
    """Count against target: solid up to it, hatched beyond."""
    return rx.el.div(
        rx.el.span(custom_attrs=inline(width=text_of(column.load_pct) + "%")),
        when(
            column.extra_pct > 0,
            rx.el.span(
                class_name="extra",
                custom_attrs=inline(
                    left=text_of(column.mark_pct) + "%", width=text_of(column.extra_pct) + "%"
                ),
            ),
        ),
        when(
            column.target > 0,
            rx.el.i(custom_attrs=inline(left=text_of(column.mark_pct) + "%")),
        ),
        class_name="load",
        role="img",
        aria_label=text_of(column.count) + " of a target of at most " + text_of(column.target),
    )


def column(tier: Any) -> Component:
    """A ``TierColumn``."""
    return rx.el.section(
        rx.el.header(
            rx.el.div(
                rx.el.h2(tier.name, id="tier-" + tier.key),
                rx.el.span(tier.job, class_name="job cut"),
                rx.el.p(
                    rx.el.span(tier.count, class_name="count"),
                    rx.el.span(
                        when(tier.target > 0, rx.el.span("of ", tier.target)),
                        when(
                            tier.excess > 0,
                            rx.el.span(", ", rx.el.b(tier.excess, " too many")),
                        ),
                    ),
                    class_name="big",
                ),
                class_name="colhead",
            ),
            load_bar(tier),
            rx.el.p(
                rx.el.span(
                    when(
                        tier.oldest_at != "",
                        rx.el.span("oldest ", rx.el.b(time_ago(tier.oldest_at))),
                        "nothing waits",
                    )
                ),
                rx.el.span(
                    rx.foreach(tier.flow, lambda one, at: _flow(one, at))
                    if isinstance(tier.flow, rx.Var)
                    else rx.fragment(*[_flow(one, at) for at, one in enumerate(tier.flow)]),
                    title="Today",
                ),
                class_name="cf",
            ),
        ),
        rx.el.div(
            each(tier.cards, strip),
            when(tier.more > 0, link(tier.more_words, to=tier.url, class_name="more")),
            when(
                tier.count == 0,
                rx.el.p("Nothing here. The top stays small.", class_name="m t12"),
            ),
            class_name="list",
        ),
        key=tier.key,
        class_name="col",
        aria_labelledby="tier-" + tier.key,
    )


def _flow(one: Any, at: Any) -> Component:
    return rx.el.span(when(at > 0, rx.el.span(", ")), one.word, " ", rx.el.b(one.count))


def board(columns: Any) -> Component:
    """All columns; on a phone one at a time, chosen above. Grey strips until there are columns."""
    return until(count_of(columns) > 0, _board(columns), ghost=ghost_board())


def _board(columns: Any) -> Component:
    return rx.el.div(
        rx.el.div(
            rx.foreach(columns, _tier_choice)
            if isinstance(columns, rx.Var)
            else rx.fragment(*[_tier_choice(one, at) for at, one in enumerate(columns)]),
            class_name="tierpick",
            role="radiogroup",
            aria_label="Which tier",
        ),
        rx.el.div(each(columns, column), class_name="board rule"),
        class_name="boardbox",
    )


def _tier_choice(tier: Any, at: Any) -> Component:
    return rx.el.label(
        rx.el.input(type="radio", name="tier", class_name="sr", default_checked=at == 0),
        tier.name,
        rx.el.b(tier.count),
        key=tier.key,
    )
