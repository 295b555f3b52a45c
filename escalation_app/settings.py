"""The environment, read once.

Everything an operator can set is one field of `Settings`. A wrong value stops the start, and all
wrong values are named together.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")


_CHANNEL_URL = re.compile(r"CHANNEL_([A-Z][A-Z0-9_]{0,39})_URL")
_CHANNEL_SECRET = re.compile(r"CHANNEL_([A-Z][A-Z0-9_]{0,39})_SECRET")


class Mode(StrEnum):
    """What this process is for."""

    DEMO = "demo"  # seeded, simulated, sign-in with one click; loopback by default
    SERVE = "serve"
    TEST = "test"


class LogLevel(StrEnum):
    """The least serious record that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decided."""

    mode: Mode
    host: str
    port: int
    data_dir: Path
    database_url: str
    redis_url: str | None
    smtp_url: str | None
    mail_from: str
    public_url: str
    has_engine: bool
    """Whether a process that serves starts an engine beside it."""
    log_level: LogLevel
    allows_private_targets: bool
    """Whether posts may go to addresses of a private network."""
    channel_urls: Mapping[str, str] = field(repr=False)
    """By the key of a channel of the process; each may be a secret."""
    channel_secrets: Mapping[str, str] = field(repr=False)

    @property
    def is_demo(self) -> bool:
        """Whether the simulator and the one-click sign-in exist."""
        return self.mode is Mode.DEMO

    @property
    def is_https(self) -> bool:
        """Whether people reach this product over https, so that cookies must be Secure."""
        return self.public_url.startswith("https://")


class OperatorError(RuntimeError):
    """Something the person who starts the product can put right; the text says how."""


class SettingsError(OperatorError):
    """One or more environment variables are wrong; the text lists every one."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, one sentence each."""
        self.problems = tuple(problems)
        super().__init__("These settings are wrong:\n" + "\n".join(f"- {p}" for p in problems))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Parse an environment; raises SettingsError naming every wrong variable."""
    read = _Reader(environ)
    mode = read("ESCALATION_MODE", "serve", Mode)
    host = read("HOST", "127.0.0.1", str)
    port = read("PORT", "8000", _port)
    data_dir = read("DATA_DIR", "data", lambda text: Path(text).absolute())
    # One file for each port, so that a second demo does not sweep away the first one's.
    file_name = f"demo-{port}.db" if mode is Mode.DEMO else "escalation.db"
    settings = Settings(
        mode=mode,
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=read("DATABASE_URL", f"sqlite:///{data_dir / file_name}", _database_url),
        redis_url=read("REDIS_URL", "", _url_of("redis", "rediss", "unix")) or None,
        smtp_url=read("SMTP_URL", "", _url_of("smtp", "smtps", "smtp+starttls")) or None,
        mail_from=read("MAIL_FROM", "Help desk <helpdesk@localhost>", _mailbox),
        public_url=read("PUBLIC_URL", f"http://localhost:{port}", _public_url),
        has_engine=read("ENGINE", "on", _on_or_off),
        log_level=read("LOG_LEVEL", "INFO", lambda text: LogLevel(text.upper())),
        allows_private_targets=read("ALLOW_PRIVATE_TARGETS", "0", _yes_or_no),
        channel_urls=read.each(_CHANNEL_URL, _target_url),
        channel_secrets=read.each(_CHANNEL_SECRET, _secret),
    )
    if read.problems:
        raise SettingsError(read.problems)
    return settings


@cache
def settings() -> Settings:
    """The settings of this process; raises SettingsError at the first call if they are wrong."""
    return read_settings(os.environ)


class _Reader:
    """Reads variables and collects what is wrong with them; an empty one counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def __call__(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        text = self._environ.get(name, "").strip()
        try:
            return parse(text or default)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return parse(default)

    def each(self, names: re.Pattern[str], parse: Callable[[str], str]) -> dict[str, str]:
        """The variables whose name matches, by its first group in small letters."""
        found: dict[str, str] = {}
        for name in sorted(self._environ):
            if (match := names.fullmatch(name)) and self._environ[name].strip():
                found[match[1].lower()] = self(name, "", lambda text: text and parse(text))
        return found


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError(f"a port from 1 to 65535 is needed, not {text!r}")
    return int(text)


def _split(text: str) -> SplitResult:
    parts = urlsplit(text)
    _ = parts.port  # raises ValueError for a port that is no number
    return parts


def _url_of(*schemes: str) -> Callable[[str], str]:
    """A parser of an optional URL with one of the schemes."""

    def parse(text: str) -> str:
        if text and _split(text).scheme not in schemes:
            raise ValueError(
                f"a URL starting with {' or '.join(f'{s}://' for s in schemes)} is needed"
            )
        return text

    return parse


def _database_url(text: str) -> str:
    """A database URL; PostgreSQL's usual spellings mean psycopg, a relative file this folder."""
    scheme, separator, rest = text.partition("://")
    if scheme in ("postgres", "postgresql"):
        scheme = "postgresql+psycopg"
    if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("a URL starting with sqlite:/// or postgresql:// is needed")
    if scheme == "sqlite":
        if rest in ("", "/", "/:memory:") or not rest.startswith("/"):
            raise ValueError("SQLite needs a file, as in sqlite:///data/escalation.db")
        rest = f"/{Path(rest[1:]).absolute()}"
    return f"{scheme}://{rest}"


def _public_url(text: str) -> str:
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a URL like https://help.example.org is needed")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("only scheme, host and port are possible, the product stands at the root")
    return f"{parts.scheme}://{parts.netloc}"


def _on_or_off(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError("on or off is needed")
    return text.lower() == "on"


def _yes_or_no(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("1 or 0 is needed")
    return text == "1"


def _target_url(text: str) -> str:
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not text.isprintable():
        raise ValueError("a URL starting with https:// or http:// is needed")
    if parts.username or parts.password:
        raise ValueError("a URL without a user and a password is needed")
    return text


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("a secret of 16 characters or more is needed")
    return text


def _mailbox(text: str) -> str:
    _, address = parseaddr(text)
    if "@" not in address or not text.isprintable():
        raise ValueError("a mailbox like Help desk <help@example.org> is needed")
    return text
