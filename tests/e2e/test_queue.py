"""The queue in a browser: narrowed, kept as a view, set out, and worked on row by row."""

import pytest
from playwright.sync_api import Browser, Page, expect

from escalation_app.services import tickets
from tests.support.browser import sign_in
from tests.support.office import Office, office
from tests.support.product import Product

__all__ = ["office"]

ROWS = "tbody tr[data-row]"


def open_queue(page: Page, query: str = "view=open") -> None:
    page.goto(f"/queue?{query}")
    page.wait_for_selector(f"{ROWS}, .blank")


def test_filters_combine_and_their_address_opens_the_same_list(page: Page, browser: Browser):
    sign_in(page, "manager")
    open_queue(page)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("S1 critical").click()
    expect(page.locator(".bar .chip:not(.add)")).to_have_text(["Severity S1 critical"])
    page.get_by_label("S2 high").click()
    page.get_by_label("In progress").click()
    page.get_by_placeholder("Part of a name").fill("halden ferries")
    chips = page.locator(".bar .chip:not(.add)")
    wanted = [
        "Severity S1 critical, S2 high",
        "Status in progress",
        "Customer Halden Ferries",
    ]
    expect(chips).to_have_text(wanted)
    address = page.url

    page.goto("/escalations")
    page.goto(address)
    expect(chips).to_have_text(wanted)
    page.get_by_role("button", name="Remove filter Severity").click()
    expect(chips).to_have_text(wanted[1:])
    page.get_by_label("Search tickets").fill("nothing is called like this")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(chips).to_have_count(0)


def test_a_view_is_saved_begun_with_shared_deleted_and_brought_back(
    page: Page, browser: Browser, office: Office
):
    sign_in(page)
    open_queue(page, "severity=1,2&sort=-opened")
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("Fires, newest first")
    page.get_by_label("Who sees it").select_option(index=1)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fires, newest first")
    rail = page.locator("nav.views")
    expect(rail.locator("a[aria-current]")).to_contain_text("Fires, newest first")

    page.get_by_role("button", name="What to do with this view").click()
    page.get_by_role("button", name="Begin with this view").click()
    expect(page.get_by_text("is what you begin with")).to_be_visible()
    page.get_by_role("navigation", name="Main", exact=True).get_by_role(
        "link", name="Queue"
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fires, newest first")

    page.get_by_role("button", name="What to do with this view").click()
    page.get_by_role("button", name="Delete").click()
    expect(rail).not_to_contain_text("Fires, newest first")
    page.keyboard.press("z")
    expect(page.get_by_text("Fires, newest first is back.")).to_be_visible()
    rail.get_by_role("link", name="Fires, newest first").click()
    page.get_by_role("button", name="What to do with this view").click()
    page.get_by_role("button", name="Begin with the plain queue").click()
    expect(page.get_by_text("The plain queue is what you begin with.")).to_be_visible()


def test_columns_are_chosen_and_the_list_is_sorted_by_one(page: Page):
    sign_in(page)
    open_queue(page)
    heads = page.locator("thead th")
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_label("Opened", exact=True).click()
    expect(heads.last).to_have_text("Opened")
    page.get_by_role("button", name="Opened further to the left").click()
    expect(heads.last).to_have_text("Last contact")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Opened", exact=True).click()
    expect(page.locator(".title .f")).to_contain_text("oldest first")
    page.get_by_role("button", name="Opened", exact=True).click()
    expect(page.locator(".title .f")).to_contain_text("newest first")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Opened")
    page.reload()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Opened")
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("button", name="The usual columns").click()
    expect(heads.filter(has_text="Opened")).to_have_count(0)


def test_chosen_rows_are_tagged_by_keyboard_and_what_others_changed_is_not_undone(
    page: Page, office: Office
):
    references = [office.opens(f"Pallets mislabelled {number}") for number in ("one", "two")]
    sign_in(page, "manager")
    open_queue(page, "q=pallets+mislabelled&columns=assignee,tags&tier=all")
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Select all on this page").click()
    bar = page.get_by_role("region", name="Bulk actions")
    expect(bar).to_contain_text("2 selected")

    page.keyboard.press("l")
    page.get_by_label("Put on").fill("Labels, night shift")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("2 tickets are tagged.")).to_be_visible()
    expect(page.locator(".c-k .tag")).to_have_text(["labels", "night-shift"] * 2)
    office.act("manager", tickets.write_note, references[0], "A colleague looks at it.")

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Undone for 1 ticket.")).to_be_visible()
    expect(page.locator(f"[data-row='{references[0]}'] .tag")).to_have_count(2)
    expect(page.locator(f"[data-row='{references[1]}'] .tag")).to_have_count(0)
    page.goto(f"/tickets/{references[1]}")
    expect(page.locator(".talk")).to_contain_text("Undone: other tags")
    page.goto("/queue?tag=labels&tier=all")
    expect(page.locator(ROWS)).to_have_count(1)


def test_chosen_rows_are_given_to_somebody_and_wait(page: Page, office: Office):
    for number in ("one", "two"):
        office.opens(f"Buoys drift {number}")
    sign_in(page, "manager")
    open_queue(page, "q=buoys+drift&tier=all&columns=assignee,status")
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Select all on this page").click()
    expect(page.get_by_role("region", name="Bulk actions")).to_contain_text("2 selected")
    page.keyboard.press("A")
    dialog = page.get_by_role("dialog", name="Who takes 2 tickets?")
    dialog.get_by_label("Assignee").select_option(label="A. Farouk")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("2 tickets are with A. Farouk now.")).to_be_visible()
    expect(page.locator(".c-a", has_text="A. Farouk")).to_have_count(2)

    page.get_by_label("Select all on this page").click()
    page.get_by_role("button", name="Status").click()
    page.get_by_role("button", name="Wait for the customer").click()
    expect(page.locator(".c-z", has_text="waiting for customer")).to_have_count(2)
    page.keyboard.press("z")
    expect(page.get_by_text("Undone for 2 tickets.")).to_be_visible()
    expect(page.locator(".c-z", has_text="in progress")).to_have_count(2)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_every_part_of_the_queue_stands_within_the_screen(
    browser: Browser, product: Product, size: tuple[int, int]
):
    context = browser.new_context(
        base_url=product.url, viewport={"width": size[0], "height": size[1]}
    )
    page = context.new_page()
    sign_in(page)
    open_queue(page, "severity=1,2,3&status=open,waiting_customer,waiting_supplier&age=1")
    page.get_by_role("button", name="Filter", exact=True).click()
    menu = page.locator("#filters")
    expect(menu).to_be_visible()

    box = menu.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    context.close()


def test_the_palette_goes_to_tickets_views_and_pages_and_does_what_the_page_can(
    page: Page, office: Office
):
    reference = office.opens("Cranes stop at noon")
    sign_in(page, "manager")
    open_queue(page)

    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    expect(palette.get_by_role("option", name="Escalations")).to_be_visible()
    page.keyboard.type(reference.removeprefix("T-"))
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Cranes stop at noon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cranes stop at noon")
    expect(page.get_by_role("button", name="Put off")).to_be_visible()

    page.keyboard.press("Control+k")
    expect(palette).to_be_visible()
    page.keyboard.type("do put off")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Put off")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="For an hour")).to_be_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("Meta+k")
    page.keyboard.type("over view")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Over")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Over")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("go to anything, do anything")


def test_the_palette_offers_only_what_is_open_to_its_reader(page: Page):
    sign_in(page, "agent")
    open_queue(page)

    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    expect(palette.get_by_role("option", name="Queue", exact=False).first).to_be_visible()
    page.keyboard.type("outbox")
    expect(palette).to_contain_text("Nothing is called like that.")


def test_a_ticket_is_put_off_out_of_ones_own_queue_and_comes_back_with_an_answer(
    page: Page, office: Office
):
    reference = office.opens("Lifts wait between floors")
    sign_in(page, "manager")
    row = page.locator(f"[data-row='{reference}']")
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Put off").click()
    page.get_by_role("button", name="Until the customer answers").click()
    expect(page.locator(".thead")).to_contain_text("Put off until the customer answers")

    open_queue(page, "view=snoozed")
    expect(row).to_be_visible()
    open_queue(page, "tier=all&sort=-opened")
    expect(row).to_have_count(0)
    office.act("customer", tickets.send_message, reference, "Now it waits for good.")
    expect(row).to_be_visible()
    open_queue(page, "view=snoozed")
    expect(row).to_have_count(0)


def test_what_changed_meanwhile_is_marked_until_it_is_seen(page: Page, office: Office):
    first, second = (office.opens(f"Signals blink {number}") for number in ("one", "two"))
    sign_in(page, "manager")
    open_queue(page, "q=signals+blink&tier=all")
    dots = page.locator(f"{ROWS} .news-dot")
    expect(dots).to_have_count(2)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(dots).to_have_count(0)

    for reference in (first, second):
        office.act("customer", tickets.send_message, reference, "They still do.")
    expect(dots).to_have_count(2)
    page.get_by_role("link", name=first).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signals blink one")
    page.go_back()
    expect(dots).to_have_count(1)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(dots).to_have_count(0)


def test_one_goes_from_ticket_to_ticket_through_the_view_one_came_from(page: Page, office: Office):
    for number in ("one", "two"):
        office.opens(f"Anchors rust {number}")
    sign_in(page, "manager")
    open_queue(page, "q=anchors+rust&tier=all")
    subjects = page.locator(f"{ROWS} .sub").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(subjects[0])
    page.keyboard.press("]")
    expect(heading).to_have_text(subjects[1])
    page.keyboard.press("]")
    expect(page.get_by_text("That was the last one here.")).to_be_visible()
    expect(page.locator(ROWS)).to_have_count(2)


def test_a_ticket_is_tagged_on_its_page_and_found_by_it(page: Page, office: Office):
    reference = office.opens("Gates stay open")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    page.get_by_label("More tags").fill("gates, night shift")
    page.keyboard.press("Enter")
    tags = page.locator(".tags-of .chip")
    expect(tags).to_have_text(["gates", "night-shift"])
    page.get_by_role("button", name="Take off the tag gates").click()
    expect(tags).to_have_text(["night-shift"])
    page.get_by_role("button", name="Undo").click()
    expect(tags).to_have_text(["gates", "night-shift"])

    open_queue(page, "tag=gates&tier=all")
    expect(page.locator(ROWS)).to_have_count(1)
