"""Merging in a browser, and ending an escalation and taking it up again: what others see of it."""

from playwright.sync_api import Browser, Page, expect

from escalation_app.services import escalations, tickets
from tests.e2e.test_agent import Others, on_a_phone, others
from tests.support.browser import sign_in
from tests.support.product import Product

__all__ = ["others"]


def test_a_ticket_is_merged_by_keyboard_and_leaves_the_queue_of_a_second_person(
    page: Page, browser: Browser, product: Product, others: Others
):
    goes = others.open_ticket("Gangway doors stick in Tromso")
    stays = others.open_ticket("Gangway doors of Tromso again")
    second = browser.new_context(base_url=product.url).new_page()
    sign_in(second, "manager")
    second.goto("/queue?tier=2&q=Gangway")
    row = second.locator("tbody tr", has_text=goes)
    expect(row).to_be_visible()
    sign_in(page)
    page.goto(f"/tickets/{goes}")
    page.get_by_role("heading", level=1).wait_for()

    page.keyboard.press("m")
    page.get_by_role("button", name="Merge into…").press("Enter")
    dialog = page.get_by_role("dialog", name=f"Merge {goes}")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Choose the ticket")
    dialog.get_by_role("searchbox").fill("Tromso again")
    expect(dialog.get_by_role("radio").first).to_have_value(stays)
    dialog.get_by_role("radio", name=stays).press("Space")
    expect(dialog).to_contain_text("Its clocks stop for good")
    expect(dialog).to_contain_text(f"{stays} stays")
    dialog.get_by_label("What the customer reads").fill(f"It goes on in {stays}.")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    bar = page.get_by_role("region", name="This ticket was merged")
    expect(bar).to_contain_text(f"Merged into {stays}")
    expect(row).to_have_count(0)
    expect(second.locator("tbody tr", has_text=stays)).to_be_visible()
    bar.get_by_role("link", name=f"Open {stays}").click()
    expect(page.locator(".talk")).to_contain_text(f"{goes} was merged into this")
    expect(page.locator(".aside")).to_contain_text("merged into this")
    second.context.close()


def test_the_customer_is_led_to_where_it_goes_on(
    page: Page, browser: Browser, product: Product, others: Others
):
    goes = others.open_ticket("Fog horn silent in Bodo")
    stays = others.open_ticket("Fog horn of Bodo still silent")
    customer = browser.new_context(base_url=product.url).new_page()
    sign_in(customer, "customer")
    customer.goto(f"/mine/{goes}")
    sign_in(page)
    page.goto(f"/tickets/{goes}")
    page.get_by_role("button", name="More", exact=False).first.click()
    page.get_by_role("button", name="Merge into…").click()
    dialog = page.get_by_role("dialog", name=f"Merge {goes}")
    dialog.get_by_role("radio", name=stays).click()
    dialog.get_by_role("button", name=f"Merge {goes} into {stays}").click()
    expect(dialog).to_be_hidden()

    expect(customer.get_by_role("heading", name=f"It goes on in {stays}.")).to_be_visible()
    customer.get_by_role("link", name=f"Open {stays}").first.click()
    expect(customer.locator(".hist")).to_contain_text(f"We joined {goes} with this")
    expect(customer.locator(".hist")).to_contain_text(f"You wrote in {goes}")
    customer.context.close()


def test_a_second_thing_is_split_off_and_the_customer_is_led_to_it(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Sluice gate leaks in Namsos")
    second_thing = "And the lamps of the sluice flicker"
    others.act(others.customer, tickets.send_message, reference, second_thing)
    customer = browser.new_context(base_url=product.url).new_page()
    sign_in(customer, "customer")
    customer.goto(f"/mine/{reference}")
    colleague = browser.new_context(base_url=product.url).new_page()
    sign_in(colleague, "manager")
    colleague.goto("/queue?tier=all&q=Lamps+of+the+sluice")
    expect(colleague.get_by_role("heading", level=1)).to_be_visible()
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("heading", level=1).wait_for()

    page.keyboard.press("m")
    page.get_by_role("button", name="Split…").press("Enter")
    dialog = page.get_by_role("dialog", name=f"Split {reference}")
    expect(dialog.get_by_label("Subject of the new ticket")).to_be_focused()
    dialog.get_by_label("Subject of the new ticket").fill("Lamps of the sluice flicker")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("at least one message")
    dialog.get_by_label(second_thing).press("Space")
    dialog.get_by_label("What the customer reads").fill("The lamps go on in {ref}.")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    row = colleague.locator("tbody tr", has_text="Lamps of the sluice flicker")
    expect(row).to_have_count(1)
    new = row.get_attribute("data-row") or ""
    expect(customer.locator(".hist")).to_contain_text(f"The lamps go on in {new}.")
    expect(customer.locator(".hist")).to_contain_text(f"A part of it goes on in {new}")
    page.get_by_role("link", name=f"Open {new}").click()
    expect(page.locator(".talk")).to_contain_text(second_thing)
    expect(page.locator(".talk")).not_to_contain_text("Since nine o'clock.")
    expect(page.locator(".linked")).to_contain_text(reference)
    colleague.context.close()
    customer.context.close()


def test_on_a_phone_the_whole_dialog_is_within_reach(
    browser: Browser, product: Product, others: Others
):
    goes = others.open_ticket("Ramp lights fail in Alta")
    stays = others.open_ticket("Ramp lights of Alta fail")
    with on_a_phone(browser, product) as page:
        sign_in(page)
        page.goto(f"/tickets/{goes}")
        page.locator(".dock").get_by_role("button", name="More").click()
        page.get_by_role("button", name="Merge into…").click()
        dialog = page.get_by_role("dialog", name=f"Merge {goes}")
        dialog.get_by_role("radio", name=stays).click()
        expect(dialog).to_contain_text("Its clocks stop for good")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        dialog.get_by_role("button", name=f"Merge {goes} into {stays}").click()
        expect(page.get_by_role("region", name="This ticket was merged")).to_be_visible()
        expect(page.locator(".dock").get_by_role("button", name="Write")).to_have_count(0)


def test_an_open_dialog_is_closed_when_the_page_is_loaded_again(page: Page, others: Others):
    reference = others.open_ticket("Winch turns backwards in Alta")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Link…").click()
    dialog = page.get_by_role("dialog", name=f"Link {reference}")
    dialog.get_by_role("searchbox").fill("Half a wo")

    page.reload()

    page.get_by_role("heading", level=1).wait_for()
    expect(page.locator(".talk")).to_contain_text("Since nine o'clock.")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Link…").click()
    expect(dialog.get_by_role("searchbox")).to_have_value("")


def test_a_link_stands_on_both_tickets_and_is_taken_away_and_brought_back(
    page: Page, browser: Browser, product: Product, others: Others
):
    one = others.open_ticket("Lift stuck in Hamar")
    other = others.open_ticket("Power gone in Hamar")
    second = browser.new_context(base_url=product.url).new_page()
    sign_in(second, "manager")
    second.goto(f"/tickets/{other}")
    sign_in(page)
    page.goto(f"/tickets/{one}")
    page.get_by_role("button", name="Link…").click()
    dialog = page.get_by_role("dialog", name=f"Link {one}")
    dialog.get_by_role("combobox").select_option("caused_by")
    dialog.get_by_role("searchbox").fill("Power gone in Hamar")
    expect(dialog.get_by_role("radio").first).to_have_value(other)
    dialog.get_by_role("radio", name=other).press("Space")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    expect(page.locator(".linked")).to_contain_text(f"is caused by {other}")
    expect(second.locator(".linked")).to_contain_text(f"causes {one}")
    page.get_by_role("button", name=f"Take away the link to {other}").click()
    expect(second.locator(".linked")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(second.locator(".linked")).to_contain_text(f"causes {one}")
    second.context.close()


def test_an_escalation_is_ended_and_taken_up_again_and_others_see_it_at_once(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Tickets print blank in Molde")
    agent = browser.new_context(base_url=product.url).new_page()
    sign_in(agent)
    agent.goto(f"/tickets/{reference}")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    page.get_by_role("heading", level=1).wait_for()
    expect(page.get_by_role("link", name="War room")).to_be_visible()

    page.keyboard.press("m")
    page.get_by_role("button", name="De-escalate…").press("Enter")
    dialog = page.get_by_role("dialog", name=f"De-escalate {reference}")
    expect(dialog).to_contain_text("The customer's clock is not touched")
    dialog.get_by_role("textbox", name="Why").fill("The team has it in hand")
    dialog.get_by_label("What the customer reads").fill("It is in hand now.")
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="War room")).to_have_count(0)
    expect(agent.locator(".talk")).to_contain_text("It is in hand now.")
    expect(agent.locator(".talk")).to_contain_text("The team has it in hand")

    page.keyboard.press("m")
    page.get_by_role("button", name="Escalate again…").press("Enter")
    dialog = page.get_by_role("dialog", name=f"Escalate again: {reference}")
    expect(dialog).to_contain_text("The team has it in hand")
    dialog.get_by_role("textbox", name="Why").fill("It is not")
    dialog.get_by_role("checkbox", name="Tell Halden Ferries").uncheck()
    page.keyboard.press("Control+Enter")

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="War room")).to_be_visible()
    expect(agent.locator(".talk")).to_contain_text("It is not")
    agent.context.close()


def test_a_solved_ticket_is_reopened_by_the_customers_answer(
    page: Page, browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Berth display dark in Floro")
    others.act(others.manager, escalations.deescalate, reference, "A small thing")
    customer = browser.new_context(base_url=product.url).new_page()
    sign_in(customer, "customer")
    customer.goto(f"/mine/{reference}")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Resolve…").first.click()
    dialog = page.get_by_role("dialog", name=f"Resolve {reference}")
    dialog.get_by_role("button", name=f"Resolve {reference}").click()
    expect(customer.get_by_role("heading", name="We believe it is solved.")).to_be_visible()

    customer.get_by_label("Not solved? Answer").fill("It is dark again")
    customer.get_by_role("button", name="Send").click()

    expect(page.locator(".thead")).to_contain_text("In progress")
    expect(page.locator(".talk")).to_contain_text("Reopened")
    expect(customer.locator(".hist")).to_contain_text("It was opened again")
    customer.context.close()
