"""A case in browsers: three departments, one late and one released; promises; reminders."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from escalation_app.clock import utc_now
from escalation_app.models import PersonRow
from escalation_app.services import cases, escalations, tickets
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork, make_desk, unit_of_work
from tests.support.browser import sign_in
from tests.support.office import Office

HOUR = timedelta(hours=1)

_PEOPLE: Any = columns(PersonRow)


def key_of(office: Office, key: str) -> int:
    with office.database.reading() as session:
        return session.execute(select(_PEOPLE.c.id).where(_PEOPLE.c.key == key)).scalar_one()


def before(office: Office, ago: timedelta, seat: str, service: Any, *args: Any) -> Any:
    """Do something as somebody, some time ago."""
    at = utc_now() - ago
    with unit_of_work(office.person(seat), on=office.database, now=at) as uow:
        return service(uow, *args)


@pytest.fixture
def case(office: Office) -> str:
    """A case that the manager on the seat has owned for three hours."""
    new = tickets.NewTicket("Points doubled", "Please help.", "high", "high")
    owner = office.person("manager").person_id
    # In one transaction: the engine, for which all of it is overdue, must not come in between.
    with office.database.writing() as session:

        def act(ago: timedelta, seat: str, service: Any, *args: Any) -> Any:
            at = utc_now() - ago
            desk = make_desk(session, at)
            return service(UnitOfWork(session, office.person(seat), at, desk), *args)

        ref = act(3 * HOUR, "customer", tickets.open_ticket, new).reference
        act(2.9 * HOUR, "manager", tickets.send_message, ref, "We stopped the job.")
        act(2.8 * HOUR, "customer", escalations.request_escalation, ref, "The board asks.")
        act(2.7 * HOUR, "manager", escalations.assign_case, ref, owner)
    return ref


def owe(office: Office, ref: str, who: str, text: str, within: timedelta) -> None:
    """Somebody is to do something, as was said two hours ago."""
    due_at = utc_now() + within
    person = key_of(office, who)
    before(office, 2 * HOUR, "manager", cases.give_obligation, ref, person, text, due_at)


@contextmanager
def desk_of(browser: Browser, office: Office, person: str, path: str) -> Iterator[Page]:
    """Somebody's own browser on a page."""
    context = office.browser_of(key_of(office, person), browser)
    page = context.new_page()
    page.goto(path)
    yield page
    context.close()


def duty(page: Page, text: str) -> Locator:
    return page.locator(".ob tbody tr", has_text=text)


def promise(page: Page, text: str) -> Locator:
    return page.locator(".led li", has_text=text)


def local(page: Page, ahead: timedelta) -> str:
    """A day and a time as the page's own clock shows it, for a field."""
    at = (utc_now() + ahead).isoformat()
    return page.evaluate(
        "at => { const d = new Date(at);"
        " return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16); }",
        at,
    )


def open_case(page: Page, ref: str, seat: str = "manager") -> None:
    sign_in(page, seat)
    page.goto(f"/cases/{ref}")
    expect(page.locator(".roles")).to_contain_text("M. Okafor")


def test_three_departments_work_on_a_case_one_is_late_and_one_is_released(
    page: Page, browser: Browser, office: Office, case: str
):
    owe(office, case, "sorel", "Approve the wording", -0.1 * HOUR)
    owe(office, case, "costa", "Find the guests", 1 * HOUR)
    open_case(page, case)
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Ask somebody for something")
    dialog.get_by_label("Who", exact=True).select_option(label="Application support: R. Sato")
    dialog.get_by_label("What is to be done").fill("Count the wrong balances")
    dialog.get_by_label("Until").fill(local(page, 2 * HOUR))
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()

    expect(page.locator(".ob tbody tr")).to_have_count(3)
    expect(duty(page, "Approve the wording")).to_contain_text("Billing experts")
    expect(duty(page, "Approve the wording")).to_contain_text("over")
    expect(page.get_by_role("region", name="Team and obligations")).to_contain_text(
        "0 of 3 done, 1 late"
    )

    with desk_of(browser, office, "sato", f"/cases/{case}") as member:
        mine = duty(member, "Count the wrong balances")
        expect(mine.get_by_role("button", name="Release")).to_have_count(0)
        expect(duty(member, "Approve").get_by_role("button")).to_have_count(0)
        mine.get_by_role("button", name="Accept").click()
        expect(duty(page, "Count the wrong")).to_contain_text("Accepted")
        mine.get_by_role("button", name="Blocked").click()
        reason = member.get_by_role("dialog").get_by_label("What is in the way")
        reason.fill("No read access")
        member.keyboard.press("Control+Enter")
        expect(duty(page, "Count the wrong").locator(".is-blocked")).to_have_text(
            "Blocked: No read access"
        )
        team = page.get_by_role("region", name="Team and obligations")
        expect(team).to_contain_text("1 blocked")
        mine.get_by_role("button", name="Done").click()
        expect(duty(page, "Count the wrong")).to_contain_text("done in time")

    duty(page, "Find the guests").get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why they cannot contribute").fill("Has no access, passed to IT")
    dialog.get_by_role("button", name="Release them").click()

    expect(duty(page, "Find the guests")).to_contain_text("Released: Has no access, passed to IT")
    expect(page.get_by_role("region", name="Team and obligations")).to_contain_text(
        "1 of 2 done, 1 late"
    )


def test_a_promise_is_checked_overridden_renegotiated_kept_and_another_is_broken(
    page: Page, browser: Browser, office: Office, case: str
):
    made = utc_now() - 0.5 * HOUR
    before(office, HOUR, "manager", cases.make_promise, case, "A list", made, None, "They insist")
    open_case(page, case)
    expect(promise(page, "A list")).to_contain_text("broken")

    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Promise the customer something")
    dialog.get_by_label("What", exact=True).fill("Every balance is right")
    dialog.get_by_label("Until").fill(local(page, 20 * HOUR))
    dialog.get_by_role("button", name="Check and promise").click()
    expect(dialog).to_contain_text("The ticket is to be resolved before then.")
    expect(dialog).to_contain_text("M. Okafor is late with")
    dialog.get_by_label("Until").fill(local(page, 21 * HOUR))
    expect(dialog).not_to_contain_text("This may not be kept.")
    dialog.get_by_role("button", name="Check and promise").click()
    dialog.get_by_label("Why promise it all the same?").fill("They asked for tomorrow")
    dialog.get_by_role("button", name="Promise it all the same").click()
    expect(dialog).to_be_hidden()
    line = promise(page, "Every balance is right")
    expect(line).to_contain_text("Made all the same: They asked for tomorrow")

    line.get_by_role("button", name="Renegotiate").click()
    dialog = page.get_by_role("dialog", name="Agree on another time")
    dialog.get_by_label("The customer agrees to").fill(local(page, 30 * HOUR))
    dialog.get_by_label("Why it moves").fill("N. Diaz agreed on the phone")
    dialog.get_by_role("button", name="Move the promise").click()
    dialog.get_by_label("Why promise it all the same?").fill("Still what they want")
    with desk_of(browser, office, "demo-executive", f"/cases/{case}") as executive:
        seen = promise(executive, "Every balance is right")
        expect(seen).to_contain_text("Made all the same")
        dialog.get_by_role("button", name="Move it all the same").click()
        expect(seen).to_contain_text("Moved: N. Diaz agreed")

    expect(dialog).to_be_hidden()
    expect(line).to_contain_text("Moved: N. Diaz agreed on the phone")
    expect(line.locator("s")).to_have_count(1)
    line.get_by_role("button", name="Kept…").click()
    dialog = page.get_by_role("dialog", name="It has happened as promised")
    told = dialog.get_by_label("What the customer reads")
    expect(told).to_have_value("As promised: Every balance is right.")
    with office.sitting(browser, "customer") as customer:
        customer.goto(f"/mine/{case}")
        news = customer.locator(".hist")
        expect(news).to_contain_text("Every balance is right.")
        expect(news).to_contain_text("As agreed with you, there is another time")
        told.fill("As promised, every balance is right.")
        dialog.get_by_role("button", name="Say it is kept").click()
        expect(news).to_contain_text("As promised, every balance is right.")
    expect(line).to_contain_text("kept")
    expect(line.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("region", name="Promises")).to_contain_text("1 kept, 1 broken")


def test_a_promise_that_breaks_says_so_on_every_open_screen(
    page: Page, browser: Browser, office: Office, case: str
):
    open_case(page, case)
    with desk_of(browser, office, "demo-executive", f"/cases/{case}") as executive:
        screens = (page, executive)
        due = utc_now() + timedelta(seconds=6)
        office.act("manager", cases.make_promise, case, "A list", due, None, "They insist")
        for screen in screens:
            expect(promise(screen, "A list")).to_be_visible()
            expect(promise(screen, "A list")).not_to_contain_text("broken")

        for screen in screens:
            expect(promise(screen, "A list")).to_contain_text("broken", timeout=15_000)


def test_a_reminder_reaches_its_receiver_at_once_and_rests(
    page: Page, browser: Browser, office: Office, case: str
):
    owe(office, case, "sorel", "Approve the wording", -0.1 * HOUR)
    open_case(page, case)
    with desk_of(browser, office, "sorel", "/queue") as receiver:
        receiver.wait_for_selector("tbody tr[data-row]")

        duty(page, "Approve the wording").get_by_role("button", name="Nudge").click()

        expect(duty(page, "Approve the wording")).to_contain_text("reminded")
        expect(duty(page, "Approve").get_by_role("button", name="Nudge")).to_have_count(0)
        bell = receiver.get_by_role("button", name=re.compile("^Notices"))
        expect(bell).to_contain_text(re.compile(r"\d"))
        bell.click()
        expect(receiver.locator(".notices li").first).to_contain_text(
            "M. Okafor reminds you of what you owe"
        )
    expect(page.locator(".feed li").first).to_contain_text("H. Sorel reminded by M. Okafor")


def test_a_decision_and_a_word_to_the_customer_are_seen_by_the_sponsor(
    page: Page, browser: Browser, office: Office, case: str
):
    open_case(page, case)
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog", name=f"Who leads {case}?")
    sponsor = str(office.person("executive").person_id)
    dialog.get_by_label("Executive sponsor").select_option(sponsor)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".roles")).to_contain_text("D. Ames")

    with desk_of(browser, office, "demo-executive", f"/cases/{case}") as executive:
        expect(executive.get_by_role("button", name="Record a decision")).to_be_visible()
        expect(executive.get_by_role("button", name="Update customer")).to_have_count(0)
        executive.keyboard.press("d")
        dialog = executive.get_by_role("dialog", name="Record a decision")
        dialog.get_by_label("What was decided").fill("Guests keep their points")
        dialog.get_by_label("Why", exact=True).fill("Cheaper than calls")
        executive.keyboard.press("Control+Enter")
        expect(page.locator(".dec")).to_contain_text("D. Ames: Cheaper than calls")

        page.keyboard.press("u")
        dialog = page.get_by_role("dialog", name="Update Halden Ferries")
        text = dialog.get_by_label("N. Diaz reads this")
        expect(text).to_have_value(re.compile("We have decided: Guests keep their points."))
        text.fill("Your guests keep their points until Sunday.")
        page.keyboard.press("Control+Enter")

        expect(executive.locator(".heard .msg.ours").first).to_contain_text(
            "Your guests keep their points until Sunday."
        )
    expect(page.get_by_text("Nothing has changed since we last wrote.")).to_be_visible()


def test_the_customer_reads_that_an_escalation_ends_in_the_war_room_and_begins_again(
    page: Page, browser: Browser, office: Office, case: str
):
    open_case(page, case)
    with office.sitting(browser, "customer") as customer:
        customer.goto(f"/mine/{case}")
        news = customer.locator(".hist")
        expect(news).to_be_visible()
        page.get_by_role("button", name="De-escalate…").click()
        dialog = page.get_by_role("dialog", name=f"De-escalate {case}")
        expect(dialog).to_contain_text("The customer's clock is not touched")
        dialog.get_by_label("Why it can go on without").fill("The job is stopped")
        dialog.get_by_label("What the customer reads").fill("Your points are safe now.")
        page.keyboard.press("Control+Enter")
        expect(dialog).to_be_hidden()
        expect(news).to_contain_text("Your points are safe now.")

        page.get_by_role("button", name="Escalate again…").click()
        dialog = page.get_by_role("dialog", name=f"Escalate again: {case}")
        dialog.get_by_label("Why again").fill("It runs again")
        dialog.get_by_label("What the customer reads").fill("We are on it again.")
        page.keyboard.press("Control+Enter")
        expect(news).to_contain_text("We are on it again.")
    expect(page.get_by_role("button", name="De-escalate…")).to_be_visible()


def test_the_list_and_the_ticket_open_the_war_room(page: Page, case: str):
    sign_in(page, "manager")
    page.goto("/escalations")
    page.locator(f'[data-row="{case}"] a').first.click()
    page.get_by_role("link", name="Open case").click()
    expect(page.locator(".roles")).to_be_visible()
    page.goto(f"/tickets/{case}")
    page.get_by_role("link", name="War room").click()

    expect(page).to_have_url(re.compile(f"/cases/{case}$"))
    page.goto("/cases/T-9999999")
    expect(page.get_by_text("That case does not exist")).to_be_visible()


def test_a_colleague_reads_why_and_comes_back_from_the_war_room_to_the_queue(
    page: Page, browser: Browser, office: Office, case: str
):
    open_case(page, case)
    expect(page.locator(".crumb").get_by_role("link", name="Escalations")).to_be_visible()
    with desk_of(browser, office, "sato", f"/cases/{case}") as member:
        # The bell, which is shut, may tell of it too.
        expect(member.locator("main").get_by_text("The board asks.").first).to_be_visible()

        member.locator(".crumb").get_by_role("link", name="Queue").click()

        expect(member).to_have_url(re.compile("/queue"))


def test_what_one_owes_is_on_one_s_own_page_live_and_done_there(
    page: Page, browser: Browser, office: Office, case: str
):
    with desk_of(browser, office, "sato", "/queue") as member:
        member.wait_for_selector("tbody tr[data-row]")
        member.keyboard.press("g")
        member.keyboard.press("w")
        expect(member.get_by_role("heading", name="My work")).to_be_visible()

        owe(office, case, "sato", "Count the wrong balances", HOUR)

        mine = duty(member, "Count the wrong balances")
        expect(mine).to_contain_text("Points doubled")
        mine.get_by_role("button", name="Done").click()
        expect(mine).to_have_count(0)
    open_case(page, case)
    expect(duty(page, "Count the wrong balances")).to_contain_text("done in time")


def test_what_is_given_to_somebody_away_goes_to_who_stands_in_and_says_so(
    page: Page, browser: Browser, office: Office, case: str
):
    with desk_of(browser, office, "iyer", "/work") as member:
        member.get_by_role("button", name="your menu").click()
        member.get_by_role("link", name="Away").click()
        expect(member.get_by_role("region", name="You")).to_contain_text("You are not away")
        member.get_by_label("Until").fill(local(member, 8 * HOUR))
        member.get_by_label("From").fill(local(member, -HOUR))
        member.get_by_label("Who stands in").select_option(label="Application support: Y. Brandt")
        member.get_by_role("button", name="Save").click()
        expect(member.get_by_role("region", name="You")).to_contain_text("Y. Brandt stands in")

        owe_now = utc_now() + HOUR
        person = key_of(office, "iyer")
        office.act("manager", cases.give_obligation, case, person, "Read the log", owe_now)
        open_case(page, case)
        expect(duty(page, "Read the log")).to_contain_text("Y. Brandt")
        expect(duty(page, "Read the log")).to_contain_text("for S. Iyer")
        member.get_by_role("button", name="Back now").click()
        expect(member.get_by_role("region", name="You")).to_contain_text("You are not away")
