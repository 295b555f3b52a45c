"""Files over REST: what is taken, what is not, and how one comes back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from escalation_app import db, settings
from escalation_app.api.attachments import ATTACHMENT_ROUTES
from escalation_app.api.headers import BrowserPolicy
from escalation_app.domain.attachments import MOST_BYTES
from escalation_app.services import tickets
from escalation_app.services.file_store import path_of
from escalation_app.services.identity import begin_session
from tests.support.desk import SupportDesk, support_desk

HERE = "http://localhost:8000"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupportDesk]:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("PUBLIC_URL", HERE)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    settings.settings.cache_clear()
    db.database.cache_clear()
    with support_desk(db.database()) as found:
        yield found
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


def product() -> Any:
    return BrowserPolicy(Starlette(routes=ATTACHMENT_ROUTES), public_url=HERE, script_hashes=[])


def browser(desk: SupportDesk, who: str = "") -> TestClient:
    client = TestClient(product(), base_url=HERE)
    if who:
        person_id = desk.people[who].person_id
        assert person_id is not None
        with desk.database.writing() as session:
            client.cookies.set("sid", begin_session(session, person_id, desk.now))
    return client


def send(client: TestClient, name: str, content: bytes, **headers: str) -> Any:
    return client.post("/attachments", content=content, headers={"X-File-Name": name, **headers})


def left_behind() -> list[Path]:
    folder = settings.settings().data_dir / "attachments"
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_image_comes_back_as_it_was_to_be_shown_and_not_guessed_at(desk: SupportDesk):
    client = browser(desk, "agent")

    sent = send(client, "a%20shot%C3%A9.png", PNG)
    back = client.get(sent.json()["url"])

    assert (sent.status_code, sent.json()["name"], sent.json()["isImage"]) == (
        201,
        "a shoté.png",
        True,
    )
    assert back.content == PNG
    assert back.headers["content-type"] == "image/png"
    assert back.headers["content-disposition"] == "inline; filename*=UTF-8''a%20shot%C3%A9.png"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in back.headers["content-security-policy"]
    assert back.headers["cache-control"] == "private, no-store"


def test_everything_else_is_only_handed_over(desk: SupportDesk):
    client = browser(desk, "agent")

    back = client.get(send(client, "page.txt", b"<script>alert(1)</script>").json()["url"])

    assert back.headers["content-type"] == "text/plain; charset=utf-8"
    assert back.headers["content-disposition"].startswith("attachment;")


def test_whether_a_file_still_waits_is_told_to_who_uploaded_it_alone(desk: SupportDesk):
    client, ticket = browser(desk, "agent"), desk.open("Ferry down")
    file = send(client, "log.txt", b"one line").json()

    before = client.head(file["url"])
    others = browser(desk, "manager").head(file["url"])
    desk.act("agent", tickets.write_note, ticket.reference, "The log.", (file["key"],))
    after = client.head(file["url"])

    assert (before.status_code, before.headers.get("x-waits-to-be-sent")) == (200, "yes")
    assert others.status_code == 404
    assert (after.status_code, after.headers.get("x-waits-to-be-sent")) == (200, None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("large.txt", b"x" * (MOST_BYTES + 1)),
        ("run.exe", b"MZ"),
        ("false.png", b"<html>"),
        ("", b"text"),
        ("%2E%2E", b"text"),
    ],
    ids=["empty", "too large", "wrong kind", "false content", "no name", "only dots"],
)
def test_what_is_not_taken_says_why_and_leaves_nothing(
    desk: SupportDesk, name: str, content: bytes
):
    answer = send(browser(desk, "agent"), name, content)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert left_behind() == []


def test_a_path_in_the_name_leads_nowhere(desk: SupportDesk):
    client = browser(desk, "agent")

    sent = send(client, "..%2F..%2F..%2Fetc%2Fcron.txt", b"text").json()

    assert sent["name"] == "cron.txt"
    assert left_behind() == [path_of(sent["key"])]
    for path in ("/attachments/..%2F..%2Ftest.db", "/attachments/%00", "/attachments/" + "x" * 900):
        assert client.get(path).status_code == 404


def test_signed_out_nobody_sends_or_reads(desk: SupportDesk):
    url = send(browser(desk, "agent"), "a.txt", b"text").json()["url"]
    stranger = browser(desk)

    assert send(stranger, "a.txt", b"text").status_code == 401
    assert stranger.get(url).status_code == 401


def test_a_customer_reads_their_own_and_neither_a_notes_nor_anothers(desk: SupportDesk):
    ref = desk.open().reference
    agent = browser(desk, "agent")
    public, secret = (send(agent, name, b"text").json() for name in ("a.txt", "b.txt"))
    desk.act("agent", tickets.send_message, ref, "See.", files=[public["key"]])
    desk.act("agent", tickets.write_note, ref, "Among us.", [secret["key"]])

    seen = {
        who: [browser(desk, who).get(file["url"]).status_code for file in (public, secret)]
        for who in ("customer", "stranger", "colleague")
    }

    assert seen == {"customer": [200, 404], "stranger": [404, 404], "colleague": [200, 200]}


def test_who_can_write_nothing_sends_nothing(desk: SupportDesk):
    answer = send(browser(desk, "admin"), "a.txt", b"text")

    assert (answer.status_code, left_behind()) == (400, [])


def test_another_sites_page_sends_nothing(desk: SupportDesk):
    answer = send(browser(desk, "agent"), "a.txt", b"text", Origin="https://evil.example")

    assert (answer.status_code, left_behind()) == (403, [])


def test_a_file_that_was_altered_on_disk_is_not_given_out(desk: SupportDesk):
    client = browser(desk, "agent")
    sent = send(client, "a.txt", b"text").json()

    path_of(sent["key"]).write_bytes(b"tampered")

    assert client.get(sent["url"]).status_code == 500


def test_a_half_sent_file_leaves_nothing(desk: SupportDesk):
    """The client goes away in the middle of the body."""
    cookie = browser(desk, "agent").cookies["sid"]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/attachments",
        "raw_path": b"/attachments",
        "query_string": b"",
        "headers": [(b"cookie", f"sid={cookie}".encode()), (b"x-file-name", b"a.txt")],
    }
    messages = iter(
        [
            {"type": "http.request", "body": b"half of", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    said: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def tell(message: Any) -> None:
        said.append(message)

    asyncio.run(product()(scope, receive, tell))

    assert left_behind() == []
    assert said[0]["status"] == 400
