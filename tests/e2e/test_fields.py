"""The fields of the process in a browser: a customer fills one in, an agent the others."""

from playwright.sync_api import Browser, Page, expect

from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import escalations
from tests.e2e.test_agent import Others, others
from tests.support.browser import sign_in
from tests.support.product import Product

__all__ = ["others"]


def test_a_customer_says_where_it_happens_and_an_agent_fills_in_the_rest(
    page: Page, browser: Browser, product: Product, others: Others
):
    sign_in(page, "customer")
    page.goto("/mine/new")
    page.get_by_label("What is the problem, in a few words?").fill("Kiosk is dark")
    page.get_by_label("What happened, and since when?").fill("Since nine.")
    page.get_by_label("The whole organisation or many people are hit").check()
    page.get_by_label("Work has stopped and there is no way around").check()
    page.get_by_label("Device or place").fill("Kiosk 7, Bergen")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(lambda url: "/mine/T-" in url)
    reference = page.url.rsplit("/", 1)[1]
    expect(page.get_by_role("region", name="What we know about it")).to_contain_text(
        "Kiosk 7, Bergen"
    )

    others.act(
        others.manager, escalations.escalate, reference, EscalationKind.FUNCTIONAL, "For tier 2"
    )
    agent = browser.new_context(base_url=product.url).new_page()
    sign_in(agent)
    agent.goto(f"/tickets/{reference}")
    side = agent.locator(".aside section", has_text="Fields")
    expect(side).to_contain_text("Kiosk 7, Bergen")
    agent.keyboard.press("f")
    dialog = agent.get_by_role("dialog", name=f"Fields of {reference}")
    dialog.get_by_label("Version").fill("4.2")
    dialog.get_by_label("Workaround").select_option("given")
    agent.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(side).to_contain_text("4.2")
    expect(agent.locator(".talk")).to_contain_text("Workaround: There is one")

    known = page.get_by_role("region", name="What we know about it")
    expect(known).to_contain_text("There is one")
    expect(known).not_to_contain_text("reproduce")
    agent.context.close()
