"""The guard in front of the pages. They hold no data, which comes over the socket alone; this
keeps people from looking at an empty frame, and leads them where they belong."""

from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from escalation_app import db
from escalation_app.api.cookies import read_cookie, session_cookie
from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Actor
from escalation_app.routes import SIGN_IN, home_for, may_open, next_page, route_of, sign_in_url
from escalation_app.services import identity, threads


class PageGuard:
    """ASGI middleware: answers a GET of a page that is not open to its visitor with a redirect.

    Whatever is no page of ROUTES passes: the socket, assets, REST, and unknown addresses.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        """Wrap `app`; `is_https` decides the cookie's name."""
        self._app = app
        self._cookie = session_cookie(is_https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, or pass on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            elsewhere = await self._elsewhere(scope)
            if elsewhere is not None:
                await RedirectResponse(elsewhere, 303)(scope, receive, send)
                return
            scope = _as_folder(scope)
        await self._app(scope, receive, send)

    async def _elsewhere(self, scope: Scope) -> str | None:
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        route = route_of(path)
        if route is None and path != "/":
            return None
        actor = await self._visitor(scope)
        if route is None:
            return home_for(actor) if actor else SIGN_IN.path
        if route is SIGN_IN:
            wanted = next_page(dict(parse_qsl(query)).get("next", ""))
            goes_to = (wanted or home_for(actor)) if actor else None
            return None if goes_to == SIGN_IN.path else goes_to
        if actor is None:
            return sign_in_url(f"{path}?{query}" if query else path)
        return None if may_open(actor, route) else home_for(actor)

    async def _visitor(self, scope: Scope) -> Actor | None:
        token = read_cookie(Headers(scope=scope).get("cookie", ""), self._cookie)
        found = await threads.look_up(identity.look_up, db.database(), token, utc_now())
        return found.actor if found else None


def _as_folder(scope: Scope) -> Scope:
    """A page's address as the static files want it: they would redirect `/queue` to `/queue/`."""
    route = route_of(scope["path"])
    if route is None or "[" in route.path or scope["path"].endswith("/"):
        return scope
    return {**scope, "path": f"{scope['path']}/", "raw_path": scope["raw_path"] + b"/"}
