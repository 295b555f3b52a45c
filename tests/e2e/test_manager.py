"""A manager in a browser: takes note, hands over and ends escalations; others see it live."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from escalation_app.services import escalations
from tests.support.browser import sign_in
from tests.support.office import Office


@pytest.fixture
def escalated(office: Office) -> str:
    """A ticket that its customer has just escalated; the manager on the seat has the case."""
    reference = office.opens("Gates do not open")
    office.act("customer", escalations.request_escalation, reference, "The board asks every hour.")
    manager = office.person("manager").person_id
    office.act("manager", escalations.assign_case, reference, manager)
    return reference


@pytest.fixture
def onlooker(browser: Browser, office: Office) -> Iterator[Page]:
    """An executive's browser on the same list."""
    executive = office.person("executive").person_id
    assert executive is not None
    context = office.browser_of(executive, browser)
    page = context.new_page()
    page.goto("/escalations")
    expect(page.get_by_role("heading", name="Escalations")).to_be_visible()
    yield page
    context.close()


def row(page: Page, reference: str) -> Locator:
    return page.locator(f'.esc tr[data-row="{reference}"]')


def opened(page: Page, reference: str) -> Locator:
    """The case at the side of the list."""
    row(page, reference).get_by_role("link").click()
    side = page.get_by_role("complementary", name=f"The case {reference}")
    expect(side).to_be_visible()
    return side


def open_list(page: Page) -> None:
    sign_in(page, "manager")
    page.goto("/escalations")
    expect(page.locator(".esc tbody").first).to_be_visible()


def test_the_list_says_what_is_under_way_and_narrows_to_one_s_own(page: Page, escalated: str):
    open_list(page)
    here = row(page, escalated)

    expect(here).to_contain_text("Gates do not open")
    expect(here).to_contain_text("Hierarchical")
    expect(page.locator(".nums .fig").first).to_contain_text("escalations under way")
    page.get_by_role("button", name="No owner").click()
    expect(here).to_have_count(0)


def test_acknowledging_is_seen_by_others_at_once(page: Page, onlooker: Page, escalated: str):
    open_list(page)

    row(page, escalated).get_by_role("button", name="Acknowledge").click()

    for reader in (page, onlooker):
        expect(row(reader, escalated)).to_contain_text("M. Okafor has it")


def test_a_case_is_given_to_another_manager(
    page: Page, onlooker: Page, escalated: str, office: Office
):
    open_list(page)
    opened(page, escalated).get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Who owns {escalated}?")
    before = office.case(escalated).manager_id
    choices = dialog.get_by_label("Manager").locator("option").all()
    other = next(one for one in choices if one.get_attribute("value") not in ("", str(before)))
    name, key = other.inner_text().split(",")[0], other.get_attribute("value") or ""

    dialog.get_by_label("Manager").select_option(key)
    dialog.get_by_role("button", name=re.compile("^Assign")).click()

    expect(dialog).to_be_hidden()
    for reader in (page, onlooker):
        expect(row(reader, escalated).locator(".c3")).to_contain_text(name)
    assert office.case(escalated).manager_id == int(key)


def test_an_escalation_ends_with_a_reason_and_leaves_every_list(
    page: Page, browser: Browser, onlooker: Page, escalated: str, office: Office
):
    expect(row(onlooker, escalated)).to_be_visible()
    open_list(page)
    opened(page, escalated).get_by_role("button", name="De-escalate").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why it can go on without").fill("The gates open again.")
    expect(dialog.get_by_label("What the customer reads")).to_have_value(re.compile("is in hand"))
    dialog.get_by_label("What the customer reads").fill("Your gates open again.")

    with office.sitting(browser, "customer") as customer:
        customer.goto(f"/mine/{escalated}")
        expect(customer.locator(".hist")).to_be_visible()
        dialog.get_by_role("button", name=re.compile("^De-escalate")).click()

        for reader in (page, onlooker):
            expect(row(reader, escalated)).to_have_count(0)
        expect(customer.locator(".hist")).to_contain_text("Your gates open again.")
    case = office.case(escalated)
    assert case.ended_at is not None
    assert case.end_reason == "The gates open again."


def test_a_dialog_stays_open_while_others_change_the_list(
    page: Page, escalated: str, office: Office
):
    open_list(page)
    opened(page, escalated).get_by_role("button", name="De-escalate").click()
    reason = page.get_by_role("dialog").get_by_label("Why it can go on without")
    reason.fill("Half a sent")

    another = office.opens("Gates do not close")
    office.act("customer", escalations.request_escalation, another, "Now the others.")
    expect(row(page, another)).to_have_count(1)

    expect(reason).to_have_value("Half a sent")


def test_the_call_a_manager_owes_is_done_by_answering(page: Page, office: Office):
    reference = office.owes_call("manager")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    owed = page.locator(".clockrow", has_text="M. Okafor owes")
    expect(owed).to_contain_text("Call the customer, say")
    expect(page.get_by_text("Says that you have called, due")).to_be_visible()

    page.locator("#composer-reply").fill("As just said on the phone: the case is mine.")
    page.get_by_role("button", name="Send to customer").click()

    expect(page.get_by_text("M. Okafor has done it")).to_be_visible()
    expect(page.get_by_text("Says that you have called")).to_have_count(0)
    expect(owed.filter(has_text="left")).to_have_count(0)


def test_a_step_that_was_asked_again_says_so_until_it_is_acknowledged(page: Page, office: Office):
    reference = office.asked_again("executive")
    sign_in(page, "executive")
    page.goto(f"/tickets/{reference}")
    step = page.locator(".path .step.now")
    expect(step).to_contain_text("Asked again at")
    expect(step).to_contain_text("Nobody has acknowledged it yet.")

    step.get_by_role("button", name="Acknowledge").click()

    expect(step).to_contain_text("D. Ames has acknowledged it.")
    expect(step.get_by_text(re.compile("unless somebody|it goes to"))).to_have_count(0)
    expect(step).to_contain_text("Asked again at")
