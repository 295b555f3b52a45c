"""Posts to channels as a real web server receives them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.clock import FakeClock, using
from escalation_app.domain.process import ChannelKind, ChannelSpec
from escalation_app.notifications import POSTS, Channel
from escalation_app.notifications.letters import Letter, TryLater, Undeliverable
from escalation_app.notifications.posts import Mailing
from escalation_app.notifications.slack import slack_text
from tests.support.receiving import Receiving, receiving

SECRET = "a secret of the two of us"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LETTER = Letter(
    key="7:3:0:post:ops",
    to_name="Operations room",
    to_address="",
    title="A promise is broken",
    text="The resolution was due at noon.\nT-1001: Nothing prints",
    link="https://help.example/tickets/T-1001",
    thread="T-1001",
    kind="sla_breached",
    at="2026-03-02T12:00:00+00:00",
)


@pytest.fixture
def server() -> Iterator[Receiving]:
    with receiving() as running, using(FakeClock(NOON)):
        yield running


def channel(kind: ChannelKind, url: str, secret: str = SECRET) -> Channel:
    spec = ChannelSpec("ops", kind, "Operations room")
    return POSTS[kind](spec, Mailing(url, secret, may_be_private=True))


def test_slack_reads_a_headline_the_text_and_a_link(server: Receiving):
    said = channel(ChannelKind.SLACK, server.url + "/services/x").send(LETTER)

    (request,) = server.requests
    assert request.path == "/services/x"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == LETTER.key
    assert json.loads(request.body) == {
        "text": "*A promise is broken*\nThe resolution was due at noon.\nT-1001: Nothing prints\n"
        "<https://help.example/tickets/T-1001|Open T-1001>"
    }
    assert said.startswith("Answered 200 after ")


@pytest.mark.parametrize(
    "written", ["<!channel> <@U1> <https://evil.example|click>", "@channel @here", "a & b"]
)
def test_nothing_a_customer_writes_calls_a_room_or_makes_a_link_in_slack(written: str):
    text = slack_text(replace(LETTER, text=f"T-1: {written}", quote=f"{written}\n{written}"))

    shown = text.replace("<https://help.example/tickets/T-1001|Open T-1001>", "")
    assert "<" not in shown
    assert "@channel" not in shown and "@here" not in shown
    assert "&" not in shown.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")


def test_a_quote_is_marked_line_by_line_in_slack():
    assert "\n> one\n> two\n" in slack_text(replace(LETTER, quote="one\ntwo"))


def test_a_digest_links_to_the_desk_in_slack():
    text = slack_text(replace(LETTER, thread="", link="https://help.example/"))

    assert text.endswith("<https://help.example/|Open the desk>")


def test_a_webhook_gets_the_message_in_fields(server: Receiving):
    channel(ChannelKind.WEBHOOK, server.url).send(LETTER)

    assert json.loads(server.requests[0].body) == {
        "id": "7:3:0:post:ops",
        "kind": "sla_breached",
        "at": "2026-03-02T12:00:00+00:00",
        "ticket": "T-1001",
        "title": "A promise is broken",
        "text": "The resolution was due at noon.\nT-1001: Nothing prints",
        "url": "https://help.example/tickets/T-1001",
    }


def test_a_webhook_is_signed_over_its_timestamp_and_body(server: Receiving):
    channel(ChannelKind.WEBHOOK, server.url).send(LETTER)

    (request,) = server.requests
    at = request.headers["escalation-timestamp"]
    expected = hmac.new(SECRET.encode(), at.encode() + b"." + request.body, hashlib.sha256)
    assert int(at) == NOON.timestamp()
    assert request.headers["escalation-signature"] == f"v1={expected.hexdigest()}"
    assert request.headers["idempotency-key"] == LETTER.key


def test_trying_again_repeats_the_key_and_signs_anew(server: Receiving):
    post = channel(ChannelKind.WEBHOOK, server.url)
    post.send(LETTER)
    with using(FakeClock(NOON + timedelta(hours=1))):
        post.send(LETTER)

    first, second = (request.headers for request in server.requests)
    assert first["idempotency-key"] == second["idempotency-key"]
    assert first["escalation-signature"] != second["escalation-signature"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (301, Undeliverable),
        (308, Undeliverable),
        (400, Undeliverable),
        (404, Undeliverable),
        (410, Undeliverable),
        (408, TryLater),
        (429, TryLater),
        (500, TryLater),
        (503, TryLater),
    ],
)
def test_what_is_answered_says_whether_another_try_makes_sense(
    server: Receiving, status: int, outcome: type[Exception]
):
    server.status, server.body = status, b"no_service"

    with pytest.raises(outcome, match=f"Answered {status} after"):
        channel(ChannelKind.SLACK, server.url).send(LETTER)


def test_a_busy_receiver_is_given_the_time_it_asks_for(server: Receiving):
    server.status, server.headers = 429, {"Retry-After": "30"}

    with pytest.raises(TryLater) as refused:
        channel(ChannelKind.SLACK, server.url).send(LETTER)

    assert refused.value.after == timedelta(seconds=30)


@pytest.mark.parametrize("kind", ChannelKind)
def test_without_an_address_a_channel_says_which_setting_is_missing(kind: ChannelKind):
    assert "CHANNEL_OPS_URL" in channel(kind, "").missing


def test_only_a_webhook_needs_a_secret():
    assert channel(ChannelKind.SLACK, "https://x.example", "").missing == ""
    assert "CHANNEL_OPS_SECRET" in channel(ChannelKind.WEBHOOK, "https://x.example", "").missing
    assert channel(ChannelKind.WEBHOOK, "https://x.example").missing == ""


def test_neither_address_nor_secret_shows_when_it_is_printed():
    mailing = Mailing("https://x.example/SECRET", "SECRET too")

    assert "SECRET" not in repr(mailing)
