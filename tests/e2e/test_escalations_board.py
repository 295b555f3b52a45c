"""The manager's list in a browser: laid out in lanes, narrowed to what is late, live."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from escalation_app.clock import utc_now
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from tests.e2e.test_agent import sign_in
from tests.support.office import Office

A_MOMENT = 5_000


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

    expect(page.locator(f"[data-row='{reference}'] .c8")).to_contain_text("2h", timeout=A_MOMENT)
