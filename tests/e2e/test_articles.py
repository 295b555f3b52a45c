"""An article in a browser: drafted from a ticket, written, published, found beside the next one."""

import re

from playwright.sync_api import Browser, Page, expect

from escalation_app.services import articles, tickets
from tests.support.browser import sign_in
from tests.support.office import Office


def test_an_article_is_drafted_written_published_and_found(page: Page, office: Office):
    reference = office.opens("Lighthouse beacon flickers")
    office.act("manager", tickets.send_message, reference, "The beacon has a new lamp.")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Draft one").click()

    page.wait_for_url(re.compile("/articles/[0-9]+$"))
    expect(page.get_by_role("heading", name="Lighthouse beacon flickers")).to_be_visible()
    expect(page.locator(".article")).to_contain_text("The beacon has a new lamp.")
    page.keyboard.press("e")
    page.get_by_label("Cause").fill("The lamp was worn out.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".article")).to_contain_text("The lamp was worn out.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".facts")).to_contain_text("published")

    page.goto("/articles")
    page.get_by_label("Search articles").fill("lighthouse lamp")
    expect(page.locator(".articles li")).to_have_count(1)
    again = office.opens("Our lighthouse beacon is dark")
    page.goto(f"/tickets/{again}")
    beside = page.get_by_role("region", name="Articles")
    beside.get_by_role("link", name="Lighthouse beacon flickers").click()
    expect(page).to_have_url(re.compile("/articles/[0-9]+$"))


def test_a_draft_is_deleted_while_another_reads_it_and_put_back(
    page: Page, browser: Browser, office: Office
):
    reference = office.opens("Lock chamber fills slowly")
    office.act("manager", tickets.send_message, reference, "The valve was half shut.")
    key = office.act("agent", articles.draft_article, reference)
    sign_in(page)
    page.goto(f"/articles/{key}")
    with office.sitting(browser, "manager") as reader:
        reader.goto(f"/articles/{key}")
        expect(reader.get_by_role("heading", name="Lock chamber fills slowly")).to_be_visible()

        page.get_by_role("button", name="Delete").press("Enter")

        page.wait_for_url(re.compile("/articles$"))
        expect(reader.get_by_text("That article does not exist")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(reader.get_by_role("heading", name="Lock chamber fills slowly")).to_be_visible()
    expect(page.get_by_text("The draft is there again.")).to_be_visible()
