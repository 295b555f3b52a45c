"""What axe-core finds wrong with a page as it stands."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


class Look(NamedTuple):
    """A theme at a width in pixels. `rules` are those that axe asks for; none: all of them."""

    theme: Literal["light", "dark"]
    width: int
    rules: tuple[str, ...] = ()


CROSSWISE = (Look("light", 1440), Look("dark", 390))
"""Both themes and both widths, in two looks."""
EVERY_LOOK = (
    Look("light", 1440),
    # A theme changes nothing but colours.
    Look("dark", 1440, ("color-contrast",)),
    Look("light", 390, ("color-contrast",)),
    Look("dark", 390),
)


def grave_faults(
    page: Page, where: str, looks: Iterable[Look] = EVERY_LOOK, within: str = "html"
) -> list[str]:
    """What axe calls serious or critical, each with `where`, the look, the rule and the element.

    `within` is the selector of the part that is looked at.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for look in looks:
        page.emulate_media(color_scheme=look.theme)
        page.set_viewport_size({"width": look.width, "height": 900})
        found += [f"{where}, {look.theme}, {look.width}: {one}" for one in _run(page, look, within)]
    return found


def _run(page: Page, look: Look, within: str) -> list[str]:
    only = {"runOnly": list(look.rules)} if look.rules else {}
    result = page.evaluate(
        "([within, options]) => axe.run(within, options)",
        [within, {"resultTypes": ["violations"], **only}],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}"
        for rule in result["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
