"""What goes over a browser's websocket, frame by frame: what may be seen, by whom, until when."""

from dataclasses import dataclass, field
from uuid import uuid4

from playwright.sync_api import Page, WebSocket, expect

from escalation_app.services import escalations, tickets
from tests.support.browser import LIVE, sign_in
from tests.support.office import Office

OUT_WITHIN = 5_000
"""Milliseconds in which a signed-out socket is closed."""


@dataclass
class Wire:
    """All that a page's sockets were sent, and which of them are closed."""

    sockets: list[WebSocket] = field(default_factory=list[WebSocket])
    received: list[str] = field(default_factory=list[str])

    def listen(self, page: Page) -> "Wire":
        page.on("websocket", self._opened)
        return self

    def _opened(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framereceived", lambda frame: self.received.append(str(frame)))

    def has(self, marker: str) -> bool:
        return any(marker in frame for frame in self.received)


def wait_for(page: Page, wire: Wire, marker: str, milliseconds: int = LIVE) -> None:
    for _ in range(milliseconds // 50):
        if wire.has(marker):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{marker} never came")


def test_signing_out_in_one_tab_closes_the_other_one_s_socket_and_ends_its_pushes(
    page: Page, office: Office
):
    sign_in(page, "executive")
    page.goto("/")
    other = page.context.new_page()
    wire = Wire().listen(other)
    other.goto("/escalations")
    expect(other.locator(".esc tbody").first).to_be_visible()
    before, after = f"before {uuid4().hex}", f"after {uuid4().hex}"
    office.act("customer", escalations.request_escalation, office.opens(before))
    wait_for(other, wire, before)
    signed_in_socket = wire.sockets[-1]

    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    office.act("customer", escalations.request_escalation, office.opens(after))
    for _ in range(OUT_WITHIN // 50):
        if signed_in_socket.is_closed():
            break
        other.wait_for_timeout(50)

    assert signed_in_socket.is_closed()
    other.wait_for_timeout(3_000)
    assert not wire.has(after)


def test_a_note_never_reaches_a_customer_s_socket_pushed_or_read(page: Page, office: Office):
    wire = Wire().listen(page)
    sign_in(page, "customer")
    reference = office.opens("Kiosks are dark")
    page.goto(f"/mine/{reference}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kiosks are dark")
    note, answer = f"note {uuid4().hex}", f"answer {uuid4().hex}"

    office.act("manager", tickets.write_note, reference, note)
    office.act("manager", tickets.send_message, reference, answer)
    wait_for(page, wire, answer)
    page.reload()
    expect(page.get_by_text(answer)).to_be_visible()

    assert not wire.has(note)


def test_a_note_is_pushed_to_those_who_may_read_it(page: Page, office: Office):
    wire = Wire().listen(page)
    sign_in(page, "agent")
    reference = office.opens("Kiosks are dark")
    page.goto(f"/tickets/{reference}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kiosks are dark")
    note = f"note {uuid4().hex}"

    office.act("manager", tickets.write_note, reference, note)

    wait_for(page, wire, note)


def test_another_organisation_s_tickets_reach_no_customer(page: Page, office: Office):
    wire = Wire().listen(page)
    sign_in(page, "customer")
    page.goto("/mine")
    own = office.opens("Our own problem")
    wait_for(page, wire, own)
    subject = f"theirs {uuid4().hex}"

    office.stranger_opens(subject)
    office.act("agent", tickets.write_note, own, "Seen.")
    page.wait_for_timeout(2_000)

    assert not wire.has(subject)
