"""The conversation of a ticket in browsers: texts that survive, colleagues who are there too."""

from playwright.sync_api import Browser, Page, expect

from escalation_app.services import tickets
from tests.e2e.test_agent import sign_in
from tests.support.office import Office

A_MOMENT = 5_000


def open_as_agent(page: Page, reference: str) -> None:
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.locator("#composer").wait_for()


def agents_ticket(office: Office, subject: str) -> str:
    """A ticket that the agent on the seat may answer."""
    reference = office.opens(subject)
    agent = office.person("agent")
    office.act("manager", tickets.assign, reference, agent.person_id)
    return reference


def test_what_was_typed_survives_a_reload_each_box_for_itself(page: Page, office: Office):
    open_as_agent(page, agents_ticket(office, "Drafts survive"))
    page.locator("#composer-reply").fill("We have found the ca")
    page.get_by_text("Internal note", exact=False).first.click()
    page.locator("#composer-note").fill("Sato knows the certificate")
    page.wait_for_timeout(1_200)

    page.reload()

    expect(page.locator("#composer-note")).to_have_value("Sato knows the certificate")
    expect(page.locator("#composer-note")).to_be_visible()
    page.get_by_text("Reply to customer").click()
    expect(page.locator("#composer-reply")).to_have_value("We have found the ca")
    page.keyboard.press("Escape")
    page.locator("#composer-reply").fill("We have found the cause.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.ours")).to_contain_text("We have found the cause.")
    expect(page.locator("#composer-reply")).to_have_value("")
    expect(page.locator("#composer-note")).to_have_value("Sato knows the certificate")
    page.wait_for_timeout(1_200)
    page.reload()
    page.locator("#composer").wait_for()
    page.get_by_text("Reply to customer").click()
    expect(page.locator("#composer-reply")).to_have_value("")


def test_a_reply_that_crossed_another_is_kept_and_sent_with_one_click(
    page: Page, office: Office, browser: Browser
):
    reference = agents_ticket(office, "Replies cross")
    open_as_agent(page, reference)
    page.locator("#composer-reply").fill("Which port is it?")
    page.wait_for_timeout(800)
    office.act("customer", tickets.send_message, reference, "It is port 14.")
    expect(page.get_by_text("It is port 14.")).to_be_visible(timeout=A_MOMENT)

    page.keyboard.press("Control+Enter")

    refused = page.locator(".composer .refused")
    expect(refused).to_contain_text("since you began")
    expect(page.locator("#composer-reply")).to_have_value("Which port is it?")
    expect(page.locator(".msg.ours")).to_have_count(0)
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".msg.ours")).to_contain_text("Which port is it?")
    expect(refused).to_have_count(0)


def test_people_on_one_ticket_see_each_other_and_who_types(
    page: Page, office: Office, browser: Browser
):
    reference = agents_ticket(office, "Two at once")
    open_as_agent(page, reference)
    also = page.locator(".also")
    manager, customer = office.person("manager"), office.person("customer")
    assert manager.person_id is not None and customer.person_id is not None

    theirs = office.browser_of(manager.person_id, browser)
    colleague = theirs.new_page()
    colleague.goto(f"/tickets/{reference}")
    expect(also).to_contain_text(manager.name, timeout=A_MOMENT)
    colleague.locator("#composer-reply").press_sequentially("We see")
    expect(also).to_contain_text("is typing a reply", timeout=A_MOMENT)
    own = office.browser_of(customer.person_id, browser)
    reader = own.new_page()
    reader.goto(f"/mine/{reference}")
    colleague.locator("#composer-reply").press_sequentially("We see and type on")
    expect(reader.get_by_text("Your support team is writing")).to_be_visible(timeout=A_MOMENT)
    reader.locator("#answer").press_sequentially("Thanks")
    expect(also).to_contain_text(f"{customer.name} is typing", timeout=A_MOMENT)

    theirs.close()
    own.close()
    expect(also).to_have_text("", timeout=10_000)
