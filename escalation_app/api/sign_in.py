"""Signing in and out over REST. Both are full page loads, because a socket keeps its cookies.

A form is answered with a redirect, JSON with JSON. Where a request comes from is checked for the
whole product in `api/headers.py`.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from escalation_app import db
from escalation_app.api.cookies import (
    clear_session,
    known_cookie,
    read_cookie,
    session_cookie,
    set_session,
)
from escalation_app.clock import utc_now
from escalation_app.demo.people import SEATS
from escalation_app.domain.errors import SignInRefused
from escalation_app.routes import (
    SIGN_IN_PROBLEMS,
    SignInProblem,
    home_for,
    next_page,
    sign_in_url,
)
from escalation_app.services import identity, threads
from escalation_app.services.identity import Attempt
from escalation_app.settings import Settings, settings

LARGEST_BODY = 8192
"""Bytes of a sign-in form."""

WAITING = 20
"""Tries for one slowed account that may wait at once; more are turned away unheard."""


class _Problem(Exception):
    """A sign-in that failed, by its code in SIGN_IN_PROBLEMS."""

    def __init__(self, code: SignInProblem, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class _Request:
    """What somebody at the door sent."""

    attempt: Attempt
    next: str
    is_json: bool


class Door:
    """The handlers of `/auth`. Holds who waits for a slowed account, in this process."""

    def __init__(
        self, of: Settings, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    ) -> None:
        self._is_https = of.is_https
        self._is_demo = of.is_demo
        self._sleep = sleep
        self._inside: Counter[str] = Counter()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def routes(self) -> list[Route]:
        """The routes; the one-click seats exist in the demo alone."""
        routes = [
            Route("/auth/sign-in", self.sign_in, methods=["POST"]),
            Route("/auth/sign-out", self.sign_out, methods=["POST"]),
        ]
        if self._is_demo:
            routes.append(Route("/auth/continue/{role}", self.take_seat, methods=["POST"]))
        return routes

    async def sign_in(self, request: Request) -> Response:
        """Check a password, begin a session, lead on to where the person wanted to go."""
        is_json = request.headers.get("content-type", "").startswith("application/json")
        wanted = ""
        try:
            sent = await self._read(request, is_json)
            wanted = sent.next
            token = await self._check(sent.attempt)
        except _Problem as problem:
            if is_json:
                return JSONResponse({"error": SIGN_IN_PROBLEMS[problem.code]}, problem.status)
            return RedirectResponse(sign_in_url(wanted, problem=problem.code), 303)
        return await self._welcome(request, token, wanted, is_json)

    async def sign_out(self, request: Request) -> Response:
        """End the session and take its cookie back."""
        if token := self._cookie(request):
            await threads.work(_end, token)
        response = RedirectResponse(sign_in_url(), 303)
        clear_session(response, self._is_https)
        return response

    async def take_seat(self, request: Request) -> Response:
        """The demo's one click."""
        role = request.path_params["role"]
        if role not in SEATS:
            return PlainTextResponse("There is no such seat.", 404)
        try:
            sent = (await _body(request)).decode(errors="replace")
            token = await threads.work(_take_seat, SEATS[role], _user_agent(request))
        except SignInRefused as refusal:
            return PlainTextResponse(str(refusal), 503)
        except _Problem as problem:
            return PlainTextResponse(SIGN_IN_PROBLEMS[problem.code], problem.status)
        wanted = dict(parse_qsl(sent)).get("next", "")
        return await self._welcome(request, token, wanted, is_json=False)

    async def _welcome(self, request: Request, token: str, wanted: str, is_json: bool) -> Response:
        if before := self._cookie(request):
            await threads.work(_end, before)
        found = await threads.look_up(identity.look_up, db.database(), token, utc_now())
        assert found is not None
        goes_to = next_page(wanted) or home_for(found.actor)
        response: Response = (
            JSONResponse({"next": goes_to}) if is_json else RedirectResponse(goes_to, 303)
        )
        set_session(response, token, self._is_https)
        return response

    async def _check(self, attempt: Attempt) -> str:
        account, wrong = await threads.look_up(_wrong_tries, attempt)
        async with self._turn(account, wrong):
            try:
                return await threads.hash_slowly(
                    identity.sign_in, db.database(), attempt, utc_now()
                )
            except SignInRefused as refusal:
                raise _Problem(SignInProblem.REFUSED, 401) from refusal

    @asynccontextmanager
    async def _turn(self, account: str, wrong: int) -> AsyncIterator[None]:
        """Wait, one after the other, when an account has seen too many wrong tries.

        Tries that are still being checked count as wrong, so that a burst gains nothing.
        """
        delay = identity.delay_after(wrong + self._inside[account])
        if self._inside[account] >= WAITING:
            raise _Problem(SignInProblem.BUSY, 429)
        self._inside[account] += 1
        try:
            if delay:
                async with self._turns[account]:
                    await self._sleep(delay.total_seconds())
            yield
        finally:
            self._inside[account] -= 1
            if not self._inside[account]:
                del self._inside[account]
                self._turns.pop(account, None)

    async def _read(self, request: Request, is_json: bool) -> _Request:
        body = await _body(request)
        try:
            fields = json.loads(body) if is_json else dict(parse_qsl(body.decode()))
        except (ValueError, RecursionError) as error:
            raise _Problem(SignInProblem.UNREADABLE, 400) from error
        if not isinstance(fields, dict):
            raise _Problem(SignInProblem.UNREADABLE, 400)
        values = [fields.get(name, "") for name in ("email", "password", "next")]
        if not all(isinstance(value, str) for value in values):
            raise _Problem(SignInProblem.UNREADABLE, 400)
        email, password, wanted = values
        known = read_cookie(request.headers.get("cookie", ""), known_cookie(self._is_https))
        return _Request(Attempt(email, password, known, _user_agent(request)), wanted, is_json)

    def _cookie(self, request: Request) -> str:
        return read_cookie(request.headers.get("cookie", ""), session_cookie(self._is_https))


def auth_routes() -> list[Route]:
    """The routes of `/auth`, as the settings want them."""
    return Door(settings()).routes


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _Problem(SignInProblem.UNREADABLE, 413)
    return body


def _user_agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _wrong_tries(attempt: Attempt) -> tuple[str, int]:
    with db.database().reading() as session:
        return identity.wrong_tries(session, attempt, utc_now())


def _end(token: str) -> None:
    with db.database().writing() as session:
        identity.sign_out(session, token, utc_now())


def _take_seat(key: str, user_agent: str) -> str:
    with db.database().writing() as session:
        return identity.continue_as(session, key, utc_now(), user_agent)
