"""What an admin sees: people and their roles, the engine's heartbeat, the outbox."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import each, link, when
from escalation_app.components.facts import fact_list
from escalation_app.components.icons import icon
from escalation_app.components.marks import person, tag
from escalation_app.components.time_left import local_time, time_ago, time_until


def _table(caption: str, heads: tuple[str, ...], body: Any, name: str) -> Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="sr"),
            rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
            rx.el.tbody(body),
            class_name=f"tbl plain {name}",
        ),
        class_name="tblbox",
    )


def people_table(rows: Any) -> Component:
    """``PersonRow``s."""
    return _table(
        "People and their roles",
        ("Person", "Role", "Organisation", "Team", "E-mail", "Last seen"),
        each(
            rows,
            lambda row: rx.el.tr(
                rx.el.td(person(row.person)),
                rx.el.td(
                    row.role_name, " ", when(row.is_active, rx.fragment(), tag("switched off"))
                ),
                rx.el.td(row.organisation, class_name="cut"),
                rx.el.td(
                    row.team,
                    when(row.tier_name != "", rx.el.span(", ", row.tier_name)),
                    class_name="cut",
                ),
                rx.el.td(row.email, class_name="cut"),
                rx.el.td(when(row.seen_at != "", time_ago(row.seen_at, short=False), "never")),
                key=row.key,
                data_row=row.key,
            ),
        ),
        "people",
    )


def engine_panel(engine: Any) -> Component:
    """An ``EngineView``: is it alive, when did it last look, what comes next."""
    return rx.el.section(
        rx.el.div(
            _number(
                when(
                    engine.state == "alive",
                    "Alive",
                    when(
                        engine.state == "late",
                        "Late",
                        when(engine.state == "held", "Held", "Not running"),
                    ),
                ),
                rx.fragment("heartbeat ", time_ago(engine.heartbeat_at, short=False)),
            ),
            _number(rx.fragment(engine.lag_ms, rx.el.small(" ms")), "late at the last firing"),
            _number(engine.fired_today, "fired today"),
            _number(engine.overdue, "overdue and not yet taken"),
            _number(engine.failed, "failed, moved ahead"),
            class_name="nums",
        ),
        rx.el.p(
            icon("pulse", "sm"),
            rx.el.span(
                engine.words,
                when(
                    engine.last_sweep_at != "",
                    rx.el.span(
                        ". Last look ",
                        local_time(engine.last_sweep_at, seconds=True),
                        ": ",
                        engine.last_sweep_words,
                    ),
                ),
                when(
                    engine.next_due_at != "",
                    rx.el.span(". Next due in ", time_until(engine.next_due_at)),
                ),
                ".",
            ),
            class_name="note-line",
        ),
        rx.el.div(fact_list(engine.facts), class_name="padded"),
        aria_label="Engine",
    )


def _number(value: Any, label: Any) -> Component:
    return rx.el.div(
        rx.el.p(value, class_name="v"), rx.el.p(label, class_name="l"), class_name="fig"
    )


def outbox_table(rows: Any) -> Component:
    """``OutboxRow``s, newest first."""
    return _table(
        "Messages to people",
        ("When", "To", "Channel", "Subject", "Ticket", "State"),
        each(
            rows,
            lambda row: rx.el.tr(
                rx.el.td(local_time(row.at)),
                rx.el.td(row.recipient, class_name="cut"),
                rx.el.td(row.channel),
                rx.el.td(row.subject, class_name="cut", title=row.subject),
                rx.el.td(when(row.url != "", link(row.ref, to=row.url, class_name="ref"), row.ref)),
                rx.el.td(
                    row.state_name,
                    when(
                        row.attempts > 1,
                        rx.el.span(", ", row.attempts, " attempts", class_name="f"),
                    ),
                    when(row.error != "", rx.el.span(": ", row.error, class_name="m")),
                    class_name="cut",
                    title=row.error,
                ),
                key=row.key,
                data_row=row.key,
            ),
        ),
        "outbox",
    )
