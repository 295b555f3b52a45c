"""Small marks that stand in rows and facts: severity, plan, person, reference, tag."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import link, when
from escalation_app.components.icons import icon


def severity(key: Any, name: Any = "") -> Component:
    """Severity by weight of ink, never by colour."""
    return rx.el.span(key, class_name="sev", data_sev=key, title="Severity: " + name)


def severity_with_name(key: Any, name: Any) -> Component:
    """The mark and its name: ``S1 Critical``."""
    return rx.el.span(severity(key, name), name, class_name="row")


def avatar(initials: Any) -> Component:
    """Two letters in a square; a dashed question mark for nobody."""
    return when(
        initials != "",
        rx.el.span(initials, class_name="av", aria_hidden="true"),
        rx.el.span("?", class_name="av none", aria_hidden="true"),
    )


def person(mark: Any) -> Component:
    """A ``PersonMark`` as a holder, or "Nobody"."""
    return rx.el.span(
        avatar(mark.initials),
        when(
            mark.name != "",
            rx.el.span(mark.name, class_name="cut", title=mark.hint),
            rx.el.span("Nobody", class_name="cut f"),
        ),
        class_name="row",
    )


def reference(ref: Any, url: Any) -> Component:
    """A ticket's reference, which opens it."""
    return link(ref, to=url, class_name="ref")


def tag(*children: Any, name: str | None = None, is_new: bool = False) -> Component:
    """A word in a grey field, with an icon by name if one is given."""
    parts = [icon(name, "sm")] if name else []
    return rx.el.span(*parts, *children, class_name="tag new" if is_new else "tag")


def flag(name: str, title: str, words: str) -> Component:
    """A small icon in a row, with its words for those who hear it."""
    return rx.el.span(
        icon(name, "sm"), rx.el.span(words, class_name="sr"), class_name="flag", title=title
    )


def key_cap(key: str) -> Component:
    """A key as printed on a button; those who hear it get it from the button's own shortcut."""
    return rx.el.kbd(key, class_name="kbd", aria_hidden="true")


def button(
    *children: Any,
    kind: str = "",
    name: str | None = None,
    key: str = "",
    keyname: str = "",
    submits: bool = False,
    **props: Any,
) -> Component:
    """A button. ``kind``: ``primary``, ``ink``, ``quiet`` or ``""``; ``name``: an icon.

    ``key`` is the key that presses it (``"e"``, ``"Control+Enter"``), ``keyname`` its words on the
    sheet of keys where its own text is not enough.
    """
    given_class = props.pop("class_name", "")
    if key:
        props["data_key"] = key
        props["aria_keyshortcuts"] = key
    if keyname:
        props["data_keyname"] = keyname
    caps = [key_cap(_cap(part)) for part in key.split("+")] if key else []
    return rx.el.button(
        *([icon(name)] if name else []),
        *children,
        *([rx.el.span(*caps, class_name="caps wide-only")] if caps else []),
        type="submit" if submits else "button",
        class_name=f"btn {kind} {given_class}".strip(),
        **props,
    )


def _cap(key: str) -> str:
    return {"Control": "Ctrl", "Escape": "Esc"}.get(key, key)


def icon_button(name: str, label: Any, **props: Any) -> Component:
    """A quiet button that is only an icon; ``label`` is its name."""
    given_class = props.pop("class_name", "")
    return rx.el.button(
        icon(name),
        type="button",
        aria_label=label,
        title=label,
        class_name=f"btn quiet icon {given_class}".strip(),
        **props,
    )


def button_link(
    *children: Any, to: Any, kind: str = "", name: str | None = None, key: str = "", **props: Any
) -> Component:
    """A link that looks like a button."""
    if key:
        props["data_key"] = key
    caps = [rx.el.span(key_cap(_cap(key)), class_name="caps wide-only")] if key else []
    return link(
        *([icon(name)] if name else []),
        *children,
        *caps,
        to=to,
        class_name=f"btn {kind}".strip(),
        **props,
    )
