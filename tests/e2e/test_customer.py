"""A customer in a browser: opens a ticket, answers, escalates, and sees what becomes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Actor
from escalation_app.domain.tickets import Status
from escalation_app.models import PersonRow, TicketRow
from escalation_app.services import cases, tickets
from escalation_app.services.merging import merge
from escalation_app.services.people import actor_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.axe import CROSSWISE, grave_faults
from tests.support.browser import sign_in
from tests.support.office import Office
from tests.support.product import Product

PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 360, "height": 740}


def open_ticket(page: Page, subject: str) -> str:
    """Fill in the short form; returns the new reference."""
    page.goto("/mine/new")
    page.get_by_label("What is the problem, in a few words?").fill(subject)
    page.get_by_label("What happened, and since when?").fill("Since nine o'clock.")
    page.get_by_label("The whole organisation or many people are hit").check()
    page.get_by_label("Work has stopped and there is no way around").check()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(lambda url: "/mine/T-" in url)
    return page.url.rsplit("/", 1)[1]


@contextmanager
def somebody_of_ours(product: Product) -> Iterator[tuple[Database, Actor]]:
    """A manager who acts beside the browser, in a process of their own."""
    database = Database(product.database_url)
    people = columns(PersonRow)
    with database.reading() as session:
        key = session.execute(
            select(people.c.id).where(people.c.key == "demo-manager")
        ).scalar_one()
        actor = actor_of(session, key)
    assert actor is not None
    yield database, actor
    database.dispose()


def test_a_problem_is_reported_answered_and_escalated(page: Page, product: Product):
    sign_in(page, "customer")
    reference = open_ticket(page, "Kiosks are dark in Bergen")

    expect(page.get_by_role("heading", level=1)).to_have_text("Kiosks are dark in Bergen")
    expect(page.get_by_role("status")).to_contain_text("Thank you, we have it.")
    expect(page.locator(".line li.now")).to_contain_text("First answer")
    expect(page.locator(".hist")).to_contain_text("You reported it")

    with somebody_of_ours(product) as (database, manager):
        with unit_of_work(manager, on=database) as uow:
            tickets.send_message(uow, reference, "Which kiosks are they?")
        expect(page.locator(".hist")).to_contain_text("Which kiosks are they?")
    expect(page.locator(".said")).to_have_count(0)
    expect(page.locator(".line li.now")).to_contain_text("We work on it")

    page.get_by_label("Answer or add something").fill("All nine of them.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".hist")).to_contain_text("All nine of them.")
    expect(page.get_by_label("Answer or add something")).to_have_value("")

    page.locator("#main").get_by_role("button", name="Escalate").first.click()
    asking = page.get_by_role("dialog", name=f"Escalate {reference}")
    expect(asking).to_contain_text("A manager gets it at once and answers for it.")
    asking.get_by_label("What is going wrong?").fill("We lose a sailing.")
    asking.get_by_role("button", name=f"Escalate {reference}").click()

    expect(asking).to_be_hidden()
    expect(page.locator(".askbox")).to_contain_text("You escalated this")
    expect(page.locator(".askbox")).to_contain_text("answers for it and has been told")
    expect(page.locator(".hist")).to_contain_text("We lose a sailing.")


def test_a_press_too_many_opens_one_ticket(page: Page, product: Product):
    sign_in(page, "customer")
    page.goto("/mine/new")
    page.get_by_label("What is the problem, in a few words?").fill("Only once, please")
    page.get_by_label("What happened, and since when?").fill("Twice pressed.")
    page.get_by_label("One person is hit").check()
    page.get_by_label("It can wait").check()
    page.get_by_role("button", name="Send").dblclick()
    page.wait_for_url(lambda url: "/mine/T-" in url)

    database = Database(product.database_url)
    rows = columns(TicketRow)
    with database.reading() as session:
        found = session.execute(select(rows.c.id).where(rows.c.subject == "Only once, please"))
        assert len(found.all()) == 1
    database.dispose()


def test_the_form_promises_before_it_is_sent_and_asks_for_what_is_missing(page: Page):
    sign_in(page, "customer")
    page.goto("/mine/new")
    page.get_by_label("What is the problem, in a few words?").fill("Slow")
    page.get_by_label("One team or site is hit").check()
    page.get_by_label("Work is slowed").check()
    expect(page.locator(".promise")).to_contain_text("You get a first answer within")

    page.get_by_role("button", name="Send").click()

    assert page.url.endswith("/mine/new")
    missing = page.get_by_label("What happened, and since when?")
    assert missing.evaluate("field => field.validity.valueMissing")
    expect(page.get_by_label("What is the problem, in a few words?")).to_have_value("Slow")


def test_a_solved_ticket_says_how_it_opens_again(page: Page, product: Product):
    sign_in(page, "customer")
    reference = open_ticket(page, "It was nothing")
    with (
        somebody_of_ours(product) as (database, manager),
        unit_of_work(manager, on=database) as uow,
    ):
        tickets.resolve(uow, reference, "Switched on again.")

    expect(page.locator(".stands")).to_contain_text("We believe it is solved.")
    expect(page.get_by_role("button", name="Escalate")).to_have_count(0)
    page.get_by_label("Not solved? Answer and it opens again").fill("Dark again.")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status")).to_contain_text("Sent, and it is open again.")
    expect(page.locator(".askbox").get_by_role("button", name="Escalate")).to_be_visible()


def test_the_customer_says_that_it_works_and_takes_it_back(
    page: Page, browser: Browser, office: Office
):
    reference = office.opens("The gangway lights")
    office.act("manager", tickets.resolve, reference, "Switched on again.")
    context = browser.new_context(base_url=office.url)
    desk = context.new_page()
    sign_in(desk, "agent")
    desk.goto(f"/tickets/{reference}")
    expect(desk.locator(".thead")).to_contain_text("The gangway lights")
    sign_in(page, "customer")
    page.goto(f"/mine/{reference}")
    box = page.get_by_role("region", name="Does it work?")
    expect(box).to_contain_text("closes by itself")
    assert grave_faults(page, "a solved ticket", reversed(CROSSWISE)) == []

    box.get_by_role("link", name="It does not work yet").click()
    expect(page.get_by_label("Not solved? Answer and it opens again")).to_be_focused()
    box.get_by_role("button", name="It works").click()

    expect(page.locator(".stands")).to_contain_text("This ticket is closed.")
    expect(page.locator(".hist")).to_contain_text("You said that it works")
    expect(desk.locator("#main")).to_contain_text("The customer says it works")

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"Undone. {reference} is not closed.")).to_be_visible()
    expect(box.get_by_role("button", name="It works")).to_be_visible()
    expect(page.locator(".hist")).not_to_contain_text("You said that it works")
    context.close()


def test_on_a_phone_both_answers_to_a_solution_are_in_the_dock(
    browser: Browser, product: Product, office: Office
):
    reference = office.opens("The second gangway")
    office.act("manager", tickets.resolve, reference, "Switched on again.")
    context = browser.new_context(base_url=product.url, viewport=SMALLEST, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, "customer")
    page.goto(f"/mine/{reference}")
    dock = page.get_by_role("region", name="Actions")

    assert _width_beyond(page) == 0
    dock.get_by_role("link", name="It does not work yet").click()
    expect(page.get_by_label("Not solved? Answer and it opens again")).to_be_focused()
    dock.get_by_role("button", name="It works").click()
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport()
    expect(dock.get_by_role("link", name="New ticket")).to_be_in_viewport()
    context.close()


def test_what_is_being_written_survives_news(page: Page, product: Product):
    sign_in(page, "customer")
    reference = open_ticket(page, "Half a sentence")
    box = page.get_by_label("Answer or add something")
    box.fill("I was just about to")
    with (
        somebody_of_ours(product) as (database, manager),
        unit_of_work(manager, on=database) as uow,
    ):
        tickets.send_message(uow, reference, "A word from us.")

    expect(page.locator(".hist")).to_contain_text("A word from us.")
    expect(box).to_have_value("I was just about to")
    expect(box).to_be_focused()


def test_the_list_shows_a_new_ticket_by_itself_and_opens_it(page: Page, product: Product):
    sign_in(page, "customer")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("My tickets")
    other = page.context.new_page()
    reference = open_ticket(other, "From another tab")

    row = page.locator(f'[data-row="{reference}"]')
    expect(row).to_contain_text("From another tab")
    row.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("From another tab")


def test_what_was_promised_shows_by_itself_and_what_became_of_it(page: Page, office: Office):
    reference = office.opens("Gates are shut in Moss")
    sign_in(page, "customer")
    page.goto(f"/mine/{reference}")
    expect(page.locator(".stands h2")).to_be_visible()
    promised = page.get_by_role("region", name="What else we promised you")
    expect(promised).to_have_count(0)

    due_at = utc_now() + timedelta(hours=2, minutes=5)
    office.act("manager", cases.make_promise, reference, "Gate 7 opens", due_at, None, "Agreed.")
    expect(promised).to_contain_text("Gate 7 opens")
    expect(promised).to_contain_text("left")

    office.act("manager", cases.keep_promise, reference, 1)
    expect(promised).to_contain_text("kept")


def test_our_question_stands_above_the_box_to_answer_it(page: Page, office: Office):
    reference = office.opens("Kiosk 7 is blank")
    office.act("manager", tickets.send_message, reference, "Which kiosk is it?")
    sign_in(page, "customer")
    page.goto(f"/mine/{reference}")
    box = page.get_by_label("Answer or add something")
    box.fill("Kiosk 7")
    office.act("manager", tickets.set_status, reference, Status.WAITING_CUSTOMER)

    expect(page.locator(".our-question")).to_contain_text("M. Okafor asks")
    expect(page.locator(".our-question")).to_contain_text("Which kiosk is it?")
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("Kiosk 7")


def test_a_merged_ticket_leads_to_where_it_goes_on(page: Page, office: Office):
    goes, stays = office.opens("Gate 3 is shut"), office.opens("All gates are shut")
    office.act("manager", merge, goes, stays)
    sign_in(page, "customer")
    page.goto(f"/mine/{goes}")
    known = page.locator(".know")
    expect(known).to_contain_text(f"PromisedIn {stays}")

    page.get_by_role("region", name="What happened").get_by_role("link", name=stays).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All gates are shut")


def test_somebody_else_s_ticket_is_not_shown(page: Page, product: Product):
    sign_in(page, "customer")
    database = Database(product.database_url)
    people, rows = columns(PersonRow), columns(TicketRow)
    with database.reading() as session:
        mine = select(people.c.organisation_id).where(people.c.key == "demo-customer")
        theirs = session.execute(
            select(rows.c.reference, rows.c.subject).where(
                rows.c.organisation_id != mine.scalar_subquery()
            )
        ).first()
    database.dispose()
    assert theirs is not None

    page.goto(f"/mine/{theirs.reference}")

    expect(page.get_by_role("heading", level=1)).to_contain_text("does not exist, or is not open")
    expect(page.locator("#main")).not_to_contain_text(theirs.subject)


@pytest.mark.parametrize("size", [PHONE, SMALLEST], ids=["390", "360"])
def test_on_a_phone_everything_is_within_reach(
    browser: Browser, product: Product, size: dict[str, int]
):
    context = browser.new_context(base_url=product.url, viewport=size, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, "customer")

    for path in ("/mine", "/mine/new", "/process"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert _width_beyond(page) == 0, path
        expect(page.get_by_role("navigation", name="Main, phone")).to_be_visible()
    reference = open_ticket(page, "From a phone, with a subject that is longer than a line")
    assert _width_beyond(page) == 0
    dock = page.get_by_role("region", name="Actions")
    expect(dock.get_by_role("link", name="Answer")).to_be_in_viewport()
    dock.get_by_role("button", name="Escalate").click()
    asking = page.get_by_role("dialog", name=f"Escalate {reference}")
    confirm = asking.get_by_role("button", name=f"Escalate {reference}")
    expect(confirm).to_be_in_viewport()
    confirm.click()

    expect(page.locator(".askbox")).to_contain_text("You escalated this")
    context.close()


def _width_beyond(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_an_answer_that_is_not_sent_survives_a_reload_and_is_gone_once_it_is(page: Page):
    sign_in(page, "customer")
    open_ticket(page, "Lamps blink twice")
    box = page.get_by_label("Answer or add something")
    box.press_sequentially("It is lamp 14, and")
    page.wait_for_timeout(1_500)  # a moment after the last key it is kept

    page.reload()
    expect(box).to_have_value("It is lamp 14, and")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    page.reload()
    expect(page.locator(".answer")).to_be_visible()
    expect(box).to_have_value("")
