"""Times that tell themselves: the badge, how long ago, when in the viewer's zone."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    LocalTimeElement,
    TimeAgoElement,
    TimeLeftElement,
    TimeUntilElement,
    when,
)


def time_left(left: Any, *, short: bool = False) -> Component:
    """The badge of a ``TimeLeft``; nothing when its state is empty. ``short`` leaves out "left"."""
    attributes: dict[str, Any] = {
        "state": left.state,
        "due": left.due_at,
        "from_": left.from_at,
        "soon": left.soon_at,
        "opens": left.opens_at,
        "words": left.words,
        "reason": left.pause_reason,
        "tail": left.tail,
    }
    if short:
        attributes["short"] = ""
    return TimeLeftElement.create(**attributes)


def time_left_with_metric(left: Any) -> Component:
    """The badge and beside it, in grey, which clock it is."""
    return rx.el.span(
        time_left(left), rx.el.span(left.metric, class_name="which"), class_name="row"
    )


def time_ago(at: Any, *, short: bool = True) -> Component:
    """How long ago: ``"34m"``; with ``short=False`` "just now" below a minute."""
    return TimeAgoElement.create(at=at, **({"short": ""} if short else {}))


def time_until(at: Any) -> Component:
    """How long until: ``"9m"``."""
    return TimeUntilElement.create(at=at)


def local_time(at: Any, *, seconds: bool = False, past: bool = False) -> Component:
    """An instant in the viewer's zone: ``"14:41"``, ``"Fri 12:00"``, ``"12 Mar"``; as ``past``,
    ``"at 14:41"``, ``"on Fri at 12:00"``."""
    marks = {name: "" for name, is_set in (("seconds", seconds), ("past", past)) if is_set}
    return LocalTimeElement.create(at=at, **marks)


def sentence(said: Any) -> Component:
    """A ``Sentence``: words around at most one instant."""
    return rx.fragment(
        said.before,
        when(
            said.at != "",
            rx.el.span(
                " ",
                rx.el.b(
                    when(said.is_past, local_time(said.at, past=True), local_time(said.at)),
                    class_name="b",
                ),
                class_name="nw",
            ),
        ),
        said.after,
    )
