"""Naming a colleague in a note, by keyboard, and the notice they get."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_agent import Others, others
from tests.support.browser import sign_in
from tests.support.product import Product

__all__ = ["others"]


def test_a_name_is_completed_by_keyboard_and_its_owner_is_told(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Gates stay shut in Molde")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("radio", name="Internal note").check(force=True)
    box = page.get_by_label("Note", exact=True)
    box.press_sequentially("Could @")
    names = page.get_by_role("listbox", name="Colleagues")
    expect(names).to_be_visible()
    box.press("Escape")
    expect(names).to_be_hidden()
    box.press_sequentially(others.manager.name[:4].lower())
    expect(names.get_by_role("option").first).to_have_text(others.manager.name)
    box.press("Enter")
    expect(box).to_have_value(f"Could @{others.manager.name} ")
    box.press_sequentially("look?")
    page.keyboard.press("Control+Enter")
    chip = page.locator(".msg.note .mention")
    expect(chip).to_have_text(f"@{others.manager.name}")

    manager = browser.new_context(base_url=product.url).new_page()
    sign_in(manager, "manager")
    manager.goto("/")
    manager.get_by_role("button", name="Notices").click()
    notice = manager.locator("#notices").get_by_text("names you in a note").first
    expect(notice).to_be_visible()
    notice.click()
    manager.wait_for_url(lambda url: reference in url)
    manager.context.close()
