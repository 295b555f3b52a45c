"""An admin in a browser: people, the engine, the outbox, and the process for every reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select, update

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.models import EventRow, HeartbeatRow, OutboxRow
from escalation_app.services.process_versions import live_document, publish
from escalation_app.services.tables import columns
from tests.support import product as products
from tests.support.browser import sign_in
from tests.support.product import Product


@pytest.fixture
def database(product: Product) -> Iterator[Database]:
    opened = Database(product.database_url)
    yield opened
    opened.dispose()


def test_the_engine_is_alive_and_its_sign_of_life_moves(page: Page):
    sign_in(page, "admin")
    page.goto("/")

    expect(page.get_by_role("heading", name="Engine", exact=True)).to_be_visible()
    panel = page.locator("heart-beat.engine")
    expect(panel).to_have_attribute("state", "alive")
    expect(page.locator(".fig.alive .if-alive")).to_be_visible()
    before = panel.get_attribute("at")
    expect(panel).not_to_have_attribute("at", before or "")
    expect(page.locator(".engines tbody tr")).to_have_count(1)


def test_an_engine_that_stopped_turns_the_page_red_with_nobody_telling_it(
    page: Page, tmp_path: Path
):
    """Nothing is committed any more when the product hangs: the browser must see it by itself."""
    with products.running(tmp_path) as product:
        sign_in(page, "admin", product.url)
        page.goto(product.url)
        panel = page.locator("heart-beat.engine")
        expect(panel).to_have_attribute("state", "alive")
        expect(page.get_by_role("alert").filter(has_text="no sign of life")).to_be_hidden()
        product.process.send_signal(19)  # SIGSTOP
        try:
            expect(panel).to_have_attribute("state", "silent", timeout=15_000)
            expect(page.get_by_text("The engine gives no sign of life.")).to_be_visible()
            expect(page.locator(".fig.alive .if-silent")).to_be_visible()
        finally:
            product.process.send_signal(18)  # SIGCONT


def test_the_outbox_is_followed_and_narrowed_to_a_state(page: Page):
    sign_in(page, "admin")
    page.goto("/outbox")
    rows = page.locator(".outbox tbody tr")
    expect(rows.first).to_be_visible()
    kept = page.get_by_role("group", name="State").get_by_role("button", name=re.compile("^Kept"))

    kept.click()

    expect(kept).to_have_attribute("aria-pressed", "true")
    expect(rows.filter(has_not_text="Kept")).to_have_count(0)
    expect(page.locator(".foot")).to_contain_text("1 to 50 of ")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".foot")).to_contain_text("51 to 100 of ")


def test_a_dead_message_is_tried_again_by_its_button_and_all_of_a_channel_at_once(
    page: Page, database: Database
):
    outbox = columns(OutboxRow)
    with database.writing() as session:
        some = select(outbox.c.id).where(outbox.c.channel == "email", outbox.c.state == "kept")
        keys = list(session.execute(some.limit(3)).scalars())
        dead = update(outbox).where(outbox.c.id.in_(keys))
        session.execute(dead.values(state="dead", note="550 no such user"))
    sign_in(page, "admin")
    page.goto("/outbox")
    page.get_by_role("group", name="State").get_by_role("button", name=re.compile("^Dead")).click()
    rows = page.locator(".outbox tbody tr")
    expect(rows).to_have_count(3)

    rows.first.get_by_role("button", name="Try again").press("Enter")

    expect(page.get_by_text("It is tried again at once.")).to_be_visible()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Try all again: E-mail").click()
    expect(page.get_by_text("2 messages are tried again at once.")).to_be_visible()
    expect(rows).to_have_count(0)
    with database.reading() as session:
        events = columns(EventRow)
        told = select(events.c.actor_name).where(events.c.kind == "message_retried")
        assert list(session.execute(told).scalars()) == ["E. Kwan"] * 2


def test_people_are_found_as_they_are_typed(page: Page):
    sign_in(page, "admin")
    page.goto("/people")
    rows = page.locator(".people tbody tr")
    expect(rows.first).to_be_visible()

    page.get_by_role("searchbox").press_sequentially("halden", delay=20)

    expect(rows.filter(has_not_text="Halden Ferries")).to_have_count(0)
    expect(rows.filter(has_text="N. Diaz")).to_contain_text("Customer")
    page.get_by_role("searchbox").fill("nobody is called so")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


@pytest.mark.parametrize("seat", ["agent", "manager", "executive", "admin"])
def test_staff_read_the_whole_process(page: Page, seat: str):
    sign_in(page, seat)
    page.goto("/process")

    expect(page.get_by_role("heading", name="Tiers, teams and channels")).to_be_visible()
    page.get_by_role("navigation", name="Contents").get_by_role(
        "link", name="Who is told what"
    ).click()
    expect(page.get_by_role("heading", name="Who is told what")).to_be_in_viewport()


def test_customers_read_their_part_and_a_new_version_appears(page: Page, database: Database):
    sign_in(page, "customer")
    page.goto("/process")
    expect(page.get_by_role("heading", name="What we promise")).to_be_visible()
    expect(page.get_by_role("heading", name="Tiers, teams and channels")).to_have_count(0)
    with database.reading() as session:
        version, document = live_document(session)
    changed = document.replace("close_after: 5d", "close_after: 6d")

    with database.writing() as session:
        publish(session, changed, "test", utc_now())

    expect(page.locator(".doc header")).to_contain_text(f"Version {version + 1}")
    expect(page.locator(".doc")).to_contain_text("after 6 days")


def test_a_dead_engine_s_row_is_taken_away_live(page: Page, database: Database):
    beats = columns(HeartbeatRow)
    gone = {
        "engine": "gone:1",
        "at": utc_now(),
        "started_at": utc_now(),
        "sweep_us": 0,
        "lag_us": 0,
        "fired_total": 0,
        "failed_total": 0,
    }
    sign_in(page, "admin")
    page.goto("/")
    row = page.locator('[data-row="gone:1"]')
    with database.writing() as session:
        session.execute(beats.insert().values(gone))
    expect(row).to_be_visible()
    expect(row.locator("heart-beat")).to_have_attribute("state", "alive")
    expect(row.locator("heart-beat")).to_have_attribute("state", "silent", timeout=15_000)

    with database.writing() as session:
        session.execute(delete(beats).where(beats.c.engine == "gone:1"))

    expect(row).to_have_count(0)
