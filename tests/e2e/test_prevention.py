"""What keeps a case from coming back, in its owner's own work: moved, done, taken up again."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from escalation_app.clock import utc_now
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations, tickets
from escalation_app.services.resolution import note_resolution
from tests.support.browser import sign_in
from tests.support.office import Office

TEXT = "Test the turnstiles with two writers"


def test_a_prevention_is_moved_with_a_reason_done_and_taken_up_again(page: Page, office: Office):
    reference = office.opens("Turnstiles count twice")
    agent, manager = office.person("agent"), office.person("manager")
    office.act("manager", tickets.assign, reference, agent.person_id)
    office.act("agent", escalations.escalate, reference, EscalationKind.HIERARCHICAL, "Decide.")
    noted = Resolution(
        prevention=TEXT,
        prevention_owner_id=manager.person_id,
        prevention_due_at=utc_now() + timedelta(days=3),
    )
    office.act("agent", note_resolution, reference, noted)
    sign_in(page, "manager")
    page.goto("/work")
    line = page.get_by_role("region", name="So that it does not come back").locator(
        "li", has_text=TEXT
    )
    expect(line).to_contain_text("Turnstiles count twice")

    line.get_by_role("button", name="Another date").click()
    dialog = page.get_by_role("dialog")
    later = (utc_now() + timedelta(days=9)).strftime("%Y-%m-%dT10:00")
    dialog.get_by_label("Done by").fill(later)
    dialog.get_by_label("Why it moves").fill("The test rig comes on Monday")
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_be_hidden()
    expect(line).to_contain_text("Moved: The test rig comes on Monday")

    line.get_by_role("button", name="Done").click()
    expect(line).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(line).to_have_count(1)
