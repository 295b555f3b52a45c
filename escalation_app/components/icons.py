"""The icons, drawn once in ``assets/icons.svg`` and cited by name."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

NAMES = frozenset(
    "adown arrow aup bell book brief check clip clock dots down-step eye filter flask globe grid "
    "half history inbox info keys left list lock mail merge minus out over pause phone play pledge "
    "plus pulse reply right scale search send shield skip sliders star sun tiers up user x".split()
)
"""Every symbol of the file."""


def icon(name: Any, size: str = "") -> Component:
    """An icon that says nothing by itself: words stand beside it. ``size``: ``""``, ``sm``, ``lg``.

    Raises ValueError for a name that is not drawn.
    """
    if isinstance(name, str) and name not in NAMES:
        raise ValueError(f"no icon is called {name!r}")
    return rx.el.svg(
        rx.el.svg.use(href="/icons.svg#" + name),
        class_name=f"i {size}".strip(),
        aria_hidden="true",
    )


def brand_mark() -> Component:
    """The three steps."""
    return rx.el.svg(
        rx.el.svg.path(d="M2 18h5v-5H2z", fill="currentColor", opacity=".45"),
        rx.el.svg.path(d="M7.5 18h5V8h-5z", fill="currentColor", opacity=".75"),
        rx.el.svg.path(d="M13 18h5V2h-5z", class_name="top-step"),
        view_box="0 0 20 20",
        aria_hidden="true",
    )


def still_dial(share: int) -> Component:
    """The dial of a badge standing still at a share in percent, for a legend or a lamp."""
    return rx.el.svg(
        rx.el.svg.circle(cx="8", cy="8", r="6.75", class_name="ring"),
        rx.el.svg.circle(
            cx="8",
            cy="8",
            r="2.5",
            class_name="left",
            custom_attrs={"pathLength": "100", "strokeDasharray": f"{share} 100"},
        ),
        view_box="0 0 16 16",
        class_name="dial",
        aria_hidden="true",
    )
