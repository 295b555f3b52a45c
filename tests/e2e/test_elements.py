"""What ticks and answers to keys in the browser: ``assets/elements.js`` and ``assets/keys.js``."""

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

ASSETS = Path(__file__).parents[2] / "assets"
SITE = "http://desk.example"
NOON = "2026-03-12T12:00:00Z"

SHELL = """<!doctype html><html lang="en"><title>Elements</title>
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/app.css">
<body>{body}<script type="module" src="/keys.js"></script>"""


def _assets(route: Route) -> None:
    path = ASSETS / route.request.url.removeprefix(SITE).lstrip("/")
    if path.is_file():
        kind = mimetypes.guess_type(path.name)[0] or "text/javascript"
        route.fulfill(body=path.read_bytes(), content_type=kind)
    else:
        route.fulfill(status=404)


@pytest.fixture
def sheet(browser: Browser) -> Iterator[Page]:
    """A page with nothing but the assets, in Oslo, whose clock stands at noon UTC until moved."""
    context = browser.new_context(timezone_id="Europe/Oslo", viewport={"width": 900, "height": 700})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route(f"{SITE}/**", _assets)
    page.clock.install(time=NOON)
    yield page
    context.close()
    assert faults == []


def _show(page: Page, body: str) -> None:
    """Put this body on the page, under the shell that loads the assets."""
    html = SHELL.format(body=body)
    page.route(f"{SITE}/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{SITE}/")
    page.wait_for_function("Boolean(customElements.get('toast-card'))")


def _left(due: str, start: str = "2026-03-12T11:00:00Z", more: str = "") -> str:
    return f'<time-left state="running" from="{start}" due="{due}" {more}></time-left>'


def test_a_badge_ticks_from_calm_to_over(sheet: Page):
    _show(sheet, _left("2026-03-12T12:21:30Z"))
    badge = sheet.locator("time-left")

    expect(badge).to_have_text("21m left")
    expect(badge).to_have_class("tl calm near")

    sheet.clock.run_for(2 * 60_000)
    expect(badge).to_have_text("19m left")
    expect(badge).to_have_class("tl soon near")

    sheet.clock.run_for(21 * 60_000)
    expect(badge).to_have_text("1m over")
    expect(badge).to_have_class("tl over")


def test_a_badge_gives_the_exact_instant_in_the_viewer_s_zone(sheet: Page):
    _show(sheet, _left("2026-03-12T12:21:07Z"))

    expect(sheet.locator("time-left")).to_have_attribute(
        "title", "Due Thu, 12 Mar 2026, 13:21:07 CET"
    )


def test_a_badge_follows_when_its_attributes_change(sheet: Page):
    _show(sheet, _left("2026-03-12T12:21:30Z"))
    badge = sheet.locator("time-left")

    badge.evaluate(
        "(one) => { one.setAttribute('state', 'paused');"
        " one.setAttribute('words', 'paused: waiting for customer'); }"
    )

    expect(badge).to_have_text("paused: waiting for customer")
    expect(badge).to_have_class("tl paused")


def test_a_badge_without_a_clock_takes_no_room(sheet: Page):
    _show(sheet, '<time-left state=""></time-left>')

    expect(sheet.locator("time-left")).to_be_hidden()


def test_badges_tick_by_the_server_s_clock(sheet: Page):
    _show(
        sheet, '<time-sync now="2026-03-12T12:10:00Z"></time-sync>' + _left("2026-03-12T12:21:30Z")
    )

    expect(sheet.locator("time-left")).to_have_text("11m left")


def test_a_stale_answer_does_not_set_the_clock_back(sheet: Page):
    _show(
        sheet, '<time-sync now="2026-03-12T12:10:00Z"></time-sync>' + _left("2026-03-12T12:21:30Z")
    )

    sheet.locator("time-sync").evaluate("(one) => one.setAttribute('now', '2026-03-12T11:00:00Z')")

    expect(sheet.locator("time-left")).to_have_text("11m left")


def test_times_are_written_in_the_viewer_s_zone(sheet: Page):
    _show(
        sheet,
        '<local-time at="2026-03-12T13:41:00Z"></local-time>'
        '<time-ago at="2026-03-12T11:26:00Z" short></time-ago>'
        '<time-until at="2026-03-12T12:09:30Z"></time-until><mast-clock></mast-clock>',
    )

    expect(sheet.locator("local-time")).to_have_text("14:41")
    expect(sheet.locator("time-ago")).to_have_text("34m")
    expect(sheet.locator("time-until")).to_have_text("9m")
    expect(sheet.locator("mast-clock")).to_have_text("Thu 12 Mar 13:00")


def test_a_badge_is_as_high_before_it_is_drawn_as_after(sheet: Page):
    _show(sheet, _left("2026-03-12T12:21:30Z"))

    heights = sheet.locator("time-left").evaluate(
        "(one) => { const drawn = one.offsetHeight; one.className = ''; one.replaceChildren();"
        " return [drawn, one.offsetHeight]; }"
    )

    assert heights == [22, 22]


ROWS = """<table><tbody>
<tr data-row="1"><td><input type="checkbox" id="box1"></td><td><a href="#one">One</a></td></tr>
<tr data-row="2"><td><input type="checkbox" id="box2"></td><td><a href="#two">Two</a></td></tr>
</tbody></table>
<input type="search" data-key="/" id="find">
<button data-key="e" onclick="document.title = 'escalated'">Escalate <kbd>e</kbd></button>
<button data-key="d" disabled onclick="document.title = 'disabled'">Off</button>
<button data-key="h" hidden onclick="document.title = 'hidden'">Hidden</button>
<button data-key="Control+Enter" onclick="document.title = 'sent'">Send</button>
<a data-go="b" href="#board">Board</a>
<dialog id="keys-sheet" class="dialog"><button data-close-keys>Close</button>
<dl data-keys></dl></dialog>"""


def test_j_and_k_move_between_rows_and_x_selects(sheet: Page):
    _show(sheet, ROWS)

    sheet.keyboard.press("j")
    sheet.keyboard.press("j")
    expect(sheet.get_by_role("link", name="Two")).to_be_focused()

    sheet.keyboard.press("x")
    assert sheet.locator("#box2").is_checked()

    sheet.keyboard.press("k")
    expect(sheet.get_by_role("link", name="One")).to_be_focused()
    sheet.keyboard.press("Enter")
    assert sheet.url.endswith("#one")


def test_a_key_presses_the_button_that_shows_it(sheet: Page):
    _show(sheet, ROWS)

    for key in ("d", "h"):
        sheet.keyboard.press(key)
    assert sheet.title() == "Elements"

    sheet.keyboard.press("e")
    assert sheet.title() == "escalated"


def test_keys_are_letters_while_somebody_types(sheet: Page):
    _show(sheet, ROWS)

    sheet.keyboard.press("/")
    sheet.keyboard.type("eject?")

    assert sheet.locator("#find").input_value() == "eject?"
    assert sheet.title() == "Elements"
    sheet.keyboard.press("Control+Enter")
    assert sheet.title() == "sent"
    sheet.keyboard.press("Escape")
    sheet.keyboard.press("e")
    assert sheet.title() == "escalated"


def test_g_and_a_letter_go_there(sheet: Page):
    _show(sheet, ROWS)

    sheet.keyboard.press("g")
    sheet.keyboard.press("b")

    expect(sheet).to_have_url(re.compile("#board$"))


def test_the_sheet_lists_what_is_on_the_page_and_esc_closes_it(sheet: Page):
    _show(sheet, ROWS)

    sheet.keyboard.press("?")
    keys = sheet.locator("#keys-sheet")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Escalate")
    expect(keys).to_contain_text("go to board")
    expect(keys).not_to_contain_text("Hidden")

    sheet.keyboard.press("e")
    assert sheet.title() == "Elements"
    sheet.keyboard.press("Escape")
    expect(keys).to_be_hidden()


MODAL = """<button id="behind">Behind</button>
<modal-dialog shown="false"><dialog class="dialog">
<button data-close onclick="this.closest('modal-dialog').setAttribute('shown', 'false')">x</button>
<textarea data-first></textarea></dialog></modal-dialog>"""


def test_a_dialog_opens_when_told_holds_the_focus_and_closes_by_its_own_button(sheet: Page):
    _show(sheet, MODAL)
    sheet.locator("#behind").focus()

    sheet.locator("modal-dialog").evaluate("(one) => one.setAttribute('shown', 'true')")
    expect(sheet.locator("textarea")).to_be_focused()

    sheet.keyboard.press("Escape")
    expect(sheet.locator("dialog")).to_be_hidden()
    expect(sheet.locator("modal-dialog")).to_have_attribute("shown", "false")
    expect(sheet.locator("#behind")).to_be_focused()


def test_a_toast_leaves_by_itself_unless_it_asks_for_something(sheet: Page):
    toast = (
        '<toast-card stays="{stays}" id="{id}">'
        '<button data-close onclick="{id}.remove()"></button></toast-card>'
    )
    _show(sheet, toast.format(stays="false", id="a") + toast.format(stays="true", id="b"))

    sheet.clock.run_for(9_000)

    expect(sheet.locator("#a")).to_have_count(0)
    expect(sheet.locator("#b")).to_have_count(1)


def test_a_gauge_moves_with_its_clock(sheet: Page):
    _show(
        sheet,
        '<time-gauge class="gauge" from="2026-03-12T11:30:00Z" due="2026-03-12T12:30:00Z">'
        '<span class="used"></span></time-gauge>',
    )

    def place() -> int:
        now = sheet.locator("time-gauge").evaluate("(one) => one.style.getPropertyValue('--now')")
        return round(float(now))

    assert place() == 50
    sheet.clock.run_for(15 * 60_000)
    assert place() == 75
