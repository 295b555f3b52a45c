"""The way in and out, in a browser: the demo's seats, and a real install's form."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import product as products

PASSWORD = "blue tram to the sea"

HOMES = {
    "customer": "/mine",
    "agent": "/queue",
    "manager": "/escalations",
    "executive": "/tiers",
    "admin": "/engine",
}


@pytest.mark.parametrize(("role", "home"), HOMES.items())
def test_one_click_takes_a_seat_in_the_demo(page: Page, role: str, home: str):
    page.goto("/")

    page.get_by_role("button", name=f"Continue as {role}").click()

    expect(page).to_have_url(f"{page.evaluate('origin')}{home}")


def test_a_key_takes_a_seat_and_leads_on_to_the_page_asked_for(page: Page):
    page.goto("/heatmap")
    expect(page.get_by_role("heading", name="Choose a seat")).to_be_visible()

    page.keyboard.press("4")

    page.wait_for_url("**/heatmap")
    expect(page.get_by_role("button", name="D. Ames, your menu")).to_be_visible()


def test_signing_out_elsewhere_empties_this_page_too(page: Page, context: BrowserContext):
    page.goto("/")
    page.get_by_role("button", name="Continue as executive").click()
    expect(page.get_by_role("heading", name="Tier board")).to_be_visible()

    context.request.post("/auth/sign-out")

    expect(page.get_by_role("heading", name="Choose a seat")).to_be_visible(timeout=5_000)
    assert "/sign-in?next=%2Ftiers" in page.url


def test_after_signing_out_the_way_back_shows_nothing(page: Page, context: BrowserContext):
    page.goto("/")
    page.get_by_role("button", name="Continue as agent").click()
    page.get_by_role("button", name="your menu").click()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Choose a seat")).to_be_visible()
    assert {cookie["name"] for cookie in context.cookies()} == {"known"}
    page.go_back()
    expect(page.get_by_role("heading", name="Choose a seat")).to_be_visible()
    assert "/sign-in" in page.url


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[products.Product]:
    """A real install with one person, who came in by the command line."""
    folder = tmp_path_factory.mktemp("install")
    with products.running(folder, "serve") as running:
        subprocess.run(
            [
                *(sys.executable, "-m", "escalation_app", "person", "add", "root@example.org"),
                *("--name", "Rita Root", "--role", "admin", "--password-stdin"),
            ],
            env=os.environ | {"DATABASE_URL": running.database_url, "DATA_DIR": str(folder)},
            input=f"{PASSWORD}\n",
            text=True,
            check=True,
        )
        yield running


@pytest.fixture
def door(browser: Browser, install: products.Product) -> Iterator[Page]:
    """The sign-in page of the install."""
    context = browser.new_context(base_url=install.url)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def _sign_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail").fill("root@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_real_install_has_a_form_and_no_seats(door: Page):
    expect(door.get_by_role("heading", name="Sign in")).to_be_visible()

    assert door.get_by_role("button", name="Continue as").count() == 0


def test_a_wrong_password_is_said_in_words_and_the_right_one_leads_home(door: Page):
    _sign_in(door, "not the one")
    expect(door.get_by_role("alert")).to_have_text("That address and password do not match.")

    _sign_in(door, PASSWORD)

    door.wait_for_url("**/engine")
    expect(door.get_by_role("button", name="Rita Root, your menu")).to_be_visible()
