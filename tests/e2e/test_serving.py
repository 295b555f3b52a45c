"""The launcher, as a real process: what it serves, and how it starts, refuses and stops."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support import product as products
from tests.support.product import Product

ROOT = Path(__file__).parents[2]


def test_the_page_connects_whatever_name_the_server_is_reached_by(
    context: BrowserContext, product: Product
):
    for url in (product.url, product.url.replace("localhost", "127.0.0.1")):
        page = context.new_page()
        with page.expect_websocket() as opened:
            page.goto(url)

        assert opened.value.url.startswith(url.replace("http", "ws") + "/_event/")


def test_built_files_are_kept_for_good_and_pages_are_asked_for_again(product: Product):
    page = httpx.get(f"{product.url}/sign-in")
    script = re.search(r'"(/assets/[\w.-]+\.js)"', page.text)
    assert script is not None

    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in httpx.get(product.url + script[1]).headers["cache-control"]


def test_another_site_opens_no_socket(product: Product):
    address = product.url.replace("http", "ws") + "/_event/?token=x&EIO=4&transport=websocket"

    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin="https://evil.example")

    assert refused.value.response.status_code == 403
    with connect(address, origin=product.url):
        pass


def test_a_second_start_builds_nothing(product: Product, tmp_path: Path):
    with products.running(tmp_path, "serve") as second:
        assert "Building" not in second.log.read_text()


def test_a_port_in_use_is_said_before_anything_is_touched(product: Product, tmp_path: Path):
    database = tmp_path / "desk.db"
    environment = os.environ | {"PORT": product.url.split(":")[-1], "DATA_DIR": str(tmp_path)}

    refused = subprocess.run(
        [sys.executable, "-m", "escalation_app", "serve"],
        env=environment | {"DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "PORT=" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not database.exists()


def test_it_stops_when_it_is_told_to(tmp_path: Path):
    with products.running(tmp_path, "serve") as product:
        product.process.send_signal(signal.SIGTERM)

        product.process.wait(timeout=10)

        assert "Traceback" not in product.log.read_text()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.usefixtures("product")
def test_a_build_leaves_the_committed_files_as_they_are():
    """Reflex adds to the lock what a page needs, and to .gitignore what it writes itself."""
    status = subprocess.run(
        ["git", "status", "--porcelain", "--", "reflex.lock", ".gitignore"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert status.stdout == ""


def test_an_address_without_a_page_says_so_and_leads_back(context: BrowserContext):
    page = context.new_page()
    page.goto("/no-such-page")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page.")

    page.get_by_role("link", name="To your first page").click()

    expect(page).to_have_url(re.compile("/sign-in$"))
