"""A call in a browser: logged on a ticket, read by the customer, and taken back."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_agent import Others, others
from tests.support.browser import sign_in
from tests.support.product import Product

__all__ = ["others"]

NOW = """() => {
    const at = new Date();
    at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
    return at.toISOString().slice(0, 16);
}"""
"""The present minute as a field for a day and a time has it."""


def test_a_call_is_logged_for_the_customer_to_read_and_taken_back(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Scales weigh nothing in Bodo")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    part = page.locator(".aside section", has_text="Calls and meetings")
    expect(part).to_contain_text("None yet")
    expect(part).to_contain_text("portal, e-mail, chat, phone")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name=f"What was said about {reference}")
    dialog.get_by_label("Minutes").fill("90")
    dialog.get_by_label("What came of it").fill("They weigh again.")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("not be over yet")

    dialog.get_by_label("When it began").fill(page.evaluate(NOW))
    dialog.get_by_label("Minutes").fill("1")
    dialog.get_by_label("reads this").check()
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(part).to_contain_text("They weigh again.")
    expect(part).to_contain_text("1 min")
    expect(page.locator(".aside")).to_contain_text("1 call")

    customer = browser.new_context(base_url=product.url).new_page()
    sign_in(customer, "customer")
    customer.goto(f"/mine/{reference}")
    expect(customer.locator(".hist").last).to_contain_text("They weigh again.")

    part.get_by_role("button", name="Take back: Call with").click()
    expect(part).to_contain_text("taken back")
    expect(customer.locator(".hist").last).to_contain_text("This stood here by mistake.")
    customer.context.close()
