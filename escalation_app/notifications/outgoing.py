"""Requests that leave the house, to addresses that an operator has set.

The host is looked up once and the connection made to what was found, so that a name cannot point
elsewhere a moment later. Private, loopback and link-local addresses are refused unless allowed,
no redirect is followed, and the whole request takes TIMEOUT seconds at most, however slowly the
other side trickles. httpcore is used rather than httpx, which logs the URL, and a URL may be a
secret.
"""

import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from escalation_app.notifications.letters import TryLater, Undeliverable

TIMEOUT = 10.0
"""Seconds for a whole request, from the connection to the last byte that is read."""
MOST_BYTES = 64 * 1024
"""How much of an answer is read."""
_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `retry_after` is how many seconds the other side asks us to wait, 0 if it
    does not say. `text` is the beginning of the body, on one line."""

    status: int
    seconds: float
    retry_after: int = 0
    text: str = ""


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool = False
) -> Answer:
    """Send a POST and read what is answered, whatever its status.

    Raises Undeliverable for a URL or an address that we never ask, TryLater when nothing
    came back. No text of either holds any of the URL but its host.
    """
    where = urlsplit(url)
    if where.scheme not in _PORTS or not where.hostname:
        raise Undeliverable("Only http and https addresses are posted to.")
    address = _address_of(where, may_be_private)
    begun = monotonic()
    try:
        return _exchange(url, body, headers, address, begun)
    except httpcore.TimeoutException as slow:
        raise TryLater(f"{where.hostname} did not answer within {TIMEOUT:.0f} s.") from slow
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as broken:
        raise TryLater(
            f"{where.hostname} could not be asked: {type(broken).__name__}: {broken}"
        ) from broken


def _exchange(
    url: str, body: bytes, headers: Mapping[str, str], address: str, begun: float
) -> Answer:
    line = _Line(address, begun + TIMEOUT)
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
    with (
        httpcore.ConnectionPool(network_backend=line, max_connections=1) as pool,
        pool.stream(
            "POST",
            url,
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": timeouts},
        ) as answer,
    ):
        said = b""
        for part in answer.iter_stream():
            said += part
            if len(said) >= MOST_BYTES:
                break
        return Answer(
            answer.status,
            monotonic() - begun,
            _retry_after(answer.headers),
            " ".join(said[:300].decode("utf-8", "replace").split()),
        )


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> int:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return int(value.strip()[:6])
    return 0


def _address_of(where: SplitResult, may_be_private: bool) -> str:
    """The address that the host stands for, looked up once."""
    assert where.hostname is not None
    port = where.port or _PORTS[where.scheme]
    try:
        found = socket.getaddrinfo(where.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        raise TryLater(f"The host {where.hostname} was not found.") from unknown
    addresses = [str(entry[4][0]) for entry in found]
    if not may_be_private and not all(_is_public(one) for one in addresses):
        raise Undeliverable(
            f"{where.hostname} is an address of a private network, which is not asked "
            "(ALLOW_PRIVATE_TARGETS=1 allows it)."
        )
    return addresses[0]


def _is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, also one that stands inside another."""
    return all(
        one.is_global and not one.is_multicast for one in _forms(ip_address(address.split("%")[0]))
    )


def _forms(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in inside if one is not None)]


class _Line(httpcore.NetworkBackend):
    """Connects to one address, whatever host is asked for, until one instant."""

    def __init__(self, address: str, ends: float) -> None:
        self._address = address
        self._ends = ends

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = httpcore.SyncBackend().connect_tcp(
            self._address, port, _left(self._ends), local_address, socket_options
        )
        return _Stream(stream, self._ends)


class _Stream(httpcore.NetworkStream):
    """A stream every part of which has only the time that is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends))
        return _Stream(stream, self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends: float) -> float:
    """Seconds until then. Raises ReadTimeout when there are none."""
    left = ends - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
