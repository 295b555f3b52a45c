"""Rows that stay in their places while one of them has the focus."""

from typing import Any

import reflex as rx
from reflex.components.component import Component
from reflex_base.event import no_args_event_spec
from reflex_components_core.el.element import Element

from escalation_app.components.base import Handler


def _stays(event: rx.Var[Any]) -> tuple[rx.Var[bool]]:
    """Whether another row gets the focus that this one loses."""
    return (rx.Var(f"Boolean({event}.relatedTarget?.closest?.('[data-row]'))", _var_type=bool),)


class HeldRows(Element):
    """A ``<div>`` that tells when the focus comes into its rows, moves between them and leaves."""

    tag = "div"

    on_focus: rx.EventHandler[no_args_event_spec]
    on_blur: rx.EventHandler[_stays]


def held_rows(*rows: Component, on_hold: Handler, on_let_go: Handler) -> Component:
    """``on_let_go(stays)``: ``stays`` is true when the focus only moves to another row."""
    return HeldRows.create(*rows, on_focus=on_hold, on_blur=on_let_go, class_name="tblbox")
