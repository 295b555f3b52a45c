"""Escalating in a browser: what is proposed, what a person makes of it, what others see."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_agent import Others, on_a_phone, others
from tests.support.browser import sign_in
from tests.support.office import Office
from tests.support.product import Product

__all__ = ["others"]

WHY = "Why, for the next person and the record"


def test_somebody_else_than_is_proposed_is_chosen_by_keyboard_and_the_customer_reads_it(
    page: Page, browser: Browser, office: Office, others: Others
):
    reference = others.open_ticket("Sign-in fails in Bergen")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("heading", level=1).wait_for()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name=f"Escalate {reference}")
    best = dialog.locator(".cand", has_text="best fit")
    expect(best).to_contain_text("V. Hale")
    expect(best).to_contain_text("knows “Sign-in”")
    expect(dialog.get_by_label(WHY)).to_be_focused()

    dialog.get_by_role("radio", name="V. Hale").focus()
    page.keyboard.press("ArrowDown")
    confirm = dialog.get_by_role("button", name=f"Escalate {reference} to K. Osei")
    expect(confirm).to_be_visible()
    dialog.get_by_label(WHY).fill(" ")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("The reason is empty")
    dialog.get_by_label(WHY).fill("Tokens are signed by the platform")
    dialog.locator("textarea[name=message]:visible").fill("The experts for sign-in have it now.")
    with office.sitting(browser, "manager") as manager:
        manager.goto("/queue?tier=all&q=sign-in+fails+in+bergen")
        row = manager.locator(f"[data-row='{reference}']")
        expect(row.locator(".c-i")).to_have_text("T2")

        page.keyboard.press("Control+Enter")

        expect(row.locator(".c-i")).to_have_text("T3")
        expect(row.locator(".c-a")).to_contain_text("K. Osei")
    expect(dialog).to_be_hidden()
    expect(page.locator(".thead")).to_contain_text("K. Osei")
    expect(page.locator(".msg.ours")).to_contain_text("The experts for sign-in have it now.")
    expect(page.locator(".talk")).to_contain_text("Tokens are signed by the platform")


def test_a_manager_gets_the_case_with_a_decision_and_nobody_of_the_customer_is_told(
    page: Page, others: Others
):
    reference = others.open_ticket("Refunds wait in Moss")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Escalate").first.click()
    dialog = page.get_by_role("dialog", name=f"Escalate {reference}")
    expect(dialog.get_by_role("radio", name="A playbook knows this")).to_be_checked()
    expect(dialog).to_contain_text("Billing dispute")

    dialog.get_by_role("radio", name="Authority is missing").click()
    expect(dialog.locator(".cand", has_text="best fit")).to_be_visible()
    dialog.get_by_label(WHY).fill("It is above what we may give")
    dialog.get_by_label("What is to be decided").fill("Give 400 pounds back?")
    dialog.get_by_role("checkbox", name="Tell Halden Ferries").uncheck()
    expect(dialog).to_contain_text("Nobody of the customer's is told.")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    expect(page.locator(".talk")).to_contain_text("Decide: Give 400 pounds back?")
    expect(page.locator(".msg.ours")).to_have_count(0)


def test_on_a_phone_the_whole_dialog_is_within_reach(
    browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Sign-in fails in Larvik")
    with on_a_phone(browser, product) as page:
        sign_in(page)
        page.goto(f"/tickets/{reference}")
        page.locator(".dock").get_by_role("button", name="Escalate").click()
        dialog = page.get_by_role("dialog", name=f"Escalate {reference}")
        dialog.get_by_label(WHY).fill("Tokens")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        dialog.get_by_role("button", name=f"Escalate {reference} to V. Hale").click()
        expect(page.locator(".thead")).to_contain_text("V. Hale")


def test_a_customers_request_is_answered_and_the_customer_reads_it(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Fares vanish in Horten")
    customer = browser.new_context(base_url=product.url).new_page()
    sign_in(customer, "customer")
    customer.goto(f"/mine/{reference}")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    page.get_by_role("heading", level=1).wait_for()

    customer.locator(".askbox").get_by_role("button", name="Escalate").click()
    asks = customer.get_by_role("dialog")
    asks.get_by_role("textbox").fill("We lose money every minute")
    asks.get_by_role("button", name="Escalate").click()

    asked = page.get_by_role("region", name="The customer asked for an escalation")
    expect(asked).to_contain_text("We lose money every minute")
    expect(asked).to_contain_text("left")
    asked.get_by_role("button", name="Answer").click()
    dialog = page.get_by_role("dialog", name="What comes of the request")
    dialog.get_by_label("Answer, which the customer reads").fill("I take it and call you by noon.")
    page.keyboard.press("Control+Enter")

    expect(asked).to_have_count(0)
    expect(customer.locator("main")).to_contain_text("I take it and call you by noon.")
    expect(customer.locator(".askbox")).to_contain_text("looked at your escalation")
    customer.context.close()


def test_a_ticket_is_graded_anew_and_its_clocks_are_foreseen(page: Page, others: Others):
    reference = others.open_ticket("Labels print twice in Moss")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Grade…").click()
    dialog = page.get_by_role("dialog", name=f"Grade {reference}")
    dialog.get_by_label("Impact").select_option("low")
    expect(dialog.get_by_role("status")).to_contain_text("S3")
    expect(dialog.get_by_role("row", name="Resolution")).to_contain_text("48 hours")

    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("needs a reason")
    dialog.get_by_label("Why, for the record").fill("One desk only")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    expect(page.locator(".thead")).to_contain_text("S3")
    expect(page.locator(".talk")).to_contain_text("impact high to low")
