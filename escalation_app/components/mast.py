"""The mast: brand, ways, clock, bell, theme, and the person who is signed in."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import (
    Handler,
    MastClockElement,
    count_of,
    each,
    handlers,
    link,
    posting_form,
    text_of,
    when,
)
from escalation_app.components.icons import brand_mark, icon
from escalation_app.components.marks import avatar
from escalation_app.components.time_left import time_ago

SIGN_OUT_URL = "/auth/sign-out"
SETTINGS_URL = "/settings"
AWAY_URL = "/absences"


def _current(item: Any) -> Any:
    return when(item.is_current, "page", rx.Var("undefined"))


def _way(item: Any) -> Component:
    return link(
        item.title,
        when(item.count != "", rx.el.span(item.count, class_name="n")),
        to=item.url,
        key=item.url,
        custom_attrs={
            "aria-current": _current(item),
            "data-go": item.go,
            "data-keyname": item.title,
        },
    )


def _notice(notice: Any) -> Component:
    return rx.el.li(
        icon(notice.icon, "sm"),
        link(notice.title, to=notice.url, data_closes="true"),
        time_ago(notice.at, short=False),
        when(notice.text != "", rx.el.p(notice.text)),
        key=notice.key,
        class_name=when(notice.is_unread, "unread", ""),
    )


def _bell(notices: Any, unread: Any, on_read: Handler) -> Component:
    return rx.fragment(
        rx.el.button(
            icon("bell"),
            when(unread > 0, rx.el.span(unread, class_name="count", aria_hidden="true")),
            type="button",
            class_name="mast-btn",
            aria_label=when(
                unread > 0,
                "Notices, " + text_of(unread) + " unread",
                "Notices",
            ),
            custom_attrs={"popoverTarget": "notices"},
        ),
        rx.el.section(
            rx.el.header(
                rx.el.h2("Notices", class_name="b"),
                rx.el.span(class_name="grow"),
                when(
                    unread > 0,
                    rx.el.button(
                        "Mark all as read",
                        type="button",
                        class_name="why",
                        **handlers(on_click=on_read),
                    ),
                ),
            ),
            rx.el.ol(each(notices, _notice)),
            when(
                count_of(notices) == 0,
                rx.el.p("Nothing for you yet.", class_name="note-line"),
            ),
            id="notices",
            class_name="menu notices",
            aria_label="Notices",
            custom_attrs={"popover": "auto"},
        ),
    )


def _palette_button() -> Component:
    return rx.el.button(
        icon("search"),
        type="button",
        class_name="mast-btn",
        aria_label="Go to anything, do anything",
        aria_keyshortcuts="Control+K",
        title="Go to anything, do anything (Ctrl K)",
        data_opens_palette="true",
    )


def _theme_switch() -> Component:
    return rx.el.button(
        icon("half"),
        type="button",
        class_name="mast-btn wide-only",
        aria_label="Light or dark",
        title="Light or dark",
        on_click=rx.toggle_color_mode,
    )


def _person_menu(me: Any, *items: Component) -> Component:
    return rx.fragment(
        rx.el.button(
            avatar(me.initials),
            rx.el.span(me.name, class_name="name", aria_hidden="true"),
            rx.el.span(me.name, ", your menu", class_name="sr"),
            type="button",
            class_name="mast-btn who",
            custom_attrs={"popoverTarget": "person-menu"},
        ),
        rx.el.div(
            rx.el.div(
                rx.el.b(me.name, class_name="b"),
                rx.el.p(me.role_name, when(me.email != "", rx.el.span(", ", me.email))),
                class_name="head",
            ),
            *items,
            link(
                icon("bell"), "My notices", to=SETTINGS_URL, class_name="item", data_closes="true"
            ),
            rx.el.button(
                icon("half"),
                "Light or dark",
                type="button",
                class_name="item",
                on_click=rx.toggle_color_mode,
            ),
            rx.el.button(
                icon("keys"),
                "All keys",
                type="button",
                class_name="item wide-only",
                data_opens_keys="true",
                data_closes="true",
            ),
            posting_form(
                rx.el.button(icon("out"), "Sign out", type="submit", class_name="item"),
                action=SIGN_OUT_URL,
            ),
            id="person-menu",
            class_name="menu",
            custom_attrs={"popover": "auto"},
        ),
    )


def away_link() -> Component:
    """Where people of ours say that they are away: an item of their menu."""
    return link(icon("sun"), "Away", to=AWAY_URL, class_name="item", data_closes="true")


def mast(
    nav: Any,
    me: Any,
    *menu_items: Component,
    notices: Any = (),
    unread: Any = 0,
    on_read_notices: Handler = None,
    name: str = "Escalation",
    home: str = "/",
    has_clock: bool = True,
    has_palette: bool = False,
) -> Component:
    """The head of every page. ``nav``: ``NavItem``s; ``me``: a ``Me``; signing out really posts."""
    return rx.el.header(
        link(brand_mark(), name, to=home, class_name="mark"),
        rx.el.nav(each(nav, _way), aria_label="Main"),
        *([rx.el.span(MastClockElement.create(), class_name="clock")] if has_clock else []),
        *([_palette_button()] if has_palette else []),
        _bell(notices, unread, on_read_notices),
        _theme_switch(),
        _person_menu(me, *menu_items),
        class_name="mast",
    )


def tab_bar(nav: Any) -> Component:
    """The same ways at the foot of a phone, each with its icon.

    Of more than five, the style sheet shows four and a button for the rest.
    """
    return rx.fragment(
        rx.el.nav(
            each(nav, _tab),
            rx.el.button(
                icon("dots"),
                "More",
                type="button",
                class_name="more",
                custom_attrs={"popoverTarget": "more-pages"},
            ),
            class_name="tabbar",
            aria_label="Main, phone",
        ),
        rx.el.nav(
            each(nav, lambda item: _tab(item, class_name="item", data_closes="true")),
            id="more-pages",
            class_name="menu more-pages",
            aria_label="More pages",
            custom_attrs={"popover": "auto"},
        ),
    )


def _tab(item: Any, **props: Any) -> Component:
    return link(
        icon(item.icon),
        item.title,
        to=item.url,
        key=item.url,
        custom_attrs={"aria-current": _current(item)},
        **props,
    )
