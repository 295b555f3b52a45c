from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as WebRoute
from starlette.testclient import TestClient

from escalation_app.api.pages_guard import PageGuard
from escalation_app.domain.permissions import ROLE_PERMISSIONS, Role
from escalation_app.routes import ROUTES, SIGN_IN, Route
from escalation_app.services.identity import set_roles
from tests.support.people import House


async def _page(request: Request) -> Response:
    return PlainTextResponse("page", headers={"x-path": request.scope["path"]})


def _client(house: House, role: Role | None = None) -> TestClient:
    methods = ["GET", "HEAD", "POST"]
    product = Starlette(routes=[WebRoute("/{path:path}", _page, methods=methods)])
    guard = PageGuard(product, is_https=False)
    client = TestClient(guard, base_url="http://localhost:8000", follow_redirects=False)
    if role is not None:
        client.cookies.set("sid", house.token(role))
    return client


def _path(route: Route) -> str:
    return route.path.replace("[reference]", "T-1")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_page_opens_for_those_the_table_names(house: House, route: Route, role: Role):
    may = route.permission in ROLE_PERMISSIONS[role]

    answer = _client(house, role).get(_path(route))

    assert answer.status_code == (200 if may else 303)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_signed_out_only_the_sign_in_page_opens(house: House, route: Route):
    answer = _client(house).get(_path(route) + "?a=b")

    if route is SIGN_IN:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 303
        path = quote(_path(route), safe="")
        assert answer.headers["location"] == f"/sign-in?next={path}%3Fa%3Db"


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.CUSTOMER, "/mine"),
        (Role.CUSTOMER_LEAD, "/mine"),
        (Role.AGENT, "/queue"),
        (Role.MANAGER, "/escalations"),
        (Role.EXECUTIVE, "/tiers"),
        (Role.ADMIN, "/engine"),
    ],
)
def test_everybody_has_a_home_that_opens(house: House, role: Role, home: str):
    client = _client(house, role)

    assert client.get("/").headers["location"] == home
    assert client.get("/sign-in").headers["location"] == home
    assert client.get(home).status_code == 200


def test_signed_out_the_root_is_the_sign_in_page(house: House):
    assert _client(house).get("/").headers["location"] == "/sign-in"


def test_the_sign_in_page_leads_somebody_signed_in_where_they_were_going(house: House):
    client = _client(house, Role.MANAGER)

    assert client.get("/sign-in?next=/tiers").headers["location"] == "/tiers"
    assert client.get("/sign-in?next=//evil.example").headers["location"] == "/escalations"


def test_somebody_with_no_role_is_not_sent_in_circles(house: House):
    with house.database.writing() as session:
        set_roles(session, house.people[Role.AGENT].id, frozenset(), house.clock.utc_now())
        token = _new_session(session, house)
    client = _client(house)
    client.cookies.set("sid", token)

    assert client.get("/queue").headers["location"] == "/sign-in"
    assert client.get("/sign-in").status_code == 200


def _new_session(session: object, house: House) -> str:
    from escalation_app.services.identity import begin_session

    return begin_session(session, house.people[Role.AGENT].id, house.clock.utc_now())  # type: ignore[arg-type]


def test_an_expired_session_is_none(house: House):
    house.clock.advance(timedelta(hours=8))

    answer = _client(house, Role.AGENT).get("/queue")

    assert answer.headers["location"] == "/sign-in?next=%2Fqueue"


@pytest.mark.parametrize("path", ["/queue/", "/tickets/T-1/", "/tickets/%C3%A9"])
def test_a_page_is_guarded_however_its_address_is_written(house: House, path: str):
    assert _client(house).get(path).status_code == 303


@pytest.mark.parametrize(
    "path", ["/_event/", "/assets/app-1.js", "/auth/sign-in", "/healthz", "/app.css", "/nowhere"]
)
def test_what_is_no_page_passes(house: House, path: str):
    assert _client(house).get(path).text == "page"


def test_a_post_is_none_of_its_business(house: House):
    assert _client(house).post("/queue").text == "page"


def test_a_page_is_served_at_its_own_address_without_a_detour(house: House):
    client = _client(house, Role.AGENT)

    paths = [client.get(path).headers["x-path"] for path in ("/queue", "/queue/", "/tickets/T-1")]

    assert paths == ["/queue/", "/queue/", "/tickets/T-1"]
