"""The conversation of a ticket in browsers: texts that survive, colleagues who are there too."""

import re
import struct
import zlib

from playwright.sync_api import Browser, FilePayload, Page, expect

from escalation_app.services import tickets
from tests.support.browser import sign_in
from tests.support.office import Office


def open_as_agent(page: Page, reference: str) -> None:
    sign_in(page)
    page.goto(f"/tickets/{reference}")
    page.locator("#composer").wait_for()


def agents_ticket(office: Office, subject: str) -> str:
    """A ticket that the agent on the seat may answer."""
    reference = office.opens(subject)
    agent = office.person("agent")
    office.act("manager", tickets.assign, reference, agent.person_id)
    return reference


def test_what_was_typed_survives_a_reload_each_box_for_itself(page: Page, office: Office):
    open_as_agent(page, agents_ticket(office, "Drafts survive"))
    page.locator("#composer-reply").fill("We have found the ca")
    page.get_by_text("Internal note", exact=False).first.click()
    page.locator("#composer-note").fill("Sato knows the certificate")
    page.wait_for_timeout(1_200)

    page.reload()

    expect(page.locator("#composer-note")).to_have_value("Sato knows the certificate")
    expect(page.locator("#composer-note")).to_be_visible()
    page.get_by_text("Reply to customer").click()
    expect(page.locator("#composer-reply")).to_have_value("We have found the ca")
    page.keyboard.press("Escape")
    page.locator("#composer-reply").fill("We have found the cause.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.ours")).to_contain_text("We have found the cause.")
    expect(page.locator("#composer-reply")).to_have_value("")
    expect(page.locator("#composer-note")).to_have_value("Sato knows the certificate")
    page.wait_for_timeout(1_200)
    page.reload()
    page.locator("#composer").wait_for()
    page.get_by_text("Reply to customer").click()
    expect(page.locator("#composer-reply")).to_have_value("")


def test_a_long_message_shows_its_beginning_and_the_rest_by_keyboard(page: Page, office: Office):
    reference = agents_ticket(office, "A log of a thousand lines")
    log = "\n".join(f"{line:04} gateway refused" for line in range(1000))
    office.act("agent", tickets.write_note, reference, log)
    office.act("agent", tickets.write_note, reference, "The log is above.")
    open_as_agent(page, reference)
    message = page.locator(".msg.note", has_text="gateway refused")
    height = "node => node.getBoundingClientRect().height"
    assert message.evaluate(height) < 500
    assert page.locator(".msg.note", has_text="is above").get_by_role("checkbox").count() == 0

    message.get_by_role("checkbox", name="Show the whole message").focus()
    page.keyboard.press("Space")

    expect(message.get_by_text("Show less")).to_be_visible()
    assert message.evaluate(height) > 10_000


def test_a_reply_that_crossed_another_is_kept_and_sent_with_one_click(
    page: Page, office: Office, browser: Browser
):
    reference = agents_ticket(office, "Replies cross")
    open_as_agent(page, reference)
    page.locator("#composer-reply").fill("Which port is it?")
    page.wait_for_timeout(800)
    office.act("customer", tickets.send_message, reference, "It is port 14.")
    expect(page.get_by_text("It is port 14.")).to_be_visible()

    page.keyboard.press("Control+Enter")

    refused = page.locator(".composer .refused")
    expect(refused).to_contain_text("since you began")
    expect(page.locator("#composer-reply")).to_have_value("Which port is it?")
    expect(page.locator(".msg.ours")).to_have_count(0)
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".msg.ours")).to_contain_text("Which port is it?")
    expect(refused).to_have_count(0)


def test_people_on_one_ticket_see_each_other_and_who_types(
    page: Page, office: Office, browser: Browser
):
    reference = agents_ticket(office, "Two at once")
    open_as_agent(page, reference)
    also = page.locator(".also")
    manager, customer = office.person("manager"), office.person("customer")
    assert manager.person_id is not None and customer.person_id is not None

    theirs = office.browser_of(manager.person_id, browser)
    colleague = theirs.new_page()
    colleague.goto(f"/tickets/{reference}")
    expect(also).to_contain_text(manager.name)
    colleague.locator("#composer-reply").press_sequentially("We see")
    expect(also).to_contain_text("is typing a reply")
    own = office.browser_of(customer.person_id, browser)
    reader = own.new_page()
    reader.goto(f"/mine/{reference}")
    colleague.locator("#composer-reply").press_sequentially("We see and type on")
    expect(reader.get_by_text("Your support team is writing")).to_be_visible()
    reader.locator("#answer").press_sequentially("Thanks")
    expect(also).to_contain_text(f"{customer.name} is typing")

    theirs.close()
    own.close()
    expect(also).to_have_text("")


def png(width: int = 60) -> bytes:
    """A real picture, drawn by hand: one row of grey after the other."""
    rows = b"".join(b"\0" + bytes([40 + number * 3]) * width for number in range(40))

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, 40, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def a_file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def test_files_go_with_a_new_ticket_and_come_back_with_an_answer(
    page: Page, office: Office, browser: Browser
):
    sign_in(page, "customer")
    page.goto("/mine/new")
    page.get_by_label("What is the problem, in a few words?").fill("Gate shows this")
    page.get_by_label("What happened, and since when?").fill("Since nine.")
    page.locator("fieldset label").nth(0).click()
    page.locator("fieldset").nth(1).locator("label").nth(0).click()
    page.locator("file-picker input[type=file]").set_input_files(
        [a_file("gate.png", "image/png", png()), a_file("run.exe", "", b"MZ")]
    )
    expect(page.locator("file-picker .trouble")).to_contain_text("run.exe")
    expect(page.locator("file-picker .file")).to_have_count(1)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/mine/T-*")
    expect(page.locator(".hist .file.image")).to_contain_text("gate.png")
    reference = page.url.rpartition("/")[2]

    agent = office.person("agent")
    assert agent.person_id is not None
    office.act("manager", tickets.assign, reference, agent.person_id)
    theirs = office.browser_of(agent.person_id, browser)
    staff = theirs.new_page()
    staff.goto(f"/tickets/{reference}")
    image = staff.locator(".msg .file.image img")
    expect(image).to_be_visible()
    assert image.evaluate("one => one.decode().then(() => one.naturalWidth)") == 60
    staff.locator("#composer file-picker input[type=file]").set_input_files(
        a_file("fix.txt", "text/plain", b"set gate=open\n")
    )
    waiting = staff.locator("#composer .file")
    expect(waiting).to_contain_text("14 bytes")
    staff.reload()
    expect(waiting).to_contain_text("fix.txt14 bytes")
    staff.locator("#composer-reply").fill("Please load this.")
    staff.keyboard.press("Control+Enter")
    expect(staff.locator(".msg.ours .file")).to_contain_text("fix.txt14 bytes")
    expect(waiting).to_have_count(0)
    staff.reload()
    expect(staff.locator(".msg.ours .file")).to_be_visible()
    expect(waiting.filter(visible=True)).to_have_count(0)
    expect(page.locator(".hist .file").first).to_contain_text("fix.txt")
    assert page.locator(".hist .file .cut").first.evaluate("one => one.clientWidth") > 30
    with page.expect_download() as saved:
        page.locator(".hist .file", has_text="fix.txt").click()
    assert saved.value.suggested_filename == "fix.txt"
    theirs.close()


def test_a_template_is_put_into_the_reply_and_a_macro_shown_before_it_runs(
    page: Page, office: Office
):
    reference = agents_ticket(office, "Templates fit")
    open_as_agent(page, reference)
    page.get_by_role("button", name="Templates").click()
    page.get_by_role("button", name="We have it and look").click()
    box = page.locator("#composer-reply")
    expect(box).to_have_value(re.compile(rf"thank you for telling us\. I have {reference}"))
    expect(box).to_be_focused()
    page.get_by_role("button", name="Templates").click()
    page.get_by_role("button", name="An update, as agreed").click()
    expect(box).to_have_value(re.compile(r"A\. Farouk\n\nHello .*so far: \.\.\.", re.DOTALL))
    page.keyboard.press("Control+Enter")
    asked = page.locator("#composer .refused")
    expect(asked).to_contain_text("Not sent yet")
    expect(page.locator(".msg.ours")).to_have_count(0)
    box.fill("We know so far: ...")
    page.keyboard.press("Control+Enter")
    expect(asked).to_contain_text("Not sent yet")
    asked.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".msg.ours")).to_contain_text("We know so far: ...")

    page.get_by_role("button", name="Macros").click()
    page.get_by_role("button", name="Ask for logs and wait").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What will happen, all at once")
    dialog.locator("textarea").fill("Please send the log of nine o'clock.")
    dialog.get_by_role("button", name=f"Do it on {reference}").click()

    expect(dialog).to_be_hidden()
    expect(page.locator(".msg.ours").last).to_contain_text("Please send the log of nine o'clock.")
    expect(page.locator(".thead")).to_contain_text("Waiting for customer")


def test_a_ticket_about_the_same_stands_beside_it(page: Page, office: Office):
    earlier = office.opens("Turnstiles refuse every badge in Moss")
    open_as_agent(page, agents_ticket(office, "Badge refused by all turnstiles"))

    page.locator(".related").first.get_by_role("link", name="Turnstiles refuse").click()

    page.wait_for_url(f"**/tickets/{earlier}")
    expect(page.locator(".related").first).to_contain_text("Badge refused by all turnstiles")


def test_a_key_leads_into_the_box_and_what_was_written_leads_on(page: Page, office: Office):
    other = office.opens("Gangway sensors drift")
    reference = agents_ticket(office, "Gangway is closed")
    open_as_agent(page, reference)
    expect(page).to_have_title(re.compile(f"^{reference} Gangway is closed - "))
    height = "document.documentElement.scrollHeight - innerHeight"
    assert page.evaluate(height) == 0, "its columns scroll, the page does not"

    page.keyboard.press("n")
    page.keyboard.type(f"Like {other}, see https://gangway.example/log.")
    page.keyboard.press("Control+Enter")

    note = page.locator(".msg.note")
    away = note.get_by_role("link", name="https://gangway.example/log", exact=True)
    expect(away).to_have_attribute("rel", "noopener")
    note.get_by_role("link", name=other).click()
    expect(page).to_have_title(re.compile(f"^{other} Gangway sensors drift - "))
    expect(page.get_by_role("heading", level=1)).to_have_text("Gangway sensors drift")
