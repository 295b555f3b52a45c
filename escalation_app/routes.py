"""Every page: its path, its name, and who may see it.

Navigation, the page guard, the pages themselves and the tests all come from ROUTES.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import quote, unquote, urlencode, urlsplit

from escalation_app.domain.errors import SignInRefused
from escalation_app.domain.permissions import Actor, Permission, Role

P = Permission


@dataclass(frozen=True, slots=True)
class Route:
    """A page. `path` is written as Reflex wants it, with `[name]` for a part that varies."""

    path: str
    title: str
    icon: str
    permission: Permission | None
    """What a visitor must hold; None for the one page that stands open."""
    nav: bool = False
    """Whether the mast links to it, in the order of ROUTES."""
    go: str = ""
    """The letter after `g` that opens it."""
    under: str = ""
    """The path of the page in the mast that a page without a link belongs to."""


SIGN_IN = Route("/sign-in", "Sign in", "lock", None)

ROUTES: tuple[Route, ...] = (
    SIGN_IN,
    Route("/mine", "My tickets", "inbox", P.TICKET_OPEN, nav=True, go="m"),
    Route("/mine/new", "New ticket", "plus", P.TICKET_OPEN, nav=True, go="n"),
    Route("/mine/[reference]", "Ticket", "inbox", P.TICKET_OPEN, under="/mine"),
    Route("/work", "My work", "check", P.WORK_SEE, nav=True, go="w"),
    Route("/queue", "Queue", "list", P.QUEUE_SEE, nav=True, go="q"),
    Route("/tickets/[reference]", "Ticket", "list", P.QUEUE_SEE, under="/queue"),
    Route("/escalations", "Escalations", "brief", P.ESCALATION_SEE, nav=True, go="e"),
    Route("/cases/[reference]", "Case", "brief", P.CASE_SEE, under="/escalations"),
    Route("/tiers", "Tiers", "tiers", P.BOARD_SEE, nav=True, go="t"),
    Route("/heatmap", "Heatmap", "grid", P.BOARD_SEE, nav=True, go="h"),
    Route("/articles", "Articles", "book", P.ARTICLE_SEE, nav=True, go="k"),
    Route("/articles/[key]", "Article", "book", P.ARTICLE_SEE, under="/articles"),
    Route("/engine", "Engine", "pulse", P.ENGINE_SEE, nav=True, go="s"),
    Route("/outbox", "Outbox", "mail", P.OUTBOX_SEE, nav=True, go="o"),
    Route("/people", "People", "user", P.PEOPLE_SEE, nav=True, go="u"),
    Route("/process", "Process", "book", P.PROCESS_SEE, nav=True, go="p"),
    Route("/settings", "My notices", "bell", P.SIGNED_IN),
    Route("/absences", "Away", "sun", P.ABSENCE_SET),
)

_HOMES: Mapping[Role, str] = {
    Role.EXECUTIVE: "/tiers",
    Role.MANAGER: "/escalations",
    Role.AGENT: "/queue",
    Role.ADMIN: "/engine",
    Role.CUSTOMER_LEAD: "/mine",
    Role.CUSTOMER: "/mine",
}
"""Where a role begins its day; of several roles the first one here decides."""


def may_open(actor: Actor, route: Route) -> bool:
    """Whether the page is open to the actor."""
    return route.permission is None or actor.may(route.permission)


def home_for(actor: Actor) -> str:
    """The page an actor lands on."""
    return next((home for role, home in _HOMES.items() if role in actor.roles), SIGN_IN.path)


def nav_for(actor: Actor) -> tuple[Route, ...]:
    """The pages the mast links to."""
    return tuple(route for route in ROUTES if route.nav and may_open(actor, route))


def route_of(path: str) -> Route | None:
    """The page behind a path, without its query; a slash at the end does not matter.

    A page with a fixed path comes before one whose last part varies.
    """
    found = [route for route in ROUTES if _pattern(route.path).fullmatch(path)]
    return min(found, key=lambda route: "[" in route.path, default=None)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\[\w+\\\]", "[^/]+", re.escape(path)) + "/?")


def next_page(wanted: str) -> str | None:
    """`wanted` if it is a page of this site, query included; None for anything else.

    What a link says where to go after sign-in is never trusted to stay on this site.
    """
    if not wanted.startswith("/") or len(wanted) > 500:
        return None
    if wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return None
    parts = urlsplit(wanted)
    route = route_of(unquote(parts.path))
    if parts.scheme or parts.netloc or route is None or route is SIGN_IN:
        return None
    return wanted


class SignInProblem(StrEnum):
    """Why a sign-in failed, as the address of the sign-in page has it."""

    REFUSED = "refused"
    BUSY = "busy"
    UNREADABLE = "unreadable"


SIGN_IN_PROBLEMS: Mapping[str, str] = {
    SignInProblem.REFUSED: str(SignInRefused()),
    SignInProblem.BUSY: "Too many tries for this address just now. Wait a minute and try again.",
    SignInProblem.UNREADABLE: "The form could not be read. Try again.",
}


def sign_in_url(next_path: str = "", **more: str) -> str:
    """The sign-in page, which leads on to `next_path`."""
    return _with_query(SIGN_IN.path, {"next": next_page(next_path) or "", **more})


def ticket_url(reference: str) -> str:
    """The page of a ticket as staff see it."""
    return f"/tickets/{quote(reference, safe='')}"


def case_url(reference: str) -> str:
    """The war room of an escalated ticket."""
    return f"/cases/{quote(reference, safe='')}"


def article_url(key: int) -> str:
    """An article to read."""
    return f"/articles/{key}"


def status_url(reference: str) -> str:
    """The page of a ticket as its customer sees it."""
    return f"/mine/{quote(reference, safe='')}"


ATTACHMENTS = "/attachments"
"""Where files are sent to, and under which they are read; no page."""


def attachment_url(key: str) -> str:
    """Where a file of a message is read."""
    return f"{ATTACHMENTS}/{quote(key, safe='')}"


def queue_url(**filters: object) -> str:
    """The queue behind filters, as `queue_url(tier=2, severity="S1")`; empty ones are left out."""
    return _with_query("/queue", {name: str(value) for name, value in filters.items() if value})


def escalations_url(**filters: str) -> str:
    """The list of escalations, narrowed and laid out; empty ones are left out."""
    return _with_query("/escalations", filters)


def _with_query(path: str, values: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path
