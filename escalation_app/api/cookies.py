"""The session cookie: its name, how it is read from a header, how it is set and taken back."""

from starlette.requests import cookie_parser
from starlette.responses import Response

from escalation_app.services.identity import ABSOLUTE_LIMIT, KNOWN_FOR

LONGEST_TOKEN = 100


def session_cookie(is_https: bool) -> str:
    """The cookie's name; browsers bind the prefix to https, this host and the whole site."""
    return "__Host-sid" if is_https else "sid"


def known_cookie(is_https: bool) -> str:
    """The name of the cookie that tells an account's usual browsers from strangers."""
    return "__Host-known" if is_https else "known"


def read_cookie(header: str, name: str) -> str:
    """A cookie's value from a Cookie header; empty when it is missing or no token of ours."""
    value = cookie_parser(header).get(name, "")
    return value if len(value) <= LONGEST_TOKEN and value.isascii() else ""


def set_session(response: Response, token: str, is_https: bool) -> None:
    """Sign the browser in, and remember it as one of the account's own.

    `known` holds the token too: once the session has ended it opens nothing, and it still shows
    that somebody with the password has been here.
    """
    for name, length in (
        (session_cookie(is_https), ABSOLUTE_LIMIT),
        (known_cookie(is_https), KNOWN_FOR),
    ):
        response.set_cookie(
            name,
            token,
            max_age=int(length.total_seconds()),
            path="/",
            secure=is_https,
            httponly=True,
            samesite="lax",
        )


def clear_session(response: Response, is_https: bool) -> None:
    """Take the session cookie back."""
    response.delete_cookie(
        session_cookie(is_https), path="/", secure=is_https, httponly=True, samesite="lax"
    )
