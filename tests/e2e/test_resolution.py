"""Closing an escalated ticket in a browser: held back by what is missing, resolved, reopened."""

from playwright.sync_api import Browser, Page, expect

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations
from tests.e2e.test_agent import Others, others
from tests.support.browser import sign_in
from tests.support.office import Office

__all__ = ["others"]


def test_an_escalated_ticket_closes_only_when_everything_holds_and_can_be_reopened(
    page: Page, browser: Browser, office: Office, others: Others
):
    reference = others.open_ticket("Printers sleep in Larvik")
    others.act(
        others.agent, escalations.escalate, reference, EscalationKind.HIERARCHICAL, "Authority"
    )
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Resolve…").first.click()
    dialog = page.get_by_role("dialog", name=f"Resolve {reference}")
    dialog.get_by_label("Everybody who worked on it").check()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("It cannot be resolved yet")
    expect(dialog.get_by_role("alert")).not_to_contain_text("Everybody who worked on it")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resolve…").first.click()
    expect(dialog.get_by_label("Everybody who worked on it")).to_be_checked()
    for box in dialog.get_by_role("checkbox").all():
        box.check()
    dialog.get_by_label("Root cause").fill("The driver slept after the update.")
    dialog.get_by_label("Whose side").select_option("third_party")
    dialog.get_by_label("Category").select_option("supplier")
    dialog.get_by_label("What keeps it from coming back").fill("Test updates on one printer.")
    dialog.get_by_label("Who owns that").select_option("M. Okafor")
    dialog.get_by_label("By when").fill("2099-01-05")
    dialog.get_by_label("Closing message").fill("The driver is new, and printing works.")
    with (
        office.sitting(browser, "manager") as manager,
        office.sitting(browser, "customer") as customer,
    ):
        customer.goto(f"/mine/{reference}")
        manager.goto("/queue?tier=all&q=printers+sleep+in+larvik")
        row = manager.locator(f"[data-row='{reference}']")
        expect(row).to_be_visible()
        page.keyboard.press("Control+Enter")
        expect(row).to_have_count(0)
        _is_closed_and_opens_again(page)
        expect(row).to_be_visible()
        expect(customer.locator(".hist")).to_contain_text("We look at the driver again.")


def _is_closed_and_opens_again(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("An article is drafted.")).to_be_visible()
    expect(page.locator(".thead")).to_contain_text("Resolved")
    expect(page.locator(".msg.ours")).to_contain_text("The driver is new, and printing works.")
    expect(page.locator(".aside")).to_contain_text("The driver slept after the update.")
    expect(page.locator(".aside")).to_contain_text("Test updates on one printer")

    page.get_by_role("button", name="Reopen…").first.click()
    dialog = page.get_by_role("dialog", name="Reopen")
    dialog.get_by_label("What the customer reads").fill("We look at the driver again.")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".thead")).to_contain_text("In progress")
    expect(page.locator(".aside")).to_contain_text("Resolution, time 2")
