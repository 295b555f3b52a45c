"""Everything that can be done is reached by keyboard, seen to have the focus, and gives it back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import open_page
from tests.support.full_case import full_case
from tests.support.office import Office

__all__ = ["full_case"]

OPEN = "dialog[open], [popover]:popover-open"
MOST_STEPS = 400
PAGES = (
    ("manager", "/queue"),
    ("manager", "/tickets/[reference]"),
    ("manager", "/cases/[reference]"),
    ("manager", "/escalations"),
    ("agent", "/work"),
)

WATCH_THE_FOCUS = """() => {
  const shows = (one) => {
    for (let at = one, up = 0; at && up < 4; at = at.parentElement, up++) {
      const style = getComputedStyle(at);
      if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) return true;
    }
    return false;
  };
  window.there = new Set(document.querySelectorAll(
    'main :is(a[href], button, input, select, textarea):not(:disabled)'));
  window.reached = new Set();
  window.unseen = new Set();
  addEventListener('focusin', (event) => {
    window.reached.add(event.target);
    if (!shows(event.target)) window.unseen.add(event.target);
  });
}"""
"""Notes what gets the focus, and whether it or what is around it has an outline then."""

NOT_REACHED = """() => {
  const twins = new Set([...window.reached].map((one) => one.getAttribute('href')));
  const others = new Set([...window.reached].filter((one) => one.type === 'radio')
    .map((one) => one.name));
  return [...window.there]
    .filter((one) => one.isConnected && !one.matches(':disabled') && !window.reached.has(one))
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => !(one.type === 'radio' && others.has(one.name)))
    .filter((one) => !(one.matches('a[href]') && twins.has(one.getAttribute('href'))))
    .map((one) => one.outerHTML.slice(0, 160));
}"""
"""What was there from the beginning and is left out. Of links to one place one counts, of a group's
radios the chosen one."""


@pytest.mark.parametrize(("seat", "path"), PAGES)
def test_tab_reaches_every_act_of_a_page_and_shows_where_it_is(
    browser: Browser, office: Office, full_case: str, seat: str, path: str
):
    with office.sitting(browser, seat) as page:
        open_page(page, path.replace("[reference]", full_case))
        page.evaluate(WATCH_THE_FOCUS)
        page.keyboard.press("Tab")
        page.evaluate("window.first = document.activeElement")
        for _ in range(MOST_STEPS):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === window.first"):
                break

        assert page.evaluate(NOT_REACHED) == []
        unseen = "[...window.unseen].map((one) => one.outerHTML.slice(0, 160))"
        assert page.evaluate(unseen) == []


OPENERS = {
    ("manager", "/queue"): ("Filter", "Columns", "Save view", "your menu", "Notices"),
    ("manager", "/tickets/[reference]"): (
        "Assign…",
        "Put off",
        "Wait for…",
        "Resolve…",
        "Escalate",
        "Grade…",
        "Templates",
        "Macros",
    ),
    ("manager", "/cases/[reference]"): (
        "Leaders…",
        "De-escalate…",
        "Record a decision",
        "Update customer",
        "Ask somebody",
        "Make one",
        "Renegotiate",
        "Release",
    ),
    ("manager", "/escalations?case=[reference]"): ("Assign…", "De-escalate…"),
    ("agent", "/work"): ("Blocked",),
}


@pytest.mark.parametrize(("seat", "path"), OPENERS)
def test_what_opens_by_enter_closes_by_escape_and_gives_the_focus_back(
    browser: Browser, office: Office, full_case: str, seat: str, path: str
):
    with office.sitting(browser, seat) as page:
        open_page(page, path.replace("[reference]", full_case))
        for name in OPENERS[seat, path]:
            opener = _visible(page, name)
            opener.focus()
            page.keyboard.press("Enter")
            expect(page.locator(OPEN), name).to_have_count(1)
            page.keyboard.press("Escape")
            expect(page.locator(OPEN), name).to_have_count(0)
            expect(opener, name).to_be_focused()


def _visible(page: Page, name: str):
    return page.get_by_role("button", name=name).and_(page.locator(":visible")).first


def test_the_palette_gives_the_focus_back_and_does_what_a_button_does(
    browser: Browser, office: Office, full_case: str
):
    with office.sitting(browser, "manager") as page:
        open_page(page, f"/cases/{full_case}")
        opener = _visible(page, "Leaders…")
        opener.focus()
        page.keyboard.press("Control+k")
        expect(page.get_by_role("dialog", name="Commands")).to_be_visible()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()

        page.keyboard.press("Control+k")
        page.keyboard.type("do record a decision")
        chosen = page.get_by_role("option", selected=True)
        expect(chosen).to_contain_text("Record a decision")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Record a decision")).to_be_visible()
