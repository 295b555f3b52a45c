"""An agent in a browser: finds a ticket, works on it, and sees what others do meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from escalation_app.db import Database
from escalation_app.domain.permissions import Actor
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import PersonRow
from escalation_app.services import escalations, tickets
from escalation_app.services.people import actor_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.browser import sign_in
from tests.support.product import Product

PHONE = {"width": 390, "height": 844}


class Others:
    """Whoever else is at work, in a process of their own."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        people = columns(PersonRow)
        with self.database.reading() as session:
            keys = {row.key: row.id for row in session.execute(select(people.c.key, people.c.id))}
            self.manager = self._actor(session, keys["demo-manager"])
            self.customer = self._actor(session, keys["demo-customer"])
            self.agent = self._actor(session, keys["demo-agent"])
            theirs = people.c.team == self.agent.team
            staff = session.execute(select(people.c.id).where(theirs, people.c.is_active)).scalars()
            self.colleague = next(one for one in staff if one != keys["demo-agent"])
            """Somebody else of the agent's team."""

    @staticmethod
    def _actor(session: object, key: int) -> Actor:
        actor = actor_of(session, key)  # type: ignore[arg-type]
        assert actor is not None
        return actor

    def act(self, who: Actor, service: object, *args: object) -> None:
        with unit_of_work(who, on=self.database) as uow:
            service(uow, *args)  # type: ignore[operator]

    def open_ticket(self, subject: str) -> str:
        """A ticket of the agent's own team, critical."""
        with unit_of_work(self.customer, on=self.database) as uow:
            new = tickets.NewTicket(subject, "Since nine o'clock.", "high", "high")
            reference = tickets.open_ticket(uow, new).reference
        with unit_of_work(self.manager, on=self.database) as uow:
            ticket = escalations.escalate(uow, reference, EscalationKind.FUNCTIONAL, "For tier 2")
        assert ticket.team == self.agent.team
        return reference


@pytest.fixture
def others(product: Product) -> Iterator[Others]:
    found = Others(product.database_url)
    yield found
    found.database.dispose()


@contextmanager
def on_a_phone(browser: Browser, product: Product) -> Iterator[Page]:
    context = browser.new_context(base_url=product.url, viewport=PHONE, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_a_ticket_is_found_answered_noted_and_escalated_by_keyboard(page: Page, others: Others):
    reference = others.open_ticket("Ledger closes twice in Bergen")
    sign_in(page)
    page.goto("/queue")
    page.wait_for_selector("tbody tr[data-row]")

    page.keyboard.press("/")
    page.keyboard.type("closes twice in bergen")
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ledger closes twice in Bergen")

    page.keyboard.press("r")
    page.locator("#composer-reply").fill("We are looking at it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.ours")).to_contain_text("We are looking at it.")
    expect(page.locator("#composer-reply")).to_have_value("")
    expect(page.locator(".aside")).to_contain_text("met in")

    page.locator("body").click(position={"x": 700, "y": 60})
    page.keyboard.press("n")
    page.locator("#composer-note").fill("Certificate of the acquirer.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.note")).to_contain_text("Certificate of the acquirer.")

    page.locator("body").click(position={"x": 700, "y": 60})
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name=f"Escalate {reference}")
    expect(dialog).to_contain_text("Tier 3")
    dialog.get_by_label("Why, for the next person and the record").fill("Needs a signed bundle")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thead")).to_contain_text("Tier 3")
    expect(page.locator(".talk")).to_contain_text("Needs a signed bundle")
    expect(page.get_by_role("button", name="Resolve")).to_have_count(0)


def test_each_act_on_a_ticket_tells_its_customer_or_is_taken_back(page: Page, others: Others):
    reference = others.open_ticket("Gangway scanner dark in Tromso")
    others.act(others.manager, escalations.deescalate, reference, "They can do it")
    others.act(others.manager, tickets.assign, reference, others.colleague)
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    head = page.locator(".thead")
    expect(head).to_contain_text("Gangway scanner")

    page.keyboard.press("t")
    expect(page.get_by_text(f"{reference} is yours now.")).to_be_visible()
    expect(head).to_contain_text(others.agent.name)
    page.keyboard.press("z")
    expect(page.get_by_text("Undone for 1 ticket.")).to_be_visible()
    expect(head).not_to_contain_text(others.agent.name)

    page.get_by_role("button", name="Wait for…").click()
    page.get_by_role("button", name="The customer…").click()
    dialog = page.get_by_role("dialog", name="Waiting for customer")
    expect(dialog.get_by_role("checkbox")).to_be_checked()
    dialog.get_by_label("What the customer reads").fill("Which gangway is it?")
    page.keyboard.press("Control+Enter")
    expect(head).to_contain_text("Waiting for customer")
    expect(page.locator(".msg.ours")).to_contain_text("Which gangway is it?")
    page.get_by_role("button", name="Resume").first.click()
    expect(page.get_by_text(f"{reference} goes on.")).to_be_visible()

    page.get_by_role("button", name="Wait for…").click()
    page.get_by_role("button", name="The customer…").click()
    expect(dialog.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Grade…").click()
    grading = page.get_by_role("dialog", name=f"Grade {reference}")
    expect(grading.get_by_role("checkbox")).to_have_count(0)
    grading.get_by_label("Impact").select_option("low")
    grading.get_by_label("Urgency").select_option("low")
    told = grading.get_by_label("What the customer reads")
    expect(told).to_have_value(re.compile("We have looked at your ticket again"))
    grading.get_by_label("Why, for the record").fill("One gangway of nine")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.ours").last).to_contain_text("We have looked at your ticket again")

    page.get_by_role("button", name="Resolve…").first.click()
    solve = page.get_by_role("dialog", name=f"Resolve {reference}")
    expect(solve.get_by_label("What the customer reads")).to_have_value(
        re.compile("we believe that “Gangway scanner dark in Tromso” is solved")
    )
    page.keyboard.press("Control+Enter")
    expect(head).to_contain_text("Resolved")
    expect(page.locator(".msg.ours").last).to_contain_text("we believe that")


def test_what_others_do_shows_by_itself_and_takes_nothing_from_the_composer(
    page: Page, others: Others
):
    reference = others.open_ticket("Kiosks sleep in Moss")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    composer = page.locator("#composer-reply")
    composer.fill("Half a sent")

    others.act(others.customer, tickets.send_message, reference, "It is port 14 alone.")
    page.get_by_text("It is port 14 alone.").wait_for()
    page.keyboard.type("ence.")

    expect(composer).to_have_value("Half a sentence.")
    expect(composer).to_be_focused()


def test_a_ticket_that_moves_away_leaves_the_text_and_says_so(page: Page, others: Others):
    reference = others.open_ticket("Orders stick in Horten")
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.locator("#composer-reply").fill("I was about to say")

    others.act(
        others.manager, escalations.escalate, reference, EscalationKind.FUNCTIONAL, "Experts"
    )

    expect(page.locator(".composer")).to_contain_text("A reply is no longer yours to send")
    expect(page.locator("#composer-reply")).to_have_value("I was about to say")


def test_rows_stay_while_one_has_the_focus_and_come_when_asked_for(page: Page, others: Others):
    first = others.open_ticket("Held row one")
    sign_in(page)
    page.goto("/queue?q=held+row")
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator(f"[data-row='{first}'] a.ref")).to_be_focused()

    others.open_ticket("Held row two")

    expect(page.get_by_role("status").get_by_text("changed")).to_be_visible()
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody tr[data-row]")).to_have_count(2)


def test_chosen_tickets_are_taken_together(page: Page, others: Others):
    for number in ("one", "two"):
        others.open_ticket(f"Bulk basket {number}")
    sign_in(page)
    page.goto("/queue?q=bulk+basket")
    expect(page.locator("tbody tr[data-row]")).to_have_count(2)
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_role("region", name="Bulk actions")).to_contain_text("2 selected")

    page.keyboard.press("a")

    expect(page.get_by_text("2 tickets are yours now.")).to_be_visible()
    expect(page.locator("tbody .c-a", has_text=others.agent.name)).to_have_count(2)


def test_filters_stand_in_the_address_and_go_one_by_one(page: Page):
    sign_in(page)
    page.goto("/queue?tier=1&severity=S3&view=open")
    chips = page.locator(".bar .chip:not(.add)")
    expect(chips).to_have_text(["Tier 1", "Severity S3 normal"])

    page.get_by_role("button", name="Remove filter Severity").click()
    expect(chips).to_have_text(["Tier 1"])
    page.go_back()
    expect(chips).to_have_text(["Tier 1", "Severity S3 normal"])
    page.locator("nav.views").get_by_role("link", name="Every tier").click()
    expect(chips).to_have_count(0)
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".foot")).to_contain_text("26 to 50")


def test_who_only_reads_is_told_whose_ticket_it_is(page: Page, others: Others):
    reference = others.open_ticket("Turnstiles hum in Alta")
    others.act(
        others.manager, escalations.escalate, reference, EscalationKind.FUNCTIONAL, "Experts"
    )
    sign_in(page)
    page.goto(f"/tickets/{reference}")

    expect(page.get_by_text("works on this ticket. You can leave them a note")).to_be_visible()
    expect(page.get_by_role("button", name="Resolve…")).to_have_count(0)


def test_a_ticket_nobody_has_gets_a_page_with_a_way_back(page: Page):
    sign_in(page)
    page.goto("/tickets/T-99999999")

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "That ticket does not exist, or is not open to you."
    )
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All open")


def test_on_a_phone_views_and_every_act_are_within_reach(
    browser: Browser, product: Product, others: Others
):
    reference = others.open_ticket("Fares vanish in Larvik")
    with on_a_phone(browser, product) as page:
        sign_in(page)
        page.goto("/queue")
        page.wait_for_selector("tbody tr[data-row]")
        page.get_by_label("View", exact=True).select_option("paused")
        expect(page.get_by_role("heading", level=1)).to_have_text("Paused")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

        page.goto(f"/tickets/{reference}")
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Wait for the customer…").click()
        dialog = page.get_by_role("dialog", name="Waiting for customer")
        expect(dialog).to_contain_text("Stands still until it goes on")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        dialog.get_by_role("button", name="wait").click()
        expect(page.locator(".thead")).to_contain_text("Waiting for customer")
        page.get_by_role("button", name="Write").click()
        expect(page.locator("#composer-reply")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
