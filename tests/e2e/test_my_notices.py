"""A person's own settings in a browser: found, changed with mouse and keys, kept."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import sign_in

PHONE = {"width": 390, "height": 844}


def open_settings(page: Page, seat: str) -> None:
    """By the menu of the person, as they would."""
    sign_in(page, seat)
    page.goto("/")
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("link", name="My notices").click()
    expect(page.get_by_role("heading", name="My notices")).to_be_visible()


def test_each_change_is_saved_at_once_and_still_there_after_a_reload(page: Page):
    open_settings(page, "manager")
    status = page.get_by_role("status").filter(has_text="Saved.")
    promises = page.get_by_role("checkbox", name="Promised times, by e-mail")

    promises.uncheck()
    expect(status).to_contain_text("Promised times: they do not come by e-mail any more.")
    page.get_by_role("radio", name="Once an hour").check()
    expect(status).to_contain_text("E-mail comes once an hour.")
    page.get_by_role("radio", name="Hours of my own").check()
    expect(status).to_contain_text("It is quiet for you from 22:00 to 07:00.")
    page.get_by_label("From").fill("20:30")
    expect(status).to_contain_text("It is quiet for you from 20:30 to 07:00.")
    page.get_by_label("and all of Saturday and Sunday").check()
    expect(status).to_contain_text("and all weekend")

    page.reload()
    expect(promises).not_to_be_checked()
    expect(page.get_by_role("radio", name="Once an hour")).to_be_checked()
    expect(page.get_by_label("From")).to_have_value("20:30")
    expect(page.get_by_label("and all of Saturday and Sunday")).to_be_checked()


def test_a_time_that_makes_no_sense_is_refused_in_words(page: Page):
    open_settings(page, "executive")
    page.get_by_role("radio", name="Hours of my own").check()

    page.get_by_label("From").fill("07:00")

    expect(page.get_by_text("Quiet hours end at another time than they start.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_have_count(0)


def test_everything_is_done_with_the_keys(page: Page):
    open_settings(page, "agent")
    messages = page.get_by_role("checkbox", name="Messages, by e-mail")
    messages.focus()

    page.keyboard.press("Space")
    expect(messages).not_to_be_checked()
    page.get_by_role("radio", name="At once").focus()
    page.keyboard.press("ArrowDown")

    expect(page.get_by_role("radio", name="Once an hour")).to_be_checked()
    expect(page.get_by_role("radio", name="Once an hour")).to_be_focused()


def test_what_the_process_forces_cannot_be_turned_off_by_a_customer(page: Page):
    open_settings(page, "customer")

    forced = page.get_by_role("checkbox", name="Escalation, in the app")
    expect(forced).to_be_checked()
    expect(forced).to_be_disabled()
    expect(page.get_by_text("You are always told when a manager takes a case.")).to_be_visible()
    expect(page.get_by_role("radio", name="Those of the process")).to_have_count(0)


@pytest.mark.parametrize("seat", ["agent", "customer"])
def test_it_fits_a_phone(page: Page, seat: str):
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_settings(page, seat)

    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    for box in page.locator(".settings td .hit").all():
        size = box.bounding_box()
        assert size is not None and size["height"] >= 44
