"""An executive in a browser: the boards move by themselves, and what is asked is done there."""

import re
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from escalation_app.clock import utc_now
from escalation_app.services import cases, escalations
from tests.support.browser import sign_in
from tests.support.office import Office
from tests.support.past import BREAKS, RISES
from tests.support.solving import solve

TOP = 4
ROOM = 6
"""Cards that a column of the tier board shows."""


def make_room(office: Office) -> None:
    """Have the top tier solve so much that a card more is shown."""
    for reference in office.open_in(TOP)[ROOM - 2 :]:
        office.act("manager", solve, reference)


def test_what_the_engine_escalates_appears_on_an_open_board_with_no_reload(
    page: Page, office: Office
):
    make_room(office)
    sign_in(page, "executive")
    page.goto("/tiers")
    expect(page.locator(".board .col")).to_have_count(TOP)
    page.evaluate("window.isTheSamePage = true")
    due_at = utc_now() + timedelta(seconds=3)

    reference = office.critical("Boarding stands still in Bergen", due_at, RISES, tier=TOP - 1)
    card = page.locator(".board .col").nth(TOP - 1).locator(f'[data-row="{reference}"]')
    expect(card).to_have_count(0)
    page.wait_for_timeout(max(0.0, (due_at - utc_now()).total_seconds() * 1000))

    expect(card).to_be_visible()
    expect(card).to_contain_text("Boarding stands still in Bergen")
    expect(card).to_contain_text("from Tier 3")
    assert page.evaluate("window.isTheSamePage") is True


def test_a_cell_of_the_heatmap_opens_the_queue_behind_it(page: Page):
    sign_in(page, "executive")
    page.goto("/heatmap")
    cell = page.locator("table.heat tbody a").first
    expect(cell).to_be_visible()
    said = cell.inner_text()
    count = re.search(r"(\d+) open", said)
    assert count is not None, said

    cell.click()

    page.wait_for_url(re.compile(r"/queue\?.*severity="))
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(min(int(count[1]), 25))


def test_the_heatmap_counts_a_new_ticket_by_itself(page: Page, office: Office):
    sign_in(page, "executive")
    page.goto("/heatmap")
    table = page.get_by_role("table", name="Open tickets by tier and severity")
    cell = table.locator("tbody tr").last.locator("td").first
    expect(cell).to_contain_text("open")
    before = int(re.findall(r"(\d+) open", cell.inner_text())[0])

    office.opens("Nothing is paid out")

    expect(cell).to_contain_text(re.compile(rf"\b(?!{before}\b)\d+ open"))


def test_an_executive_acknowledges_what_needs_them_and_every_tab_of_theirs_knows(
    page: Page, browser: Browser, office: Office
):
    due_at = utc_now() + timedelta(seconds=1)
    reference = office.critical("Payroll is lost", due_at, BREAKS)
    page.wait_for_timeout(2_500)
    case = office.case(reference)
    assert case is not None and case.executive_id is not None
    context = office.browser_of(case.executive_id, browser)
    tabs = [context.new_page(), context.new_page()]
    for tab, path in zip(tabs, ("/tiers", "/heatmap"), strict=True):
        tab.goto(path)
        expect(tab.locator(".needs")).to_contain_text(reference)

    card = tabs[0].locator(".needs .ask").filter(has_text=reference)
    card.get_by_role("button", name="Acknowledge").click()

    for tab in tabs:
        expect(tab.locator(".needs .ask").filter(has_text=reference)).to_have_count(0)
    assert office.case(reference).acknowledged_by == case.executive_id
    context.close()


def test_one_s_own_page_is_not_all_done_while_an_acknowledgement_is_asked(
    page: Page, office: Office
):
    reference = office.opens("Badges open no door")
    office.act("customer", escalations.request_escalation, reference, "Nobody gets in.")
    executive = office.person("executive").person_id
    office.act("manager", cases.name_sponsor, reference, executive)
    sign_in(page, "executive")
    page.goto("/work")
    expect(page.get_by_role("region", name="Asked to acknowledge")).to_contain_text(reference)

    expect(page.get_by_text("Nobody waits for anything from you.")).to_have_count(0)


def test_an_escalation_that_a_person_starts_appears_too(page: Page, office: Office):
    sign_in(page, "executive")
    page.goto("/escalations")
    expect(page.get_by_role("heading", name="Escalations")).to_be_visible()
    reference = office.opens("Invoices come twice")
    expect(page.locator(f'[data-row="{reference}"]')).to_have_count(0)

    office.act("customer", escalations.request_escalation, reference, "We wait since Monday.")

    row = page.locator(f'[data-row="{reference}"]')
    expect(row).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.get_by_role("complementary", name=f"The case {reference}")).to_contain_text(
        "We wait since Monday."
    )


def test_what_nobody_acknowledges_in_time_is_asked_again_and_the_manager_sees_the_answer(
    page: Page, browser: Browser, office: Office
):
    """The path asks an executive when the promise is broken, and again every quarter of an hour."""
    sign_in(page, "manager")
    asked_again_at = utc_now() + timedelta(seconds=8)
    share = BREAKS + timedelta(minutes=15) / timedelta(hours=7)
    reference = office.critical("Ledgers do not balance", asked_again_at, share)
    page.goto(f"/tickets/{reference}")
    step = page.locator(".path .step.now")
    expect(step).to_contain_text("Nobody has acknowledged it yet.")
    asked_and_to_be_asked = re.compile("Asked again at .*Asked again at")
    expect(step).not_to_contain_text(asked_and_to_be_asked)

    expect(step).to_contain_text(asked_and_to_be_asked, timeout=15_000)

    executive = office.browser_of(office.case(reference).executive_id, browser).new_page()
    executive.goto(f"/tickets/{reference}")
    executive.locator(".path .step.now").get_by_role("button", name="Acknowledge").click()
    expect(step).to_contain_text("has acknowledged it.")
    executive.context.close()
