"""Mail as a real SMTP server receives it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from escalation_app.notifications import email
from escalation_app.notifications.email import EmailChannel
from escalation_app.notifications.letters import Letter, TryLater, Undeliverable

FROM = "Help desk <help@desk.example>"
LETTER = Letter(
    key="7:3:0:12:email",
    to_name="N. Diaz",
    to_address="n.diaz@halden.example",
    title="We have answered you",
    text="There is a new answer to your ticket.\nT-1001: Down",
    link="https://help.example/mine/T-1001",
    thread="T-1001",
    quote="It runs again.\n<b>Really</b>",
)


class Mailbox:
    """Takes mail, or answers with `answer`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return self.data_answer


@contextmanager
def serving(**options: Any) -> Iterator[tuple[Mailbox, str]]:
    mailbox = Mailbox()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield mailbox, f"127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, str]]:
    with serving() as running:
        yield running


def test_a_mail_arrives_with_text_html_and_the_way_to_its_page(server: tuple[Mailbox, str]):
    mailbox, where = server

    EmailChannel(f"smtp://{where}", FROM).send(LETTER)

    (mail,) = mailbox.mails
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    assert mail["To"] == '"N. Diaz" <n.diaz@halden.example>'
    assert mail["From"] == FROM
    assert mail["Subject"] == "[T-1001] We have answered you"
    assert "> It runs again." in plain.get_content()
    assert LETTER.link in plain.get_content()
    assert "&lt;b&gt;Really&lt;/b&gt;" in html.get_content()
    assert f'href="{LETTER.link}"' in html.get_content()


def test_automatic_mail_says_so_and_belongs_to_its_ticket(server: tuple[Mailbox, str]):
    mailbox, where = server
    channel = EmailChannel(f"smtp://{where}", FROM)

    channel.send(LETTER)
    channel.send(replace(LETTER, key="8:1:0:12:email"))
    channel.send(replace(LETTER, thread="T-1002"))

    first, second, other = mailbox.mails
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["X-Auto-Response-Suppress"] == "All"
    assert first["List-Id"] == "Help desk <help-desk.desk.example>"
    assert first["In-Reply-To"] == first["References"] == second["In-Reply-To"]
    assert other["In-Reply-To"] != first["In-Reply-To"]


def test_a_repeated_send_carries_the_same_id_and_another_message_another():
    channel = EmailChannel("smtp://localhost", FROM)

    ids = [channel.compose(LETTER)["Message-ID"] for _ in range(2)]
    other = channel.compose(replace(LETTER, key="another"))["Message-ID"]

    assert ids[0] == ids[1] != other
    assert ids[0].endswith("@desk.example>")


@pytest.mark.parametrize("field", ["to_name", "title", "thread"])
@pytest.mark.parametrize(
    "poison", ["x\r\nBcc: all@evil.example", "x\nX-Evil: 1", "x\rBcc: a@b", "x\x00\u2028y", "\x85a"]
)
def test_no_header_can_be_smuggled_in(field: str, poison: str):
    channel = EmailChannel("smtp://localhost", FROM)

    mail = message_from_bytes(
        channel.compose(replace(LETTER, **{field: poison})).as_bytes(), policy=default
    )

    assert mail["Bcc"] is None and mail["X-Evil"] is None
    assert len(mail.get_all("To", [])) == len(mail.get_all("Subject", [])) == 1
    assert mail["To"].addresses[0].addr_spec == LETTER.to_address  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "address",
    ["", "plain", "a@", "@b", "a@b\r\nBcc: c@d", "a b@c", "a@b, c@d", "<a@b>", "a@b;c"],
)
def test_what_is_no_address_is_never_mailed_to(address: str):
    channel = EmailChannel("smtp://localhost", FROM)

    assert channel.why_not(address)
    with pytest.raises(Undeliverable):
        channel.compose(replace(LETTER, to_address=address))


def test_made_up_addresses_of_imports_are_told_apart():
    channel = EmailChannel("smtp://localhost", FROM)

    assert "import" in channel.why_not("c-12@log.invalid")
    assert channel.why_not("n.diaz@halden.example") == ""


def test_names_of_all_alphabets_arrive(server: tuple[Mailbox, str]):
    mailbox, where = server
    letter = replace(LETTER, to_name="Łukasz Żółć 山田", title="Größe “ok” ✓")

    EmailChannel(f"smtp://{where}", FROM).send(letter)

    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].display_name == "Łukasz Żółć 山田"
    assert mail["Subject"] == "[T-1001] Größe “ok” ✓"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 no such user here", Undeliverable),
        ("552 mailbox full for good", Undeliverable),
        ("451 try again", TryLater),
        ("421 too busy", TryLater),
    ],
)
@pytest.mark.parametrize("stage", ["rcpt_answer", "data_answer"])
def test_refusals_are_told_apart(
    server: tuple[Mailbox, str], stage: str, answer: str, error: type[Exception]
):
    mailbox, where = server
    setattr(mailbox, stage, answer)

    with pytest.raises(error, match=answer[:3]):
        EmailChannel(f"smtp://{where}", FROM).send(LETTER)

    assert mailbox.mails == []


def test_a_server_that_is_not_there_is_tried_again():
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]

    with pytest.raises(TryLater):
        EmailChannel(f"smtp://127.0.0.1:{port}", FROM).send(LETTER)


def test_a_server_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(email, "TIMEOUT", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        done: list[Exception] = []

        def send() -> None:
            try:
                EmailChannel(f"smtp://127.0.0.1:{port}", FROM).send(LETTER)
            except TryLater as late:
                done.append(late)

        thread = threading.Thread(target=send)
        thread.start()
        thread.join(timeout=5)

    assert len(done) == 1


def _accept(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data.password == b"p@ss/word"
    return AuthResult(success=is_right, handled=is_right)


def test_a_name_and_a_password_are_given_and_a_wrong_one_is_our_fault_not_the_mails():
    with serving(authenticator=_accept, auth_require_tls=False) as (mailbox, where):
        EmailChannel(f"smtp://desk:p%40ss%2Fword@{where}", FROM).send(LETTER)

        with pytest.raises(TryLater, match="refuses us"):
            EmailChannel(f"smtp://desk:wrong@{where}", FROM).send(LETTER)

    assert len(mailbox.mails) == 1


def test_starttls_is_insisted_on(server: tuple[Mailbox, str]):
    """The server does not offer it, so nothing goes out in the clear."""
    mailbox, where = server

    with pytest.raises(Undeliverable):
        EmailChannel(f"smtp+starttls://{where}", FROM).send(LETTER)

    assert mailbox.mails == []
