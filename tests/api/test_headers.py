import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from escalation_app.api.headers import BrowserPolicy


def _client(public_url: str = "http://localhost:8000") -> TestClient:
    async def page(request: Request) -> Response:
        return HTMLResponse("<p>page</p>", headers={"ETag": "x"})

    async def unchanged(request: Request) -> Response:
        return Response(status_code=304, headers={"ETag": "x"})

    async def data(request: Request) -> Response:
        return JSONResponse({})

    async def script(request: Request) -> Response:
        found = request.path_params["name"] == "app-1a2b.js"
        return Response("1", media_type="text/javascript", status_code=200 if found else 404)

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    product = Starlette(
        routes=[
            Route("/", page),
            Route("/known", unchanged),
            Route("/api", data, methods=["GET", "POST", "DELETE"]),
            Route("/assets/{name}", script),
            WebSocketRoute("/_event", echo),
        ]
    )
    policy = BrowserPolicy(product, public_url=public_url, script_hashes=["'sha256-abc='"])
    return TestClient(policy, base_url="http://localhost:8000")


def test_a_page_runs_its_own_scripts_and_evaluates_none():
    policy = _client().get("/").headers["content-security-policy"]

    assert "script-src 'self' 'sha256-abc=';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/api", "/assets/app-1a2b.js", "/nowhere"])
def test_every_answer_says_nosniff_and_may_not_be_framed(path: str):
    headers = _client().get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_page_that_has_not_changed_keeps_the_policy_it_came_with():
    assert "content-security-policy" not in _client().get("/known").headers


def test_https_is_made_to_stay_https():
    plain, secure = _client(), _client("https://help.example.org")

    assert "strict-transport-security" not in plain.get("/").headers
    assert "max-age=31536000" in secure.get("/").headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/", "no-cache"),
        ("/api", "no-store"),
        ("/assets/app-1a2b.js", "public, max-age=31536000, immutable"),
        ("/assets/gone-1a2b.js", "no-store"),
    ],
)
def test_only_what_is_named_by_its_content_is_kept(path: str, caching: str):
    assert _client().get(path).headers["cache-control"] == caching


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:9000"},
    {"Origin": "http://localhost:8000.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN = [{}, {"Origin": "http://localhost:8000"}, {"Sec-Fetch-Site": "same-origin"}]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_changes_nothing(method: str, headers: dict[str, str]):
    assert _client().request(method, "/api", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_and_programs_may_post(headers: dict[str, str]):
    assert _client().post("/api", headers=headers).status_code == 200


def test_behind_a_proxy_the_public_url_is_our_own_origin():
    client = _client("https://help.example.org")

    answer = client.post("/api", headers={"Origin": "https://help.example.org"})

    assert answer.status_code == 200


def test_another_site_may_follow_a_link():
    assert _client().get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_opens_no_socket(headers: dict[str, str]):
    with (
        pytest.raises(WebSocketDisconnect),
        _client().websocket_connect("/_event", headers=headers) as socket,
    ):
        socket.receive_text()


def test_our_own_page_opens_a_socket():
    headers = {"Origin": "http://localhost:8000"}

    with _client().websocket_connect("/_event", headers=headers) as socket:
        assert socket.receive_text() == "hello"
