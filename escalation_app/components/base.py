"""What the components are made of: plain elements, links that stay on the page, values or Vars.

A component takes a value of ``views`` or a Var of one, and event handlers; it imports no state.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.components.component import Component
from reflex_components_core.el.element import Element
from reflex_components_core.el.elements.forms import Form
from reflex_components_core.react_router.dom import ReactRouterLink

Child = Any
"""What an element takes as a child: a component, text, a number, or a Var of one."""
Handler = Any
"""What an ``on_...`` argument takes: an event handler, a spec, a list of them, or None."""


def each(items: Any, draw: Callable[[Any], Component]) -> Any:
    """``rx.foreach`` for a Var, the components themselves for plain values."""
    if isinstance(items, rx.Var):
        return rx.foreach(items, draw)
    return rx.fragment(*[draw(item) for item in items])


def when(test: Any, yes: Any, no: Any = None) -> Any:
    """``rx.cond`` for a Var, one of the two for a plain value. Works for text too."""
    if not isinstance(test, rx.Var):
        chosen = yes if test else no
        return rx.fragment() if chosen is None else chosen
    if isinstance(yes, Component) or isinstance(no, Component):
        return rx.cond(test, _drawn(yes), _drawn(no))
    return rx.cond(test, yes, "" if no is None else no)


def _drawn(part: Any) -> Component:
    if isinstance(part, Component):
        return part
    return rx.fragment() if part is None else rx.fragment(part)


def text_of(value: Any) -> Any:
    """A number or a list as text that can stand in an attribute."""
    return value.to_string() if isinstance(value, rx.Var) else str(value)


def count_of(items: Any) -> Any:
    """How many there are."""
    return items.to(list).length() if isinstance(items, rx.Var) else len(items)


def either(*tests: Any) -> Any:
    """True when any of the tests is."""
    result = tests[0]
    for test in tests[1:]:
        result = (
            result | test
            if isinstance(result, rx.Var) or isinstance(test, rx.Var)
            else result or test
        )
    return result


def negate(test: Any) -> Any:
    """The opposite."""
    return ~test if isinstance(test, rx.Var) else not test


def inline(**properties: Any) -> dict[str, Any]:
    """A real ``style`` attribute. Reflex's own ``style`` makes a class, which rules may outweigh.

    ``left="40%"`` or, for a custom property, ``at_="40"`` (``--at``).
    """
    named = {
        f"--{key[:-1]}" if key.endswith("_") else key: value for key, value in properties.items()
    }
    return {"style": rx.Var.create(named)}


def link(*children: Child, to: Any, **props: Any) -> Component:
    """A link inside the site, followed without loading the page anew."""
    return ReactRouterLink.create(*children, to=to, **props)


def link_in_place(*children: Child, to: Any, **props: Any) -> Component:
    """A link to another address of the same page, which stays where it is scrolled to."""
    return link(*children, to=to, prevent_scroll_reset=True, **props)


class _Anchor(Element):
    """A plain ``<a>``; ``rx.el.a`` is a link of the router, which would leave and come back."""

    tag = "a"

    href: rx.Var[str]


def anchor(*children: Child, to: Any, **props: Any) -> Component:
    """A link to a place on this page: ``#history``."""
    return _Anchor.create(*children, href=to, **props)


def plain_link(*children: Child, to: Any, **props: Any) -> Component:
    """A link to something that is no page, opened beside this one."""
    attributes = {"target": "_blank", "rel": "noopener"}
    return _Anchor.create(*children, href=to, custom_attrs=attributes, **props)


def handlers(**given: Handler) -> dict[str, Any]:
    """The event props that were given, without the missing ones."""
    return {name: handler for name, handler in given.items() if handler is not None}


class _OwnDrawing(Element):
    """An element of ``assets/elements.js``: it draws its inside itself, so React must not.

    Reflex makes identifiers from ``tag``, so the name with a dash is the ``alias``.
    """

    @classmethod
    def create(cls, *children: Child, **attributes: Any) -> Component:
        if not children:
            attributes["dangerouslySetInnerHTML"] = rx.Var('({__html: ""})')
        attributes["suppressHydrationWarning"] = True
        key = {"key": attributes.pop("key")} if "key" in attributes else {}
        shown = {name.rstrip("_"): value for name, value in attributes.items()}
        return super().create(*children, custom_attrs=shown, **key)


class TimeLeftElement(_OwnDrawing):
    """``<time-left>``."""

    tag = "time_left"
    alias = "time-left"


class TimeAgoElement(_OwnDrawing):
    """``<time-ago>``."""

    tag = "time_ago"
    alias = "time-ago"


class TimeUntilElement(_OwnDrawing):
    """``<time-until>``."""

    tag = "time_until"
    alias = "time-until"


class LocalTimeElement(_OwnDrawing):
    """``<local-time>``."""

    tag = "local_time"
    alias = "local-time"


class MastClockElement(_OwnDrawing):
    """``<mast-clock>``."""

    tag = "mast_clock"
    alias = "mast-clock"


class TimeSyncElement(_OwnDrawing):
    """``<time-sync>``."""

    tag = "time_sync"
    alias = "time-sync"


class TimeGaugeElement(_OwnDrawing):
    """``<time-gauge>``: sets custom properties on itself, its children are ours."""

    tag = "time_gauge"
    alias = "time-gauge"


class HeartBeatElement(_OwnDrawing):
    """``<heart-beat>``: says on itself whether a sign of life is too old, its children are ours."""

    tag = "heart_beat"
    alias = "heart-beat"


class ModalDialogElement(_OwnDrawing):
    """``<modal-dialog>``: its child is a ``<dialog>``."""

    tag = "modal_dialog"
    alias = "modal-dialog"


class ToastCardElement(_OwnDrawing):
    """``<toast-card>``: its child is the toast."""

    tag = "toast_card"
    alias = "toast-card"


class KeptDraftElement(_OwnDrawing):
    """``<kept-draft>``: puts what the server has kept into the empty boxes among its children."""

    tag = "kept_draft"
    alias = "kept-draft"


class MentionBoxElement(_OwnDrawing):
    """``<mention-box>``: completes the names of colleagues in the text area among its children."""

    tag = "mention_box"
    alias = "mention-box"


class FilePickerElement(_OwnDrawing):
    """``<file-picker>``: uploads files, and holds their keys in a field of the form around it."""

    tag = "file_picker"
    alias = "file-picker"


class InstantFieldElement(_OwnDrawing):
    """``<instant-field>``: its children are a field for a day and a time, and a hidden one."""

    tag = "instant_field"
    alias = "instant-field"


class PageOfElement(_OwnDrawing):
    """``<page-of>``: says what the page shows, and on itself whether the address names that."""

    tag = "page_of"
    alias = "page-of"


class NamedForm(Form):
    """A form whose handler gets its fields by name; Reflex would give them by id as well."""

    def _get_form_refs(self) -> dict[str, Any]:
        return {}


def form(*children: Child, **props: Any) -> Component:
    """A form that is sent over the socket; ``on_submit(form)`` gets its fields by name."""
    return NamedForm.create(*children, **props)


class PostingForm(Element):
    """A form that really posts; ``rx.el.form`` always prevents the default."""

    tag = "form"

    method: rx.Var[str]
    action: rx.Var[str]


def posting_form(*children: Child, action: str, class_name: str = "") -> Component:
    """A form whose POST is a full page load: sign-in and sign-out, which change the cookie."""
    return PostingForm.create(*children, method="post", action=action, class_name=class_name)
