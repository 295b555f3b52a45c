"""The manager's list in a browser: laid out in lanes, narrowed to what is late, live."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from escalation_app.clock import utc_now
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from tests.support.browser import sign_in
from tests.support.office import Office


def test_the_list_is_laid_out_in_lanes_and_shows_a_new_promise_at_once(page: Page, office: Office):
    reference = office.opens("Barriers stay shut")
    agent = office.person("agent")
    office.act("manager", tickets.assign, reference, agent.person_id)
    office.act("agent", escalations.escalate, reference, EscalationKind.HIERARCHICAL, "A decision")
    sign_in(page, "manager")
    page.goto("/escalations")
    table = page.locator(".esc")
    expect(table).to_contain_text("Needs you now")

    page.get_by_role("button", name="Customer", exact=True).click()
    expect(table.locator(".grp", has_text="Halden Ferries")).to_have_count(1)
    page.get_by_role("button", name="Stage", exact=True).click()
    expect(table.locator(".grp").first).to_contain_text("Not acknowledged")
    page.get_by_role("button", name="Promise due in a day").click()
    expect(page.locator(f"[data-row='{reference}']")).to_have_count(0)

    due = utc_now() + timedelta(hours=3)
    office.act("manager", cases.make_promise, reference, "Every barrier opens", due, None, "Asked")

    expect(page.locator(f"[data-row='{reference}'] .c8")).to_contain_text("2h")


def test_a_request_stands_first_and_is_answered_with_its_words_in_sight(page: Page, office: Office):
    reference = office.opens("Lights go out at closing")
    office.act("manager", tickets.send_message, reference, "We look into it.")
    office.act("customer", escalations.request_escalation, reference, "We stand in the dark.")
    sign_in(page, "manager")
    page.goto("/escalations")
    lane = page.locator(".esc tbody", has_text="Needs you now")
    row = lane.locator(f"[data-row='{reference}']")
    expect(row.locator(".c1")).to_contain_text("to answer")

    row.get_by_role("button", name="Answer").click()

    dialog = page.get_by_role("dialog", name=f"What comes of the request on {reference}?")
    expect(dialog).to_contain_text("We stand in the dark.")
    expect(dialog).to_contain_text("Lights go out at closing")
    dialog.get_by_label("Answer, which the customer reads").fill("An electrician is on the way.")
    dialog.get_by_role("button", name="Send the answer").click()
    expect(row.get_by_role("button", name="Answer")).to_have_count(0)


def owed_too_long(office: Office) -> str:
    """A case in which the agent owes something that is due in a moment, and a call of nobody."""
    reference = office.opens("Turnstiles count backwards")
    agent = office.person("agent").person_id
    office.act("manager", tickets.assign, reference, agent)
    kind = EscalationKind.HIERARCHICAL
    office.act("agent", escalations.escalate, reference, kind, "Who decides?")
    due = utc_now() + timedelta(seconds=2)
    office.act("manager", cases.give_obligation, reference, agent, "Send the log", due)
    return reference


def test_a_case_opens_at_the_side_by_keys_and_who_is_late_is_reminded(page: Page, office: Office):
    reference = owed_too_long(office)
    sign_in(page, "manager")
    page.goto("/escalations?lanes=customer&only=late")
    row = page.locator(f"[data-row='{reference}']")
    expect(page.get_by_role("complementary", name="Who is late")).to_contain_text("Send the log")

    for _ in range(page.locator(".esc [data-row]").count()):
        page.keyboard.press("j")
        if row.locator("a:focus").count():
            break
    page.keyboard.press("Enter")

    side = page.get_by_role("complementary", name=f"The case {reference}")
    expect(side).to_contain_text("Who decides?")
    expect(page).to_have_url(re.compile(f"lanes=customer&only=late&case={reference}$"))
    owed = side.locator(".owed li", has_text="Send the log")
    owed.get_by_role("button", name="Nudge").click()
    expect(owed).to_contain_text("reminded")
    expect(owed.get_by_role("button", name="Nudge")).to_have_count(0)
    expect(page.get_by_text("Reminded, and on record.")).to_be_visible()

    page.keyboard.press("Escape")
    expect(side).to_have_count(0)
    expect(page).to_have_url(re.compile("/escalations[?]lanes=customer&only=late$"))


def test_a_linked_case_is_live_at_the_side_and_leads_to_its_war_room(page: Page, office: Office):
    reference = owed_too_long(office)
    sign_in(page, "manager")
    page.goto(f"/escalations?case={reference}")
    side = page.get_by_role("complementary", name=f"The case {reference}")
    expect(side).to_contain_text("Nothing is promised besides the targets.")

    due = utc_now() + timedelta(hours=3)
    office.act("manager", cases.make_promise, reference, "A count that adds up", due, None, "Asked")
    expect(side).to_contain_text("A count that adds up")
    side.get_by_role("link", name="Open case").click()
    expect(page).to_have_url(re.compile(f"/cases/{reference}$"))


def test_on_a_phone_the_case_is_a_sheet_over_the_list(page: Page, office: Office):
    reference = owed_too_long(office)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "manager")
    page.goto("/escalations?only=late")
    page.locator(f"[data-row='{reference}'] .c3").click()
    side = page.get_by_role("complementary", name=f"The case {reference}")
    expect(side).to_be_visible()
    box = side.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    side.get_by_role("link", name="Close the case").click()
    expect(side).to_have_count(0)


def test_a_case_that_is_not_there_says_so(page: Page):
    sign_in(page, "manager")
    page.goto("/escalations?case=T-0")

    expect(page.get_by_role("complementary", name="The case")).to_contain_text("No such case")


def test_a_case_opens_and_closes_where_the_list_is_scrolled_to(page: Page):
    sign_in(page, "manager")
    page.goto("/escalations")
    last = page.locator(".esc [data-row] a").last
    last.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 0

    last.click()
    expect(page.get_by_role("complementary", name="The case T-")).to_be_visible()
    opened = page.evaluate("scrollY")
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Who is late")).to_be_visible()

    assert (opened, page.evaluate("scrollY")) == (place, place)
