"""A macro in a browser: shown before it runs, and taken back as one act."""

from playwright.sync_api import Page, expect

from tests.support.browser import sign_in
from tests.support.office import Office


def test_a_macro_that_tags_and_resolves_is_shown_run_and_taken_back(page: Page, office: Office):
    reference = office.opens("Doors squeak in Bergen")
    sign_in(page, "manager")
    page.goto(f"/tickets/{reference}")
    page.get_by_role("button", name="Macros").click()
    page.get_by_role("button", name="Tell that it is solved and resolve").click()
    dialog = page.get_by_role("dialog", name="Tell that it is solved and resolve")
    expect(dialog).to_contain_text("It has the tags confirmed-fix.")
    expect(dialog).to_contain_text("It is resolved")
    assert page.locator("#field-message").count() <= 1

    dialog.get_by_label("reads").fill("The doors are oiled.")
    dialog.get_by_role("button", name="Do it on").click()
    expect(page.locator(".thead")).to_contain_text("Resolved")
    expect(page.locator(".tags-of")).to_contain_text("confirmed-fix")

    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".thead")).not_to_contain_text("Resolved")
    expect(page.locator(".tags-of")).not_to_contain_text("confirmed-fix")
    expect(page.locator(".msg.ours")).to_contain_text("The doors are oiled.")
