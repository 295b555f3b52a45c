"""Mail over SMTP. Every header is built from parts that cannot hold a line break, every message
is marked as automatic, and sending it again repeats its Message-ID."""

import hashlib
import smtplib
import ssl
import unicodedata
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from html import escape
from urllib.parse import SplitResult, unquote, urlsplit

from escalation_app.notifications.letters import Letter, TryLater, Undeliverable

TIMEOUT = 10.0
"""Seconds to wait for each answer of the mail server."""
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_MAX_SUBJECT = 200


class EmailChannel:
    """Sends through the server of `smtp_url` (smtp, smtps or smtp+starttls).

    Without one, mail is kept in the outbox.
    """

    def __init__(self, smtp_url: str | None, mail_from: str) -> None:
        self._server = urlsplit(smtp_url) if smtp_url else None
        self._from_name, self._from_address = parseaddr(mail_from)

    @property
    def missing(self) -> str:
        return "" if self._server else "No mail server is set (SMTP_URL), so this stays here."

    def why_not(self, address: str) -> str:
        """Why no mail can go to an address, or nothing."""
        if not address:
            return "This person has no mail address."
        if address.lower().rpartition(".")[2] == "invalid":
            return "This address was made up by an import and reaches nobody."
        if _address("", address) is None:
            return "This is no mail address."
        return ""

    def receiver(self, address: str) -> str:
        return address.rpartition("@")[2].lower()

    def send(self, letter: Letter) -> str:
        """Hand the letter to the mail server. Raises TryLater or Undeliverable."""
        assert self._server is not None
        message = self.compose(letter)
        try:
            with _connected(self._server) as server:
                server.send_message(message)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError) as refused:
            raise TryLater(f"The mail server refuses us: {_said(refused.smtp_error)}") from refused
        except smtplib.SMTPRecipientsRefused as refused:
            raise _of_code(*next(iter(refused.recipients.values()))) from refused
        except smtplib.SMTPResponseException as refused:
            raise _of_code(refused.smtp_code, refused.smtp_error) from refused
        except smtplib.SMTPNotSupportedError as refused:
            raise Undeliverable(str(refused)) from refused
        except (smtplib.SMTPException, OSError) as broken:
            raise TryLater(f"{type(broken).__name__}: {broken}") from broken
        return ""

    def compose(self, letter: Letter) -> EmailMessage:
        """The mail. Raises Undeliverable for an address that cannot stand in a header."""
        to = _address(letter.to_name, letter.to_address)
        sender = _address(self._from_name, self._from_address)
        if to is None or sender is None:
            raise Undeliverable(f"No mail address: {letter.to_address!r}")
        domain = sender.domain
        mail = EmailMessage(policy=SMTP)
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = _subject(letter)
        mail["Message-ID"] = f"<{_digest(letter.key)}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["List-Id"] = f"Help desk <help-desk.{domain}>"
        if letter.thread:
            # No mail has this id: it only ties the mails about one ticket together.
            root = f"<ticket-{_digest(letter.thread)}@{domain}>"
            mail["In-Reply-To"] = root
            mail["References"] = root
        mail.set_content(_text(letter))
        mail.add_alternative(_html(letter), subtype="html")
        return mail


def _connected(server: SplitResult) -> smtplib.SMTP:
    host = server.hostname or "localhost"
    port = server.port or _PORTS[server.scheme]
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=context)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
    except BaseException:
        with suppress(OSError):
            connection.close()
        raise
    return connection


def _of_code(code: int, said: bytes | str) -> TryLater | Undeliverable:
    text = f"{code} {_said(said)}"
    return Undeliverable(text) if 500 <= code < 600 else TryLater(text)


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:300]


def _address(name: str, address: str) -> Address | None:
    """An address as a header holds it; None when it is none."""
    try:
        parsed = Address(display_name=_plain(name), addr_spec=address)
    except (ValueError, IndexError, MessageError):
        return None
    if not parsed.domain or not parsed.username or parsed.addr_spec != address:
        return None
    return parsed


def _plain(text: str) -> str:
    """One line without control characters: nothing in it can begin a header."""
    kept = (" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join("".join(kept).split())


def _subject(letter: Letter) -> str:
    title = _plain(letter.title)
    return f"[{_plain(letter.thread)}] {title}"[:_MAX_SUBJECT] if letter.thread else title


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _text(letter: Letter) -> str:
    parts = [f"Hello {_plain(letter.to_name)},", letter.text]
    if letter.quote:
        parts.append("\n".join(f"> {line}" for line in letter.quote.splitlines()))
    parts += [letter.link, "This message was written by a machine."]
    return "\n\n".join(parts) + "\n"


def _html(letter: Letter) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in letter.text.splitlines() if line.strip())
    quote = ""
    if letter.quote:
        inside = "<br>".join(escape(line) for line in letter.quote.splitlines())
        quote = f'<blockquote style="margin:0;padding-left:1em">{inside}</blockquote>'
    link = escape(letter.link, quote=True)
    return (
        f"<p>Hello {escape(_plain(letter.to_name))},</p>{lines}{quote}"
        f'<p><a href="{link}">{link}</a></p>'
        "<p><small>This message was written by a machine.</small></p>"
    )
