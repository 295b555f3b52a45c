"""What every answer tells the browser, and which origins may speak to the server.

`BrowserPolicy` wraps the whole product: pages, socket and REST.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, and need no proof of where they come from."""

NOT_MODIFIED = 304
POLICY_OF_OTHERS = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For answers that are no page: opened by themselves, they can do nothing."""

YEAR = 365 * 24 * 60 * 60


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """The policy, with the hashes of the scripts that the build wrote into its pages.

    There is no 'unsafe-eval': nothing may send `rx.toast`, `rx.call_script` or `rx.call_function`
    from the server, which Reflex runs through `eval`. Inline styles are Emotion's.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_same_origin(headers: Headers, public_url: str) -> bool:
    """Whether a request comes from this product's own pages, or from no page at all.

    Browsers name the origin of every socket and every POST. One that names none is no browser and
    carries nobody's cookie by accident, unless its fetch metadata says that it does.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return origin == public_url or urlsplit(origin).netloc == headers.get("host")


class BrowserPolicy:
    """ASGI middleware: security headers, caching, and no foreign origin."""

    def __init__(self, app: ASGIApp, *, public_url: str, script_hashes: Iterable[str]) -> None:
        """Wrap `app`, which people reach under `public_url`."""
        self._app = app
        self._public_url = public_url
        self._page_policy = content_security_policy(script_hashes)
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if public_url.startswith("https://"):
            self._headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign origin, or pass on and add the headers to the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes and not is_same_origin(Headers(scope=scope), self._public_url):
            await _refuse(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] != NOT_MODIFIED:  # the browser keeps the policy it has
                    is_page = headers.get("content-type", "").startswith("text/html")
                    policy = self._page_policy if is_page else POLICY_OF_OTHERS
                    headers.setdefault("Content-Security-Policy", policy)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                caching = _caching(scope["path"], message["status"], headers)
                headers.setdefault("Cache-Control", caching)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _caching(path: str, status: int, headers: MutableHeaders) -> str:
    """How long an answer that does not say so itself may be kept."""
    if path.startswith("/assets/") and status in (200, 304):
        return f"public, max-age={YEAR}, immutable"  # named by its content
    return "no-cache" if "etag" in headers else "no-store"


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})
    else:
        answer = PlainTextResponse("This request comes from another site.", status_code=403)
        await answer(scope, receive, send)
