"""What an admin sees: people and their roles, the engines' signs of life, the outbox."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import Handler, HeartBeatElement, each, negate, text_of, when
from escalation_app.components.chips import segments
from escalation_app.components.figures import figure_row
from escalation_app.components.icons import icon
from escalation_app.components.marks import icon_button, person, reference, tag
from escalation_app.components.time_left import local_time, time_ago, time_until

SKELETON_ROWS = 10


def _table(
    caption: str, heads: tuple[str, ...], body: Any, name: str, is_loading: Any = False
) -> Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="sr"),
            rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
            rx.el.tbody(
                when(is_loading, rx.fragment(*[_ghost(heads) for _ in range(SKELETON_ROWS)]), body)
            ),
            class_name=f"tbl plain {name}",
        ),
        class_name="tblbox",
        # On a phone it scrolls by itself, so the keys have to get there.
        role="region",
        aria_label=caption,
        tab_index=0,
    )


def _ghost(heads: tuple[str, ...]) -> Component:
    cells = [rx.el.td(rx.el.span(class_name="sk")) for _ in heads]
    return rx.el.tr(*cells, aria_busy="true", class_name="ghost")


def page_foot(page: Any, total: Any, on_turn: Handler) -> Component:
    """Which rows these are, and the way to others: ``on_turn(1)`` or ``on_turn(-1)``."""
    return rx.el.footer(
        rx.el.span(page.first, " to ", page.last, " of ", total),
        rx.el.span(
            icon_button(
                "left",
                "Previous page",
                class_name="short",
                disabled=negate(page.has_previous),
                on_click=on_turn(-1),
            ),
            icon_button(
                "right",
                "Next page",
                class_name="short",
                disabled=negate(page.has_next),
                on_click=on_turn(1),
            ),
            class_name="row",
        ),
        class_name="foot",
    )


# People --------------------------------------------------------------------------------------


def people_table(rows: Any, *, is_loading: Any = False) -> Component:
    """``PersonRow``s."""
    return _table(
        "People and their roles",
        ("Person", "Role", "Organisation", "Team", "E-mail", "Last seen"),
        each(rows, _person_row),
        "people",
        is_loading,
    )


def _person_row(row: Any) -> Component:
    return rx.el.tr(
        rx.el.th(person(row.person), scope="row"),
        rx.el.td(
            rx.el.span(
                row.role_name,
                when(row.is_active, rx.fragment(), tag("disabled")),
                class_name="row",
            )
        ),
        rx.el.td(row.organisation, class_name="cut", title=row.organisation),
        rx.el.td(
            row.team,
            when(row.tier_name != "", rx.el.span(", ", row.tier_name, class_name="f")),
            class_name="cut",
        ),
        rx.el.td(row.email, class_name="cut m", title=row.email),
        rx.el.td(
            when(
                row.seen_at != "",
                rx.el.span(time_ago(row.seen_at, short=False)),
                rx.el.span("never", class_name="f"),
            )
        ),
        key=row.key,
        data_row=row.key,
        class_name=when(row.is_active, "", "gone"),
    )


# The engines -----------------------------------------------------------------------------------


def engine_panel(engine: Any, on_confirm: Handler, *, is_loading: Any = False) -> Component:
    """An ``EngineView``. It turns red by itself when the signs of life end. ``on_confirm(key)``
    for an engine whose clock was set."""
    return HeartBeatElement.create(
        rx.el.p(
            icon("over"),
            rx.el.span(
                rx.el.b("The engine gives no sign of life."),
                " What falls due waits; nothing is lost, and it is caught up step by step as soon "
                "as an engine runs. Start the product again, or look at its log.",
            ),
            class_name="silence",
            role="alert",
        ),
        each(engine.beats, lambda beat: when(beat.jumped != "", _jumped(beat, on_confirm))),
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    rx.el.span("Alive", class_name="if-alive"),
                    rx.el.span("Silent", class_name="if-silent"),
                    class_name="v",
                ),
                rx.el.p(
                    when(
                        engine.heartbeat_at != "",
                        rx.fragment("last sign ", time_ago(engine.heartbeat_at), " ago"),
                        "no engine runs",
                    ),
                    class_name="l",
                ),
                class_name="fig alive",
            ),
            _number(
                when(engine.next_due_at != "", time_until(engine.next_due_at), "nothing"),
                when(
                    engine.next_due_at != "",
                    rx.fragment(
                        "until something is due, ", local_time(engine.next_due_at, seconds=True)
                    ),
                    "is due",
                ),
            ),
            _number(engine.waiting, "timers wait for their time"),
            _number(engine.overdue, "overdue", is_wrong=engine.overdue > 0),
            _number(engine.failing, "failed and moved ahead", is_wrong=engine.failing > 0),
            class_name="nums",
        ),
        rx.el.h2("Engines", class_name="sec"),
        _table(
            "Engines and their signs of life",
            (
                "Engine",
                "Last sign",
                "Running since",
                "Last sweep",
                "Late by",
                "Fired",
                "Failed",
                "Audited",
            ),
            each(engine.beats, lambda beat: _beat_row(beat, engine)),
            "engines",
            is_loading,
        ),
        rx.el.h2(
            "Today",
            when(
                engine.today_from != "",
                rx.el.span("since ", local_time(engine.today_from), class_name="f"),
            ),
            class_name="sec",
        ),
        figure_row(engine.today),
        at=engine.heartbeat_at,
        late=text_of(engine.late_after_s),
        class_="engine",
        role="region",
        **{"aria-label": "Engine"},
    )


def _jumped(beat: Any, on_confirm: Handler) -> Component:
    """The alarm of an engine whose clock was set."""
    return rx.el.div(
        icon("over"),
        rx.el.span(
            rx.el.b("The clock of ", beat.name, " was set ", beat.jumped, "."),
            " It fires and sends nothing until the new time has held for a minute, by its own clock"
            " at ",
            local_time(beat.held_until, seconds=True),
            when(beat.may_confirm, ", or until somebody confirms the time.", "."),
        ),
        when(
            beat.may_confirm,
            rx.el.button(
                "The time is right",
                type="button",
                class_name="btn short",
                on_click=on_confirm(beat.key),
            ),
        ),
        class_name="alarm",
        role="alert",
        key=beat.key,
    )


def _number(value: Any, label: Any, is_wrong: Any = False) -> Component:
    return rx.el.div(
        rx.el.p(value, class_name="v"),
        rx.el.p(label, class_name="l"),
        class_name=when(is_wrong, "fig wrong", "fig"),
    )


def _beat_row(beat: Any, engine: Any) -> Component:
    return rx.el.tr(
        rx.el.th(
            HeartBeatElement.create(
                rx.el.span(class_name="dot", aria_hidden="true"),
                rx.el.span(beat.name, class_name="cut"),
                rx.el.span("silent", class_name="if-silent"),
                at=beat.at,
                late=text_of(engine.late_after_s),
                class_="row",
            ),
            scope="row",
        ),
        rx.el.td(time_ago(beat.at), " ago"),
        rx.el.td(local_time(beat.started_at)),
        rx.el.td(beat.sweep, class_name="num"),
        rx.el.td(beat.lag, class_name="num"),
        rx.el.td(beat.fired, class_name="num"),
        rx.el.td(beat.failed, class_name="num"),
        rx.el.td(beat.audited, class_name="num"),
        key=beat.key,
        data_row=beat.key,
    )


# The outbox ------------------------------------------------------------------------------------


def outbox_states(page: Any, on_choose: Handler) -> Component:
    """Every state with its count; ``on_choose(state)``."""
    return segments(page.states, page.state, on_choose, label="State")


def stuck_letters(page: Any, on_retry_all: Handler) -> Component:
    """A button for each channel with some that only move on by hand; ``on_retry_all(channel)``."""
    return rx.fragment(
        each(
            page.stuck_by,
            lambda way: rx.el.button(
                icon("history", "sm"),
                "Try all again: ",
                way.label,
                rx.el.span(way.hint, class_name="n"),
                type="button",
                class_name="btn short",
                on_click=on_retry_all(way.value),
                key=way.value,
            ),
        )
    )


def outbox_table(rows: Any, on_retry: Handler, *, is_loading: Any = False) -> Component:
    """``OutboxRow``s, newest first; ``on_retry(number)`` for one that only moves on by hand."""
    return _table(
        "Messages to people",
        ("When", "To", "By", "What", "Ticket", "State"),
        each(rows, lambda row: _outbox_row(row, on_retry)),
        "outbox",
        is_loading,
    )


def _outbox_row(row: Any, on_retry: Handler) -> Component:
    return rx.el.tr(
        rx.el.td(local_time(row.at, seconds=True)),
        rx.el.td(row.recipient, class_name="cut", title=row.recipient),
        rx.el.td(row.channel),
        rx.el.td(row.subject, class_name="cut", title=row.subject),
        rx.el.td(when(row.url != "", reference(row.ref, row.url), row.ref), class_name="ref"),
        rx.el.td(
            rx.el.span(
                when(row.is_wrong, icon("info", "sm")),
                rx.el.b(row.state_name, class_name=when(row.is_wrong, "b ink", "ink")),
                when(
                    row.state_at != "",
                    rx.el.span(
                        when(row.state == "pending", "next try ", ""),
                        local_time(row.state_at, seconds=True),
                        class_name="f",
                    ),
                ),
                when(row.attempts > 0, rx.el.span(row.attempts, " tried", class_name="f")),
                when(row.note != "", rx.el.span(row.note, class_name="m cut")),
                when(
                    row.may_retry,
                    rx.el.button(
                        "Try again",
                        rx.el.span(": ", row.subject, ", to ", row.recipient, class_name="sr"),
                        type="button",
                        class_name="btn short",
                        on_click=on_retry(row.number),
                    ),
                ),
                class_name="row",
            ),
            title=row.note,
        ),
        key=row.key,
        data_row=row.key,
    )
