"""A browser and the product under it, for tests/e2e alone: Playwright's loop breaks asyncio's."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support import product as products
from tests.support.programs import find

CHROMIUM_FLAGS = (
    "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

LIVE = 10_000
"""Milliseconds within which what somebody else did shows by itself. How fast it is, bench says; a
page reads everything anew only once a minute."""
expect.set_options(timeout=LIVE)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[products.Product]:
    """The demo, built and running on a port of its own; shared by the tests of one process."""
    with products.running(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium."""
    chromium = find("chromium")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, product: products.Product) -> Iterator[BrowserContext]:
    """A person's browser: cookies and storage of its own, and the product as its base URL."""
    context = browser.new_context(
        base_url=product.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when a script throws or the security policy blocks something."""
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    assert faults == []


def sign_in(page: Page, seat: str = "agent", url: str = "") -> None:
    """Take a seat of the demo, as its button would, and open no page; `url` where it is not the
    base of the page's own."""
    answer = page.request.post(f"{url}/auth/continue/{seat}", max_redirects=0)
    assert answer.status == 303, answer.text()


def open_page(page: Page, path: str, width: int = 1440) -> None:
    """Open a page at a width in pixels, and wait until what it shows has come."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    expect(page.get_by_role("heading", level=1).filter(visible=True).first).to_be_visible()
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    assert path.partition("?")[0] in page.url
