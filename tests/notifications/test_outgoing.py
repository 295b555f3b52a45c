"""Requests that leave the house: where they may go, how long they may take, what they give away."""

import logging
import socket
import threading
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest

from escalation_app.notifications import outgoing
from escalation_app.notifications.letters import TryLater, Undeliverable
from escalation_app.notifications.outgoing import MOST_BYTES, post
from tests.support.receiving import Receiving, receiving

PRIVATE = [
    "127.0.0.1",
    "10.0.0.7",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::7",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.7",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::",
]
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.fixture
def server() -> Iterator[Receiving]:
    with receiving() as running:
        yield running


def found(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name stand for these addresses; returns the names that were looked up."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any, **__: Any) -> None:
        raise AssertionError("it was connected to")

    monkeypatch.setattr(socket, "create_connection", connect)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, address: str
):
    found(monkeypatch, address)
    never_connects(monkeypatch)

    with pytest.raises(Undeliverable, match="private network"):
        post("https://hooks.example/secret", b"{}", {})


@pytest.mark.parametrize("address", PUBLIC)
def test_control_a_public_address_is_connected_to(monkeypatch: pytest.MonkeyPatch, address: str):
    found(monkeypatch, address)
    never_connects(monkeypatch)

    with pytest.raises(AssertionError, match="connected"):
        post("https://hooks.example/secret", b"{}", {})


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
):
    found(monkeypatch, PUBLIC[0], "10.0.0.7")
    never_connects(monkeypatch)

    with pytest.raises(Undeliverable):
        post("https://hooks.example/", b"{}", {})


def test_an_operator_may_allow_private_addresses(server: Receiving):
    with pytest.raises(Undeliverable):
        post(server.url, b"{}", {})

    assert post(server.url, b"{}", {}, may_be_private=True).status == 200
    assert len(server.requests) == 1


def test_a_name_is_looked_up_once_and_that_address_connected_to(
    server: Receiving, monkeypatch: pytest.MonkeyPatch
):
    port = server.url.rpartition(":")[2]
    connect = socket.create_connection
    asked = found(monkeypatch, "127.0.0.1")
    connected: list[Any] = []

    def remember(address: Any, *rest: Any, **more: Any) -> Any:
        connected.append(address)
        monkeypatch.undo()  # a socket looks its own address up
        return connect(address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", remember)
    post(f"http://hooks.example:{port}/x", b"{}", {}, may_be_private=True)

    assert asked == ["hooks.example"]
    assert connected == [("127.0.0.1", int(port))]
    assert server.requests[0].headers["host"] == f"hooks.example:{port}"


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "gopher://x", "//a.example", "https://", ""]
)
def test_only_http_and_https_are_asked(monkeypatch: pytest.MonkeyPatch, url: str):
    never_connects(monkeypatch)

    with pytest.raises(Undeliverable, match="Only http"):
        post(url, b"{}", {}, may_be_private=True)


def test_what_is_sent_arrives_with_its_headers(server: Receiving):
    answer = post(server.url + "/in?x=1", b'{"a": 1}', {"X-One": "two"}, may_be_private=True)

    (request,) = server.requests
    assert (request.path, request.body) == ("/in?x=1", b'{"a": 1}')
    assert request.headers["x-one"] == "two"
    assert (answer.status, answer.text) == (200, "ok")


def test_a_redirect_is_not_followed(server: Receiving):
    server.status, server.headers = 302, {"Location": server.url + "/elsewhere"}

    assert post(server.url, b"{}", {}, may_be_private=True).status == 302
    assert len(server.requests) == 1


def test_a_wish_to_be_left_alone_is_read(server: Receiving):
    server.status, server.headers = 429, {"Retry-After": "17"}

    assert post(server.url, b"{}", {}, may_be_private=True).retry_after == 17


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", ""])
def test_a_wish_that_is_no_number_is_none(server: Receiving, said: str):
    server.status, server.headers = 503, {"Retry-After": said}

    assert post(server.url, b"{}", {}, may_be_private=True).retry_after == 0


def test_of_a_long_answer_only_the_beginning_is_read(server: Receiving):
    written = 0

    def endless() -> Iterator[bytes]:
        nonlocal written
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        for part in repeat(b"x" * 8192, 100_000):
            written += len(part)
            yield part

    server.trickle = endless

    answer = post(server.url, b"{}", {}, may_be_private=True)

    assert answer.status == 200
    assert len(answer.text) == 300
    assert written < 100 * MOST_BYTES


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_receiver_that_trickles_is_given_up_in_time(
    server: Receiving, monkeypatch: pytest.MonkeyPatch, beginning: bytes
):
    """Each byte comes well within a time-out of its own; the whole never would."""
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.5)

    def drops() -> Iterator[bytes]:
        yield beginning
        for _ in range(600):
            threading.Event().wait(0.05)
            yield b"X"

    server.trickle = drops

    with pytest.raises(TryLater, match="did not answer within"):
        post(server.url, b"{}", {}, may_be_private=True)


def test_nobody_listening_is_worth_another_try(server: Receiving):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TryLater, match="could not be asked"):
        post(f"http://127.0.0.1:{port}/secret", b"{}", {}, may_be_private=True)


def test_a_name_nobody_knows_is_worth_another_try(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(TryLater, match=r"hooks\.example was not found"):
        post("https://hooks.example/secret", b"{}", {})


def test_an_answer_that_is_no_http_is_worth_another_try(server: Receiving):
    server.trickle = lambda: iter([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"])

    with pytest.raises(TryLater, match="could not be asked"):
        post(server.url, b"{}", {}, may_be_private=True)


def test_no_log_and_no_error_holds_the_secret_part_of_a_url(
    server: Receiving, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    caplog.set_level(logging.DEBUG)
    secret = f"{server.url}/services/T000/B000/SECRET?token=SECRET"
    post(secret, b"{}", {}, may_be_private=True)
    with pytest.raises(Undeliverable) as refused:
        post(secret, b"{}", {})
    server.trickle = lambda: iter([b"nonsense\r\n\r\n"])
    with pytest.raises(TryLater) as broken:
        post(secret, b"{}", {}, may_be_private=True)

    assert server.requests[0].path.endswith("SECRET")
    assert "SECRET" not in caplog.text + str(refused.value) + str(broken.value)
