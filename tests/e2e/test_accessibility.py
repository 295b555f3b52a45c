"""Every page of every role, and what opens on them, looked at by axe: no grave fault."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from escalation_app.routes import ROUTES, SIGN_IN, may_open
from tests.support.axe import CROSSWISE, EVERY_LOOK, grave_faults
from tests.support.browser import open_page
from tests.support.full_case import full_case
from tests.support.office import Office

__all__ = ["full_case"]

SEATS = ("manager", "agent", "customer", "executive", "admin")
"""Those who see most of a page come first."""
OPEN = "dialog[open], [popover]:popover-open"


@pytest.mark.parametrize("seat", SEATS)
def test_no_page_of_a_role_has_a_grave_fault(
    browser: Browser, office: Office, full_case: str, seat: str
):
    people = {one: office.person(one) for one in SEATS}
    found: list[str] = []
    with office.sitting(browser, seat) as page:
        for route in ROUTES:
            seen_by = [one for one in SEATS if may_open(people[one], route)]
            if route is SIGN_IN or seat not in seen_by:
                continue
            open_page(page, route.path.replace("[reference]", full_case))
            looks = EVERY_LOOK if seat == seen_by[0] else CROSSWISE
            found += grave_faults(page, f"{seat}, {route.path}", looks)

    assert found == []


def test_the_way_in_and_pages_without_anything_have_no_grave_fault(
    browser: Browser, office: Office, page: Page
):
    open_page(page, SIGN_IN.path)
    found = grave_faults(page, SIGN_IN.path)
    with office.sitting(browser, "manager") as page:
        for path in ("/queue?q=nothing+is+called+so", "/tickets/T-99999999", "/cases/T-99999999"):
            open_page(page, path)
            found += grave_faults(page, path)

    assert found == []


Opening = Callable[[Page], object]


def _key(key: str) -> Opening:
    """Once the focus is no longer in a field of what was open before."""

    def press(page: Page) -> None:
        page.wait_for_function("!document.activeElement.matches('input, select, textarea')")
        page.keyboard.press(key)

    return press


def _button(name: str) -> Opening:
    """By the button whose name begins like this."""
    begins = re.compile(f"^{re.escape(name)}")
    return lambda page: page.get_by_role("button", name=begins).filter(visible=True).first.click()


def _chosen(key: str) -> Opening:
    def choose(page: Page) -> None:
        page.get_by_label("Select all on this page").click()
        expect(page.get_by_role("region", name="Bulk actions")).to_be_visible()
        page.keyboard.press(key)

    return choose


def _more(name: str) -> Opening:
    """What the menu of acts that are done less often offers under this name."""

    def choose(page: Page) -> None:
        _key("m")(page)
        page.locator("#acts-menu").get_by_role("button", name=name).click()

    return choose


def _waiting(page: Page) -> None:
    _button("Wait for…")(page)
    page.locator("#wait-menu").get_by_role("button", name="The customer…").click()


def _merge(page: Page) -> None:
    """With a ticket chosen: what it does is shown then."""
    _more("Merge into…")(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio").and_(page.locator(":enabled")).first.click()
    expect(dialog).to_contain_text("Its clocks stop for good")


OPENINGS: dict[tuple[str, str], dict[str, Opening]] = {
    ("customer", "/mine/[reference]"): {"ask again": _button("Escalate")},
    ("agent", "/queue"): {
        "palette": _key("Control+k"),
        "keys": _key("?"),
        "notices": _button("Notices"),
        "own menu": lambda page: page.get_by_role("button", name="your menu").click(),
        "filters": _button("Filter"),
        "columns": _button("Columns"),
        "save view": _button("Save view"),
        "tag many": _chosen("l"),
    },
    ("manager", "/queue"): {"assign many": _chosen("A")},
    ("manager", "/tickets/[reference]"): {
        "escalate": _key("e"),
        "assign": _key("a"),
        "resolution gate": _button("Resolve…"),
        "grading": _button("Grade…"),
        "put off": _key("h"),
        "wait": _button("Wait for…"),
        "waiting": _waiting,
        "templates": _button("Templates"),
        "macros": _button("Macros"),
        "merge": _merge,
        "link": _more("Link to…"),
        "split": _more("Split…"),
        "end": _more("De-escalate…"),
        "call": _key("c"),
        "fields": _key("f"),
    },
    ("manager", "/cases/[reference]"): {
        "lead": _key("l"),
        "decide": _key("d"),
        "update": _key("u"),
        "oblige": _key("o"),
        "promise": _key("p"),
        "renegotiate": _button("Renegotiate"),
        "release": _button("Release"),
        "kept": _button("Kept…"),
        "end": _button("De-escalate…"),
    },
    ("manager", "/escalations?case=[reference]"): {
        "assign": _button("Assign…"),
        "end": _button("De-escalate…"),
    },
    ("agent", "/work"): {"blocked": _button("Blocked")},
}


@pytest.mark.parametrize(("seat", "path"), OPENINGS, ids=lambda one: one.strip("/"))
def test_nothing_that_opens_on_a_page_has_a_grave_fault(
    browser: Browser, office: Office, full_case: str, seat: str, path: str
):
    found: list[str] = []
    with office.sitting(browser, seat) as page:
        open_page(page, path.replace("[reference]", full_case))
        for name, opening in OPENINGS[seat, path].items():
            page.set_viewport_size({"width": 1440, "height": 900})
            opening(page)
            expect(page.locator(OPEN), name).to_have_count(1)
            found += grave_faults(page, f"{seat}, {path}, {name}", within=OPEN)
            page.keyboard.press("Escape")
            expect(page.locator(OPEN), name).to_have_count(0)

    assert found == []


def test_a_planted_fault_is_named(browser: Browser, office: Office):
    with office.sitting(browser, "admin") as page:
        open_page(page, "/settings")
        page.locator("main").evaluate(
            "(main) => main.insertAdjacentHTML('beforeend',"
            " '<button id=planted></button><p style=\"color:#888;background:#999\">Pale</p>')"
        )

        found = grave_faults(page, "planted")

    for look in ("light, 1440", "dark, 390"):
        assert any(f"planted, {look}: button-name (critical): <button id=" in one for one in found)
    for look in ("light, 1440", "dark, 1440", "light, 390", "dark, 390"):
        assert any(one.startswith(f"planted, {look}: color-contrast (serious)") for one in found)
