"""On a phone everything that a desk's screen offers is within reach of a thumb."""

from playwright.sync_api import Browser, expect

from tests.support.browser import open_page
from tests.support.full_case import full_case
from tests.support.office import Office

__all__ = ["full_case"]

PHONE = 390
ROWS = "tbody tr[data-row]"


def test_many_tickets_are_chosen_tagged_and_put_off_at_once(browser: Browser, office: Office):
    for number in ("one", "two"):
        office.opens(f"Ropes fray {number}")
    with office.sitting(browser, "manager") as page:
        open_page(page, "/queue?q=ropes+fray&tier=all&columns=status,tags", PHONE)
        page.locator(ROWS).first.get_by_role("checkbox").click()
        bar = page.get_by_role("region", name="Bulk actions")
        expect(bar).to_contain_text("1 selected")
        bar.get_by_role("button", name="Select all on this page").click()
        expect(bar).to_contain_text("2 selected")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE

        bar.get_by_role("button", name="Tag…").click()
        page.get_by_label("Put on").fill("ropes")
        page.get_by_role("button", name="Tag 2 tickets").click()
        expect(page.locator(".c-k .tag")).to_have_text(["ropes", "ropes"])

        page.locator(ROWS).first.get_by_role("checkbox").click()
        bar.get_by_role("button", name="Put off").click()
        page.get_by_role("button", name="Until the customer answers").click()
        page.goto("/queue?view=snoozed&tier=all&q=ropes+fray")
        expect(page.locator(ROWS)).to_have_count(1)


def test_columns_are_chosen_and_each_shows(browser: Browser, office: Office):
    office.opens("Winches whine")
    with office.sitting(browser, "manager") as page:
        open_page(page, "/queue?q=winches+whine&tier=all", PHONE)
        row = page.locator(ROWS)
        expect(row.locator(".c-i")).to_have_text("T1")
        page.get_by_role("button", name="Columns", exact=True).click()
        columns = page.get_by_role("group", name="Columns")
        for name in ("Team", "Status", "Opened", "Tags"):
            columns.get_by_label(name, exact=True).click()
            expect(columns.get_by_label(name, exact=True)).to_be_checked()
        columns.get_by_label("Tier", exact=True).click()
        expect(columns.get_by_label("Tier", exact=True)).not_to_be_checked()
        page.keyboard.press("Escape")

        for cell in (".c-g", ".c-z", ".c-o"):
            expect(row.locator(cell)).to_be_visible()
        expect(row.locator(".c-i")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
        page.get_by_role("button", name="Columns", exact=True).click()
        page.get_by_role("button", name="The usual columns").click()


def test_a_ticket_is_put_off_and_the_next_one_opened(browser: Browser, office: Office):
    for number in ("one", "two"):
        office.opens(f"Capstans stick {number}")
    with office.sitting(browser, "manager") as page:
        open_page(page, "/queue?q=capstans+stick&tier=all", PHONE)
        page.locator(ROWS).first.locator("a.sub").click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_contain_text("Capstans stick")
        first = heading.inner_text()

        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Put off…").click()
        page.get_by_role("button", name="For an hour").click()
        expect(page.locator(".thead")).to_contain_text("Put off until")
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Next ticket").click()

        expect(heading).to_contain_text("Capstans stick")
        expect(heading).not_to_have_text(first)


def test_a_case_is_led_and_decided(browser: Browser, office: Office, full_case: str):
    with office.sitting(browser, "manager") as page:
        open_page(page, f"/cases/{full_case}", PHONE)
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Record a decision").filter(visible=True).first.click()
        dialog = page.get_by_role("dialog", name="Record a decision")
        dialog.get_by_label("What was decided").fill("Ropes are bought")
        dialog.get_by_label("Why", exact=True).fill("They fray")
        dialog.get_by_role("button", name="Put it on record").click()
        expect(page.locator(".dec")).to_contain_text("Ropes are bought")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_pages_that_have_no_room_at_the_foot_are_behind_more(browser: Browser, office: Office):
    with office.sitting(browser, "admin") as page:
        open_page(page, "/queue", PHONE)
        foot = page.get_by_role("navigation", name="Main, phone")
        expect(foot.get_by_role("link")).to_have_text(["My work", "Queue", "Tiers", "Heatmap"])
        foot.get_by_role("button", name="More").click()
        more = page.get_by_role("navigation", name="More pages")
        more.get_by_role("link", name="People").click()

        expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
        expect(more).not_to_be_visible()
