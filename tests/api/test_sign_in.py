import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from escalation_app.api.headers import BrowserPolicy
from escalation_app.api.sign_in import WAITING, Door
from escalation_app.demo.people import SEATS
from escalation_app.domain.permissions import Role
from escalation_app.models import PersonRow
from escalation_app.services import identity
from escalation_app.services.identity import set_password
from escalation_app.settings import read_settings
from tests.support.people import House

HERE = "http://localhost:8000"
RIGHT = "three wise monkeys"


def _settings(**environment: str) -> Any:
    return read_settings({"PUBLIC_URL": HERE, **environment})


def _client(door: Door, public_url: str = HERE) -> TestClient:
    product = BrowserPolicy(Starlette(routes=door.routes), public_url=public_url, script_hashes=[])
    return TestClient(product, base_url=public_url, follow_redirects=False)


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def client(house: House, naps: list[float]) -> TestClient:
    """A browser in front of the door of a real install; Ann is its agent."""
    with house.database.writing() as session:
        set_password(session, house.people[Role.AGENT].id, RIGHT, house.clock.utc_now())

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    return _client(Door(_settings(), sleep=nap))


def _sign_in(client: TestClient, password: str = RIGHT, **fields: str) -> Any:
    return client.post(
        "/auth/sign-in", data={"email": "agent@example.org", "password": password, **fields}
    )


def _who(house: House, token: str | None) -> str | None:
    found = identity.look_up(house.database, token or "", house.clock.utc_now())
    return found.actor.name if found else None


def test_signing_in_leads_home_with_a_cookie_scripts_cannot_read(house: House, client: TestClient):
    answer = _sign_in(client)

    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("sid="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie and "Domain" not in cookie
    assert _who(house, client.cookies["sid"]) == "Agent One"


def test_under_https_the_cookie_is_bound_to_this_host(house: House, client: TestClient):
    public_url = "https://help.example.org"
    secure = _client(Door(_settings(PUBLIC_URL=public_url)), public_url)

    answer = _sign_in(secure)

    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-sid="))
    assert "Secure" in cookie and "HttpOnly" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie


def test_a_wrong_password_goes_back_to_the_form_with_no_cookie(client: TestClient):
    answer = _sign_in(client, "wrong wrong", next="/queue?tier=2")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fqueue%3Ftier%3D2&problem=refused"
    assert "set-cookie" not in answer.headers


def test_json_is_answered_with_json(house: House, client: TestClient):
    fields = {"email": "agent@example.org", "password": RIGHT}

    right = client.post("/auth/sign-in", json=fields | {"next": "/process"})
    wrong = client.post("/auth/sign-in", json=fields | {"password": "wrong"})

    assert (right.status_code, right.json()) == (200, {"next": "/process"})
    assert (wrong.status_code, wrong.json()) == (
        401,
        {"error": "That address and password do not match."},
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"email": 1, "password": []}',
        b"[" * 8000,
        b"\xff\xfe",
        b'"' + b"x" * 9000 + b'"',
    ],
)
def test_what_cannot_be_read_is_refused_calmly(client: TestClient, body: bytes):
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        answer = client.post("/auth/sign-in", content=body, headers={"content-type": content_type})

        assert answer.status_code in (303, 400, 401, 413)
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "next_path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "javascript:alert(1)",
        "/queue\r\nSet-Cookie: a=b",
        "/../../evil",
        "/auth/sign-out",
        "/sign-in",
        "queue",
        "/queue" + "x" * 600,
    ],
)
def test_sign_in_never_leads_off_this_site(client: TestClient, next_path: str):
    answer = _sign_in(client, next=next_path)

    assert answer.headers["location"] == "/queue"


def test_sign_in_leads_on_to_the_page_that_was_asked_for(client: TestClient):
    answer = _sign_in(client, next="/tickets/T-1042?tab=notes")

    assert answer.headers["location"] == "/tickets/T-1042?tab=notes"


def test_the_session_is_a_new_one_at_every_sign_in(house: House, client: TestClient):
    chosen = {"cookie": "sid=chosen-by-a-stranger"}
    fields = {"email": "agent@example.org", "password": RIGHT}
    client.post("/auth/sign-in", data=fields, headers=chosen)
    first = client.cookies["sid"]

    _sign_in(client)

    assert len({"chosen-by-a-stranger", first, client.cookies["sid"]}) == 3
    assert _who(house, first) is None
    assert _who(house, client.cookies["sid"]) == "Agent One"


def test_signing_out_ends_the_session_for_good(house: House, client: TestClient):
    _sign_in(client)
    token = client.cookies["sid"]

    answer = client.post("/auth/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "sid" not in client.cookies
    assert _who(house, token) is None


def test_signing_out_twice_does_no_harm(client: TestClient):
    assert [client.post("/auth/sign-out").status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-out"])
def test_a_get_changes_nothing(house: House, client: TestClient, path: str):
    _sign_in(client)

    answer = client.get(path)

    assert answer.status_code == 405
    assert _who(house, client.cookies["sid"]) == "Agent One"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-out"])
def test_another_site_cannot_post(
    house: House, client: TestClient, path: str, headers: dict[str, str]
):
    _sign_in(client)
    token = client.cookies["sid"]

    answer = client.post(
        path, data={"email": "agent@example.org", "password": RIGHT}, headers=headers
    )

    assert answer.status_code == 403
    assert _who(house, token) == "Agent One"


def test_after_ten_wrong_tries_each_waits_longer_and_the_owner_still_gets_in(
    client: TestClient, naps: list[float]
):
    for _ in range(13):
        _sign_in(client, "wrong wrong")
    answer = _sign_in(client)

    assert answer.headers["location"] == "/queue"
    assert naps == [1, 2, 4, 8]


def test_an_account_that_does_not_exist_slows_down_the_same(client: TestClient, naps: list[float]):
    for _ in range(12):
        client.post("/auth/sign-in", data={"email": "nobody@example.org", "password": "x"})

    assert naps == [1, 2]


def test_a_browser_that_has_been_in_before_does_not_wait_for_strangers(
    client: TestClient, naps: list[float]
):
    _sign_in(client)
    client.post("/auth/sign-out")
    strangers = TestClient(client.app, base_url=HERE, follow_redirects=False)
    for _ in range(12):
        _sign_in(strangers, "wrong wrong")
    naps.clear()

    answer = _sign_in(client)

    assert answer.headers["location"] == "/queue"
    assert naps == []


def test_a_quarter_of_an_hour_later_all_is_forgotten(
    house: House, client: TestClient, naps: list[float]
):
    for _ in range(11):
        _sign_in(client, "wrong wrong")
    house.clock.advance(timedelta(minutes=15))
    naps.clear()

    _sign_in(client, "wrong wrong")

    assert naps == []


def test_a_burst_counts_as_wrong_while_it_lasts_and_too_many_are_turned_away():
    naps: list[float] = []
    turned_away = asyncio.run(_burst(naps, WAITING + 3))

    assert turned_away == 3
    assert sorted(naps) == [1, 2, 4, 8, 16, *[30] * 5]


async def _burst(naps: list[float], tries: int) -> int:
    """Let tries for one account stand at the door together; how many were turned away."""
    gate = asyncio.Event()

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    door = Door(_settings(), sleep=nap)

    async def one() -> bool:
        try:
            async with door._turn("account", 0):
                await gate.wait()
        except Exception:  # noqa: BLE001  # whatever kept it out
            return True
        return False

    tasks = [asyncio.create_task(one()) for _ in range(tries)]
    await asyncio.sleep(0.01)
    gate.set()
    return sum(await asyncio.gather(*tasks))


def _seat(house: House) -> None:
    """Give the house's people the keys of the demo's seats."""
    with house.database.writing() as session:
        for role, key in SEATS.items():
            session.execute(
                update(PersonRow).where(PersonRow.key == role).values(key=key)  # type: ignore[arg-type]
            )


@pytest.mark.parametrize("role", SEATS)
def test_the_demo_has_a_seat_for_each_role(house: House, role: str):
    _seat(house)
    client = _client(Door(_settings(ESCALATION_MODE="demo")))

    answer = client.post(f"/auth/continue/{role}")

    assert answer.status_code == 303
    assert _who(house, client.cookies["sid"]) == f"{role.title()} One"


@pytest.mark.parametrize("mode", ["serve", "test"])
def test_outside_the_demo_there_are_no_seats(house: House, mode: str):
    client = _client(Door(_settings(ESCALATION_MODE=mode)))

    answers = [client.post(f"/auth/continue/{role}") for role in Role]

    assert {answer.status_code for answer in answers} == {404}
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("role", ["customer_lead", "engine", "root", "%00", "admin/x"])
def test_the_demo_has_no_other_seats(house: House, role: str):
    client = _client(Door(_settings(ESCALATION_MODE="demo")))

    assert client.post(f"/auth/continue/{role}").status_code == 404


def test_a_seat_leads_on_too_and_never_off_this_site(house: House):
    _seat(house)
    client = _client(Door(_settings(ESCALATION_MODE="demo")))
    take: Callable[[str], str] = lambda wanted: client.post(  # noqa: E731
        "/auth/continue/manager", data={"next": wanted}
    ).headers["location"]

    assert (take("/heatmap"), take("//evil.example")) == ("/heatmap", "/escalations")
